//! `git session rm`

use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::ops::remove;
use crate::render::safe_line;

/// Move a session to the trash
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The session
    #[arg(add = ArgValueCandidates::new(session_names))]
    name: String,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.session(&store, Some(&args.name))?;
    let removed = remove(&store, &app.env, &session)?;
    if app.ui.is_json {
        app.ui.json(&json!({
            "session": removed.id, "branch": removed.branch, "commit": removed.commit, "trash": removed.trash,
        }))?;
        return Ok(0);
    }
    app.ui.status(&format!("removed {} {}\n", removed.id.short(), safe_line(&removed.title)));
    let (branch, trash) = (&removed.branch, &removed.trash);
    // One that the shell reads as one word, whatever is in it.
    let dir = store.dir().display().to_string().replace('\'', r"'\''");
    app.ui.hint(&format!(
        "get it back with: git --git-dir='{}' update-ref refs/heads/{branch} {trash}",
        safe_line(&dir)
    ));
    Ok(0)
}
