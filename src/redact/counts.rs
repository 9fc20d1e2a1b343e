//! How many secrets were removed, by rule.

use std::collections::BTreeMap;
use std::fmt;

/// How many secrets were removed, by the name of the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    /// Counts one more.
    pub(super) fn count(&mut self, rule: &str) {
        *self.0.entry(rule.to_owned()).or_default() += 1;
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (rule, count) in &other.0 {
            *self.0.entry(rule.clone()).or_default() += count;
        }
    }

    /// Adds to counts that a record has.
    pub fn add_to(&self, counts: &mut BTreeMap<String, u64>) {
        for (rule, count) in &self.0 {
            *counts.entry(rule.clone()).or_default() += count;
        }
    }

    /// Tells whether nothing was removed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many were removed.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Lists the rules and their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(rule, count)| (rule.as_str(), *count))
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (rule, count)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{rule} {count}")?;
        }
        Ok(())
    }
}
