//! What a fact said at one commit.

use serde::Serialize;

use crate::model::{FactKind, Key};
use crate::ops::fact::read_value;
use crate::store::{FileChange, Store};

/// What a commit made of one fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FactValue {
    /// Its key.
    pub key: Key,
    /// What kind of fact it is.
    pub kind: FactKind,
    /// What it says since then; `None` where it was removed.
    pub value: Option<String>,
}

impl FactValue {
    /// Reads what a change made of a fact; `None` where the file is no fact.
    pub(super) fn read(store: &Store, change: &FileChange) -> Option<Self> {
        let of_kind = |kind: FactKind| Some((kind, kind.key(&change.path)?));
        let (kind, key) = of_kind(FactKind::Knowledge).or_else(|| of_kind(FactKind::Preference))?;
        let value = change.new.map(|file| {
            read_value(store, file.blob)
                .unwrap_or_else(|error| format!("(damaged: {})", crate::ops::list::describe(&error)))
        });
        Some(Self { key, kind, value })
    }
}
