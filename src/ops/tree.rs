//! Sessions with their forks.

use std::collections::HashSet;

use serde::Serialize;

use super::SessionRow;
use crate::model::SessionId;

/// A session and how deep it lies among the forks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TreeRow {
    /// 0 where it is no fork, or the session that it was forked from is not listed; else one more
    /// than that of that session.
    pub depth: usize,
    /// The session.
    #[serde(flatten)]
    pub row: SessionRow,
}

/// Puts each session behind the one that it was forked from; those of one session keep their order.
pub fn fork_tree(rows: Vec<SessionRow>) -> Vec<TreeRow> {
    let listed: HashSet<SessionId> = rows.iter().map(|row| row.id).collect();
    let origin = |row: &SessionRow| row.origin.as_ref().map(|origin| origin.session);
    let is_root = |row: &SessionRow| origin(row).is_none_or(|origin| !listed.contains(&origin));
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    let (roots, forks): (Vec<&SessionRow>, Vec<&SessionRow>) = rows.iter().partition(|row| is_root(row));
    // What is written in manifests may say that two sessions are forks of each other.
    for root in roots.into_iter().chain(forks.iter().copied()) {
        let mut next = vec![(0, root)];
        while let Some((depth, row)) = next.pop() {
            if seen.insert(row.id) {
                order.push((depth, row.id));
                let below = forks.iter().rev().filter(|fork| origin(fork) == Some(row.id));
                next.extend(below.map(|fork| (depth + 1, *fork)));
            }
        }
    }
    let mut rows: Vec<Option<SessionRow>> = rows.into_iter().map(Some).collect();
    let mut take = |id: SessionId| {
        let slot = rows.iter_mut().find(|row| row.as_ref().is_some_and(|row| row.id == id));
        slot.and_then(Option::take)
    };
    order.into_iter().filter_map(|(depth, id)| Some(TreeRow { depth, row: take(id)? })).collect()
}
