//! Which session is current: the choices that people made, kept beside the repository.
//!
//! One small file a choice, under `git-session/` in the store. They are no refs: a choice belongs
//! to a work tree on this machine and is never shared.

use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::durable::{Durability, write_file};
use super::{CodeProject, Store, StoreError};
use crate::model::SessionId;

/// What a chosen session is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// The code branch that is checked out.
    Branch(String),
    /// The work tree, or the store where there is none.
    Chosen,
}

impl Store {
    /// Returns the session that is current in a work tree, and by which choice.
    pub fn current_session(&self, project: Option<&CodeProject>) -> Option<(SessionId, Binding)> {
        let branch = project.and_then(|project| project.branch());
        let bound = branch.and_then(|b| Some((self.read_choice(&self.branch_file(project, b))?, b)));
        if let Some((session, branch)) = bound {
            return Some((session, Binding::Branch(branch.to_owned())));
        }
        let chosen = self.read_choice(&self.worktree_file(project))?;
        Some((chosen, Binding::Chosen))
    }

    /// Makes a session current in a work tree. Where the checked-out code branch is bound to
    /// another one, that binding moves too: it would win otherwise.
    pub fn choose_session(&self, project: Option<&CodeProject>, id: SessionId) -> Result<(), StoreError> {
        if let Some(branch) = project.and_then(|project| project.branch()) {
            let file = self.branch_file(project, branch);
            if file.exists() {
                write_choice(&file, id)?;
            }
        }
        write_choice(&self.worktree_file(project), id)
    }

    /// Binds a session to the checked-out code branch.
    pub fn bind_session(&self, project: &CodeProject, branch: &str, id: SessionId) -> Result<(), StoreError> {
        write_choice(&self.branch_file(Some(project), branch), id)
    }

    fn read_choice(&self, file: &Path) -> Option<SessionId> {
        fs::read_to_string(file).ok()?.trim().parse().ok()
    }

    fn worktree_file(&self, project: Option<&CodeProject>) -> PathBuf {
        let place = project.map_or("default".to_owned(), |p| key(&p.git_dir.to_string_lossy()));
        self.dir.join("git-session/current").join(place)
    }

    fn branch_file(&self, project: Option<&CodeProject>, branch: &str) -> PathBuf {
        let repository = project.map(|p| p.common_dir.to_string_lossy().into_owned()).unwrap_or_default();
        self.dir.join("git-session/branches").join(key(&format!("{repository}\n{branch}")))
    }
}

// Paths and branch names hold what file names may not.
fn key(text: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).to_string()
}

fn write_choice(file: &Path, id: SessionId) -> Result<(), StoreError> {
    write_file(file, format!("{id}\n").as_bytes(), Durability::Off).map_err(StoreError::io("write", file))
}
