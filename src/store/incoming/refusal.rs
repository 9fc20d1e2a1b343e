//! Why a session that came from a remote is not taken.

use crate::model::yaml::YamlError;
use crate::model::{PathError, SessionId, shown};
use crate::store::StoreError;

/// Why a session that came from a remote is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// An object could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An object is not what it must be.
    #[error("object {id}: {what}")]
    Object {
        /// Its id.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// A name is not one that may be stored.
    #[error(transparent)]
    Name(#[from] PathError),
    /// A name is no text.
    #[error("a file in '{}' has a name that is no text", shown(.folder))]
    NoText {
        /// The folder.
        folder: String,
    },
    /// An entry is neither a file nor a folder.
    #[error("'{}' is {what}", shown(.path))]
    Mode {
        /// Its path.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// Two names cannot stand side by side everywhere.
    #[error("'{}' and '{}' would collide on macOS or Windows", shown(.path), shown(.other))]
    Collision {
        /// The one.
        path: String,
        /// The other.
        other: String,
    },
    /// A file is too large.
    #[error("'{}' has {bytes} bytes, over the limit of {limit} (session.maxIncomingBytes)", shown(.path))]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A commit has too many files, or they lie too deep.
    #[error("commit {commit} has {what}")]
    TooMuch {
        /// The commit, shortened.
        commit: String,
        /// Too much of what.
        what: String,
    },
    /// A document of the session's cannot be read.
    #[error("{source} (commit {commit})")]
    Document {
        /// The commit, shortened.
        commit: String,
        /// What is wrong.
        source: YamlError,
    },
    /// It holds what was purged here.
    #[error("it holds what was purged here (object {})", id.get(..8).unwrap_or(id))]
    Purged {
        /// The object.
        id: String,
    },
    /// It was purged there, and what was purged is still here.
    #[error("it was purged there, and what was purged is still here")]
    PurgedThere,
    /// It was purged there and here, and of each other thing.
    #[error(
        "something else was purged there than here, and either would bring the other's back; remove the session here, pull it, and purge it again"
    )]
    PurgedOtherwise,
    /// It is no session.
    #[error("its newest commit has no session.yaml")]
    NoManifest,
    /// It says that it is another session than its branch says.
    #[error("it claims to be session {claimed}, which its branch's name does not say")]
    OtherId {
        /// The id in its manifest.
        claimed: SessionId,
    },
}
