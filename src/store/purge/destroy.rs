//! Deleting what no ref leads to any more, for good.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::Kind;

use super::Purging;
use crate::store::batch::referred_to;
use crate::store::durable::remove_file;
use crate::store::packs::Packs;
use crate::store::{PurgeFault, RefState, Store, StoreError};

/// What names objects beside packs; it may name some that are gone.
const LISTS: [&str; 4] = [
    "objects/info/commit-graph",
    "objects/info/packs",
    "objects/pack/multi-pack-index",
    "objects/info/alternates.lock",
];
/// Folders of such lists.
const LIST_FOLDERS: [&str; 2] = ["objects/info/commit-graphs", crate::store::run_list::FOLDER];

impl Purging<'_> {
    /// Forgets where refs were before, as `git reflog expire --expire=now --all` does, also of refs
    /// that are gone. A git that is killed at that would leave a lock on each ref.
    pub fn forget_moves(&self) -> Result<(), StoreError> {
        files_below(&self.path("logs")).iter().try_for_each(|log| remove_file(log))
    }

    /// Packs all that refs lead to, and deletes everything else. Returns how many objects are left.
    ///
    /// Nothing is deleted before it was made sure that the new pack is sound and lacks nothing.
    pub fn destroy(&self) -> Result<u64, StoreError> {
        // So that no old value is left below a new one. A lock that a killed git left is in the way
        // until maintenance sweeps it; what counts is what the refs say.
        self.store.git("pack-refs", &["--all", "--prune"]).run()?;
        let kept = self.maintenance.pack_reachable()?;
        let count = self.store.ensure_packed(&kept)?;
        for folder in LIST_FOLDERS {
            self.remove_folder(folder)?;
        }
        LISTS.iter().try_for_each(|list| remove_file(&self.path(list)))?;
        for pack in Packs::open(self.store)?.packs.iter().filter(|pack| !pack.is_one_of(&kept)) {
            pack.remove()?;
        }
        let names: HashSet<String> = kept.iter().map(|sum| format!("pack-{sum}")).collect();
        let is_kept = |file: &Path| {
            file.file_stem().is_some_and(|stem| names.contains(&*stem.to_string_lossy()))
                && file.extension().is_some_and(|extension| extension != "keep")
        };
        // Packs without an index, notes that keep a pack, and what was not finished.
        for file in files_below(&self.path("objects/pack")).iter().filter(|file| !is_kept(file)) {
            remove_file(file)?;
        }
        self.delete_loose()?;
        Ok(count)
    }

    // All that refs lead to is in the pack.
    fn delete_loose(&self) -> Result<(), StoreError> {
        let objects = self.path("objects");
        for file in files_below(&objects) {
            let below = file.strip_prefix(&objects).unwrap_or(&file);
            if !below.starts_with("pack") && !below.starts_with("info") {
                remove_file(&file)?;
            }
        }
        Ok(())
    }
}

impl Store {
    // Counts what refs lead to, and fails where one of it is not in the packs.
    fn ensure_packed(&self, checksums: &[String]) -> Result<u64, StoreError> {
        for sum in checksums {
            let index = self.dir.join(format!("objects/pack/pack-{sum}.idx"));
            self.git("verify-pack", &["--"]).path(&index).text()?;
        }
        let fresh = self.reopen()?;
        let mut packs = Packs::open(&fresh)?;
        packs.packs.retain(|pack| pack.is_one_of(checksums));
        let (mut seen, mut next) = (HashSet::new(), fresh.ref_targets()?);
        while let Some(id) = next.pop() {
            if !seen.insert(id) {
                continue;
            }
            let failed = || StoreError::git(format!("read {id}"));
            if !packs.contain(&id) {
                return Err(PurgeFault::BadPack(id.to_string()).into());
            }
            if fresh.repo.find_header(id).map_err(failed())?.kind() != Kind::Blob {
                let found = fresh.repo.find_object(id).map_err(failed())?.detach();
                next.extend(referred_to(found.kind, &found.data, id.kind())?);
            }
        }
        Ok(seen.len() as u64)
    }

    fn ref_targets(&self) -> Result<Vec<ObjectId>, StoreError> {
        let target = |found: crate::store::AnyRef| match found.state {
            RefState::Points(commit) => Ok(commit.0),
            _ => Err(PurgeFault::BadRef(found.name).into()),
        };
        self.all_refs()?.into_iter().map(target).collect()
    }
}

/// Lists the files below a folder. Links are not followed.
pub(super) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(files_below(&entry.path())),
            _ => files.push(entry.path()),
        }
    }
    files.sort();
    files
}
