//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use super::commands::{
    begin, blame, brief, check, clone, compare, completion, context, decide, diff, edit, export, finish,
    fork, gc, hooks, import, know, list, log, man, merge, new, note, path, pull, purge, push, record, redact,
    remote, remove, repair, resolve, rewind, run, runs, search, show, status, switch, sync, undo,
};
use super::ui::Ui;
use crate::ops::{CONTEXT_LINES, CommitRuns, Detail, DiffOptions};
use crate::render::{FileParts, Words};

/// A versioned store for AI-agent sessions, kept in Git
#[derive(Debug, Parser)]
#[command(
    name = "git-session",
    version,
    disable_help_subcommand = true,
    args_override_self = true,
    max_term_width = 100
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// Use the store at DIR
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(super) store: Option<PathBuf>,
    /// Work on this session instead of the current one
    #[arg(id = "session", long, short, global = true, value_name = "SESSION", help_heading = "Global options", action = clap::ArgAction::Append, add = ArgValueCandidates::new(session_names))]
    pub(super) sessions: Vec<String>,
    /// Print JSON
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) json: bool,
    /// Print one JSON object a line
    #[arg(long, global = true, help_heading = "Global options", conflicts_with = "json")]
    pub(super) ndjson: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", help_heading = "Global options")]
    pub(super) color: Option<ColorWhen>,
    /// Do not start a pager
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) no_pager: bool,
    /// Print no messages, only results
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(super) quiet: bool,
}

impl Global {
    /// Returns the session that is named; the last one counts, but where a verb takes several.
    pub(super) fn session(&self) -> Option<&str> {
        self.sessions.last().map(String::as_str)
    }

    /// Returns what holds where nobody typed anything.
    pub(super) fn silent() -> Self {
        Self {
            store: None,
            sessions: Vec::new(),
            json: false,
            ndjson: false,
            color: None,
            no_pager: true,
            quiet: true,
        }
    }
}

/// What the verbs take that tell of a session's runs.
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// The session; the current one where it is not given
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(super) name: Option<String>,
    /// At most this many
    #[arg(short = 'n', long = "limit", value_name = "N")]
    pub(super) limit: Option<usize>,
}

/// What the verbs take that show what commits changed.
#[derive(Debug, Args)]
pub(super) struct PatchArgs {
    /// Also show what changed in the files, by lines
    #[arg(long, short)]
    patch: bool,
    /// Also show how many lines changed in which files
    #[arg(long)]
    stat: bool,
    /// How many lines to show around a change; implies -p
    #[arg(long, short = 'U', value_name = "N")]
    unified: Option<usize>,
}

impl PatchArgs {
    /// Returns how the files are to be compared; `None` where they are not.
    pub(super) fn options(&self) -> Option<DiffOptions> {
        let options = DiffOptions::default();
        match (self.shows_lines(), self.stat) {
            (true, _) => Some(options.with_context_lines(self.unified.unwrap_or(CONTEXT_LINES))),
            (false, true) => Some(options.with_detail(Detail::Counts)),
            (false, false) => None,
        }
    }

    /// Returns what is shown of the files.
    pub(super) fn parts(&self, ui: &Ui) -> FileParts {
        FileParts { stat: self.stat, text: self.shows_lines().then(|| words(ui)) }
    }

    fn shows_lines(&self) -> bool {
        self.patch || self.unified.is_some()
    }
}

/// Returns how runs are told that are nothing but a commit of the code.
pub(super) fn commit_runs(all: bool) -> CommitRuns {
    if all { CommitRuns::Each } else { CommitRuns::Folded }
}

/// Returns how words that differ are shown: they stand out by their colour alone.
pub(super) fn words(ui: &Ui) -> Words {
    if ui.is_colored() { Words::Highlight } else { Words::Plain }
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

// Each start would pay for the options of all verbs.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    New(new::Args),
    Run(run::Args),
    Record(record::Args),
    Begin(begin::Args),
    Checkpoint(finish::CheckpointArgs),
    Finish(finish::Args),
    Abort(finish::AbortArgs),
    Know(know::Args),
    Decide(decide::Args),
    Note(note::Args),
    #[command(subcommand)]
    Context(context::Command),
    Brief(brief::Args),
    Status(status::Args),
    #[command(visible_alias = "ls")]
    List(list::Args),
    Show(show::Args),
    #[command(visible_alias = "list-runs")]
    Runs(runs::Args),
    Log(log::Args),
    Diff(diff::Args),
    Compare(compare::Args),
    Blame(blame::Args),
    Search(search::Args),
    Switch(switch::Args),
    Fork(fork::Args),
    Merge(merge::Args),
    Rewind(rewind::Args),
    Undo(undo::Args),
    Resolve(resolve::Args),
    Edit(edit::Args),
    #[command(name = "rm")]
    Remove(remove::Args),
    #[command(subcommand)]
    Hooks(hooks::Command),
    #[command(subcommand)]
    Remote(remote::Command),
    Push(push::Args),
    Pull(pull::Args),
    Sync(sync::Args),
    Clone(clone::Args),
    Purge(purge::Args),
    Check(check::Args),
    Repair(repair::Args),
    Export(export::Args),
    Import(import::Args),
    Gc(gc::Args),
    #[command(subcommand)]
    Redact(redact::Command),
    Path(path::Args),
    Completion(completion::Args),
    Man(man::Args),
}

impl Command {
    /// Tells whether the verb is about what sessions hold, so that what hooks left behind counts.
    pub(super) fn sees_sessions(&self) -> bool {
        !matches!(
            self,
            Self::Hooks(_)
                | Self::Redact(_)
                | Self::Check(_)
                | Self::Repair(_)
                | Self::Gc(_)
                | Self::Purge(_)
                | Self::Path(_)
                | Self::Completion(_)
                | Self::Man(_)
        )
    }

    /// Tells whether the verb itself talks to remotes.
    pub(super) fn reaches_remotes(&self) -> bool {
        matches!(self, Self::Remote(_) | Self::Push(_) | Self::Pull(_) | Self::Sync(_) | Self::Clone(_))
    }

    /// Tells whether the verb may add to the store.
    pub(super) fn may_write(&self) -> bool {
        match self {
            Self::New(_) | Self::Run(_) | Self::Record(_) | Self::Begin(_) | Self::Checkpoint(_) => true,
            Self::Finish(_) | Self::Abort(_) | Self::Know(_) | Self::Decide(_) | Self::Note(_) => true,
            Self::Fork(_) | Self::Merge(_) | Self::Rewind(_) | Self::Undo(_) => true,
            Self::Context(_) | Self::Resolve(_) | Self::Edit(_) | Self::Remove(_) | Self::Import(_) => true,
            Self::Pull(_) | Self::Sync(_) | Self::Clone(_) => true,
            Self::Remote(_) | Self::Push(_) | Self::Export(_) => false,
            Self::Brief(_) | Self::Status(_) | Self::List(_) | Self::Show(_) | Self::Runs(_) => false,
            Self::Log(_) | Self::Blame(_) | Self::Search(_) | Self::Switch(_) | Self::Gc(_) => false,
            Self::Diff(_) | Self::Compare(_) | Self::Check(_) | Self::Repair(_) | Self::Path(_) => false,
            Self::Purge(_) | Self::Redact(_) | Self::Hooks(_) | Self::Completion(_) | Self::Man(_) => false,
        }
    }
}

/// Lists session names for the shell; silent when anything is wrong.
pub(super) fn session_names() -> Vec<CompletionCandidate> {
    super::app::names_for_completion().into_iter().map(CompletionCandidate::new).collect()
}
