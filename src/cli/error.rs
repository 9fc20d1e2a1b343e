//! Errors as people see them: wording, hints and exit codes.

use crate::hooks::HookError;
use crate::model::yaml::YamlError;
use crate::model::{KeyError, shown};
use crate::ops::OpError;
use crate::redact::{RuleFileError, ValueError};
use crate::render::export::ExportError;
use crate::store::{ConfigError, GitError, PurgeFault, StoreError};

/// Something failed.
pub(super) const FAILED: u8 = 1;
/// What was typed makes no sense.
pub(super) const USAGE: u8 = 2;
/// It was done, and conflicts are left to settle.
pub(super) const CONFLICTS: u8 = 3;
/// `run` failed itself.
pub(super) const RUN_FAILED: u8 = 125;
/// A defect of this program.
pub(super) const INTERNAL: u8 = 101;

/// An error with what to say about it.
#[derive(Debug)]
pub(super) struct CliError {
    pub(super) exit: u8,
    /// A word for programs, stable.
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hints: Vec<String>,
    pub(super) cause: Option<anyhow::Error>,
}

impl CliError {
    /// Makes the error of something that was typed wrong.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { exit: USAGE, code: "usage", message: message.into(), hints: Vec::new(), cause: None }
    }

    /// Makes the error of something that failed.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self { exit: FAILED, code: "failed", message: message.into(), hints: Vec::new(), cause: None }
    }

    /// Adds what can be done about it.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Sets the exit code.
    pub(super) fn with_exit(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    /// Adds why it failed.
    pub(super) fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Tells whether whoever reads our output has gone away.
    pub(super) fn is_broken_pipe(&self) -> bool {
        let chain = self.cause.iter().flat_map(|cause| cause.chain());
        let mut io = chain.filter_map(|cause| cause.downcast_ref::<std::io::Error>());
        io.any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// Makes the error of a library's error.
    pub(super) fn of(
        error: impl std::error::Error + Send + Sync + 'static,
        exit: u8,
        code: &'static str,
    ) -> Self {
        let message = error.to_string();
        let cause = anyhow::Error::new(error);
        // The error itself is the message; what is below it is the cause.
        let below: Vec<String> = cause.chain().skip(1).map(ToString::to_string).collect();
        let cause = (!below.is_empty()).then_some(cause);
        Self { exit, code, message, hints: Vec::new(), cause }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::failed("could not write the output").because(error).hint("what was recorded, stays recorded")
    }
}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        Self::failed("could not write JSON").because(error)
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        let hint = match &error {
            ConfigError::BadValue { key, .. } => format!("set it with 'git config {key} VALUE'"),
            _ => "mend the file; 'git config --list --show-origin' reads it too".to_owned(),
        };
        Self::of(error, USAGE, "bad_config").hint(hint)
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> Self {
        let suggestion = error.suggestion.clone();
        let cli = Self::of(error, USAGE, "bad_key");
        match suggestion {
            Some(key) => cli.hint(format!("use '{key}'")),
            None => {
                cli.hint("a key is made of a-z 0-9 . _ - in segments joined by '/', such as build.command")
            }
        }
    }
}

impl From<crate::model::PathError> for CliError {
    fn from(error: crate::model::PathError) -> Self {
        let exit = match &error {
            crate::model::PathError::Malformed(..) => USAGE,
            _ => FAILED,
        };
        Self::of(error, exit, "bad_path").hint("use a path below context/, such as notes.md or docs/plan.md")
    }
}

impl From<crate::model::UnknownRunStatus> for CliError {
    fn from(error: crate::model::UnknownRunStatus) -> Self {
        Self::of(error, USAGE, "bad_status")
    }
}

impl From<crate::render::FormatError> for CliError {
    fn from(error: crate::render::FormatError) -> Self {
        let near = match &error {
            crate::render::FormatError::UnknownField { near, .. } => *near,
            _ => None,
        };
        let cli = Self::of(error, USAGE, "bad_format");
        match near {
            Some(name) => cli.hint(format!("did you mean %({name})?")),
            None => cli.hint(
                "a field is %(name), such as %(run:short) %(summary); 'git session log --help' lists them",
            ),
        }
    }
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Op(error) => error.into(),
            ExportError::Io(error) => error.into(),
            ExportError::Json(error) => error.into(),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let hints = store_hints(&error);
        let (exit, code) = store_code(&error);
        let mut cli = Self::of(error, exit, code);
        cli.hints = hints;
        cli
    }
}

fn store_code(error: &StoreError) -> (u8, &'static str) {
    match error {
        StoreError::Absent(_) => (FAILED, "no_store"),
        StoreError::NotAStore { .. } => (FAILED, "not_a_store"),
        StoreError::Unsupported { .. } => (FAILED, "unsupported_store"),
        StoreError::Taken(_) => (FAILED, "taken"),
        StoreError::Untrusted { .. } => (FAILED, "untrusted_store"),
        StoreError::NewerStore { .. } => (FAILED, "newer_store"),
        StoreError::Locked { .. } => (FAILED, "locked"),
        StoreError::Document { source: YamlError::NewerSchema { .. }, .. } => (FAILED, "newer_schema"),
        StoreError::Damaged { .. } | StoreError::Document { .. } | StoreError::Missing { .. } => {
            (FAILED, "damaged")
        }
        StoreError::NoSession { .. } => (FAILED, "no_session"),
        StoreError::AmbiguousSession { .. } => (FAILED, "ambiguous_session"),
        StoreError::NoCurrentSession => (FAILED, "no_current_session"),
        StoreError::NoRun { .. } | StoreError::NoRunOrSession { .. } => (FAILED, "no_run"),
        StoreError::AmbiguousRun { .. } => (FAILED, "ambiguous_run"),
        StoreError::BadSpec { .. } => (USAGE, "bad_name"),
        StoreError::BadRange { .. } => (USAGE, "bad_range"),
        StoreError::Program(_) => (FAILED, "git_failed"),
        StoreError::Purge(_) => (FAILED, "cannot_purge"),
        StoreError::Name(_) => (USAGE, "bad_name"),
        StoreError::Url(_) => (USAGE, "bad_url"),
        StoreError::ReadOnly { .. } => (FAILED, "read_only"),
        StoreError::Unconfirmed { .. } => (FAILED, "unconfirmed"),
        StoreError::SecretName(_) => (FAILED, "secret_name"),
        StoreError::Unredactable(_) => (FAILED, "unredactable"),
        _ => (FAILED, "store_failed"),
    }
}

fn store_hints(error: &StoreError) -> Vec<String> {
    let hint = |text: &str| vec![text.to_owned()];
    match error {
        StoreError::Absent(_) => hint("start a session with 'git session new TITLE'; that makes the store"),
        StoreError::NotAStore { .. } => {
            hint("name another folder with --store, GIT_SESSION_STORE or git config session.store")
        }
        StoreError::NewerStore { .. } => hint("update git-session"),
        StoreError::Taken(_) => hint("name a folder that is empty or not there yet"),
        StoreError::Moved { .. } => hint("try again"),
        StoreError::SecretName(_) => hint("names are seen by all: choose another one"),
        StoreError::Unredactable(_) => hint("'git session redact check' tells what is found, and why"),
        StoreError::Yaml(_) => hint("it would be too large or too deep to be read back; leave something out"),
        StoreError::Untrusted { .. } => hint("a store must be yours, and yours alone to write to"),
        StoreError::Unsupported { .. } => hint("use a full repository whose refs are files"),
        StoreError::Purge(fault) => hint(purge_hint(fault)),
        StoreError::Program(GitError::Start(_)) => {
            hint("install git 2.39 or later; recording and reading runs work without it")
        }
        StoreError::Program(GitError::Failed { command: "pack-objects", .. }) => {
            hint("'git session check' tells whether something is damaged")
        }
        StoreError::Locked { .. } => {
            hint("try again; if no other git or git-session runs, remove the lock file")
        }
        StoreError::Document { source, .. } => match source {
            YamlError::NewerSchema { .. } => hint("update git-session"),
            _ => hint(
                "the files are kept as they are; see them with 'git --git-dir=\"$(git session path)\" show'",
            ),
        },
        StoreError::Damaged { .. } | StoreError::Missing { .. } | StoreError::TooLarge { .. } => {
            hint("'git session check' tells what is damaged, 'git session repair' mends what can be mended")
        }
        StoreError::ReadOnly { .. } => hint("reading works; to write, make its disk or folder writable"),
        StoreError::Unconfirmed { .. } => hint(
            "check the disk, look with 'git session runs', and do it again: the same id is recorded once",
        ),
        StoreError::Io { .. } | StoreError::Git { .. } => hint(disk_hint(error.io_kind())),
        StoreError::NoCurrentSession => {
            hint("start one with 'git session new TITLE', or choose one with 'git session switch SESSION'")
        }
        StoreError::NoSession { near, .. } if near.is_empty() => {
            hint("'git session list' shows all sessions")
        }
        StoreError::NoRun { count, .. } => {
            hint(count.as_deref().unwrap_or("'git session runs' shows all runs"))
        }
        StoreError::NoRunOrSession { near, .. } if near.is_empty() => {
            hint("'git session runs' shows all runs, 'git session list' all sessions")
        }
        StoreError::NoSession { near, .. } | StoreError::NoRunOrSession { near, .. } => {
            vec![format!("did you mean {}?", near.join(", "))]
        }
        StoreError::AmbiguousSession { .. } | StoreError::AmbiguousRun { .. } => hint("give more characters"),
        StoreError::BadRange { .. } => hint("a range is A..B, with two runs such as @-1..@"),
        StoreError::BadSpec { .. } => {
            hint("name a run by its id, as SESSION@3, as @-1, or by its session for the last run")
        }
        _ => Vec::new(),
    }
}

fn purge_hint(fault: &PurgeFault) -> &'static str {
    match fault {
        PurgeFault::Fetching => "try again when it has ended",
        PurgeFault::BadRef(_) | PurgeFault::NoCommit(_) => {
            "nothing was changed; 'git session repair' puts aside what cannot be used"
        }
        PurgeFault::BadRecord(_) => {
            "nothing was changed; what it brought can be purged by its paths, with --path"
        }
        _ => "nothing was changed",
    }
}

// What is wrong with the disk rather than with what was asked for.
fn disk_hint(kind: Option<std::io::ErrorKind>) -> &'static str {
    use std::io::ErrorKind;

    match kind {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            "free some space or files on that disk, then do it again; what is recorded stays readable"
        }
        Some(ErrorKind::PermissionDenied) => {
            "the store must be yours and writable: see 'ls -ld' of that path"
        }
        Some(_) => "check who may write there, and whether the disk is full",
        None => "'git session check' tells what is damaged, 'git session repair' mends what can be mended",
    }
}

impl From<HookError> for CliError {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Store(error) => error.into(),
            HookError::Op(error) => error.into(),
            HookError::Config(error) => error.into(),
            HookError::Busy => Self::of(error, FAILED, "locked").hint("try again in a moment"),
            HookError::NoProject => {
                Self::of(error, FAILED, "no_project").hint("change to a folder of a project")
            }
            HookError::BadSettings { .. } => {
                Self::of(error, FAILED, "bad_settings").hint("mend the file, or move it away")
            }
            HookError::Unchangeable { .. } => {
                Self::of(error, FAILED, "unchangeable").hint("nothing was changed")
            }
            _ => Self::of(error, FAILED, "failed").hint("nothing was changed"),
        }
    }
}

impl From<ValueError> for CliError {
    fn from(error: ValueError) -> Self {
        let cli = Self::of(error.clone(), USAGE, "bad_value");
        match error {
            ValueError::Lines(_) => cli.hint("purge its lines one by one; each stands for the whole"),
            ValueError::Empty | ValueError::TooShort(_) => {
                cli.hint("a shorter text stands in words that have nothing to do with it")
            }
            _ => cli.hint("name the part of it that is secret"),
        }
    }
}

impl From<RuleFileError> for CliError {
    fn from(error: RuleFileError) -> Self {
        Self::of(error, FAILED, "bad_rules").hint("mend the rule; until then, texts are withheld")
    }
}

impl From<OpError> for CliError {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Store(error) => error.into(),
            OpError::Key(error) => error.into(),
            OpError::Path(error) => error.into(),
            OpError::Rules(error) => error.into(),
            other => {
                let hints = op_hints(&other);
                let (exit, code) = op_code(&other);
                let mut cli = Self::of(other, exit, code);
                cli.hints = hints;
                cli
            }
        }
    }
}

fn op_code(error: &OpError) -> (u8, &'static str) {
    match error {
        OpError::EmptyTitle | OpError::Empty(_) => (USAGE, "empty"),
        OpError::Collision { .. } => (USAGE, "collision"),
        OpError::InTheWay { .. } => (FAILED, "in_the_way"),
        OpError::Refused { .. } => (FAILED, "refused"),
        OpError::NoContextFile { .. } | OpError::NotThere { .. } | OpError::NeverThere { .. } => {
            (FAILED, "no_file")
        }
        OpError::TooLargeToTell { .. } => (FAILED, "refused"),
        OpError::NoFact { .. } => (FAILED, "no_fact"),
        OpError::NoDecision(_) => (FAILED, "no_decision"),
        OpError::AmbiguousDecision { .. } => (FAILED, "ambiguous_decision"),
        OpError::NotOpen(_) | OpError::NoOpenRun(_) => (FAILED, "not_open"),
        OpError::SeveralOthers { .. } => (FAILED, "several_others"),
        OpError::NotInHistory { .. } => (FAILED, "not_in_history"),
        OpError::NothingToUndo | OpError::UndoneBefore { .. } => (FAILED, "nothing_to_undo"),
        OpError::CannotUndo { .. } => (FAILED, "cannot_undo"),
        OpError::NoChange(_) => (FAILED, "no_change"),
        OpError::NoForks(_) => (FAILED, "no_forks"),
        OpError::StillOpen(_) => (FAILED, "still_open"),
        OpError::Removed { .. } => (FAILED, "removed"),
        OpError::NoConflict { .. } => (FAILED, "no_conflict"),
        OpError::NotComparable(_) | OpError::NoMetric { .. } | OpError::BothWays(_) => (USAGE, "usage"),
        OpError::BadRecord(_) => (FAILED, "bad_record"),
        OpError::HasOpenRuns { .. } => (FAILED, "open_runs"),
        OpError::Maintained => (FAILED, "maintained"),
        OpError::NothingToPurge | OpError::PurgedBefore { .. } => (FAILED, "nothing_to_purge"),
        OpError::WasPushed { .. } => (FAILED, "was_pushed"),
        _ => (FAILED, "failed"),
    }
}

const PURGE_NOTHING: &str = "it is looked for exactly, also under escapes and in base64; 'git session redact scan' looks for secrets of any kind";
const PURGE_PUSHED: &str = "--yes rewrites it here; 'git session push' then replaces it there, and teammates take it with 'git session pull --accept-purge'";

fn known_numbers(known: &[String]) -> String {
    match known {
        [] => "they have no numbers".to_owned(),
        known => format!("there are: {}", known.join(", ")),
    }
}

fn op_hints(error: &OpError) -> Vec<String> {
    let hint = |text: &str| vec![text.to_owned()];
    match error {
        OpError::Empty("the search") => hint("name the words to find, such as 'git session search cache'"),
        OpError::EmptyTitle => hint("say what the session is about, such as 'fix the login test'"),
        OpError::NoFact { near, .. } if near.is_empty() => hint("'git session know' lists all keys"),
        OpError::NoFact { near, .. } => vec![format!("did you mean {}?", near.join(", "))],
        OpError::NoDecision(_) => hint("'git session decide' without a text lists all decisions"),
        OpError::NeverThere { near, .. } if near.is_empty() => {
            hint("name a key, a file of the context or a decision; 'git session context ls' lists all files")
        }
        OpError::NotThere { word, near, .. } if near.is_empty() => {
            vec![format!("'git session log -- {}' tells whether it was there before", shown(word))]
        }
        OpError::TooLargeToTell { .. } => hint("session.maxFileBytes is the limit"),
        OpError::NotThere { near, .. } | OpError::NeverThere { near, .. } => {
            vec![format!("did you mean {}?", near.join(", "))]
        }
        OpError::NoContextFile { .. } => hint("'git session context ls' lists all files"),
        OpError::NoOpenRun(_) => hint("begin one with 'git session begin'"),
        OpError::StillOpen(_) => hint("end it first, with 'git session finish RUN'"),
        OpError::Removed { .. } => hint("'git session undo' puts the session that was removed last back"),
        OpError::NotOpen(_) => hint("'git session status' lists the open runs"),
        OpError::SeveralOpenRuns { .. } => hint("name one of them"),
        OpError::HasOpenRuns { .. } => {
            hint("end them first, with 'git session finish RUN' or 'git session abort RUN'")
        }
        OpError::NoConflict { open, .. } if open.is_empty() => {
            hint("nothing is in conflict; 'git session status' shows what is")
        }
        OpError::NoConflict { open, .. } => vec![format!("in conflict are: {}", open.join(", "))],
        OpError::SeveralOthers { others, .. } => {
            vec![format!("name the one to keep instead of the path: {}", others.join(", "))]
        }
        OpError::NotInHistory { .. } => {
            hint("go on from it in a session of its own with 'git session fork RUN', or merge it first")
        }
        OpError::NothingToUndo | OpError::UndoneBefore { .. } => hint(
            "'git session undo --list' shows the changes; an undo is taken back by naming its own change",
        ),
        OpError::CannotUndo { .. } => hint("'git session rm' removes a session"),
        OpError::NoChange(_) => hint("'git session undo --list' shows the changes that can be named"),
        OpError::NotComparable(_) => {
            hint("name 2 to 8 runs, or one session that has several; 'git session runs' shows them")
        }
        OpError::NoMetric { known, .. } => hint(&known_numbers(known)),
        OpError::BothWays(_) => hint("name it with --higher or with --lower"),
        OpError::NoForks(_) => hint("'git session fork' makes one"),
        OpError::Maintained => hint("try again when it has ended"),
        OpError::NothingToPurge => hint(PURGE_NOTHING),
        OpError::WasPushed { .. } => hint(PURGE_PUSHED),
        OpError::NotEmpty(_) => hint("--force replaces files of the same name"),
        OpError::BadTarget { .. } => hint("name a folder of its own, empty or not there yet"),
        OpError::Refused { .. } => hint("name a plain file; '-' takes what is handed in on stdin"),
        OpError::File { .. } => hint("check the path and who may read and write it"),
        OpError::Collision { .. } | OpError::InTheWay { .. } => hint("choose another path"),
        OpError::Yaml(_) => hint("it would be too large or too deep to be read back; leave something out"),
        OpError::TooManyFiles { .. } => hint("name a smaller folder"),
        OpError::BadRecord(_) => hint("docs/FORMAT.md says what a run record may hold"),
        _ => Vec::new(),
    }
}
