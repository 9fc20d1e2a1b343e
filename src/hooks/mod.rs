//! Hooks: what git and agents tell us, and how they come to tell it.
//!
//! Owns the events and the files that are installed; the scripts lie in the top-level `hooks/`.
//! Nothing here fails whoever called the hook, prints, or touches the code repository but for the
//! files of the hooks themselves and the message file that git hands to `prepare-commit-msg`.

mod claude;
mod commits;
mod current;
mod error;
mod folder;
mod install;
mod json_text;
mod push;
mod rewrite;
mod scene;
mod script;
mod spool;
mod trailers;
mod trial;

pub use claude::{
    AgentEvent, AgentHome, CLAUDE_CODE, SettingsPlan, claude_code, event_key, is_part_of_turn,
    plan_settings_install, plan_settings_uninstall, transcript_bytes,
};
pub use commits::{CaughtUp, catch_up};
pub use error::HookError;
pub use folder::{follow_commits, hooks_folder, user_hooks_folder};
pub use install::{
    HookAction, HookStep, apply_hook_steps, has_trailers_hook, is_installed, plan_install, plan_uninstall,
};
pub use push::pushed;
pub use rewrite::{Rewrite, rewritten};
pub use scene::{HookSettings, Inherited, Scene};
pub use script::{GIT_HOOKS, GitHook};
pub use spool::redacted;
pub use trailers::{MessageSource, prepare_message};
pub use trial::{HookState, TriedHook, try_hooks};
