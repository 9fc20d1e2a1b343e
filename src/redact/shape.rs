//! What a token looks like: a fixed start, then runs of characters of one class.

use std::ops::Range;

use super::placeholder::is_filler;

/// Without a limit.
pub(super) const MANY: usize = usize::MAX;

/// The longest run that is looked at; a hostile text has many that end nowhere.
const RUN_BYTES: usize = 8 * 1024;

/// A kind of token.
#[derive(Debug)]
pub(super) struct Form {
    /// The name of the rule.
    pub(super) rule: &'static str,
    /// Where its form is described.
    pub(super) source: &'static str,
    /// What comes before the fixed part, where anything does.
    pub(super) lead: Option<(Class, usize, usize)>,
    /// The fixed parts, one of which it has.
    pub(super) starts: &'static [&'static str],
    /// What follows the fixed part.
    pub(super) rest: &'static [Part],
}

/// The lead of a short fixed part, which is none where it ends a longer name.
pub(super) const APART: (Class, usize, usize) = (Class::Joint, 0, 0);

/// A part of a token.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// From so many to so many characters of a class. One more of them would be another thing.
    Run(Class, usize, usize),
    /// These characters.
    Lit(&'static str),
}

/// A class of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// `0-9`.
    Digit,
    /// `0-9 a-f A-F`.
    Hex,
    /// `0-9 a-f A-F -`.
    Uuid,
    /// `0-9 A-Z`.
    Upper,
    /// `A-Z a-z`.
    Letter,
    /// `0-9 A-Z a-z`.
    Alnum,
    /// `0-9 A-Z a-z _`.
    Word,
    /// `0-9 A-Z a-z _ -`, the alphabet of base64 for URLs.
    Url,
    /// `0-9 A-Z a-z _ - .`.
    Dotted,
    /// `0-9 A-Z a-z _ ~ .` and `-`.
    Tilde,
    /// `0-9 A-Z a-z + / = _ -`.
    Base64,
    /// `0-9 A-Z a-z / _ - @ .`, the end of a URL.
    Path,
    /// `_` and `-`, which join words.
    Joint,
}

impl Class {
    /// Tells whether the class holds a character.
    pub(super) fn holds(self, b: u8) -> bool {
        let more: &[u8] = match self {
            Self::Digit => return b.is_ascii_digit(),
            Self::Hex => return b.is_ascii_hexdigit(),
            Self::Uuid => return b.is_ascii_hexdigit() || b == b'-',
            Self::Upper => return b.is_ascii_digit() || b.is_ascii_uppercase(),
            Self::Joint => return matches!(b, b'_' | b'-'),
            Self::Letter => return b.is_ascii_alphabetic(),
            Self::Alnum => b"",
            Self::Word => b"_",
            Self::Url => b"_-",
            Self::Dotted => b"_-.",
            Self::Tilde => b"_~.-",
            Self::Base64 => b"+/=_-",
            Self::Path => b"/_-@.",
        };
        b.is_ascii_alphanumeric() || more.contains(&b)
    }
}

impl Form {
    /// Finds the token of which the fixed part stands at `at`.
    pub(super) fn find(&self, text: &[u8], at: Range<usize>) -> Option<Range<usize>> {
        let start = match self.lead {
            Some((class, least, most)) => lead(text, at.start, class, least, most)?,
            None => at.start,
        };
        if !starts_a_word(text, start) {
            return None;
        }
        let mut end = at.end;
        for part in self.rest {
            end = part.end(text, end)?;
        }
        if let Some(Part::Run(class, _, MANY)) = self.rest.last() {
            end += text.get(end..)?.iter().take_while(|b| class.holds(**b)).count();
        }
        let body = text.get(at.end..end)?;
        let whole = if self.lead.is_some() { text.get(start..end)? } else { body };
        (!is_filler(whole)).then_some(start..end)
    }
}

impl Part {
    fn end(self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        match self {
            Self::Lit(literal) => rest.starts_with(literal.as_bytes()).then_some(from + literal.len()),
            Self::Run(class, least, most) => {
                let limit = most.saturating_add(1).min(RUN_BYTES);
                let length = rest.iter().take(limit).take_while(|b| class.holds(**b)).count();
                // What runs on is no token of a fixed length.
                (length >= least && length <= most).then_some(from + length)
            }
        }
    }
}

fn lead(text: &[u8], end: usize, class: Class, least: usize, most: usize) -> Option<usize> {
    let before = text.get(..end)?;
    let length = before.iter().rev().take_while(|b| class.holds(**b)).count();
    (length >= least && length <= most).then_some(end - length)
}

/// Tells whether a word may start here: the character before is none of a word, or it ends an
/// escape such as `\n` or one that colours a terminal.
pub(super) fn starts_a_word(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    match before {
        [] => true,
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [rest @ .., b'm'] => ends_a_colour(rest),
        [.., last] => !last.is_ascii_alphanumeric(),
    }
}

fn ends_a_colour(before: &[u8]) -> bool {
    let numbers = before.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b';').count();
    let rest = before.get(..before.len() - numbers).unwrap_or_default();
    matches!(rest, [.., b'\x1b', b'['] | [.., b'1', b'b' | b'B', b'['] | [.., b'3', b'3', b'['])
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form {
        rule: "test",
        source: "",
        lead: None,
        starts: &["tok_"],
        rest: &[Part::Run(Class::Hex, 8, 8), Part::Lit("."), Part::Run(Class::Alnum, 2, MANY)],
    };

    fn found(text: &str) -> Option<&str> {
        let at = text.find("tok_")?;
        text.get(FORM.find(text.as_bytes(), at..at + 4)?)
    }

    #[test]
    fn a_form_is_found_whole_or_not_at_all() {
        assert_eq!(found("a tok_0a1b2c3d.xyz, b"), Some("tok_0a1b2c3d.xyz"));
        assert_eq!(found("\\ntok_0a1b2c3d.xyz\\n"), Some("tok_0a1b2c3d.xyz"));
        assert_eq!(found("\u{1b}[1;31mtok_0a1b2c3d.xyz"), Some("tok_0a1b2c3d.xyz"));
        for other in ["tok_0a1b2c3.xyz", "tok_0a1b2c3d4.xyz", "stok_0a1b2c3d.xyz", "tok_0a1b2c3d"] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn filler_is_no_token() {
        assert_eq!(found("tok_00000000.xx"), None);
    }
}
