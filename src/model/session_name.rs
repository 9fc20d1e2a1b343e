//! Branch names of sessions: a slug of the first title and 8 digits of the id.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

use super::key::check_segment;
use super::{SessionId, shown};

/// The most characters of the slug, so that slug, dash and digits stay within 100.
const SLUG_CHARS: usize = 91;
/// Names that Git gives a meaning of their own.
const RESERVED: [&str; 4] = ["head", "fetch_head", "orig_head", "merge_head"];

/// Why a branch name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("session name '{}' is not valid: {why}", shown(.name))]
pub struct NameError {
    /// The name as it was given.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// The last part of a session's branch: `fix-the-flaky-test-3f2a9c01` in `refs/heads/session/…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionName(String);

impl SessionName {
    /// Makes the name of a new session from its title and id.
    pub fn new(title: &str, id: SessionId) -> Self {
        Self(format!("{}-{}", slug(title), id.short()))
    }

    /// Returns the name as text, without `session/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the branch, such as `session/fix-the-flaky-test-3f2a9c01`.
    pub fn branch(&self) -> String {
        format!("session/{}", self.0)
    }

    /// Returns the 8 digits that are the start of the session's id.
    pub fn digits(&self) -> &str {
        self.0.rsplit('-').next().unwrap_or(&self.0)
    }
}

impl FromStr for SessionName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refuse = |why: String| NameError { name: text.to_owned(), why };
        check_segment(text).map_err(refuse)?;
        if RESERVED.contains(&text) {
            return Err(refuse("it is reserved by Git".to_owned()));
        }
        if matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refuse("it looks like a commit id".to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for SessionName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<SessionName> for String {
    fn from(name: SessionName) -> Self {
        name.0
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes a slug of free text: at most 91 of `[a-z0-9-]`, accents dropped, `session` when empty.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining(*c)) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            '\'' | '’' => {}
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
        if out.len() == SLUG_CHARS {
            break;
        }
    }
    match out.trim_end_matches('-') {
        "" => "session".to_owned(),
        slug => slug.to_owned(),
    }
}

fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id() -> SessionId {
        "3f2a9c01-10b1-426f-9247-bb680e5fe0c8".parse().expect("valid")
    }

    #[test]
    fn titles_make_readable_names() {
        for (title, name) in [
            ("Fix the flaky login test", "fix-the-flaky-login-test-3f2a9c01"),
            ("Café: don't  panic!", "cafe-dont-panic-3f2a9c01"),
            ("日本", "session-3f2a9c01"),
            ("", "session-3f2a9c01"),
            ("--upload-pack=touch /tmp/P", "upload-pack-touch-tmp-p-3f2a9c01"),
            ("CON", "con-3f2a9c01"),
        ] {
            assert_eq!(SessionName::new(title, id()).as_str(), name);
        }
    }

    #[test]
    fn names_that_git_or_a_disk_would_misread_are_refused() {
        let commit = "a".repeat(40);
        for bad in ["", "HEAD", "head", "a/b", "refs/heads/x", "a@{1}", "@x", "-x", "a.lock", "con", &commit]
        {
            assert!(bad.parse::<SessionName>().is_err(), "{bad:?} must be refused");
        }
    }

    proptest! {
        #[test]
        fn every_title_gives_a_valid_name(title in "\\PC{0,300}") {
            let name = SessionName::new(&title, id());
            prop_assert_eq!(name.as_str().parse::<SessionName>(), Ok(name.clone()));
            prop_assert_eq!(name.digits(), "3f2a9c01");
        }
    }
}
