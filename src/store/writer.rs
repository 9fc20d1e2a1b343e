//! The one way by which a session's branch moves.

use std::rc::Rc;

use super::lock::{Held, Locks};
use super::refs::RefMove;
use super::session::PREFIX;
use super::{Batch, CommitId, Litter, OpenRun, Store, StoreError};
use crate::model::{Person, SessionId, SessionName, Timestamp};

/// The right to write to one session, held until this is dropped.
pub struct SessionWriter<'a> {
    store: &'a Store,
    _held: Held,
}

impl Store {
    /// Waits for the right to write to a session.
    pub fn lock_session(&self, id: SessionId) -> Result<SessionWriter<'_>, StoreError> {
        self.lock_digits(&id.short())
    }

    /// Waits for the right to write to a session of which only the branch's name is known.
    pub fn lock_session_name(&self, name: &SessionName) -> Result<SessionWriter<'_>, StoreError> {
        self.lock_digits(name.digits())
    }

    fn lock_digits(&self, digits: &str) -> Result<SessionWriter<'_>, StoreError> {
        let held = Locks::new(&self.dir, self.options.lock_wait).session(digits)?;
        Ok(SessionWriter { store: self, _held: held })
    }

    /// Waits for the right to remove sessions: nobody else writes to the store meanwhile.
    pub fn lock_everything(&self) -> Result<SessionWriter<'_>, StoreError> {
        let held = Locks::new(&self.dir, self.options.lock_wait).everything()?;
        Ok(SessionWriter { store: self, _held: held })
    }
}

/// The right to maintain the store, held until this is dropped.
pub struct Maintenance<'a> {
    pub(super) store: &'a Store,
    _held: Rc<Held>,
}

impl Store {
    /// Takes the right to maintain the store; `None` where another process maintains it.
    pub fn try_lock_maintenance(&self) -> Result<Option<Maintenance<'_>>, StoreError> {
        let held = Locks::new(&self.dir, self.options.lock_wait).try_maintenance()?;
        Ok(held.map(|held| Maintenance { store: self, _held: Rc::new(held) }))
    }
}

impl Maintenance<'_> {
    /// Goes on with the same store, opened anew.
    pub fn on<'a>(&self, store: &'a Store) -> Maintenance<'a> {
        Maintenance { store, _held: Rc::clone(&self._held) }
    }

    /// Removes what killed processes left, while nobody else writes.
    pub fn sweep(&self, litter: &[Litter]) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        litter.iter().try_for_each(Litter::remove)
    }
}

/// Who moves a ref, when, and what its reflog says of it.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// Who.
    pub who: &'a Person,
    /// When.
    pub at: Timestamp,
    /// One line for the reflog, such as `run: fix the login test`.
    pub log: &'a str,
}

impl SessionWriter<'_> {
    /// Stores new commits with all that they hold.
    pub fn persist(&self, batch: Batch, commits: &[CommitId]) -> Result<(), StoreError> {
        batch.persist(commits)
    }

    /// Moves a session's branch to a stored commit. When this returns, the move is durable.
    pub fn advance(
        &self,
        name: &SessionName,
        expected: Option<CommitId>,
        new: CommitId,
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        self.move_to(&format!("{PREFIX}{name}"), expected, Some(new), mark)
    }

    /// Lets an open run's ref point to a stored commit.
    pub fn put_open_run(
        &self,
        open: &OpenRun,
        expected: Option<CommitId>,
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        self.move_to(&open.ref_name(), expected, Some(open.commit), mark)
    }

    /// Drops an open run's ref.
    pub fn drop_open_run(&self, open: &OpenRun, mark: Mark<'_>) -> Result<(), StoreError> {
        self.move_to(&open.ref_name(), Some(open.commit), None, mark)
    }

    /// Moves a session's branch to the trash and returns the ref that keeps it.
    pub fn trash(
        &self,
        id: SessionId,
        name: &SessionName,
        tip: CommitId,
        mark: Mark<'_>,
    ) -> Result<String, StoreError> {
        let time = mark.at.utc().format("%Y%m%dT%H%M%SZ");
        let trash = format!("refs/trash/{id}/{time}-{}", tip.short());
        if self.store.try_find_ref(&trash)? != Some(tip) {
            self.move_to(&trash, None, Some(tip), mark)?;
        }
        self.move_to(&format!("{PREFIX}{name}"), Some(tip), None, mark)?;
        Ok(trash)
    }

    fn move_to(
        &self,
        name: &str,
        expected: Option<CommitId>,
        new: Option<CommitId>,
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        let Mark { who, at, log } = mark;
        self.store.move_ref(&RefMove { name, expected, new, log, who, at })
    }
}
