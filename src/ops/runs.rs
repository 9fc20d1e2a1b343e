//! Listing the runs of a session.

use serde::Serialize;

use super::{Env, OpError};
use crate::model::{Agent, RunRecord, SessionId, SessionName, Usage};
use crate::store::{CommitId, RunCommit, RunRef, SessionRef, Store};

/// A run as it is listed. The names are those of `runs --json`: the record's, and these.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunRow {
    /// Its record.
    #[serde(flatten)]
    pub record: RunRecord,
    /// Its place in the session, from 1; `None` while it is open.
    pub number: Option<usize>,
    /// The commit.
    pub commit: CommitId,
    /// The branch of the session in which it was recorded, where that still is there.
    pub session_branch: Option<String>,
    /// Why its record could not be read; the other fields are then what the commit's message says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
}

/// Lists the runs of a session, newest first, open ones before finished ones. At most `limit` of
/// the finished ones.
pub fn runs(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    limit: Option<usize>,
) -> Result<Vec<RunRow>, OpError> {
    let mut rows = open_rows(store, env, session)?;
    let all = store.session_runs(session)?;
    let names = store.session_names()?;
    let newest = all.iter().enumerate().rev().take(limit.unwrap_or(usize::MAX));
    for (index, run) in newest {
        rows.push(row(store, run, Some(index + 1), &names)?);
    }
    Ok(rows)
}

/// Makes the row of one run.
pub fn run_row(store: &Store, found: &RunRef) -> Result<RunRow, OpError> {
    row(store, &found.run, Some(found.number), &store.session_names()?)
}

fn open_rows(store: &Store, env: &Env, session: &SessionRef) -> Result<Vec<RunRow>, OpError> {
    let tip = store.snapshot(session.tip)?;
    let mut rows = Vec::new();
    for open in store.open_runs(Some(tip.manifest.id))? {
        if super::finish::drop_if_recorded(store, env, &tip, &open)? {
            continue;
        }
        let record = super::open_run::open_record(store, &open)?;
        let session_branch = Some(session.name.branch());
        rows.push(RunRow { record, number: None, commit: open.commit, session_branch, damaged: None });
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.record.started_at, row.record.id)));
    Ok(rows)
}

fn row(
    store: &Store,
    run: &RunCommit,
    number: Option<usize>,
    names: &[SessionName],
) -> Result<RunRow, OpError> {
    let (record, damaged) = record_or_message(store, run);
    let session_branch = branch_of(names, record.session);
    Ok(RunRow { record, number, commit: run.commit, session_branch, damaged })
}

/// Finds the branch of a session among the names of all; `None` where it is gone.
pub(super) fn branch_of(names: &[SessionName], session: SessionId) -> Option<String> {
    let digits = session.short();
    names.iter().filter(|name| name.digits() == digits).min().map(SessionName::branch)
}

/// Reads the record of a run, or what its commit's message repeats of it and why the record itself
/// could not be read: one damaged run must not hide the others.
pub(super) fn record_or_message(store: &Store, run: &RunCommit) -> (RunRecord, Option<String>) {
    let why = match store.run_record(run.commit) {
        Ok(Some(record)) => return (record, None),
        Ok(None) => "it has no run/run.yaml".to_owned(),
        Err(error) => super::list::describe(&error),
    };
    let mut record = RunRecord::new(run.run.id, run.session, run.run.status);
    record.summary = run.subject.clone();
    record.finished_at = run.run.finished_at;
    record.duration_s = run.run.duration_s;
    record.agent = run.run.agent.clone().map(|name| Agent { name, ..Agent::default() });
    record.usage = run.run.cost_usd.map(|cost| Usage { cost_usd: Some(cost), ..Usage::default() });
    (record, Some(why))
}
