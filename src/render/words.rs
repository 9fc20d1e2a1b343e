//! Times, spans, money and counts in words.

use crate::model::{Seconds, Timestamp, Usd};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Says how long ago a time was, as `git log --date=relative` does.
pub(crate) fn ago(time: Timestamp, now: Timestamp) -> String {
    let seconds = now.since(time).millis() / 1000;
    let (number, unit) = match seconds {
        _ if time > now => return "in the future".to_owned(),
        s if s < 90 => (s, "second"),
        s if s < 90 * MINUTE => (rounded(s, MINUTE), "minute"),
        s if s < 36 * HOUR => (rounded(s, HOUR), "hour"),
        s if s < 14 * DAY => (rounded(s, DAY), "day"),
        s if s < 70 * DAY => (rounded(s, 7 * DAY), "week"),
        s if s < 730 * DAY => (rounded(s, 30 * DAY), "month"),
        s => (rounded(s, 365 * DAY), "year"),
    };
    format!("{} ago", count(number, unit))
}

/// What marks a run or a change that no remote has.
pub(crate) const NOT_PUSHED: &str = "↑";

/// Says what the mark of what is not pushed means, below what has some.
pub(crate) fn legend(pushed: impl Iterator<Item = Option<bool>>) -> String {
    let has_some = pushed.into_iter().any(|pushed| pushed == Some(false));
    if has_some { format!("{NOT_PUSHED} not pushed yet\n") } else { String::new() }
}

/// Says how long something took: `84ms`, `1.5s`, `12s`, `3m05s`, `2h10m`.
pub(crate) fn duration(span: Seconds) -> String {
    let seconds = span.millis() / 1000;
    match seconds {
        0 => format!("{}ms", span.millis()),
        1..10 => format!("{:.1}s", span.decimal()),
        10..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m{:02}s", seconds / MINUTE, seconds % MINUTE),
        _ => format!("{}h{:02}m", seconds / HOUR, seconds % HOUR / MINUTE),
    }
}

/// Says what something cost: `$1.25`, and `$0.0081` where two digits would hide it.
pub(crate) fn money(cost: Usd) -> String {
    match cost.micros() {
        micros if micros % 10_000 == 0 || micros >= 1_000_000 => format!("${:.2}", cost.decimal()),
        _ => format!("${:.4}", cost.decimal()),
    }
}

/// Says how many there are of something: `1 run`, `2 runs`.
pub(crate) fn count(number: u64, unit: &str) -> String {
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

/// Says how much space something takes: `512 B`, `4 KiB`, `1.5 MiB`.
pub(crate) fn bytes(number: u64) -> String {
    const KIB: u64 = 1024;
    let scaled = |unit: u64| number as f64 / unit as f64;
    match number {
        0..KIB => format!("{number} B"),
        KIB..1_048_576 => format!("{:.0} KiB", scaled(KIB)),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", scaled(1_048_576)),
        _ => format!("{:.1} GiB", scaled(1_073_741_824)),
    }
}

fn rounded(seconds: u64, unit: u64) -> u64 {
    (seconds + unit / 2) / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_money_are_short_and_exact_enough() {
        for (millis, text) in
            [(84, "84ms"), (1_500, "1.5s"), (12_300, "12s"), (185_000, "3m05s"), (7_830_000, "2h10m")]
        {
            assert_eq!(duration(Seconds::from_millis(millis)), text);
        }
        for (micros, text) in [(8_100, "$0.0081"), (1_250_000, "$1.25"), (0, "$0.00"), (1_234_567, "$1.23")] {
            assert_eq!(money(Usd::from_micros(micros)), text);
        }
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        for (number, text) in
            [(512, "512 B"), (4096, "4 KiB"), (1_572_864, "1.5 MiB"), (3 << 30, "3.0 GiB"), (0, "0 B")]
        {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn times_are_told_from_now() {
        let now = Timestamp::from_unix(1_000_000_000);
        for (seconds, text) in
            [(1, "1 second ago"), (120, "2 minutes ago"), (7200, "2 hours ago"), (3 * 86400, "3 days ago")]
        {
            assert_eq!(ago(Timestamp::from_unix(1_000_000_000 - seconds), now), text);
        }
        assert_eq!(ago(Timestamp::from_unix(2_000_000_000), now), "in the future");
    }
}
