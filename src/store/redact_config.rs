//! The settings of redaction.
//!
//! What takes redaction away is believed only where the user wrote it. The configuration of a
//! repository may have come with it, in an archive, so it can only add.

use std::path::{Path, PathBuf};

use gix::bstr::BString;
use gix::config::Source;

use super::git::Git;
use super::{ConfigError, GitError, UserConfig};
use crate::redact::ValueDigest;

const SWITCH: &str = "session.redact";
const RULES: &str = "session.redactRules";
const ALLOW: &str = "session.redactAllow";
const VALUES: &str = "session.redactValues";

/// The settings of redaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedactConfig {
    /// Whether it is switched off.
    pub is_off: bool,
    /// Files of rules.
    pub rules: Vec<PathBuf>,
    /// The file of values that are known to be secret, where it is not at its usual place.
    pub values: Option<PathBuf>,
    /// Values that are no secrets.
    pub allowed: Vec<ValueDigest>,
    /// Settings of the repository that are not believed.
    pub ignored: Vec<&'static str>,
}

/// Whose setting it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    User,
    Repository,
}

impl UserConfig {
    /// Returns the settings of redaction; `~/` is resolved against `home`, other paths start at
    /// `folder`.
    pub fn redaction(&self, home: Option<&Path>, folder: &Path) -> Result<RedactConfig, ConfigError> {
        let mut config = RedactConfig::default();
        for (origin, value) in self.settings(SWITCH) {
            match (value.to_ascii_lowercase().as_str(), origin) {
                ("on" | "true" | "yes" | "1", _) => config.is_off = false,
                ("off" | "false" | "no" | "0", Origin::User) => config.is_off = true,
                ("off" | "false" | "no" | "0", Origin::Repository) => config.ignored.push(SWITCH),
                _ => return Err(self.bad_value(SWITCH, value, "use on or off")),
            }
        }
        for (origin, value) in self.settings(ALLOW) {
            let expected = "use sha256: and 64 digits; 'git session redact allow' writes it";
            let digest = value.parse().map_err(|_| self.bad_value(ALLOW, value.clone(), expected))?;
            match origin {
                Origin::User => config.allowed.push(digest),
                Origin::Repository => config.ignored.push(ALLOW),
            }
        }
        let path = |value: &String| resolved(value, home, folder);
        config.rules = self.settings(RULES).iter().map(|(_, value)| path(value)).collect();
        let values = self.settings(VALUES);
        let own = values.iter().rfind(|(origin, _)| *origin == Origin::User);
        config.values = own.map(|(_, value)| path(value));
        Ok(config)
    }

    // In the order in which they hold.
    fn settings(&self, key: &'static str) -> Vec<(Origin, String)> {
        let found = self.file.values_with_sections::<BString>(key).unwrap_or_default();
        let origin = |source: Source| match source {
            Source::Local | Source::Worktree => Origin::Repository,
            _ => Origin::User,
        };
        found.into_iter().map(|(value, section)| (origin(section.meta().source), value.to_string())).collect()
    }
}

/// Adds a value to the user's own Git configuration.
pub fn allow_value(digest: &ValueDigest) -> Result<(), GitError> {
    Git::for_user("config", &["--global", "--add", ALLOW]).word(&digest.to_string()).text().map(|_| ())
}

fn resolved(value: &str, home: Option<&Path>, folder: &Path) -> PathBuf {
    match (value.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => folder.join(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(repository: &str, parameters: &str) -> Result<RedactConfig, ConfigError> {
        let dir = tempfile::tempdir().expect("temporary folder");
        gix::init(dir.path()).expect("made");
        let file = dir.path().join(".git/config");
        let config = std::fs::read_to_string(&file).expect("readable") + repository;
        std::fs::write(&file, config).expect("written");
        let (config, _) = UserConfig::load(dir.path(), Some(parameters), &|_| None).expect("readable");
        config.redaction(Some(Path::new("/home/u")), Path::new("/project"))
    }

    #[test]
    fn a_repository_can_add_and_take_nothing_away() {
        let digest = ValueDigest::of(b"x");
        let text = format!(
            "[session]\n\tredact = off\n\tredactAllow = {digest}\n\tredactRules = r.toml\n\tredactValues = v\n"
        );
        let config = load(&text, "").expect("valid");
        assert!(!config.is_off && config.allowed.is_empty() && config.values.is_none());
        assert_eq!(config.rules, [PathBuf::from("/project/r.toml")]);
        assert_eq!(config.ignored, [SWITCH, ALLOW]);
        let config = load("[session]\n\tredact = on\n", "'session.redact'='off'").expect("valid");
        assert!(config.is_off, "the user typed it");
    }

    #[test]
    fn what_the_user_sets_is_believed_and_checked() {
        let digest = ValueDigest::of(b"x");
        let typed =
            format!("'session.redactAllow'='{digest}' 'session.redactValues'='~/v' 'session.redact'='off'");
        let config = load("", &typed).expect("valid");
        assert!(config.is_off);
        assert_eq!((config.allowed, config.values), (vec![digest], Some(PathBuf::from("/home/u/v"))));
        for wrong in ["'session.redact'='perhaps'", "'session.redactAllow'='12'"] {
            assert!(load("", wrong).is_err(), "{wrong}");
        }
    }
}
