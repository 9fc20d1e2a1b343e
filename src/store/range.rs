//! From `A..B` to the runs between.

use std::str::FromStr;

use super::{RunSpec, StoreError};

/// What people type for the runs that follow one run, up to another: `A..B`. A side that is left
/// out is the current session's last run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRange {
    /// The run after which it begins.
    pub from: RunSpec,
    /// The run with which it ends.
    pub to: RunSpec,
}

impl RunRange {
    /// Tells whether a text is meant as a range.
    pub fn is_meant(text: &str) -> bool {
        text.contains("..")
    }
}

impl FromStr for RunRange {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let bad = |why: &str| StoreError::BadSpec { name: text.to_owned(), why: why.to_owned() };
        let (from, to) = text.split_once("..").ok_or_else(|| bad("a range is A..B"))?;
        if from.is_empty() && to.is_empty() {
            return Err(bad("a range names a run before or after '..'"));
        }
        if to.starts_with('.') || to.contains("..") {
            return Err(bad("a range is A..B, with two dots"));
        }
        let side = |side: &str| if side.is_empty() { "@".parse() } else { side.parse() };
        Ok(Self { from: side(from)?, to: side(to)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_two_ends() {
        for (text, from, to) in [
            ("@1..@3", "@1", "@3"),
            ("@1..", "@1", "@"),
            ("..fix@2", "@", "fix@2"),
            ("ab12..cd", "ab12", "cd"),
        ] {
            let range: RunRange = text.parse().expect(text);
            assert_eq!((range.from, range.to), (from.parse().expect(from), to.parse().expect(to)), "{text}");
        }
        for text in ["", "..", "a...b", "...", "a..b..c", "@x..@1", "a"] {
            assert!(text.parse::<RunRange>().is_err(), "{text}");
        }
    }
}
