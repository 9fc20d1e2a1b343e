//! References: reading them, and moving them by compare-and-swap so that it lasts.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use gix::lock::acquire::Fail;
use gix::refs::Target;
use gix::refs::transaction::{self, Change, LogChange, PreviousValue, RefEdit};

use super::durable::{FOLDER_RETRIES, remove_file};
use super::reflog::RefLog;
use super::session::PREFIX;
use super::{CommitId, Store, StoreError};
use crate::model::{Person, SessionName, Timestamp};

/// How long another program may hold a ref's lock file while we hold the session's lock.
const FOREIGN_LOCK: Duration = Duration::from_secs(1);
/// How long a move waits for locks that others take and give back: beside a `git pack-refs` that
/// runs again and again, on a machine with much to do, there is no moment free for seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often refs are read again when they were packed meanwhile.
const PACKING_RETRIES: usize = 100;

/// Lets be found what a ref is to lead to.
pub(super) type Settle<'a> = &'a mut dyn FnMut() -> Result<(), StoreError>;

/// A move of one ref.
#[derive(Debug, Clone)]
pub(super) struct RefMove<'a> {
    pub(super) name: &'a str,
    pub(super) expected: Option<CommitId>,
    /// Where it points afterwards; `None` removes it.
    pub(super) new: Option<CommitId>,
    pub(super) log: &'a str,
    pub(super) who: &'a Person,
    pub(super) at: Timestamp,
}

impl Store {
    /// Reads where a ref points to; `None` where there is no such ref.
    pub(super) fn try_find_ref(&self, name: &str) -> Result<Option<CommitId>, StoreError> {
        let failed = || StoreError::git(format!("read {name}"));
        let found = self.beside_packing(|| self.repo.refs.try_find(name).map_err(failed()))?;
        match found.map(|reference| reference.target) {
            Some(Target::Object(id)) => Ok(Some(CommitId(id))),
            Some(Target::Symbolic(_)) => Err(StoreError::Damaged {
                session: name.to_owned(),
                commit: "?".to_owned(),
                what: "the branch points to another branch".to_owned(),
            }),
            None => Ok(None),
        }
    }

    /// Lists the refs below a folder that can be read.
    pub(super) fn refs_below(&self, prefix: &str) -> Result<Vec<(String, CommitId)>, StoreError> {
        let list = || self.beside_packing(|| self.list_refs(prefix));
        let (mut refs, mut vanished) = list()?;
        // A ref whose file was packed away after it was seen is in no list; a broken link stays so.
        for _ in 0..FOLDER_RETRIES {
            if vanished == 0 {
                break;
            }
            (refs, vanished) = list()?;
        }
        Ok(refs)
    }

    /// Reads refs so that the packed ones were the same before and after.
    ///
    /// The library looks at the packed refs first and at a ref's own file then. Packing writes the
    /// packed refs first and takes the file away then. In between, a ref is nowhere to be seen, or
    /// at an old value.
    pub(super) fn beside_packing<T>(
        &self,
        read: impl Fn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.refresh_packed_refs()?;
        for _ in 0..PACKING_RETRIES {
            let found = read();
            if !self.refresh_packed_refs()? {
                return found;
            }
        }
        read()
    }

    // Returns also how many files were gone when they were to be read.
    fn list_refs(&self, prefix: &str) -> Result<(Vec<(String, CommitId)>, usize), StoreError> {
        let failed = || StoreError::git(format!("list {prefix}"));
        let platform = self.repo.references().map_err(failed())?;
        let (mut refs, mut vanished) = (Vec::new(), 0);
        for found in platform.prefixed(prefix).map_err(failed())? {
            match found {
                Ok(found) => {
                    let name = std::str::from_utf8(found.name().as_bstr()).ok();
                    let target = found.try_id().map(|id| CommitId(id.detach()));
                    refs.extend(name.map(str::to_owned).zip(target));
                }
                Err(error) if is_not_found(&error) => vanished += 1,
                Err(_) => {}
            }
        }
        Ok((refs, vanished))
    }

    /// Reads the packed refs again where they changed, and tells whether they did.
    ///
    /// The library tells by the file's time alone, which two changes may share.
    fn refresh_packed_refs(&self) -> Result<bool, StoreError> {
        let now = FileState::of(&self.dir.join("packed-refs"));
        if now == self.packed_refs.get() {
            return Ok(false);
        }
        if now.is_some() {
            let refreshed = self.repo.refs.force_refresh_packed_buffer();
            refreshed.map_err(StoreError::git("read packed-refs"))?;
        }
        self.packed_refs.set(now);
        Ok(true)
    }

    /// Moves a ref, if it still points where it is expected to. The caller holds the lock of the
    /// session that the ref belongs to.
    pub(super) fn move_ref(&self, wanted: &RefMove<'_>) -> Result<(), StoreError> {
        self.move_ref_to(wanted, &mut || Ok(()))
    }

    /// Moves a ref as [`Self::move_ref`] does, to what `settle` lets be found: the disk works at that
    /// while the ref's lock is taken.
    pub(super) fn move_ref_to(&self, wanted: &RefMove<'_>, settle: Settle<'_>) -> Result<(), StoreError> {
        let (who, log) = (self.guard.person(wanted.who), self.guard.text(wanted.log));
        let wanted = &RefMove { who: &who, log: &log, ..*wanted };
        let (mut tries, mut packed) = (0, 0);
        let started = Instant::now();
        loop {
            match self.try_move_ref(wanted, settle) {
                Err(Failed::Other(error)) if tries < FOLDER_RETRIES && is_of_a_lost_folder(&error) => {
                    tries += 1;
                }
                Err(Failed::Packed) if packed < PACKING_RETRIES => packed += 1,
                Err(Failed::LockHeld) => self.heal_lock(wanted.name, started)?,
                // Packing made it look so.
                Err(Failed::Moved)
                    if tries < FOLDER_RETRIES && self.try_find_ref(wanted.name)? == wanted.expected =>
                {
                    tries += 1;
                }
                Err(Failed::Moved | Failed::Packed) => {
                    return Err(StoreError::Moved { name: wanted.name.to_owned() });
                }
                Err(Failed::Io(error)) => return Err(error),
                Err(Failed::Other(error)) => {
                    return Err(StoreError::git(format!("move {}", wanted.name))(error));
                }
                Ok(()) => return Ok(()),
            }
        }
    }

    fn try_move_ref(&self, wanted: &RefMove<'_>, settle: Settle<'_>) -> Result<(), Failed> {
        self.refresh_packed_refs().map_err(Failed::Io)?;
        // The same state, saved again within a second, is the same commit: there is nothing to move,
        // and the library leaves no lock file that could be synced.
        if wanted.new.is_some() && wanted.new == wanted.expected {
            let now = self.try_find_ref(wanted.name).map_err(Failed::Io)?;
            if now != wanted.new {
                return Err(Failed::Moved);
            }
            settle().map_err(Failed::Io)?;
            return self.confirm(wanted, File::open(self.log_path(wanted.name)).ok());
        }
        let edit = edit_of(wanted).map_err(Failed::Io)?;
        let wait = Fail::AfterDurationWithBackoff(Duration::from_millis(100));
        let transaction = self.repo.refs.transaction().prepare([edit], wait, wait)?;
        // The library reads the packed refs before it locks them. Written anew from an old state,
        // they would bring old values of other refs back. They are locked now.
        if self.refresh_packed_refs().map_err(Failed::Io)? {
            return Err(Failed::Packed);
        }
        let value = wanted.new.map(|_| self.begin_value(wanted.name)).transpose().map_err(Failed::Io)?;
        // No log names what is not there.
        settle().map_err(Failed::Io)?;
        let log = RefLog::look(self.log_path(wanted.name));
        let moved = wanted.new.zip(value).map(|(new, value)| self.write_move(wanted, new, &value, &log));
        let entry = match moved.transpose() {
            Ok(entry) => entry,
            Err(error) => {
                // The lock is still held: nobody has written to the log since.
                log.take_back();
                return Err(Failed::Io(error));
            }
        };
        if let Err(error) = transaction.commit(None) {
            if self.try_find_ref(wanted.name).ok() == Some(wanted.expected) {
                log.take_back();
            }
            return Err(error.into());
        }
        match wanted.new {
            Some(_) => self.confirm(wanted, entry),
            None => Ok(()),
        }
    }

    // The new value is in the lock file.
    fn begin_value(&self, name: &str) -> Result<(File, PathBuf), StoreError> {
        let lock = self.dir.join(format!("{name}.lock"));
        let value = File::open(&lock).map_err(StoreError::io("open", &lock))?;
        self.options.durability.begin_content(&value).map_err(StoreError::io("sync", &lock))?;
        Ok((value, lock))
    }

    // The value must be on disk before it takes the ref's name. The disk gets the log's entry at the
    // same time, and has it before the move is told. Returns the log.
    fn write_move(
        &self,
        wanted: &RefMove<'_>,
        new: CommitId,
        (value, lock): &(File, PathBuf),
        log: &RefLog,
    ) -> Result<File, StoreError> {
        let (durability, path) = (self.options.durability, self.log_path(wanted.name));
        let entry = log.append(&entry_of(wanted, new)).map_err(StoreError::io("write", &path))?;
        durability.begin_content(&entry).map_err(StoreError::io("sync", &path))?;
        durability.sync_content(value).map_err(StoreError::io("sync", lock))?;
        Ok(entry)
    }

    fn log_path(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(name)
    }

    // The ref has moved: from here on, a failure says nothing about what the next reader sees.
    fn confirm(&self, wanted: &RefMove<'_>, log: Option<File>) -> Result<(), Failed> {
        let name = || wanted.name.to_owned();
        let unconfirmed =
            |error| Failed::Io(StoreError::Unconfirmed { name: name(), source: Box::new(error) });
        self.sync_ref(wanted.name, log).map_err(unconfirmed)?;
        match self.try_find_ref(wanted.name).map_err(unconfirmed)? {
            now if now == wanted.new => Ok(()),
            // A program without our locks went on from where we moved to: nothing of ours is lost.
            Some(now) if wanted.new.is_some_and(|new| self.reachable(now).contains(&new)) => Ok(()),
            _ => Err(Failed::Moved),
        }
    }

    /// Makes durable what an earlier process may have moved without living to sync it.
    pub fn sync_session(&self, name: &SessionName) -> Result<(), StoreError> {
        let name = format!("{PREFIX}{name}");
        self.sync_ref(&name, File::open(self.log_path(&name)).ok())
    }

    // The log goes first, so that its chain has no gap after a power cut.
    fn sync_ref(&self, name: &str, log: Option<File>) -> Result<(), StoreError> {
        let durability = self.options.durability;
        if let Some(log) = log {
            let synced = durability.sync_content(&log);
            synced.map_err(StoreError::io("sync", &self.log_path(name)))?;
        }
        let path = self.dir.join(name);
        let folder = path.parent().unwrap_or(&self.dir);
        durability.sync_barrier_folder(folder).map_err(StoreError::io("sync the folder", folder))
    }

    // Only writers that hold the session's lock take the ref's file, and we hold it: what still lies
    // here after a while is of a process that was killed. A live `git update-ref` holds its lock
    // for milliseconds.
    fn heal_lock(&self, name: &str, since: Instant) -> Result<(), StoreError> {
        let (path, packed) = (self.dir.join(format!("{name}.lock")), self.dir.join("packed-refs.lock"));
        if since.elapsed() < FOREIGN_LOCK {
            return Ok(());
        }
        if since.elapsed() > PATIENCE {
            let path = if packed.exists() { packed } else { path };
            return Err(StoreError::Locked { path, seconds: since.elapsed().as_secs() });
        }
        // Git writes the file beside it for as long as it holds it.
        if packed.exists() && is_abandoned(&packed) && is_abandoned(&packed.with_extension("new")) {
            self.remove_packed_lock(&packed)?;
        }
        remove_file(&path)
    }

    // Other sessions' writers take this lock too, for milliseconds. Those who would remove it do so
    // one after the other, so that nobody removes the new lock of one who removed the old one first.
    fn remove_packed_lock(&self, path: &Path) -> Result<(), StoreError> {
        match self.locks().try_healing()? {
            Some(_alone) if is_abandoned(path) => remove_file(path),
            _ => Ok(()),
        }
    }
}

// Tells whether nobody writes to a file, or it is not there.
fn is_abandoned(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|found| found.modified());
    let age = |modified| SystemTime::now().duration_since(modified).unwrap_or_default();
    modified.map_or(true, |modified| age(modified) > FOREIGN_LOCK * 2)
}

/// Which file has a name now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileState {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl FileState {
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;

        let found = fs::metadata(path).ok()?;
        Some(Self { inode: found.ino(), bytes: found.len(), changed: (found.mtime(), found.mtime_nsec()) })
    }
}

/// Why one try to move a ref failed.
enum Failed {
    Moved,
    /// The packed refs changed meanwhile.
    Packed,
    LockHeld,
    Io(StoreError),
    Other(gix::Error),
}

impl From<gix::Error> for Failed {
    fn from(error: gix::Error) -> Self {
        if error.is_conflict() {
            Self::Moved
        } else if error.is_retryable() {
            Self::LockHeld
        } else {
            Self::Other(error)
        }
    }
}

fn edit_of(wanted: &RefMove<'_>) -> Result<RefEdit, StoreError> {
    let expected = match wanted.expected {
        Some(id) => PreviousValue::MustExistAndMatch(Target::Object(id.0)),
        None => PreviousValue::MustNotExist,
    };
    let change = match wanted.new {
        Some(id) => Change::Update { log: LogChange::default(), expected, new: Target::Object(id.0) },
        None => Change::Delete { expected, log: transaction::RefLog::AndReference },
    };
    let name =
        wanted.name.try_into().map_err(StoreError::git(format!("use the ref name {}", wanted.name)))?;
    Ok(RefEdit { change, name, deref: false })
}

// As Git's `log_ref_write_fd` writes it, with white space as its `copy_reflog_msg` leaves it.
fn entry_of(wanted: &RefMove<'_>, new: CommitId) -> String {
    let old = wanted.expected.map_or_else(|| new.0.kind().null(), |id| id.0);
    let who = super::batch::signature(wanted.who, wanted.at.unix());
    let words: Vec<&str> = wanted.log.split_whitespace().collect();
    let log = if words.is_empty() { String::new() } else { format!("\t{}", words.join(" ")) };
    format!("{old} {} {} <{}> {} +0000{log}\n", new.0, who.name, who.email, who.time.seconds)
}

fn is_not_found(error: &gix::Error) -> bool {
    has_kind(error, &[ErrorKind::NotFound])
}

// The library makes folders itself. One that is removed between the attempt to make it and the look at
// what is in the way is no folder to it.
fn is_of_a_lost_folder(error: &gix::Error) -> bool {
    has_kind(error, &[ErrorKind::NotFound, ErrorKind::NotADirectory])
}

fn has_kind(error: &gix::Error, kinds: &[ErrorKind]) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| kinds.contains(&error.kind())) {
            return true;
        }
        cause = error.source();
    }
    false
}
