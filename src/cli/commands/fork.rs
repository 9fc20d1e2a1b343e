//! `git session fork`

use clap::builder::NonEmptyStringValueParser;
use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::ops::{ForkOptions, fork};
use crate::render;

/// Start a session from a run of another and make it current
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The run to go on from, or a session for its newest state; the current session where it is
    /// not given
    #[arg(add = ArgValueCandidates::new(session_names))]
    run: Option<String>,
    /// What the fork is about
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// Label it, besides the labels that it inherits; may be given several times
    #[arg(long = "tag", short, value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    tags: Vec<String>,
    /// Leave the current session as it is
    #[arg(long)]
    no_switch: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let point = app.point(&store, args.run.as_deref())?;
    let options = ForkOptions::default().with_title(args.title).with_tags(args.tags);
    let forked = fork(&store, &app.env, &point, options)?;
    if !args.no_switch {
        store.choose_session(app.project.as_ref(), &forked.session.name, forked.manifest.id)?;
    }
    if app.ui.is_json {
        app.ui.json(&json!({
            "session": forked.manifest.id, "branch": forked.session.name.branch(), "commit": forked.session.tip,
            "current": !args.no_switch, "origin": forked.origin,
        }))?;
        return Ok(0);
    }
    app.ui.print(&render::forked_line(&forked, &point))?;
    Ok(0)
}
