//! The record of one run, `run/run.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Extra, Person, RunId, SCHEMA, Seconds, SessionId, Timestamp, Usd, shown};

/// How many characters of a summary the manifest keeps.
pub const SUMMARY_CHARS: usize = 120;

/// The most commits that a record links.
pub const MOST_LINKS: usize = 1000;

/// What made a run be recorded that is nothing but a commit of the code.
pub const COMMIT_TRIGGER: &str = "post-commit";

/// How a run stands or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RunStatus {
    /// It has begun and not finished.
    Running,
    /// It did what it was to do.
    Succeeded,
    /// It did not.
    Failed,
    /// Somebody ended it.
    Cancelled,
    /// It ended without saying how.
    Interrupted,
}

/// A word that is no run status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a run status (succeeded, failed, cancelled or interrupted)", shown(.0))]
pub struct UnknownRunStatus(pub String);

impl RunStatus {
    /// Returns the word for the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for RunStatus {
    type Err = UnknownRunStatus;

    fn from_str(text: &str) -> Result<Self, UnknownRunStatus> {
        match text {
            "running" => Ok(Self::Running),
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            "cancelled" => Ok(Self::Cancelled),
            "interrupted" => Ok(Self::Interrupted),
            _ => Err(UnknownRunStatus(text.to_owned())),
        }
    }
}

/// The agent that did a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name, such as `claude-code`.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The model it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a run used up. Absent means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens read, those from a cache not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Tokens read from a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read_tokens: Option<u64>,
    /// Tokens written to a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// What it cost, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<Usd>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a run did to the code repository it ran in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Code {
    /// The repository's remote, or its folder's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The branch that was checked out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit that was checked out when the run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_before: Option<String>,
    /// The commit that was checked out when the run ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_after: Option<String>,
    /// The commits made in between, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// Whether the work tree had changes that were not committed at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dirty: Option<bool>,
    /// Files that the commits changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_changed: Option<u64>,
    /// Lines that the commits added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insertions: Option<u64>,
    /// Lines that the commits removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletions: Option<u64>,
    /// The commits that hooks saw being made in the run, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<CodeLink>,
    /// The commits that merges and pulls brought in while the run was open, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<String>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A commit of the code that was made in a run, and what finds it again when it was rewritten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeLink {
    /// The commit.
    pub commit: String,
    /// Its tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// What names its change, the same after a rebase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// The first line of its message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A file of the context folder that was not stored, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Its path below the context folder, escaped where it is not valid text.
    pub path: String,
    /// Why it was not stored.
    pub reason: String,
    /// Its size in bytes, where it could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// The record of one run. Absent means unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The schema number.
    pub schema: u32,
    /// The run's id.
    pub id: RunId,
    /// The session it belongs to.
    pub session: SessionId,
    /// How it stands or ended.
    pub status: RunStatus,
    /// What it did, in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How long it took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<Seconds>,
    /// What made it be recorded: `run`, `record`, `import`, a hook's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The process definition that it followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Who ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Person>,
    /// The agent that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// The command that was run, an argument an item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The command's exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// How good the outcome was, on the harness's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What it used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Named measurements.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// What it did to the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The id that another tool gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Files of its context folder that were not stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// How many secrets were removed from what it left, by rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redactions: BTreeMap<String, u64>,
    /// The version of the table that they were looked for with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction_table: Option<u32>,
    /// Paths (and manifest fields) in which its own finish conflicted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

impl RunRecord {
    /// Makes the record of a run of which nothing is known yet but who it is.
    pub fn new(id: RunId, session: SessionId, status: RunStatus) -> Self {
        Self {
            schema: SCHEMA,
            id,
            session,
            status,
            summary: String::new(),
            prompt: None,
            started_at: None,
            finished_at: None,
            duration_s: None,
            trigger: None,
            process: None,
            operator: None,
            agent: None,
            command: Vec::new(),
            exit_code: None,
            score: None,
            usage: None,
            metrics: BTreeMap::new(),
            tags: BTreeSet::new(),
            code: None,
            external_id: None,
            withheld: Vec::new(),
            redactions: BTreeMap::new(),
            redaction_table: None,
            conflicts: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// Tells whether the run is nothing but a commit of the code, which a hook recorded.
    pub fn is_commit(&self) -> bool {
        self.trigger.as_deref() == Some(COMMIT_TRIGGER)
    }

    /// Takes over the commits that `saved` links and this record does not: a hook may have added some
    /// since this one was read.
    pub fn keep_links(&mut self, saved: Option<&Code>) {
        let Some(saved) = saved.filter(|saved| !saved.links.is_empty() || !saved.merged.is_empty()) else {
            return;
        };
        let code = self.code.get_or_insert_default();
        let is_new = |link: &&CodeLink| !code.links.iter().any(|known| known.commit == link.commit);
        let links: Vec<CodeLink> = saved.links.iter().filter(is_new).cloned().collect();
        code.links.extend(links);
        let merged: Vec<String> =
            saved.merged.iter().filter(|commit| !code.merged.contains(commit)).cloned().collect();
        code.merged.extend(merged);
    }

    /// Returns the first line of the summary, or what can be said of the run without one.
    pub fn headline(&self) -> String {
        match self.summary.lines().map(str::trim).find(|line| !line.is_empty()) {
            Some(line) => line.to_owned(),
            None if !self.command.is_empty() => self.command.join(" "),
            None => format!("run {}", self.id.short()),
        }
    }
}
