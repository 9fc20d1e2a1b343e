//! `git session search`

use super::Outcome;
use crate::cli::app::App;
use crate::ops::{SearchScope, search};
use crate::render::hits;

/// Find words in what sessions hold and their runs said
///
/// Looks at titles, decisions, knowledge, preferences, notes, and the summaries, prompts and
/// conversations of runs. A text is listed where it holds all of the words, whatever their case; what is quoted is one word. Of knowledge, preferences,
/// decisions and notes, the newest state is searched.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What to find
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// In all sessions, not only in the current one
    #[arg(long, short)]
    all: bool,
    /// At most this many
    #[arg(short = 'n', long = "limit", value_name = "N")]
    limit: Option<usize>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let scope = match args.all {
        true => SearchScope::All,
        false => SearchScope::Session(app.current(&store)?.session),
    };
    let found = search(&store, &scope, &args.words, args.limit)?;
    for (name, why) in &found.damaged {
        app.ui.warn(&format!("session {name} is damaged: {why}"));
    }
    match (app.ui.is_json, found.hits.is_empty()) {
        (true, _) => app.ui.json_list(&found.hits)?,
        (false, true) if args.all => app.ui.hint("nothing was found; fewer words find more"),
        (false, true) => app.ui.hint("nothing was found; --all searches all sessions"),
        (false, false) => app.ui.page(&hits(&found.hits, &args.words, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
