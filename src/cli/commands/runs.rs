//! `git session runs`

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::{HistoryArgs, commit_runs};
use crate::ops::{add_commits, inherited_runs, runs};
use crate::render::runs_table;
use crate::sync::mark_pushed_runs;

/// List the runs of a session, newest first
///
/// Where the terminal is too narrow for all, some columns are left out: commits, then agents,
/// times and costs.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    history: HistoryArgs,
    /// Also list the runs from before the session was forked
    #[arg(long)]
    inherited: bool,
    /// List each commit that is a run of its own by itself
    #[arg(long)]
    all: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.session(&store, args.history.name.as_deref())?;
    let mut rows = runs(&store, &app.env, &session, args.history.limit)?;
    if args.inherited {
        let finished = rows.iter().filter(|row| row.number.is_some()).count();
        let left = args.history.limit.map(|limit| limit.saturating_sub(finished));
        rows.extend(inherited_runs(&store, &session, left)?);
    }
    add_commits(&store, app.code_repo().as_ref(), &mut rows)?;
    mark_pushed_runs(&store, &mut rows);
    match (app.ui.is_json, rows.is_empty()) {
        (true, _) => app.ui.json_list(&rows)?,
        (false, true) => app.ui.hint("there are no runs yet; 'git session run -- COMMAND' makes one"),
        (false, false) => {
            app.ui.page(&runs_table(&rows, commit_runs(args.all), app.ui.look(app.env.now())))?
        }
    }
    Ok(0)
}
