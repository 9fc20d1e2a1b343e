//! Merging once more what was merged and taken back.

use crate::model::Change;
use crate::ops::OpError;
use crate::ops::changes::{ChangeRow, changes_behind};
use crate::store::{CommitId, Snapshot, Store};

/// An earlier merge of the same history.
pub(super) struct Earlier {
    /// What it followed: the session as it was, and the state that was merged.
    pub(super) parents: (CommitId, CommitId),
    /// Whether it was taken back.
    pub(super) is_undone: bool,
}

/// Finds the merge that brought a state in: the oldest of those that were taken back since the last
/// one that holds, or else that one.
pub(super) fn earlier_merge(
    store: &Store,
    tip: &Snapshot,
    from: CommitId,
) -> Result<Option<Earlier>, OpError> {
    let mut found = None;
    let is_merge = |row: &ChangeRow| row.verb == Change::Merge.as_str();
    for row in changes_behind(store, tip, usize::MAX)?.into_iter().filter(is_merge) {
        let step = store.step(row.commit)?;
        let [ours, theirs] = step.parents.as_slice() else { continue };
        if !store.is_behind(*theirs, from)? {
            continue;
        }
        let earlier = Earlier { parents: (*ours, *theirs), is_undone: row.undone };
        if row.undone {
            found = Some(earlier);
        } else {
            return Ok(found.or(Some(earlier)));
        }
    }
    Ok(found)
}
