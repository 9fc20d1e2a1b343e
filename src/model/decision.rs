//! Decisions: one Markdown file each, with YAML front matter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::yaml::{self, YamlError};
use super::{ContextPath, Extra, Key, Person, RunId, Timestamp, shown, slug};

/// The most characters of the slug in a decision's file name.
const SLUG_CHARS: usize = 60;

/// Why a decision could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// The file does not start with front matter between two `---` lines.
    #[error("{0} has no front matter between two '---' lines")]
    NoFrontMatter(String),
    /// The front matter is not valid.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The text is no decision id.
    #[error("'{}' is not a decision (a name such as 2026-11-22-use-postgres-3f2a)", shown(.0))]
    BadId(String),
}

/// The id of a decision, which is its file's name: `2026-11-22-use-postgres-3f2a`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DecisionId(String);

impl DecisionId {
    /// Makes the id of a new decision; `digits` are 4 hexadecimal digits that keep equal titles apart.
    pub fn new(decided_at: Timestamp, title: &str, digits: &str) -> Self {
        let mut slug = slug(title);
        slug.truncate(SLUG_CHARS);
        Self(format!("{}-{}-{digits}", decided_at.date(), slug.trim_end_matches('-')))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the file that holds the decision.
    pub fn path(&self) -> ContextPath {
        format!("{}{}.md", ContextPath::DECISIONS, self.0)
            .parse()
            .expect("a decision id is a key of one segment, which no path refuses")
    }

    /// Returns the decision that `path` holds; `None` where it holds none.
    pub fn of_path(path: &ContextPath) -> Option<Self> {
        let name = path.as_str().strip_prefix(ContextPath::DECISIONS)?;
        name.strip_suffix(".md")?.parse().ok()
    }
}

impl FromStr for DecisionId {
    type Err = DecisionError;

    fn from_str(text: &str) -> Result<Self, DecisionError> {
        match text.parse::<Key>() {
            Ok(_) if !text.contains('/') => Ok(Self(text.to_owned())),
            _ => Err(DecisionError::BadId(text.to_owned())),
        }
    }
}

impl TryFrom<String> for DecisionId {
    type Error = DecisionError;

    fn try_from(text: String) -> Result<Self, DecisionError> {
        text.parse()
    }
}

impl From<DecisionId> for String {
    fn from(id: DecisionId) -> String {
        id.0
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a decision stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DecisionStatus {
    /// It holds.
    #[default]
    Accepted,
    /// Another one took its place.
    Superseded,
    /// It was considered and turned down.
    Rejected,
}

impl fmt::Display for DecisionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Accepted => "accepted",
            Self::Superseded => "superseded",
            Self::Rejected => "rejected",
        })
    }
}

/// What was decided, why, and instead of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided, in a line.
    pub title: String,
    /// How it stands.
    #[serde(default)]
    pub status: DecisionStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The options that were turned down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead_of: Vec<String>,
    /// The decisions whose place it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<DecisionId>,
    /// The decision that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<DecisionId>,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_because: Option<String>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Person>,
    /// The run in which it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
    /// The text behind the front matter.
    #[serde(skip)]
    pub body: String,
}

impl Decision {
    /// Makes a decision that holds.
    pub fn new(title: impl Into<String>, decided_at: Timestamp) -> Self {
        Self {
            title: title.into(),
            status: DecisionStatus::Accepted,
            because: None,
            instead_of: Vec::new(),
            supersedes: Vec::new(),
            superseded_by: None,
            rejected_because: None,
            decided_at,
            decided_by: None,
            run: None,
            extra: Extra::new(),
            body: String::new(),
        }
    }

    /// Reads a decision's file; `file` names it in errors.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, DecisionError> {
        let no_front = || DecisionError::NoFrontMatter(file.to_owned());
        // All of them: of `\r\r\n` one would be left, and go the next time.
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
        let text = lines.join("\n");
        let rest = text.trim_start_matches('\u{feff}').strip_prefix("---\n").ok_or_else(no_front)?;
        let end = rest.find("\n---\n").or_else(|| rest.strip_suffix("\n---").map(str::len));
        let (front, body) = rest.split_at(end.ok_or_else(no_front)? + 1);
        // The first line keeps its place, so that errors name the line of the file.
        let mut decision: Self = yaml::parse(file, format!("\n{front}").as_bytes())?;
        let body = body.trim_start_matches("---").trim_start_matches('\n');
        decision.body = body.to_owned();
        Ok(decision)
    }

    /// Writes the decision as a file.
    pub fn print(&self, file: &str) -> Result<String, DecisionError> {
        let mut out = format!("---\n{}---\n", yaml::print(file, self)?);
        if !self.body.is_empty() {
            out.push('\n');
            out.push_str(&self.body);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_decision_is_named_by_date_title_and_digits() {
        let at = "2026-11-22T07:00:00Z".parse().expect("valid");
        let id = DecisionId::new(at, "Use Postgres", "3f2a");
        assert_eq!(id.as_str(), "2026-11-22-use-postgres-3f2a");
        assert_eq!(DecisionId::of_path(&id.path()), Some(id));
    }

    #[test]
    fn a_file_that_is_no_decision_is_refused_by_name_and_line() {
        let parse = |text: &str| Decision::parse("context/decisions/x.md", text.as_bytes());
        assert!(matches!(parse("# just text"), Err(DecisionError::NoFrontMatter(_))));
        let error = parse("---\ntitle: x\ntitle: y\n---\n").expect_err("duplicate key");
        assert!(error.to_string().starts_with("context/decisions/x.md:3:"), "{error}");
    }

    #[test]
    fn a_body_is_the_same_when_it_is_read_again() {
        let text = "---\ntitle: x\ndecided_at: 2026-11-22T07:22:23Z\n---\r\n\na\r\r\nb\r\r\r\n";
        let read = Decision::parse("d.md", text.as_bytes()).expect("valid");
        assert_eq!(read.body, "a\nb\n");
        assert_eq!(Decision::parse("d.md", read.print("d.md").expect("printable").as_bytes()), Ok(read));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(title in "\\PC{1,40}", because in proptest::option::of(".{0,60}"), body in "([a-z -]{1,20}\n){0,4}") {
            let mut decision = Decision::new(title, Timestamp::from_unix(1_795_000_000));
            decision.because = because;
            decision.body = body;
            let text = decision.print("d.md").expect("printable");
            prop_assert_eq!(Decision::parse("d.md", text.as_bytes()), Ok(decision));
        }
    }
}
