//! Keys of knowledge and preferences.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::path::is_device;
use super::{ContextPath, shown};

/// The most segments of a key.
const SEGMENTS: usize = 8;
/// The most characters of a segment.
const SEGMENT_CHARS: usize = 100;

/// Why a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key '{}' is not valid: {why}", shown(.key))]
pub struct KeyError {
    /// The key as it was given.
    pub key: String,
    /// What is wrong with it.
    pub why: String,
    /// A key that would do, where there is an obvious one.
    pub suggestion: Option<String>,
}

/// The key of one fact: segments of `[a-z0-9][a-z0-9._-]*` joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(String);

/// The two kinds of facts that are kept one to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FactKind {
    /// What was found out.
    Knowledge,
    /// How things are wanted.
    Preference,
}

impl FactKind {
    /// Returns the folder below `context/` that holds facts of this kind.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Knowledge => "knowledge",
            Self::Preference => "preferences",
        }
    }

    /// Returns the file that holds the fact of this key.
    pub fn path(self, key: &Key) -> ContextPath {
        format!("{}/{key}.md", self.folder())
            .parse()
            .expect("a key holds nothing that a path refuses, and is shorter than one")
    }

    /// Returns the key of the fact that `path` holds; `None` where it is no fact of this kind.
    pub fn key(self, path: &ContextPath) -> Option<Key> {
        let rest = path.as_str().strip_prefix(self.folder())?.strip_prefix('/')?;
        rest.strip_suffix(".md")?.parse().ok()
    }
}

impl Key {
    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a key of free text: camel case is split by dots, other characters become dashes.
    pub fn from_free_text(text: &str) -> Self {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                'A'..='Z' if out.ends_with(|p: char| p.is_ascii_lowercase() || p.is_ascii_digit()) => {
                    out.push('.');
                    out.push(c.to_ascii_lowercase());
                }
                'a'..='z' | '0'..='9' | 'A'..='Z' => out.push(c.to_ascii_lowercase()),
                '.' | '_' | '-' if !out.is_empty() && !out.ends_with(c) => out.push(c),
                _ if !out.is_empty() && !out.ends_with(['-', '.']) => out.push('-'),
                _ => {}
            }
        }
        out.truncate(SEGMENT_CHARS - 4);
        let trimmed = out.trim_end_matches(['-', '.', '_']);
        trimmed.parse().unwrap_or_else(|_| Self(format!("key-{}", trimmed.replace('.', "-"))))
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let lower = text.to_lowercase();
        // What is wrong with it but for upper case comes first.
        match check(&lower) {
            Ok(()) if lower != text => {
                let why = "upper case would collide on macOS and Windows".to_owned();
                Err(KeyError { key: text.to_owned(), why, suggestion: Some(lower) })
            }
            Ok(()) => Ok(Self(text.to_owned())),
            Err(why) => Err(KeyError { key: text.to_owned(), why, suggestion: None }),
        }
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("it is empty".to_owned());
    }
    if key.split('/').count() > SEGMENTS {
        return Err(format!("{SEGMENTS} segments at most"));
    }
    key.split('/').try_for_each(check_segment)
}

/// Checks one segment of a key, by the rule that branch names share.
pub(super) fn check_segment(segment: &str) -> Result<(), String> {
    let length = segment.chars().count();
    if length > SEGMENT_CHARS {
        return Err(format!("{SEGMENT_CHARS} characters at most (got {length})"));
    }
    let Some(first) = segment.chars().next() else {
        return Err("it has an empty segment".to_owned());
    };
    if segment.contains("..") {
        return Err("it must not contain '..'".to_owned());
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if let Some(bad) = segment.chars().find(|&c| !allowed(c)) {
        return Err(format!("it contains '{}' (use a-z 0-9 . _ -)", shown(&bad.to_string())));
    }
    if !first.is_ascii_alphanumeric() {
        return Err(format!("it starts with '{first}' (start with a-z or 0-9)"));
    }
    if segment.ends_with('.') || segment.ends_with(".lock") || segment.ends_with(".md") {
        return Err("it must not end in '.', '.lock' or '.md'".to_owned());
    }
    if is_device(segment) {
        return Err(format!("'{segment}' is reserved on Windows"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_that_would_make_trouble_are_refused() {
        let long = "a".repeat(101);
        let deep = ["a"; 9].join("/");
        for bad in [
            "",
            "..",
            "a..b",
            "a/",
            "/a",
            "a//b",
            "-x",
            ".a",
            "a.",
            "a.lock",
            "a.md",
            "a b",
            "a~1",
            "a:b",
            "é",
            "nul",
            "com1",
            "a\u{202e}b",
            "a\nb",
            "$(id)",
            "--upload-pack=x",
            "knowledge/aux.txt",
            &long,
            &deep,
        ] {
            assert!(bad.parse::<Key>().is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn upper_case_is_refused_with_the_lower_case_suggestion() {
        let error = "Build.Command".parse::<Key>().expect_err("upper case");
        assert_eq!(error.suggestion.as_deref(), Some("build.command"));
    }

    #[test]
    fn a_fact_lives_in_the_file_of_its_key() {
        let key: Key = "build/linux.command".parse().expect("valid");
        let path = FactKind::Knowledge.path(&key);
        assert_eq!(path.as_str(), "knowledge/build/linux.command.md");
        assert_eq!(FactKind::Knowledge.key(&path), Some(key));
        assert_eq!(FactKind::Preference.key(&path), None);
        assert_eq!(FactKind::Knowledge.key(&path.conflict_copy("01234567")), None);
    }

    proptest! {
        #[test]
        fn any_text_gives_a_valid_key(text in "\\PC{0,200}") {
            let key = Key::from_free_text(&text);
            prop_assert_eq!(key.as_str().parse::<Key>(), Ok(key.clone()));
        }

        #[test]
        fn a_key_and_its_path_belong_together(text in "[a-z0-9][a-z0-9_-]{0,20}(/[a-z0-9][a-z0-9._-]{0,20}[a-z0-9]){0,3}") {
            if let Ok(key) = text.parse::<Key>() {
                let path = FactKind::Preference.path(&key);
                prop_assert_eq!(FactKind::Preference.key(&path), Some(key));
            }
        }
    }
}
