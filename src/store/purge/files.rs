//! What lies in the store's folder beside objects and refs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Purging;
use super::destroy::files_below;
use crate::store::durable::{remove_file, write_file};
use crate::store::{BlobId, FileKind, Store, StoreError, Wipe};

/// Folders of copies that cannot be looked into: bundles, and what was damaged.
const COPIES: [&str; 2] = ["git-session/backup", "git-session/broken"];
/// Files of Git's that name or hold what was seen last.
const LEFT: [&str; 3] = ["FETCH_HEAD", "ORIG_HEAD", "packed-refs.new"];
/// Where files are that nothing is replaced in: objects, refs, locks, settings.
const ALONE: [&str; 7] =
    ["objects", "refs", "logs", "packed-refs", "config", "git-session/locks", "git-session/remotes"];
/// Where the folders of open runs are.
const RUNS: &str = "git-session/runs";

/// What was done to files beside the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cleared {
    /// Files that the values were taken out of, below the store.
    pub cleaned: Vec<String>,
    /// How many copies of repairs were deleted.
    pub copies: u64,
}

impl Store {
    /// Lists the files beside the repository that hold what is to go.
    pub fn files_holding(&self, wipe: &Wipe) -> Result<Vec<String>, StoreError> {
        let holds = |path: &&std::path::PathBuf| fs::read(path).is_ok_and(|content| wipe.is_in(&content));
        let found = self.files_beside();
        Ok(found.iter().filter(holds).map(|path| self.below(path)).collect())
    }

    /// Counts the copies that repairs left.
    pub fn copies_of_repairs(&self) -> u64 {
        let files = COPIES.iter().flat_map(|folder| files_below(&self.dir.join(folder)));
        files.count() as u64
    }

    fn files_beside(&self) -> Vec<std::path::PathBuf> {
        let is_alone = |path: &Path| ALONE.iter().any(|alone| path.starts_with(self.dir.join(alone)));
        let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| !found.is_file());
        let mut files = files_below(&self.dir);
        files.retain(|path| !is_alone(path) && !is_link(path));
        files
    }
}

impl Purging<'_> {
    /// Takes the values out of what lies beside the repository: folders of open runs, events that
    /// wait, notes. Copies that repairs left go: what is in them cannot be searched.
    pub fn clear_files(&self, wipe: &Wipe) -> Result<Cleared, StoreError> {
        let mut cleared = Cleared { copies: self.store.copies_of_repairs(), cleaned: Vec::new() };
        for folder in COPIES {
            self.remove_folder(folder)?;
        }
        LEFT.iter().try_for_each(|file| remove_file(&self.path(file)))?;
        self.store.sweep_scratch();
        for path in self.store.files_beside() {
            if self.is_unfinished(&path) {
                remove_file(&path)?;
            } else if self.clean_beside(wipe, &path)? {
                cleared.cleaned.push(self.store.below(&path));
            }
        }
        Ok(cleared)
    }

    // Nobody else writes, so this is of a process that died. In the folder of a run, names are free.
    fn is_unfinished(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_temporary = name.starts_with("tmp_") || name.starts_with(".tmp") || name.ends_with(".lock");
        is_temporary && !path.starts_with(self.path(RUNS))
    }

    // A file in the folder of a run is called as it is called in the history.
    fn rename_in_run(&self, wipe: &Wipe, path: &Path, old: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        let runs = self.path(RUNS);
        let Ok(below) = path.strip_prefix(&runs) else { return Ok(false) };
        let (mut name, _) = wipe.clean_name(&below.to_string_lossy());
        let hash = self.store.repo.object_hash();
        let ending = |content: &[u8]| -> Result<String, StoreError> {
            Ok(format!(".conflict-{}", BlobId::of(hash, content)?.short()))
        };
        if let Some(owner) = name.strip_suffix(&ending(old)?) {
            name = format!("{owner}{}", ending(new)?);
        }
        let renamed = runs.join(name);
        if renamed == path || below.to_str().is_none() || renamed.exists() {
            return Ok(false);
        }
        let folder = renamed.parent().unwrap_or(&runs);
        fs::create_dir_all(folder).map_err(StoreError::io("create the folder", folder))?;
        fs::rename(path, &renamed).map_err(StoreError::io("rename", path))?;
        // Folders that became empty tell what they were called.
        let parents = path.ancestors().skip(1).take_while(|parent| *parent != runs);
        parents.take_while(|parent| fs::remove_dir(parent).is_ok()).for_each(drop);
        Ok(true)
    }

    fn clean_beside(&self, wipe: &Wipe, path: &Path) -> Result<bool, StoreError> {
        let content = fs::read(path).map_err(StoreError::io("read", path))?;
        let below = self.store.below(path);
        // As the same file is cleaned in the history: else the run would seem to have changed it.
        let in_run = below.strip_prefix(RUNS).and_then(|below| below.get(1..)?.split_once('/'));
        let kind = in_run.map_or(FileKind::Plain, |(_, below)| FileKind::at(below));
        let (cleaned, count) = wipe.clean_file(kind, &content)?;
        if count == 0 {
            return self.rename_in_run(wipe, path, &content, &content);
        }
        let mode = fs::metadata(path).map_err(StoreError::io("read", path))?.permissions().mode();
        write_file(path, &cleaned, self.store.options.durability).map_err(StoreError::io("write", path))?;
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(path, mode).map_err(StoreError::io("write", path))?;
        self.rename_in_run(wipe, path, &content, &cleaned)?;
        Ok(true)
    }
}
