//! `git session purge`

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use serde_json::json;

use super::Outcome;
use crate::cli::app::{App, is_start_of};
use crate::cli::error::{CliError, FAILED};
use crate::cli::hidden::read_hidden;
use crate::cli::input::read_bytes;
use crate::model::{ContextPath, RunId};
use crate::ops::{Consent, PurgePlan, PurgeTarget, Purged, plan_purge, purge};
use crate::redact::ExactValue;
use crate::render::{purge_plan, purged, rotate};
use crate::store::Store;

/// Take a value, a file or a run out of everything that is stored, for good
///
/// Writes the sessions that hold it anew, without it; all others stay as they are. Then nothing of it
/// is left in the store: not in reflogs, in the trash, in open runs, in what remotes had, in what waits
/// or in packs. Ids of runs, dates and people stay. What was pushed stays where it is until
/// 'git session push' sends the new sessions there.
///
/// The value is asked for on a terminal, without showing it, or handed in on stdin. It is no argument:
/// those show in the list of processes and in the shell's history.
///
/// With --path, a file or a folder of the session's context goes, with all that it ever held there: from
/// the first commit that has it on, also from forks and from sessions that it was merged into. Sessions
/// that have nothing to do with that keep a file of the same name.
///
/// With --run, everything goes that a person or an agent wrote in a run: summary, prompt, command, tags,
/// what was asked and answered. What it brought into the context goes wherever it went from there: such
/// files are as they were before the run. What later runs made of them stays, and is told. The run
/// itself stays, with its times, its people, its numbers and its place.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Take the value from stdin
    #[arg(long, conflicts_with = "paths")]
    value_stdin: bool,
    /// Take out a file or a folder of the context, such as knowledge/host.md
    #[arg(long = "path", value_name = "PATH")]
    paths: Vec<String>,
    /// Take out what a run said and brought; that it was stays, with its numbers
    #[arg(long = "run", value_name = "RUN", conflicts_with_all = ["paths", "value_stdin"])]
    runs: Vec<String>,
    // A secret that somebody types here must not be printed in a complaint.
    #[arg(hide = true)]
    words: Vec<OsString>,
    /// Change nothing, and tell what holds it
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Do not ask, and rewrite what was pushed too
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    if !args.words.is_empty() {
        return Err(CliError::usage(
            "a value to purge is no argument: the list of processes and the shell's history show it",
        )
        .hint("hand it in on stdin with --value-stdin; then take it out of the history of your shell")
        .hint("a file or a folder is named with --path, a run with --run"));
    }
    let store = app.store()?;
    let target = target(app, &store, &args)?;
    app.ui.warn(rotate(&target));
    let plan = planned(app, &store, &target);
    app.ui.end_progress();
    let plan = plan?;
    if args.dry_run {
        return show_plan(app, &plan, "nothing was changed\n");
    }
    agree(app, &plan, &args)?;
    let consent = if args.yes { Consent::Given } else { Consent::Unpushed };
    let ui = &app.ui;
    let done = purge(&store, &app.env, &target, consent, &mut |what| ui.progress(what));
    ui.end_progress();
    show(app, &done?)
}

fn target(app: &App, store: &Store, args: &Args) -> Result<PurgeTarget, CliError> {
    if !args.runs.is_empty() {
        let runs = args.runs.iter().map(|name| run_id(app, store, name)).collect::<Result<_, _>>()?;
        return Ok(PurgeTarget::Runs(runs));
    }
    if args.paths.is_empty() {
        return Ok(PurgeTarget::Value(value(app, args)?));
    }
    let path = |typed: &String| -> Result<ContextPath, CliError> {
        let path = typed.strip_prefix("context/").unwrap_or(typed);
        Ok(path.strip_suffix('/').unwrap_or(path).parse()?)
    };
    let paths = args.paths.iter().map(path).collect::<Result<_, _>>()?;
    Ok(PurgeTarget::Paths { session: app.current(store)?.session.name, paths })
}

// An open run is named as others are, and told of.
fn run_id(app: &App, store: &Store, name: &str) -> Result<RunId, CliError> {
    match app.run(store, name) {
        Err(error) if error.code == "no_run" => {
            let open = store.open_runs(None)?.into_iter().find(|open| is_start_of(name, open));
            open.map(|open| open.run).ok_or(error)
        }
        found => Ok(found?.id()),
    }
}

fn planned(app: &App, store: &Store, target: &PurgeTarget) -> Result<PurgePlan, CliError> {
    let plan = plan_purge(store, target, &mut |what| app.ui.progress(what))?;
    match plan.is_empty() && !store.has_unfinished_purge() {
        true => Err(target.is_nowhere().into()),
        false => Ok(plan),
    }
}

fn value(app: &App, args: &Args) -> Result<ExactValue, CliError> {
    let bytes = match (args.value_stdin, std::io::stdin().is_terminal()) {
        (true, _) => read_bytes(app, Path::new("-"))?,
        (false, true) => read_hidden("value to purge: ")?,
        (false, false) => {
            return Err(CliError::usage("it is not said what to purge")
                .hint("hand the value in on stdin with --value-stdin, such as 'pass show NAME | git session purge --value-stdin'"));
        }
    };
    Ok(ExactValue::new(&bytes)?)
}

// What others have is rewritten only for who says so beforehand.
fn agree(app: &App, plan: &PurgePlan, args: &Args) -> Result<(), CliError> {
    let pushed = plan.pushed();
    if args.yes {
        return Ok(());
    }
    if !pushed.is_empty() {
        let sessions = pushed.into_iter().collect();
        return Err(crate::ops::OpError::WasPushed { sessions }.into());
    }
    let can_ask = std::io::stdin().is_terminal() && !args.value_stdin;
    if !can_ask {
        return Err(CliError::usage("nobody is there to be asked")
            .hint("--yes does it without asking; --dry-run tells what it would do"));
    }
    app.ui.status(&purge_plan(plan));
    let _ = write!(std::io::stderr(), "this cannot be undone. Go on? [y/N] ");
    let mut answer = [0; 16];
    let count = std::io::stdin().read(&mut answer)?;
    match answer.get(..count).unwrap_or_default().trim_ascii() {
        b"y" | b"Y" | b"yes" => Ok(()),
        _ => Err(CliError::failed("nothing was changed")),
    }
}

fn show_plan(app: &App, plan: &PurgePlan, end: &str) -> Outcome {
    match app.ui.is_json {
        true => app.ui.json(&json!({"dry_run": true, "plan": plan}))?,
        false => app.ui.page(&format!("{}{end}", purge_plan(plan)))?,
    }
    Ok(0)
}

fn show(app: &App, done: &Purged) -> Outcome {
    let residue = &done.residue;
    match app.ui.is_json {
        true => app.ui.json(&json!({
            "dry_run": false,
            "plan": done.plan,
            "cleaned_files": done.cleared.cleaned,
            "deleted_backups": done.cleared.copies,
            "kept_objects": done.kept_objects,
            "searched_objects": residue.objects,
            "searched_files": residue.files,
            "searched_bytes": residue.bytes,
            "left_in": residue.held_objects.iter().chain(&residue.held_files).collect::<Vec<_>>(),
        }))?,
        false => app.ui.print(&purged(done))?,
    }
    Ok(if residue.is_clean() { 0 } else { FAILED })
}
