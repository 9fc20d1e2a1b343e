//! Where things stand.

use std::collections::BTreeMap;

use serde::Serialize;

use super::list::row;
use super::{Env, OpError, SessionRow};
use crate::model::{Conflict, RunId, Timestamp};
use crate::store::{SessionRef, Store};

/// Where a session stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The session.
    #[serde(flatten)]
    pub session: SessionRow,
    /// Its open runs, oldest first.
    pub open: Vec<OpenRunView>,
    /// Its open conflicts.
    pub open_conflicts: Vec<Conflict>,
    /// How many secrets were removed from what its last run left, by rule.
    pub redactions: BTreeMap<String, u64>,
}

/// A run that has begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OpenRunView {
    /// The run.
    pub id: RunId,
    /// What it is doing.
    pub summary: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// What made it be recorded.
    pub trigger: Option<String>,
}

/// Tells where a session stands. Refs of runs that were recorded by a process that died before it
/// could drop them are dropped.
pub fn status(store: &Store, env: &Env, session: &SessionRef) -> Result<Status, OpError> {
    let tip = store.snapshot(session.tip)?;
    let mut open = Vec::new();
    for run in store.open_runs(Some(tip.manifest.id))? {
        if super::finish::drop_if_recorded(store, env, &tip, &run)? {
            continue;
        }
        let record = super::open_run::open_record(store, &run)?;
        let summary = record.headline();
        let (id, started_at, trigger) = (run.run, record.started_at, record.trigger);
        open.push(OpenRunView { id, summary, started_at, trigger });
    }
    open.sort_by_key(|run| (run.started_at, run.id));
    let open_conflicts = tip.manifest.conflicts.clone();
    let last = store.run_record(session.tip).ok().flatten();
    let redactions = last.map(|record| record.redactions).unwrap_or_default();
    let session = row(session, tip.manifest, tip.committed_at, open.len());
    Ok(Status { session, open, open_conflicts, redactions })
}
