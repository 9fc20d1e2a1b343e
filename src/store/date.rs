//! Dates as people type them for Git.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};

use crate::model::Timestamp;

/// Forms that Git takes and its library does not, without a zone.
const FORMS: [&str; 6] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
];
const DAYS: [&str; 5] = ["%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%b %d %Y", "%b %d, %Y"];

/// Reads a date as Git takes it: `2026-11-22`, RFC 3339, RFC 2822, `@1795000000`, `2 weeks ago`,
/// `yesterday`, `last friday`, `noon`. Without a zone it is UTC; a day alone is its begin.
pub fn parse_date(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(exact) = text.parse() {
        return Some(exact);
    }
    if let Some(found) = day_and_time(text).or_else(|| named(text, now.utc())) {
        return Some(Timestamp::new(found));
    }
    // Other texts than these are read by leaving out what is not understood.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " .,:+-@/_".contains(c);
    let zoned = SystemTime::from(now).try_into().ok()?;
    let time = gix::date::parse(text, Some(zoned)).ok().filter(|_| text.chars().all(is_plain))?;
    DateTime::from_timestamp(time.seconds, 0).map(Timestamp::new)
}

fn day_and_time(text: &str) -> Option<DateTime<Utc>> {
    let whole = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || DAYS.iter().find_map(|form| chrono::NaiveDate::parse_from_str(text, form).ok());
    whole.or_else(|| Some(day()?.and_time(NaiveTime::MIN))).map(|time| time.and_utc())
}

// `noon` and `midnight` are those that were last, as is a day of the week.
fn named(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.to_ascii_lowercase();
    let today = now.date_naive();
    let last = |hour: i64| {
        let time = today.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(hour);
        if time <= now { time } else { time - TimeDelta::days(1) }
    };
    match text.strip_prefix("last ").unwrap_or(&text) {
        "midnight" | "today" => Some(last(0)),
        "noon" => Some(last(12)),
        word => {
            let day: Weekday = word.parse().ok()?;
            let back = (today.weekday().num_days_from_monday() + 6 - day.num_days_from_monday()) % 7 + 1;
            Some(now - TimeDelta::days(i64::from(back)))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        let now: Timestamp = "2026-11-22T10:30:00Z".parse().expect("a time");
        parse_date(text, now).map(|time| time.to_string())
    }

    #[test]
    fn the_forms_that_git_takes_are_read() {
        for (text, time) in [
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20T08:15:00.5+02:00", "2026-11-20T06:15:00.500Z"),
            ("2026-11-20 08:15", "2026-11-20T08:15:00Z"),
            ("2026-11-20 08:15:01", "2026-11-20T08:15:01Z"),
            ("2026-11-20 08:15:01 +0200", "2026-11-20T06:15:01Z"),
            ("2026.11.20", "2026-11-20T00:00:00Z"),
            ("2026/11/20", "2026-11-20T00:00:00Z"),
            ("Nov 20 2026", "2026-11-20T00:00:00Z"),
            ("20 Nov 2026", "2026-11-20T00:00:00Z"),
            ("Fri, 20 Nov 2026 08:15:00 +0000", "2026-11-20T08:15:00Z"),
            ("1795000000", "2026-11-18T11:06:40Z"),
            ("@1795000000", "2026-11-18T11:06:40Z"),
            ("now", "2026-11-22T10:30:00Z"),
            ("today", "2026-11-22T00:00:00Z"),
            ("noon", "2026-11-21T12:00:00Z"),
            ("yesterday", "2026-11-21T10:30:00Z"),
            ("2 hours ago", "2026-11-22T08:30:00Z"),
            ("2.weeks.ago", "2026-11-08T10:30:00Z"),
            ("1 day 2 hours ago", "2026-11-21T08:30:00Z"),
            ("last month", "2026-10-22T10:30:00Z"),
            ("last friday", "2026-11-20T10:30:00Z"),
            ("Sunday", "2026-11-15T10:30:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in
            ["", " ", "yesterdayish", "2026-13-01", "soon", "12", "\u{1b}[2J", "5 moons", "2026-11-20T"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_is_none(text in "\\PC{0,30}|[0-9 :.-]{0,24}|[a-z0-9 .]{0,24}") {
            let _ = read(&text);
        }

        #[test]
        fn a_time_that_is_printed_is_read_back(seconds in 0i64..4_000_000_000) {
            let time = Timestamp::from_unix(seconds);
            prop_assert_eq!(read(&time.to_string()), Some(time.to_string()));
        }
    }
}
