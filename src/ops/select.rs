//! Which files of the context are meant.

use super::OpError;
use crate::model::{Conflict, ContextPath, DecisionId, FactKind, Key};

/// The files that a verb is told to keep to: kinds of files, folders, paths and keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    // What was asked for, and the files and folders that it may mean; all files where it is empty.
    wanted: Vec<(String, Vec<String>)>,
}

impl Selection {
    /// Selects by words: `context` for all, `knowledge`, `preferences`, `decisions`, `notes`, a
    /// path or folder below `context/`, a key, or a decision. No words select all.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self { wanted: words.into_iter().map(|word| (word.clone(), meanings(&word))).collect() }
    }

    /// Tells whether nothing is left out, because nothing was asked for.
    pub fn is_everything(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Tells whether a file is meant. The copy of a side that lost goes with its path.
    pub fn takes(&self, path: &ContextPath) -> bool {
        self.is_everything() || self.wanted.iter().any(|(_, names)| is_one_of(path, names))
    }

    /// Tells whether a conflict is about a file that is meant.
    pub fn takes_conflict(&self, conflict: &Conflict) -> bool {
        let path = conflict.path.as_deref().and_then(|path| path.parse::<ContextPath>().ok());
        path.is_some_and(|path| self.takes(&path))
    }

    /// Fails where a word means none of the files.
    pub fn check(&self, files: &[ContextPath], place: &str) -> Result<(), OpError> {
        let is_kind =
            |word: &str| matches!(word, "context" | "knowledge" | "preferences" | "decisions" | "notes");
        for (word, names) in &self.wanted {
            if !is_kind(word) && !files.iter().any(|path| is_one_of(path, names)) {
                return Err(OpError::NoContextFile { path: word.clone(), place: place.to_owned() });
            }
        }
        Ok(())
    }
}

fn is_one_of(path: &ContextPath, names: &[String]) -> bool {
    let path = path.conflict_owner().unwrap_or(path.as_str());
    let is_below =
        |name: &str| name.is_empty() || path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    names.iter().any(|name| name == path || is_below(name))
}

fn meanings(word: &str) -> Vec<String> {
    match word {
        "context" => return vec![String::new()],
        "notes" => return vec![ContextPath::NOTES.to_owned()],
        _ => {}
    }
    let path = word.strip_prefix("context/").unwrap_or(word).trim_end_matches('/');
    let mut names = vec![path.to_owned()];
    if let Ok(key) = word.parse::<Key>() {
        names.extend([FactKind::Knowledge, FactKind::Preference].map(|kind| kind.path(&key).to_string()));
    }
    if let Ok(decision) = word.parse::<DecisionId>() {
        names.push(decision.path().to_string());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_kinds_folders_paths_keys_and_decisions() {
        for (word, path, is_meant) in [
            ("context", "a/b.md", true),
            ("knowledge", "knowledge/port.md", true),
            ("knowledge", "preferences/port.md", false),
            ("port", "knowledge/port.md", true),
            ("port", "preferences/port.md", true),
            ("port", "knowledge/port.md.conflict-01234567", true),
            ("port", "knowledge/port/a.md", false),
            ("notes", "notes.md", true),
            ("docs", "docs/a.md", true),
            ("docs/", "docs/a.md", true),
            ("context/docs", "docs/a.md", true),
            ("docs", "docs2/a.md", false),
            ("2026-11-22-x-0000", "decisions/2026-11-22-x-0000.md", true),
        ] {
            let path: ContextPath = path.parse().expect("valid");
            assert_eq!(Selection::new([word.to_owned()]).takes(&path), is_meant, "{word} {path}");
        }
        assert!(Selection::default().takes(&"x".parse().expect("valid")));
    }
}
