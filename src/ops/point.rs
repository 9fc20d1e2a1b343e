//! The states of sessions that people name: by a run, or by a session for its newest one.

use super::OpError;
use crate::model::RunId;
use crate::store::{CommitId, OpenRun, RunSpec, SessionRef, Store, StoreError, Trashed};

/// The shortest start of an id that names something.
const PREFIX_CHARS: usize = 4;

/// A state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Point {
    /// The session in which it was found.
    pub session: SessionRef,
    /// The commit.
    pub commit: CommitId,
    /// The run that was named; `None` where the newest state of the session is meant.
    pub run: Option<RunId>,
}

impl Point {
    /// Returns the newest state of a session.
    pub fn newest(session: SessionRef) -> Self {
        Self { commit: session.tip, session, run: None }
    }
}

/// Finds the state that a name means: a session's newest one, or the one that a run left. No name
/// and `@` mean the newest of the current session. A run that is open, and what was removed, are
/// told from what is unknown.
pub fn find_point(store: &Store, name: Option<&str>, current: Option<&SessionRef>) -> Result<Point, OpError> {
    let Some(name) = name.filter(|name| *name != "@") else {
        let current = current.ok_or(StoreError::NoCurrentSession)?;
        return Ok(Point::newest(current.clone()));
    };
    match find(store, name, current) {
        Err(error) if error.is_of_absence() => Err(why_absent(store, name).unwrap_or(OpError::Store(error))),
        found => Ok(found?),
    }
}

fn find(store: &Store, name: &str, current: Option<&SessionRef>) -> Result<Point, StoreError> {
    let spec: RunSpec = name.parse()?;
    if let RunSpec::Name(name) = &spec {
        match store.find_session(name) {
            Err(StoreError::NoSession { .. }) => {}
            found => return Ok(Point::newest(found?)),
        }
    }
    let found = store.find_run(&spec, current)?;
    Ok(Point { run: Some(found.id()), commit: found.run.commit, session: found.session })
}

// What was there once, or is not there yet, is another answer than a name that was mistyped.
fn why_absent(store: &Store, name: &str) -> Option<OpError> {
    let session = name.rsplit_once('@').map_or(name, |(session, _)| session);
    let is_open = |open: &OpenRun| starts(&open.run.to_string(), name);
    if let Some(open) = store.open_runs(None).ok()?.into_iter().find(is_open) {
        return Some(OpError::StillOpen(open.run));
    }
    store.trash().ok()?.into_iter().rev().find_map(|trashed| removed(store, &trashed, session))
}

fn removed(store: &Store, trashed: &Trashed, name: &str) -> Option<OpError> {
    let manifest = store.snapshot(trashed.commit).ok()?.manifest;
    let branch = store.trashed_name(trashed).ok()?;
    let wanted = name.strip_prefix("session/").unwrap_or(name);
    let is_session =
        manifest.title == name || starts(&manifest.id.to_string(), wanted) || starts(branch.as_str(), wanted);
    let is_run = || {
        let runs = store.runs(trashed.commit, None).unwrap_or_default();
        runs.iter().any(|run| starts(&run.run.id.to_string(), name))
    };
    (is_session || is_run()).then(|| OpError::Removed { name: name.to_owned(), session: branch.to_string() })
}

fn starts(id: &str, name: &str) -> bool {
    name.len() >= PREFIX_CHARS && id.starts_with(name)
}
