//! What killed processes leave in a store.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Store, StoreError};

/// How old a lock file must be before its owner counts as dead: a live one holds it for milliseconds.
const LOCK_AGE: Duration = Duration::from_secs(10);
/// How old a temporary file must be: a large pack takes its time.
const TEMPORARY_AGE: Duration = Duration::from_secs(3600);
/// How new stores are called while they are made, beside their place.
pub(super) const STAGING: &str = ".session-store-";
/// Folders that are not looked into, below the store: what is in them is in use or the user's.
const LEFT_ALONE: [&str; 4] =
    ["git-session/locks", "git-session/runs", "git-session/backup", "git-session/broken"];

/// A file or folder that a killed process left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Litter {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: LitterKind,
    /// Its size in bytes; 0 of a folder.
    pub bytes: u64,
    modified: Option<SystemTime>,
}

/// What a killed process left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LitterKind {
    /// A lock file of Git's, which stops others.
    Lock,
    /// A file or folder that was not finished.
    Temporary,
    /// An object file without content: a power cut left it, and it hides its content from writers.
    EmptyObject,
}

impl Store {
    /// Lists what killed processes left, by path. What is too young to be theirs is left out.
    pub fn litter(&self, now: SystemTime) -> Result<Vec<Litter>, StoreError> {
        let mut found = Vec::new();
        collect(&self.dir, &self.dir, now, &mut found).map_err(StoreError::io("list", &self.dir))?;
        let parent = self.dir.parent().unwrap_or(&self.dir);
        // A folder above that cannot be listed hides only what is beside the store.
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let is_staging = entry.file_name().to_string_lossy().starts_with(STAGING);
            if is_staging && entry.metadata().is_ok_and(|meta| is_older(&meta, now, TEMPORARY_AGE)) {
                let modified = entry.metadata().and_then(|meta| meta.modified()).ok();
                found.push(Litter { path: entry.path(), kind: LitterKind::Temporary, bytes: 0, modified });
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }
}

impl Litter {
    /// Removes it. The caller holds the store's lock alone, so that no writer is at it.
    pub(super) fn remove(&self) -> Result<(), StoreError> {
        let removed = match fs::symlink_metadata(&self.path) {
            // Since it was listed, a writer gave an empty object its content, or took the lock anew.
            Ok(found) if found.modified().ok() != self.modified => Ok(()),
            Ok(found) if found.is_dir() => fs::remove_dir_all(&self.path),
            _ => fs::remove_file(&self.path),
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &self.path)(error))
            }
            _ => Ok(()),
        }
    }
}

fn collect(store: &Path, folder: &Path, now: SystemTime, found: &mut Vec<Litter>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        // Writers remove folders of refs that became empty.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        // Links are not followed: they could lead out of the store.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            if !LEFT_ALONE.iter().any(|name| path == store.join(name)) {
                collect(store, &path, now, found)?;
            }
        } else if let Some(kind) = kind_of(store, &path, &meta, now) {
            found.push(Litter { path, kind, bytes: meta.len(), modified: meta.modified().ok() });
        }
    }
    Ok(())
}

fn kind_of(store: &Path, path: &Path, meta: &Metadata, now: SystemTime) -> Option<LitterKind> {
    let name = path.file_name()?.to_str()?;
    // A branch may be called as Git calls its temporary files.
    let is_gits = name.starts_with("tmp_") && !path.starts_with(store.join("refs"));
    // What git writes the packed refs to while it holds their lock; it stops at one that is there.
    if path == store.join("packed-refs.new") {
        return is_older(meta, now, LOCK_AGE).then_some(LitterKind::Temporary);
    }
    if name.ends_with(".lock") {
        return is_older(meta, now, LOCK_AGE).then_some(LitterKind::Lock);
    }
    if is_gits || name.starts_with(".tmp") {
        return is_older(meta, now, TEMPORARY_AGE).then_some(LitterKind::Temporary);
    }
    let is_object = path.starts_with(store.join("objects")) && name.bytes().all(|b| b.is_ascii_hexdigit());
    (is_object && meta.len() == 0).then_some(LitterKind::EmptyObject)
}

// A file from the future is of a clock that was wrong; it is not known to be dead.
fn is_older(meta: &Metadata, now: SystemTime, age: Duration) -> bool {
    let modified = meta.modified().unwrap_or(now);
    now.duration_since(modified).is_ok_and(|old| old >= age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreOptions;

    fn plant(path: PathBuf, age: u64) {
        let old = SystemTime::now() - Duration::from_secs(age);
        fs::create_dir_all(path.parent().expect("folder")).expect("made");
        let file = fs::File::create(&path).expect("made");
        file.set_modified(old).expect("dated");
    }

    #[test]
    fn what_is_dead_is_listed_and_what_may_live_is_not() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("s.git");
        let store = Store::open_or_create(&path, StoreOptions::default()).expect("made");
        for (name, age) in [
            ("refs/heads/session/a-00000001.lock", 11),
            ("refs/heads/session/b-00000001.lock", 1),
            ("objects/12/tmp_obj_abc", 3601),
            ("objects/12/tmp_obj_def", 60),
            ("objects/.tmpXYZ", 4000),
            ("refs/heads/session/.tmp_abcdef", 3601),
            ("refs/heads/session/tmp_abcdef", 3601),
            ("packed-refs.new", 11),
            ("objects/12/34567890123456789012345678901234567890", 5),
            ("git-session/locks/gate", 4000),
            ("git-session/runs/tmp_mine", 4000),
        ] {
            plant(path.join(name), age);
        }
        let now = SystemTime::now();
        let found = store.litter(now).expect("listed");
        let names: Vec<_> =
            found.iter().map(|l| (l.path.strip_prefix(&path).expect("inside"), l.kind)).collect();
        assert_eq!(
            names,
            [
                (Path::new("objects/.tmpXYZ"), LitterKind::Temporary),
                (Path::new("objects/12/34567890123456789012345678901234567890"), LitterKind::EmptyObject),
                (Path::new("objects/12/tmp_obj_abc"), LitterKind::Temporary),
                (Path::new("packed-refs.new"), LitterKind::Temporary),
                (Path::new("refs/heads/session/.tmp_abcdef"), LitterKind::Temporary),
                (Path::new("refs/heads/session/a-00000001.lock"), LitterKind::Lock),
            ]
        );
        found.iter().for_each(|litter| litter.remove().expect("removed"));
        assert_eq!(store.litter(now).expect("listed"), []);
    }

    #[test]
    fn an_object_that_a_writer_healed_since_is_kept() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("s.git");
        let store = Store::open_or_create(&path, StoreOptions::default()).expect("made");
        let object = path.join("objects/12/34567890123456789012345678901234567890");
        plant(object.clone(), 5);
        let found = store.litter(SystemTime::now()).expect("listed");
        fs::write(&object, "content").expect("healed");
        found.iter().for_each(|litter| litter.remove().expect("left alone"));
        assert_eq!(fs::read(&object).expect("there"), b"content");
    }
}
