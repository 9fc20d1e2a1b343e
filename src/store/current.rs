//! Which session is current: the choices that people made, kept beside the repository.
//!
//! One small file a choice, under `git-session/` in the store. They are no refs: a choice belongs
//! to a work tree on this machine and is never shared.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use super::durable::{Durability, write_file};
use super::lock::{Held, Locks};
use super::{CodeProject, SessionRef, Store, StoreError};
use crate::model::{SessionId, SessionName};

/// What a chosen session is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// The code branch that is checked out.
    Branch(String),
    /// The work tree, or the store where there is none.
    Chosen,
}

/// The right to choose sessions where none is chosen, until this is dropped.
#[derive(Debug)]
pub struct ChoicesLock {
    _lock: Held,
}

impl Store {
    /// Takes the right to choose sessions where none is chosen; `None` where somebody else has it for
    /// longer than `wait`.
    pub fn lock_choices(&self, wait: Duration) -> Result<Option<ChoicesLock>, StoreError> {
        let lock = Locks::new(&self.dir, wait).try_named("choices", wait)?;
        Ok(lock.map(|lock| ChoicesLock { _lock: lock }))
    }

    /// Returns the session that is current in a work tree, and by which choice. One that was removed
    /// is current no longer.
    pub fn current_session(
        &self,
        project: Option<&CodeProject>,
    ) -> Result<Option<(SessionRef, Binding)>, StoreError> {
        let branch = project.and_then(|project| project.branch());
        let bound = branch.and_then(|b| Some((read_choice(&self.branch_file(project, b))?, b)));
        let (choice, binding) = match bound {
            Some((choice, branch)) => (choice, Binding::Branch(branch.to_owned())),
            None => match read_choice(&self.worktree_file(project)) {
                Some(choice) => (choice, Binding::Chosen),
                None => return Ok(None),
            },
        };
        Ok(self.find_choice(choice)?.map(|session| (session, binding)))
    }

    /// Makes a session current in a work tree. Where the checked-out code branch is bound to
    /// another one, that binding moves too: it would win otherwise.
    pub fn choose_session(
        &self,
        project: Option<&CodeProject>,
        name: &SessionName,
        id: SessionId,
    ) -> Result<(), StoreError> {
        if let Some(branch) = project.and_then(|project| project.branch()) {
            let file = self.branch_file(project, branch);
            if file.exists() {
                write_choice(&file, name, id)?;
            }
        }
        write_choice(&self.worktree_file(project), name, id)
    }

    /// Binds a session to the checked-out code branch.
    pub fn bind_session(
        &self,
        project: &CodeProject,
        branch: &str,
        name: &SessionName,
        id: SessionId,
    ) -> Result<(), StoreError> {
        write_choice(&self.branch_file(Some(project), branch), name, id)
    }

    // By the branch's name no list of all sessions is needed, which a hook has no time for.
    fn find_choice(
        &self,
        (id, name): (SessionId, Option<SessionName>),
    ) -> Result<Option<SessionRef>, StoreError> {
        let named = match name.filter(|name| name.digits() == id.short()) {
            Some(name) => self.try_find_session(&name)?,
            None => None,
        };
        match named {
            Some(session) => Ok(Some(session)),
            None => self.try_find_session_by_id(id),
        }
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

/// Makes a file's name of a text that may hold what file names may not.
pub(super) fn key(text: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).to_string()
}

// Older versions wrote the id alone.
fn read_choice(file: &Path) -> Option<(SessionId, Option<SessionName>)> {
    let text = fs::read_to_string(file).ok()?;
    let mut lines = text.lines();
    let id = lines.next()?.trim().parse().ok()?;
    Some((id, lines.next().and_then(|name| name.parse().ok())))
}

fn write_choice(file: &Path, name: &SessionName, id: SessionId) -> Result<(), StoreError> {
    let text = format!("{id}\n{name}\n");
    write_file(file, text.as_bytes(), Durability::Off).map_err(StoreError::io("write", file))
}
