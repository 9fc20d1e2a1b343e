//! Text as it reads without its escapes, with the way back to where each character stands.

use std::ops::Range;

/// The most layers of escapes that are taken off.
pub(super) const LAYERS: usize = 4;

/// A text without one layer of escapes.
#[derive(Debug)]
pub(super) struct View {
    /// The text.
    pub(super) text: Vec<u8>,
    // Where each of its bytes starts in the text that was escaped, and where that ends.
    at: Vec<usize>,
}

/// A kind of escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `\u002d`, `\x2d`, `\"`, `\/`, `\n`.
    Backslash,
    /// `%2D`.
    Percent,
}

impl View {
    /// Takes one layer of escapes off; `None` where there is none.
    pub(super) fn of(text: &[u8], escapes: Escapes) -> Option<Self> {
        let sign = match escapes {
            Escapes::Backslash => b'\\',
            Escapes::Percent => b'%',
        };
        let first = memchr::memchr(sign, text)?;
        let mut view = Self { text: Vec::with_capacity(text.len()), at: Vec::with_capacity(text.len() + 1) };
        let (mut at, mut next, mut found) = (0, Some(first), false);
        while let Some(escape) = next {
            view.copy(text, at..escape);
            let rest = text.get(escape..)?;
            let decoded = match escapes {
                Escapes::Percent => percent(rest),
                Escapes::Backslash => backslash(rest),
            };
            found |= decoded.is_some();
            let (decoded, length) = decoded.unwrap_or((Decoded::byte(sign), 1));
            view.text.extend_from_slice(decoded.bytes());
            view.at.extend(decoded.bytes().iter().map(|_| escape));
            at = escape + length;
            next = memchr::memchr(sign, text.get(at..)?).map(|offset| at + offset);
        }
        view.copy(text, at..text.len());
        view.at.push(text.len());
        found.then_some(view)
    }

    fn copy(&mut self, text: &[u8], range: Range<usize>) {
        self.text.extend_from_slice(text.get(range.clone()).unwrap_or_default());
        self.at.extend(range);
    }

    /// Returns where a part of the view stands in the text that was escaped.
    pub(super) fn back(&self, range: &Range<usize>) -> Option<Range<usize>> {
        Some(*self.at.get(range.start)?..*self.at.get(range.end)?)
    }
}

/// Tells whether a text has escapes that could hide a letter, a digit or a sign from a search.
pub(super) fn hides(text: &[u8]) -> bool {
    first_hidden(text).is_some()
}

/// Returns where the first such escape starts.
pub(super) fn first_hidden(text: &[u8]) -> Option<usize> {
    memchr::memchr2_iter(b'\\', b'%', text).find(|at| {
        let rest = text.get(*at..).unwrap_or_default();
        match rest {
            [b'%', ..] => percent(rest).is_some_and(|(decoded, _)| decoded.is_visible()),
            [b'\\', b'u' | b'x' | b'U', ..] => {
                backslash(rest).is_some_and(|(decoded, _)| decoded.is_visible())
            }
            [b'\\', b'/' | b'\\', ..] => true,
            _ => false,
        }
    })
}

/// What an escape stands for, as UTF-8.
#[derive(Debug, Clone, Copy)]
struct Decoded {
    bytes: [u8; 4],
    length: usize,
}

impl Decoded {
    fn byte(b: u8) -> Self {
        Self { bytes: [b, 0, 0, 0], length: 1 }
    }

    fn char(c: char) -> Self {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Self { bytes, length }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn is_visible(self) -> bool {
        self.bytes().iter().any(|b| b.is_ascii_graphic() || !b.is_ascii())
    }
}

fn backslash(rest: &[u8]) -> Option<(Decoded, usize)> {
    let simple = |b: u8| Some((Decoded::byte(b), 2));
    match rest.get(1)? {
        b'u' if rest.get(2) == Some(&b'{') => braced(rest),
        b'u' => utf16(rest),
        b'U' => Some((Decoded::char(char::from_u32(hex(rest.get(2..10)?)?)?), 10)),
        b'x' => Some((Decoded::byte(u8::try_from(hex(rest.get(2..4)?)?).ok()?), 4)),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'b' | b'f' | b'v' | b'a' | b'0' => simple(b' '),
        b'e' => simple(b'\x1b'),
        b @ (b'"' | b'\'' | b'\\' | b'/' | b'`') => simple(*b),
        _ => None,
    }
}

// `\u002d`, or the two halves of a character beyond the first 65,536.
fn utf16(rest: &[u8]) -> Option<(Decoded, usize)> {
    let unit = |from: usize| u16::try_from(hex(rest.get(from..from + 4)?)?).ok();
    let first = unit(2)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((Decoded::char(c), 6));
    }
    let second = (rest.get(6..8)? == b"\\u").then(|| unit(8)).flatten()?;
    let c = char::decode_utf16([first, second]).next()?.ok()?;
    Some((Decoded::char(c), 12))
}

// `\u{2d}`
fn braced(rest: &[u8]) -> Option<(Decoded, usize)> {
    let end = memchr::memchr(b'}', rest.get(..rest.len().min(12))?)?;
    let code = hex(rest.get(3..end)?)?;
    Some((Decoded::char(char::from_u32(code)?), end + 1))
}

fn percent(rest: &[u8]) -> Option<(Decoded, usize)> {
    let code = hex(rest.get(1..3)?)?;
    Some((Decoded::byte(u8::try_from(code).ok()?), 3))
}

fn hex(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, escapes: Escapes) -> Option<String> {
        View::of(text.as_bytes(), escapes).map(|view| String::from_utf8_lossy(&view.text).into_owned())
    }

    #[test]
    fn one_layer_of_escapes_is_taken_off() {
        assert_eq!(read(r#"a\u002d\x2d\"\/\\n\n"#, Escapes::Backslash).as_deref(), Some("a--\"/\\n\n"));
        assert_eq!(read(r"\u{2d}\U0000002d\u00e9", Escapes::Backslash).as_deref(), Some("--é"));
        assert_eq!(read("a%2Db%2", Escapes::Percent).as_deref(), Some("a-b%2"));
        assert_eq!(read("100% of \\d", Escapes::Percent), None);
        assert_eq!(read("\\d", Escapes::Backslash), None);
    }

    #[test]
    fn only_escapes_that_hide_something_count() {
        for text in [r"\u002d", r"\x41", "%5F", r"\/", r"\\n"] {
            assert!(hides(text.as_bytes()), "{text}");
        }
        for text in [r"\u001b[0m", r"\n\t", "100%", "%20", r"\u00"] {
            assert!(!hides(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn each_part_leads_back_to_what_stands_for_it(text in "[a-c\\\\u0-9dxn%/\"{}]{0,40}", from in 0usize..40, length in 0usize..10) {
            for escapes in [Escapes::Backslash, Escapes::Percent] {
                let Some(view) = View::of(text.as_bytes(), escapes) else { continue };
                let from = from.min(view.text.len());
                let range = from..(from + length).min(view.text.len());
                let back = view.back(&range).expect("it lies in the view");
                prop_assert!(back.len() >= range.len() && back.end <= text.len());
            }
        }
    }
}
