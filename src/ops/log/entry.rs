//! One commit of a history.

use serde::Serialize;

use super::FactValue;
use crate::model::{RunId, RunStatus, Seconds, SessionId, Timestamp, Usd};
use crate::ops::FileDiff;
use crate::store::{CommitId, FileChange, RunCommit, Step, Store, StoreError, TreeId};

/// One commit of a session's history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// The commit.
    pub commit: CommitId,
    /// The commits that it follows.
    pub parents: Vec<CommitId>,
    /// What it does: `run`, `create`, `context`, `edit`, ….
    pub change: &'static str,
    /// One line.
    pub summary: String,
    /// When it was committed.
    pub at: Timestamp,
    /// The session in which it was recorded.
    pub session: Option<SessionId>,
    /// The branch of that session, where it still is there.
    pub session_branch: Option<String>,
    /// The run that it records.
    pub run: Option<RunId>,
    /// How the run ended.
    pub status: Option<RunStatus>,
    /// How long the run took, in seconds.
    pub duration_s: Option<Seconds>,
    /// What the run cost, in USD.
    pub cost_usd: Option<Usd>,
    /// The agent that did the run.
    pub agent: Option<String>,
    /// Whether the run is nothing but a commit of the code.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_commit: bool,
    /// Whether a remote has it, as far as is known; `None` where there is no remote, or nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed: Option<bool>,
    /// The context files that it changed.
    pub context: Vec<ChangedFile>,
    /// What the facts that were asked for said then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<FactValue>,
    /// How the context files differ, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<FileDiff>,
    /// Why the files could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
}

/// A context file that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangedFile {
    /// Its path below `context/`.
    pub path: String,
    /// `added`, `removed` or `modified`.
    pub change: &'static str,
}

impl ChangedFile {
    pub(super) fn new(change: &FileChange) -> Self {
        let word = match (change.old, change.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "modified",
        };
        Self { change: word, path: change.path.to_string() }
    }
}

impl LogEntry {
    /// Makes the entry of a commit, without what it changed.
    pub(super) fn new(step: &Step, told: Option<RunCommit>) -> Self {
        let session = told.as_ref().map(|told| told.session);
        let summary = told.as_ref().map_or_else(|| step.headline().to_owned(), |told| told.subject.clone());
        let run = told.map(|told| told.run);
        Self {
            commit: step.commit,
            parents: step.parents.clone(),
            change: step.change(),
            summary,
            at: run.as_ref().and_then(|run| run.finished_at).unwrap_or(step.committed_at),
            session: session.or(step.message.as_ref().map(|message| message.session)),
            session_branch: None,
            run: step.run,
            status: run.as_ref().map(|run| run.status),
            duration_s: run.as_ref().and_then(|run| run.duration_s),
            cost_usd: run.as_ref().and_then(|run| run.cost_usd),
            is_commit: run.as_ref().is_some_and(|run| run.is_commit),
            agent: run.and_then(|run| run.agent),
            pushed: None,
            context: Vec::new(),
            values: Vec::new(),
            diff: Vec::new(),
            damaged: None,
        }
    }
}

/// Returns the files of a commit's first parent; `None` where it follows none.
pub(super) fn root_before(store: &Store, step: &Step) -> Result<Option<TreeId>, StoreError> {
    let Some(parent) = step.parents.first() else { return Ok(None) };
    Ok(Some(store.step(*parent)?.root))
}
