//! `git session switch`

use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::cli::error::CliError;
use crate::render::{safe_line, style};
use crate::store::CodeProject;

/// Make a session the current one
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The session, by its name, id, title or the start of one
    #[arg(add = ArgValueCandidates::new(session_names))]
    name: String,
    /// Whenever the code branch that is checked out now is checked out
    #[arg(long)]
    bind: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = store.find_session(&args.name)?;
    let manifest = store.snapshot(session.tip)?.manifest;
    let bound = if args.bind { Some(checked_out(app)?) } else { None };
    store.choose_session(app.project.as_ref(), &session.name, manifest.id)?;
    if let Some((project, branch)) = bound {
        store.bind_session(project, branch, &session.name, manifest.id)?;
    }
    let bound = bound.map(|(_, branch)| branch);
    if app.ui.is_json {
        app.ui.json(&json!({"session": manifest.id, "branch": session.name.branch(), "bound_to": bound}))?;
    }
    let id = style::paint(style::ID, manifest.id.short());
    let to = bound.map(|branch| format!(", bound to code branch {branch}")).unwrap_or_default();
    app.ui.status(&format!("switched to {id} {}{to}\n", safe_line(&manifest.title)));
    Ok(0)
}

fn checked_out(app: &App) -> Result<(&CodeProject, &str), CliError> {
    let branch = app.project.as_ref().and_then(|project| Some((project, project.branch()?)));
    branch.ok_or_else(|| {
        CliError::failed("no code branch is checked out here")
            .hint("use --bind in a Git project, on a branch")
    })
}
