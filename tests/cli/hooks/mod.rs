//! Git's hooks: what is installed, what git then tells us, and what becomes of it.

mod agents;
mod claude;
mod commits;
mod host;
mod install;
mod killed;
mod place;
mod projects;
mod told;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::env::{TestEnv, output};

/// Makes a place whose project has our hooks.
pub fn with_hooks() -> TestEnv {
    let env = TestEnv::new();
    env.ok(&["hooks", "install"]);
    // What a busy machine leaves for later is tested where that is meant.
    env.project_git(&["config", "session.hookDeadline", "60000"]);
    env
}

/// Returns how often to try what happens by chance; `HOOKS_TIMES=17` is what the promises say.
pub fn times() -> usize {
    std::env::var("HOOKS_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Makes a git command in a folder of the place, with a clock that ticks a second a commit.
pub fn git(env: &TestEnv, folder: &str, args: &[&str]) -> Command {
    let mut command = env.program("git");
    command.current_dir(env.path(folder)).args(args);
    command
}

/// Runs git in the project, which must succeed and say nothing of us; returns what it printed.
pub fn ok(env: &TestEnv, args: &[&str]) -> String {
    ok_in(env, "project", args)
}

/// Runs git in a folder of the place, which must succeed and say nothing of us.
pub fn ok_in(env: &TestEnv, folder: &str, args: &[&str]) -> String {
    let out = output(&mut git(env, folder, args));
    let error = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "git {args:?} must succeed: {error}");
    assert!(!error.contains("git-session"), "a hook has nothing to say: {error}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Commits a change of a file.
pub fn commit(env: &TestEnv, folder: &str, message: &str) {
    let file = env.path(folder).join("code.txt");
    let text = fs::read_to_string(&file).unwrap_or_default();
    fs::write(&file, format!("{text}{message}\n")).expect("written");
    ok_in(env, folder, &["commit", "-q", "-a", "-m", message]);
}

/// Returns the runs of the current session, the newest first.
pub fn runs(env: &TestEnv) -> Vec<Value> {
    env.json(&["runs"]).as_array().expect("a list").clone()
}

/// Returns the summaries of the current session's runs, the oldest first.
pub fn summaries(env: &TestEnv) -> Vec<String> {
    let text = |run: &Value| run["summary"].as_str().unwrap_or_default().to_owned();
    runs(env).iter().rev().map(text).collect()
}

/// Returns every file below a folder with its content and mode.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>, u32)> {
    use std::os::unix::fs::MetadataExt as _;

    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => {
                let mode = fs::symlink_metadata(&path).expect("there").mode();
                found.push((path.clone(), fs::read(&path).unwrap_or_default(), mode));
            }
        }
    }
    found.sort();
    found
}
