//! The manifest of a session, `session.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::run::SUMMARY_CHARS;
use super::{
    Conflict, Extra, Person, RunId, RunRecord, RunStatus, SCHEMA, SessionId, Timestamp, Totals, Usd,
};

/// How many of the newest runs the manifest lists.
pub const RECENT_RUNS: usize = 20;
/// How many of the newest foreign ids the manifest lists for each source.
pub const RECENT_EXTERNAL_IDS: usize = 20;

/// How a session stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SessionStatus {
    /// It is being worked on.
    #[default]
    Active,
    /// Its intent is met.
    Done,
    /// It is put away.
    Archived,
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Active => "active",
            Self::Done => "done",
            Self::Archived => "archived",
        })
    }
}

/// A word that is no session status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a session status (active, done or archived)", super::shown(.0))]
pub struct UnknownSessionStatus(pub String);

impl std::str::FromStr for SessionStatus {
    type Err = UnknownSessionStatus;

    fn from_str(text: &str) -> Result<Self, UnknownSessionStatus> {
        match text {
            "active" => Ok(Self::Active),
            "done" => Ok(Self::Done),
            "archived" => Ok(Self::Archived),
            _ => Err(UnknownSessionStatus(text.to_owned())),
        }
    }
}

/// The project that a session is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Where its code is pushed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where a fork was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The session it was forked from.
    pub session: SessionId,
    /// The run it starts at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The commit it starts at.
    pub commit: String,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a session may use up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// The most it may cost, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<Usd>,
    /// Shares of the budget, in percent, at which to warn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alert_thresholds: Vec<f64>,
    /// Whether to stop when it is used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_pause: Option<bool>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One of the newest runs, as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentRun {
    /// The run's id.
    pub id: RunId,
    /// How it ended.
    pub status: RunStatus,
    /// The start of its summary, 120 characters at most.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

impl From<&RunRecord> for RecentRun {
    fn from(run: &RunRecord) -> Self {
        Self {
            id: run.id,
            status: run.status,
            summary: run.headline().chars().take(SUMMARY_CHARS).collect(),
            finished_at: run.finished_at,
            extra: Extra::new(),
        }
    }
}

/// The manifest of a session: what one file tells about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The schema number.
    pub schema: u32,
    /// The session's id.
    pub id: SessionId,
    /// What it is about, free text.
    pub title: String,
    /// How it stands.
    #[serde(default)]
    pub status: SessionStatus,
    /// When it was started.
    pub created_at: Timestamp,
    /// Who started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Person>,
    /// The project it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Project>,
    /// Where it was forked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Ids that other tools gave it, the newest 20 of each source, newest last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub external_ids: BTreeMap<String, Vec<String>>,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// The template it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What it may use up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Sums over its runs.
    #[serde(default)]
    pub totals: Totals,
    /// Its newest 20 runs, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<RecentRun>,
    /// Its open conflicts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Manifest {
    /// Makes the manifest of a new session.
    pub fn new(id: SessionId, title: impl Into<String>, created_at: Timestamp) -> Self {
        Self {
            schema: SCHEMA,
            id,
            title: title.into(),
            status: SessionStatus::Active,
            created_at,
            created_by: None,
            project: None,
            origin: None,
            external_ids: BTreeMap::new(),
            tags: BTreeSet::new(),
            template: None,
            budget: None,
            totals: Totals::default(),
            runs: Vec::new(),
            conflicts: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// Counts a finished run and lists it as the newest.
    pub fn add_run(&mut self, run: &RunRecord) {
        self.totals.add(run);
        self.runs.insert(0, RecentRun::from(run));
        self.runs.truncate(RECENT_RUNS);
    }

    /// Lists conflicts as open, each once.
    pub fn add_conflicts(&mut self, new: &[Conflict]) {
        for conflict in new {
            if !self.conflicts.iter().any(|known| known.identity() == conflict.identity()) {
                self.conflicts.push(conflict.clone());
            }
        }
        self.conflicts.sort_by(|a, b| a.identity().cmp(&b.identity()));
    }

    /// Lists an id that another tool gave the session.
    pub fn add_external_id(&mut self, source: &str, id: &str) {
        let ids = self.external_ids.entry(source.to_owned()).or_default();
        ids.retain(|known| known != id);
        ids.push(id.to_owned());
        let excess = ids.len().saturating_sub(RECENT_EXTERNAL_IDS);
        ids.drain(..excess);
    }

    /// Tells whether the run is one of the newest that the manifest lists.
    pub fn lists_run(&self, id: RunId) -> bool {
        self.runs.iter().any(|run| run.id == id)
    }
}
