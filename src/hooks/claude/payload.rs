//! What Claude Code sends to its hooks.

use std::path::{Path, PathBuf};

use serde_json::Value;
use uuid::Uuid;

use crate::hooks::HookError;

/// The longest id of a session that is taken, in bytes.
const ID_BYTES: usize = 200;

/// An event of the agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentEvent {
    /// Its name, such as `UserPromptSubmit`.
    pub name: String,
    /// The agent's own id of its session.
    pub session_id: String,
    /// Where the agent writes what it does.
    pub transcript: Option<PathBuf>,
    /// Why a session starts: `startup`, `resume`, `clear` or `compact`.
    pub source: Option<String>,
    /// What was asked.
    pub prompt: Option<String>,
    /// The id of that, in newer versions.
    pub prompt_id: Option<String>,
    /// What was answered last.
    pub answer: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// What went wrong, or why the session ends.
    pub reason: Option<String>,
}

impl AgentEvent {
    /// Reads an event; `None` where it is one of a subagent, which is part of a turn.
    pub fn parse(payload: &str, named: Option<&str>) -> Result<Option<Self>, HookError> {
        let bad = |why: &str| HookError::BadPayload(why.to_owned());
        let value: Value = serde_json::from_str(payload).map_err(|_| bad("it is not JSON"))?;
        // What a hooks adapter wraps, it keeps as it was.
        let value = value.get("raw").filter(|raw| raw.is_object()).unwrap_or(&value);
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let session_id = text("session_id").filter(|id| !id.is_empty() && id.len() <= ID_BYTES);
        let name = text("hook_event_name").or_else(|| named.map(str::to_owned));
        if value.get("agent_id").is_some_and(Value::is_string) {
            return Ok(None);
        }
        Ok(Some(Self {
            name: name.ok_or_else(|| bad("it has no name"))?,
            session_id: session_id.ok_or_else(|| bad("it has no session_id"))?,
            transcript: text("transcript_path").filter(|path| !path.is_empty()).map(PathBuf::from),
            source: text("source"),
            prompt: text("prompt").filter(|prompt| !prompt.trim().is_empty()),
            prompt_id: text("prompt_id"),
            answer: text("last_assistant_message").filter(|answer| !answer.trim().is_empty()),
            model: text("model"),
            reason: text("error").or_else(|| text("error_message")).or_else(|| text("reason")),
        }))
    }

    fn transcript_bytes(&self) -> u64 {
        let length = |path: &Path| std::fs::symlink_metadata(path).map_or(0, |found| found.len());
        self.transcript.as_deref().map_or(0, length)
    }
}

/// Tells whether an event begins or ends a turn. `named` is its name, where the payload has none.
pub fn is_part_of_turn(payload: &str, named: Option<&str>) -> bool {
    let names = ["UserPromptSubmit", "Stop", "StopFailure", "SessionEnd"];
    let event = AgentEvent::parse(payload, named).ok().flatten();
    event.is_some_and(|event| names.contains(&event.name.as_str()))
}

/// Returns how far the transcript is now, in bytes; 0 where there is none.
pub fn transcript_bytes(payload: &str) -> u64 {
    let event = AgentEvent::parse(payload, Some("")).ok().flatten();
    event.map_or(0, |event| event.transcript_bytes())
}

/// Returns what tells an event from all others, and is the same when it is sent twice: the id of the
/// prompt, or how far the transcript was when it came.
pub fn event_key(payload: &str) -> String {
    let Ok(Some(event)) = AgentEvent::parse(payload, Some("")) else { return String::new() };
    let at = event.transcript_bytes();
    let named = event.prompt_id.unwrap_or_else(|| format!("{at} {}", event.prompt.unwrap_or_default()));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}\n{named}", event.session_id).as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_makes_no_sense_is_an_error_and_a_subagent_is_part_of_a_turn() {
        for bad in
            ["", "{", "[]", "{}", r#"{"session_id": 7}"#, r#"{"session_id": ""}"#, r#"{"session_id":"s"}"#]
        {
            assert!(AgentEvent::parse(bad, None).is_err(), "{bad}");
        }
        let long = format!(r#"{{"hook_event_name":"Stop","session_id":"{}"}}"#, "x".repeat(201));
        assert!(AgentEvent::parse(&long, None).is_err());
        let sub = r#"{"hook_event_name":"Stop","session_id":"s","agent_id":"a"}"#;
        assert_eq!(AgentEvent::parse(sub, None).expect("readable"), None);
        let wrapped = r#"{"version":"a5c.hooks.v1","raw":{"session_id":"s","prompt":"hi"}}"#;
        let event = AgentEvent::parse(wrapped, Some("UserPromptSubmit")).expect("readable").expect("one");
        assert_eq!((event.name.as_str(), event.prompt.as_deref()), ("UserPromptSubmit", Some("hi")));
    }

    proptest! {
        #[test]
        fn no_payload_is_too_odd_to_be_read(text in ".*") {
            let _ = AgentEvent::parse(&text, Some("Stop"));
            let _ = event_key(&text);
        }
    }
}
