//! What happened to the code beside a run.

use super::git::Git;
use super::{CodeProject, GitError};

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
    let out = Git::in_project(project, "status", &["--porcelain", "--untracked-files=normal"]).text()?;
    Ok(!out.trim().is_empty())
}

/// Tells which commits `to` has and `from` has not, and what they changed together.
pub fn code_delta(project: &CodeProject, from: &str, to: &str) -> Result<CodeDelta, GitError> {
    let range = format!("{from}..{to}");
    let commits =
        Git::in_project(project, "rev-list", &["--max-count=1000", "--end-of-options", &range]).text()?;
    let numbers =
        Git::in_project(project, "diff", &["--numstat", "--no-ext-diff", "--end-of-options", from, to])
            .text()?;
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
