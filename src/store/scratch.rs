//! The folder that an open run works in: a copy of the context, and the brief.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{CodeProject, Store, StoreError};
use crate::model::RunId;

/// Where the folders of open runs lie.
const FOLDER: &str = "git-session/runs";

/// The folder of one open run, in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Returns the folder with the files of the context.
    pub fn context(&self) -> PathBuf {
        self.path.join("context")
    }

    /// Returns the folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file with the brief.
    pub fn brief(&self) -> PathBuf {
        self.path.join("brief.md")
    }

    /// Tells whether the folder is there.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Makes the folder, empty and private.
    pub fn create(&self) -> Result<(), StoreError> {
        let context = self.context();
        fs::create_dir_all(&context).map_err(StoreError::io("create the folder", &context))
    }

    /// Writes the brief.
    pub fn write_brief(&self, text: &str) -> Result<(), StoreError> {
        let file = self.brief();
        fs::write(&file, text).map_err(StoreError::io("write", &file))
    }

    /// Keeps that the run works in this work tree.
    pub fn work_in(&self, project: &CodeProject) -> Result<(), StoreError> {
        let file = self.path.join("worktree");
        fs::write(&file, project.git_dir.as_os_str().as_encoded_bytes())
            .map_err(StoreError::io("write", &file))
    }

    /// Tells whether the run may work in this work tree: that is not so where it is known to work in
    /// another one.
    pub fn is_worked_in(&self, project: &CodeProject) -> bool {
        let known = fs::read(self.path.join("worktree"));
        known.map_or(true, |known| known == project.git_dir.as_os_str().as_encoded_bytes())
    }

    /// Tells whether the run works in a work tree of this repository.
    pub fn is_known_to_work_in(&self, project: &CodeProject) -> bool {
        let known = fs::read(self.path.join("worktree")).unwrap_or_default();
        project.all_git_dirs().iter().any(|dir| dir.as_os_str().as_encoded_bytes() == known)
    }

    /// Removes the folder. What the run recorded is in the repository by then.
    pub fn remove(&self) -> Result<(), StoreError> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove the folder", &self.path)(error))
            }
            _ => Ok(()),
        }
    }
}

/// The folder of a run that is not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedFolder {
    /// The run.
    pub run: RunId,
    folder: RunFolder,
    since: SystemTime,
}

impl UnusedFolder {
    /// Removes it, unless somebody wrote to it after it was listed.
    pub fn remove(&self) -> Result<(), StoreError> {
        if self.is_unused() { self.folder.remove() } else { Ok(()) }
    }

    fn is_unused(&self) -> bool {
        is_older(&self.folder.path, self.since)
    }
}

impl Store {
    /// Lists the folders of runs that are not open, in which nothing was written since `time`.
    pub fn unused_run_folders(&self, time: SystemTime) -> Result<Vec<UnusedFolder>, StoreError> {
        let folder = self.dir.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(StoreError::io("list", &folder))?,
        };
        let open: HashSet<RunId> = self.open_runs(None)?.iter().map(|open| open.run).collect();
        let runs = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let folders = runs.map(|run| UnusedFolder { run, folder: self.run_folder(run), since: time });
        // The ref of an open run may be damaged; its folder is all there is of the run then.
        let may_be_open = |run: RunId| open.contains(&run) || self.has_open_ref_file(run);
        Ok(folders.filter(|unused| !may_be_open(unused.run) && unused.is_unused()).collect())
    }

    /// Returns the folder of an open run.
    pub fn run_folder(&self, run: RunId) -> RunFolder {
        RunFolder { path: self.dir.join(FOLDER).join(run.to_string()) }
    }

    /// Tells whether a path lies in the store, where nothing of the user's may be written.
    pub fn holds(&self, path: &Path) -> bool {
        // Of a path that is not there yet, the nearest folder that is: links and `..` lead to it.
        let real = |path: &Path| path.ancestors().find_map(|part| fs::canonicalize(part).ok());
        real(path).is_some_and(|path| real(&self.dir).is_some_and(|store| path.starts_with(store)))
    }
}

// A file that is written to does not change the time of its folder.
fn is_older(path: &Path, time: SystemTime) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else { return false };
    let is_older_itself = found.modified().is_ok_and(|modified| modified < time);
    let mut below = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    is_older_itself && (!found.is_dir() || below.all(|path| is_older(&path, time)))
}
