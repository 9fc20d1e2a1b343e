//! A project of its own in which git's hooks are tried.

use std::path::{Path, PathBuf};

use super::durable::Durability;
use super::git::Git;
use super::{CodeProject, Store, StoreError, StoreOptions};

/// Where a hook that is tried says that it was run, in the store.
const FIRED: &str = "git-session/fired";

/// A project in a temporary folder, with some hooks of another one. It goes when this is dropped.
pub struct TrialProject {
    dir: tempfile::TempDir,
    project: CodeProject,
    store: Store,
}

impl TrialProject {
    /// Makes a project below `place` in which git runs these hooks.
    pub fn new(place: &Path, hooks: &[(&str, PathBuf)]) -> Result<Self, StoreError> {
        let dir = tempfile::tempdir_in(place).map_err(StoreError::io("create a folder in", place))?;
        let (top, folder) = (dir.path().join("project"), dir.path().join("hooks"));
        for made in [&top, &folder] {
            std::fs::create_dir(made).map_err(StoreError::io("create the folder", made))?;
        }
        for (name, path) in hooks {
            let link = folder.join(name);
            std::os::unix::fs::symlink(path, &link).map_err(StoreError::io("link", &link))?;
        }
        gix::init(&top).map_err(StoreError::git("make a project"))?;
        let project = CodeProject::find(&top).ok_or_else(|| StoreError::Absent(top.clone()))?;
        let options = StoreOptions::default().with_durability(Durability::Off);
        let store = Store::open_or_create(&project.default_store(), options)?;
        let trial = Self { dir, project, store };
        trial.settle()?;
        Ok(trial)
    }

    /// Runs git in the project, with the hooks.
    pub fn git(&self, command: &'static str, arguments: &[&str]) -> Result<(), StoreError> {
        let call =
            Git::in_project(&self.project, command, arguments).with_hooks(&self.dir.path().join("hooks"));
        call.text()?;
        Ok(())
    }

    /// Returns a folder beside the project.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Tells whether a hook was run and did its work.
    pub fn has_fired(&self, hook: &str) -> bool {
        self.store.dir().join(FIRED).join(hook).exists()
    }

    // What the user has set for all projects must not lead out of this one.
    fn settle(&self) -> Result<(), StoreError> {
        let store = self.store.dir().to_string_lossy().into_owned();
        for (key, value) in [
            ("user.name", "trial"),
            ("user.email", "trial@localhost"),
            ("commit.gpgSign", "false"),
            ("session.store", store.as_str()),
            ("session.fsync", "off"),
            ("session.trailers", "true"),
            ("session.hookDeadline", "10000"),
        ] {
            Git::in_project(&self.project, "config", &["--local", key, value]).text()?;
        }
        Ok(())
    }
}

impl Store {
    /// Says that a hook that is tried was run.
    pub fn note_fired(&self, hook: &str) -> Result<(), StoreError> {
        let path = self.dir.join(FIRED).join(Path::new(hook).file_name().unwrap_or_default());
        super::durable::write_file(&path, b"", Durability::Off).map_err(StoreError::io("write", &path))
    }
}
