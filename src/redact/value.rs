//! Whether a value beside a name such as `password` is a secret or only stands for one.

use super::marker;
use super::name::NameKind;
use super::placeholder::{holds, is_filler, is_placeholder};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// As a text in quotes, in code.
    Quoted,
    /// As the value of a field of a document, or of an option of a command.
    Field,
    /// As `NAME=value`, the way variables of the environment are set.
    Variable,
    /// Bare, behind `name:` or `name =`.
    Bare,
}

/// Words that stand beside `password` and are none.
const NO_PASSWORDS: [&str; 30] = [
    "admin_password",
    "stdin",
    "prompt",
    "yes",
    "no",
    "on",
    "off",
    "ok",
    "invalid",
    "valid",
    "missing",
    "incorrect",
    "wrong",
    "expired",
    "failed",
    "success",
    "object",
    "number",
    "boolean",
    "integer",
    "any",
    "str",
    "bytes",
    "option",
    "optional",
    "input",
    "type",
    "field",
    "hash",
    "plaintext",
];
/// The shortest password.
const PASSWORD_CHARS: usize = 4;
/// The shortest of other secrets.
const SECRET_CHARS: usize = 8;
/// So long, letters alone are no word.
const LETTERS: usize = 24;

/// Tells whether a value is a secret, as far as its name and its form say so.
pub(super) fn is_secret(kind: NameKind, value: &[u8], written: Written) -> bool {
    if marker::starts(value) || is_placeholder(value) || value.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    if written == Written::Bare && is_code(value) || speaks_of_secrets(value) || is_path(value) {
        return false;
    }
    match kind {
        NameKind::Password => is_password(value, written),
        NameKind::Secret => is_token(value),
        NameKind::Header | NameKind::Cookie => is_credential(value),
    }
}

/// Tells whether a value behind `Bearer` and the like is a credential.
pub(super) fn is_credential(value: &[u8]) -> bool {
    value.len() >= SECRET_CHARS && !is_placeholder(value) && !marker::starts(value) && is_mixed(value)
}

fn is_password(value: &[u8], written: Written) -> bool {
    if value.len() < PASSWORD_CHARS || is_any(value, &NO_PASSWORDS) || is_number(value) {
        return false;
    }
    match written {
        Written::Variable | Written::Field => true,
        Written::Quoted => value.len() >= 6 && !is_kebab(value),
        Written::Bare => value.len() >= 6 && has_digit_or_sign(value),
    }
}

// Letters and digits, or so long that it is no name.
fn is_token(value: &[u8]) -> bool {
    value.len() >= SECRET_CHARS
        && is_mixed(value)
        && !is_filler(value)
        && !is_time(value)
        && !is_version(value)
}

fn is_mixed(value: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| value.iter().any(test);
    let letters = has(u8::is_ascii_alphabetic);
    letters && has(u8::is_ascii_digit)
        || value.len() >= LETTERS
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
            && !is_kebab(value)
}

fn has_digit_or_sign(value: &[u8]) -> bool {
    value.iter().any(|b| {
        b.is_ascii_digit() || matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'?')
    }) && value.iter().any(u8::is_ascii_alphabetic)
}

// Words joined by signs: `my-k8s-secret`, `settings.auth`.
fn is_kebab(value: &[u8]) -> bool {
    let mut words = value.split(|b| matches!(b, b'-' | b'_' | b'.' | b'/' | b':'));
    let is_word = |word: &[u8]| word.iter().all(u8::is_ascii_lowercase) || is_any(word, &["k8s"]);
    words.clone().count() > 1 && words.all(is_word)
}

// Of the characters of code, a password that is not quoted has none.
fn is_code(value: &[u8]) -> bool {
    let has_sign = value.iter().any(|b| matches!(b, b'(' | b'[' | b'{' | b'<' | b'>' | b'`'));
    let is_name = |part: &[u8]| {
        part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && part.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    let is_chain = value.contains(&b'.') && value.split(|b| *b == b'.').all(is_name);
    has_sign || holds(value, b"::") || holds(value, b"->") || is_chain
}

// `token1`, `DEFAULT_PASSWORD`, `get-secret`: the name of a secret, not one.
fn speaks_of_secrets(value: &[u8]) -> bool {
    let is_name = value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'));
    let lower = value.to_ascii_lowercase();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    is_name
        && digits <= 2
        && ["password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "credential"]
            .iter()
            .any(|word| holds(&lower, word.as_bytes()))
}

fn is_path(value: &[u8]) -> bool {
    let starts = |start: &str| value.starts_with(start.as_bytes());
    let is_url = |scheme: &str| starts(scheme) && !value.contains(&b'@');
    let has_extension =
        [".pem", ".key", ".txt", ".json", ".yaml", ".yml", ".env", ".rs", ".py", ".ts", ".js"]
            .iter()
            .any(|extension| value.ends_with(extension.as_bytes()));
    ["./", "../", "~/", "file:"].iter().any(|start| starts(start))
        || starts("/") && value.iter().filter(|b| **b == b'/').count() >= 2 && !value.contains(&b'+')
        || ["http://", "https://"].iter().any(|scheme| is_url(scheme))
        || has_extension
}

fn is_number(value: &[u8]) -> bool {
    value.len() < SECRET_CHARS
        && value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b',' | b'_'))
}

// `2026-11-22T07:22:23Z`
fn is_time(value: &[u8]) -> bool {
    let digit = |at: usize| value.get(at).is_some_and(u8::is_ascii_digit);
    value.get(4) == Some(&b'-')
        && value.get(7) == Some(&b'-')
        && [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit)
}

// `v1.2.3-rc1`, `1.2.3`
fn is_version(value: &[u8]) -> bool {
    let rest = value.strip_prefix(b"v").unwrap_or(value);
    rest.first().is_some_and(u8::is_ascii_digit)
        && rest.iter().filter(|b| **b == b'.').count() >= 2
        && value.len() < 20
}

fn is_any(value: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(kind: NameKind, value: &str, written: Written) -> bool {
        is_secret(kind, value.as_bytes(), written)
    }

    #[test]
    fn weak_passwords_are_passwords() {
        for (value, written) in [
            ("hunter2", Written::Bare),
            ("letmein", Written::Variable),
            ("letmein", Written::Field),
            ("postgres", Written::Variable),
            ("p@ss(1)", Written::Variable),
            ("letmein", Written::Quoted),
        ] {
            assert!(judge(NameKind::Password, value, written), "{value} {written:?}");
        }
    }

    #[test]
    fn code_and_words_are_none() {
        for value in [
            "String",
            "None",
            "get_password()",
            "config.password",
            "env::var",
            "Option<String>",
            "required",
            "${PASSWORD}",
            "password",
            "password2",
            "std::env",
            "self.pwd",
            "user.pw1",
            "123456",
        ] {
            assert!(!judge(NameKind::Password, value, Written::Bare), "{value}");
        }
        for value in [
            "my-app-secret",
            "string",
            "1.2.3-rc1",
            "2026-11-22T07:22:23Z",
            "/run/secrets/api",
            "https://x.example/t0ken",
        ] {
            assert!(!judge(NameKind::Secret, value, Written::Field), "{value}");
        }
    }

    #[test]
    fn other_secrets_are_mixed() {
        for value in ["a1b2c3d4e5", "550e8400-e29b-41d4-a716-446655440000", "QWxhZGRpbjpvcGVuIHNlc2FtZQ"] {
            assert!(judge(NameKind::Secret, value, Written::Field), "{value}");
        }
        for value in ["abcdefgh", "12345678", "a1b2"] {
            assert!(!judge(NameKind::Secret, value, Written::Field), "{value}");
        }
    }
}
