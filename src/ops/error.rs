//! What can go wrong in a verb.

use std::io;
use std::path::PathBuf;

use crate::model::yaml::YamlError;
use crate::model::{DecisionError, KeyError, PathError, RunId, shown};
use crate::store::StoreError;

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user's rules of redaction cannot be used.
    #[error(transparent)]
    Rules(crate::redact::RuleFileError),
    /// A path is not valid.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A key is not valid.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A decision could not be read or written.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// A document could not be written.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A title has nothing in it.
    #[error("the title is empty")]
    EmptyTitle,
    /// There is nothing to record.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A path would collide with one that is there.
    #[error("path '{}' would collide with '{}' on macOS or Windows", shown(.path), shown(.existing))]
    Collision {
        /// The new path.
        path: String,
        /// The path that is there.
        existing: String,
    },
    /// A file is in the way of a folder, or a folder in the way of a file.
    #[error("path '{}' cannot be added: '{}' is there already", shown(.path), shown(.existing))]
    InTheWay {
        /// The new path.
        path: String,
        /// The path that is there.
        existing: String,
    },
    /// A file could not be taken in or written out.
    #[error("could not {action} {}", shown(&.path.display().to_string()))]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A file is not one that may be stored.
    #[error("{} is not stored: {reason}", shown(.path))]
    Refused {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// There is no such file in the context.
    #[error("there is no file '{}' in the context of {place}", shown(.path))]
    NoContextFile {
        /// The path.
        path: String,
        /// The session or run that was looked at.
        place: String,
    },
    /// Nothing in a history ever had this name.
    #[error("nothing in the history of {place} is called '{}'", shown(.word))]
    NeverThere {
        /// The key, path or decision.
        word: String,
        /// What was looked at.
        place: String,
        /// Names that are close to it.
        near: Vec<String>,
    },
    /// Nothing in the context has this name.
    #[error("nothing in the context of {place} is called '{}'", shown(.word))]
    NotThere {
        /// The key, path or decision.
        word: String,
        /// What was looked at.
        place: String,
        /// Names that are close to it.
        near: Vec<String>,
    },
    /// A file is too large for what was asked.
    #[error("'{}' is too large: {reason}", shown(.path))]
    TooLargeToTell {
        /// The file.
        path: String,
        /// How large it is, and may be.
        reason: String,
    },
    /// There is no such fact.
    #[error("nothing is known under '{}'", shown(.key))]
    NoFact {
        /// The key.
        key: String,
        /// Keys that are close to it.
        near: Vec<String>,
    },
    /// There is no such decision.
    #[error("no decision '{}'", shown(.0))]
    NoDecision(String),
    /// Several decisions have this name.
    #[error("'{}' is ambiguous: {}", shown(.name), .candidates.join(", "))]
    AmbiguousDecision {
        /// What was asked for.
        name: String,
        /// The decisions that it could mean.
        candidates: Vec<String>,
    },
    /// The run is not open.
    #[error("run {} is not open", .0.short())]
    NotOpen(RunId),
    /// The run is open, and has left nothing yet.
    #[error("run {} is still open", .0.short())]
    StillOpen(RunId),
    /// It was removed.
    #[error("'{}' was removed with session {session}", shown(.name))]
    Removed {
        /// What was asked for.
        name: String,
        /// The session in the trash.
        session: String,
    },
    /// The session has no open run.
    #[error("session {0} has no open run")]
    NoOpenRun(String),
    /// The session has several open runs, and none was named.
    #[error("session {session} has {} open runs: {}", .runs.len(), .runs.join(", "))]
    SeveralOpenRuns {
        /// The session.
        session: String,
        /// Their short ids.
        runs: Vec<String>,
    },
    /// So many runs cannot be put side by side.
    #[error("2 to 8 runs are compared (got {0})")]
    NotComparable(usize),
    /// None of the runs has such a number.
    #[error("none of the runs has a number '{}'", shown(.name))]
    NoMetric {
        /// What was asked for.
        name: String,
        /// The numbers that there are.
        known: Vec<String>,
    },
    /// A number is to be the best both where it is high and where it is low.
    #[error("'{}' cannot be best both where it is highest and where it is lowest", shown(.0))]
    BothWays(String),
    /// The session has open runs that would be left without it.
    #[error("session {session} has open runs: {}", .runs.join(", "))]
    HasOpenRuns {
        /// The session.
        session: String,
        /// Their short ids.
        runs: Vec<String>,
    },
    /// There is no such conflict.
    #[error("there is no open conflict at '{}'", shown(.path))]
    NoConflict {
        /// What was asked for.
        path: String,
        /// What is in conflict.
        open: Vec<String>,
    },
    /// The conflict has several other sides, and none was named.
    #[error("'{}' has {} other versions", shown(.path), .others.len())]
    SeveralOthers {
        /// What is in conflict.
        path: String,
        /// The files that hold the other sides.
        others: Vec<String>,
    },
    /// The run is not behind the session's newest state.
    #[error("run {} is not in the history of session {session}", .run.short())]
    NotInHistory {
        /// The run.
        run: RunId,
        /// The session.
        session: String,
    },
    /// Nothing that was done can be taken back.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// There is nothing before the change.
    #[error("'{}' began the session and cannot be taken back", shown(.what))]
    CannotUndo {
        /// The change.
        what: String,
    },
    /// The change is taken back already.
    #[error("'{}' is taken back already", shown(.what))]
    UndoneBefore {
        /// The change.
        what: String,
    },
    /// There is no such change.
    #[error("no change '{}' among the last ones", shown(.0))]
    NoChange(String),
    /// Nothing was forked from the session, and it is no fork.
    #[error("session {0} has no forks")]
    NoForks(String),
    /// The two cannot be merged.
    #[error("cannot merge: {0}")]
    CannotMerge(String),
    /// The conflict cannot be settled like that.
    #[error("conflict at '{}' cannot be settled so: {why}", shown(.path))]
    CannotSettle {
        /// What is in conflict.
        path: String,
        /// Why.
        why: String,
    },
    /// A value of the record is not one that can be.
    #[error("the run record is not valid: {0}")]
    BadRecord(String),
    /// The folder to write to has something in it.
    #[error("{} is not empty", shown(&.0.display().to_string()))]
    NotEmpty(PathBuf),
    /// The folder to write to may not be written to.
    #[error("{} is not a folder to export to: {why}", shown(&.path.display().to_string()))]
    BadTarget {
        /// The folder.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// Another process maintains the store.
    #[error("another process maintains the store")]
    Maintained,
    /// What is to be purged is nowhere.
    #[error("nothing in the store holds it")]
    NothingToPurge,
    /// Runs that are to be purged were.
    #[error("nothing is left of {} but that it was", .runs.iter().map(|run| format!("run {}", run.short())).collect::<Vec<_>>().join(" and "))]
    PurgedBefore {
        /// The runs.
        runs: Vec<RunId>,
    },
    /// What would be written anew was pushed.
    #[error("{} pushed already: {}", match .sessions.len() { 1 => "a session that holds it was", _ => "sessions that hold it were" }, .sessions.join(", "))]
    WasPushed {
        /// The branches of the sessions.
        sessions: Vec<String>,
    },
    /// A remote did not have what is missing.
    #[error("remote {} has none of the missing objects", shown(.0))]
    NotFetched(String),
    /// There are too many files.
    #[error("there are over {limit} files in {}", shown(&.path.display().to_string()))]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
}

impl OpError {
    /// Wraps a failed file operation.
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
