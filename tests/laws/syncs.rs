//! Clones of a session that sync with one another, in any order.

use std::collections::BTreeSet;

use git_session::ops::sync_merge;
use git_session::store::{CommitId, NewCommit};
use proptest::prelude::*;

use crate::deeds::{Deed, deeds, take};
use crate::lab::{Lab, cases};

/// A step of several clones. Numbers choose among them.
#[derive(Debug, Clone)]
enum Step {
    /// One goes on by itself.
    Work(usize, Vec<Deed>),
    /// The first takes in what the second has.
    Pull(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0usize..4;
    prop_oneof![
        1 => (n.clone(), deeds()).prop_map(|(clone, deeds)| Step::Work(clone, deeds)),
        2 => pull(),
    ]
}

fn pull() -> impl Strategy<Value = Step> {
    (0usize..4, 0usize..4).prop_map(|(to, from)| Step::Pull(to, from))
}

/// Clones, each by its tip. A sync depends on nothing but two tips, so they may share a repository.
struct Clones<'a> {
    lab: &'a Lab,
    tips: [CommitId; 4],
}

impl Clones<'_> {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Work(clone, deeds) => {
                self.lab.go_to(self.tips[*clone]);
                take(self.lab, deeds);
                self.tips[*clone] = self.lab.tip().tip;
            }
            Step::Pull(to, from) => self.tips[*to] = sync(self.lab, self.tips[*to], self.tips[*from]),
        }
    }

    /// Goes on until all have everything, and returns the tip that they have then.
    fn settle(mut self, steps: &[Step]) -> CommitId {
        steps.iter().for_each(|step| self.take(step));
        let last = self.tips.into_iter().reduce(|all, tip| sync(self.lab, all, tip)).expect("four");
        for tip in self.tips {
            assert_eq!(sync(self.lab, tip, last), last, "who has less takes it as it is");
        }
        last
    }
}

/// Stores the sync merge of two tips.
fn sync_here(lab: &Lab, a: CommitId, b: CommitId) -> CommitId {
    let writer = lab.store.lock_session(lab.id).expect("free");
    let mut batch = lab.store.batch();
    let merged = sync_merge(&mut batch, a, b).expect("merged").commit;
    writer.persist(batch, &[merged]).expect("stored");
    merged
}

/// Stores the sync merge of two tips, which is the same on both sides.
fn sync(lab: &Lab, a: CommitId, b: CommitId) -> CommitId {
    let there = sync_merge(&mut lab.store.batch(), b, a).expect("merged").commit;
    let here = sync_here(lab, a, b);
    assert_eq!(here, there, "whoever does it");
    here
}

/// Makes tips beside each other: each knows a fact of its own and says its number of a shared one.
fn beside(lab: &Lab, finishes: &[i64]) -> Vec<CommitId> {
    let start = lab.tip().tip;
    let tip = |finish: &i64| {
        lab.go_to(start);
        lab.know("shared", &finish.to_string());
        lab.know(&format!("own.{finish}"), "x");
        Deed::Record(*finish).take(lab);
        lab.tip().tip
    };
    finishes.iter().map(tip).collect()
}

/// What a commit says of a fact, and the other versions that it keeps.
fn versions(lab: &Lab, commit: CommitId, key: &str) -> (String, BTreeSet<String>) {
    let root = lab.store.snapshot(commit).expect("readable").root;
    let path = format!("knowledge/{key}.md");
    let (mut value, mut others) = (String::new(), BTreeSet::new());
    for (found, file) in lab.store.context_files(root).expect("readable") {
        let content = lab.store.read_blob(file.blob, 1 << 20).expect("readable");
        let content = String::from_utf8(content).expect("text").trim_end().to_owned();
        if found.as_str() == path {
            value = content;
        } else if found.conflict_owner() == Some(&path) {
            others.insert(content);
        }
    }
    (value, others)
}

#[test]
fn the_latest_finish_has_the_path_whoever_syncs_first() {
    let lab = Lab::new();
    let tips = beside(&lab, &[30, 10, 20]);
    for [a, b, c] in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
        let end = sync(&lab, sync(&lab, tips[a], tips[b]), tips[c]);
        let others = ["10", "20"].map(str::to_owned).into();
        assert_eq!(versions(&lab, end, "shared"), ("30".to_owned(), others), "{a} and {b} first");
    }
}

#[test]
fn what_only_looks_like_a_sync_merge_is_not_passed_over() {
    let lab = Lab::new();
    let tips = beside(&lab, &[1, 2, 3]);
    let real = lab.store.step(sync(&lab, tips[0], tips[1])).expect("readable");
    lab.go_to(real.commit);
    lab.know("more", "x");
    let tree = lab.store.step(lab.tip().tip).expect("readable").root;
    let (mut batch, at) = (lab.store.batch(), real.committed_at);
    let (parents, author, message) = (&real.parents[..], &real.author, &real.message.expect("ours"));
    let new = NewCommit { tree, parents, author, authored_at: at, committed_at: at, message };
    let forged = batch.commit(&new).expect("made");
    lab.store.lock_session(lab.id).expect("free").persist(batch, &[forged]).expect("stored");
    let end = sync(&lab, forged, tips[2]);
    assert_eq!(versions(&lab, end, "more").0, "x", "what it holds beside what it joins is kept");
    assert_eq!(versions(&lab, end, "own.3").0, "x");
}

#[test]
fn clones_that_push_one_after_the_other_end_with_what_all_have() {
    let lab = Lab::new();
    // More than are seen through.
    let finishes = Vec::from_iter(0..20);
    let tips = beside(&lab, &finishes);
    let end = tips.iter().copied().reduce(|all, tip| sync_here(&lab, all, tip)).expect("some");
    let others = finishes[..19].iter().map(i64::to_string).collect();
    assert_eq!(versions(&lab, end, "shared"), ("19".to_owned(), others));
    for finish in &finishes {
        assert_eq!(versions(&lab, end, &format!("own.{finish}")).0, "x");
    }
    assert_eq!(lab.store.snapshot(end).expect("readable").manifest.totals.runs, 20);
    lab.go_to(end);
    lab.fsck();
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn every_order_of_syncs_ends_in_the_same_tree(
        before in deeds(),
        history in proptest::collection::vec(step(), 0..10),
        one in proptest::collection::vec(pull(), 0..6),
        other in proptest::collection::vec(pull(), 0..6),
    ) {
        let lab = Lab::new();
        take(&lab, &before);
        let mut clones = Clones { lab: &lab, tips: [lab.tip().tip; 4] };
        history.iter().for_each(|step| clones.take(step));
        let ends = [one, other].map(|steps| Clones { lab: &lab, tips: clones.tips }.settle(&steps));
        let trees = ends.map(|end| lab.store.snapshot(end).expect("readable"));
        prop_assert_eq!(&trees[0].manifest, &trees[1].manifest);
        prop_assert_eq!(trees[0].root, trees[1].root, "the files are the same");
        for end in ends {
            lab.go_to(end);
            lab.fsck();
        }
    }
}
