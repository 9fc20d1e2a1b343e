//! `git session blame`

use super::Outcome;
use crate::cli::app::App;
use crate::ops::blame;
use crate::render;

/// Tell which run wrote each line of a fact, a file or a decision
///
/// Of a decision: also why it was made, instead of what, and the prompt and the code commits of the
/// run that made it. Files that were renamed are followed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A key such as build.command, a path such as notes.md, or a decision's id or a part of it
    #[arg(value_name = "KEY|PATH|DECISION")]
    name: String,
    /// As it was after this run
    #[arg(long, value_name = "RUN")]
    at: Option<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let (session, state) = match &args.at {
        Some(name) => {
            let found = app.run(&store, name)?;
            let state = store.snapshot(found.run.commit)?;
            (found.session, state)
        }
        None => (app.current(&store)?.session, app.state(&store, None)?),
    };
    let told = blame(&store, &session, &state, &args.name, app.env.limits.max_file_bytes)?;
    match app.ui.is_json {
        true => app.ui.json(&told)?,
        false => app.ui.page(&render::blame(&told, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
