//! Who did something.

use serde::{Deserialize, Serialize};

use super::Extra;

/// A person or program, as Git names authors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name, free text.
    pub name: String,
    /// The mail address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Person {
    /// Names somebody.
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self { name: name.into(), email: email.into(), extra: Extra::new() }
    }
}
