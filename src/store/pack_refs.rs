//! Moving refs from files of their own into one file.

use std::fs;
use std::path::Path;

use super::durable::{Durability, remove_file};
use super::git::Git;
use super::{Maintenance, Store, StoreError};

/// Who goes first where a writer comes while refs are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// The writer: packing is given up.
    Writers,
    /// Packing: writers wait.
    Maintenance,
}

impl Store {
    /// Counts the refs that lie in files of their own.
    pub fn loose_ref_count(&self) -> u64 {
        count_files(&self.dir.join("refs"))
    }
}

impl Maintenance<'_> {
    /// Packs all refs. Returns whether it was done: it is given up where a writer waits and goes
    /// first, and the refs are then as they were.
    pub fn pack_refs(&self, precedence: Precedence) -> Result<bool, StoreError> {
        let _alone = match precedence {
            Precedence::Writers => self.store.alone()?,
            Precedence::Maintenance => self.store.locks().everything()?,
        };
        // Plain git is at it, or one that was killed left its lock, which is swept when it is old.
        if self.store.dir.join("packed-refs.lock").exists() {
            return Ok(false);
        }
        // Nobody holds that lock, so this is of a git that was killed, and the next would stop at it.
        remove_file(&self.store.dir.join("packed-refs.new"))?;
        // First without taking the refs' own files away: a power cut could undo the renaming of the
        // packed file and keep the deletions.
        let is_done = self.run(self.store.git("pack-refs", &["--all", "--no-prune"]), precedence)?
            && self.sync_packed_refs()?
            && self.run(self.store.git("pack-refs", &["--all", "--prune"]), precedence)?;
        Ok(is_done)
    }

    fn run(&self, git: Git, precedence: Precedence) -> Result<bool, StoreError> {
        let locks = self.store.locks();
        // Without an answer, a writer is thought to wait.
        let gives_up = || precedence == Precedence::Writers && locks.is_wanted().unwrap_or(true);
        git.text_unless(gives_up).map(|said| said.is_some()).map_err(StoreError::from)
    }

    fn sync_packed_refs(&self) -> Result<bool, StoreError> {
        let folder = &self.store.dir;
        Durability::Full.sync_barrier_folder(folder).map_err(StoreError::io("sync the folder", folder))?;
        Ok(true)
    }
}

fn count_files(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let count = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => count_files(&entry.path()),
        Ok(_) => 1,
        Err(_) => 0,
    };
    entries.map(count).sum()
}
