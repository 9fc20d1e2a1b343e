//! Joining two tips of one session so that everybody who does it makes the same commit, and every
//! order of doing it ends in the same files.
//!
//! What is merged are not the two tips but what people made: a sync merge among the tips only joins
//! others, so those are taken in its place, and all of them are merged in an order of their own.

use std::collections::HashMap;

use super::base::base_of;
use super::state::{AUTHOR, Tips, last_finish};
use crate::model::{Change, CommitMessage, Conflict, Person, SessionId};
use crate::ops::merge_context::{Loser, settle};
use crate::ops::{OpError, Selection};
use crate::store::{Batch, CommitId, NewCommit, Snapshot, Step, TreeId};

/// How many sync merges on top of one another are seen through. Below that, one stands for what it
/// joins.
const DEPTH: usize = 16;

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
/// they are given, and its files on nothing but what people made; it lies in the batch, for the
/// caller to store.
///
/// The tip whose last run finished later takes what several changed, or the one with the larger id.
pub fn sync_merge(batch: &mut Batch, a: CommitId, b: CommitId) -> Result<SyncMerge, OpError> {
    batch.of_what_is_stored(|batch| merge_tips(batch, a, b))
}

fn merge_tips(batch: &mut Batch, a: CommitId, b: CommitId) -> Result<SyncMerge, OpError> {
    let (one, other) = (batch.view().snapshot(a)?, batch.view().snapshot(b)?);
    one.check_writable()?;
    other.check_writable()?;
    if one.manifest.id != other.manifest.id {
        let why = format!("{} and {} are two sessions", one.manifest.id, other.manifest.id);
        return Err(OpError::CannotMerge(why));
    }
    let mut syncs = Syncs::new(batch, one.manifest.id);
    if let Some(older) = syncs.older_of(a, b)? {
        let commit = if older == a { b } else { a };
        return Ok(SyncMerge { commit, conflicts: Vec::new() });
    }
    let merged = syncs.merge([a, b], 0)?;
    Ok(SyncMerge { commit: merged.commit, conflicts: merged.conflicts })
}

/// What sync merges are made of, as far as it is known.
struct Syncs<'a> {
    batch: &'a mut Batch,
    session: SessionId,
    // Of two tips, the one that the other follows.
    older: HashMap<[CommitId; 2], Option<CommitId>>,
    // Two states that were joined on the way.
    joined: HashMap<[CommitId; 2], (CommitId, Vec<Conflict>)>,
    // The tips that a commit joins.
    tips: HashMap<CommitId, Vec<CommitId>>,
}

/// A sync merge, and the tips that it joins.
struct Made {
    commit: CommitId,
    tips: Vec<CommitId>,
    conflicts: Vec<Conflict>,
}

impl<'a> Syncs<'a> {
    fn new(batch: &'a mut Batch, session: SessionId) -> Self {
        let (older, joined, tips) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { batch, session, older, joined, tips }
    }

    fn merge(&mut self, of: [CommitId; 2], depth: usize) -> Result<Made, OpError> {
        let mut tips = Vec::new();
        for commit in of {
            tips.extend(self.tips_of(commit, depth)?);
        }
        let tips = self.newest_last(tips)?;
        let (mut state, mut conflicts) = (tips.first().copied().unwrap_or(of[0]), Vec::new());
        for tip in tips.iter().skip(1) {
            let (joined, new) = self.join(*tip, state)?;
            state = joined;
            conflicts.extend(new);
        }
        let root = self.batch.view().step(state)?.root;
        Ok(Made { commit: self.commit(root, of)?, tips, conflicts })
    }

    /// Returns what people made that a commit joins: itself, where it is no sync merge.
    // Only what comes out the same when it is done again is one, whatever its message says: else
    // what it holds would be passed over.
    fn tips_of(&mut self, commit: CommitId, depth: usize) -> Result<Vec<CommitId>, OpError> {
        if let Some(known) = self.tips.get(&commit) {
            return Ok(known.clone());
        }
        let mut tips = vec![commit];
        if let Some(parents) = sync_parents(&self.batch.view().step(commit)?).filter(|_| depth < DEPTH) {
            let again = self.merge(parents, depth + 1)?;
            if again.commit == commit {
                tips = again.tips;
            }
        }
        self.tips.insert(commit, tips.clone());
        Ok(tips)
    }

    /// Leaves out the tips that others follow, and puts those that win last.
    fn newest_last(&mut self, mut tips: Vec<CommitId>) -> Result<Vec<CommitId>, OpError> {
        tips.sort();
        tips.dedup();
        let mut older = Vec::new();
        for (at, tip) in tips.iter().enumerate() {
            for other in tips.iter().skip(at + 1) {
                older.extend(self.older_of(*tip, *other)?);
            }
        }
        tips.retain(|tip| !older.contains(tip));
        let finish = |tip: &CommitId| Ok((last_finish(&self.batch.view().snapshot(*tip)?), *tip));
        let mut newest = tips.iter().map(finish).collect::<Result<Vec<_>, OpError>>()?;
        newest.sort();
        Ok(newest.into_iter().map(|(_, tip)| tip).collect())
    }

    fn older_of(&mut self, a: CommitId, b: CommitId) -> Result<Option<CommitId>, OpError> {
        if let Some(known) = self.older.get(&[a, b]) {
            return Ok(*known);
        }
        let bases = self.batch.view().divergence(a, b)?.bases;
        let older = [a, b].into_iter().find(|tip| bases == [*tip]);
        self.older.insert([a, b], older);
        Ok(older)
    }

    fn join(&mut self, winner: CommitId, loser: CommitId) -> Result<(CommitId, Vec<Conflict>), OpError> {
        let both = [winner, loser];
        if let Some(known) = self.joined.get(&both) {
            return Ok(known.clone());
        }
        let [current, incoming] = both.map(|tip| self.batch.view().snapshot(tip));
        let (root, conflicts) = self.joined_root(&current?, &incoming?)?;
        let joined = (self.commit(root, both)?, conflicts);
        self.joined.insert(both, joined.clone());
        Ok(joined)
    }

    fn joined_root(
        &mut self,
        current: &Snapshot,
        incoming: &Snapshot,
    ) -> Result<(TreeId, Vec<Conflict>), OpError> {
        let batch = &mut *self.batch;
        let (divergence, base) = base_of(batch, self.session, current.commit, incoming.commit)?;
        let tips = Tips { current, incoming };
        let policy = tips.policy(Loser::Kept);
        let mut joined = tips.join(batch, &divergence, &base, policy, &Selection::default())?;
        let root = settle(batch, joined.files.root, &mut joined.manifest.conflicts)?;
        let edit = batch.manifest_edit(&mut joined.manifest)?;
        Ok((batch.edit_tree(Some(root), &[edit])?, joined.conflicts))
    }

    fn commit(&mut self, tree: TreeId, mut parents: [CommitId; 2]) -> Result<CommitId, OpError> {
        parents.sort();
        let subject = format!("sync {} and {}", parents[0].short(), parents[1].short());
        let [a, b] = parents.map(|parent| self.batch.view().step(parent));
        let at = a?.committed_at.max(b?.committed_at);
        Ok(self.batch.commit(&NewCommit {
            tree,
            parents: &parents,
            author: &author(),
            authored_at: at,
            committed_at: at,
            message: &CommitMessage::of_change(Change::Merge, self.session, subject),
        })?)
    }
}

fn author() -> Person {
    Person::new(AUTHOR.0, AUTHOR.1)
}

fn sync_parents(step: &Step) -> Option<[CommitId; 2]> {
    let is_merge = step.change() == Change::Merge.as_str() && step.author == author();
    step.parents.as_slice().try_into().ok().filter(|_| is_merge)
}
