//! `git session brief`

use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::{commit_runs, session_names};
use crate::ops::{BriefOptions, brief};
use crate::render::markdown;

/// Print what the next run should know, as Markdown
///
/// Intent, decisions, knowledge, preferences, the last runs and notes, the most useful first.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The session; the current one where it is not given
    #[arg(add = ArgValueCandidates::new(session_names))]
    name: Option<String>,
    /// How long it may be, in tokens of 4 characters
    #[arg(long, value_name = "N", default_value_t = 4000)]
    max_tokens: usize,
    /// Tell each commit that is a run of its own by itself
    #[arg(long)]
    all: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.session(&store, args.name.as_deref())?;
    let options =
        BriefOptions::default().with_max_tokens(args.max_tokens).with_commits(commit_runs(args.all));
    let text = brief(&store, &session, &options)?;
    match app.ui.is_json {
        true => app.ui.json(&json!({"branch": session.name.branch(), "brief": text}))?,
        false => app.ui.page(&markdown(&text))?,
    }
    Ok(0)
}
