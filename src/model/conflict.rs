//! What could not be merged and was kept twice.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Extra;

/// How two sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConflictKind {
    /// Both changed a text file in the same place, or one fact.
    Content,
    /// Both changed a file that is no text.
    Binary,
    /// One side removed what the other changed; the change was kept.
    Deleted,
    /// Two names that cannot stand side by side: a file and a folder, or equal but for case.
    Clash,
    /// Both changed one field of the manifest.
    Field,
}

/// One open conflict. A side that lost its path is kept as `copy`; a losing field value, in the entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The file, relative to `context/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The field of the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How the sides differ.
    pub kind: ConflictKind,
    /// The file that keeps the other side, relative to `context/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    /// What won: the blob's id, or the field's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<Value>,
    /// What lost: the blob's id, or the field's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Value>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Conflict {
    /// Makes the entry of a file.
    pub fn of_path(path: &str, kind: ConflictKind) -> Self {
        Self {
            path: Some(path.to_owned()),
            field: None,
            kind,
            copy: None,
            ours: None,
            theirs: None,
            extra: Extra::new(),
        }
    }

    /// Makes the entry of a manifest field.
    pub fn of_field(field: &str, ours: Value, theirs: Value) -> Self {
        Self {
            path: None,
            field: Some(field.to_owned()),
            kind: ConflictKind::Field,
            copy: None,
            ours: Some(ours),
            theirs: Some(theirs),
            extra: Extra::new(),
        }
    }

    /// Returns what the conflict is about: a path, or a field of the manifest.
    pub fn subject(&self) -> &str {
        self.path.as_deref().or(self.field.as_deref()).unwrap_or("?")
    }

    /// Returns what makes two entries the same conflict.
    pub(super) fn identity(&self) -> (Option<&str>, Option<&str>, Option<&str>, String) {
        let value = if self.copy.is_none() { format!("{:?}", self.theirs) } else { String::new() };
        (self.path.as_deref(), self.field.as_deref(), self.copy.as_deref(), value)
    }
}
