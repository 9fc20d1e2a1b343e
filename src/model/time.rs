//! Points in time, in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Seconds;

/// A text that is no RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a time (RFC 3339, such as 2026-11-22T07:22:23Z)", super::shown(.0))]
pub struct TimeError(pub String);

/// A point in time in UTC, kept to the millisecond and written as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Wraps a time, dropping what is finer than a millisecond.
    pub fn new(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(3))
    }

    /// Returns the time that lies so many seconds after 1970, the nearest one that can be told.
    pub fn from_unix(seconds: i64) -> Self {
        Self(DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Returns the whole seconds since 1970.
    pub fn unix(&self) -> i64 {
        self.0.timestamp()
    }

    /// Returns the time as chrono's type.
    pub fn utc(&self) -> DateTime<Utc> {
        self.0
    }

    /// Returns how long after `earlier` this time is; zero when it is not after it.
    pub fn since(&self, earlier: Timestamp) -> Seconds {
        let millis = (self.0 - earlier.0).num_milliseconds();
        Seconds::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// Returns the time so much later.
    pub fn plus(&self, span: Seconds) -> Self {
        let millis = i64::try_from(span.millis()).unwrap_or(i64::MAX);
        let delta = TimeDelta::try_milliseconds(millis).unwrap_or(TimeDelta::MAX);
        Self(self.0.checked_add_signed(delta).unwrap_or(self.0))
    }

    /// Returns the date, as in the names of decisions: `2026-11-22`.
    pub fn date(&self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self::new(time.to_utc()))
            .map_err(|_| TimeError(text.to_owned()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<Timestamp> for std::time::SystemTime {
    fn from(time: Timestamp) -> Self {
        time.0.into()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds_where_there_are_any() {
        for (given, written) in [
            ("2026-11-22T07:22:23Z", "2026-11-22T07:22:23Z"),
            ("2026-11-22T07:22:23.508Z", "2026-11-22T07:22:23.508Z"),
            ("2026-11-22T09:22:23.508999+02:00", "2026-11-22T07:22:23.508Z"),
        ] {
            assert_eq!(given.parse::<Timestamp>().expect("valid").to_string(), written);
        }
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_clock_that_runs_backwards_gives_no_negative_span() {
        let (early, late) = (Timestamp::from_unix(10), Timestamp::from_unix(70));
        assert_eq!(late.since(early), Seconds::from_millis(60_000));
        assert_eq!(early.since(late), Seconds::default());
        assert_eq!(early.plus(late.since(early)), late);
    }
}
