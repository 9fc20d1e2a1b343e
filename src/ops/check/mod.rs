//! Checking a store: that what it says of itself is so.

mod objects;
mod origin;
mod problem;
mod recount;
mod refs;
mod session;

pub use problem::{CheckReport, Problem, ProblemKind, Severity};
pub(super) use recount::recount;

use std::time::SystemTime;

use serde::Serialize;

use super::OpError;
use crate::store::{Depth, Store};

/// How much is looked at; each level does what those before it do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckLevel {
    /// Refs, the newest state of each session, and its totals, runs and conflicts counted again.
    #[default]
    Tips,
    /// Every commit, tree and record of every history, and what `git fsck --full --strict` says.
    Objects,
    /// Every byte of every file, read and hashed again.
    Data,
}

impl CheckLevel {
    fn depth(self) -> Depth {
        match self {
            Self::Tips | Self::Objects => Depth::Present,
            Self::Data => Depth::Content,
        }
    }
}

/// Checks a store. Whatever is found is in the report; an error means that nothing could be looked at.
///
/// `now` tells which lock files and temporary files are old enough to be a dead process's.
/// `progress` is told what is being looked at.
pub fn check(
    store: &Store,
    now: SystemTime,
    level: CheckLevel,
    progress: &dyn Fn(&str),
) -> Result<CheckReport, OpError> {
    let store = &store.untouched();
    let mut report = CheckReport::new(level);
    if refs::check(store, now, &mut report)? == refs::Verdict::Unreadable {
        return Ok(report);
    }
    let (sessions, _) = store.sessions()?;
    let kept = store.kept_commits()?;
    let mut verifier = store.verifier(level.depth());
    for session in &sessions {
        progress(&format!("checking {}", session.name));
        session::check(store, session, level, &kept, &mut verifier, &mut report);
    }
    report.objects = verifier.objects();
    if level >= CheckLevel::Objects {
        progress("git fsck");
        objects::check_with_git(store, &mut report);
    }
    Ok(report)
}
