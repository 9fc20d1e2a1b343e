//! `git session import`

use std::fs::File;
use std::io::{Read, Seek as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Outcome;
use super::pull::{exit_code, hint_at_purges};
use super::share::limits;
use crate::cli::app::{App, from_here};
use crate::cli::error::{CliError, FAILED};
use crate::ingest::babysitter::{self, BabysitterImport};
use crate::model::shown;
use crate::ops::{ImportPlan, import, open_text, plan_import};
use crate::render::{count, imported, safe_line, style};
use crate::store::IncomingLimits;
use crate::sync::{AcceptPurge, import_bundle};

/// Import sessions from a bundle, or those that another tool kept
///
/// A bundle is what 'git session export' writes. What is in it is looked at before it is stored; a
/// session that is refused keeps no other back. Where both sides went on with a session, they are
/// merged as a pull does.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(in crate::cli) struct Args {
    /// The bundle; '-' is stdin
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Go over to what was purged where the bundle is from, or here: what only one side has follows
    /// the new history, as with 'git session pull --accept-purge'
    #[arg(long, requires = "file")]
    accept_purge: bool,
    #[command(subcommand)]
    from: Option<Command>,
}

/// Import sessions that another tool kept
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Import babysitter's session state and run directories
    ///
    /// Importing again adds nothing that is there already. A damaged file is reported and skipped,
    /// the rest is imported, and the exit code is 1.
    Babysitter {
        /// A project, a state folder, a runs folder, one run or one session file
        path: PathBuf,
        /// Only tell what would be imported
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    match (args.from, args.file) {
        (Some(Command::Babysitter { path, dry_run }), _) => from_babysitter(app, &path, dry_run),
        (None, Some(file)) => {
            let accept = if args.accept_purge { AcceptPurge::Yes } else { AcceptPurge::No };
            from_bundle(app, &file, accept)
        }
        (None, None) => Err(CliError::usage("there is nothing to import").hint(NAME_ONE)),
    }
}

const NAME_ONE: &str =
    "name a bundle, which 'git session export -o FILE.bundle' writes, or 'babysitter' and a folder";

fn from_bundle(app: &App, name: &Path, accept: AcceptPurge) -> Outcome {
    let limits = limits(app)?;
    let file = open_bundle(app, name, limits).map_err(|error| {
        let name = shown(&name.display().to_string());
        CliError::failed(format!("could not read {name}")).because(error).hint(NAME_ONE)
    })?;
    let store = app.store_or_create()?;
    let (name, ui) = (name.display().to_string(), &app.ui);
    let done = import_bundle(&store, &app.env, file, &name, limits, accept, &mut |line| ui.progress(line));
    ui.end_progress();
    let done = done?;
    match app.ui.is_json {
        true => app.ui.json(&done)?,
        false => app.ui.print(&imported(&done))?,
    }
    hint_at_purges(app, &done.sessions, "import --accept-purge FILE");
    Ok(exit_code(&done.sessions))
}

/// Opens a bundle as a file that can be read from any place in it.
fn open_bundle(app: &App, name: &Path, limits: IncomingLimits) -> std::io::Result<File> {
    let mut from = match name.to_str() {
        Some("-" | "/dev/stdin") => return spooled(std::io::stdin(), limits),
        _ => open_text(&from_here(app, name))?,
    };
    match from.stream_position() {
        Ok(_) => Ok(from),
        Err(_) => spooled(from, limits),
    }
}

// One byte over the limit is read, so that it is noticed.
fn spooled(from: impl Read, limits: IncomingLimits) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    std::io::copy(&mut from.take(limits.total_bytes.saturating_add(1)), &mut file)?;
    Ok(file)
}

fn from_babysitter(app: &mut App, path: &Path, dry_run: bool) -> Outcome {
    let found = babysitter::read(&from_here(app, path)).map_err(|error| {
        CliError::failed(error.to_string()).hint("name a folder with .a5c/runs or session state")
    })?;
    let plan = match dry_run {
        true => match app.try_store()? {
            Some(store) => plan_import(&store, &found.sessions)?,
            None => ImportPlan::of_new(&found.sessions),
        },
        false => import(&app.store_or_create()?, &app.env, &found.sessions)?,
    };
    print(app, &plan, &found, dry_run)
}

fn print(app: &App, plan: &ImportPlan, found: &BabysitterImport, dry_run: bool) -> Outcome {
    if app.ui.is_json {
        let problems: Vec<_> = found
            .problems
            .iter()
            .map(|problem| json!({"path": problem.path, "message": problem.message}))
            .collect();
        app.ui.json(&json!({"dry_run": dry_run, "sessions": plan.sessions, "problems": problems}))?;
    } else {
        app.ui.print(&describe(plan, dry_run))?;
    }
    for problem in &found.problems {
        app.ui.warn(&format!(
            "skipped: {} {}",
            safe_line(&problem.path.display().to_string()),
            safe_line(&problem.message)
        ));
    }
    Ok(if found.problems.is_empty() { 0 } else { FAILED })
}

fn describe(plan: &ImportPlan, dry_run: bool) -> String {
    let mut out = String::new();
    for session in &plan.sessions {
        let id = style::paint(style::ID, session.id.short());
        let runs = format!("{}, {} known", count(session.new_runs as u64, "new run"), session.known_runs);
        out.push_str(&format!("{id} {} ({runs})\n", safe_line(&session.title)));
    }
    let new = plan.sessions.iter().filter(|session| session.new).count() as u64;
    let runs = plan.sessions.iter().map(|session| session.new_runs).sum::<usize>() as u64;
    let verb = if dry_run { "would import" } else { "imported" };
    out.push_str(&format!("{verb} {} and {}\n", count(new, "new session"), count(runs, "new run")));
    out
}
