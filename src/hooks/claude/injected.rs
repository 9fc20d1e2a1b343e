//! The brief that an agent gets without asking.

use serde_json::json;

use crate::hooks::{HookError, Scene};
use crate::ops::{BriefOptions, brief, is_shared};
use crate::store::{Inject, SessionRef};

/// The longest brief that is handed over, in tokens.
const TOKENS: usize = 2000;

/// Returns what is printed so that the agent reads the brief of a session; `None` where it is to get
/// none. What came from a remote is fenced in the brief itself.
pub(super) fn context(
    scene: &Scene<'_>,
    session: &SessionRef,
    event: &str,
) -> Result<Option<String>, HookError> {
    let is_wanted = match scene.settings.inject {
        Inject::All => true,
        Inject::Local => !is_shared(scene.store, session)?,
        _ => false,
    };
    if !is_wanted {
        return Ok(None);
    }
    let text = brief(scene.store, session, &BriefOptions::default().with_max_tokens(TOKENS))?;
    let output = json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}});
    Ok(Some(format!("{output}\n")))
}
