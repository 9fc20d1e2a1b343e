//! Whether hooks do what they are for: each is run by git, in a project made for that.

use std::path::{Path, PathBuf};

use super::HookError;
use super::install::{is_installed, is_needed};
use super::script::GIT_HOOKS;
use crate::store::{Trailers, TrialProject};

/// How a hook does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HookState {
    /// Git ran it, and it did its work.
    Works,
    /// It is there, but nothing came of it.
    Silent,
    /// Ours is not in the file that git would run.
    Absent,
    /// It is not there, and no setting needs it.
    LeftOut,
}

/// A hook and how it does.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct TriedHook {
    /// Its name.
    pub hook: &'static str,
    /// Its file.
    pub path: PathBuf,
    /// How it does.
    pub state: HookState,
}

/// Tries the hooks of a folder: a commit, an amend, a merge and a push in a project made for that
/// below `place`. Only what is ours is run, not what else the files hold.
pub fn try_hooks(folder: &Path, place: &Path, trailers: Trailers) -> Result<Vec<TriedHook>, HookError> {
    let paths = GIT_HOOKS.iter().map(|hook| (hook.name, folder.join(hook.name)));
    let installed: Vec<(&str, PathBuf)> = paths.filter(|(_, path)| is_installed(path)).collect();
    let trial = TrialProject::new(place, &installed)?;
    if !installed.is_empty() {
        // What fails is seen by the hooks that did not run.
        let _ = play(&trial);
    }
    let tried = |name: &'static str| {
        let path = folder.join(name);
        let state = match (trial.has_fired(name), is_installed(&path)) {
            (true, _) => HookState::Works,
            (false, true) => HookState::Silent,
            (false, false) if is_needed(name, trailers) => HookState::Absent,
            (false, false) => HookState::LeftOut,
        };
        TriedHook { hook: name, path, state }
    };
    Ok(GIT_HOOKS.iter().map(|hook| tried(hook.name)).collect())
}

fn play(trial: &TrialProject) -> Result<(), HookError> {
    let commit = ["-q", "--no-verify", "--allow-empty", "-m"];
    trial.git("commit", &[&commit[..], &["one"]].concat())?;
    trial.git("branch", &["side"])?;
    trial.git("commit", &[&commit[..], &["two"]].concat())?;
    trial.git("commit", &[&["--amend"], &commit[..], &["two, amended"]].concat())?;
    trial.git("tag", &["newest"])?;
    trial.git("checkout", &["-q", "side"])?;
    trial.git("merge", &["-q", "newest"])?;
    let remote = trial.beside("remote").to_string_lossy().into_owned();
    trial.git("init", &["-q", "--bare", &remote])?;
    trial.git("push", &["-q", "--", &remote, "HEAD:refs/heads/trial"])?;
    Ok(())
}
