//! Removing a session. It goes to the trash, from where Git alone can bring it back.

use super::change::current_tip;
use super::{Env, OpError};
use crate::model::SessionId;
use crate::store::{CommitId, Mark, SessionRef, Store};

/// A session that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Its id.
    pub id: SessionId,
    /// What it was about.
    pub title: String,
    /// The branch that it had.
    pub branch: String,
    /// The commit that it was at.
    pub commit: CommitId,
    /// The ref that keeps it.
    pub trash: String,
}

/// Moves a session to the trash. One with open runs is not removed.
pub fn remove(store: &Store, env: &Env, session: &SessionRef) -> Result<Removed, OpError> {
    let writer = store.lock_everything()?;
    let tip = store.snapshot(current_tip(store, session)?)?;
    let open = store.open_runs(Some(tip.manifest.id))?;
    if !open.is_empty() {
        let runs = open.iter().map(|open| open.run.short()).collect();
        return Err(OpError::HasOpenRuns { session: session.name.to_string(), runs });
    }
    let mark = Mark { who: &env.identity, at: env.now(), log: "rm" };
    let trash = writer.trash(tip.manifest.id, &session.name, tip.commit, mark)?;
    Ok(Removed {
        id: tip.manifest.id,
        title: tip.manifest.title,
        branch: session.name.branch(),
        commit: tip.commit,
        trash,
    })
}
