//! Patterns of sessions' names, as shells know them: `*` is anything, `?` one character.

use std::fmt;
use std::str::FromStr;

use super::{NameError, SessionName};

/// The longest pattern, in bytes. A name has 100 at most.
const PATTERN_BYTES: usize = 200;

/// A pattern of sessions' names; a name stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct SessionPattern(String);

impl SessionPattern {
    /// Tells whether a text is meant as a pattern and not as a name.
    pub fn is_meant(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// Tells whether a name is one of those that are meant.
    pub fn fits(&self, name: &SessionName) -> bool {
        fits(self.0.as_bytes(), name.as_str().as_bytes())
    }
}

impl FromStr for SessionPattern {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.strip_prefix("session/").unwrap_or(text);
        let refuse = |why: &str| Err(NameError { name: text.to_owned(), why: why.to_owned() });
        let may_be =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-*?".contains(&byte);
        match text {
            "" => refuse("it is empty"),
            _ if text.len() > PATTERN_BYTES => refuse("it is too long"),
            _ if !text.bytes().all(may_be) => refuse("a pattern is made of a-z 0-9 . _ - * ?"),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl From<SessionName> for SessionPattern {
    fn from(name: SessionName) -> Self {
        Self(name.to_string())
    }
}

impl fmt::Display for SessionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Each star takes as little as it can; where the rest does not fit, the last star takes one more. So
// no pattern takes longer than its length times that of the name.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut to, mut star) = (0, 0, None);
    while let Some(byte) = name.get(to) {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at, to));
                at += 1;
            }
            (Some(wanted), _) if *wanted == b'?' || wanted == byte => (at, to) = (at + 1, to + 1),
            (_, Some((before, taken))) => {
                star = Some((before, taken + 1));
                (at, to) = (before + 1, taken + 1);
            }
            (_, None) => return false,
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_fit_patterns_as_in_a_shell() {
        for (pattern, name, does) in [
            ("build-*", "build-the-docs-0a0b0c0d", true),
            ("session/build-*", "build-the-docs-0a0b0c0d", true),
            ("build-*", "rebuild-0a0b0c0d", false),
            ("*-docs-*", "build-the-docs-0a0b0c0d", true),
            ("*0a0b0c0d", "build-0a0b0c0d-0a0b0c0d", true),
            ("?-0a0b0c0d", "b-0a0b0c0d", true),
            ("?-0a0b0c0d", "bb-0a0b0c0d", false),
            ("*", "b-0a0b0c0d", true),
            ("b-0a0b0c0d", "b-0a0b0c0d", true),
            ("b-0a0b0c0", "b-0a0b0c0d", false),
        ] {
            let pattern: SessionPattern = pattern.parse().expect("a pattern");
            assert_eq!(pattern.fits(&name.parse().expect("a name")), does, "{pattern} {name}");
        }
        for bad in ["", "session/", "A*", "a b*", "*\n", "é*", &"*".repeat(201)] {
            assert!(bad.parse::<SessionPattern>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_of_a_name_between_stars_fits_it(name in "[a-z]{1,8}-[0-9a-f]{8}", from in 0..9usize, length in 0..9usize) {
            let part: String = name.chars().skip(from).take(length).collect();
            let pattern: SessionPattern = format!("*{part}*").parse().expect("a pattern");
            prop_assert!(pattern.fits(&name.parse().expect("a name")));
            prop_assert_eq!(pattern.to_string().parse::<SessionPattern>().expect("printed"), pattern);
        }

        #[test]
        fn no_pattern_is_too_odd_to_be_tried(pattern in "[ab*?]{0,60}", name in "[ab]{1,30}-00000001") {
            if let Ok(pattern) = pattern.parse::<SessionPattern>() {
                let _ = pattern.fits(&name.parse().expect("a name"));
            }
        }
    }
}
