//! `git session new`

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::ops::{CreateOptions, Created, create};
use crate::render::{safe_line, style};
use crate::store::Store;

/// Start a session and make it current
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What the session is about
    title: String,
    /// Label it; may be given several times
    #[arg(long = "tag", short, value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    tags: Vec<String>,
    /// Leave the current session as it is
    #[arg(long)]
    no_switch: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store_or_create()?;
    let options = options(app).with_tags(args.tags);
    let Created { session, manifest } = create(&store, &app.env, &args.title, options)?;
    if !args.no_switch {
        store.choose_session(app.project.as_ref(), &session.name, manifest.id)?;
    }
    if app.ui.is_json {
        let branch = session.name.branch();
        app.ui.json(&json!({"session": manifest.id, "branch": branch, "commit": session.tip, "current": !args.no_switch}))?;
        return Ok(0);
    }
    let id = style::paint(style::ID, manifest.id.short());
    app.ui.print(&format!("{id} {}\n", safe_line(&manifest.title)))?;
    app.ui.hint("run something in it with 'git session run -- COMMAND'");
    Ok(0)
}

/// Starts a session for `run --new` and makes it current.
pub(super) fn start(app: &App, store: &Store, title: &str) -> Result<Created, CliError> {
    let created = create(store, &app.env, title, options(app))?;
    store.choose_session(app.project.as_ref(), &created.session.name, created.manifest.id)?;
    Ok(created)
}

fn options(app: &App) -> CreateOptions {
    CreateOptions::default().with_project(app.project.as_ref().map(|project| project.as_project()))
}
