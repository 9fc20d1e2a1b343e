//! `git session import`

use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use crate::cli::app::{App, from_here};
use crate::cli::error::{CliError, FAILED};
use crate::ingest::babysitter::{self, BabysitterImport};
use crate::ops::{ImportPlan, import, plan_import};
use crate::render::{count, safe_line, style};

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

pub(super) fn run(app: &mut App, command: Command) -> Outcome {
    let Command::Babysitter { path, dry_run } = command;
    let found = babysitter::read(&from_here(app, &path)).map_err(|error| {
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
