//! How a session here and the same session on a remote stand to each other.

use crate::store::{CommitId, Store, StoreError};

/// How a session here and the same session on a remote stand to each other. There are five cases
/// and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// It is there and not here: it is taken.
    NewThere,
    /// Both are the same: nothing is done.
    Same,
    /// We have all that is there, and more: it can be pushed.
    Ahead,
    /// All that we have is there, and more: our branch moves on.
    FastForward,
    /// Each has what the other has not: both are merged.
    Diverged,
}

impl Case {
    /// Tells which it is, by the two tips. Both must be in the store.
    pub fn of(store: &Store, ours: Option<CommitId>, theirs: CommitId) -> Result<Self, StoreError> {
        let Some(ours) = ours else { return Ok(Self::NewThere) };
        if ours == theirs {
            return Ok(Self::Same);
        }
        let bases = store.divergence(ours, theirs)?.bases;
        Ok(match bases.as_slice() {
            [base] if *base == theirs => Self::Ahead,
            [base] if *base == ours => Self::FastForward,
            _ => Self::Diverged,
        })
    }
}
