//! Objects that lie one to a file: listing them, and deleting those that lie in a pack too.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::durable::remove_file;
use super::packs::Packs;
use super::{Maintenance, Store, StoreError};

/// An object that lies in a file of its own.
pub(super) struct LooseObject {
    pub(super) id: gix::ObjectId,
    pub(super) path: PathBuf,
}

impl LooseObject {
    fn remove(&self) -> Result<(), StoreError> {
        remove_file(&self.path)
    }

    /// Tells whether nobody wrote or reused it since `time`.
    pub(super) fn is_older_than(&self, time: SystemTime) -> bool {
        fs::metadata(&self.path).and_then(|found| found.modified()).is_ok_and(|modified| modified < time)
    }
}

impl Store {
    /// Lists the objects that lie one to a file.
    pub(super) fn loose_objects(&self) -> Result<Vec<LooseObject>, StoreError> {
        let objects = self.dir.join("objects");
        let mut found = Vec::new();
        for folder in fs::read_dir(&objects).map_err(StoreError::io("list", &objects))?.flatten() {
            let first = folder.file_name().to_string_lossy().into_owned();
            if first.len() != 2 || !first.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                continue;
            }
            // Git removes folders that became empty.
            for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                let hex = format!("{first}{}", file.file_name().to_string_lossy());
                if let Ok(id) = gix::ObjectId::from_hex(hex.as_bytes()) {
                    found.push(LooseObject { id, path: file.path() });
                }
            }
        }
        Ok(found)
    }
}

impl Maintenance<'_> {
    /// Deletes the loose objects that lie in a pack too, and returns how many.
    ///
    /// The packs are on disk with their names when this is called. None of them goes away
    /// meanwhile, and a writer that reuses a loose object does so under the store's lock.
    pub fn delete_packed_objects(&self) -> Result<u64, StoreError> {
        let packs = Packs::open(self.store)?;
        let mut packed = self.store.loose_objects()?;
        packed.retain(|object| packs.contain(&object.id));
        self.in_slices(&packed, |_, object| object.remove())?;
        Ok(packed.len() as u64)
    }

    /// Deletes the unreachable loose objects that nobody wrote or reused since `time`, and returns
    /// how many. Reachable is what any ref or reflog leads to.
    ///
    /// A writer that reuses an old object sets its time, so the time is looked at again under the
    /// store's lock. What the object refers to is reused with it, or reachable.
    pub fn prune(&self, time: SystemTime) -> Result<u64, StoreError> {
        let old = self.store.prunable(time)?;
        let mut pruned = 0;
        self.in_slices(&old, |_, object| {
            if object.is_older_than(time) {
                object.remove()?;
                pruned += 1;
            }
            Ok(())
        })?;
        Ok(pruned)
    }
}

impl Store {
    /// Counts the unreachable objects that lie one to a file and are older than `time`.
    pub fn prunable_objects(&self, time: SystemTime) -> Result<u64, StoreError> {
        Ok(self.prunable(time)?.len() as u64)
    }

    /// Lists the unreachable loose objects that are older than `time`.
    pub(super) fn prunable(&self, time: SystemTime) -> Result<Vec<LooseObject>, StoreError> {
        let mut old = self.loose_objects()?;
        old.retain(|object| object.is_older_than(time));
        // Git walks the whole store to tell what is reachable.
        if old.is_empty() {
            return Ok(old);
        }
        let expire = format!("--expire={}", git_time(time));
        let said = self.beside_writers(|| Ok(self.git("prune", &["--dry-run", &expire]).text()?))?;
        let first_words = said.lines().filter_map(|line| line.split(' ').next());
        let unreachable: std::collections::HashSet<gix::ObjectId> =
            first_words.filter_map(|word| gix::ObjectId::from_hex(word.as_bytes()).ok()).collect();
        old.retain(|object| unreachable.contains(&object.id));
        Ok(old)
    }
}

/// Writes a time so that Git cannot take it for anything else.
pub(super) fn git_time(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    format!("@{seconds} +0000")
}
