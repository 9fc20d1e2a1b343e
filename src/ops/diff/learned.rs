//! Facts and decisions that differ, by key and by id.

use serde::Serialize;

use super::file::FileChangeKind;
use crate::model::{Decision, DecisionId, DecisionStatus, FactKind, Key};
use crate::ops::{OpError, decide, fact};
use crate::store::{ContextFile, FileChange, Store};

/// A fact that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FactChange {
    /// Its key.
    pub key: Key,
    /// `added`, `removed` or `modified`.
    pub change: FileChangeKind,
    /// The value before.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
}

/// A decision that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DecisionChange {
    /// Its id.
    pub id: DecisionId,
    /// What became of it.
    pub change: DecisionChangeKind,
    /// Whether `change` and the fields that are told say all that differs.
    #[serde(skip)]
    pub is_told: bool,
    /// What it says now; what it said, where it was removed.
    #[serde(flatten)]
    pub decision: Decision,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecisionChangeKind {
    /// It was made.
    Made,
    /// Another one took its place.
    Superseded,
    /// It was turned down.
    Rejected,
    /// It holds again.
    Accepted,
    /// It says something else.
    Changed,
    /// It was taken away.
    Removed,
}

/// Lists the facts of a kind that differ, by key.
pub(super) fn fact_changes(
    store: &Store,
    changes: &[FileChange],
    kind: FactKind,
) -> Result<Vec<FactChange>, OpError> {
    let value = |file: Option<ContextFile>| file.map(|f| fact::read_value(store, f.blob)).transpose();
    let mut found = Vec::new();
    for change in changes {
        let Some(key) = kind.key(&change.path) else { continue };
        let (old, new) = (value(change.old)?, value(change.new)?);
        // Whether a fact's file may be executed is nothing that a fact says.
        if old != new {
            found.push(FactChange { key, change: change_kind(change), old, new });
        }
    }
    Ok(found)
}

fn change_kind(change: &FileChange) -> FileChangeKind {
    match (change.old, change.new) {
        (None, _) => FileChangeKind::Added,
        (_, None) => FileChangeKind::Removed,
        _ => FileChangeKind::Modified,
    }
}

/// Lists the decisions that differ, by id. Files that are no decisions are left to be compared by lines.
pub(super) fn decision_changes(store: &Store, changes: &[FileChange]) -> Vec<DecisionChange> {
    let of = |change: &FileChange| {
        let id = DecisionId::of_path(&change.path)?;
        let read = |file: Option<ContextFile>| {
            file.and_then(|file| decide::read_decision(store, id.clone(), file).ok()).map(|row| row.decision)
        };
        let (old, new) = (read(change.old), read(change.new));
        let kind = decision_kind(old.as_ref(), new.as_ref())?;
        let is_told = is_told(old.as_ref(), new.as_ref());
        Some(DecisionChange { id: id.clone(), change: kind, is_told, decision: new.or(old)? })
    };
    changes.iter().filter_map(of).collect()
}

fn decision_kind(old: Option<&Decision>, new: Option<&Decision>) -> Option<DecisionChangeKind> {
    let Some(new) = new else { return old.map(|_| DecisionChangeKind::Removed) };
    let changed = match (old.map(|old| old.status), new.status) {
        (None, DecisionStatus::Accepted) => DecisionChangeKind::Made,
        (Some(old), new) if old == new => DecisionChangeKind::Changed,
        (_, DecisionStatus::Accepted) => DecisionChangeKind::Accepted,
        (_, DecisionStatus::Superseded) => DecisionChangeKind::Superseded,
        (_, DecisionStatus::Rejected) => DecisionChangeKind::Rejected,
    };
    (old != Some(new)).then_some(changed)
}

// What stands in the text behind the front matter, or in fields of other programs, is not told.
fn is_told(old: Option<&Decision>, new: Option<&Decision>) -> bool {
    let is_plain = |decision: &Decision| decision.body.is_empty() && decision.extra.is_empty();
    match (old, new) {
        (Some(old), Some(new)) => {
            let mut expected = old.clone();
            expected.status = new.status;
            expected.superseded_by = new.superseded_by.clone();
            expected.rejected_because = new.rejected_because.clone();
            expected == *new
        }
        (old, new) => old.or(new).is_some_and(is_plain),
    }
}
