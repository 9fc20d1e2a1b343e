//! What the verbs need from the world around them.

use uuid::Uuid;

use crate::model::{Person, Timestamp};

/// The largest context file that is stored, in bytes: hosts refuse files over 100 MB and warn from 50.
const MAX_FILE_BYTES: u64 = 50 * 1024 * 1024;
/// The most files that one run may leave.
const MAX_FILES: usize = 20_000;

/// Clock, ids, identity and limits, handed in so that a verb does the same thing for the same arguments.
pub struct Env {
    clock: Box<dyn Fn() -> Timestamp>,
    uuids: Box<dyn Fn() -> Uuid>,
    /// Who records.
    pub identity: Person,
    /// What is refused for its size.
    pub limits: Limits,
}

/// What is refused for its size.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Limits {
    /// The largest context file, in bytes.
    pub max_file_bytes: u64,
    /// The most context files.
    pub max_files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_file_bytes: MAX_FILE_BYTES, max_files: MAX_FILES }
    }
}

impl Env {
    /// Makes the surroundings of the real program: the system's clock and random ids.
    pub fn real(identity: Person) -> Self {
        let clock = || Timestamp::new(chrono::Utc::now());
        Self::new(identity, Box::new(clock), Box::new(Uuid::new_v4))
    }

    /// Makes surroundings from a clock and a source of ids.
    pub fn new(identity: Person, clock: Box<dyn Fn() -> Timestamp>, uuids: Box<dyn Fn() -> Uuid>) -> Self {
        Self { clock, uuids, identity, limits: Limits::default() }
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Returns an id that nothing has yet.
    pub fn new_uuid(&self) -> Uuid {
        (self.uuids)()
    }
}
