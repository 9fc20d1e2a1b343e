//! Commits of the code and the runs that they belong to, as text.

use super::{safe_line, style};
use crate::ops::{CodeRun, FoundBy, RunCodeCommit};

/// Lists commits with the runs that they belong to.
pub(crate) fn code_runs(runs: &[CodeRun]) -> String {
    let same_commit = |a: &CodeRun, b: &CodeRun| a.commit == b.commit;
    runs.chunk_by(same_commit).map(commit).collect()
}

fn commit(runs: &[CodeRun]) -> String {
    let head = runs.first().map(|run| {
        format!("{} {}\n", style::paint(style::LIVE, short(&run.commit)), safe_line(&run.subject))
    });
    let line = |run: &CodeRun| {
        let by = match run.found_by {
            FoundBy::Rewritten => ", rewritten since",
            FoundBy::SameChange => ", by a commit that changes the same",
            FoundBy::Commit => "",
        };
        format!(
            "         {} {} {} {}\n",
            style::paint(style::ID, run.run.short()),
            style::paint(style::of_status(run.status), run.status),
            safe_line(&run.summary),
            style::paint(
                style::FAINT,
                format!("(in {}{by})", safe_line(run.session_branch.trim_start_matches("session/")))
            ),
        )
    };
    head.into_iter().chain(runs.iter().map(line)).collect()
}

/// Lists the commits of a run.
pub(crate) fn run_commits(commits: &[RunCodeCommit]) -> String {
    let line = |commit: &RunCodeCommit| {
        let state = match (commit.reachable, &commit.was) {
            (Some(false), _) => " (nothing leads to it any more)".to_owned(),
            (_, Some(was)) => format!(" (was {})", short(was)),
            _ => String::new(),
        };
        let subject = commit.subject.as_deref().map(safe_line).unwrap_or_default();
        format!(
            "  {} {subject}{}\n",
            style::paint(style::LIVE, short(&commit.commit)),
            style::paint(style::FAINT, state)
        )
    };
    commits.iter().map(line).collect()
}

fn short(commit: &str) -> String {
    safe_line(&commit.chars().take(8).collect::<String>())
}
