//! The laws of merging, over random histories.

use std::collections::{BTreeMap, BTreeSet};

use git_session::model::{RunId, Totals};
use git_session::ops::{self, MergeOptions, Merged, Nothing, Point};
use git_session::store::CommitId;
use proptest::prelude::*;

use crate::deeds::{deeds, factual, take};
use crate::lab::{Lab, cases};

fn merge(into: &Lab, from: &Lab) -> Merged {
    let (from, options) = (Point::newest(from.tip()), MergeOptions::default());
    ops::merge(&into.store, &into.env, &into.session, &from, &options).expect("merged")
}

/// What the tip of a session holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    /// What has each path.
    paths: BTreeMap<String, Vec<u8>>,
    /// By path, all sides that are kept.
    sides: BTreeMap<String, BTreeSet<Vec<u8>>>,
    /// The open conflicts, each by what it is about and the copy.
    conflicts: BTreeSet<(String, Option<String>)>,
}

impl Held {
    fn of(lab: &Lab) -> Self {
        let snapshot = lab.store.snapshot(lab.tip().tip).expect("readable");
        let (mut paths, mut sides) = (BTreeMap::new(), BTreeMap::<String, BTreeSet<Vec<u8>>>::new());
        for (path, file) in lab.store.context_files(snapshot.root).expect("readable") {
            let content = lab.store.read_blob(file.blob, 1 << 20).expect("readable");
            let owner = path.conflict_owner().unwrap_or(path.as_str()).to_owned();
            sides.entry(owner).or_default().insert(content.clone());
            if !path.is_conflict_copy() {
                paths.insert(path.to_string(), content);
            }
        }
        let conflicts = snapshot.manifest.conflicts.iter();
        let conflicts = conflicts.map(|entry| (entry.subject().to_owned(), entry.copy.clone())).collect();
        Self { paths, sides, conflicts }
    }

    /// The sides of what merges whole. A decision that conflicts takes from both what it can.
    fn whole_sides(&self) -> BTreeMap<&String, &BTreeSet<Vec<u8>>> {
        self.sides.iter().filter(|(path, _)| !path.starts_with("decisions/")).collect()
    }
}

/// The runs of a session, and what they come to.
fn runs(lab: &Lab) -> (BTreeSet<RunId>, Totals) {
    let runs = lab.store.session_runs(&lab.tip()).expect("readable");
    let mut totals = Totals::default();
    for run in &runs {
        totals.add(&lab.store.run_record(run.commit).expect("readable").expect("recorded"));
    }
    (runs.iter().map(|run| run.run.id).collect(), totals)
}

fn totals(lab: &Lab) -> Totals {
    lab.store.snapshot(lab.tip().tip).expect("readable").manifest.totals
}

fn objects(lab: &Lab, commit: CommitId) -> BTreeSet<String> {
    let listed = lab.git(&["rev-list", "--objects", "--no-object-names", &commit.to_string()]);
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn notes_come_in_the_order_in_which_they_were_written() {
    let ours = Lab::new();
    let theirs = ours.fork();
    let note = |lab: &Lab, text: &str| ops::note(&lab.store, &lab.env, &lab.place(), text).expect("noted");
    note(&theirs, "first");
    note(&ours, "second");
    // Newer than both, with the notes of the older one.
    let back = theirs.fork();
    merge(&back, &ours);
    merge(&ours, &theirs);
    for lab in [&ours, &back] {
        assert_eq!(Held::of(lab).paths.get("notes.md").map(Vec::as_slice), Some(&b"- first\n- second\n"[..]));
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_session_merged_into_itself_stays_as_it_is(before in deeds(), deeds in deeds()) {
        let lab = Lab::new();
        take(&lab, &before);
        let copy = lab.fork();
        take(&lab, &deeds);
        let tip = lab.tip();
        prop_assert_eq!(merge(&lab, &lab).nothing, Some(Nothing::Itself));
        prop_assert_eq!(lab.tip(), tip);
        let held = Held::of(&lab);
        merge(&lab, &copy);
        prop_assert_eq!(Held::of(&lab), held, "a fork in which nothing was done changes nothing");
    }

    #[test]
    fn a_merge_the_other_way_round_keeps_the_same_sides_and_runs(before in deeds(), a in deeds(), b in deeds()) {
        let ours = Lab::new();
        take(&ours, &before);
        let theirs = ours.fork();
        take(&ours, &a);
        take(&theirs, &b);
        let back = theirs.fork();
        merge(&back, &ours);
        merge(&ours, &theirs);
        let (one, other) = (Held::of(&ours), Held::of(&back));
        prop_assert_eq!(one.whole_sides(), other.whole_sides());
        prop_assert_eq!(&one.conflicts.len(), &other.conflicts.len());
        let differ = one.paths.iter().filter(|(path, content)| other.paths.get(*path) != Some(*content));
        for (path, _) in differ {
            prop_assert!(one.conflicts.iter().any(|(subject, _)| subject == path), "{path} differs, and is no conflict");
        }
        ours.fsck();
    }

    #[test]
    fn three_forks_merge_to_the_same_in_any_grouping(before in factual(), a in factual(), b in factual(), c in factual()) {
        let start = Lab::new();
        take(&start, &before);
        let [left, second, third] = [(); 3].map(|()| start.fork());
        take(&left, &a);
        take(&second, &b);
        take(&third, &c);
        let right = left.fork();
        merge(&left, &second);
        merge(&left, &third);
        merge(&second, &third);
        merge(&right, &second);
        prop_assert_eq!(Held::of(&left), Held::of(&right));
        start.fsck();
    }

    #[test]
    fn merges_over_open_conflicts_keep_every_side_once(ours in 0usize..4, theirs in proptest::collection::vec(0usize..4, 1..5)) {
        let lab = Lab::new();
        let forks: Vec<Lab> = theirs.iter().map(|_| lab.fork()).collect();
        lab.know("key", &ours.to_string());
        let mut sides = BTreeSet::from([ours]);
        for (fork, value) in forks.iter().zip(theirs) {
            fork.know("key", &value.to_string());
            sides.insert(value);
            prop_assert_eq!(merge(&lab, fork).open_conflicts, sides.len() - 1);
        }
        let kept = &Held::of(&lab).sides["knowledge/key.md"];
        prop_assert_eq!(kept, &sides.iter().map(|side| format!("{side}\n").into_bytes()).collect());
        let files = lab.store.context_files(lab.store.snapshot(lab.tip().tip).expect("readable").root);
        prop_assert_eq!(files.expect("readable").len(), sides.len(), "each is kept once");
        lab.fsck();
    }

    #[test]
    fn a_merge_loses_no_run_and_no_blob(before in deeds(), a in deeds(), b in deeds(), more in deeds()) {
        let ours = Lab::new();
        take(&ours, &before);
        let theirs = ours.fork();
        take(&ours, &a);
        take(&theirs, &b);
        for _ in 0..2 {
            let expected: BTreeSet<RunId> = &runs(&ours).0 | &runs(&theirs).0;
            let blobs = &objects(&ours, ours.tip().tip) | &objects(&theirs, theirs.tip().tip);
            merge(&ours, &theirs);
            let (found, sum) = runs(&ours);
            prop_assert_eq!(found, expected);
            prop_assert_eq!(totals(&ours), sum, "the totals are the sum over distinct runs");
            prop_assert!(objects(&ours, ours.tip().tip).is_superset(&blobs), "every blob is in it or in its history");
            // Back, so that the next merge is one of histories that cross.
            merge(&theirs, &ours);
            take(&theirs, &more);
        }
        ours.fsck();
    }
}
