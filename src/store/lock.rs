//! File locks between processes.
//!
//! Writers hold the store's lock shared and their session's exclusive; maintenance and deletion
//! hold the store's exclusive. Everybody passes the gate first, so that a stream of writers
//! cannot starve maintenance. The kernel frees the locks of a process that dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::StoreError;
use super::durable::make_in;

/// The folder of the lock files in a store. They are permanent: a lock file that is deleted while
/// another process waits for it no longer excludes anybody.
const FOLDER: &str = "git-session/locks";
/// How many lock files sessions share.
const STRIPES: u32 = 1024;
/// The longest pause between two tries.
const PAUSE: Duration = Duration::from_millis(4);

/// The locks of a store and how long to wait for them.
#[derive(Debug)]
pub(super) struct Locks {
    folder: PathBuf,
    wait: Duration,
}

/// Locks that are held until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    _locks: Vec<Lock>,
}

/// A locked file.
///
/// It is unlocked and not just closed: a process that another thread starts at this moment has the
/// same open file until it executes its program, and would hold the lock that long.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing it unlocks it too, in almost all cases.
        let _ = self.0.unlock();
    }
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Shared,
    Exclusive,
}

impl Locks {
    pub(super) fn new(store: &Path, wait: Duration) -> Self {
        Self { folder: store.join(FOLDER), wait }
    }

    /// Waits for the right to write to one session.
    pub(super) fn session(&self, digits: &str) -> Result<Held, StoreError> {
        let deadline = Instant::now() + self.wait;
        let store = self.store(Mode::Shared, deadline)?;
        let session = self.acquire(&stripe(digits), Mode::Exclusive, deadline)?;
        Ok(Held { _locks: vec![session, store] })
    }

    /// Waits for the right to delete: nobody else writes meanwhile.
    pub(super) fn everything(&self) -> Result<Held, StoreError> {
        let deadline = Instant::now() + self.wait;
        Ok(Held { _locks: vec![self.store(Mode::Exclusive, deadline)?] })
    }

    /// Takes the right to delete if it is to be had within `wait`; `None` where it is not.
    ///
    /// Writers that come meanwhile wait behind the gate, so `wait` is what this may cost them.
    pub(super) fn try_everything(&self, wait: Duration) -> Result<Option<Held>, StoreError> {
        let _gate = self.acquire("gate", Mode::Exclusive, Instant::now() + self.wait)?;
        let store = unless_locked(self.acquire("store", Mode::Exclusive, Instant::now() + wait))?;
        Ok(store.map(|store| Held { _locks: vec![store] }))
    }

    /// Tells whether somebody waits for the store's lock, which the caller holds.
    pub(super) fn is_wanted(&self) -> Result<bool, StoreError> {
        Ok(unless_locked(self.acquire("gate", Mode::Exclusive, Instant::now()))?.is_none())
    }

    /// Takes the right to maintain the store; `None` where somebody else is at it.
    ///
    /// Maintenance holds this for as long as it works, and the store's lock only while it deletes:
    /// a shared lock of minutes would make `rm` wait, and all writers behind it.
    pub(super) fn try_maintenance(&self) -> Result<Option<Held>, StoreError> {
        self.try_alone("maintenance")
    }

    /// Takes the right to remove a lock file of Git's that other writers take too; `None` where
    /// somebody else is at it. Who maintains the store may need it as well.
    pub(super) fn try_healing(&self) -> Result<Option<Held>, StoreError> {
        self.try_alone("healing")
    }

    fn try_alone(&self, name: &str) -> Result<Option<Held>, StoreError> {
        self.try_named(name, Duration::ZERO)
    }

    /// Takes a lock of its own for something local; `None` where it is not to be had within `wait`.
    pub(super) fn try_named(&self, name: &str, wait: Duration) -> Result<Option<Held>, StoreError> {
        let file = unless_locked(self.acquire(name, Mode::Exclusive, Instant::now() + wait))?;
        Ok(file.map(|file| Held { _locks: vec![file] }))
    }

    fn store(&self, mode: Mode, deadline: Instant) -> Result<Lock, StoreError> {
        let _gate = self.acquire("gate", Mode::Exclusive, deadline)?;
        self.acquire("store", mode, deadline)
    }

    fn acquire(&self, name: &str, mode: Mode, deadline: Instant) -> Result<Lock, StoreError> {
        let path = self.folder.join(name);
        let file = open(&path)?;
        let mut pause = Duration::from_micros(200);
        loop {
            match try_lock(&file, mode) {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::Error(source)) => return Err(StoreError::io("lock", &path)(source)),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(StoreError::Locked { path, seconds: self.wait.as_secs() });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(PAUSE);
        }
    }
}

fn unless_locked(acquired: Result<Lock, StoreError>) -> Result<Option<Lock>, StoreError> {
    match acquired {
        Ok(lock) => Ok(Some(lock)),
        Err(StoreError::Locked { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

// The digits are in the branch's name, so a session is locked before anything of it is read.
fn stripe(digits: &str) -> String {
    let number = u32::from_str_radix(digits, 16).unwrap_or_default();
    format!("session-{:04}", number % STRIPES)
}

fn try_lock(file: &File, mode: Mode) -> Result<(), TryLockError> {
    match mode {
        Mode::Shared => file.try_lock_shared(),
        Mode::Exclusive => file.try_lock(),
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    make_in(folder, open).map_err(StoreError::io("open the lock file", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locks(folder: &Path) -> Locks {
        Locks::new(folder, Duration::from_millis(20))
    }

    #[test]
    fn one_session_is_written_by_one_and_others_meanwhile() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (a, b) = ("00000001", "00000002");
        let _held = locks(dir.path()).session(a).expect("free");
        assert!(matches!(locks(dir.path()).session(a), Err(StoreError::Locked { .. })));
        locks(dir.path()).session(b).expect("another session is free");
    }

    #[test]
    fn a_lock_is_free_once_dropped_whoever_else_has_the_open_file() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let held = locks(dir.path()).try_maintenance().expect("asked").expect("free");
        // As a process has it that was started meanwhile and has not executed its program yet.
        let inherited = held._locks[0].0.try_clone().expect("cloned");
        assert!(locks(dir.path()).try_maintenance().expect("asked").is_none());
        drop(held);
        assert!(locks(dir.path()).try_maintenance().expect("asked").is_some());
        drop(inherited);
    }

    #[test]
    fn deletion_waits_for_writers_and_writers_for_deletion() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let id = "3f2a9c01";
        let held = locks(dir.path()).session(id).expect("free");
        assert!(locks(dir.path()).everything().is_err());
        drop(held);
        let _held = locks(dir.path()).everything().expect("free");
        assert!(locks(dir.path()).session(id).is_err());
    }

    #[test]
    fn maintenance_gives_up_where_a_writer_is_slow_and_sees_one_that_waits() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let locks = locks(dir.path());
        let writer = locks.session("00000001").expect("free");
        assert!(locks.try_everything(Duration::ZERO).expect("asked").is_none());
        drop(writer);
        let _alone = locks.try_everything(Duration::ZERO).expect("asked").expect("free");
        assert!(!locks.is_wanted().expect("asked"));
        let _waits = locks.acquire("gate", Mode::Exclusive, Instant::now()).expect("free");
        assert!(locks.is_wanted().expect("asked"), "a writer holds the gate while it waits");
    }
}
