//! The user's Git configuration, `session.*` and who they are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::config::Source;
use gix::config::file::Metadata;

use super::config_files::{discover, of_the_installation, outside_of_a_repository, unreadable};
use super::{CodeProject, Durability, GrowthLimits};
use crate::model::{Person, may_be_allowed, shown};

/// Why the configuration could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It could not be read.
    #[error("could not read the git configuration")]
    Unreadable(#[source] gix::Error),
    /// A file of it is broken.
    #[error("the git configuration {} is broken", shown(&.path.display().to_string()))]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and in which line.
        #[source]
        source: gix::Error,
    },
    /// A setting has a value that it cannot have.
    #[error("git config {key} is '{}'{}: {expected}", shown(.value), place(.at))]
    BadValue {
        /// The file that sets it and the line, where it is a file that does.
        at: Option<(PathBuf, usize)>,
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
}

/// How long a hook may take where nothing is set.
const HOOK_DEADLINE: Duration = Duration::from_millis(200);

/// Whether a hook may start a session where none is current.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AutoSession {
    /// One for each code branch.
    #[default]
    Branch,
    /// None.
    Off,
}

/// When sessions are pushed without asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AutoPush {
    /// Never.
    #[default]
    Off,
    /// When a run of theirs is finished.
    OnFinish,
    /// When the code that belongs to them is pushed.
    OnGitPush,
}

/// Whether commits of the code get the ids of session and run as trailers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trailers {
    /// They do not.
    #[default]
    Off,
    /// They do.
    On,
}

/// Which briefs an agent gets without asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inject {
    /// None.
    Off,
    /// Those of sessions in which all was recorded here.
    #[default]
    Local,
    /// Those of all sessions.
    All,
}

/// Looks a variable of the environment up.
pub(super) type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The user's Git configuration as Git itself would see it in a folder: system, global, the
/// repository's own, `git -c` and `GIT_CONFIG_*`, the last one winning.
pub struct UserConfig {
    pub(super) file: gix::config::File,
}

impl UserConfig {
    /// Reads the configuration that holds in a folder, and finds the code repository that it lies
    /// in. `parameters` is the value of `GIT_CONFIG_PARAMETERS`, by which `git -c key=value session …`
    /// hands its settings on; `variable` tells where Git's files are, so that a broken one is named.
    pub fn load(
        folder: &Path,
        parameters: Option<&str>,
        variable: Variable<'_>,
    ) -> Result<(Self, Option<CodeProject>), ConfigError> {
        let repo = discover(folder, variable)?;
        let broken = |error| unreadable(folder.to_owned(), error, variable);
        let rest = match &repo {
            Some(repo) => Ok(repo.config_snapshot().plumbing().clone()),
            None => outside_of_a_repository(variable),
        };
        let mut file = of_the_installation(variable).map_err(broken)?;
        file.append(rest.map_err(broken)?).map_err(broken)?;
        for (key, value) in parse_parameters(parameters.unwrap_or_default()) {
            // Keys that are no keys cannot be asked for either.
            if let Some((section, name)) = key.split_once('.').filter(|(_, name)| !name.contains('.')) {
                // In a section of its own, so that it is told from what a file says.
                let typed = file.new_section_with_meta(section, None, Metadata::from(Source::Cli));
                let _ = typed.map(|mut section| section.push(name, value.as_str()).map(|_| ()));
            }
        }
        Ok((Self { file }, repo.as_ref().map(CodeProject::of)))
    }

    /// Returns a setting.
    pub fn string(&self, key: &str) -> Option<String> {
        self.file.string(key).map(|value| value.to_string())
    }

    /// Returns who commits, by `user.name` and `user.email`; `None` where no name is set.
    pub fn identity(&self) -> Option<Person> {
        let name = self.string("user.name")?;
        Some(Person::new(name, self.string("user.email").unwrap_or_default()))
    }

    /// Returns the store that `session.store` names, `~/` resolved against `home`.
    pub fn store(&self, home: Option<&Path>) -> Option<PathBuf> {
        let value = self.string("session.store")?;
        match (value.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(PathBuf::from(value)),
        }
    }

    /// Returns what is on disk when a write returns, by `session.fsync`.
    pub fn durability(&self) -> Result<Durability, ConfigError> {
        let key = "session.fsync";
        let Some(value) = self.string(key) else { return Ok(Durability::default()) };
        let expected = "use full, batch or off";
        Durability::parse(&value).ok_or_else(|| self.bad_value(key, value, expected))
    }

    /// Returns the transports by which remotes may be reached: https and ssh, and those that
    /// `session.transport` names, which may be set several times, or name several.
    pub fn transports(&self) -> Result<Vec<String>, ConfigError> {
        let key = "session.transport";
        let expected = "use file, http, git or the name of a remote helper; ext and fd are never used";
        let mut transports = vec!["https".to_owned(), "ssh".to_owned()];
        for value in self.file.strings(key).unwrap_or_default() {
            let value = value.to_string();
            for word in value.split([',', ' ']).filter(|word| !word.is_empty()) {
                if !may_be_allowed(word) {
                    return Err(self.bad_value(key, value.clone(), expected));
                }
                transports.push(word.to_owned());
            }
        }
        Ok(transports)
    }

    /// Returns the largest file that is taken from a remote, in bytes, by `session.maxIncomingBytes`.
    pub fn max_incoming_bytes(&self, default: u64) -> Result<u64, ConfigError> {
        let key = "session.maxIncomingBytes";
        Ok(self.number(key, "use a number of bytes, such as 104857600 or 100m")?.unwrap_or(default))
    }

    /// Returns the largest context file that is stored, in bytes, by `session.maxFileBytes`.
    pub fn max_file_bytes(&self, default: u64) -> Result<u64, ConfigError> {
        let key = "session.maxFileBytes";
        Ok(self.number(key, "use a number of bytes, such as 52428800 or 50m")?.unwrap_or(default))
    }

    /// Returns for how many days what was removed is kept, by `session.keepDays`.
    pub fn keep_days(&self, default: u32) -> Result<u32, ConfigError> {
        let key = "session.keepDays";
        Ok(self.number(key, "use a number of days, such as 14")?.unwrap_or(default))
    }

    /// Returns from when on maintenance starts by itself, by `session.gcLooseObjects` and
    /// `session.gcPacks`; `None` where `session.autoGc` is off.
    pub fn growth_limits(&self) -> Result<Option<GrowthLimits>, ConfigError> {
        let (default, expected) = (GrowthLimits::default(), "use a number");
        let loose_objects = self.number("session.gcLooseObjects", expected)?.unwrap_or(default.loose_objects);
        let packs = self.number("session.gcPacks", expected)?.unwrap_or(default.packs);
        let is_on = self.boolean("session.autoGc")?.unwrap_or(true);
        Ok(is_on.then_some(GrowthLimits { loose_objects, packs }))
    }

    /// Returns whether a hook may start a session for a code branch, by `session.autoSession`.
    pub fn auto_session(&self) -> Result<AutoSession, ConfigError> {
        let words = [("branch", AutoSession::Branch), ("off", AutoSession::Off)];
        self.word("session.autoSession", &words, "use branch or off")
    }

    /// Returns when sessions are pushed without asking, by `session.autoPush`.
    pub fn auto_push(&self) -> Result<AutoPush, ConfigError> {
        let words =
            [("off", AutoPush::Off), ("on-finish", AutoPush::OnFinish), ("on-git-push", AutoPush::OnGitPush)];
        self.word("session.autoPush", &words, "use off, on-finish or on-git-push")
    }

    /// Returns whether commits of the code get the ids of session and run, by `session.trailers`.
    pub fn trailers(&self) -> Result<Trailers, ConfigError> {
        let is_on = self.boolean("session.trailers")?.unwrap_or(false);
        Ok(if is_on { Trailers::On } else { Trailers::Off })
    }

    /// Returns which briefs an agent gets without asking, by `session.inject`.
    pub fn inject(&self) -> Result<Inject, ConfigError> {
        let words = [("off", Inject::Off), ("local", Inject::Local), ("all", Inject::All)];
        self.word("session.inject", &words, "use off, local or all")
    }

    /// Returns how long a hook may take, by `session.hookDeadline` in milliseconds.
    pub fn hook_deadline(&self) -> Result<Duration, ConfigError> {
        let expected = "use a number of milliseconds, such as 200";
        let millis: Option<u32> = self.number("session.hookDeadline", expected)?;
        Ok(millis.map_or(HOOK_DEADLINE, |millis| Duration::from_millis(millis.into())))
    }

    /// Reads a setting that is one of some words; the value of the `Default` where it is not set.
    fn word<T: Copy + Default>(
        &self,
        key: &'static str,
        words: &[(&str, T)],
        expected: &'static str,
    ) -> Result<T, ConfigError> {
        let Some(value) = self.string(key) else { return Ok(T::default()) };
        let found = words.iter().find(|(word, _)| *word == value).map(|(_, meant)| *meant);
        found.ok_or_else(|| self.bad_value(key, value, expected))
    }

    fn number<T: TryFrom<i64>>(
        &self,
        key: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.string(key) else { return Ok(None) };
        let number = self.file.integer(key).ok().flatten().and_then(|number| T::try_from(number).ok());
        number.map(Some).ok_or_else(|| self.bad_value(key, value, expected))
    }

    fn boolean(&self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        let expected = "use true or false";
        self.file.boolean(key).map_err(|_| {
            let value = self.string(key).unwrap_or_default();
            self.bad_value(key, value, expected)
        })
    }

    pub(super) fn bad_value(&self, key: &'static str, value: String, expected: &'static str) -> ConfigError {
        let at = key.split_once('.').and_then(|(section, name)| self.place_of(section, name, &value));
        ConfigError::BadValue { at, key, value, expected }
    }

    // What is read has no line numbers any more, so the line is looked for.
    fn place_of(&self, section: &str, name: &str, value: &str) -> Option<(PathBuf, usize)> {
        let sections: Vec<_> = self.file.sections_by_name(section)?.collect();
        let setting = sections.into_iter().rev().find(|found| found.contains_value_name(name))?;
        let path = setting.meta().path.clone()?;
        let text = std::fs::read_to_string(&path).ok()?;
        let sets = |line: &str| {
            let (found, rest) = line.split_once('=')?;
            (found.trim().eq_ignore_ascii_case(name) && rest.contains(value)).then_some(())
        };
        let line = text.lines().enumerate().filter(|(_, line)| sets(line).is_some()).last()?.0;
        Some((path, line + 1))
    }
}

fn place(at: &Option<(PathBuf, usize)>) -> String {
    let named = at.as_ref().map(|(path, line)| format!(" in {}:{line}", shown(&path.display().to_string())));
    named.unwrap_or_default()
}

/// Reads `'key=value' 'key'='value'`, the two forms that Git writes (`sq_dequote` in its quote.c).
fn parse_parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some((first, after)) = unquote(rest) {
        rest = after;
        let pair = match rest.strip_prefix('=').and_then(unquote) {
            Some((value, after)) => {
                rest = after;
                (first, value)
            }
            None => match first.split_once('=') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                None => (first, "true".to_owned()),
            },
        };
        found.push(pair);
        rest = rest.trim_start();
    }
    found
}

// One word in single quotes; `'\''` and `'\!'` stand for a quote and an exclamation mark.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut out = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        out.push_str(part);
        let escaped = after.strip_prefix('\\').and_then(|a| Some((a.chars().next()?, a.get(1..)?)));
        match escaped.and_then(|(c, after)| Some((c, after.strip_prefix('\'')?))) {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => return Some((out, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn settings_on_git_s_command_line_are_understood() {
        let parsed =
            parse_parameters(r"'session.fsync'='off' 'old.style=a=b' 'user.name'='O'\''Neil' 'x.flag'");
        let expected =
            [("session.fsync", "off"), ("old.style", "a=b"), ("user.name", "O'Neil"), ("x.flag", "true")];
        assert_eq!(parsed, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_setting_that_cannot_be_is_told() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let load =
            |parameters: &str| UserConfig::load(dir.path(), Some(parameters), &|_| None).expect("readable").0;
        assert_eq!(load("'session.fsync'='full'").durability().expect("valid"), Durability::Full);
        let error = load("'session.fsync'='maybe'").durability().expect_err("no such word");
        assert_eq!(error.to_string(), "git config session.fsync is 'maybe': use full, batch or off");
    }

    #[test]
    fn maintenance_is_set_by_numbers_and_can_be_switched_off() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let load =
            |parameters: &str| UserConfig::load(dir.path(), Some(parameters), &|_| None).expect("readable").0;
        let limits = |parameters: &str| load(parameters).growth_limits().expect("valid");
        let set = GrowthLimits { loose_objects: 7000, packs: 3 };
        assert_eq!(limits("'session.gcLooseObjects'='7000' 'session.gcPacks'='3'"), Some(set));
        assert_eq!(limits("'session.autoGc'='false' 'session.gcPacks'='3'"), None);
        assert_eq!(load("'session.keepDays'='0'").keep_days(14).expect("valid"), 0);
        for wrong in ["'session.keepDays'='-1'", "'session.keepDays'='soon'"] {
            assert!(load(wrong).keep_days(14).is_err(), "{wrong}");
        }
        for wrong in ["'session.gcPacks'='-1'", "'session.autoGc'='perhaps'"] {
            assert!(load(wrong).growth_limits().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_git_quotes_is_read_back(pairs in prop::collection::vec(("[a-z]{1,8}\\.[a-z]{1,8}", ".{0,30}"), 0..4)) {
            // As Git's sq_quote does it.
            let quote = |text: &str| format!("'{}'", text.replace('\'', "'\\''").replace('!', "'\\!'"));
            let written: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}={}", quote(key), quote(value))).collect();
            prop_assert_eq!(parse_parameters(&written.join(" ")), pairs);
        }

        #[test]
        fn any_parameters_are_read(text in "['\\\\!=a. ]{0,40}|.{0,60}") {
            let _ = parse_parameters(&text);
        }
    }
}
