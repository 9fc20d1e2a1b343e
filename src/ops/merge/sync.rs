//! Joining two tips of one session so that everybody who does it makes the same commit.

use super::base::base_of;
use super::state::{AUTHOR, Tips, last_finish};
use crate::model::{Change, CommitMessage, Conflict, Person};
use crate::ops::merge_context::{Loser, settle};
use crate::ops::{OpError, Selection};
use crate::store::{Batch, CommitId, NewCommit};

/// Two tips of a session made one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SyncMerge {
    /// The tip that has both; one of the two where it follows the other.
    pub commit: CommitId,
    /// The conflicts that were kept twice.
    pub conflicts: Vec<Conflict>,
}

/// Merges two tips of one session. The commit depends on nothing but the two, in whatever order
/// they are given; it lies in the batch, for the caller to store.
///
/// The side whose last run finished later takes what both changed, or the one with the larger id.
pub fn sync_merge(batch: &mut Batch, a: CommitId, b: CommitId) -> Result<SyncMerge, OpError> {
    batch.of_what_is_stored(|batch| merge_tips(batch, a, b))
}

fn merge_tips(batch: &mut Batch, a: CommitId, b: CommitId) -> Result<SyncMerge, OpError> {
    let (a, b) = (batch.view().snapshot(a)?, batch.view().snapshot(b)?);
    let key = |tip: &crate::store::Snapshot| (last_finish(tip), tip.commit);
    let (winner, loser) = if key(&a) > key(&b) { (&a, &b) } else { (&b, &a) };
    if winner.manifest.id != loser.manifest.id {
        let why = format!("{} and {} are two sessions", winner.manifest.id, loser.manifest.id);
        return Err(OpError::CannotMerge(why));
    }
    let (divergence, base) = base_of(batch, winner.manifest.id, winner.commit, loser.commit)?;
    for (below, other) in [(winner, loser), (loser, winner)] {
        if divergence.bases == [below.commit] {
            return Ok(SyncMerge { commit: other.commit, conflicts: Vec::new() });
        }
    }
    let tips = Tips { current: winner, incoming: loser };
    let policy = tips.policy(Loser::Kept);
    let mut joined = tips.join(batch, &divergence, &base, policy, &Selection::default())?;
    let root = settle(batch, joined.files.root, &mut joined.manifest.conflicts)?;
    let edit = batch.manifest_edit(&mut joined.manifest)?;
    let tree = batch.edit_tree(Some(root), &[edit])?;
    let mut parents = [winner.commit, loser.commit];
    parents.sort();
    let at = winner.committed_at.max(loser.committed_at);
    let subject = format!("sync {} and {}", parents[0].short(), parents[1].short());
    let commit = batch.commit(&NewCommit {
        tree,
        parents: &parents,
        author: &Person::new(AUTHOR.0, AUTHOR.1),
        authored_at: at,
        committed_at: at,
        message: &CommitMessage::of_change(Change::Merge, winner.manifest.id, subject),
    })?;
    Ok(SyncMerge { commit, conflicts: joined.conflicts })
}
