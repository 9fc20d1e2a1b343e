//! Listing the runs of a session.

use serde::Serialize;

use super::{Env, OpError, RunCodeCommit, commits_of_runs};
use crate::model::{Agent, RunRecord, SessionId, SessionName, Usage};
use crate::store::{CodeRepo, CommitId, RunCommit, RunRef, SessionRef, Store};

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
    /// Whose run it is.
    pub source: RunSource,
    /// The commits of the code that belong to it, where those were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<RunCodeCommit>,
    /// Whether a remote has it, as far as is known; `None` where there is no remote, or nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed: Option<bool>,
    /// Why its record could not be read; the other fields are then what the commit's message says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
}

/// How runs are told that are nothing but a commit of the code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitRuns {
    /// Those that follow each other are told together.
    #[default]
    Folded,
    /// Each by itself.
    Each,
}

/// Whose a run is that a session lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RunSource {
    /// It was recorded in the session.
    Own,
    /// It was recorded in another one, which was merged.
    Merged,
    /// It is from before the session was forked.
    Inherited,
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
    let all = store.run_list(session.tip)?;
    let (names, id) = (store.session_names()?, store.snapshot(session.tip)?.manifest.id);
    for (number, _, commit) in all.numbered().rev().take(limit.unwrap_or(usize::MAX)) {
        let run = store.run_commit(commit)?;
        rows.push(row(store, &run, Some(number), source(&run, id), &names)?);
    }
    Ok(rows)
}

/// Adds to runs the commits of the code that belong to them.
pub fn add_commits(store: &Store, repo: Option<&CodeRepo>, rows: &mut [RunRow]) -> Result<(), OpError> {
    let records: Vec<&RunRecord> = rows.iter().map(|row| &row.record).collect();
    let mut found = commits_of_runs(store, repo, &records)?;
    for row in rows {
        row.commits = found.remove(&row.record.id).unwrap_or_default();
    }
    Ok(())
}

/// Lists the runs from before a session was forked, newest first, at most `limit` of them. They
/// have no number in it.
pub fn inherited_runs(
    store: &Store,
    session: &SessionRef,
    limit: Option<usize>,
) -> Result<Vec<RunRow>, OpError> {
    let names = store.session_names()?;
    let all = store.inherited_list(session.tip)?;
    let newest = all.numbered().rev().take(limit.unwrap_or(usize::MAX));
    let row = |commit| row(store, &store.run_commit(commit)?, None, RunSource::Inherited, &names);
    newest.map(|(_, _, commit)| row(commit)).collect()
}

/// Makes the row of one run.
pub fn run_row(store: &Store, found: &RunRef) -> Result<RunRow, OpError> {
    let id = store.snapshot(found.session.tip)?.manifest.id;
    row(store, &found.run, Some(found.number), source(&found.run, id), &store.session_names()?)
}

/// Tells whose a run is that a session lists.
pub(super) fn source(run: &RunCommit, listed_in: SessionId) -> RunSource {
    if run.session == listed_in { RunSource::Own } else { RunSource::Merged }
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
        let (commit, source) = (open.commit, RunSource::Own);
        rows.push(RunRow {
            record,
            number: None,
            commit,
            session_branch,
            source,
            commits: Vec::new(),
            pushed: None,
            damaged: None,
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.record.started_at, row.record.id)));
    Ok(rows)
}

/// Makes the row of one run that a session lists; `names` are those of all sessions.
pub(super) fn row(
    store: &Store,
    run: &RunCommit,
    number: Option<usize>,
    source: RunSource,
    names: &[SessionName],
) -> Result<RunRow, OpError> {
    let (record, damaged) = record_or_message(store, run);
    let session_branch = branch_of(names, record.session);
    let (commit, commits) = (run.commit, Vec::new());
    Ok(RunRow { record, number, commit, session_branch, source, commits, pushed: None, damaged })
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
