//! Files that hold secrets, and the values in them.

use super::name::NameKind;

/// A kind of file that holds secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretFile {
    /// `.env`: `NAME=value`, a line each.
    Env,
    /// `~/.netrc`: `machine HOST login USER password PASSWORD`.
    Netrc,
    /// `~/.git-credentials`: a URL a line.
    GitCredentials,
    /// `~/.aws/credentials`, `~/.npmrc`, `~/.pypirc` and others: `name = value`, in sections.
    Ini,
    /// JSON with names that look secret, such as those of clouds.
    Json,
    /// `~/.pgpass`: `host:port:database:user:password`.
    Pgpass,
    /// One value a line.
    Values,
}

fn is_secret_name(name: &str) -> bool {
    NameKind::of(name.as_bytes()).is_some()
}

/// Returns what is secret in a variable: its value, or the password of the URL that it holds.
pub fn secret_in(name: &str, value: &str) -> Option<String> {
    if is_secret_name(name) { Some(value.to_owned()) } else { of_url(value) }
}

impl SecretFile {
    /// Lists the secret values in the text of such a file.
    pub fn values(self, text: &str) -> Vec<String> {
        match self {
            Self::Env | Self::Ini => text.lines().filter_map(assigned).collect(),
            Self::Netrc => after_words(text),
            Self::GitCredentials => text.lines().filter_map(of_url).collect(),
            Self::Pgpass => {
                text.lines().filter_map(|line| Some(line.splitn(5, ':').nth(4)?.to_owned())).collect()
            }
            Self::Json => of_json(text),
            Self::Values => text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect(),
        }
    }
}

fn assigned(line: &str) -> Option<String> {
    let line = line.trim();
    let (name, value) = line.split_once(['=', ':']).filter(|_| !line.starts_with(['#', ';', '[']))?;
    // `.npmrc` has `//host/:_authToken=…`.
    let (name, value) = match name.starts_with("//") || name.is_empty() {
        true => line.split_once('=')?,
        false => (name, value),
    };
    let name = name.trim().trim_start_matches("export ");
    let value = unquoted(value.trim());
    secret_in(name, value)
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split(" #").next().unwrap_or(value).trim()
}

// `password X`, and `account X` is none.
fn after_words(text: &str) -> Vec<String> {
    let mut words = text.split_whitespace();
    let mut values = Vec::new();
    while let Some(word) = words.next() {
        if word == "password" {
            values.extend(words.next().map(|value| unquoted(value).to_owned()));
        }
    }
    values
}

/// Returns the password of a URL, with its escapes taken off.
fn of_url(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    let plain = super::view::View::of(password.as_bytes(), super::view::Escapes::Percent);
    match plain {
        Some(view) => String::from_utf8(view.text).ok(),
        None => Some(password.to_owned()),
    }
}

fn of_json(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    if let Ok(value) = serde_json::from_str(text) {
        gather("", &value, &mut values);
    }
    values
}

fn gather(name: &str, value: &serde_json::Value, values: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if is_secret_name(name) => values.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| gather(name, item, values)),
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| gather(name, value, values))
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_from_files_of_each_kind() {
        let env = "# x\nexport DB_PASSWORD='a b' # c\nHOST=x\nAPI_KEY=k1 # y\nURL=postgres://u:p%40ss@h/x\nEMPTY=\n";
        assert_eq!(SecretFile::Env.values(env), ["a b", "k1", "p@ss"]);
        let netrc = "machine a login b password c\ndefault\n login d\n password e\n";
        assert_eq!(SecretFile::Netrc.values(netrc), ["c", "e"]);
        assert_eq!(SecretFile::GitCredentials.values("https://u:tok%2Fen@github.com\nx\n"), ["tok/en"]);
        let ini = "[default]\naws_access_key_id = A\naws_secret_access_key = S\n//r.example/:_authToken=T\n";
        assert_eq!(SecretFile::Ini.values(ini), ["S", "T"]);
        let json =
            r#"{"auths": {"h": {"auth": "dTpw"}}, "client_secret": "s", "refresh_token": "r", "id": 1}"#;
        let mut found = SecretFile::Json.values(json);
        found.sort();
        assert_eq!(found, ["dTpw", "r", "s"]);
        assert_eq!(SecretFile::Pgpass.values("h:5432:db:u:p:w\n#\n"), ["p:w"]);
        assert_eq!(SecretFile::Values.values("one\n\ntwo\n"), ["one", "two"]);
    }
}
