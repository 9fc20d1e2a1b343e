//! Private keys in the armour of PEM, PGP, OpenSSH and PuTTY.

use std::ops::Range;

use super::assignment::Found;
use super::placeholder::holds;

const RULE: &str = "private-key";
const END: &[u8] = b"-----END";
const DASHES: &[u8] = b"-----";
/// The longest key.
const KEY_BYTES: usize = 128 * 1024;
/// The longest first line of a key.
const HEADER_BYTES: usize = 120;
/// So many characters of base64 in a row are no words.
const BASE64_RUN: usize = 32;

/// Finds the key that begins at `at`, where `-----BEGIN` stands. Without an end, it ends with its
/// last line of base64: a text may be cut.
pub(super) fn find(text: &[u8], at: Range<usize>) -> Option<Found> {
    let body = header_end(text, at.start + at.len())?;
    let window = text.get(body..text.len().min(body + KEY_BYTES))?;
    // Nothing between the two lines has five dashes.
    let next = memchr::memmem::find(window, DASHES).unwrap_or(window.len());
    let end = match window.get(next..)?.starts_with(END) {
        true => body + next + header_length(window.get(next..)?),
        false => body + base64_length(window.get(..next)?),
    };
    let key = text.get(body..end)?;
    has_base64_run(key).then_some(Found { rule: RULE, range: at.start..end })
}

/// Finds the key that ends at `at`, where `-----END` stands and nothing began it.
pub(super) fn find_end(text: &[u8], at: Range<usize>) -> Option<Found> {
    let end = header_end(text, at.end)?;
    let before = text.get(at.start.saturating_sub(KEY_BYTES)..at.start)?;
    let before =
        before.get(memchr::memmem::rfind(before, DASHES).map_or(0, |found| found + DASHES.len())..)?;
    let length = before.iter().rev().take_while(|b| is_armour(**b)).count();
    let start = at.start - length;
    let start = start + text.get(start..at.start)?.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let body = text.get(start..at.start)?;
    has_base64_run(body).then_some(Found { rule: RULE, range: start..end })
}

/// Finds the secret lines of a PuTTY key, where `Private-Lines:` stands at `at`.
pub(super) fn find_putty(text: &[u8], at: Range<usize>) -> Option<Found> {
    let rest = text.get(at.end..text.len().min(at.end + KEY_BYTES))?;
    let length = rest.iter().take_while(|b| is_armour(**b)).count();
    has_base64_run(rest.get(..length)?).then_some(Found { rule: RULE, range: at.end..at.end + length })
}

/// Returns where the line ends that says what the armour holds, if that is a private key.
fn header_end(text: &[u8], at: usize) -> Option<usize> {
    let line = text.get(at..text.len().min(at + HEADER_BYTES))?;
    let end = memchr::memmem::find(line, DASHES)?;
    holds(line.get(..end)?, b"PRIVATE KEY").then_some(at + end + DASHES.len())
}

fn header_length(line: &[u8]) -> usize {
    let rest = line.get(END.len()..line.len().min(HEADER_BYTES)).unwrap_or_default();
    let end = memchr::memmem::find(rest, DASHES).map(|end| END.len() + end + DASHES.len());
    end.unwrap_or(END.len())
}

fn base64_length(window: &[u8]) -> usize {
    window.iter().take_while(|b| is_armour(**b)).count()
}

// Base64, line ends (also escaped ones), and the fields before an encrypted key.
fn is_armour(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || b"+/=\\:,-".contains(&b)
}

fn has_base64_run(text: &[u8]) -> bool {
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    text.split(|b| !is_base64(*b)).any(|run| run.len() >= BASE64_RUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armour(kind: &str) -> (String, String, String) {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj".repeat(2);
        (format!("-----BEGIN {kind}-----"), body, format!("-----END {kind}-----"))
    }

    fn found(text: &str) -> Option<&str> {
        let at = text.find("-----BEGIN")?;
        text.get(find(text.as_bytes(), at..at + 10)?.range)
    }

    #[test]
    fn a_key_is_found_with_or_without_its_end() {
        for kind in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
            let (begin, body, end) = armour(kind);
            let whole = format!("{begin}\n{body}\n{end}");
            assert_eq!(found(&format!("a\n{whole}\nb")), Some(whole.as_str()));
            assert_eq!(
                found(&format!("{begin}\\n{body}\\n{end}\"")),
                Some(whole.replace('\n', "\\n").as_str())
            );
            let cut = format!("{begin}\n{body}");
            assert_eq!(found(&format!("{cut}\"")), Some(cut.as_str()));
            let tail = format!("x;{body}\n{end}.");
            let at = tail.find("-----END").expect("there");
            let range = find_end(tail.as_bytes(), at..at + 8).expect("found").range;
            assert_eq!(tail.get(range), Some(format!("{body}\n{end}").as_str()));
        }
    }

    #[test]
    fn public_keys_and_words_about_keys_are_left() {
        let (begin, body, end) = armour("PUBLIC KEY");
        assert_eq!(found(&format!("{begin}\n{body}\n{end}")), None);
        let (begin, ..) = armour("PRIVATE KEY");
        assert_eq!(found(&format!("if text.contains(\"{begin}\") {{ return true; }}")), None);
        assert_eq!(found(&format!("{begin} is what the first line of such a file says")), None);
    }
}
