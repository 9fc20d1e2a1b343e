//! Runs side by side: what each says of itself, what it measured, and what its context holds.

mod best;
mod held;

use serde::Serialize;
use serde_json::Value;

use self::best::Judge;
use super::fields::{Field, run_fields, sort_names};
use super::{OpError, RunRow, run_row};
use crate::model::{RunId, RunStatus, SessionId, Timestamp};
use crate::store::{CommitId, RunRef, Store};

pub use best::Better;

/// The fewest and the most runs that are compared.
const RUNS: std::ops::RangeInclusive<usize> = 2..=MOST_RUNS;
/// The most runs that are compared.
pub const MOST_RUNS: usize = 8;

/// How runs are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompareOptions {
    /// Names of numbers of which the highest is the best.
    pub higher: Vec<String>,
    /// Names of numbers of which the lowest is the best.
    pub lower: Vec<String>,
}

impl CompareOptions {
    /// Says of which numbers the highest is the best.
    pub fn with_higher(mut self, names: Vec<String>) -> Self {
        self.higher = names;
        self
    }

    /// Says of which numbers the lowest is the best.
    pub fn with_lower(mut self, names: Vec<String>) -> Self {
        self.lower = names;
        self
    }
}

/// Runs side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The runs, in the order in which they were named.
    pub runs: Vec<ComparedRun>,
    /// What is compared, each with a value for each run.
    pub rows: Vec<CompareRow>,
}

/// A run that is compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ComparedRun {
    /// Its id.
    pub id: RunId,
    /// Its place in the session in which it was found, from 1.
    pub number: Option<usize>,
    /// The session in which it was recorded.
    pub session: SessionId,
    /// That session's branch, where it still is there.
    pub session_branch: Option<String>,
    /// The commit.
    pub commit: CommitId,
    /// How it ended.
    pub status: RunStatus,
    /// The first line of its summary.
    pub summary: String,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why its record could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
}

/// One thing that is compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CompareRow {
    /// What kind of thing it is.
    pub section: CompareSection,
    /// Its name, within the section.
    pub name: String,
    /// The value of each run; `None` where it has none.
    pub values: Vec<Option<Value>>,
    /// Whether the values differ.
    pub differs: bool,
    /// Which of them is the best, of numbers.
    pub better: Option<Better>,
    /// The places of the runs that have the best value, from 0; none where all are as good.
    pub best: Vec<usize>,
}

/// What kind of thing is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CompareSection {
    /// What the record says.
    Run,
    /// What was used up.
    Usage,
    /// What was measured.
    Metrics,
    /// A fact.
    Knowledge,
    /// A preference.
    Preferences,
    /// A decision, by its id; its value is its status.
    Decisions,
    /// Another file; its value is its content's id and size.
    Files,
}

/// Compares runs, of whichever sessions. Of the context, only what differs is listed.
pub fn compare(store: &Store, runs: &[RunRef], options: &CompareOptions) -> Result<Comparison, OpError> {
    if !RUNS.contains(&runs.len()) {
        return Err(OpError::NotComparable(runs.len()));
    }
    let found: Vec<RunRow> = runs.iter().map(|run| run_row(store, run)).collect::<Result<_, _>>()?;
    let mut rows = field_rows(&found);
    let commits: Vec<CommitId> = found.iter().map(|row| row.commit).collect();
    rows.extend(held::rows(store, &commits)?);
    Judge::new(options).judge(&mut rows)?;
    Ok(Comparison { runs: found.into_iter().map(compared).collect(), rows })
}

impl CompareRow {
    fn new(section: CompareSection, name: String, values: Vec<Option<Value>>) -> Self {
        let differs = values.windows(2).any(|pair| pair.first() != pair.last());
        Self { section, name, values, differs, better: None, best: Vec::new() }
    }
}

impl CompareSection {
    // A field's name starts with its section, but for those of the run itself.
    fn of_field(name: &str) -> (Self, &str) {
        let section = |prefix: &str, section: Self| Some((section, name.strip_prefix(prefix)?));
        section("usage.", Self::Usage)
            .or_else(|| section("metrics.", Self::Metrics))
            .unwrap_or((Self::Run, name))
    }
}

fn field_rows(runs: &[RunRow]) -> Vec<CompareRow> {
    let fields: Vec<Vec<Field>> = runs.iter().map(|row| run_fields(&row.record)).collect();
    let mut names: Vec<&str> = fields.iter().flatten().map(|field| field.name.as_str()).collect();
    sort_names(&mut names);
    let value = |fields: &Vec<Field>, name: &str| {
        fields.iter().find(|field| field.name == name).map(|field| field.value.clone())
    };
    let row = |name: &str| {
        let (section, short) = CompareSection::of_field(name);
        let values = fields.iter().map(|fields| value(fields, name)).collect();
        CompareRow::new(section, short.to_owned(), values)
    };
    let mut rows: Vec<CompareRow> = names.into_iter().map(row).collect();
    rows.sort_by_key(|row| row.section);
    rows
}

fn compared(row: RunRow) -> ComparedRun {
    ComparedRun {
        id: row.record.id,
        number: row.number,
        session: row.record.session,
        session_branch: row.session_branch,
        commit: row.commit,
        status: row.record.status,
        summary: row.record.headline(),
        finished_at: row.record.finished_at,
        damaged: row.damaged,
    }
}
