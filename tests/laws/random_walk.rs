//! A random walk of recording, forking, merging back and forth, rewinding, undoing and removing,
//! beside a model that knows what must be there.

use std::collections::BTreeSet;

use git_session::model::{FactKind, Key, RunId, Usage, Usd};
use git_session::ops::{
    self, CheckLevel, ForkOptions, Keep, MergeOptions, OpError, Point, UndoTarget, Undone,
};
use git_session::store::{CommitId, RunSpec};
use proptest::prelude::*;

use crate::check::check;
use crate::lab::{Lab, cases};
use crate::model::{Model, State};

/// The most sessions of a walk.
const SESSIONS: usize = 4;

/// A step of the walk. Numbers choose among what is there.
#[derive(Debug, Clone)]
enum Step {
    Record(usize, u64),
    Know(usize, usize, usize),
    /// Two learn a fact differently.
    Differ(usize, usize, usize),
    Forget(usize, usize),
    Fork(usize, Option<usize>),
    Merge(usize, usize, Option<usize>),
    /// Each takes in what the other was.
    Cross(usize, usize),
    Rewind(usize, usize),
    Undo(usize),
    Resolve(usize, bool),
    Remove(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0usize..8;
    let run = proptest::option::weighted(0.2, 0usize..8);
    prop_oneof![
        2 => (n.clone(), 0u64..1000).prop_map(|(s, cost)| Step::Record(s, cost)),
        3 => (n.clone(), 0usize..2, 0usize..5).prop_map(|(s, key, value)| Step::Know(s, key, value)),
        3 => (n.clone(), n.clone(), 0usize..2).prop_map(|(a, b, key)| Step::Differ(a, b, key)),
        1 => (n.clone(), 0usize..2).prop_map(|(s, key)| Step::Forget(s, key)),
        1 => (n.clone(), run.clone()).prop_map(|(s, run)| Step::Fork(s, run)),
        4 => (n.clone(), n.clone(), run).prop_map(|(a, b, run)| Step::Merge(a, b, run)),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Cross(a, b)),
        1 => (n.clone(), n.clone()).prop_map(|(s, run)| Step::Rewind(s, run)),
        2 => n.clone().prop_map(Step::Undo),
        2 => (n.clone(), any::<bool>()).prop_map(|(s, other)| Step::Resolve(s, other)),
        1 => n.prop_map(Step::Remove),
    ]
}

/// The store, and the model of it.
struct Walk {
    model: Model,
    sessions: Vec<Lab>,
}

impl Walk {
    fn new() -> Self {
        let lab = Lab::new();
        let mut model = Model::default();
        model.add(lab.tip().tip, &[], None, State::default());
        let mut walk = Self { model, sessions: vec![lab] };
        walk.fork(0, None);
        walk
    }

    fn another(&self, than: usize, index: usize) -> usize {
        than + 1 + index % (self.sessions.len() - 1)
    }

    fn at(&self, index: usize) -> &Lab {
        &self.sessions[index % self.sessions.len()]
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Record(index, cost) => self.record(index, cost),
            Step::Know(index, key, value) => self.know(index, format!("k{key}"), value.to_string()),
            Step::Differ(a, b, key) => {
                let numbered = [a, self.another(a, b)].into_iter().enumerate();
                numbered.for_each(|(number, index)| self.know(index, format!("k{key}"), number.to_string()));
            }
            Step::Forget(index, key) => self.forget(index, &format!("k{key}")),
            Step::Fork(index, run) => self.fork(index, run),
            Step::Merge(into, from, run) => {
                let from = self.point(self.another(into, from), run);
                from.into_iter().for_each(|from| self.merge(into, &from));
            }
            Step::Cross(a, b) => self.cross(a, self.another(a, b)),
            Step::Rewind(index, run) => self.rewind(index, run),
            Step::Undo(index) => self.undo(index),
            Step::Resolve(index, other) => self.resolve(index, other),
            Step::Remove(index) => self.remove(index),
        }
    }

    /// Notes that a session has a new commit, where it has one, with this state.
    fn moved(&mut self, index: usize, before: CommitId, state: State) {
        self.moved_to(index, &[before], None, state);
    }

    fn moved_to(&mut self, index: usize, parents: &[CommitId], run: Option<(RunId, u64)>, state: State) {
        let tip = self.at(index).tip().tip;
        if parents.first() != Some(&tip) {
            self.model.add(tip, parents, run, state);
        }
    }

    fn record(&mut self, index: usize, cost: u64) {
        let (lab, before) = (self.at(index), self.at(index).tip().tip);
        let mut record = lab.fresh_run("run");
        record.usage = Some(Usage { cost_usd: Some(Usd::from_micros(cost)), ..Usage::default() });
        let id = lab.record(record).record.id;
        let state = self.model.state(before).clone();
        self.moved_to(index, &[before], Some((id, cost)), state);
    }

    fn know(&mut self, index: usize, key: String, value: String) {
        let (lab, before) = (self.at(index), self.at(index).tip().tip);
        lab.know(&key, &value);
        let mut state = self.model.state(before).clone();
        state.facts.insert(key, value);
        self.moved(index, before, state);
    }

    fn forget(&mut self, index: usize, key: &str) {
        let (lab, before) = (self.at(index), self.at(index).tip().tip);
        let mut state = self.model.state(before).clone();
        let forgotten =
            ops::remove_fact(&lab.store, &lab.env, &lab.place(), FactKind::Knowledge, &parsed(key));
        assert_eq!(forgotten.is_ok(), state.facts.remove(key).is_some(), "what is known can be forgotten");
        self.moved(index, before, state);
    }

    /// Chooses one of the runs of a session.
    fn run(&self, index: usize, run: usize) -> Option<(RunSpec, CommitId)> {
        let lab = self.at(index);
        let runs = lab.store.session_runs(&lab.tip()).expect("readable");
        let number = run % runs.len().max(1);
        let spec = format!("@{}", number + 1).parse().expect("valid");
        runs.get(number).map(|run| (spec, run.commit))
    }

    /// The newest state of a session, or the one that a run of it left.
    fn point(&self, index: usize, run: Option<usize>) -> Option<Point> {
        let mut session = self.at(index).tip();
        if let Some(run) = run {
            session.tip = self.run(index, run)?.1;
        }
        Some(Point::newest(session))
    }

    fn fork(&mut self, index: usize, run: Option<usize>) {
        let Some(point) = self.point(index, run).filter(|_| self.sessions.len() < SESSIONS) else { return };
        let lab = self.at(index);
        let forked = ops::fork(&lab.store, &lab.env, &point, ForkOptions::default()).expect("forked");
        let new = lab.with_session(forked.session.clone(), forked.manifest.id);
        let state = self.model.state(point.commit).clone();
        self.model.add(forked.session.tip, &[point.commit], None, state);
        self.sessions.push(new);
    }

    fn cross(&mut self, a: usize, b: usize) {
        let [here, there] = [a, b].map(|index| Point::newest(self.at(index).tip()));
        self.merge(a, &there);
        self.merge(b, &here);
    }

    fn merge(&mut self, into: usize, from: &Point) {
        let (ours, before, other) = (self.at(into), self.at(into).tip().tip, from.commit);
        let options = MergeOptions::default();
        let merged = ops::merge(&ours.store, &ours.env, &ours.session, from, &options).expect("merged");
        let bases = self.model.bases(before, other);
        let found = ours.store.divergence(before, other).expect("walked").bases;
        assert_eq!(BTreeSet::from_iter(found), bases, "the bases are the newest commits that both follow");
        assert_eq!(
            merged.nothing.is_some(),
            bases.contains(&other),
            "only what is there is nothing to merge"
        );
        let state = match Vec::from_iter(&bases).as_slice() {
            [base] => {
                State::merge(self.model.state(**base), self.model.state(before), self.model.state(other))
            }
            _ => self.merged_on(&bases, before, other, read(ours, ours.tip().tip)),
        };
        self.moved_to(into, &[before, other], None, state);
    }

    /// Of a merge on several bases, or on none, the model knows only what must not get lost.
    fn merged_on(&self, bases: &BTreeSet<CommitId>, ours: CommitId, theirs: CommitId, is: State) -> State {
        for key in ["k0", "k1"] {
            let [o, t] = [ours, theirs].map(|side| self.model.state(side).facts.get(key));
            let kept = is.facts.get(key);
            assert!(kept == o || kept == t, "one of the sides has {key}: {o:?} {t:?} {kept:?}");
            let is_old = |side| bases.iter().any(|base| self.model.state(*base).facts.get(key) == side);
            if !is_old(o) && !is_old(t) {
                let sides = is.sides(key);
                let all = o.into_iter().chain(t).all(|side| sides.contains(side));
                assert!(all, "what both changed is kept twice: {key} {o:?} {t:?} {sides:?}");
            }
        }
        is
    }

    fn rewind(&mut self, index: usize, run: usize) {
        let Some((spec, commit)) = self.run(index, run) else { return };
        let (lab, before) = (self.at(index), self.at(index).tip().tip);
        let to = lab.store.find_run(&spec, Some(&lab.tip())).expect("found");
        ops::rewind(&lab.store, &lab.env, &lab.session, &to, &Default::default()).expect("rewound");
        let state = self.model.state(commit).clone();
        self.moved(index, before, state);
    }

    fn undo(&mut self, index: usize) {
        let (lab, before) = (self.at(index), self.at(index).tip().tip);
        let undone = match ops::undo(&lab.store, &lab.env, Some(&lab.tip()), UndoTarget::Last) {
            Ok(Undone::Change(undone)) => undone,
            Err(OpError::NothingToUndo) => return,
            other => unreachable!("a change is undone, or there is none: {other:?}"),
        };
        let then = self.model.state(undone.change.before.expect("something came before it"));
        let state = State::merge(self.model.state(undone.change.commit), self.model.state(before), then);
        self.moved(index, before, state);
    }

    fn resolve(&mut self, index: usize, other: bool) {
        let (lab, before) = (self.at(index), self.at(index).tip().tip);
        let conflicts = lab.store.snapshot(before).expect("readable").manifest.conflicts;
        let Some(entry) = conflicts.iter().find(|entry| entry.copy.is_some()) else { return };
        let (copy, key) = (entry.copy.clone().expect("it has one"), key_of(entry.subject()));
        let value = text(lab, before, &copy);
        let keep = if other { Keep::Other } else { Keep::Current };
        ops::resolve(&lab.store, &lab.env, &lab.session, &copy, &keep).expect("settled");
        let mut state = self.model.state(before).clone();
        state.copies.remove(&(key.clone(), value.clone()));
        if other {
            state.facts.insert(key, value);
        }
        self.moved(index, before, state);
    }

    fn remove(&self, index: usize) {
        let (lab, tip) = (self.at(index), self.at(index).tip());
        ops::remove(&lab.store, &lab.env, &tip).expect("removed");
        assert_eq!(check(&lab.store, CheckLevel::Objects).problems, [], "forks outlive what they are from");
        let back = ops::undo(&lab.store, &lab.env, None, UndoTarget::Last).expect("undone");
        assert_eq!(back, Undone::Restored(tip), "it is put back as it was");
    }

    /// Compares every session with the model, and lets git and our own check judge.
    fn check(&self) {
        for lab in &self.sessions {
            let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
            assert_eq!(
                tip.parents, self.model.nodes[&tip.commit].parents,
                "a branch goes on from where it was"
            );
            assert_eq!(
                &read(lab, tip.commit),
                self.model.state(tip.commit),
                "the context is that of the model"
            );
            let origin = tip.manifest.origin.as_ref().and_then(|origin| CommitId::from_hex(&origin.commit));
            let expected = self.model.runs(tip.commit, origin);
            let runs = lab.store.session_runs(&lab.tip()).expect("readable");
            let ids: BTreeSet<RunId> = runs.iter().map(|run| run.run.id).collect();
            assert_eq!(ids, expected.keys().copied().collect(), "every run is there, and no other");
            let cost = tip.manifest.totals.cost_usd.map_or(0, |cost| cost.micros());
            let sum = (expected.len() as u64, expected.values().sum());
            assert_eq!((tip.manifest.totals.runs, cost), sum, "each is counted once");
            let newest = lab.store.last_runs(&[tip.commit], origin, 3).expect("readable");
            assert_eq!(newest, runs[runs.len().saturating_sub(3)..], "the newest are the end of all");
        }
        // With git's judgement.
        assert_eq!(check(&self.at(0).store, CheckLevel::Objects).problems, []);
    }
}

fn parsed(key: &str) -> Key {
    key.parse().expect("valid")
}

fn key_of(path: &str) -> String {
    path.trim_start_matches("knowledge/").trim_end_matches(".md").to_owned()
}

fn text(lab: &Lab, commit: CommitId, path: &str) -> String {
    let root = lab.store.snapshot(commit).expect("readable").root;
    let file = lab.store.context_file(root, &path.parse().expect("valid")).expect("readable").expect("there");
    let bytes = lab.store.read_blob(file.blob, 1 << 20).expect("readable");
    String::from_utf8(bytes).expect("text").trim_end().to_owned()
}

/// Reads what a commit holds: facts, copies of lost sides, and conflicts that have no copy.
fn read(lab: &Lab, commit: CommitId) -> State {
    let snapshot = lab.store.snapshot(commit).expect("readable");
    let mut state = State::default();
    for path in lab.store.context_files(snapshot.root).expect("readable").into_keys() {
        let value = text(lab, commit, path.as_str());
        match path.conflict_owner() {
            Some(owner) => drop(state.copies.insert((key_of(owner), value))),
            None => drop(state.facts.insert(key_of(path.as_str()), value)),
        }
    }
    let bare = snapshot.manifest.conflicts.iter().filter(|entry| entry.copy.is_none());
    state.removed = bare.map(|entry| key_of(entry.subject())).collect();
    state
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn whatever_is_done_to_sessions_the_model_agrees(steps in proptest::collection::vec(step(), 1..48)) {
        let mut walk = Walk::new();
        for step in &steps {
            walk.take(step);
            walk.check();
        }
        walk.at(0).fsck();
    }
}
