//! Paths of files under `context/`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::shown;

/// The longest path, in bytes, as on Linux.
const PATH_BYTES: usize = 4096;
/// The longest component, in bytes, as on all common file systems.
const COMPONENT_BYTES: usize = 255;
/// The deepest path, in components.
const DEPTH: usize = 16;
/// Names that Windows gives to devices, whatever their extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The numbers of ports, which are devices too. Windows reads superscript digits as digits.
const PORTS: [&str; 13] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"];

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It leads out of the context.
    #[error("path '{}' is outside the context", shown(.0))]
    Outside(String),
    /// It has a name that Git reserves.
    #[error("path '{}' contains a name that Git reserves ('{}')", shown(.0), shown(.1))]
    Reserved(String, String),
    /// It could not be written on some system, or would hide what it is.
    #[error("path '{}' cannot be used: {}", shown(.0), .1)]
    Malformed(String, String),
}

/// The path of a file, relative to `context/`, that is safe to write on every common system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContextPath(String);

impl ContextPath {
    /// The file that holds the session's notes.
    pub const NOTES: &'static str = "notes.md";
    /// The folder of the decisions, with its slash.
    pub const DECISIONS: &'static str = "decisions/";

    /// Returns the path as text, with `/` between components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the form that collides with equal forms on systems that fold case or normalise names.
    pub fn folded(&self) -> String {
        match self.0.is_ascii() {
            true => self.0.to_ascii_lowercase(),
            false => self.0.nfc().flat_map(char::to_lowercase).nfc().collect(),
        }
    }

    /// Tells whether the path names the copy of a side that lost a conflict.
    pub fn is_conflict_copy(&self) -> bool {
        self.0.rsplit_once(".conflict-").is_some_and(|(_, blob)| {
            blob.len() == 8 && blob.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        })
    }

    /// Returns the path that a copy of a losing side was made of; `None` where it is no copy.
    pub fn conflict_owner(&self) -> Option<&str> {
        let owner = self.0.rsplit_once(".conflict-").map(|(owner, _)| owner);
        owner.filter(|_| self.is_conflict_copy())
    }

    /// Returns the path under which a losing side of this path is kept.
    pub fn conflict_copy(&self, blob_id: &str) -> Self {
        let digits: String = blob_id.chars().take(8).collect();
        let ending = format!(".conflict-{digits}");
        let name = self.0.rsplit('/').next().unwrap_or_default();
        // A name that is as long as one may be has no room for the ending.
        let excess = (name.len() + ending.len()).saturating_sub(COMPONENT_BYTES);
        let excess = excess.max((self.0.len() + ending.len()).saturating_sub(PATH_BYTES));
        let mut end = self.0.len() - excess.min(name.len().saturating_sub(1));
        while !self.0.is_char_boundary(end) {
            end -= 1;
        }
        Self(format!("{}{ending}", self.0.get(..end).unwrap_or(&self.0)))
    }

    /// Tells whether this path is a folder of `other`'s, so that both cannot exist.
    pub fn is_folder_of(&self, other: &Self) -> bool {
        other.0.strip_prefix(&self.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Tells whether the name is one under which people keep secrets (`.env`, keys, `.netrc`).
    pub fn looks_sensitive(&self) -> bool {
        is_sensitive_name(&self.0)
    }
}

/// Tells whether a file's path is one under which people keep secrets (`.env`, keys, `.netrc`).
pub fn is_sensitive_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ssh_key = name.starts_with("id_") && !name.ends_with(".pub");
    let listed = [".netrc", "_netrc", ".git-credentials", ".pgpass", ".npmrc", ".pypirc"];
    let ending = [".pem", ".p12", ".pfx", ".key", ".keystore"];
    name == ".env"
        || (name.starts_with(".env.") && !name.ends_with(".example"))
        || (ssh_key && ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"].iter().any(|k| name.starts_with(k)))
        || listed.contains(&name.as_str())
        || ending.iter().any(|e| name.ends_with(e))
        || path.to_ascii_lowercase().ends_with(".aws/credentials")
}

impl FromStr for ContextPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        check_whole(text)?;
        for component in text.split('/') {
            check_component(text, component)?;
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ContextPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<ContextPath> for String {
    fn from(path: ContextPath) -> String {
        path.0
    }
}

impl fmt::Display for ContextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn malformed(path: &str, why: impl Into<String>) -> PathError {
    PathError::Malformed(path.to_owned(), why.into())
}

fn check_whole(path: &str) -> Result<(), PathError> {
    if path.is_empty() {
        return Err(malformed(path, "it is empty"));
    }
    if path.len() > PATH_BYTES {
        return Err(malformed(path, format!("{PATH_BYTES} bytes at most (got {})", path.len())));
    }
    if path.starts_with('/') || path.split('/').any(|c| c == "..") {
        return Err(PathError::Outside(path.to_owned()));
    }
    if path.split('/').count() > DEPTH {
        return Err(malformed(path, format!("{DEPTH} components at most")));
    }
    Ok(())
}

fn check_component(path: &str, component: &str) -> Result<(), PathError> {
    if component.is_empty() || component == "." {
        return Err(malformed(path, "it has an empty component"));
    }
    if component.len() > COMPONENT_BYTES {
        return Err(malformed(path, format!("a component has over {COMPONENT_BYTES} bytes")));
    }
    if let Some(bad) = component.chars().find(|&c| super::escape_char(c).is_some() || "\\:".contains(c)) {
        return Err(malformed(path, format!("it contains '{}'", shown(&bad.to_string()))));
    }
    if component.ends_with(['.', ' ']) {
        return Err(malformed(path, "a component ends in a dot or a space"));
    }
    if is_device(component) {
        return Err(malformed(path, format!("'{component}' is reserved on Windows")));
    }
    if is_git_name(component) {
        return Err(PathError::Reserved(path.to_owned(), component.to_owned()));
    }
    Ok(())
}

/// Tells whether Windows would open a device under this name.
pub(super) fn is_device(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or(component).trim_end().to_ascii_lowercase();
    let port = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"))
        .is_some_and(|digit| PORTS.contains(&digit));
    port || DEVICES.contains(&stem.as_str())
}

// `git~1` is the short name that Windows gives to `.git` (CVE-2014-9390); names that start with
// `.git` (attributes, modules) are files that Git itself acts upon.
fn is_git_name(component: &str) -> bool {
    let lower = component.to_ascii_lowercase();
    let short = lower.strip_prefix("git~").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    short || lower.starts_with(".git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused_for_their_reason() {
        for outside in ["../x", "a/../../b", "/etc/passwd", ".."] {
            assert!(matches!(outside.parse::<ContextPath>(), Err(PathError::Outside(_))), "{outside}");
        }
        for git in [".git/config", ".GIT/config", "git~1/x", "x/.git/hooks/y", ".gitmodules"] {
            assert!(matches!(git.parse::<ContextPath>(), Err(PathError::Reserved(..))), "{git}");
        }
        let long = "x".repeat(300);
        for bad in
            ["", "a//b", "a\nb", "C:\\x", "a\\b", "x:stream", "NUL", "con.md", "a ", "a.", "./a", &long]
        {
            assert!(matches!(bad.parse::<ContextPath>(), Err(PathError::Malformed(..))), "{bad}");
        }
    }

    #[test]
    fn names_that_collide_elsewhere_fold_to_the_same() {
        let path = |text: &str| text.parse::<ContextPath>().expect("valid");
        assert_eq!(path("Straße/É.md").folded(), path("straße/e\u{301}.md").folded());
        assert!(path("a").is_folder_of(&path("a/b")));
        assert!(!path("a").is_folder_of(&path("ab")));
    }

    #[test]
    fn conflict_copies_are_told_by_their_name() {
        let copy = "knowledge/x.md".parse::<ContextPath>().expect("valid").conflict_copy("0123abcd99");
        assert_eq!(copy.as_str(), "knowledge/x.md.conflict-0123abcd");
        assert!(copy.is_conflict_copy());
        assert!(!"a.conflict-xyz".parse::<ContextPath>().expect("valid").is_conflict_copy());
    }

    #[test]
    fn files_that_hold_secrets_are_known_by_name() {
        for name in [".env", "a/.env.local", "id_rsa", "x/server.pem", ".netrc", ".aws/credentials"] {
            assert!(name.parse::<ContextPath>().expect("valid").looks_sensitive(), "{name}");
        }
        for name in ["env.md", ".env.example", "id_rsa.pub", "identity.md", "keys.md"] {
            assert!(!name.parse::<ContextPath>().expect("valid").looks_sensitive(), "{name}");
        }
    }
}
