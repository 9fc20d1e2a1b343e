//! A decision with the run in which it was made.

use serde::Serialize;

use super::BlameSource;
use crate::model::{Agent, ContextPath, DecisionId, RunId, RunRecord, RunStatus};
use crate::ops::OpError;
use crate::ops::decide::{DecisionRow, read_decision};
use crate::store::{CommitId, ContextFile, RunSpec, SessionRef, Store};

/// A decision with the run in which it was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DecisionStory {
    /// What was decided, why, and instead of what.
    #[serde(flatten)]
    pub decision: DecisionRow,
    /// The run in which it was decided; `None` where it was decided outside of one.
    pub made_in: Option<RunStory>,
}

/// What a decision's run was about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunStory {
    /// Its id.
    pub id: RunId,
    /// Its commit.
    pub commit: CommitId,
    /// How it ended.
    pub status: RunStatus,
    /// What it did.
    pub summary: String,
    /// What was asked.
    pub prompt: Option<String>,
    /// The agent that did it.
    pub agent: Option<Agent>,
    /// The commits that it made in the code, newest first; where it made none, the one that was
    /// checked out at its end.
    pub code_commits: Vec<String>,
}

/// Tells of the decision that a file is; `None` where it is none.
pub(super) fn story(
    store: &Store,
    session: &SessionRef,
    path: &ContextPath,
    file: ContextFile,
    sources: &[BlameSource],
) -> Result<Option<DecisionStory>, OpError> {
    let Some(id) = DecisionId::of_path(path) else { return Ok(None) };
    // Who wrote which line is told also of a file that is no decision.
    let Ok(row) = read_decision(store, id, file) else { return Ok(None) };
    let made_in = match row.decision.run {
        Some(run) => commit_of(store, session, run, sources)?,
        None => sources.last().filter(|source| source.run.is_some()).map(|source| source.commit),
    };
    let made_in = made_in.map(|commit| run_story(store, commit)).transpose()?.flatten();
    Ok(Some(DecisionStory { decision: row, made_in }))
}

fn commit_of(
    store: &Store,
    session: &SessionRef,
    run: RunId,
    sources: &[BlameSource],
) -> Result<Option<CommitId>, OpError> {
    if let Some(source) = sources.iter().find(|source| source.run == Some(run)) {
        return Ok(Some(source.commit));
    }
    match store.find_run(&RunSpec::Name(run.to_string()), Some(session)) {
        Ok(found) => Ok(Some(found.run.commit)),
        // It is still open, or was of a session that is gone.
        Err(error) if error.is_of_absence() => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn run_story(store: &Store, commit: CommitId) -> Result<Option<RunStory>, OpError> {
    // A damaged record does not hide the decision.
    let Some(record) = store.run_record(commit).ok().flatten() else { return Ok(None) };
    let code_commits = code_commits(&record);
    let RunRecord { id, status, summary, prompt, agent, .. } = record;
    Ok(Some(RunStory { id, commit, status, summary, prompt, agent, code_commits }))
}

fn code_commits(record: &RunRecord) -> Vec<String> {
    let Some(code) = &record.code else { return Vec::new() };
    match code.commits.is_empty() {
        false => code.commits.clone(),
        true => code.head_after.clone().into_iter().collect(),
    }
}
