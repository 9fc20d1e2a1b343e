//! Random histories with forks and merges, of which a value or a file is purged: runs, totals, order and
//! all other texts are as before, and nothing of it is left.

use std::collections::BTreeSet;

use git_session::model::{RunId, Totals};
use git_session::ops::{self, Keep, MergeOptions, Point, UndoTarget};
use git_session::store::{CommitId, RunSpec};
use proptest::prelude::*;

use crate::lab::{Lab, cases};
use crate::purge::{left, purge};
use crate::purge_path::{self, Told, has_object, is_of, tells, told, without};
use crate::purge_run::{self, work};

const CANARY: &str = "s3cret-Value/9";
const PATH: &str = "knowledge/k0.md";
const MARKER: &str = "[REDACTED:known-value]";

/// A step of a history. Numbers choose among what is there; the last one may be the value.
#[derive(Debug, Clone)]
enum Step {
    Know(usize, usize, usize),
    Note(usize, usize),
    Record(usize, usize),
    Fork(usize),
    Merge(usize, usize),
    Undo(usize),
    Rewind(usize),
    Settle(usize),
    Remove(usize),
    Work(usize, usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0usize..4;
    prop_oneof![
        4 => (n.clone(), 0usize..2, 0usize..4).prop_map(|(s, key, value)| Step::Know(s, key, value)),
        2 => (n.clone(), 0usize..4).prop_map(|(s, text)| Step::Note(s, text)),
        3 => (n.clone(), 0usize..4).prop_map(|(s, text)| Step::Record(s, text)),
        2 => n.clone().prop_map(Step::Fork),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Merge(a, b)),
        1 => n.clone().prop_map(Step::Undo),
        1 => n.clone().prop_map(Step::Rewind),
        1 => n.clone().prop_map(Step::Settle),
        1 => n.clone().prop_map(Step::Remove),
        4 => (n, 0usize..2, 0usize..4).prop_map(|(s, key, text)| Step::Work(s, key, text)),
    ]
}

fn text(number: usize) -> String {
    if number == 3 { format!("use {CANARY} now") } else { format!("text {number}") }
}

struct Walk(Vec<Lab>);

impl Walk {
    fn at(&self, index: usize) -> &Lab {
        &self.0[index % self.0.len()]
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Know(index, key, value) => self.at(index).know(&format!("k{key}"), &text(value)),
            Step::Note(index, number) => {
                let lab = self.at(index);
                ops::note(&lab.store, &lab.env, &lab.place(), &text(number)).expect("noted");
            }
            Step::Record(index, number) => {
                let lab = self.at(index);
                let mut run = lab.fresh_run(&format!("{}{}", "x".repeat(number * 36), text(number)));
                run.prompt = Some(text(number));
                lab.record(run);
            }
            Step::Work(index, key, number) => {
                let path = format!("knowledge/k{key}.md");
                work(self.at(index), &[(&path, &text(number)), ("notes.md", &text(number))]);
            }
            Step::Fork(index) if self.0.len() < 4 => self.0.push(self.at(index).fork()),
            Step::Merge(a, b) if self.at(a).id != self.at(b).id => {
                let (into, from) = (self.at(a), Point::newest(self.at(b).tip()));
                let _ = ops::merge(&into.store, &into.env, &into.session, &from, &MergeOptions::default());
            }
            Step::Undo(index) => {
                let lab = self.at(index);
                let _ = ops::undo(&lab.store, &lab.env, Some(&lab.tip()), UndoTarget::Last);
            }
            Step::Rewind(index) => rewind(self.at(index)),
            Step::Settle(index) => settle(self.at(index)),
            Step::Remove(index) if self.0.len() > 1 => {
                let lab = self.0.remove(index % self.0.len());
                ops::remove(&lab.store, &lab.env, &lab.tip()).expect("removed");
            }
            Step::Fork(_) | Step::Merge(..) | Step::Remove(_) => {}
        }
    }

    fn states(&self) -> Vec<State> {
        self.0.iter().map(State::of).collect()
    }
}

fn rewind(lab: &Lab) {
    let spec: RunSpec = format!("{}@1", lab.session.name).parse().expect("a run");
    if let Ok(run) = lab.store.find_run(&spec, Some(&lab.tip())) {
        let _ = ops::rewind(&lab.store, &lab.env, &lab.session, &run, &Default::default());
    }
}

fn settle(lab: &Lab) {
    let open = lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts;
    if let Some(subject) = open.first().map(|entry| entry.copy.as_deref().unwrap_or(entry.subject())) {
        let _ = ops::resolve(&lab.store, &lab.env, &lab.session, subject, &Keep::Current);
    }
}

/// What must be the same before and after, with the value replaced.
#[derive(Debug, PartialEq)]
struct State {
    runs: Vec<RunId>,
    totals: Totals,
    files: Vec<(String, String)>,
    subjects: Vec<String>,
    conflicts: usize,
}

impl State {
    fn of(lab: &Lab) -> Self {
        let tip = lab.tip().tip;
        let snapshot = lab.store.snapshot(tip).expect("readable");
        let without = |text: &str| text.replace(CANARY, MARKER);
        // The copy of a side that lost is called by the id of its content.
        let name = |path: &str| path.split(".conflict-").next().unwrap_or_default().to_owned();
        let mut files: Vec<(String, String)> = Vec::new();
        for (path, file) in lab.store.context_files(snapshot.root).expect("readable") {
            let content = lab.store.read_blob(file.blob, 1 << 20).expect("readable");
            files.push((name(path.as_str()), without(&String::from_utf8(content).expect("text"))));
        }
        files.sort();
        let subjects = lab.git(&["log", "--topo-order", "--format=%s", &tip.to_string()]);
        Self {
            runs: lab.store.runs(tip, None).expect("readable").into_iter().map(|run| run.run.id).collect(),
            totals: snapshot.manifest.totals,
            files,
            subjects: subjects.lines().map(without).collect(),
            conflicts: snapshot.manifest.conflicts.len(),
        }
    }
}

fn holds(lab: &Lab, tip: CommitId) -> bool {
    let log = lab.git(&["log", "-p", "-m", "--root", "--format=%an %s %b", &tip.to_string()]);
    log.contains(CANARY)
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_purge_changes_nothing_but_the_value(steps in proptest::collection::vec(step(), 1..24)) {
        let mut walk = Walk(vec![Lab::new()]);
        steps.iter().for_each(|step| walk.take(step));
        let before = walk.states();
        let tips: Vec<(CommitId, bool)> =
            walk.0.iter().map(|lab| (lab.tip().tip, holds(lab, lab.tip().tip))).collect();
        let held = left(walk.0[0].store.dir(), CANARY) > 0;
        let done = purge(&walk.0[0].store, &walk.0[0].env, CANARY);
        prop_assert_eq!(done.is_ok(), held, "{:?}", done.err());
        prop_assert_eq!(left(walk.0[0].store.dir(), CANARY), 0);
        let store = walk.0[0].store.reopen().expect("opened");
        walk.0.iter_mut().for_each(|lab| lab.store = store.clone());
        for (lab, (tip, is_held)) in walk.0.iter().zip(&tips) {
            prop_assert_eq!(lab.tip().tip != *tip, *is_held, "only what holds it is written anew");
        }
        prop_assert_eq!(walk.states(), before);
        walk.0[0].fsck();
        prop_assert!(purge(&walk.0[0].store, &walk.0[0].env, CANARY).is_err(), "nothing is left to purge");
    }

    #[test]
    fn a_purge_of_a_file_changes_nothing_else(steps in proptest::collection::vec(step(), 1..24)) {
        let mut walk = Walk(vec![Lab::new()]);
        steps.iter().for_each(|step| walk.take(step));
        let first = walk.0[0].tip().tip.to_string();
        let cut: BTreeSet<CommitId> = told(&walk.0[0], &first).into_iter().map(|(commit, _)| commit).collect();
        let sums = |walk: &Walk| -> Vec<(Vec<RunId>, Totals)> {
            walk.states().into_iter().map(|state| (state.runs, state.totals)).collect()
        };
        // Also those that were removed.
        let refs = walk.0[0].git(&["for-each-ref", "--format=%(refname)"]);
        let histories: Vec<Vec<(CommitId, Told)>> = refs.lines().map(|name| told(&walk.0[0], name)).collect();
        let expected: Vec<Vec<Told>> = histories.iter().map(|told| without(told, PATH, &cut)).collect();
        let blobs = |told: &Told, is_gone: bool| -> Vec<String> {
            let files = told.files.iter().filter(|(path, _)| !is_gone || is_of(path, PATH));
            files.map(|(_, blob)| blob.clone()).collect()
        };
        let stay: BTreeSet<String> = expected.iter().flatten().flat_map(|told| blobs(told, false)).collect();
        let was: BTreeSet<String> =
            histories.iter().flatten().flat_map(|(_, told)| blobs(told, true)).collect();
        let before = (sums(&walk), walk.0.iter().map(|lab| lab.tip().tip).collect::<Vec<_>>());

        let target = purge_path::paths(&walk.0[0], &[PATH]);
        let is_there = histories.iter().flatten().any(|(commit, told)| cut.contains(commit) && !blobs(told, true).is_empty());
        let done = purge_path::purge(&walk.0[0], &target);
        prop_assert_eq!(done.is_ok(), is_there, "{:?}", done.err());
        let store = walk.0[0].store.reopen().expect("opened");
        walk.0.iter_mut().for_each(|lab| lab.store = store.clone());
        prop_assert_eq!(sums(&walk), before.0);
        let refs = walk.0[0].git(&["for-each-ref", "--format=%(refname)"]);
        let refs: Vec<&str> = refs.lines().filter(|name| !name.starts_with("refs/purged/")).collect();
        let mut after: Vec<Vec<Told>> = refs.iter().map(|name| tells(told(&walk.0[0], name))).collect();
        let mut expected = expected;
        // The names of those in the trash tell their commits.
        let order = |told: &Vec<Told>| format!("{told:?}");
        after.sort_by_key(order);
        expected.sort_by_key(order);
        prop_assert_eq!(after, expected);
        for (lab, tip) in walk.0.iter().zip(&before.1) {
            let takes_part = cut.iter().any(|commit| {
                let history = histories.iter().flatten().find(|(known, _)| known == commit);
                history.is_some_and(|(_, told)| !blobs(told, true).is_empty()) && lab_has(&histories, *tip, *commit)
            });
            prop_assert_eq!(lab.tip().tip != *tip, takes_part, "only what follows it is written anew");
        }
        for blob in was.iter().filter(|blob| !stay.contains(*blob)) {
            prop_assert!(!has_object(&store, blob), "{} is left", blob);
        }
        if let Ok(done) = done {
            prop_assert!(done.residue.is_clean());
            let stays = done.plan.elsewhere.len();
            prop_assert!(stays <= was.intersection(&stay).count(), "{:?}", done.plan.elsewhere);
            prop_assert!(purge_path::purge(&walk.0[0], &target).is_err(), "nothing is left to purge");
        }
        walk.0[0].fsck();
    }

    #[test]
    fn a_purge_of_a_run_takes_only_what_it_brought(
        steps in proptest::collection::vec(step(), 1..24),
        which in 0usize..100,
    ) {
        let mut walk = Walk(vec![Lab::new()]);
        steps.iter().for_each(|step| walk.take(step));
        let lab = &walk.0[0];
        let run = work(lab, &[("knowledge/k0.md", &text(which % 4)), ("only here.md", "brought\n")]);
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| !matches!(step, Step::Remove(0))) {
            if index % 2 == 0 {
                walk.take(step);
            }
        }
        let histories = histories(&walk);
        let sums = |walk: &Walk| -> Vec<(Vec<RunId>, Totals)> {
            walk.states().into_iter().map(|state| (state.runs, state.totals)).collect()
        };
        let before = sums(&walk);
        let tips: Vec<CommitId> = walk.0.iter().map(|lab| lab.tip().tip).collect();
        let (behind, brought) = behind_run(&walk.0[0], &histories, run);
        let others = histories.iter().flatten().filter(|(commit, _)| !behind.contains(commit));
        let own: BTreeSet<(String, String)> = others.flat_map(|(_, told)| told.files.clone()).collect();

        let done = purge_run::purge(&walk.0[0], &purge_run::target(run)).expect("purged");
        let store = walk.0[0].store.reopen().expect("opened");
        walk.0.iter_mut().for_each(|lab| lab.store = store.clone());
        prop_assert_eq!(sums(&walk), before);
        prop_assert!(done.residue.is_clean());
        for (lab, tip) in walk.0.iter().zip(&tips) {
            prop_assert_eq!(lab.tip().tip != *tip, behind.contains(tip), "only what follows it is written anew");
            let old = histories.iter().find(|told| told.last().is_some_and(|(last, _)| last == tip)).expect("told");
            let new = tells(told(lab, &lab.tip().tip.to_string()));
            prop_assert_eq!(new.len(), old.len());
            for ((commit, old), new) in old.iter().zip(&new) {
                prop_assert_eq!((&old.parents, &old.people), (&new.parents, &new.people));
                prop_assert_eq!(
                    changed(old, new, behind.contains(commit), &brought, &own),
                    Vec::<String>::new(),
                    "{:?} became {:?}", old, new
                );
            }
        }
        for blob in brought.iter().filter(|blob| !stands(&walk, blob)) {
            prop_assert!(!has_object(&store, blob), "{} is left", blob);
        }
        prop_assert!(!has_object(&store, &brought_only()), "what nobody else has is gone");
        let again = purge_run::purge(&walk.0[0], &purge_run::target(run));
        prop_assert!(matches!(again, Err(ops::OpError::PurgedBefore { .. })), "nothing is left to purge");
        walk.0[0].fsck();
    }
}

/// Everything behind each ref, also of what was removed.
fn histories(walk: &Walk) -> Vec<Vec<(CommitId, Told)>> {
    let refs = walk.0[0].git(&["for-each-ref", "--format=%(refname)"]);
    refs.lines().filter(|name| !name.starts_with("refs/purged/")).map(|name| told(&walk.0[0], name)).collect()
}

/// Returns the commits that record a run or follow it, and the contents that it brought.
fn behind_run(
    lab: &Lab,
    histories: &[Vec<(CommitId, Told)>],
    run: RunId,
) -> (BTreeSet<CommitId>, BTreeSet<String>) {
    let (mut behind, mut brought) = (BTreeSet::new(), BTreeSet::new());
    for history in histories {
        for (commit, told) in history {
            let is_it = lab
                .store
                .try_find_run_commit(*commit)
                .expect("read")
                .is_some_and(|found| found.run.id == run);
            if is_it || told.parents.iter().any(|parent| behind.contains(&history[*parent].0)) {
                behind.insert(*commit);
            }
            if is_it {
                let context = |told: &Told| -> BTreeSet<String> {
                    let files = told.files.iter().filter(|(path, _)| path.starts_with("context/"));
                    files.map(|(_, blob)| blob.clone()).collect()
                };
                let before: BTreeSet<String> =
                    told.parents.iter().flat_map(|parent| context(&history[*parent].1)).collect();
                brought.extend(context(told).difference(&before).cloned());
            }
        }
    }
    (behind, brought)
}

/// Lists the files of a commit that changed and should not have, or should have and did not. Whether a
/// copy of a conflict stays depends on what it is a copy of.
fn changed(
    old: &Told,
    new: &Told,
    is_behind: bool,
    brought: &BTreeSet<String>,
    own: &BTreeSet<(String, String)>,
) -> Vec<String> {
    let mut wrong: Vec<String> =
        new.files.keys().filter(|path| !old.files.contains_key(*path)).cloned().collect();
    for (path, blob) in old.files.iter().filter(|(path, _)| path.starts_with("context/")) {
        let is_same = new.files.get(path) == Some(blob);
        let goes = is_behind && brought.contains(blob);
        // One side of a merge may have had it by itself.
        if is_same == goes && !own.contains(&(path.clone(), blob.clone())) {
            wrong.push(path.clone());
        }
    }
    wrong
}

fn stands(walk: &Walk, blob: &str) -> bool {
    histories(walk).iter().flatten().any(|(_, told)| told.files.values().any(|there| there == blob))
}

// Of `brought` and a line feed.
fn brought_only() -> String {
    let dir = tempfile::tempdir().expect("temporary folder");
    let file = dir.path().join("content");
    std::fs::write(&file, "brought\n").expect("written");
    let hash = crate::lab::git(dir.path(), &["hash-object", file.to_str().expect("text")]).stdout;
    String::from_utf8(hash).expect("text").trim().to_owned()
}

// Tells whether a commit is behind the tip of one of the histories.
fn lab_has(histories: &[Vec<(CommitId, Told)>], tip: CommitId, commit: CommitId) -> bool {
    let of_tip = histories.iter().filter(|told| told.last().is_some_and(|(last, _)| *last == tip));
    of_tip.flatten().any(|(known, _)| *known == commit)
}
