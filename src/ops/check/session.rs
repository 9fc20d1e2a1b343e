//! Checking one session.

use std::collections::{BTreeSet, HashSet};

use super::origin::{conflicts_of_changes, origin_differs};
use super::{CheckLevel, CheckReport, Problem, ProblemKind, objects, recount};
use crate::model::{Manifest, RecentRun, SCHEMA};
use crate::ops::list::describe;
use crate::store::{CommitId, SessionRef, Snapshot, Step, Store, Verifier};

pub(super) fn check(
    store: &Store,
    session: &SessionRef,
    level: CheckLevel,
    kept: &BTreeSet<CommitId>,
    verifier: &mut Verifier<'_>,
    report: &mut CheckReport,
) {
    report.sessions += 1;
    let mut found = Found { session, problems: Vec::new() };
    match store.snapshot(session.tip) {
        Ok(tip) => found.session(store, &tip, level, verifier, report),
        // A branch that points to nothing has been told of as a ref.
        Err(_) if report.tells_of_ref(&session.name) => return,
        Err(error) => {
            found.add(Problem::new(ProblemKind::Tip, describe(&error)).at(session.tip, None));
            objects::flaws(verifier, session.tip, None).into_iter().for_each(|problem| found.add(problem));
        }
    }
    // Where the history cannot be walked, nothing can be told to be outside of it.
    if found.problems.iter().all(|problem| !matches!(problem.kind, ProblemKind::Tip | ProblemKind::History)) {
        found.lost_commits(store, kept);
    }
    report.problems.extend(found.problems);
}

/// What was found in one session.
struct Found<'a> {
    session: &'a SessionRef,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn add(&mut self, problem: Problem) {
        let problem = problem.of_session(&self.session.name);
        // A record that cannot be read is met when runs are counted and when commits are looked at.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn session(
        &mut self,
        store: &Store,
        tip: &Snapshot,
        level: CheckLevel,
        verifier: &mut Verifier<'_>,
        report: &mut CheckReport,
    ) {
        self.manifest(tip);
        let history = self.history(store, tip, verifier);
        if level == CheckLevel::Tips {
            let run = history.first().and_then(|step| step.run);
            objects::flaws(verifier, tip.commit, run).into_iter().for_each(|problem| self.add(problem));
        } else {
            let mut known = HashSet::new();
            for step in &history {
                let new = objects::of_commit(store, verifier, step);
                new.into_iter()
                    .filter(|p| known.insert((p.path.clone(), p.message.clone())))
                    .for_each(|p| self.add(p));
            }
        }
        report.runs += self.counts(store, tip, &history);
    }

    fn manifest(&mut self, tip: &Snapshot) {
        let manifest = &tip.manifest;
        if manifest.schema > SCHEMA {
            let what = format!("it was written by a newer version (schema {})", manifest.schema);
            self.add(Problem::new(ProblemKind::Newer, what).at(tip.commit, None).file("session.yaml"));
        }
        if manifest.id.short() != self.session.name.digits() {
            let what = format!("the branch's name does not end with the session's id, {}", manifest.id);
            self.add(Problem::new(ProblemKind::Tip, what).at(tip.commit, None).file("session.yaml"));
        }
    }

    // Each commit is read by itself, so that all that are missing are named.
    fn history(&mut self, store: &Store, tip: &Snapshot, verifier: &mut Verifier<'_>) -> Vec<Step> {
        let origin = tip.manifest.origin.as_ref().and_then(|origin| CommitId::from_hex(&origin.commit));
        let (mut seen, mut next, mut steps) =
            (origin.into_iter().collect::<HashSet<_>>(), vec![tip.commit], Vec::new());
        while let Some(commit) = next.pop() {
            if !seen.insert(commit) {
                continue;
            }
            match store.step(commit) {
                Ok(step) => {
                    next.extend(&step.parents);
                    steps.push(step);
                }
                Err(error) => {
                    self.add(Problem::new(ProblemKind::History, describe(&error)).at(commit, None));
                    objects::flaws(verifier, commit, None).into_iter().for_each(|problem| self.add(problem));
                }
            }
        }
        steps
    }

    // Compares what the manifest says with the history; returns how many runs there are.
    fn counts(&mut self, store: &Store, tip: &Snapshot, history: &[Step]) -> usize {
        // Where a part of the history is missing, there is nothing to count.
        let Ok(counted) = recount(store, self.session, tip) else { return 0 };
        let Manifest { totals, runs, .. } = &tip.manifest;
        let mut wrong = |kind, what: String| {
            self.add(Problem::new(kind, what).at(tip.commit, None).file("session.yaml"));
        };
        if let Some(what) = counted.totals_differ(totals) {
            wrong(ProblemKind::Totals, what);
        }
        if !same_runs(&counted.recent, runs) {
            let (is, should) = (told(runs), told(&counted.recent));
            wrong(ProblemKind::RunList, format!("it lists the runs {is}; the history has {should}"));
        }
        if let Some(what) = origin_differs(store, tip) {
            wrong(ProblemKind::Origin, what);
        }
        let of_changes = conflicts_of_changes(store, tip, history);
        for what in counted.conflicts_differ(&tip.manifest, &of_changes) {
            wrong(ProblemKind::Conflicts, what);
        }
        let runs = counted.runs();
        for (run, why) in counted.unreadable {
            let problem = Problem::new(ProblemKind::Record, why);
            self.add(problem.at(run.commit, Some(run.run.id)).file("run/run.yaml"));
        }
        runs
    }

    // Every commit that the branch once pointed to must still be behind it: a branch only moves
    // forward. A program that takes no locks can break that, and the reflog shows it.
    fn lost_commits(&mut self, store: &Store, kept: &BTreeSet<CommitId>) {
        let name = self.session.name.branch();
        let log = store.ref_log(&format!("refs/heads/{name}")).unwrap_or_default();
        let known = store.reachable(self.session.tip);
        let is_lost = |commit: &CommitId| !known.contains(commit) && !kept.contains(commit);
        // A process that is killed between writing the reflog and moving the branch leaves a line
        // of a move that never was; nothing was reported of that run.
        let left: BTreeSet<CommitId> = log.iter().filter_map(|line| line.old).filter(is_lost).collect();
        let arrived: BTreeSet<CommitId> = log.iter().map(|line| line.new).filter(is_lost).collect();
        for commit in &left {
            self.lost_commit(store, *commit, ProblemKind::LostCommit);
        }
        for commit in arrived.difference(&left) {
            self.lost_commit(store, *commit, ProblemKind::UnreportedCommit);
        }
    }

    fn lost_commit(&mut self, store: &Store, commit: CommitId, kind: ProblemKind) {
        let run = store.try_find_run_commit(commit).ok().flatten();
        let what = run.as_ref().map_or("a commit".to_owned(), |run| format!("the run '{}'", run.subject));
        let what = match kind {
            ProblemKind::LostCommit => format!("{what} is no longer in the history of its session"),
            _ => format!("{what} was being recorded when its process ended, and was not reported"),
        };
        self.add(Problem::new(kind, what).at(commit, run.map(|run| run.run.id)));
    }
}

fn same_runs(a: &[RecentRun], b: &[RecentRun]) -> bool {
    let key = |run: &RecentRun| (run.id, run.status, run.summary.clone(), run.finished_at);
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| key(a) == key(b))
}

fn told(runs: &[RecentRun]) -> String {
    let ids: Vec<String> =
        runs.iter().take(3).map(|run| format!("{} {}", run.id.short(), run.status)).collect();
    if ids.is_empty() {
        "none".to_owned()
    } else {
        ids.join(", ") + if runs.len() > 3 { ", …" } else { "" }
    }
}
