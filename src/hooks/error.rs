//! What can go wrong in a hook. Git never hears of it: the caller tells it in a line and exits 0.

use std::path::PathBuf;

use crate::model::shown;
use crate::ops::OpError;
use crate::store::{ConfigError, StoreError};

/// Why an event could not be handled, or hooks not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A verb failed.
    #[error(transparent)]
    Op(#[from] OpError),
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file could not be read or written.
    #[error("could not {action} {}", shown(&.path.display().to_string()))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// Somebody else is at the same work.
    #[error("another process looks at the commits of this work tree")]
    Busy,
    /// What an agent sent makes no sense.
    #[error("the event of the agent could not be read: {0}")]
    BadPayload(String),
    /// A settings file is no JSON object.
    #[error("{} is not a JSON object: {why}", shown(&.path.display().to_string()))]
    BadSettings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no code repository here.
    #[error("there is no git project here")]
    NoProject,
    /// A hook file cannot be changed without harm.
    #[error("{} cannot be changed: {why}", shown(&.path.display().to_string()))]
    Unchangeable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl HookError {
    /// Wraps the error of a file operation.
    pub(super) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
