//! Names that say that a value is secret: `DB_PASSWORD`, `clientSecret`, `x-api-key`.

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    /// It is a password. Any word may be one.
    Password,
    /// It is a secret or a key, which is long and mixed.
    Secret,
    /// It is a header with a scheme and a credential.
    Header,
    /// It is a list of cookies.
    Cookie,
}

/// Words of which a name ends in one, for a password.
const PASSWORDS: [&str; 7] = ["password", "passwd", "passwort", "pwd", "passphrase", "passcode", "pass"];
/// Words of which a name ends in one, for another secret.
const SECRETS: [&str; 12] = [
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "accountkey",
    "licensekey",
];
/// Words that are secrets where they are a name's last part.
const LAST_WORDS: [&str; 6] = ["credential", "credentials", "creds", "auth", "jwt", "bearer"];
/// What makes a key a secret one.
const KEYS: [&str; 31] = [
    "api",
    "access",
    "secret",
    "private",
    "signing",
    "sign",
    "encryption",
    "encrypt",
    "decryption",
    "master",
    "account",
    "auth",
    "shared",
    "service",
    "app",
    "application",
    "client",
    "license",
    "licence",
    "ssh",
    "deploy",
    "admin",
    "webhook",
    "session",
    "aes",
    "hmac",
    "subscription",
    "sas",
    "jwt",
    "cipher",
    "crypto",
];
/// What makes a token no secret: places in a listing, parts of a text, and counts.
const PLAIN_TOKENS: [&str; 31] = [
    "next",
    "page",
    "continuation",
    "cancel",
    "cancellation",
    "sync",
    "cursor",
    "start",
    "end",
    "eos",
    "bos",
    "pad",
    "unk",
    "mask",
    "sep",
    "cls",
    "stop",
    "first",
    "last",
    "per",
    "max",
    "min",
    "input",
    "output",
    "prompt",
    "completion",
    "csrf",
    "xsrf",
    "special",
    "current",
    "reasoning",
];
/// What may follow the word that counts.
const QUALIFIERS: [&str; 21] = [
    "value",
    "val",
    "string",
    "str",
    "text",
    "plain",
    "plaintext",
    "raw",
    "prod",
    "production",
    "dev",
    "staging",
    "test",
    "live",
    "old",
    "new",
    "default",
    "b64",
    "base64",
    "primary",
    "secondary",
];

impl NameKind {
    /// Judges a name.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        let words = words(name);
        let mut words = words.split(|b| *b == b' ').rev().skip_while(|word| is_qualifier(word));
        let last = words.next()?;
        let previous = words.next().unwrap_or_default();
        let ends = |list: &[&str]| list.iter().any(|word| last.ends_with(word.as_bytes()));
        match last {
            b"authorization" => Some(Self::Header),
            b"cookie" => Some(Self::Cookie),
            b"pass" if previous.is_empty() => None,
            b"key" => is_any(previous, &KEYS).then_some(Self::Secret),
            b"token" if is_any(previous, &PLAIN_TOKENS) => None,
            word if is_any(word, &LAST_WORDS) => Some(Self::Secret),
            word if word.ends_with(b"bypass") || word.ends_with(b"compass") => None,
            _ if ends(&PASSWORDS) => Some(Self::Password),
            _ if ends(&SECRETS) => Some(Self::Secret),
            _ => None,
        }
    }
}

fn is_qualifier(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_digit) || is_any(word, &QUALIFIERS)
}

fn is_any(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|known| known.as_bytes() == word)
}

/// Returns the words of a name in lower case with a space between them: it is split at what is no
/// letter or digit, and at the humps of `camelCase` and `APIKey`.
fn words(name: &[u8]) -> Vec<u8> {
    let mut words = Vec::with_capacity(name.len() + 8);
    for (at, b) in name.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| name.get(before));
        let is_hump = b.is_ascii_uppercase()
            && (before.is_some_and(u8::is_ascii_lowercase)
                || before.is_some_and(u8::is_ascii_uppercase)
                    && name.get(at + 1).is_some_and(u8::is_ascii_lowercase));
        if is_hump || !b.is_ascii_alphanumeric() {
            words.push(b' ');
        }
        if b.is_ascii_alphanumeric() {
            words.push(b.to_ascii_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_their_last_words() {
        for (names, kind) in [
            (
                "DB_PASSWORD PGPASSWORD dbPassword ftp.pwd MYSQL_PASS root-passwd PASSWORD_2",
                NameKind::Password,
            ),
            (
                "client_secret clientSecret API_TOKEN x-api-key APIKey apikey AWS_SECRET_ACCESS_KEY",
                NameKind::Secret,
            ),
            (
                "AccountKey SharedAccessKey privateKey _authToken _auth SECRET_KEY_BASE64 jwt",
                NameKind::Secret,
            ),
            ("Authorization proxy-authorization", NameKind::Header),
            ("Cookie Set-Cookie", NameKind::Cookie),
        ] {
            for name in names.split(' ') {
                assert_eq!(NameKind::of(name.as_bytes()), Some(kind), "{name}");
            }
        }
    }

    #[test]
    fn what_only_speaks_of_secrets_names_none() {
        let names = "tokens max_tokens token_count tokenizer next_page_token nextToken password_hash \
                     passwordField secretName secret_name api_key_id key keys primaryKey public_key monkey \
                     passed bypass compass pass author authority access_key_id cookies token_type foreign_key";
        for name in names.split_whitespace() {
            assert_eq!(NameKind::of(name.as_bytes()), None, "{name}");
        }
    }
}
