//! `git session runs`

use clap_complete::engine::ArgValueCandidates;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::ops::runs;
use crate::render::runs_table;

/// List the runs of a session, newest first
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The session; the current one where it is not given
    #[arg(add = ArgValueCandidates::new(session_names))]
    name: Option<String>,
    /// At most this many
    #[arg(short = 'n', long = "limit", value_name = "N")]
    limit: Option<usize>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.session(&store, args.name.as_deref())?;
    let rows = runs(&store, &app.env, &session, args.limit)?;
    match (app.ui.is_json, rows.is_empty()) {
        (true, _) => app.ui.json_list(&rows)?,
        (false, true) => app.ui.hint("there are no runs yet; 'git session run -- COMMAND' makes one"),
        (false, false) => app.ui.page(&runs_table(&rows, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
