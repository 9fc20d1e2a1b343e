//! `git session runs`

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::HistoryArgs;
use crate::ops::runs;
use crate::render::runs_table;

/// List the runs of a session, newest first
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    history: HistoryArgs,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.session(&store, args.history.name.as_deref())?;
    let rows = runs(&store, &app.env, &session, args.history.limit)?;
    match (app.ui.is_json, rows.is_empty()) {
        (true, _) => app.ui.json_list(&rows)?,
        (false, true) => app.ui.hint("there are no runs yet; 'git session run -- COMMAND' makes one"),
        (false, false) => app.ui.page(&runs_table(&rows, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
