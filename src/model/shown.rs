//! Stored or typed text, made safe to print inside a message.

use std::fmt::Write as _;

/// The most characters of a value that a message quotes.
const SHOWN_CHARS: usize = 80;

/// Returns `text` with every character that could steer a terminal escaped, at most 80 characters.
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == SHOWN_CHARS {
            out.push('…');
            break;
        }
        match escape_char(c) {
            Some(escaped) => out.push_str(&escaped),
            None => out.push(c),
        }
    }
    out
}

/// Returns `text` with every character that could steer a terminal escaped; line feeds and tabs stay.
pub fn escape_text(text: &str) -> String {
    // Most texts are plain, and are megabytes in a diff.
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match escape_char(c) {
            Some(escaped) if c != '\n' && c != '\t' => out.push_str(&escaped),
            _ => out.push(c),
        }
    }
    out
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

/// Returns the visible form of a control, bidirectional or invisible character, `None` for others.
pub fn escape_char(c: char) -> Option<String> {
    let mut out = String::new();
    match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '\u{0}'..='\u{1f}' | '\u{7f}' => write!(out, "\\x{:02x}", u32::from(c)).ok()?,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => write!(out, "\\u{{{:x}}}", u32::from(c)).ok()?,
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_survives() {
        let hostile = "a\x1b[2J\u{9b}b\u{202e}c\u{200b}\x07\r\n";
        assert_eq!(shown(hostile), "a\\x1b[2J\\u{9b}b\\u{202e}c\\u{200b}\\x07\\r\\n");
        assert_eq!(escape_text("a\tb\nc\x1b"), "a\tb\nc\\x1b");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(shown(&"x".repeat(200)).chars().count(), 81);
    }
}
