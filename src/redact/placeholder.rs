//! What stands for a value and is none.

/// Words that a value which is none is made of.
const WORDS: [&str; 64] = [
    "your",
    "my",
    "the",
    "a",
    "an",
    "some",
    "this",
    "that",
    "here",
    "insert",
    "enter",
    "replace",
    "replaceme",
    "change",
    "changeme",
    "changeit",
    "me",
    "with",
    "placeholder",
    "example",
    "sample",
    "dummy",
    "fake",
    "todo",
    "fixme",
    "redacted",
    "removed",
    "hidden",
    "masked",
    "omitted",
    "censored",
    "secret",
    "secrets",
    "password",
    "passwd",
    "pass",
    "pwd",
    "passphrase",
    "token",
    "key",
    "apikey",
    "api",
    "access",
    "auth",
    "value",
    "string",
    "text",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "empty",
    "unset",
    "default",
    "required",
    "optional",
    "unknown",
    "xxx",
    "foo",
    "bar",
    "user",
    "username",
];
/// The least different characters that a value of some length has.
const DISTINCT: usize = 4;
/// So many equal characters in a row are no chance.
const REPEATED: usize = 6;

/// Tells whether a value is filler: one character again and again, or a documented example.
pub(super) fn is_filler(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|b| seen[usize::from(*b)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    let repeats = value.chunk_by(|a, b| a == b).any(|run| run.len() >= REPEATED && is_filling(run[0]));
    distinct < DISTINCT || repeats || holds(value, b"EXAMPLE")
}

// `=` fills base64 up, and `A` is its zero.
fn is_filling(b: u8) -> bool {
    !matches!(b, b'=' | b'A')
}

/// Tells whether a value stands for another one: `${VAR}`, `<token>`, `***`, `your-key-here`.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let [first, .., last] = value else { return true };
    let is_wrapped = matches!((first, last), (b'<', b'>') | (b'{', b'}') | (b'[', b']') | (b'%', b'%'));
    let is_variable = match value {
        [b'$', b'{' | b'(' | b'$', ..] => true,
        [b'$', rest @ ..] => rest.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_'),
        [b'%', _, ..] => is_format(value),
        _ => false,
    };
    is_wrapped
        || is_variable
        || holds(value, b"${")
        || holds(value, b"{{")
        || holds(value, b"...")
        || holds(value, "…".as_bytes())
        || is_marked_out(value)
        || is_words(value)
}

fn is_format(value: &[u8]) -> bool {
    matches!(value, [b'%', b's' | b'd' | b'q' | b'v'] | [b'%', b'(', ..])
}

// `****`, `xxxx`, `----`, `0000`.
fn is_marked_out(value: &[u8]) -> bool {
    let first = value.first().copied().unwrap_or_default();
    value.iter().all(|b| matches!(b, b'*' | b'x' | b'X' | b'.' | b'-' | b'_' | b'#' | b'?'))
        || value.iter().all(|b| *b == first)
}

// A value is one of words when all of its parts are, as in `your_api_key_here`.
fn is_words(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let mut parts = lower.split(|b| !b.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some()
        && parts
            .all(|part| WORDS.iter().any(|word| word.as_bytes() == part) || part.iter().all(|b| *b == b'x'))
}

/// Tells whether `text` holds `part`.
pub(super) fn holds(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_value_is_none() {
        for value in [
            "${DB_PASSWORD}",
            "$TOKEN",
            "$(cat key)",
            "<token>",
            "{{ secret }}",
            "{password}",
            "%PASS%",
            "%s",
            "********",
            "xxxx-xxxx",
            "your-api-key",
            "YOUR_TOKEN_HERE",
            "changeme",
            "abc...",
            "abc…",
            "x",
            "",
            "[REDACTED]",
            "aaaaaaa",
            "\\${X}",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value} is none");
        }
        for value in ["hunter2", "$ecret-9", "correct", "a1b2c3", "my-dog-rex", "p%41ss", "x1x1x"] {
            assert!(!is_placeholder(value.as_bytes()), "{value} is one");
        }
    }

    #[test]
    fn examples_and_repetitions_are_filler() {
        for value in ["xxxxxxxxxxxxxxxx", "IOSFODNN7EXAMPLE", "abab", "ab1111111cd"] {
            assert!(is_filler(value.as_bytes()), "{value}");
        }
        for value in ["a8f5f167f44f4964", "k3AAAAAAAAAA9zQ=", "1122334455667788"] {
            assert!(!is_filler(value.as_bytes()), "{value}");
        }
    }
}
