//! Events that a hook had no time for, until somebody does them.
//!
//! One file an event, whole or not at all. Whoever does them holds the spool's lock, and removes a
//! file when its event is done; an event that is done twice changes nothing the second time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::durable::{Durability, remove_file, write_file};
use super::lock::{Held, Locks};
use super::{Store, StoreError};
use crate::model::Timestamp;

/// Where the events lie, in the store.
const EVENTS: &str = "spool/events";
/// The largest event that is read, in bytes.
const EVENT_BYTES: u64 = 16 * 1024 * 1024;

/// An event, with all that is needed to do it later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpooledEvent {
    /// Its name, such as `post-commit`.
    pub event: String,
    /// What the hook was called with.
    pub arguments: Vec<String>,
    /// What it was given on stdin.
    pub input: String,
    /// The folder that it was called in.
    pub folder: PathBuf,
    /// The Git folder that git named to it.
    pub git_dir: Option<PathBuf>,
    /// The session that the surrounding process named.
    pub session: Option<String>,
    /// The run that the surrounding process named.
    pub run: Option<String>,
    /// When it happened.
    pub at: Option<Timestamp>,
}

/// The right to do the events, until this is dropped.
#[derive(Debug)]
pub struct SpoolLock {
    _lock: Held,
}

/// Keeps an event in the store at `dir`, without opening it: a store that is locked must not keep
/// the event out. `name` is a name that no other event has.
pub fn spool_event(dir: &Path, name: &str, event: &SpooledEvent) -> Result<(), StoreError> {
    let path = dir.join(EVENTS).join(format!("{name}.json"));
    let text = serde_json::to_vec(event).map_err(|error| StoreError::io("write", &path)(error.into()))?;
    write_file(&path, &text, Durability::Full).map_err(StoreError::io("write", &path))
}

/// Tells whether there are events to do, without opening the store at `dir`. Every command asks.
pub fn has_spooled_events(dir: &Path) -> bool {
    fs::read_dir(dir.join(EVENTS)).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok()))
}

impl Store {
    /// Takes the right to do the events; `None` where somebody else has it for longer than `wait`.
    pub fn lock_spool(&self, wait: Duration) -> Result<Option<SpoolLock>, StoreError> {
        let lock = Locks::new(&self.dir, wait).try_named("spool", wait)?;
        Ok(lock.map(|lock| SpoolLock { _lock: lock }))
    }

    /// Lists the names of the events, oldest first.
    pub fn spooled_events(&self) -> Result<Vec<String>, StoreError> {
        names(&self.dir.join(EVENTS))
    }

    /// Reads an event; `None` where it is gone or no event.
    pub fn spooled_event(&self, name: &str) -> Option<SpooledEvent> {
        let path = self.dir.join(EVENTS).join(name);
        let is_small = fs::metadata(&path).is_ok_and(|found| found.len() <= EVENT_BYTES);
        is_small.then(|| serde_json::from_slice(&fs::read(&path).ok()?).ok())?
    }

    /// Removes an event that is done.
    pub fn drop_spooled_event(&self, name: &str) -> Result<(), StoreError> {
        remove_file(&self.dir.join(EVENTS).join(name))
    }
}

/// Lists the files of a folder that hold JSON, by name.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::io("list", folder))?,
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    names.sort();
    Ok(names)
}
