//! Which session and run an agent's own session is at work in: one small file each.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::durable::{Durability, write_file};
use super::lock::{Held, Locks};
use super::{Store, StoreError};
use crate::model::{RunId, SessionId, SessionName};

/// Where the files lie, in the store.
const FOLDER: &str = "git-session/agents";

/// What an agent's session is at work in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentState {
    /// The agent's own id of its session.
    pub id: String,
    /// The session.
    pub session: SessionId,
    /// The session's name, by which it is found.
    pub name: SessionName,
    /// The run that is open.
    pub run: Option<RunId>,
    /// Where the agent writes what it does.
    pub transcript: Option<PathBuf>,
    /// How long that was when the run began, in bytes.
    pub transcript_start: u64,
    /// The Git folder of the work tree.
    pub git_dir: PathBuf,
}

/// The right to change what an agent's session is at work in, until this is dropped.
#[derive(Debug)]
pub struct AgentLock {
    _lock: Held,
}

impl Store {
    /// Takes the right to change an agent's state; `None` where somebody else has it for longer than
    /// `wait`.
    pub fn lock_agent(
        &self,
        source: &str,
        id: &str,
        wait: Duration,
    ) -> Result<Option<AgentLock>, StoreError> {
        let name = format!("agent-{}", key(source, id));
        let lock = Locks::new(&self.dir, wait).try_named(&name, wait)?;
        Ok(lock.map(|lock| AgentLock { _lock: lock }))
    }

    /// Reads what an agent's session is at work in; `None` where nothing is known of it.
    pub fn agent_state(&self, source: &str, id: &str) -> Option<AgentState> {
        read(&self.agent_file(source, id)).filter(|state| state.id == id)
    }

    /// Lists what all agents' sessions are at work in.
    pub fn agent_states(&self) -> Vec<AgentState> {
        let entries = fs::read_dir(self.dir.join(FOLDER)).into_iter().flatten().flatten();
        entries.filter_map(|entry| read(&entry.path())).collect()
    }

    /// Keeps what an agent's session is at work in.
    pub fn put_agent_state(&self, source: &str, state: &AgentState) -> Result<(), StoreError> {
        let path = self.agent_file(source, &state.id);
        let text = serde_json::to_vec(state).map_err(|error| StoreError::io("write", &path)(error.into()))?;
        write_file(&path, &text, Durability::Batch).map_err(StoreError::io("write", &path))
    }

    fn agent_file(&self, source: &str, id: &str) -> PathBuf {
        self.dir.join(FOLDER).join(key(source, id))
    }
}

// An agent's id may be anything, also a path.
fn key(source: &str, id: &str) -> String {
    super::current::key(&format!("{source}\n{id}"))
}

fn read(path: &std::path::Path) -> Option<AgentState> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
