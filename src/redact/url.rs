//! Passwords and signatures in URLs and connection strings.

use std::ops::Range;

use super::assignment::Found;
use super::marker;
use super::placeholder::{is_filler, is_placeholder};
use super::value::is_credential;

/// The longest part of a URL that is looked at.
const AUTHORITY_BYTES: usize = 1024;
/// The shortest user name that is a token.
const TOKEN_CHARS: usize = 16;

/// Finds the password in `scheme://user:password@host`, where `://` stands at `at`. A long and
/// mixed user name without a password is a token.
pub(super) fn find(text: &[u8], at: Range<usize>) -> Option<Found> {
    let scheme = at.start.checked_sub(1).and_then(|before| text.get(before))?;
    if !scheme.is_ascii_alphanumeric() {
        return None;
    }
    let window = text.get(at.end..text.len().min(at.end + AUTHORITY_BYTES))?;
    let authority = window.iter().take_while(|b| !ends_authority(**b)).count();
    let user = window.get(..authority)?;
    let user = user.get(..memchr::memrchr(b'@', user)?)?;
    credentials(user, at.end)
}

/// Finds the password in `user:password@tcp(host)`, where `@tcp(` or its like stands at `at`.
pub(super) fn find_dsn(text: &[u8], at: Range<usize>) -> Option<Found> {
    let before = text.get(at.start.saturating_sub(AUTHORITY_BYTES)..at.start)?;
    let length = before.iter().rev().take_while(|b| !ends_authority(**b)).count();
    let start = at.start - length;
    let user = text.get(start..at.start)?;
    user.contains(&b':').then(|| credentials(user, start)).flatten()
}

/// Finds the signature of a URL, where `sig=` or its like stands at `at`.
pub(super) fn find_signature(text: &[u8], at: Range<usize>) -> Option<Found> {
    let before = text.get(..at.start)?;
    let name = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    let is_query = matches!(before.get(..before.len() - name)?, [.., b'?' | b'&']);
    let is_value = |b: &&u8| b.is_ascii_alphanumeric() || b"+/=_-%.~".contains(b);
    let length = text.get(at.end..)?.iter().take_while(is_value).count();
    let range = at.end..at.end + length;
    let value = text.get(range.clone())?;
    let is_signature = is_query && length >= TOKEN_CHARS && is_credential(value);
    is_signature.then_some(Found { rule: "url-signature", range })
}

fn ends_authority(b: u8) -> bool {
    b.is_ascii_whitespace() || b.is_ascii_control() || b"/?#\"'<>`\\,|".contains(&b)
}

fn credentials(user: &[u8], start: usize) -> Option<Found> {
    if marker::starts(user) {
        return None;
    }
    let colon = memchr::memchr(b':', user);
    let secret = match colon {
        Some(colon) => colon + 1..user.len(),
        None if user.len() >= TOKEN_CHARS && is_credential(user) && !is_filler(user) => 0..user.len(),
        None => return None,
    };
    let value = user.get(secret.clone())?;
    let is_password = value.len() >= 2 && !is_placeholder(value) && !marker::starts(value);
    let range = start + secret.start..start + secret.end;
    is_password.then_some(Found { rule: "url-password", range })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Option<&str> {
        let at = text.find("://")?;
        text.get(find(text.as_bytes(), at..at + 3)?.range)
    }

    #[test]
    fn the_password_of_a_url_is_found() {
        for (text, expected) in [
            ("postgres://app:hunter2@db:5432/x", "hunter2"),
            ("redis://:p%40ss@cache", "p%40ss"),
            ("see https://u:pa:ss@host/@scope", "pa:ss"),
            ("https://a1b2c3d4e5f6a7b8@host/x", "a1b2c3d4e5f6a7b8"),
        ] {
            assert_eq!(secret(text), Some(expected), "{text}");
        }
        for text in [
            "https://host:8080/a@b",
            "postgres://user:password@localhost/x",
            "https://u:${PASS}@host",
            "https://git@github.com/x",
            "https://u:<password>@host",
            "https://u:[REDACTED:url-password]@host",
            "https://[REDACTED:url-password]@host",
            "://u:hunter2@host",
        ] {
            assert_eq!(secret(text), None, "{text}");
        }
    }

    #[test]
    fn other_connection_strings_and_signatures_are_found() {
        let text = b"dsn = app:hunter2@tcp(db:3306)/x";
        let at = 17..22;
        assert_eq!(find_dsn(text, at).and_then(|found| text.get(found.range)), Some(&b"hunter2"[..]));
        let text = b"https://x.example/b?sv=1&sig=aB3dE5gH7jK9lM1n%3D&x=1";
        let found = find_signature(text, 25..29).and_then(|found| text.get(found.range));
        assert_eq!(found, Some(&b"aB3dE5gH7jK9lM1n%3D"[..]));
    }
}
