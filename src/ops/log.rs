//! The history of a session as a story: runs, and what was changed between them.

use serde::Serialize;

use super::OpError;
use crate::model::{RunId, RunStatus, Seconds, SessionId, Timestamp, Usd};
use crate::store::{CommitId, SessionRef, Step, Store};

/// One commit of a session's history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// The commit.
    pub commit: CommitId,
    /// What it does: `run`, `create`, `context`, `edit`, ….
    pub change: &'static str,
    /// One line.
    pub summary: String,
    /// When it was committed.
    pub at: Timestamp,
    /// The session in which it was recorded.
    pub session: Option<SessionId>,
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
    /// The context files that it changed.
    pub context: Vec<ChangedFile>,
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

/// Lists the commits of a session, newest first, at most `limit` of them.
pub fn log(store: &Store, session: &SessionRef, limit: Option<usize>) -> Result<Vec<LogEntry>, OpError> {
    let origin = store.snapshot(session.tip)?.manifest.origin;
    let origin = origin.and_then(|origin| CommitId::from_hex(&origin.commit));
    let steps = store.history(session.tip, origin, limit)?;
    Ok(steps.iter().map(|step| entry(store, step)).collect())
}

/// Lists what a commit changed in the context, against its first parent.
pub(super) fn changed_files(store: &Store, step: &Step) -> Result<Vec<ChangedFile>, OpError> {
    let Some(parent) = step.parents.first() else { return Ok(Vec::new()) };
    let before = store.step(*parent)?;
    let changes = store.context_changes(before.root, step.root)?;
    let files = changes.into_iter().map(|change| ChangedFile {
        change: match (change.old, change.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "modified",
        },
        path: change.path.into(),
    });
    Ok(files.collect())
}

// A commit whose files are damaged does not hide the others.
fn entry(store: &Store, step: &Step) -> LogEntry {
    let (context, damaged) = match changed_files(store, step) {
        Ok(files) => (files, None),
        Err(error) => (Vec::new(), Some(super::list::describe(&error))),
    };
    let run = step.message.as_ref().and_then(|message| message.run.as_ref());
    LogEntry {
        commit: step.commit,
        change: step.message.as_ref().map_or("foreign", |message| message.change.as_str()),
        summary: step.message.as_ref().map(|message| message.subject.clone()).unwrap_or_default(),
        at: run.and_then(|run| run.finished_at).unwrap_or(step.committed_at),
        session: step.message.as_ref().map(|message| message.session),
        run: step.run,
        status: run.map(|run| run.status),
        duration_s: run.and_then(|run| run.duration_s),
        cost_usd: run.and_then(|run| run.cost_usd),
        agent: run.and_then(|run| run.agent.clone()),
        context,
        damaged,
    }
}
