//! The right to maintain a store, and deleting without making writers wait.
//!
//! Objects and packs are deleted only by the holder of this right, and only in slices, each under
//! the store's exclusive lock. So new packs can be written without a lock: what they are made of
//! stays, and a writer that saw an object may rely on it for as long as it holds the store's lock.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::git::GitError;
use super::lock::{Held, Locks};
use super::{Litter, Mark, OpenRun, SessionWriter, Store, StoreError, Trashed};

/// How long one slice may keep writers out. With the wait before it, a writer waits 40 ms at most.
const SLICE: Duration = Duration::from_millis(20);
/// How long the writers of before may take to finish while new ones wait behind us.
const WAIT: Duration = Duration::from_millis(20);
/// How long writers are left alone between two slices.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to maintain the store, held until this is dropped.
pub struct Maintenance<'a> {
    pub(super) store: &'a Store,
    _held: Rc<Held>,
}

impl Store {
    /// Takes the right to maintain the store; `None` where another process maintains it, which may
    /// be a plain `git gc`.
    pub fn try_lock_maintenance(&self) -> Result<Option<Maintenance<'_>>, StoreError> {
        if self.foreign_gc_runs() {
            return Ok(None);
        }
        let held = self.locks().try_maintenance()?;
        Ok(held.map(|held| Maintenance { store: self, _held: Rc::new(held) }))
    }

    pub(super) fn locks(&self) -> Locks {
        Locks::new(&self.dir, self.options.lock_wait)
    }
}

impl Maintenance<'_> {
    /// Goes on with the same store, opened anew.
    pub fn on<'a>(&self, store: &'a Store) -> Maintenance<'a> {
        Maintenance { store, _held: Rc::clone(&self._held) }
    }

    /// Removes what killed processes left.
    pub fn sweep(&self, litter: &[Litter]) -> Result<(), StoreError> {
        self.in_slices(litter, |_, litter| litter.remove())
    }

    /// Drops sessions from the trash, for ever.
    pub fn drop_trash(&self, trash: &[Trashed], mark: Mark<'_>) -> Result<(), StoreError> {
        self.in_slices(trash, |writer, trashed| {
            if self.store.try_find_ref(&trashed.name)? != Some(trashed.commit) {
                return Ok(());
            }
            writer.drop_trashed(trashed, mark)
        })
    }

    /// Drops the refs of open runs that are recorded on their session's branch.
    pub fn drop_recorded(&self, open: &[OpenRun], mark: Mark<'_>) -> Result<(), StoreError> {
        self.in_slices(open, |writer, open| {
            // The finish that was at it may have dropped it.
            if self.store.try_find_open_run(open.session, open.run)? != Some(*open) {
                return Ok(());
            }
            writer.drop_open_run(open, mark)
        })
    }

    /// Does a step for each item while nobody else writes, a few at a time. A step takes much less
    /// than a slice, and checks again what may have changed since its item was listed.
    pub(super) fn in_slices<T>(
        &self,
        items: &[T],
        mut step: impl FnMut(&SessionWriter<'_>, &T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut rest = items.iter().peekable();
        while rest.peek().is_some() {
            let alone = SessionWriter::new(self.store, self.store.alone()?);
            let end = Instant::now() + SLICE;
            for item in rest.by_ref() {
                step(&alone, item)?;
                if Instant::now() >= end {
                    break;
                }
            }
            drop(alone);
            if rest.peek().is_some() {
                std::thread::sleep(PAUSE);
            }
        }
        Ok(())
    }
}

impl Store {
    /// Waits for the store's exclusive lock so that no writer waits for long because of that.
    pub(super) fn alone(&self) -> Result<Held, StoreError> {
        let wait = self.options.lock_wait;
        let deadline = Instant::now() + wait;
        loop {
            if let Some(held) = self.locks().try_everything(WAIT)? {
                return Ok(held);
            }
            if Instant::now() >= deadline {
                let path = self.dir.join("git-session/locks/store");
                return Err(StoreError::Locked { path, seconds: wait.as_secs() });
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Lets Git walk over what refs lead to while writers work.
    ///
    /// A `git gc` that takes no locks may delete what a writer wrote and had not referred to yet. The
    /// writer stores it again before it lets go of its lock (`Written::secure`), and until then a ref
    /// leads nowhere: where Git says so, it walks once more when nobody writes.
    pub(super) fn beside_writers<T>(
        &self,
        walk: impl Fn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match walk() {
            Err(error) if is_about_missing(&error) => match self.alone() {
                Ok(alone) => {
                    drop(alone);
                    walk()
                }
                Err(_) => Err(error),
            },
            other => other,
        }
    }
}

// As `pack-objects` and `prune` say it of a ref that leads to nothing.
fn is_about_missing(error: &StoreError) -> bool {
    let StoreError::Program(GitError::Failed { stderr, .. }) = error else { return false };
    ["bad object", "parse object", "valid object"].iter().any(|words| stderr.contains(words))
}
