//! Values that are known to be secret, and how else they are written.

use std::collections::BTreeSet;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::placeholder::{is_filler, is_placeholder};

/// The shortest value that is looked for.
const VALUE_BYTES: usize = 8;
/// So much of a value is looked for; what is longer goes as far as its characters run.
const SEARCHED_BYTES: usize = 64;
/// So much of a value is looked for in base64.
const ENCODED_BYTES: usize = 32;
/// The most values.
const VALUES: usize = 500;
/// So long, letters alone are no word.
const LETTERS: usize = 16;

/// How far what is removed goes beyond what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// Not at all.
    Exact,
    /// Up to a space or a quote: the value is longer than what is looked for.
    Run,
    /// As far as the base64 around it goes: it is the inner part of an encoded value.
    Base64,
}

impl Extent {
    /// Returns what is removed.
    pub(super) fn around(self, text: &[u8], at: Range<usize>) -> Range<usize> {
        let is_base64 = |b: &&u8| b.is_ascii_alphanumeric() || b"+/=_-".contains(b);
        let in_run = |b: &&u8| !b.is_ascii_whitespace() && !b"\"'`<>".contains(b);
        let (before, after) =
            (text.get(..at.start).unwrap_or_default(), text.get(at.end..).unwrap_or_default());
        match self {
            Self::Exact => at,
            Self::Run => at.start..at.end + after.iter().take_while(in_run).count(),
            Self::Base64 => {
                let start = at.start - before.iter().rev().take_while(is_base64).count();
                start..at.end + after.iter().take_while(is_base64).count()
            }
        }
    }
}

/// Lists the texts by which known values are found: as they are, in base64, and encoded for a URL.
pub(super) fn patterns<'v>(values: impl IntoIterator<Item = &'v str>) -> Vec<(Vec<u8>, Extent)> {
    let mut patterns = BTreeSet::new();
    // A key of several lines is indented in many ways, but not within a line.
    let lines = values.into_iter().flat_map(str::lines).map(str::trim);
    for value in lines.filter(|value| is_removable(value)).take(VALUES) {
        let start = value.as_bytes().get(..value.len().min(SEARCHED_BYTES)).unwrap_or_default();
        let extent = if start.len() == value.len() { Extent::Exact } else { Extent::Run };
        patterns.insert((start.to_vec(), extent));
        if start.contains(&b' ') {
            let encoded = start.iter().map(|b| if *b == b' ' { b'+' } else { *b });
            patterns.insert((encoded.collect(), extent));
        }
        let start = start.get(..start.len().min(ENCODED_BYTES)).unwrap_or_default();
        patterns.extend(in_base64(start).into_iter().map(|encoded| (encoded, Extent::Base64)));
    }
    patterns.into_iter().collect()
}

/// Lists the texts by which one value is found that is to go, whatever it looks like.
pub(super) fn exact_patterns(value: &str) -> Vec<(Vec<u8>, Extent)> {
    let value = value.as_bytes();
    let mut patterns = BTreeSet::from([(value.to_vec(), Extent::Exact)]);
    if value.contains(&b' ') {
        let encoded = value.iter().map(|b| if *b == b' ' { b'+' } else { *b });
        patterns.insert((encoded.collect(), Extent::Exact));
    }
    patterns.extend(in_base64(value).into_iter().map(|encoded| (encoded, Extent::Base64)));
    patterns.into_iter().collect()
}

// In base64, a value looks different at each of the three places where it may start, and its ends
// mix with its neighbours.
fn in_base64(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for shift in 0..3usize {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(value);
        let whole = shifted.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&shifted).into_bytes();
            let first = (shift * 8).div_ceil(6);
            found.extend(encoded.get(first..whole).map(<[u8]>::to_vec));
        }
    }
    found
}

/// Tells whether a value is long and odd enough to be removed wherever it stands. A password of
/// `postgres` must not blank that word everywhere.
pub fn is_removable(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() >= VALUE_BYTES
        && !is_placeholder(bytes)
        && !is_filler(bytes)
        && !is_word(bytes)
        && !is_path(value)
        && !is_number(bytes)
        && !value.chars().any(char::is_control)
}

// A word, or words with signs between them.
fn is_word(value: &[u8]) -> bool {
    let letters = value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.' | b' '));
    let humps = value.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    letters && (value.len() < LETTERS || humps.count() <= value.len() / 8)
}

fn is_path(value: &str) -> bool {
    let starts = ["/", "./", "../", "~/", "file:"].iter().any(|start| value.starts_with(start));
    let is_url = value.contains("://") && !value.contains('@');
    let is_drive = value.get(1..3) == Some(":\\");
    starts && !value.contains('+') && !value.ends_with('=') || is_url || is_drive
}

// Ports, dates and counters.
fn is_number(value: &[u8]) -> bool {
    value.len() < 14
        && value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b'/' | b'T' | b'Z'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn common_words_and_paths_are_not_looked_for() {
        for value in [
            "postgres",
            "hunter2",
            "password",
            "/run/secrets/db",
            "my-secret-name",
            "12345678",
            "https://x.example/token",
            "productionEnvironment",
        ] {
            assert!(!is_removable(value), "{value}");
        }
        for value in ["hunter2-hunter3", "aB3dE5gH", "correct horse 9", "https://u:p@x.example", "kX/9+aQw/"]
        {
            assert!(is_removable(value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_value_is_found_in_base64_wherever_it_starts(
            before in prop::collection::vec(any::<u8>(), 0..5),
            value in "[a-zA-Z0-9!@#]{8,30}",
            after in prop::collection::vec(any::<u8>(), 0..5),
        ) {
            let whole: Vec<u8> = [before, value.clone().into_bytes(), after].concat();
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let encoded = engine.encode(&whole).into_bytes();
                let mut inner = in_base64(value.as_bytes()).into_iter();
                prop_assert!(inner.any(|part| super::super::placeholder::holds(&encoded, &part)));
            }
        }
    }
}
