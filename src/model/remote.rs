//! Remotes: their names, and the forms of URL that are handed to `git`.
//!
//! What is not known to be harmless is refused here, before `git` sees it: options in the place of
//! hosts, helpers that run commands, line breaks that would reach a credential helper, passwords.

use std::fmt;
use std::str::FromStr;

use super::key::check_segment;
use super::{escape_char, shown};

/// The longest URL, in bytes.
const URL_BYTES: usize = 2048;
/// Helpers that run a command, or take files that were opened elsewhere, by their URL alone.
const NEVER: [&str; 2] = ["ext", "fd"];
/// The schemes that Git knows by itself.
const SCHEMES: [&str; 5] = ["https", "ssh", "http", "git", "file"];

/// Why a remote's name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("remote name '{}' is not valid: {why}", shown(.name))]
pub struct RemoteNameError {
    /// The name as it was given.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// Why a remote's URL is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It holds a password, which would be kept and shown.
    #[error("the URL holds a password")]
    Password,
    /// It cannot be used.
    #[error("the URL '{}' cannot be used: {why}", without_user(.url))]
    Bad {
        /// The URL as it was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The name of a remote, such as `team`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RemoteName(String);

/// Where a remote is: a URL that `git` may be handed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(into = "String")]
pub struct RemoteUrl {
    text: String,
    transport: String,
}

impl RemoteName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RemoteUrl {
    /// Returns the URL as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns how it is reached, as Git calls it: `https`, `ssh`, `file`, … or a remote helper.
    pub fn transport(&self) -> &str {
        &self.transport
    }
}

impl FromStr for RemoteName {
    type Err = RemoteNameError;

    fn from_str(text: &str) -> Result<Self, RemoteNameError> {
        let refuse = |why: String| RemoteNameError { name: text.to_owned(), why };
        check_segment(text).map_err(refuse)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for RemoteUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let transport = transport_of(text).map_err(|refused| match refused {
            Refused::Password => UrlError::Password,
            Refused::Because(why) => UrlError::Bad { url: text.to_owned(), why },
        })?;
        Ok(Self { text: text.to_owned(), transport })
    }
}

impl From<RemoteUrl> for String {
    fn from(url: RemoteUrl) -> Self {
        url.text
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Tells whether remotes may be reached by this transport at all, where the user allows it.
pub fn may_be_allowed(transport: &str) -> bool {
    is_word(transport) && !NEVER.contains(&transport)
}

enum Refused {
    Password,
    Because(String),
}

fn because<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Because(why.into()))
}

fn transport_of(text: &str) -> Result<String, Refused> {
    check_characters(text)?;
    if let Some((helper, address)) = text.split_once("::").filter(|(helper, _)| is_word(helper)) {
        return helper_of(helper, address);
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return scheme_of(scheme, rest);
    }
    if ["/", "./", "../"].iter().any(|start| text.starts_with(start)) {
        return Ok("file".to_owned());
    }
    match text.split_once(':') {
        // `user:password@host:path`, which Git would take for the host `user`.
        Some((_, rest)) if rest.split_once('@').is_some_and(|(_, host)| host.contains(':')) => {
            Err(Refused::Password)
        }
        Some((host, path)) if !host.contains('/') => {
            check_host(host)?;
            check_part("path", path)?;
            Ok("ssh".to_owned())
        }
        _ => because("use https://…, ssh://…, user@host:path, or a path that begins with '/' or './'"),
    }
}

fn check_characters(text: &str) -> Result<(), Refused> {
    if text.is_empty() {
        return because("it is empty");
    }
    if text.len() > URL_BYTES {
        return because(format!("{URL_BYTES} bytes at most (got {})", text.len()));
    }
    if let Some(bad) = text.chars().find(|c| escape_char(*c).is_some()) {
        return because(format!("it contains '{}'", shown(&bad.to_string())));
    }
    if text.starts_with('-') {
        return because("it begins with '-'");
    }
    // A credential helper would read what follows as a line of its own (CVE-2020-5260).
    let lower = text.to_ascii_lowercase();
    if let Some(bad) = ["%0a", "%0d", "%00"].into_iter().find(|code| lower.contains(code)) {
        return because(format!("it contains '{bad}'"));
    }
    let is_path = text.starts_with(['/', '.']);
    if !is_path && text.contains(' ') {
        return because("it contains a space");
    }
    Ok(())
}

fn helper_of(helper: &str, address: &str) -> Result<String, Refused> {
    if NEVER.contains(&helper) {
        return because(format!("'{helper}' can run any command and is never used"));
    }
    check_part("address", address)?;
    Ok(helper.to_owned())
}

fn scheme_of(scheme: &str, rest: &str) -> Result<String, Refused> {
    if !SCHEMES.contains(&scheme) {
        return because(format!("there is no scheme '{}'", shown(scheme)));
    }
    if scheme == "file" {
        return if rest.starts_with('/') { Ok(scheme.to_owned()) } else { because("a path follows file://") };
    }
    // Pasted twice; the second would be taken for a host called `https`.
    if rest.contains("://") {
        return because("it has two schemes");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    check_host(authority)?;
    Ok(scheme.to_owned())
}

// `user@host:port`, or `user@host` of the short form.
fn check_host(authority: &str) -> Result<(), Refused> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    if let Some(user) = user {
        if user.contains(':') {
            return Err(Refused::Password);
        }
        check_part("user", user)?;
    }
    check_part("host", host)
}

fn check_part(what: &str, part: &str) -> Result<(), Refused> {
    match part {
        "" => because(format!("its {what} is empty")),
        // ssh and others would take it for an option (CVE-2017-1000117).
        _ if part.starts_with('-') => because(format!("its {what} begins with '-'")),
        _ => Ok(()),
    }
}

fn is_word(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
    starts && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b))
}

// What stands before an `@` may be a password, whatever is wrong with the rest.
fn without_user(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, rest)) => format!("…@{}", shown(rest)),
        None => shown(url),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urls_that_git_may_be_handed_are_told_by_their_transport() {
        for (url, transport) in [
            ("https://example.com/o/r.git", "https"),
            ("https://me@example.com:8443/r.git", "https"),
            ("ssh://git@example.com:22/o/r.git", "ssh"),
            ("ssh://[::1]/r.git", "ssh"),
            ("git@example.com:o/r.git", "ssh"),
            ("example.com:r", "ssh"),
            ("http://localhost/r", "http"),
            ("git://localhost/r", "git"),
            ("file:///srv/r.git", "file"),
            ("/srv/my repos/r.git", "file"),
            ("../r.git", "file"),
            ("codecommit::eu-west-1://r", "codecommit"),
        ] {
            assert_eq!(url.parse::<RemoteUrl>().expect(url).transport(), transport, "{url}");
        }
    }

    #[test]
    fn urls_that_could_run_or_leak_something_are_refused() {
        let long = format!("https://h/{}", "x".repeat(3000));
        for url in [
            "",
            "-oProxyCommand=x",
            "--upload-pack=touch /tmp/P",
            "ext::sh -c id",
            "fd::3",
            "ssh://-oProxyCommand=x/r",
            "ssh://-l@host/r",
            "-x@host:r",
            "host:-r",
            "https://example.com/%0aHost",
            "https://example.com/%0D%0Ax",
            "https://example.com/a b",
            "https://example.com/\nx",
            "https:///r",
            "https://https://h/r",
            "ftp://example.com/r",
            "HTTPS://example.com/r",
            "file://host/r",
            "r.git",
            "host:",
            "gcrypt::-x",
            "ex\u{202e}ample.com:r",
            &long,
        ] {
            assert!(matches!(url.parse::<RemoteUrl>(), Err(UrlError::Bad { .. })), "{url:?}");
        }
    }

    #[test]
    fn a_password_is_refused_and_never_repeated() {
        for url in ["https://u:hunter2@h/r", "ssh://u:hunter2@h/r", "u:hunter2@h:r", "-https://u:hunter2@h"] {
            let error = url.parse::<RemoteUrl>().expect_err(url).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_part_of_an_accepted_url_is_an_option(url in "(-|https://|ssh://|[a-z]{1,3}::|[a-z-]{1,4}@|[a-z]{1,5}|:|/|\\.|%0a| |\n){0,8}") {
            if let Ok(url) = url.parse::<RemoteUrl>() {
                prop_assert!(!url.as_str().starts_with('-'));
                // What a helper makes of its address is its own affair.
                let is_known = SCHEMES.contains(&url.transport());
                let host = url.as_str().split_once("://").filter(|_| is_known).map_or("", |(_, rest)| rest);
                prop_assert!(!host.starts_with('-') && !url.as_str().contains('\n'));
                prop_assert!(may_be_allowed(url.transport()));
                prop_assert_eq!(url.to_string().parse::<RemoteUrl>(), Ok(url));
            }
        }
    }
}
