//! The repository that holds the sessions: opening, reading, the one durable write path, locks,
//! refs, walking histories and resolving names.
//!
//! The only room that names Git's library or runs `git`. It knows nothing of commands and prints
//! nothing.

mod batch;
mod config;
mod current;
mod durable;
mod error;
mod git;
mod id;
mod init;
mod lock;
mod open_run;
mod pack;
mod project;
mod refs;
mod resolve;
mod scratch;
mod session;
mod snapshot;
mod tree;
mod walk;
mod writer;

pub use batch::{Batch, NewCommit};
pub use config::{ConfigError, UserConfig};
pub use current::Binding;
pub use durable::Durability;
pub use error::StoreError;
pub use git::{CodeDelta, GitError, code_delta, is_dirty};
pub use id::{BlobId, CommitId, TreeId};
pub use open_run::OpenRun;
pub use project::{CodeProject, Head};
pub use resolve::{Place, RunRef, RunSpec};
pub use scratch::RunFolder;
pub use session::SessionRef;
pub use snapshot::Snapshot;
pub use tree::{Clash, ContextFile, FileChange, TreeEdit};
pub use walk::{RunCommit, Step};
pub use writer::{Mark, SessionWriter};

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// A store of sessions: a dedicated bare repository.
#[derive(Clone)]
pub struct Store {
    dir: PathBuf,
    repo: gix::Repository,
    options: StoreOptions,
    // Several steps of one verb look at the same commit, and a commit never changes.
    last_read: Rc<RefCell<Option<Snapshot>>>,
}

/// How a store is used.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StoreOptions {
    /// What is on disk when a write returns.
    pub durability: Durability,
    /// How long to wait for another process to finish its write.
    pub lock_wait: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { durability: Durability::Batch, lock_wait: Duration::from_secs(60) }
    }
}

impl StoreOptions {
    /// Chooses what is on disk when a write returns.
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }
}

impl Store {
    /// Returns the folder of the repository.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
