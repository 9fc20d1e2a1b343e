//! Whether the packs of a store and their indexes belong together.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Store, StoreError};

/// A pack that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPack {
    /// The pack, whether or not it is there.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: PackFault,
}

/// What is wrong with a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackFault {
    /// It has no index, or one that is damaged: its objects are not found.
    Index,
    /// It is not there, only its index is.
    Absent,
    /// Its end is not that which its index tells of.
    Truncated,
}

impl Store {
    /// Lists the packs that cannot be used, by path. What is inside of them is for `git fsck`.
    pub fn bad_packs(&self) -> Result<Vec<BadPack>, StoreError> {
        let folder = self.dir.join("objects/pack");
        let mut stems = BTreeSet::new();
        for entry in fs::read_dir(&folder).map_err(StoreError::io("list", &folder))?.flatten() {
            let path = entry.path();
            let is_pack = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pack-"));
            if is_pack && path.extension().is_some_and(|end| end == "pack" || end == "idx") {
                stems.insert(path.with_extension("pack"));
            }
        }
        let hash = self.repo.object_hash();
        let bad = |path: PathBuf| fault(&path, hash).map(|fault| BadPack { path, fault });
        Ok(stems.into_iter().filter_map(bad).collect())
    }
}

fn fault(pack: &Path, hash: gix::hash::Kind) -> Option<PackFault> {
    if !pack.exists() {
        return Some(PackFault::Absent);
    }
    let Ok(index) = fs::read(pack.with_extension("idx")) else { return Some(PackFault::Index) };
    let length = hash.len_in_bytes();
    let at = index.len().saturating_sub(length);
    let (rest, checksum) = index.split_at(at);
    let mut hasher = gix::hash::hasher(hash);
    hasher.update(rest);
    if hasher.try_finalize().map_or(true, |found| found.as_slice() != checksum) {
        return Some(PackFault::Index);
    }
    let of_pack = rest.get(rest.len().saturating_sub(length)..).unwrap_or_default();
    let same = end_of(pack, length).is_ok_and(|end| end == of_pack);
    (!same).then_some(PackFault::Truncated)
}

fn end_of(path: &Path, length: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-(length as i64)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end)
}
