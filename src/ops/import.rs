//! Recording sessions that another tool kept, one commit a run, at the runs' own times.

use crate::model::{Budget, ContextPath, Project, RunRecord, SessionId, SessionStatus, Timestamp};

/// What another tool knows of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedSession {
    /// The id, derived from the source and the foreign id.
    pub id: SessionId,
    /// The tool it comes from, such as `babysitter`.
    pub source: String,
    /// The id that the tool gave it.
    pub foreign_id: String,
    /// What it is about.
    pub title: String,
    /// How it stands.
    pub status: SessionStatus,
    /// When it was started.
    pub created_at: Timestamp,
    /// The project it is about.
    pub project: Option<Project>,
    /// What it may use up.
    pub budget: Option<Budget>,
    /// Its finished runs, oldest first.
    pub runs: Vec<ImportedRun>,
    /// Files of the context that no run can be credited with.
    pub context: Vec<ImportedFile>,
    /// When that context was last changed.
    pub context_at: Timestamp,
}

/// What another tool knows of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedRun {
    /// Its record, with `external_id` set.
    pub record: RunRecord,
    /// Files of the context that it left, whole.
    pub context: Vec<ImportedFile>,
    /// What was asked and answered, in Markdown.
    pub conversation: Option<String>,
    /// Files of this run alone.
    pub artifacts: Vec<ImportedFile>,
}

/// One file to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Its path below `context/` or `run/artifacts/`.
    pub path: ContextPath,
    /// Its content.
    pub content: Vec<u8>,
}
