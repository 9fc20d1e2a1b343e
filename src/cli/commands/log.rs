//! `git session log`

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::HistoryArgs;
use crate::ops::log;
use crate::render;

/// Tell the history of a session as a story, newest first
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    history: HistoryArgs,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.session(&store, args.history.name.as_deref())?;
    let entries = log(&store, &session, args.history.limit)?;
    match app.ui.is_json {
        true => app.ui.json_list(&entries)?,
        false => app.ui.page(&render::log(&entries, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
