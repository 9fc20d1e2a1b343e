//! Plain `git gc`, which users may run at any time and which takes none of our locks.
//!
//! It walks what is reachable first and deletes what is not at its end. With `--prune=now` that is
//! also what a writer stored in between. While it runs, it says so in a file. So what is written
//! meanwhile goes into a pack that is marked to be kept, which it leaves alone.

use std::fs;
use std::path::{Path, PathBuf};

use super::batch::Object;
use super::durable::remove_file;
use super::{Maintenance, Store, StoreError, pack};

/// Where `git gc` writes its process id and its host while it runs.
const RUNNING: &str = "gc.pid";
/// What says in a `.keep` file that it is of us, and goes with our next maintenance.
pub(super) const NOTE: &str = "git-session: written while git gc ran\n";

impl Store {
    /// Tells whether a `git gc` runs. One on another host that shares the folder is not seen.
    pub(super) fn foreign_gc_runs(&self) -> bool {
        let text = fs::read_to_string(self.dir.join(RUNNING)).unwrap_or_default();
        let pid = text.split_whitespace().next().and_then(|pid| pid.parse().ok());
        // A process of another user cannot be signalled, and is there all the same.
        let is_alive = |pid| match rustix::process::test_kill_process(pid) {
            Ok(()) => true,
            Err(error) => error == rustix::io::Errno::PERM,
        };
        pid.and_then(rustix::process::Pid::from_raw).is_some_and(is_alive)
    }

    /// Stores objects so that no `git gc` deletes them. Returns the index of their pack.
    pub(super) fn write_kept(&self, objects: &[Object]) -> Result<PathBuf, StoreError> {
        // In another order, so that the pack has a name of its own: a `git gc` that began before may
        // be about to delete one of the same objects by its name.
        let objects: Vec<Object> = objects.iter().rev().cloned().collect();
        let (hash, durability) = (self.repo.object_hash(), self.options.durability);
        pack::write(&self.dir, hash, &objects, durability, Some(NOTE))
    }

    /// Indexes packs again that have no index; tells whether there were any that could be indexed.
    ///
    /// `git gc` deletes an index whose pack it overlooked, because the pack appeared while it listed
    /// a large folder. The pack itself it leaves. One that is just being written gets the same index
    /// from its writer.
    pub(super) fn index_lost_packs(&self) -> bool {
        let mut packs = self.pack_files("pack").unwrap_or_default();
        packs.retain(|pack| !pack.with_extension("idx").exists());
        let index = |pack: &PathBuf| self.git("index-pack", &[]).path(pack).text().is_ok();
        packs.iter().filter(|pack| index(pack)).count() > 0
    }
}

impl Maintenance<'_> {
    /// Gives back to maintenance the packs that were written while a `git gc` ran. Nobody writes
    /// meanwhile, so a ref leads to each of them.
    pub fn release_kept_packs(&self) -> Result<(), StoreError> {
        let mut kept = self.store.pack_files("keep")?;
        kept.retain(|file| is_ours(file));
        self.in_slices(&kept, |_, file| remove_file(file))
    }
}

fn is_ours(keep: &Path) -> bool {
    fs::read_to_string(keep).is_ok_and(|text| text == NOTE)
}
