//! Showing one session or one run in full.

use serde::Serialize;

use super::diff::changes_of;
use super::{ContextEntry, DiffOptions, Env, FileDiff, OpError, RunRow, list_context, run_row, runs};
use crate::model::Manifest;
use crate::store::{RunRef, SessionRef, Store};

/// How many runs `show SESSION` lists.
const RUNS: usize = 10;
/// The longest conversation that is shown, in bytes.
const CONVERSATION_BYTES: u64 = 64 * 1024 * 1024;

/// A session in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SessionView {
    /// Its manifest.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Its branch.
    pub branch: String,
    /// The newest commit.
    pub commit: crate::store::CommitId,
    /// The files of its context.
    pub context: Vec<ContextEntry>,
    /// The branch of the session that it was forked from, where that still is there.
    pub origin_branch: Option<String>,
    /// How many runs there are from before it was forked.
    pub inherited_runs: usize,
    /// Its newest runs, newest first.
    pub newest_runs: Vec<RunRow>,
}

/// A run in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunView {
    /// Its row.
    #[serde(flatten)]
    pub row: RunRow,
    /// The context files that it changed, against its first parent.
    pub context: Vec<FileDiff>,
    /// What was asked and answered.
    pub conversation: Option<String>,
    /// Files of this run alone.
    pub artifacts: Vec<String>,
}

/// Shows a session.
pub fn show_session(store: &Store, env: &Env, session: &SessionRef) -> Result<SessionView, OpError> {
    let snapshot = store.snapshot(session.tip)?;
    let origin = snapshot.manifest.origin.as_ref();
    let origin = origin.and_then(|origin| store.try_find_session_by_id(origin.session).ok().flatten());
    Ok(SessionView {
        origin_branch: origin.map(|session| session.name.branch()),
        // Where the history before is damaged, the session itself is told all the same.
        inherited_runs: store.inherited_list(session.tip).map_or(0, |list| list.len()),
        branch: session.name.branch(),
        commit: session.tip,
        context: list_context(store, &snapshot, None)?,
        newest_runs: runs(store, env, session, Some(RUNS))?,
        manifest: snapshot.manifest,
    })
}

/// Shows a run; `options` say how its files are compared.
pub fn show_run(store: &Store, found: &RunRef, options: &DiffOptions) -> Result<RunView, OpError> {
    let step = store.step(found.run.commit)?;
    let mut row = run_row(store, found)?;
    let context = changes_of(store, &step, options).unwrap_or_else(|error| {
        row.damaged.get_or_insert(super::list::describe(&error));
        Vec::new()
    });
    let conversation = store.large_file_at(step.root, "run/conversation.md", CONVERSATION_BYTES)?;
    Ok(RunView {
        row,
        context,
        conversation: conversation.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        artifacts: store.files_below(step.root, "run/artifacts")?.into_keys().map(String::from).collect(),
    })
}
