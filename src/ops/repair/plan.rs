//! Finding out what a repair has to do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::Step;
use crate::model::{SessionName, shown};
use crate::ops::OpError;
use crate::ops::check::{CheckLevel, CheckReport, Problem, ProblemKind, check};
use crate::store::{CommitId, Depth, PackFault, Store, Verifier};

/// What a repair would do, and what it is for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RepairPlan {
    /// The steps, in the order in which they are done.
    pub steps: Vec<Step>,
    /// What is wrong.
    pub report: CheckReport,
}

/// Finds out what can be done for a store.
pub fn plan_repair(store: &Store, now: SystemTime, progress: &dyn Fn(&str)) -> Result<RepairPlan, OpError> {
    let store = &store.untouched();
    let report = check(store, now, CheckLevel::Data, progress)?;
    let mut plan = Planner { store, report: &report, steps: Vec::new() };
    plan.files(now)?;
    // Where the refs cannot be read, they come first.
    if !plan.steps.contains(&Step::MendPackedRefs) {
        plan.objects()?;
        plan.refs()?;
        plan.sessions()?;
    }
    let mut steps = plan.steps;
    steps.sort_by_key(Step::rank);
    Ok(RepairPlan { steps, report })
}

struct Planner<'a> {
    store: &'a Store,
    report: &'a CheckReport,
    steps: Vec<Step>,
}

impl Planner<'_> {
    fn files(&mut self, now: SystemTime) -> Result<(), OpError> {
        if self.problems(|problem| problem.kind == ProblemKind::PackedRefs).next().is_some() {
            self.steps.push(Step::MendPackedRefs);
        }
        let litter = self.store.litter(now)?;
        if !litter.is_empty() {
            let paths = litter.iter().map(|litter| self.store.below(&litter.path)).collect();
            self.steps.push(Step::Sweep { paths });
        }
        for pack in self.store.bad_packs()? {
            let path = self.store.below(&pack.path);
            self.steps.push(match pack.fault {
                PackFault::Index => Step::Reindex { path },
                PackFault::Absent => Step::PutFileAside { path: path.replace(".pack", ".idx") },
                _ => Step::Salvage { path },
            });
        }
        Ok(())
    }

    fn objects(&mut self) -> Result<(), OpError> {
        let bad: BTreeSet<String> =
            self.report.problems.iter().filter_map(|problem| problem.object.clone()).collect();
        let loose: Vec<_> = bad.iter().filter_map(|object| self.store.loose_file(object)).collect();
        self.steps.extend(loose.iter().map(|file| Step::PutFileAside { path: self.store.below(file) }));
        let corrupt = self.problems(|problem| problem.kind == ProblemKind::Corrupt).count();
        if corrupt > loose.len() {
            self.damaged_packs()?;
        }
        if !bad.is_empty() {
            for remote in self.store.remotes() {
                let objects = bad.iter().cloned().collect();
                self.steps.push(Step::Fetch { remote: remote.name, objects });
            }
        }
        Ok(())
    }

    fn damaged_packs(&mut self) -> Result<(), OpError> {
        for pack in self.store.damaged_packs()? {
            let step = Step::Salvage { path: self.store.below(&pack) };
            let remade = Step::Reindex { path: self.store.below(&pack) };
            if !self.steps.contains(&step) && !self.steps.contains(&remade) {
                self.steps.push(step);
            }
        }
        Ok(())
    }

    fn refs(&mut self) -> Result<(), OpError> {
        // By name: one open run may be reported twice, as a ref and as what it points to.
        let mut aside = BTreeMap::new();
        for problem in self.problems(|p| matches!(p.kind, ProblemKind::Ref | ProblemKind::OpenRun)) {
            if let (None, Some(name)) = (&problem.branch, &problem.path)
                && name.starts_with("refs/")
            {
                aside.entry(name.clone()).or_insert_with(|| problem.message.clone());
            }
        }
        self.steps.extend(aside.into_iter().map(|(name, why)| Step::PutRefAside { name, why }));
        let mut verifier = self.store.verifier(Depth::Content);
        let mut lost: BTreeSet<CommitId> = self
            .problems(|p| matches!(p.kind, ProblemKind::LostCommit | ProblemKind::UnreportedCommit))
            .filter_map(|p| p.commit)
            .collect();
        // What a newer lost commit follows is kept with it.
        for commit in lost.clone() {
            let mut older = self.store.reachable(commit);
            older.remove(&commit);
            lost.retain(|commit| !older.contains(commit));
        }
        lost.retain(|commit| self.is_whole(&mut verifier, *commit));
        for commit in lost {
            let id = self.store.snapshot(commit)?.manifest.id;
            self.steps.push(Step::Keep { name: format!("refs/rescue/{id}/{commit}"), commit });
        }
        Ok(())
    }

    fn sessions(&mut self) -> Result<(), OpError> {
        let mut verifier = self.store.verifier(Depth::Content);
        let mut by_session: BTreeMap<SessionName, Vec<&Problem>> = BTreeMap::new();
        for problem in &self.report.problems {
            if let Some(name) = problem
                .branch
                .as_deref()
                .and_then(|branch| branch.trim_start_matches("session/").parse().ok())
            {
                by_session.entry(name).or_default().push(problem);
            }
        }
        for (name, problems) in by_session {
            let step = self.session_step(&name, &problems, &mut verifier);
            self.steps.extend(step);
        }
        Ok(())
    }

    fn session_step(
        &self,
        name: &SessionName,
        problems: &[&Problem],
        verifier: &mut Verifier<'_>,
    ) -> Option<Step> {
        let session = name.clone();
        let tip = self.store.try_find_session(name).ok().flatten().map(|found| found.tip);
        let unusable = problems.iter().find(|p| matches!(p.kind, ProblemKind::Ref | ProblemKind::Tip));
        if let Some(problem) = unusable {
            return Some(self.restore_step(name, &problem.message, verifier));
        }
        let flaws = tip.map(|tip| verifier.flaws(tip)).unwrap_or_default();
        if let Some(flaw) = flaws.iter().find(|flaw| !is_replaceable(&flaw.path)) {
            return Some(self.restore_step(name, &format!("{} is lost", shown(&flaw.path)), verifier));
        }
        if !flaws.is_empty() {
            return Some(Step::Mend { session, paths: flaws.into_iter().map(|flaw| flaw.path).collect() });
        }
        let is_miscounted = |p: &&&Problem| {
            let counted =
                matches!(p.kind, ProblemKind::Totals | ProblemKind::RunList | ProblemKind::Conflicts);
            counted && p.commit == tip
        };
        problems.iter().find(is_miscounted).map(|_| Step::Recount { session })
    }

    fn restore_step(&self, name: &SessionName, why: &str, verifier: &mut Verifier<'_>) -> Step {
        match self.newest_intact(name, verifier) {
            Some(to) => {
                let lost = self.moves_after(name, to);
                Step::Restore { session: name.clone(), why: why.to_owned(), to, lost }
            }
            None => Step::PutRefAside { name: format!("refs/heads/{}", name.branch()), why: why.to_owned() },
        }
    }

    fn moves_after(&self, name: &SessionName, to: CommitId) -> Vec<String> {
        let mut log = self.store.ref_log(&format!("refs/heads/{}", name.branch())).unwrap_or_default();
        let first = log.iter().rposition(|line| line.new == to).map_or(log.len(), |at| at + 1);
        log.drain(first..).map(|line| line.message).collect()
    }

    // The reflog names what the branch pointed to, newest last; where it is gone, the parents of
    // the broken commit are tried.
    fn newest_intact(&self, name: &SessionName, verifier: &mut Verifier<'_>) -> Option<CommitId> {
        let log = self.store.ref_log(&format!("refs/heads/{}", name.branch())).unwrap_or_default();
        let logged = log.iter().rev().flat_map(|line| std::iter::once(line.new).chain(line.old));
        let mut next: Vec<CommitId> = logged.collect();
        next.reverse();
        if let Some(session) = self.store.try_find_session(name).ok().flatten() {
            next.insert(0, session.tip);
        }
        let mut seen = BTreeSet::new();
        while let Some(commit) = next.pop() {
            if !seen.insert(commit) {
                continue;
            }
            if self.is_of(name, commit) && self.is_whole(verifier, commit) {
                return Some(commit);
            }
            if let Ok(step) = self.store.step(commit) {
                // Tried when all that is newer has been.
                next.splice(0..0, step.parents);
            }
        }
        None
    }

    fn is_of(&self, name: &SessionName, commit: CommitId) -> bool {
        self.store.snapshot(commit).is_ok_and(|found| found.manifest.id.short() == name.digits())
    }

    /// Tells whether a commit, its record and all its files are there, and its history can be walked.
    fn is_whole(&self, verifier: &mut Verifier<'_>, commit: CommitId) -> bool {
        verifier.flaws(commit).is_empty()
            && self.store.snapshot(commit).is_ok()
            && self.store.run_record(commit).is_ok()
            && self.store.reachable(commit).into_iter().all(|commit| self.store.step(commit).is_ok())
    }

    fn problems<'a>(&'a self, wanted: impl Fn(&Problem) -> bool + 'a) -> impl Iterator<Item = &'a Problem> {
        self.report.problems.iter().filter(move |problem| wanted(problem))
    }
}

// Without its manifest or its newest record a session cannot be used; other files may be replaced.
fn is_replaceable(path: &str) -> bool {
    path.contains('/') && path != "run/run.yaml"
}
