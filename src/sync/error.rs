//! What can go wrong in sharing.

use crate::model::{RemoteNameError, UrlError, shown};
use crate::ops::OpError;
use crate::store::{BundleError, GitError, RemoteFault, StoreError};

/// Why sessions could not be shared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A verb failed.
    #[error(transparent)]
    Op(#[from] OpError),
    /// A name is not valid.
    #[error(transparent)]
    Name(#[from] RemoteNameError),
    /// A URL is not valid.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// There is no remote.
    #[error("no remote to share sessions with is set up")]
    NoRemote,
    /// There is no remote of this name.
    #[error("there is no remote '{}'", shown(.name))]
    UnknownRemote {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// There are several remotes, and none was named.
    #[error("there are {} remotes: {}", .0.len(), .0.join(", "))]
    SeveralRemotes(Vec<String>),
    /// There is a remote of this name already.
    #[error("there is a remote '{name}' already: {}", shown(.url))]
    RemoteExists {
        /// Its name.
        name: String,
        /// Where it is.
        url: String,
    },
    /// The remote is one of the store's own Git configuration, which is not written to.
    #[error("remote '{0}' is set in the store's own git configuration")]
    Configured(String),
    /// The user's configuration does not allow the transport.
    #[error("{} is reached by '{transport}', which is not allowed", shown(.url))]
    Transport {
        /// Where it is.
        url: String,
        /// By what it is reached.
        transport: String,
    },
    /// A remote has no session of this name.
    #[error("remote '{remote}' has no session '{}'", shown(.name))]
    NotThere {
        /// What was asked for.
        name: String,
        /// The remote.
        remote: String,
    },
    /// A remote has a branch in the place of the folder of all sessions.
    #[error("remote '{0}' has a branch called 'session', beside which there can be no session")]
    SessionBranch(String),
    /// A bundle cannot be read.
    #[error("could not import '{}': {source}", shown(.file))]
    Bundle {
        /// What it is called.
        file: String,
        /// Why.
        source: BundleError,
    },
    /// The remote failed.
    #[error("could not {action} '{remote}': {source}")]
    Remote {
        /// What was tried.
        action: &'static str,
        /// The remote.
        remote: String,
        /// Why it failed.
        source: GitError,
    },
}

impl SyncError {
    /// Adds to the failure of a remote what was tried.
    pub(super) fn remote(action: &'static str, remote: &super::Remote) -> impl Fn(StoreError) -> Self {
        let remote = remote.name.to_string();
        move |error| match error {
            StoreError::Program(source @ GitError::Remote { .. }) => {
                Self::Remote { action, remote: remote.clone(), source }
            }
            other => other.into(),
        }
    }

    /// Returns what went wrong with the remote, where it is the remote that failed.
    pub fn fault(&self) -> Option<RemoteFault> {
        match self {
            Self::Remote { source: GitError::Remote { fault, .. }, .. } => Some(*fault),
            _ => None,
        }
    }
}
