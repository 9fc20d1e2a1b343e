//! What a history is asked about: a key, a path or a decision.

use std::str::FromStr;

use super::OpError;
use crate::model::{ContextPath, DecisionId, FactKind, Key, PathError};
use crate::store::{SessionRef, Snapshot, Store};

/// How alike a name must be to be suggested (Jaro-Winkler).
const ALIKE: f64 = 0.8;
/// How many names a message lists.
const LISTED: usize = 5;

/// A key, a path or a decision as people type it: whichever of the files it may name there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// What was typed.
    pub word: String,
    paths: Vec<ContextPath>,
}

impl Topic {
    /// The files that it may name: a file, a fact, a preference, a decision.
    pub fn paths(&self) -> &[ContextPath] {
        &self.paths
    }

    /// Tells whether a file is what is named, or lies in the folder that is.
    pub fn names(&self, path: &ContextPath) -> bool {
        self.paths.iter().any(|named| named == path || named.is_folder_of(path))
    }
}

/// Says that nothing in a history was ever called so.
pub(super) fn never_there(store: &Store, topic: &Topic, session: Option<&SessionRef>) -> OpError {
    let place = session.map_or("any session".to_owned(), |session| format!("session {}", session.name));
    let state = session.and_then(|session| store.snapshot(session.tip).ok());
    let near = state.map(|state| alike(store, &topic.word, &state)).unwrap_or_default();
    OpError::NeverThere { word: topic.word.clone(), place, near }
}

/// Says that nothing in a state of a session is called so.
pub(super) fn not_there(store: &Store, word: &str, session: &SessionRef, state: &Snapshot) -> OpError {
    let place = format!("session {}", session.name);
    OpError::NotThere { word: word.to_owned(), place, near: alike(store, word, state) }
}

fn alike(store: &Store, word: &str, state: &Snapshot) -> Vec<String> {
    let files = store.context_files(state.root).unwrap_or_default();
    let names = files.keys().map(name_of).filter(|name| strsim::jaro_winkler(word, name) > ALIKE);
    names.take(LISTED).collect()
}

// A fact by its key, any other file by its path.
fn name_of(path: &ContextPath) -> String {
    let key = FactKind::Knowledge.key(path).or_else(|| FactKind::Preference.key(path));
    key.map_or_else(|| path.to_string(), |key| key.to_string())
}

impl FromStr for Topic {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let word = text.strip_prefix("context/").unwrap_or(text);
        let word = word.strip_suffix('/').unwrap_or(word);
        let mut paths = Vec::new();
        if let Ok(key) = word.parse::<Key>() {
            paths.extend([FactKind::Knowledge, FactKind::Preference].map(|kind| kind.path(&key)));
        }
        paths.extend(word.parse::<DecisionId>().ok().map(|id| id.path()));
        match word.parse() {
            Ok(path) => paths.insert(0, path),
            Err(error) if paths.is_empty() => return Err(error),
            Err(_) => {}
        }
        Ok(Self { word: text.to_owned(), paths })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_files_facts_decisions_and_what_lies_below() {
        let names = |word: &str, path: &str| {
            let topic: Topic = word.parse().expect("a topic");
            topic.names(&path.parse().expect("a path"))
        };
        for (word, path) in [
            ("build.command", "knowledge/build.command.md"),
            ("build.command", "preferences/build.command.md"),
            ("notes.md", "notes.md"),
            ("context/notes.md", "notes.md"),
            ("docs/", "docs/plan.md"),
            ("2026-11-22-x-0000", "decisions/2026-11-22-x-0000.md"),
        ] {
            assert!(names(word, path), "{word} names {path}");
        }
        for (word, path) in [("build", "knowledge/build.command.md"), ("doc", "docs/plan.md")] {
            assert!(!names(word, path), "{word} does not name {path}");
        }
        assert!("../x".parse::<Topic>().is_err() && "".parse::<Topic>().is_err());
    }
}
