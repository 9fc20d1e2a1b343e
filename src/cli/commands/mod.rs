//! One verb a file: what it takes, and what it prints.

pub(super) mod begin;
pub(super) mod blame;
pub(super) mod brief;
pub(super) mod check;
pub(super) mod clone;
pub(super) mod compare;
pub(super) mod completion;
pub(super) mod context;
pub(super) mod decide;
pub(super) mod diff;
pub(super) mod edit;
pub(super) mod export;
pub(super) mod finish;
pub(super) mod fork;
pub(super) mod gc;
pub(super) mod hooks;
pub(super) mod import;
pub(super) mod know;
pub(super) mod list;
pub(super) mod log;
pub(super) mod man;
pub(super) mod merge;
pub(super) mod new;
pub(super) mod note;
pub(super) mod path;
pub(super) mod pull;
pub(super) mod purge;
pub(super) mod push;
pub(super) mod record;
pub(super) mod redact;
pub(super) mod remote;
pub(super) mod remove;
pub(super) mod repair;
pub(super) mod resolve;
pub(super) mod rewind;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod search;
mod share;
pub(super) mod show;
pub(super) mod status;
pub(super) mod switch;
pub(super) mod sync;
pub(super) mod undo;

use super::app::App;
use super::args::Command;
use super::error::CliError;

/// What a verb ends with: the exit code of the process.
pub(super) type Outcome = Result<u8, CliError>;

/// Runs a verb.
pub(super) fn run(app: &mut App, command: Command) -> Outcome {
    match command {
        Command::New(args) => new::run(app, args),
        Command::Run(args) => run::run(app, args),
        Command::Record(args) => record::run(app, args),
        Command::Begin(args) => begin::run(app, args),
        Command::Checkpoint(args) => finish::run_checkpoint(app, args),
        Command::Finish(args) => finish::run(app, args),
        Command::Abort(args) => finish::run_abort(app, args),
        Command::Know(args) => know::run(app, args),
        Command::Decide(args) => decide::run(app, args),
        Command::Note(args) => note::run(app, args),
        Command::Context(command) => context::run(app, command),
        Command::Brief(args) => brief::run(app, args),
        Command::Status(args) => status::run(app, args),
        Command::List(args) => list::run(app, args),
        Command::Show(args) => show::run(app, args),
        Command::Runs(args) => runs::run(app, args),
        Command::Log(args) => log::run(app, args),
        Command::Blame(args) => blame::run(app, args),
        Command::Diff(args) => diff::run(app, args),
        Command::Compare(args) => compare::run(app, args),
        Command::Search(args) => search::run(app, args),
        Command::Switch(args) => switch::run(app, args),
        Command::Fork(args) => fork::run(app, args),
        Command::Merge(args) => merge::run(app, args),
        Command::Rewind(args) => rewind::run(app, args),
        Command::Undo(args) => undo::run(app, args),
        Command::Resolve(args) => resolve::run(app, args),
        Command::Edit(args) => edit::run(app, args),
        Command::Remove(args) => remove::run(app, args),
        Command::Hooks(command) => hooks::run(app, command),
        Command::Remote(command) => remote::run(app, command),
        Command::Push(args) => push::run(app, args),
        Command::Pull(args) => pull::run(app, args),
        Command::Sync(args) => sync::run(app, args),
        Command::Clone(args) => clone::run(app, args),
        Command::Purge(args) => purge::run(app, args),
        Command::Check(args) => check::run(app, args),
        Command::Repair(args) => repair::run(app, args),
        Command::Export(args) => export::run(app, args),
        Command::Import(args) => import::run(app, args),
        Command::Gc(args) => gc::run(app, args),
        Command::Redact(command) => redact::run(app, command),
        Command::Path(args) => path::run(app, args),
        Command::Completion(args) => completion::run(app, args),
        Command::Man(args) => man::run(app, args),
    }
}
