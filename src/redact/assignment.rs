//! Values beside a name that says they are secret, however they are assigned: `password=…`,
//! `"token": "…"`, `Authorization: Bearer …`, `--api-key …`, `<secret>…</secret>`.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::name::NameKind;
use super::value::{Written, is_credential, is_secret};

/// The most characters of a name.
const NAME_CHARS: usize = 80;
/// The most spaces around the sign that assigns.
const SPACES: usize = 16;
/// The most characters of a type between a name and its value.
const TYPE_CHARS: usize = 40;
/// Words before the credential of an `Authorization` header.
const SCHEMES: [&str; 13] = [
    "bearer",
    "basic",
    "token",
    "digest",
    "ssws",
    "apikey",
    "api-key",
    "bot",
    "geniekey",
    "negotiate",
    "key",
    "oauth",
    "aws4-hmac-sha256",
];

/// A value that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The rule that it breaks.
    pub(super) rule: &'static str,
    /// Where it stands.
    pub(super) range: Range<usize>,
}

/// How a value is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equals,
    Colon,
    Space,
    Tag,
    Call,
    Prose,
}

struct Name {
    range: Range<usize>,
    kind: NameKind,
    is_flag: bool,
    is_constant: bool,
}

/// Finds the value of the name that a word at `at` is part of.
pub(super) fn find(text: &[u8], at: Range<usize>) -> Option<Found> {
    let name = name_around(text, at)?;
    let (sign, after) = sign_after(text, &name)?;
    let value = skip_type(text, skip_spaces(text, after), sign);
    match name.kind {
        NameKind::Cookie => rest_of_line(text, value, "cookie"),
        NameKind::Header => credential(text, value),
        kind => plain_value(text, value, &name, sign, kind),
    }
}

/// Finds the credential behind a word such as `Bearer`.
pub(super) fn find_bearer(text: &[u8], at: Range<usize>) -> Option<Found> {
    let is_word = at.start == 0 || !text.get(at.start - 1)?.is_ascii_alphanumeric();
    let start = skip_spaces(text, at.end);
    if !is_word || start == at.end {
        return None;
    }
    let range = start..bare_end(text, start, is_credential_end);
    let value = text.get(range.clone())?;
    (value.len() >= 16 && is_credential(value)).then_some(Found { rule: "header", range })
}

/// Tells which part of a value is secret beside a name of this kind, both taken from a document.
pub(super) fn in_field(kind: NameKind, value: &[u8]) -> Option<Found> {
    match kind {
        NameKind::Header => credential(value, 0),
        NameKind::Cookie => rest_of_line(value, 0, "cookie"),
        kind => is_secret(kind, value, Written::Field)
            .then_some(Found { rule: "assignment", range: 0..value.len() }),
    }
}

fn name_around(text: &[u8], at: Range<usize>) -> Option<Name> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let before = text.get(at.start.saturating_sub(NAME_CHARS)..at.start)?;
    let mut start = at.start - before.iter().rev().take_while(|b| is_part(b)).count();
    let after = text.get(at.end..text.len().min(at.end + NAME_CHARS))?;
    let mut end = at.end + after.iter().take_while(|b| is_part(b)).count();
    let is_flag = text.get(start) == Some(&b'-');
    while matches!(text.get(start), Some(b'-' | b'.')) && start < at.start {
        start += 1;
    }
    while end > at.end && matches!(text.get(end - 1), Some(b'-' | b'.')) {
        end -= 1;
    }
    let name = text.get(start..end)?;
    let is_constant = name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    Some(Name { range: start..end, kind: NameKind::of(name)?, is_flag, is_constant })
}

fn sign_after(text: &[u8], name: &Name) -> Option<(Sign, usize)> {
    let rest = text.get(name.range.end..)?;
    let is_tag = name.range.start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'<');
    if is_tag && rest.first() == Some(&b'>') {
        return Some((Sign::Tag, name.range.end + 1));
    }
    let closing = rest.iter().take(3).take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b']' | b')')).count();
    let at = skip_spaces(text, name.range.end + closing);
    let spaced = at > name.range.end + closing;
    let signed = |sign: Sign, length: usize| Some((sign, at + length));
    match text.get(at..)? {
        [b'=', b'>' | b'=', ..] | [b':', b'=', ..] => signed(Sign::Equals, 2),
        [b':', b':', ..] => None,
        [b'=', ..] => signed(Sign::Equals, 1),
        [b':', ..] => signed(Sign::Colon, 1),
        [b',', ..] if closing > 0 => signed(Sign::Call, 1),
        [b'(', ..] if closing == 0 => signed(Sign::Call, 1),
        [b'i', b's', b' ', ..] if spaced => signed(Sign::Prose, 3),
        [b'w', b'a', b's', b' ', ..] if spaced => signed(Sign::Prose, 4),
        _ if name.is_flag && spaced => signed(Sign::Space, 0),
        _ => None,
    }
}

// `password: str = "…"`
fn skip_type(text: &[u8], at: usize, sign: Sign) -> usize {
    if sign != Sign::Colon {
        return at;
    }
    let window = text.get(at..text.len().min(at + TYPE_CHARS)).unwrap_or_default();
    let is_type = |b: &u8| b.is_ascii_alphanumeric() || b" &<>[]|?_.:".contains(b);
    let length = window.iter().take_while(|b| is_type(b)).count();
    let is_typed = window.get(length) == Some(&b'=') && window.get(length + 1).is_none_or(|b| *b != b'=');
    match is_typed && window.get(..length).is_some_and(|found| found.ends_with(b" ")) {
        true => skip_spaces(text, at + length + 1),
        false => at,
    }
}

fn plain_value(text: &[u8], at: usize, name: &Name, sign: Sign, kind: NameKind) -> Option<Found> {
    let is_variable = name.is_constant && sign == Sign::Equals && at == name.range.end + 1;
    let quoted = quoted(text, at);
    let (range, written) = match quoted {
        Some(range) => {
            let is_field = sign == Sign::Colon && text.get(name.range.end) == text.get(range.start - 1);
            (range, if is_field || sign == Sign::Space { Written::Field } else { Written::Quoted })
        }
        None if matches!(sign, Sign::Call) => return None,
        None if sign == Sign::Tag => (at..bare_end(text, at, |b| b == b'<' || b == b'\n'), Written::Field),
        None if is_variable => (at..bare_end(text, at, is_word_end), Written::Variable),
        None => (at..bare_end(text, at, is_value_end), written_bare(text, at, name, sign)),
    };
    let written = if is_variable { Written::Variable } else { written };
    let range = if quoted_around(text, &range) { range } else { without_stops(text, range) };
    let value = text.get(range.clone())?;
    let is_passed_on = sign == Sign::Call && !value.iter().any(u8::is_ascii_digit);
    (!is_passed_on && is_secret(kind, value, written)).then_some(Found { rule: "assignment", range })
}

// Parts of a query or of a connection string are values as they stand.
fn written_bare(text: &[u8], at: usize, name: &Name, sign: Sign) -> Written {
    let before = name.range.start.checked_sub(1).and_then(|before| text.get(before));
    let is_tight = at == name.range.end + 1;
    let is_part = matches!(before, Some(b'?' | b'&' | b';'));
    match (sign, is_tight) {
        (Sign::Equals, true) if is_part || name.is_flag => Written::Field,
        _ => Written::Bare,
    }
}

fn quoted_around(text: &[u8], range: &Range<usize>) -> bool {
    let quote = range.start.checked_sub(1).and_then(|at| text.get(at));
    quote.is_some_and(|b| matches!(b, b'"' | b'\'' | b'`')) && text.get(range.end) == quote
}

/// Returns what stands between quotes that open at `at`, or after a letter or two there.
pub(super) fn quoted(text: &[u8], at: usize) -> Option<Range<usize>> {
    let window = text.get(at..text.len().min(at + 4))?;
    let open = window.iter().position(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    if !window.get(..open)?.iter().all(|b| matches!(b, b'r' | b'b' | b'f' | b'u' | b'@' | b'$' | b'\\')) {
        return None;
    }
    let quote = *window.get(open)?;
    let start = at + open + 1;
    let mut is_escaped = false;
    let mut end = start;
    for b in text.get(start..)? {
        match b {
            b'\n' => break,
            b if *b == quote && !is_escaped => break,
            b => is_escaped = *b == b'\\' && !is_escaped,
        }
        end += 1;
    }
    Some(start..end)
}

fn credential(text: &[u8], at: usize) -> Option<Found> {
    let (line_end, start) = match quoted(text, at) {
        Some(range) => (range.end, range.start),
        None => (bare_end(text, at, |b| matches!(b, b'\n' | b'\r' | b'"' | b'\'' | b'`')), at),
    };
    let (mut start, mut is_basic) = (start, false);
    for _ in 0..2 {
        let word = start..bare_end(text, start, |b| b.is_ascii_whitespace()).min(line_end);
        let scheme = text.get(word.clone())?;
        if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known.as_bytes())) {
            is_basic = scheme.eq_ignore_ascii_case(b"basic");
            start = skip_spaces(text, word.end);
        }
    }
    let range = start..line_end.max(start);
    let value = text.get(range.clone())?;
    let first = value.split(|b| b.is_ascii_whitespace()).next().unwrap_or_default();
    let is_code = first.iter().any(|b| matches!(b, b'(' | b'[' | b'{' | b'<'));
    let is_secret = !is_code && (is_credential(first) || is_basic && is_user_and_password(first));
    is_secret.then(|| Found { rule: "header", range: without_stops(text, range) })
}

fn is_user_and_password(encoded: &[u8]) -> bool {
    let plain = STANDARD_NO_PAD.decode(encoded.split(|b| *b == b'=').next().unwrap_or_default());
    plain.is_ok_and(|plain| plain.contains(&b':') && plain.is_ascii())
}

fn rest_of_line(text: &[u8], at: usize, rule: &'static str) -> Option<Found> {
    let range = match quoted(text, at) {
        Some(range) => range,
        None => at..bare_end(text, at, |b| matches!(b, b'\n' | b'\r' | b'"' | b'\'' | b'`')),
    };
    let value = text.get(range.clone())?;
    let is_cookie = |part: &[u8]| {
        let split = part.iter().position(|b| *b == b'=');
        split.is_some_and(|at| is_credential(part.get(at + 1..).unwrap_or_default()))
    };
    value.split(|b| *b == b';').any(is_cookie).then_some(Found { rule, range })
}

fn skip_spaces(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take(SPACES).take_while(|b| matches!(b, b' ' | b'\t')).count()
}

fn bare_end(text: &[u8], at: usize, is_end: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| !is_end(**b)).count()
}

fn is_word_end(b: u8) -> bool {
    b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'|' | b'<' | b'>')
}

fn is_value_end(b: u8) -> bool {
    is_word_end(b) || matches!(b, b',' | b';' | b'&' | b')' | b'}' | b']')
}

fn is_credential_end(b: u8) -> bool {
    is_word_end(b) || matches!(b, b',' | b';' | b')' | b'}' | b']' | b'\\')
}

// A sentence, or a list of commands, ends behind a value.
fn without_stops(text: &[u8], range: Range<usize>) -> Range<usize> {
    let value = text.get(range.clone()).unwrap_or_default();
    let stops = value.iter().rev().take_while(|b| matches!(b, b'.' | b',' | b';' | b':' | b'\\')).count();
    range.start..range.end - stops
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds what is assigned to the name that holds this word.
    fn value<'t>(text: &'t str, word: &str) -> Option<&'t str> {
        let at = text.find(word)?;
        text.get(find(text.as_bytes(), at..at + word.len())?.range)
    }

    #[test]
    fn values_are_found_however_they_are_assigned() {
        for (text, word, expected) in [
            ("password=hunter2", "password", "hunter2"),
            ("DB_PASSWORD=letmein # dev", "PASSWORD", "letmein"),
            ("export API_TOKEN='a1b2c3d4e5'", "TOKEN", "a1b2c3d4e5"),
            ("{\"password\": \"letmein\"}", "password", "letmein"),
            ("client_secret => \"a1b2c3d4e5\"", "secret", "a1b2c3d4e5"),
            ("api_key := `a1b2c3d4e5`", "key", "a1b2c3d4e5"),
            ("let password: &str = \"letmein\";", "password", "letmein"),
            ("os.environ['API_KEY'] = 'a1b2c3d4e5'", "KEY", "a1b2c3d4e5"),
            ("?user=x&password=letmein&z=1", "password", "letmein"),
            ("Server=x;Password=letmein;y", "Password", "letmein"),
            ("<password>letmein</password>", "password", "letmein"),
            ("--password=letmein", "password", "letmein"),
            ("--api-key a1b2c3d4e5 run", "key", "a1b2c3d4e5"),
            ("the password is hunter2.", "password", "hunter2"),
            ("setenv(\"API_TOKEN\", \"a1b2c3d4e5\")", "TOKEN", "a1b2c3d4e5"),
            ("Authorization: Bearer a1b2c3d4e5f6g7h8", "Authorization", "a1b2c3d4e5f6g7h8"),
            ("-H 'Authorization: SSWS a1b2c3d4e5'", "Authorization", "a1b2c3d4e5"),
            ("X-Api-Key: a1b2c3d4e5\r\n", "Key", "a1b2c3d4e5"),
            ("Cookie: sid=a1b2c3d4e5; theme=x", "Cookie", "sid=a1b2c3d4e5; theme=x"),
        ] {
            assert_eq!(value(text, word), Some(expected), "{text}");
        }
    }

    #[test]
    fn code_that_handles_secrets_is_left() {
        for (text, word) in [
            ("let password = get_password(\"db\");", "password"),
            ("password: String,", "password"),
            ("fn token(&self) -> Token", "token"),
            ("if token == other.token {", "token"),
            ("Token::Number(1)", "Token"),
            ("the --password option", "password"),
            ("password=${DB_PASSWORD}", "password"),
            ("password = os.environ[\"DB_PASSWORD\"]", "password"),
            ("api_key=process.env.API_KEY", "api_key"),
            ("Authorization: Bearer $TOKEN", "Authorization"),
            ("Authorization: `Bearer ${token}`", "Authorization"),
            ("Cookie: <cookies>", "Cookie"),
            ("password", "password"),
            ("token: 12 seconds", "token"),
        ] {
            assert_eq!(value(text, word), None, "{text}");
        }
    }

    #[test]
    fn a_bearer_token_needs_no_header() {
        let text = b"use Bearer a1b2c3d4e5f6g7h8 now; Bearer tokens-are-fine-here";
        let found = find_bearer(text, 4..10).expect("one");
        assert_eq!(text.get(found.range), Some(&b"a1b2c3d4e5f6g7h8"[..]));
        assert_eq!(find_bearer(text, 33..39), None);
    }
}
