//! The one place that runs `git`.
//!
//! Fixed arguments, `--` before names, a cleared environment, nothing on stdin, and a time limit:
//! the user's hooks and settings must not run through us, and a `git` that hangs must not hang us.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::CodeProject;

/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Settings that keep the user's hooks and background work out of our calls.
const SETTINGS: [&str; 5] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// Why `git` gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// It could not be started.
    #[error("could not run git")]
    Start(#[source] std::io::Error),
    /// It took too long.
    #[error("git {command} took over {seconds} s")]
    Timeout {
        /// The subcommand.
        command: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// It failed.
    #[error("git {command} failed: {stderr}")]
    Failed {
        /// The subcommand.
        command: &'static str,
        /// What it said.
        stderr: String,
    },
}

/// What commits changed in a code repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeDelta {
    /// The commits, newest first.
    pub commits: Vec<String>,
    /// Files that they changed.
    pub files_changed: u64,
    /// Lines that they added.
    pub insertions: u64,
    /// Lines that they removed.
    pub deletions: u64,
}

/// Tells whether a work tree has changes that are not committed.
pub fn is_dirty(project: &CodeProject) -> Result<bool, GitError> {
    let out = git(project, "status", &["--porcelain", "--untracked-files=normal"])?;
    Ok(!out.trim().is_empty())
}

/// Tells which commits `to` has and `from` has not, and what they changed together.
pub fn code_delta(project: &CodeProject, from: &str, to: &str) -> Result<CodeDelta, GitError> {
    let range = format!("{from}..{to}");
    let commits = git(project, "rev-list", &["--max-count=1000", "--end-of-options", &range])?;
    let numbers = git(project, "diff", &["--numstat", "--no-ext-diff", "--end-of-options", from, to])?;
    let mut delta =
        CodeDelta { commits: commits.lines().map(str::to_owned).collect(), ..CodeDelta::default() };
    for line in numbers.lines() {
        let mut columns = line.split('\t').map(|column| column.parse::<u64>().unwrap_or(0));
        delta.files_changed += 1;
        delta.insertions += columns.next().unwrap_or(0);
        delta.deletions += columns.next().unwrap_or(0);
    }
    Ok(delta)
}

fn git(project: &CodeProject, command: &'static str, arguments: &[&str]) -> Result<String, GitError> {
    let mut git = command_in(project);
    git.arg(command).args(arguments);
    let mut child = git.spawn().map_err(GitError::Start)?;
    let out = reader(child.stdout.take());
    let err = reader(child.stderr.take());
    let status = wait(&mut child, command)?;
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    if status.success() {
        return Ok(out);
    }
    Err(GitError::Failed { command, stderr: crate::model::shown(err.trim()) })
}

fn command_in(project: &CodeProject) -> Command {
    let mut git = Command::new("git");
    // What a hook or an outer git exports would make a child git open another repository.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            git.env_remove(name);
        }
    }
    git.env_remove("LC_ALL")
        .env("LC_MESSAGES", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1");
    git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for setting in SETTINGS {
        git.arg("-c").arg(setting);
    }
    git.arg("--no-pager").arg("--no-optional-locks");
    git.arg("-C").arg(project.work_dir.as_deref().unwrap_or(Path::new(&project.git_dir)));
    git
}

// Both pipes are emptied while git runs; a full one would make it wait for ever.
fn reader(pipe: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, command: &'static str) -> Result<std::process::ExitStatus, GitError> {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().map_err(GitError::Start)? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(GitError::Timeout { command, seconds: LIMIT.as_secs() });
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
