//! `git session edit`

use clap::builder::NonEmptyStringValueParser;
use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::cli::error::CliError;
use crate::model::SessionStatus;
use crate::ops::{EditOptions, edit};
use crate::render::{safe_line, style};

/// Change a session's title, labels or state
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The session; the current one where it is not given
    #[arg(add = ArgValueCandidates::new(session_names))]
    name: Option<String>,
    /// The new title; the branch keeps its name
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// A label to add; may be given several times
    #[arg(long, short, value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    tag: Vec<String>,
    /// A label to remove; may be given several times
    #[arg(long, value_name = "TAG")]
    untag: Vec<String>,
    /// The new state: active, done or archived
    #[arg(long, value_name = "STATUS")]
    status: Option<SessionStatus>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let options = EditOptions::default()
        .with_title(args.title)
        .with_status(args.status)
        .with_tags(args.tag, args.untag);
    if options == EditOptions::default() {
        return Err(CliError::usage("nothing to change").hint("use --title, --tag, --untag or --status"));
    }
    let store = app.store()?;
    let session = app.session(&store, args.name.as_deref())?;
    let (manifest, changed) = edit(&store, &app.env, &session, &options)?;
    if app.ui.is_json {
        app.ui.json(&json!({
            "session": manifest.id, "title": manifest.title, "status": manifest.status, "tags": manifest.tags,
            "changed": changed,
        }))?;
    }
    let id = style::paint(style::ID, manifest.id.short());
    let what = if changed { "changed" } else { "is so already:" };
    app.ui.status(&format!("{what} {id} {}\n", safe_line(&manifest.title)));
    Ok(0)
}
