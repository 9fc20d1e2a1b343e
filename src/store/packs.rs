//! The packs of a store: listing them, choosing which to combine, deleting those that are replaced.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::durable::remove_file;
use super::{Store, StoreError};

/// How many times the objects of all smaller packs together a pack must have to be left alone.
const FACTOR: u64 = 2;
/// The files of a pack, in the order in which they are deleted.
///
/// The index goes first. Without it the pack is there for nobody, while an index without its pack
/// would make readers, and writers that ask what is stored already, believe in objects that are
/// gone. A kill in between leaves a pack that can be indexed again.
const EXTENSIONS: [&str; 5] = ["idx", "rev", "bitmap", "mtimes", "pack"];

/// The indexes of all packs.
pub(super) struct Packs {
    pub(super) packs: Vec<Pack>,
}

/// A pack.
pub(super) struct Pack {
    /// Its path without an extension.
    stem: PathBuf,
    index: gix::odb::pack::index::File,
}

impl Packs {
    /// Opens the indexes of all packs.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        let mut packs = Vec::new();
        for path in store.pack_files("idx")? {
            let stem = path.with_extension("");
            if stem.with_extension("pack").exists() {
                let index = gix::odb::pack::index::File::at(&path, store.repo.object_hash())
                    .map_err(StoreError::git(format!("read {}", path.display())))?;
                packs.push(Pack { stem, index });
            }
        }
        Ok(Self { packs })
    }

    /// Tells whether an object is in any of them.
    pub(super) fn contain(&self, id: &gix::oid) -> bool {
        self.packs.iter().any(|pack| pack.index.lookup(id).is_some())
    }

    /// Returns the packs to combine so that each pack has at least twice the objects of all smaller
    /// ones together. So there are never more than a few, and each object is copied only a few times.
    pub(super) fn to_combine(&self) -> Vec<&Pack> {
        let mut packs: Vec<&Pack> = self.packs.iter().filter(|pack| pack.may_be_combined()).collect();
        packs.sort_by_key(|pack| pack.object_count());
        let counts: Vec<u64> = packs.iter().map(|pack| pack.object_count()).collect();
        packs.truncate(roll_up(&counts));
        packs
    }
}

impl Pack {
    /// Returns its file's name, as Git's commands take it.
    pub(super) fn file_name(&self) -> String {
        let name = self.stem.file_name().unwrap_or_default().to_string_lossy();
        format!("{name}.pack")
    }

    /// Tells whether it is one of those that Git printed the checksums of.
    pub(super) fn is_one_of(&self, checksums: &[String]) -> bool {
        let name = self.file_name();
        checksums.iter().any(|checksum| name == format!("pack-{checksum}.pack"))
    }

    /// Tells whether somebody wants it kept as it is.
    pub(super) fn is_kept(&self) -> bool {
        self.stem.with_extension("keep").exists()
    }

    /// Deletes it.
    pub(super) fn remove(&self) -> Result<(), StoreError> {
        EXTENSIONS.iter().try_for_each(|extension| remove_file(&self.stem.with_extension(extension)))
    }

    fn object_count(&self) -> u64 {
        self.index.num_objects().into()
    }

    // A pack with a list of times holds unreachable objects, which lose their times in another pack.
    fn may_be_combined(&self) -> bool {
        !self.is_kept() && !self.stem.with_extension("mtimes").exists()
    }
}

impl Store {
    /// Counts the packs that are small enough to be combined.
    pub fn packs_to_combine(&self) -> Result<u64, StoreError> {
        Ok(Packs::open(self)?.to_combine().len() as u64)
    }

    /// Lists the files of packs with this extension.
    pub(super) fn pack_files(&self, extension: &str) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.dir.join("objects/pack");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(StoreError::io("list", &folder))?,
        };
        let is_of_a_pack = |path: &Path| {
            path.extension().is_some_and(|found| found == extension)
                && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pack-"))
        };
        Ok(entries.flatten().map(|entry| entry.path()).filter(|path| is_of_a_pack(path)).collect())
    }
}

/// Returns how many of the smallest packs are to be combined; the counts are sorted.
fn roll_up(counts: &[u64]) -> usize {
    let (mut smaller, mut combined) = (0, 0);
    for (index, count) in counts.iter().enumerate() {
        if *count < FACTOR * smaller {
            combined = index + 1;
        }
        smaller += count;
    }
    combined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pack_that_stays_has_twice_the_objects_of_all_smaller_ones() {
        for (counts, combined) in [
            (&[][..], 0),
            (&[7], 0),
            (&[1, 2, 6, 18], 0),
            (&[5, 5], 2),
            (&[1, 1, 100], 2),
            (&[10, 10, 10, 1000], 3),
            (&[10, 10, 39, 1000], 3),
            (&[10, 10, 40, 1000], 2),
        ] {
            assert_eq!(roll_up(counts), combined, "{counts:?}");
        }
    }

    #[test]
    fn a_hundred_thousand_runs_leave_few_packs() {
        let mut packs: Vec<u64> = Vec::new();
        for _ in 0..75 {
            packs.extend([100; 40]);
            packs.push(6_700);
            packs.sort_unstable();
            let combined: u64 = packs.drain(..roll_up(&packs)).sum();
            packs.push(combined);
            packs.retain(|count| *count > 0);
            assert!(packs.len() <= 12, "{packs:?}");
        }
    }
}
