//! `git session note`

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::input::read_text;
use crate::ops::note;

/// Add a line to the session's notes
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The note; '-' reads it from stdin
    text: String,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let text = match args.text.as_str() {
        "-" => read_text(app, "-".as_ref())?,
        text => text.to_owned(),
    };
    let store = app.store()?;
    let changed = note(&store, &app.env, &app.place(&store)?, &text)?;
    if app.ui.is_json {
        app.ui.json(&json!({"commit": changed.commit, "changed": changed.paths}))?;
    }
    app.ui.status("noted\n");
    Ok(0)
}
