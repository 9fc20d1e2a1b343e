//! What can go wrong in a store.

use std::io;
use std::path::{Path, PathBuf};

use crate::model::yaml::YamlError;
use crate::model::{DecisionError, NameError, PathError, UrlError, shown};

/// Why a store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is nothing at the path.
    #[error("there is no session store at {}", shown(&.0.display().to_string()))]
    Absent(PathBuf),
    /// A store was to be made where something is.
    #[error("{} is there already, and is not an empty folder", shown(&.0.display().to_string()))]
    Taken(PathBuf),
    /// What is there is something else.
    #[error("{} is not a session store: {why}", shown(&.path.display().to_string()))]
    NotAStore {
        /// Where it was looked for.
        path: PathBuf,
        /// What is there.
        why: String,
    },
    /// The repository has a form that cannot be used safely.
    #[error("unsupported repository format: {what} ({})", shown(&.path.display().to_string()))]
    Unsupported {
        /// The store.
        path: PathBuf,
        /// What is unsupported.
        what: String,
    },
    /// Somebody else could write to the store.
    #[error("the store {} is not safe to use: {why}", shown(&.path.display().to_string()))]
    Untrusted {
        /// The store.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A newer version of the program made the store.
    #[error("the store {} was made by a newer version (format {found})", shown(&.path.display().to_string()))]
    NewerStore {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// A file operation failed.
    #[error("could not {action} {}", shown(&.path.display().to_string()))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Git's library failed.
    #[error("could not {action}")]
    Git {
        /// What was tried.
        action: String,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The `git` program failed.
    #[error(transparent)]
    Program(#[from] super::GitError),
    /// Something cannot be purged; nothing was changed.
    #[error(transparent)]
    Purge(#[from] super::PurgeFault),
    /// Another process holds a lock for too long.
    #[error("waited {seconds} s for another process that holds {}", shown(&.path.display().to_string()))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// The disk, or the folder, takes no writes.
    #[error("the store is read-only: {}", shown(&.path.display().to_string()))]
    ReadOnly {
        /// The store; before there is one, its place.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A ref was moved, and what makes that last failed.
    #[error("{name} was changed, but that could not be confirmed: the change may be there or not")]
    Unconfirmed {
        /// The ref.
        name: String,
        /// What failed.
        source: Box<StoreError>,
    },
    /// The branch was moved by somebody who does not take our locks.
    #[error("session {name} was moved by another program at the same moment")]
    Moved {
        /// The session's name.
        name: String,
    },
    /// A commit or a file in it is not as it must be.
    #[error("session {session} is damaged at commit {commit}: {what}")]
    Damaged {
        /// The session's name, or its id where that is what is known.
        session: String,
        /// The commit.
        commit: String,
        /// What is wrong.
        what: String,
    },
    /// An object is not there.
    #[error("{what} is missing from the store")]
    Missing {
        /// The object.
        what: String,
    },
    /// A YAML document could not be read or written.
    #[error("a document of commit {commit} could not be read")]
    Document {
        /// The commit, shortened.
        commit: String,
        /// What is wrong.
        source: YamlError,
    },
    /// A decision could not be read or written.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// A document holds a secret where only other values can stand.
    #[error("a document could not be rid of its secrets")]
    Unredactable(#[source] serde_json::Error),
    /// The name of a file or a branch holds a secret.
    #[error("the name '{}' would tell a secret", shown(.0))]
    SecretName(String),
    /// A document could not be written.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A branch name is not valid.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A remote's URL is not one that may be used.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A path is not valid.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file is over the limit of what is read into memory.
    #[error("{} is over the limit of {limit} bytes (got {bytes})", shown(.what))]
    TooLarge {
        /// The file.
        what: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// No session has this name.
    #[error("no session '{}'", shown(.name))]
    NoSession {
        /// What was asked for.
        name: String,
        /// Names that are close to it.
        near: Vec<String>,
    },
    /// Several sessions have this name.
    #[error("'{}' is ambiguous: {}", shown(.name), .candidates.join(", "))]
    AmbiguousSession {
        /// What was asked for.
        name: String,
        /// The sessions that it could mean.
        candidates: Vec<String>,
    },
    /// No session is current.
    #[error("no session is current")]
    NoCurrentSession,
    /// No run has this name.
    #[error("no run '{}'", shown(.name))]
    NoRun {
        /// What was asked for.
        name: String,
        /// How many there are, where a number was asked for.
        count: Option<String>,
    },
    /// Neither a run nor a session has this name, where one of a session would do as well.
    #[error("no run or session '{}'", shown(.name))]
    NoRunOrSession {
        /// What was asked for.
        name: String,
        /// Names of sessions that are close to it.
        near: Vec<String>,
    },
    /// Several runs have this name.
    #[error("'{}' is ambiguous: {}", shown(.name), .candidates.join(", "))]
    AmbiguousRun {
        /// What was asked for.
        name: String,
        /// The runs that it could mean.
        candidates: Vec<String>,
    },
    /// The form of a session or run name is not one of those that there are.
    #[error("'{}' is not a name of a session or run: {why}", shown(.name))]
    BadSpec {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A range of runs is not one.
    #[error("'{}' is not a range of runs: {why}", shown(.range))]
    BadRange {
        /// What was asked for.
        range: String,
        /// What is wrong with it.
        why: String,
    },
}

impl StoreError {
    /// Wraps a failed file operation.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path: store_of(&path).to_owned(), source },
            _ => Self::Io { action, path, source },
        }
    }

    /// Wraps a failure of Git's library.
    pub(super) fn git<E>(action: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let action = action.into();
        move |error| Self::Git { action, source: error.into() }
    }

    /// Wraps a failure of Git's library, of something that is done thousands of times: what was
    /// tried is put into words only where it failed.
    pub(super) fn git_lazy<E>(action: impl FnOnce() -> String) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |error| Self::Git { action: action(), source: error.into() }
    }

    /// Tells whether the same write, tried again from the start, may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Moved { .. })
    }

    /// Tells whether nothing has the name that was asked for.
    pub fn is_of_absence(&self) -> bool {
        matches!(self, Self::NoRun { .. } | Self::NoSession { .. } | Self::NoRunOrSession { .. })
    }

    /// Returns of what kind the failed file operation below this error is.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Some(error.kind());
            }
            cause = error.source();
        }
        None
    }
}

// What failed is a file deep in the store; people know the store.
fn store_of(path: &Path) -> &Path {
    path.ancestors().find(|folder| folder.join("git-session/locks").is_dir()).unwrap_or(path)
}
