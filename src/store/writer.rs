//! The one way by which a session's branch moves.

use std::cell::RefCell;

use super::lock::Held;
use super::refs::RefMove;
use super::session::PREFIX;
use super::written::Written;
use super::{Batch, CommitId, OpenRun, Store, StoreError, trash};
use crate::model::{Person, SessionId, SessionName, Timestamp};

/// The right to write to one session, held until this is dropped.
pub struct SessionWriter<'a> {
    store: &'a Store,
    _held: Held,
    written: RefCell<Option<Written>>,
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
        Ok(SessionWriter::new(self, self.locks().session(digits)?))
    }

    /// Waits for the right to remove sessions: nobody else writes to the store meanwhile.
    pub fn lock_everything(&self) -> Result<SessionWriter<'_>, StoreError> {
        Ok(SessionWriter::new(self, self.locks().everything()?))
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

impl<'a> SessionWriter<'a> {
    pub(super) fn new(store: &'a Store, held: Held) -> Self {
        Self { store, _held: held, written: RefCell::default() }
    }

    pub(super) fn store(&self) -> &'a Store {
        self.store
    }

    /// Begins to store new commits with all that they hold. They are there once a ref was moved; the disk
    /// works at them while its lock is taken.
    pub fn begin(&self, batch: Batch, commits: &[CommitId]) -> Result<(), StoreError> {
        *self.written.borrow_mut() = Some(batch.begin(commits)?);
        Ok(())
    }

    /// Stores new commits with all that they hold.
    pub fn persist(&self, batch: Batch, commits: &[CommitId]) -> Result<(), StoreError> {
        let mut written = batch.begin(commits)?;
        written.settle(self.store)?;
        *self.written.borrow_mut() = Some(written);
        Ok(())
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
        let trash = trash::ref_name(id, mark.at, tip);
        if self.store.try_find_ref(&trash)? != Some(tip) {
            self.move_to(&trash, None, Some(tip), mark)?;
        }
        self.move_to(&format!("{PREFIX}{name}"), Some(tip), None, mark)?;
        Ok(trash)
    }

    pub(super) fn move_to(
        &self,
        name: &str,
        expected: Option<CommitId>,
        new: Option<CommitId>,
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        let Mark { who, at, log } = mark;
        let wanted = RefMove { name, expected, new, log, who, at };
        match self.written.borrow_mut().as_mut() {
            Some(written) => {
                self.store.move_ref_to(&wanted, &mut || written.settle(self.store))?;
                written.secure(self.store)
            }
            None => self.store.move_ref(&wanted),
        }
    }
}
