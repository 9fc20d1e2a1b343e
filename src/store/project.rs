//! The code repository around a folder: where it is and what is checked out.

use std::path::{Path, PathBuf};

use super::StoreError;
use crate::model::{Code, Project};

/// A code repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeProject {
    /// The Git folder of the work tree.
    pub git_dir: PathBuf,
    /// The Git folder that all work trees share.
    pub common_dir: PathBuf,
    /// The work tree; `None` in a bare repository.
    pub work_dir: Option<PathBuf>,
    /// Where its code is pushed to.
    pub remote: Option<String>,
    /// What is checked out.
    pub head: Head,
}

/// What is checked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The branch; `None` where a commit is checked out by itself.
    pub branch: Option<String>,
    /// The commit; `None` before the first one.
    pub commit: Option<String>,
}

impl CodeProject {
    /// Finds the repository that `folder` lies in; `None` outside of one.
    pub fn find(folder: &Path) -> Option<Self> {
        gix::discover(folder).ok().map(|repo| Self::of(&repo))
    }

    /// Describes a repository that was found.
    pub(super) fn of(repo: &gix::Repository) -> Self {
        let remote =
            repo.config_snapshot().string("remote.origin.url").map(|url| without_password(&url.to_string()));
        Self {
            git_dir: real(repo.git_dir()),
            common_dir: real(repo.common_dir()),
            work_dir: repo.workdir().map(real),
            remote,
            head: head_of(repo),
        }
    }

    /// Finds the repository of this Git folder, whatever folder we are in.
    pub fn at(git_dir: &Path) -> Option<Self> {
        gix::open(git_dir).ok().map(|repo| Self::of(&repo))
    }

    /// Tells whether a rebase is under way in the work tree.
    pub fn is_rebasing(&self) -> bool {
        ["rebase-merge", "rebase-apply"].iter().any(|name| self.git_dir.join(name).exists())
    }

    /// Tells whether this is a work tree beside the first one of its repository.
    pub fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// Lists the Git folders of all work trees of the repository, the first one first.
    pub fn all_git_dirs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.common_dir.join("worktrees")).into_iter().flatten().flatten();
        let linked = entries.map(|entry| real(&entry.path()));
        std::iter::once(self.common_dir.clone()).chain(linked).collect()
    }

    /// Tells whether a path lies in the work tree and not in the Git folder.
    pub fn would_track(&self, path: &Path) -> bool {
        let path = real(path);
        let is_inside = self.work_dir.as_ref().is_some_and(|work| path.starts_with(work));
        is_inside && !path.starts_with(&self.git_dir) && !path.starts_with(&self.common_dir)
    }

    /// Reads again what is checked out.
    pub fn read_head(&self) -> Result<Head, StoreError> {
        let repo = gix::open(&self.git_dir).map_err(StoreError::git("open the code repository"))?;
        Ok(head_of(&repo))
    }

    /// Returns what is checked out now; `None` where it cannot be told.
    pub fn newest_head(&self) -> Option<Head> {
        self.read_head().ok()
    }

    /// Returns the branch that is checked out.
    pub fn branch(&self) -> Option<&str> {
        self.head.branch.as_deref()
    }

    /// Returns the store that belongs to the repository.
    pub fn default_store(&self) -> PathBuf {
        self.common_dir.join("sessions.git")
    }

    /// Returns the repository's name: the folder that its first work tree lies in.
    pub fn name(&self) -> String {
        let top = match self.common_dir.file_name().and_then(|name| name.to_str()) {
            Some(".git") => self.common_dir.parent(),
            _ => Some(self.common_dir.as_path()),
        };
        let name = top.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        name.map_or_else(|| "project".to_owned(), |name| name.trim_end_matches(".git").to_owned())
    }

    /// Returns what a session's manifest says of the repository.
    pub fn as_project(&self) -> Project {
        Project { name: self.name(), remote: self.remote.clone(), ..Project::default() }
    }

    /// Returns what a run's record says of the repository, as far as it is known without running `git`.
    pub fn as_code(&self, before: Option<&Head>) -> Code {
        Code {
            repo: Some(self.remote.clone().unwrap_or_else(|| self.name())),
            branch: self.head.branch.clone(),
            head_before: before.and_then(|head| head.commit.clone()),
            head_after: self.head.commit.clone(),
            ..Code::default()
        }
    }
}

fn head_of(repo: &gix::Repository) -> Head {
    let branch = repo.head_name().ok().flatten().map(|name| name.shorten().to_string());
    let commit = repo.head().ok().and_then(|head| head.id().map(|id| id.to_string()));
    Head { branch, commit }
}

fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

// A URL may hold a token (`https://user:token@host/…`), and manifests are shared.
fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => match rest.split_once('@') {
            Some((user, host)) if !user.contains('/') => format!("{scheme}://{host}"),
            _ => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_is_kept_without_its_password() {
        for (url, kept) in [
            ("https://u:token@example.com/o/r.git", "https://example.com/o/r.git"),
            ("https://example.com/o/r@v1.git", "https://example.com/o/r@v1.git"),
            ("git@example.com:o/r.git", "git@example.com:o/r.git"),
        ] {
            assert_eq!(without_password(url), kept);
        }
    }

    #[test]
    fn a_folder_outside_of_a_repository_has_no_project() {
        let dir = tempfile::tempdir().expect("temporary folder");
        assert_eq!(CodeProject::find(dir.path()), None);
        gix::init(dir.path()).expect("made");
        let project = CodeProject::find(dir.path()).expect("found");
        assert_eq!(project.head.commit, None);
        assert!(project.default_store().ends_with(".git/sessions.git"));
    }
}
