//! Listing the runs of a session.

use std::collections::HashSet;

use serde::Serialize;

use super::{Env, OpError};
use crate::model::{RunRecord, SessionName};
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
        rows.push(RunRow { record, number: None, commit: open.commit, session_branch });
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
    let missing = || crate::store::StoreError::Damaged {
        session: run.session.to_string(),
        commit: run.commit.short(),
        what: "it has no run/run.yaml".to_owned(),
    };
    let record = store.run_record(run.commit)?.ok_or_else(missing)?;
    let digits = record.session.short();
    let mut same: HashSet<&SessionName> = names.iter().filter(|name| name.digits() == digits).collect();
    let session_branch = same.drain().min().map(SessionName::branch);
    Ok(RunRow { record, number, commit: run.commit, session_branch })
}
