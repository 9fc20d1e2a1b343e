//! Claude Code: its hooks tell when a session of its own starts, when it is asked something, and
//! when it has answered.
//!
//! A prompt begins a run, and the answer ends it. The first prompt starts a session where none is
//! current. What the agent sends is data: it names no file but the transcript in the agent's own
//! folder, and no session but by the id that it gave itself.

mod injected;
mod payload;
mod settings;
mod transcript;
mod turn;

use super::{HookError, Scene};
use crate::store::has_new_head_moves;

pub use payload::{AgentEvent, event_key, is_part_of_turn, transcript_bytes};
pub use settings::{SettingsPlan, plan_settings_install, plan_settings_uninstall};

/// The name of the agent, in records and in the ids that it gave sessions.
pub const CLAUDE_CODE: &str = "claude-code";

/// Where the agent keeps what it does.
#[derive(Debug, Clone, Default)]
pub struct AgentHome {
    /// The folders in which a transcript may lie.
    pub folders: Vec<std::path::PathBuf>,
}

/// Handles an event of Claude Code. `named` is the event's name, where the payload has none; `key` is
/// the same for the same event. `transcript_bytes` is how far the transcript was when it came: done
/// later, it is longer. Returns what is to be printed for the agent.
pub fn claude_code(
    scene: &Scene<'_>,
    home: &AgentHome,
    named: Option<&str>,
    key: &str,
    transcript_bytes: u64,
    payload: &str,
) -> Result<Option<String>, HookError> {
    let Some(event) = AgentEvent::parse(payload, named)? else { return Ok(None) };
    let store = scene.store;
    let wait = scene.settings.deadline;
    let _lock = store.lock_agent(CLAUDE_CODE, &event.session_id, wait)?.ok_or(HookError::Busy)?;
    let agent = turn::Agent { scene, home, event: &event };
    // What was committed until now belongs to the turn that is ending, not to the next one.
    if has_new_head_moves(store.dir(), scene.project)
        && let Err(HookError::Busy) = super::catch_up(scene)
    {
        return Err(HookError::Busy);
    }
    match event.name.as_str() {
        "SessionStart" => agent.start(),
        "UserPromptSubmit" => agent.prompt(key, transcript_bytes).map(|()| None),
        "Stop" => agent.stop().map(|()| None),
        "StopFailure" => agent.fail().map(|()| None),
        "SessionEnd" => agent.end().map(|()| None),
        // The others say nothing about a turn.
        _ => Ok(None),
    }
}
