//! Checking the refs, the packs and what dead processes left.

use std::time::SystemTime;

use super::{CheckReport, Problem, ProblemKind};
use crate::model::SessionName;
use crate::ops::OpError;
use crate::ops::list::describe;
use crate::store::{AnyRef, LitterKind, OpenRun, PackFault, RefState, Store};

/// Whether the refs can be read, so that there is more to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Readable,
    Unreadable,
}

pub(super) fn check(store: &Store, now: SystemTime, report: &mut CheckReport) -> Result<Verdict, OpError> {
    let verdict = match store.all_refs() {
        Ok(refs) => {
            refs.iter().filter_map(broken).for_each(|problem| report.add(problem));
            Verdict::Readable
        }
        Err(error) => {
            report.add(Problem::new(ProblemKind::PackedRefs, describe(&error)).file("packed-refs"));
            Verdict::Unreadable
        }
    };
    for pack in store.bad_packs()? {
        let what = match pack.fault {
            PackFault::Index => "its index is missing or damaged, so that its objects are not found",
            PackFault::Absent => "its index is there, the pack is not",
            _ => "it is cut short, or is not the one that its index was made for",
        };
        report.add(Problem::new(ProblemKind::Pack, what).file(store.below(&pack.path)));
    }
    for litter in store.litter(now)? {
        let (kind, what) = match litter.kind {
            LitterKind::Lock => (ProblemKind::Lock, "a lock of a process that is dead"),
            LitterKind::EmptyObject => (ProblemKind::EmptyObject, "an object without content"),
            _ => (ProblemKind::Temporary, "a temporary file of a process that is dead"),
        };
        report.add(Problem::new(kind, what).file(store.below(&litter.path)));
    }
    if verdict == Verdict::Readable {
        put_aside(store, report);
        open_runs(store, report)?;
    }
    Ok(verdict)
}

fn broken(found: &AnyRef) -> Option<Problem> {
    let problem = match &found.state {
        RefState::Unreadable(why) => Problem::new(ProblemKind::Ref, why),
        RefState::Dangling(commit) => {
            let what = format!("it points to {}, which is not there", commit.short());
            Problem::new(ProblemKind::Ref, what).object(commit.to_string())
        }
        _ => return None,
    };
    let problem = problem.file(&found.name);
    Some(session_of(&found.name).iter().fold(problem, |problem, name| problem.of_session(name)))
}

fn put_aside(store: &Store, report: &mut CheckReport) {
    for name in store.refs_put_aside() {
        if let Some(session) = session_of(&name) {
            let what = "a repair put it aside, because nothing intact was known of it";
            report.add(Problem::new(ProblemKind::PutAside, what).of_session(&session).file(&name));
        }
    }
}

fn session_of(name: &str) -> Option<SessionName> {
    name.strip_prefix("refs/heads/session/")?.parse().ok()
}

fn open_runs(store: &Store, report: &mut CheckReport) -> Result<(), OpError> {
    for open in store.open_runs(None)? {
        if let Err(error) = try_open_run(store, &open) {
            let problem = Problem::new(ProblemKind::OpenRun, describe(&error));
            report.add(problem.at(open.commit, Some(open.run)).file(open.ref_name()));
        }
    }
    Ok(())
}

fn try_open_run(store: &Store, open: &OpenRun) -> Result<(), OpError> {
    store.snapshot(store.base_of(open)?)?;
    store.snapshot(open.commit)?;
    crate::ops::open_run::open_record(store, open).map(drop)
}
