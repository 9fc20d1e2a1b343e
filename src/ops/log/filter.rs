//! Which entries of a history are told.

use super::LogEntry;
use crate::model::{RunRecord, RunStatus, Timestamp};

/// Which entries are told. Each condition that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogFilter {
    /// Those of this time or later.
    pub since: Option<Timestamp>,
    /// Those of this time or earlier.
    pub until: Option<Timestamp>,
    /// Runs that ended in one of these ways.
    pub status: Vec<RunStatus>,
    /// Runs of an agent whose name holds one of these, whatever the case.
    pub agents: Vec<String>,
    /// Runs that have all of these labels.
    pub tags: Vec<String>,
    /// Those whose summary holds one of these texts, whatever the case.
    pub texts: Vec<String>,
}

impl LogFilter {
    /// Tells whether it takes every entry.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether it takes an entry. What the entry does not tell is in `record`, which is asked
    /// for only where all else holds.
    pub(super) fn takes(&self, entry: &LogEntry, record: impl Fn() -> Option<RunRecord>) -> bool {
        self.takes_entry(entry) && self.takes_record(entry, record)
    }

    fn takes_entry(&self, entry: &LogEntry) -> bool {
        let agent = entry.agent.as_deref().unwrap_or_default();
        self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at <= until)
            && (self.status.is_empty() || entry.status.is_some_and(|status| self.status.contains(&status)))
            && (self.agents.is_empty() || self.agents.iter().any(|name| holds(agent, name)))
            && (self.tags.is_empty() || entry.run.is_some())
    }

    fn takes_record(&self, entry: &LogEntry, record: impl Fn() -> Option<RunRecord>) -> bool {
        let is_told = |text: &str| self.texts.is_empty() || self.texts.iter().any(|word| holds(text, word));
        let is_enough = self.tags.is_empty() && is_told(&entry.summary);
        if is_enough || entry.run.is_none() {
            return is_enough;
        }
        let Some(record) = record() else { return false };
        self.tags.iter().all(|tag| record.tags.contains(tag)) && is_told(&record.summary)
    }
}

fn holds(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
