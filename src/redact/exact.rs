//! Values that are to go from what is stored, wherever they stand and whatever they look like.

use std::fmt;

use super::counts::Counts;
use super::known::exact_patterns;
use super::marker::marker;
use super::redactor::Redactor;

/// The shortest value: a shorter one stands in words that have nothing to do with it.
const FEWEST: usize = 6;
/// The longest value, in bytes.
const MOST_BYTES: usize = 16 * 1024;
/// The marker that stands where such a value stood, without its brackets.
const RULE: &str = "known-value";

/// Why a value cannot be looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// There is none.
    #[error("the value is empty")]
    Empty,
    /// It stands in too many words.
    #[error("the value is too short: it has {0} characters, and must have {FEWEST}")]
    TooShort(usize),
    /// It is too long.
    #[error("the value is too long: it has {0} bytes, over the limit of {MOST_BYTES}")]
    TooLong(usize),
    /// It has several lines.
    #[error("the value has {0} lines")]
    Lines(usize),
    /// It holds what is no text.
    #[error("the value holds what is no text")]
    NoText,
    /// It is part of what stands where a secret stood.
    #[error("the value is part of the marker that would take its place")]
    Marker,
}

/// A value that is to go. It is never printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExactValue(String);

impl ExactValue {
    /// Takes a value as it was typed or handed in; the line break at its end is no part of it.
    pub fn new(bytes: &[u8]) -> Result<Self, ValueError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ValueError::NoText)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        match (text.lines().count(), text.trim().chars().count()) {
            _ if text.trim().is_empty() => Err(ValueError::Empty),
            (lines @ 2.., _) => Err(ValueError::Lines(lines)),
            (_, characters @ ..FEWEST) => Err(ValueError::TooShort(characters)),
            _ if text.len() > MOST_BYTES => Err(ValueError::TooLong(text.len())),
            _ if text.chars().any(char::is_control) => Err(ValueError::NoText),
            _ if String::from_utf8_lossy(&marker(RULE)).contains(text) => Err(ValueError::Marker),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// Returns the value itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Cuts the start of the value off that a text ends with which was cut in the middle of it.
    pub fn cut_from<'t>(&self, text: &'t str) -> &'t str {
        let starts = self.0.char_indices().map(|(at, _)| &self.0[..at]).rev();
        let start = starts.filter(|start| start.len() >= FEWEST / 2).find(|start| text.ends_with(start));
        text.strip_suffix(start.unwrap_or_default()).unwrap_or(text)
    }
}

impl fmt::Debug for ExactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExactValue(…)")
    }
}

impl Redactor {
    /// Makes one that removes these values and nothing else: as they are, under escapes of JSON and
    /// URLs, and in base64.
    pub fn exactly(values: &[ExactValue]) -> Self {
        let patterns: Vec<_> = values.iter().flat_map(|value| exact_patterns(&value.0)).collect();
        Self::of_patterns(&patterns)
    }

    /// Tells whether a content holds anything that would be removed.
    pub fn holds(&self, content: &[u8]) -> bool {
        let mut counts = Counts::default();
        self.clean(content, &mut counts);
        !counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str) -> ExactValue {
        ExactValue::new(text.as_bytes()).expect("valid")
    }

    #[test]
    fn a_value_that_stands_everywhere_is_refused() {
        for (text, why) in [
            ("", ValueError::Empty),
            ("  \n", ValueError::Empty),
            ("x", ValueError::TooShort(1)),
            ("12345\n", ValueError::TooShort(5)),
            ("one line\nanother\n", ValueError::Lines(2)),
            ("REDACTED", ValueError::Marker),
            ("\u{1b}[31mred", ValueError::NoText),
        ] {
            assert_eq!(ExactValue::new(text.as_bytes()), Err(why), "{text:?}");
        }
        assert_eq!(ExactValue::new(b"hunter2\r\n"), Ok(value("hunter2")));
        assert_eq!(format!("{:?}", value("hunter2")), "ExactValue(…)");
    }

    #[test]
    fn nothing_but_the_value_goes() {
        let redactor = Redactor::exactly(&[value("hunter2")]);
        let mut counts = Counts::default();
        let text = b"password=hunter2 token=ghp_q7Rk2WmZx9Lc4Vn8Bt3Yh6Jd1Fs5Gp0TaUe1\n{\"password\": \"other-secret-9\"}\n";
        let cleaned = redactor.clean(text, &mut counts);
        let expected = String::from_utf8_lossy(text).replace("hunter2", "[REDACTED:known-value]");
        assert_eq!(String::from_utf8_lossy(&cleaned), expected);
        let long = "x".repeat(9 << 20);
        assert!(!redactor.holds(long.as_bytes()), "a long line without it stays");
        assert!(redactor.holds(format!("{long}hunter2{long}").as_bytes()));
    }

    #[test]
    fn what_a_cut_left_of_the_value_goes_too() {
        assert_eq!(value("hunter2").cut_from("use hunte"), "use ");
        assert_eq!(value("hunter2").cut_from("use hu"), "use hu");
    }

    proptest! {
        #[test]
        fn a_value_goes_in_each_of_its_writings(
            before in "[ -~]{0,8}",
            text in "[A-Za-z0-9!@#$%^&*()_+=/-]{8,30}",
            after in "[ -~]{0,8}",
        ) {
            let redactor = Redactor::exactly(&[value(&text)]);
            let plain = format!("{before} {text} {after}");
            let encoded = base64::engine::general_purpose::STANDARD.encode(&plain);
            let escaped: String = text.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
            let percent: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
            let json = serde_json::json!({ "a": plain, "b": { text.clone(): 1 } }).to_string();
            for writing in [plain, encoded, escaped, percent, json] {
                let mut counts = Counts::default();
                let cleaned = redactor.clean(writing.as_bytes(), &mut counts).into_owned();
                prop_assert!(!counts.is_empty(), "{}", writing);
                prop_assert!(!redactor.holds(&cleaned));
                prop_assert!(!String::from_utf8_lossy(&cleaned).contains(&text));
            }
        }
    }
}
