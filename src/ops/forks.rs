//! The forks of a session side by side: how each went, and what it learned since.

use std::collections::BTreeMap;

use serde::Serialize;

use super::OpError;
use crate::model::{ContextPath, FactKind, RecentRun, RunRecord, SessionId, SessionStatus, Totals};
use crate::store::{CommitId, ContextFile, FileChange, SessionRef, Snapshot, Store};

/// The longest value of a fact that is told, in bytes.
const VALUE_BYTES: u64 = 1024;

/// A session and its forks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ForkComparison {
    /// The session.
    pub session: ForkOutcome,
    /// Its forks, oldest first.
    pub forks: Vec<ForkOutcome>,
}

/// How a session went.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ForkOutcome {
    /// Its id.
    pub id: SessionId,
    /// Its branch.
    pub branch: String,
    /// What it is about.
    pub title: String,
    /// How it stands.
    pub status: SessionStatus,
    /// The commit at which it was forked; of the session itself, the oldest at which one was.
    pub forked_at: Option<CommitId>,
    /// Sums over its runs.
    pub totals: Totals,
    /// Its newest run.
    pub last_run: Option<RecentRun>,
    /// The score of that run.
    pub score: Option<f64>,
    /// What that run measured.
    pub metrics: BTreeMap<String, f64>,
    /// How many conflicts are open.
    pub conflicts: usize,
    /// Whether all of it is merged into the session that it was forked from.
    pub merged: bool,
    /// What its context gained, lost and changed since.
    pub context: Vec<ContextSince>,
}

/// A file of the context that changed since a fork.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ContextSince {
    /// Its path below `context/`.
    pub path: ContextPath,
    /// `added`, `removed` or `modified`.
    pub change: &'static str,
    /// What a short fact says now.
    pub value: Option<String>,
}

/// Puts a session and its forks side by side. Of a fork that has none itself, the session that it is
/// from is meant.
pub fn compare_forks(store: &Store, session: &SessionRef) -> Result<ForkComparison, OpError> {
    let tip = store.snapshot(session.tip)?;
    let forks = forks_of(store, tip.manifest.id)?;
    if !forks.is_empty() {
        return compared(store, session, &tip, &forks);
    }
    let origin = tip.manifest.origin.as_ref().map(|origin| origin.session);
    let origin = origin.map(|origin| store.try_find_session_by_id(origin)).transpose()?.flatten();
    let Some(origin) = origin else { return Err(OpError::NoForks(session.name.to_string())) };
    let (tip, id) = (store.snapshot(origin.tip)?, store.snapshot(origin.tip)?.manifest.id);
    compared(store, &origin, &tip, &forks_of(store, id)?)
}

fn forks_of(store: &Store, id: SessionId) -> Result<Vec<(SessionRef, Snapshot)>, OpError> {
    let mut forks = Vec::new();
    for session in store.sessions()?.0 {
        // One that is damaged must not hide the others.
        let Ok(snapshot) = store.snapshot(session.tip) else { continue };
        if snapshot.manifest.origin.as_ref().is_some_and(|origin| origin.session == id) {
            forks.push((session, snapshot));
        }
    }
    forks.sort_by_key(|(_, snapshot)| (snapshot.manifest.created_at, snapshot.manifest.id));
    Ok(forks)
}

fn compared(
    store: &Store,
    session: &SessionRef,
    tip: &Snapshot,
    forks: &[(SessionRef, Snapshot)],
) -> Result<ForkComparison, OpError> {
    let mut first: Option<Snapshot> = None;
    let mut outcomes = Vec::new();
    for (fork, state) in forks {
        let at = state.forked_at().map(|commit| store.snapshot(commit)).transpose()?;
        let mut outcome = outcome(store, fork, state, at.as_ref())?;
        outcome.merged = store.is_behind(fork.tip, session.tip)?;
        outcomes.push(outcome);
        first = match (first, at) {
            (Some(first), Some(at)) if first.committed_at <= at.committed_at => Some(first),
            (first, at) => at.or(first),
        };
    }
    let session = outcome(store, session, tip, first.as_ref())?;
    Ok(ForkComparison { session, forks: outcomes })
}

fn outcome(
    store: &Store,
    session: &SessionRef,
    state: &Snapshot,
    since: Option<&Snapshot>,
) -> Result<ForkOutcome, OpError> {
    let manifest = state.manifest.clone();
    let last_run = manifest.runs.first().cloned();
    let record = last_record(store, state, last_run.as_ref());
    let changes = match since {
        Some(since) => store.context_changes(since.root, state.root)?,
        None => Vec::new(),
    };
    Ok(ForkOutcome {
        id: manifest.id,
        branch: session.name.branch(),
        title: manifest.title,
        status: manifest.status,
        forked_at: since.map(|since| since.commit),
        totals: manifest.totals,
        last_run,
        score: record.as_ref().and_then(|record| record.score),
        metrics: record.map(|record| record.metrics).unwrap_or_default(),
        conflicts: manifest.conflicts.len(),
        merged: false,
        context: changes.into_iter().map(|change| since_fork(store, change)).collect(),
    })
}

// The record in the newest state is that of the last run, but where a merge brought in a later one.
fn last_record(store: &Store, state: &Snapshot, last: Option<&RecentRun>) -> Option<RunRecord> {
    let last = last?;
    let here = store.run_record(state.commit).ok().flatten().filter(|record| record.id == last.id);
    here.or_else(|| {
        let found = store.last_runs(&[state.commit], None, 1).ok()?;
        let commit = found.iter().find(|run| run.run.id == last.id)?.commit;
        store.run_record(commit).ok().flatten()
    })
}

fn since_fork(store: &Store, change: FileChange) -> ContextSince {
    let FileChange { path, old, new } = change;
    let change = match (old, new) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "modified",
    };
    let is_fact = [FactKind::Knowledge, FactKind::Preference].iter().any(|kind| kind.key(&path).is_some());
    let value = new.filter(|_| is_fact).and_then(|file| value(store, file));
    ContextSince { path, change, value }
}

fn value(store: &Store, file: ContextFile) -> Option<String> {
    let bytes = store.read_blob(file.blob, VALUE_BYTES).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
}
