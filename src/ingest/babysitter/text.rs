//! How foreign texts, values, numbers and times become ours.

use serde_json::Value;
use uuid::Uuid;

use crate::model::Timestamp;

/// The last second of the year 9999: what git and RFC 3339 can still write.
const LAST_SECOND: i64 = 253_402_300_799;
/// The largest whole number that JavaScript, which wrote these files, holds exactly.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

/// Reads a time; `None` where it is absent, unreadable, or outside 1970 to 9999.
pub(super) fn time(text: Option<&str>) -> Option<Timestamp> {
    let time: Timestamp = text?.trim().parse().ok()?;
    (0..=LAST_SECOND).contains(&time.unix()).then_some(time)
}

/// Reads a count; `None` where it is absent or no count.
pub(super) fn count(number: Option<f64>) -> Option<u64> {
    number.filter(|n| (0.0..=LARGEST_COUNT).contains(n)).map(|n| n.round() as u64)
}

/// Returns the text without surrounding space, `None` when nothing is left.
pub(super) fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Puts the text on one line of at most `max` characters.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// Returns a string as it is and any other value as compact JSON.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the content of a file that holds this text: with one final line feed.
pub(super) fn file_text(text: &str) -> String {
    format!("{}\n", text.trim_end_matches(['\n', '\r']))
}

/// Returns 4 hexadecimal digits that only depend on the text.
pub(super) fn digits(text: &str) -> String {
    let mut digits = Uuid::new_v5(&Uuid::nil(), text.as_bytes()).simple().to_string();
    digits.truncate(4);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_that_cannot_be_are_unknown() {
        assert_eq!(time(Some(" 2026-11-22T07:14:10Z ")).map(|t| t.unix()), Some(1_795_331_650));
        for bad in ["", "yesterday", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-10:00"] {
            assert_eq!(time(Some(bad)), None, "{bad}");
        }
        assert_eq!(count(Some(1200.0)), Some(1200));
        assert_eq!([count(Some(-1.0)), count(Some(1e300)), count(None)], [None; 3]);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(one_line(" a\n\tb  c ", 10), "a b c");
        assert_eq!(one_line("ééééé", 3), "ééé…");
    }

    #[test]
    fn a_file_ends_in_one_line_feed() {
        assert_eq!(file_text("a\n\n"), "a\n");
        assert_eq!(file_text(&value_text(&serde_json::json!({"b": [1, null]}))), "{\"b\":[1,null]}\n");
    }
}
