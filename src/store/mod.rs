//! The repository that holds the sessions: opening, reading, the one durable write path, locks,
//! refs, walking histories and resolving names.
//!
//! The only room that names Git's library or runs `git`. It knows nothing of commands and prints
//! nothing.

mod again;
mod agents;
mod all_refs;
mod aside;
mod batch;
mod bundle;
mod chosen;
mod code_delta;
mod code_links;
mod code_repo;
mod config;
mod config_files;
mod current;
mod date;
mod deflate;
mod divergence;
mod durable;
mod error;
mod foreign_gc;
mod git;
mod growth;
mod guard;
mod head_log;
mod heard;
mod history;
mod id;
mod incoming;
mod init;
mod known;
mod litter;
mod lock;
mod lone_commit;
mod loose;
mod maintain;
mod new_store;
mod open_run;
mod outgoing;
mod pack;
mod pack_health;
mod pack_refs;
mod packs;
mod project;
mod purge;
mod push_queue;
mod redact_config;
mod reflog;
mod refs;
mod remote_fault;
mod remotes;
mod repack;
mod repair;
mod resolve;
mod rewrite;
mod run_list;
mod same;
mod scratch;
mod session;
mod snapshot;
mod spool;
mod trash;
mod tree;
mod trial;
mod verify;
mod walk;
mod writer;
mod written;

pub use agents::{AgentLock, AgentState};
pub use all_refs::{AnyRef, RefLogLine, RefState};
pub use batch::{Batch, NewCommit};
pub use bundle::{Bundle, BundleError};
pub use chosen::Chosen;
pub use code_delta::{CodeDelta, code_delta, is_dirty};
pub use code_links::LinkedCommit;
pub use code_repo::{CodeChange, CodeCommit, CodeRepo};
pub use config::{AutoPush, AutoSession, ConfigError, Inject, Trailers, UserConfig};
pub use current::{Binding, ChoicesLock};
pub use date::parse_date;
pub use divergence::Divergence;
pub use durable::Durability;
pub use error::StoreError;
pub use git::{GitError, Prompt};
pub use growth::{GrowthLimits, StoreSize, claim_maintenance};
pub use guard::Guard;
pub use head_log::{HeadLog, HeadMove, has_new_head_moves};
pub use history::History;
pub use id::{BlobId, CommitId, TreeId};
pub use incoming::{Fetched, IncomingLimits, Refusal};
pub use litter::{Litter, LitterKind};
pub use maintain::Maintenance;
pub use new_store::NewStore;
pub use open_run::OpenRun;
pub use outgoing::{PushSaid, RemoteBranches, Sent};
pub use pack_health::{BadPack, PackFault};
pub use pack_refs::Precedence;
pub use project::{CodeProject, Head};
pub use purge::{Cleared, FolderCut, Lease, Purging, RefRewrite, Residue};
pub use push_queue::{PushLock, PushQueue, PushTries, QueuedPush, claim_push};
pub use redact_config::{RedactConfig, allow_value};
pub use remote_fault::RemoteFault;
pub use remotes::{Reach, StoreRemote};
pub use resolve::{Place, RunRef, RunSpec, split_range};
pub use rewrite::{Cut, CutOut, FileKind, Holding, ListOf, PurgeFault, PurgedIds, Rewriter, Wipe};
pub use run_list::RunList;
pub use scratch::{RunFolder, UnusedFolder};
pub use session::SessionRef;
pub use snapshot::Snapshot;
pub use spool::{SpoolLock, SpooledEvent, has_spooled_events, spool_event};
pub use trash::Trashed;
pub use tree::{Clash, ContextFile, ContextFiles, FileChange, TreeEdit};
pub use trial::TrialProject;
pub use verify::{Depth, Fault, Flaw, Verifier};
pub use walk::{RunCommit, Step};
pub use writer::{Mark, SessionWriter};

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

/// A store of sessions: a dedicated bare repository.
#[derive(Clone)]
pub struct Store {
    dir: PathBuf,
    repo: gix::Repository,
    options: StoreOptions,
    // The packed refs that `repo` has read.
    packed_refs: Rc<Cell<Option<refs::FileState>>>,
    // Whether what reads may index a pack again that lost its index.
    heals: bool,
    // When packs last came or went, as far as `repo` may know them.
    packs_at: Option<SystemTime>,
    known: Rc<known::Known>,
    deflater: Rc<RefCell<deflate::Deflater>>,
    // What is written passes it.
    guard: Rc<Guard>,
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

impl StoreOptions {
    /// Sets how long to wait for another process.
    pub fn with_lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }
}

impl Store {
    /// Returns the same store, for who must change nothing in it, not even mend what reading needs.
    pub fn untouched(&self) -> Self {
        Self { heals: false, ..self.clone() }
    }

    /// Returns where a file of the store is, below the store.
    pub fn below(&self, path: &Path) -> String {
        path.strip_prefix(&self.dir).unwrap_or(path).display().to_string()
    }

    /// Returns the folder of the repository.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
