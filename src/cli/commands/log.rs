//! `git session log`

use clap_complete::engine::ArgValueCandidates;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::ops::log;
use crate::render;

/// Tell the history of a session as a story, newest first
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
    let entries = log(&store, &session, args.limit)?;
    match app.ui.is_json {
        true => app.ui.json_list(&entries)?,
        false => app.ui.page(&render::log(&entries, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
