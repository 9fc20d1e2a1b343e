//! The folder that an open run works in: a copy of the context, and the brief.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Store, StoreError};
use crate::model::RunId;

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

impl Store {
    /// Returns the folder of an open run.
    pub fn run_folder(&self, run: RunId) -> RunFolder {
        RunFolder { path: self.dir.join("git-session/runs").join(run.to_string()) }
    }

    /// Tells whether a path lies in the store, where nothing of the user's may be written.
    pub fn holds(&self, path: &Path) -> bool {
        // Of a path that is not there yet, the nearest folder that is: links and `..` lead to it.
        let real = |path: &Path| path.ancestors().find_map(|part| fs::canonicalize(part).ok());
        real(path).is_some_and(|path| real(&self.dir).is_some_and(|store| path.starts_with(store)))
    }
}
