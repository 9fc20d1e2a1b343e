//! The sessions that wait for a push, and how the last tries to push them went.
//!
//! Nothing waits here: whoever runs a command looks whether it is time for the next try. One that is
//! begun counts as failed until it is known to have succeeded, so that one which is killed is
//! followed by a pause too.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::durable::{Durability, remove_file, write_file};
use super::lock::{Held, Locks};
use super::spool::names;
use super::{Store, StoreError};
use crate::model::{Seconds, SessionId, Timestamp, escape_text};

/// Where the sessions are named, in the store.
const QUEUE: &str = "spool/push";
/// How the last tries went.
const TRIES: &str = "git-session/push-tries.json";
/// What was pushed by itself, and what failed.
const LOG: &str = "git-session/push.log";
/// From how many bytes on the older half of the log goes.
const LOG_BYTES: usize = 64 * 1024;
/// The longest line of the log, in characters.
const LINE_CHARS: usize = 400;
/// The lock of whoever pushes.
const LOCK: &str = "push";
/// How many minutes are waited after a first failure, a second one, and all that follow.
const PAUSES: [u64; 3] = [1, 5, 30];

/// A session that is to be pushed, because its code was or because a run of it is finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedPush {
    /// The session.
    pub session: SessionId,
    /// Since when.
    pub queued_at: Timestamp,
}

/// The tries to push what waits, since one succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushTries {
    /// How many there were.
    pub failures: u32,
    /// When the last one began.
    pub tried_at: Timestamp,
    /// Why it failed; `None` while that is not known.
    pub why: Option<String>,
}

/// What waits for a push.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PushQueue {
    /// The sessions, by id.
    pub sessions: Vec<SessionId>,
    /// Since when the first of them waits.
    pub since: Option<Timestamp>,
    /// How the last tries went.
    pub tries: Option<PushTries>,
    /// From when on it is tried again, where it was tried.
    pub next_at: Option<Timestamp>,
}

/// The right to push by itself, until this is dropped.
#[derive(Debug)]
pub struct PushLock {
    _lock: Held,
}

impl PushTries {
    /// Returns from when on it is tried again.
    pub fn next_at(&self) -> Timestamp {
        let last = PAUSES.len() - 1;
        let at = usize::try_from(self.failures.saturating_sub(1)).unwrap_or(last).min(last);
        let minutes = PAUSES.get(at).copied().unwrap_or_default();
        self.tried_at.plus(Seconds::from_millis(minutes * 60_000))
    }

    // A clock that was set back must not stop everything until it has caught up.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.next_at() || now < self.tried_at
    }
}

/// Tells whether something waits in the store at `dir` and it is time to push it; if so, notes that
/// it is tried. Where nothing waits, this costs one look into a folder.
pub fn claim_push(dir: &Path, now: Timestamp) -> bool {
    let waits = fs::read_dir(dir.join(QUEUE)).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok()));
    if !waits {
        return false;
    }
    // Held by whoever pushes.
    let Ok(Some(_lock)) = Locks::new(dir, Duration::ZERO).try_named(LOCK, Duration::ZERO) else {
        return false;
    };
    let last = read_tries(dir);
    if last.as_ref().is_some_and(|tries| !tries.is_over(now)) {
        return false;
    }
    let failures = last.map_or(0, |tries| tries.failures).saturating_add(1);
    // Without the note, every command would start another process.
    write_tries(dir, &PushTries { failures, tried_at: now, why: None }).is_ok()
}

impl Store {
    /// Queues a session for the next push. One that waits already keeps its place.
    pub fn queue_push(&self, push: &QueuedPush) -> Result<(), StoreError> {
        let path = self.queue_file(push.session);
        if path.exists() {
            return Ok(());
        }
        let text = serde_json::to_vec(push).map_err(|error| StoreError::io("write", &path)(error.into()))?;
        write_file(&path, &text, self.options.durability).map_err(StoreError::io("write", &path))
    }

    /// Lists the sessions that are queued for a push, by id.
    pub fn queued_pushes(&self) -> Result<Vec<SessionId>, StoreError> {
        let names = names(&self.dir.join(QUEUE))?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect())
    }

    /// Takes a session off the queue.
    pub fn drop_queued_push(&self, session: SessionId) -> Result<(), StoreError> {
        remove_file(&self.queue_file(session))
    }

    /// Tells what waits for a push, and how the last tries went.
    pub fn push_queue(&self) -> Result<PushQueue, StoreError> {
        let sessions = self.queued_pushes()?;
        let queued = |id: &SessionId| {
            let text = fs::read(self.queue_file(*id)).ok()?;
            serde_json::from_slice::<QueuedPush>(&text).ok().map(|queued| queued.queued_at)
        };
        let since = sessions.iter().filter_map(queued).min();
        let tries = read_tries(&self.dir).filter(|_| !sessions.is_empty());
        let next_at = tries.as_ref().map(PushTries::next_at);
        Ok(PushQueue { sessions, since, tries, next_at })
    }

    /// Takes the right to push by itself; `None` where somebody else has it.
    pub fn try_lock_push(&self) -> Result<Option<PushLock>, StoreError> {
        let lock = self.locks().try_named(LOCK, Duration::ZERO)?;
        Ok(lock.map(|lock| PushLock { _lock: lock }))
    }

    /// Forgets the tries that failed: the remote can be reached.
    pub fn forget_push_tries(&self) -> Result<(), StoreError> {
        remove_file(&self.dir.join(TRIES))
    }

    /// Notes how a try went: why it failed, or that it did not.
    pub fn note_push(
        &self,
        _lock: &PushLock,
        at: Timestamp,
        outcome: Result<&str, &str>,
    ) -> Result<(), StoreError> {
        let clean =
            |text: &str| -> String { escape_text(&self.guard.text(text)).chars().take(LINE_CHARS).collect() };
        let told = clean(outcome.unwrap_or_else(|why| why));
        let word = if outcome.is_ok() { "done" } else { "failed" };
        self.add_to_push_log(&format!("{at} {word}: {told}\n"))?;
        if outcome.is_ok() {
            return self.forget_push_tries();
        }
        let claimed = read_tries(&self.dir).filter(|tries| tries.why.is_none());
        let tries = claimed.unwrap_or(PushTries { failures: 1, tried_at: at, why: None });
        let path = self.dir.join(TRIES);
        write_tries(&self.dir, &PushTries { why: Some(told), ..tries })
            .map_err(StoreError::io("write", &path))
    }

    /// Returns where the log of pushing by itself is.
    pub fn push_log(&self) -> PathBuf {
        self.dir.join(LOG)
    }

    fn add_to_push_log(&self, line: &str) -> Result<(), StoreError> {
        let path = self.push_log();
        let failed = |error| StoreError::io("write", &path)(error);
        let known = fs::read_to_string(&path).unwrap_or_default();
        if known.len() + line.len() > LOG_BYTES {
            return write_file(&path, format!("{}{line}", newer_half(&known)).as_bytes(), Durability::Off)
                .map_err(failed);
        }
        let mut log = OpenOptions::new().append(true).create(true).open(&path).map_err(failed)?;
        log.write_all(line.as_bytes()).map_err(failed)
    }

    fn queue_file(&self, session: SessionId) -> PathBuf {
        self.dir.join(QUEUE).join(format!("{session}.json"))
    }
}

fn newer_half(text: &str) -> &str {
    let whole_lines = |at: usize| text.get(at..)?.split_once('\n').map(|(_, rest)| rest);
    let from = text.len().saturating_sub(LOG_BYTES / 2);
    // The middle may be inside of a character.
    (from..text.len()).find_map(whole_lines).unwrap_or_default()
}

fn read_tries(dir: &Path) -> Option<PushTries> {
    serde_json::from_slice(&fs::read(dir.join(TRIES)).ok()?).ok()
}

fn write_tries(dir: &Path, tries: &PushTries) -> std::io::Result<()> {
    write_file(&dir.join(TRIES), &serde_json::to_vec(tries)?, Durability::Off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreOptions;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_795_305_600 + seconds)
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("temporary folder");
        let options = StoreOptions::default().with_durability(Durability::Off);
        let store = Store::open_or_create(&dir.path().join("s.git"), options).expect("made");
        (dir, store)
    }

    fn session(name: &str) -> SessionId {
        SessionId::from_foreign("test", name)
    }

    #[test]
    fn the_pauses_grow_and_end_at_half_an_hour() {
        for (failures, minutes) in [(0, 1), (1, 1), (2, 5), (3, 30), (4, 30), (u32::MAX, 30)] {
            let tries = PushTries { failures, tried_at: at(0), why: None };
            assert_eq!(tries.next_at(), at(minutes * 60), "{failures}");
            assert!(!tries.is_over(at(minutes * 60 - 1)) && tries.is_over(at(minutes * 60)));
            assert!(tries.is_over(at(-1)), "a clock that was set back stops nothing");
        }
    }

    #[test]
    fn a_try_is_claimed_once_until_its_pause_is_over() {
        let (_dir, store) = store();
        assert!(!claim_push(store.dir(), at(0)), "nothing waits");
        for (name, seconds) in [("b", 5), ("a", 3)] {
            let (session, queued_at) = (session(name), at(seconds));
            store.queue_push(&QueuedPush { session, queued_at }).expect("queued");
        }
        assert_eq!(store.push_queue().expect("read").since, Some(at(3)));
        assert!(claim_push(store.dir(), at(10)) && !claim_push(store.dir(), at(10)));
        assert!(!claim_push(store.dir(), at(69)) && claim_push(store.dir(), at(70)), "it was killed");
        let lock = store.try_lock_push().expect("asked").expect("free");
        assert!(!claim_push(store.dir(), at(7000)), "never two at once");
        store.note_push(&lock, at(71), Err("no\x1b[2J network")).expect("noted");
        drop(lock);
        let queue = store.push_queue().expect("read");
        let tries = queue.tries.expect("there were tries");
        assert_eq!((tries.failures, tries.why.as_deref()), (2, Some("no\\x1b[2J network")));
        assert_eq!(queue.next_at, Some(at(70 + 300)));
        assert!(!claim_push(store.dir(), at(369)) && claim_push(store.dir(), at(370)));
        let lock = store.try_lock_push().expect("asked").expect("free");
        store.note_push(&lock, at(372), Ok("2 sessions")).expect("noted");
        drop(lock);
        assert_eq!(store.push_queue().expect("read").tries, None);
        assert!(claim_push(store.dir(), at(373)), "what waits then is new");
    }

    #[test]
    fn a_damaged_file_of_tries_stops_nothing() {
        let (_dir, store) = store();
        store.queue_push(&QueuedPush { session: session("a"), queued_at: at(0) }).expect("queued");
        for text in ["", "{}", "{\"failures\":-1}", "\u{0}"] {
            fs::write(store.dir().join(TRIES), text).expect("written");
            assert!(claim_push(store.dir(), at(0)), "{text}");
        }
    }

    #[test]
    fn the_log_stays_small_and_in_whole_lines() {
        let (_dir, store) = store();
        let lock = store.try_lock_push().expect("asked").expect("free");
        for number in 0..1000 {
            store
                .note_push(&lock, at(number), Err(&format!("é{number} {}", "x".repeat(900))))
                .expect("noted");
        }
        let log = fs::read_to_string(store.push_log()).expect("text");
        assert!(log.len() <= LOG_BYTES && log.lines().count() > 50, "{}", log.len());
        assert!(log.lines().all(|line| line.contains(" failed: é") && line.chars().count() < 440));
        assert!(log.ends_with('\n') && log.contains("é999 "));
    }
}
