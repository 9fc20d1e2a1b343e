//! Commits that an amend or a rebase replaced by others.

use super::commits::{carry, catch_up_after_rewrite};
use super::{CaughtUp, HookError, Scene, catch_up};
use crate::store::CodeRepo;

/// What rewrote the commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rewrite {
    /// `git commit --amend`.
    Amend,
    /// `git rebase`.
    Rebase,
}

/// Hands the links of rewritten commits on. `pairs` is what git hands to `post-rewrite`: an old and
/// a new id a line.
pub fn rewritten(scene: &Scene<'_>, rewrite: Rewrite, pairs: &str) -> Result<CaughtUp, HookError> {
    let repo = CodeRepo::open(scene.project)?;
    for line in pairs.lines() {
        let mut words = line.split_whitespace();
        if let (Some(old), Some(new)) = (words.next(), words.next())
            && let Ok(new) = repo.commit(new)
        {
            carry(scene, &repo, old, &new)?;
        }
    }
    match rewrite {
        Rewrite::Amend => catch_up(scene),
        Rewrite::Rebase => catch_up_after_rewrite(scene),
    }
}
