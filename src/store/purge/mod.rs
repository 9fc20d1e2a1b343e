//! Purging a store: the only thing that takes away what a ref leads to.
//!
//! New commits are stored first, then what was purged is noted, then each ref moves by itself, and
//! only then is deleted what nothing leads to any more. A process that is killed leaves each ref at
//! the old commit or at the new one; doing it again finishes it. Nobody else writes or maintains
//! meanwhile.

mod destroy;
mod files;
mod folders;
mod lease;
mod record;
mod refs;
mod residue;

pub use files::Cleared;
pub use folders::FolderCut;
pub use lease::Lease;
pub(super) use record::purged_ref;
pub(super) use refs::PURGED;
pub use refs::RefRewrite;
pub use residue::Residue;

use std::fs;
use std::path::PathBuf;

use super::durable::{Durability, remove_file, write_file};
use super::{Batch, CommitId, Maintenance, Mark, PurgeFault, SessionWriter, Store, StoreError};

/// What tells that a purge began and has not ended.
const BEGUN: &str = "git-session/purging";

/// The right to purge, held until this is dropped: nobody else writes to the store, or maintains it.
pub struct Purging<'a> {
    store: &'a Store,
    maintenance: Maintenance<'a>,
    alone: SessionWriter<'a>,
}

impl Store {
    /// Takes the right to purge; `None` where another process maintains the store.
    pub fn try_lock_purge(&self) -> Result<Option<Purging<'_>>, StoreError> {
        let Some(maintenance) = self.try_lock_maintenance()? else { return Ok(None) };
        let alone = self.lock_everything()?;
        if self.is_fetching() {
            return Err(PurgeFault::Fetching.into());
        }
        Ok(Some(Purging { store: self, maintenance, alone }))
    }

    /// Tells whether a purge began and has not ended.
    pub fn has_unfinished_purge(&self) -> bool {
        self.begun().exists()
    }

    fn begun(&self) -> PathBuf {
        self.dir.join(BEGUN)
    }
}

impl Purging<'_> {
    /// Notes that it begins.
    pub fn begin(&self) -> Result<(), StoreError> {
        let file = self.store.begun();
        write_file(&file, b"run 'git session purge' again\n", Durability::Full)
            .map_err(StoreError::io("write", &file))
    }

    /// Notes that it ended.
    pub fn end(&self) -> Result<(), StoreError> {
        remove_file(&self.store.begun())
    }

    /// Stores the new commits, with all that they hold.
    pub fn persist(&self, batch: Batch, commits: &[CommitId]) -> Result<(), StoreError> {
        self.alone.persist(batch, commits)
    }

    /// Moves a ref to what stands for its commit.
    pub fn move_ref(&self, moved: &RefRewrite, mark: Mark<'_>) -> Result<(), StoreError> {
        if moved.name == moved.new_name {
            return self.alone.move_to(&moved.name, Some(moved.old), Some(moved.new), mark);
        }
        // A purge that was killed may have made it.
        if self.store.try_find_ref(&moved.new_name)? != Some(moved.new) {
            self.alone.move_to(&moved.new_name, None, Some(moved.new), mark)?;
        }
        self.alone.move_to(&moved.name, Some(moved.old), None, mark)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.store.dir.join(below)
    }

    fn remove_folder(&self, below: &str) -> Result<u64, StoreError> {
        let folder = self.path(below);
        let count = fs::read_dir(&folder).into_iter().flatten().flatten().count() as u64;
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove the folder", &folder)(error))
            }
            _ => Ok(count),
        }
    }
}
