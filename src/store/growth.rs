//! How large a store is, and whether it grew so much that maintenance is due.

use std::fs;
use std::path::Path;

use super::durable::{Durability, write_file};
use super::{Maintenance, Store, StoreError};

/// The folder of objects that stands for all 256; ids are spread evenly, and Git looks at it too.
const SAMPLE: &str = "objects/17";
/// Where the last maintenance noted what it left.
const NOTE: &str = "git-session/gc";

/// From when on maintenance is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrowthLimits {
    /// How many objects may lie one to a file.
    pub loose_objects: u64,
    /// How many packs there may be.
    pub packs: u64,
}

impl Default for GrowthLimits {
    fn default() -> Self {
        Self { loose_objects: 6700, packs: 50 }
    }
}

/// How much space a store takes, and in how many pieces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct StoreSize {
    /// The bytes of all files, as they are allocated on the disk.
    pub bytes: u64,
    /// How many objects lie one to a file.
    pub loose_objects: u64,
    /// How many packs there are.
    pub packs: u64,
}

/// What has piled up, as far as a quick look tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pile {
    loose_objects: u64,
    packs: u64,
}

impl Store {
    /// Measures the store.
    pub fn size(&self) -> Result<StoreSize, StoreError> {
        Ok(StoreSize {
            bytes: allocated(&self.dir),
            loose_objects: self.loose_objects()?.len() as u64,
            packs: self.pack_files("idx")?.len() as u64,
        })
    }
}

/// Tells whether maintenance of the store at `dir` is due, and notes that it starts if so.
///
/// It is due when more has piled up since the last one than the limits allow. What that one had to
/// leave does not count again, and one that failed is tried again after as much growth; no clock is
/// asked. The look costs two short listings.
pub fn claim_maintenance(dir: &Path, limits: GrowthLimits) -> bool {
    let now = Pile::estimate(dir);
    if now.loose_objects <= limits.loose_objects && now.packs <= limits.packs {
        return false;
    }
    let left = Pile::noted(dir);
    let is_due = now.loose_objects > left.loose_objects.saturating_add(limits.loose_objects)
        || now.packs > limits.packs.max(left.packs.saturating_add(limits.packs / 2));
    // Without the note, every write would start another process.
    is_due && now.note(dir).is_ok()
}

impl Maintenance<'_> {
    /// Notes what was left, so that only what comes after it makes the next maintenance due.
    pub fn note_growth(&self) -> Result<(), StoreError> {
        let dir = &self.store.dir;
        Pile::estimate(dir).note(dir).map_err(StoreError::io("write", &dir.join(NOTE)))
    }
}

impl Pile {
    fn estimate(dir: &Path) -> Self {
        let files = |folder: &str| fs::read_dir(dir.join(folder)).into_iter().flatten().flatten();
        let is_index = |file: &fs::DirEntry| file.file_name().to_string_lossy().ends_with(".idx");
        Self {
            loose_objects: files(SAMPLE).count() as u64 * 256,
            packs: files("objects/pack").filter(is_index).count() as u64,
        }
    }

    fn noted(dir: &Path) -> Self {
        let text = fs::read_to_string(dir.join(NOTE)).unwrap_or_default();
        let mut numbers = text.split_whitespace().map_while(|word| word.parse().ok());
        let mut number = || numbers.next().unwrap_or_default();
        Self { loose_objects: number(), packs: number() }
    }

    fn note(self, dir: &Path) -> std::io::Result<()> {
        let text = format!("{} {}\n", self.loose_objects, self.packs);
        write_file(&dir.join(NOTE), text.as_bytes(), Durability::Off)
    }
}

fn allocated(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;

    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => allocated(&entry.path()),
        // The unit is 512 bytes whatever the file system's is (stat(2)).
        Ok(found) => found.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plant(dir: &Path, folder: &str, names: impl Iterator<Item = String>) {
        fs::create_dir_all(dir.join(folder)).expect("made");
        names.for_each(|name| fs::write(dir.join(folder).join(name), "x").expect("written"));
    }

    #[test]
    fn maintenance_is_due_once_for_the_same_growth() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let limits = GrowthLimits::default();
        assert!(!claim_maintenance(dir.path(), limits), "nothing is there");
        plant(dir.path(), SAMPLE, (0..27).map(|number| format!("a{number}")));
        assert!(claim_maintenance(dir.path(), limits), "27 of 256 parts are over 6,700");
        assert!(!claim_maintenance(dir.path(), limits), "it has been started");
        plant(dir.path(), SAMPLE, (0..27).map(|number| format!("b{number}")));
        assert!(claim_maintenance(dir.path(), limits), "as much has come again");
    }

    #[test]
    fn maintenance_is_due_when_there_are_many_packs() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let limits = GrowthLimits::default();
        plant(dir.path(), "objects/pack", (0..50).map(|number| format!("pack-{number}.idx")));
        assert!(!claim_maintenance(dir.path(), limits));
        plant(dir.path(), "objects/pack", (50..51).map(|number| format!("pack-{number}.idx")));
        assert!(claim_maintenance(dir.path(), limits));
        assert!(!claim_maintenance(dir.path(), limits), "it has been started");
    }
}
