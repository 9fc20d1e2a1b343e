//! Sums over the runs of a session.

use serde::{Deserialize, Serialize};

use super::{Extra, RunRecord, RunStatus, Seconds, Usd};

/// Counts and sums over the runs of a session. A sum that no run contributed to is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// How many runs there are.
    pub runs: u64,
    /// How many of them succeeded.
    pub succeeded: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them were cancelled.
    pub cancelled: u64,
    /// How many of them are nothing but a commit of the code, and say nothing about success.
    #[serde(skip_serializing_if = "is_none")]
    pub commits: u64,
    /// The sum of their durations, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<Seconds>,
    /// The sum of their costs, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<Usd>,
    /// The sum of the tokens they read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// The sum of the tokens they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Unknown fields, kept.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Totals {
    /// Returns how many runs are more than a commit of the code.
    pub fn attempts(&self) -> u64 {
        self.runs.saturating_sub(self.commits)
    }

    /// Returns how many of those succeeded.
    pub fn succeeded_attempts(&self) -> u64 {
        self.succeeded.saturating_sub(self.commits)
    }

    /// Returns how many ended in no way of their own.
    pub fn interrupted(&self) -> u64 {
        self.runs.saturating_sub(self.succeeded).saturating_sub(self.failed).saturating_sub(self.cancelled)
    }

    /// Adds one finished run.
    pub fn add(&mut self, run: &RunRecord) {
        self.runs += 1;
        self.commits += u64::from(run.is_commit());
        match run.status {
            RunStatus::Succeeded => self.succeeded += 1,
            RunStatus::Failed => self.failed += 1,
            RunStatus::Cancelled => self.cancelled += 1,
            RunStatus::Running | RunStatus::Interrupted => {}
        }
        add_known(&mut self.duration_s, run.duration_s, |a, b| a + b);
        if let Some(usage) = &run.usage {
            add_known(&mut self.cost_usd, usage.cost_usd, |a, b| a + b);
            add_known(&mut self.input_tokens, usage.input_tokens, u64::saturating_add);
            add_known(&mut self.output_tokens, usage.output_tokens, u64::saturating_add);
        }
    }
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

// An unknown value adds nothing, and does not turn an unknown sum into 0.
fn add_known<T: Copy>(sum: &mut Option<T>, value: Option<T>, add: impl Fn(T, T) -> T) {
    if let Some(value) = value {
        *sum = Some(sum.map_or(value, |sum| add(sum, value)));
    }
}
