//! `git session know`

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::model::{FactKind, Key};
use crate::ops::{ContextChanged, list_facts, read_fact, remove_fact, set_fact};
use crate::render::{facts, safe};

/// Note, show or list what is known, one fact a key
///
/// With a value: notes it. Without: prints it. Without a key: lists all, each with the run that
/// set it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The key, such as build.command or db/schema
    key: Option<String>,
    /// The value; '-' reads it from stdin
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    value: Option<String>,
    /// How things are wanted, not what was found out
    #[arg(long)]
    preference: bool,
    /// Forget it
    #[arg(long, requires = "key", conflicts_with = "value")]
    rm: bool,
    /// As it was after this run
    #[arg(long, value_name = "RUN", conflicts_with_all = ["value", "rm"])]
    at: Option<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let kind = if args.preference { FactKind::Preference } else { FactKind::Knowledge };
    let key = args.key.as_deref().map(str::parse::<Key>).transpose()?;
    match (key, args.value, args.rm) {
        (Some(key), _, true) => forget(app, kind, &key),
        (Some(key), Some(value), _) => set(app, kind, &key, &value),
        (Some(key), None, _) => get(app, kind, &key, args.at.as_deref()),
        (None, ..) => all(app, kind, args.at.as_deref()),
    }
}

fn set(app: &App, kind: FactKind, key: &Key, value: &str) -> Outcome {
    let value = match value {
        "-" => crate::cli::input::read_text(app, "-".as_ref())?,
        value => value.to_owned(),
    };
    let store = app.store()?;
    let changed = set_fact(&store, &app.env, &app.place(&store)?, kind, key, &value)?;
    done(app, key, &changed, "noted", "known already")
}

fn forget(app: &App, kind: FactKind, key: &Key) -> Outcome {
    let store = app.store()?;
    let changed = remove_fact(&store, &app.env, &app.place(&store)?, kind, key)?;
    done(app, key, &changed, "forgot", "unknown")
}

fn done(app: &App, key: &Key, changed: &ContextChanged, verb: &str, nothing: &str) -> Outcome {
    if app.ui.is_json {
        app.ui.json(&json!({"key": key, "commit": changed.commit, "changed": changed.paths}))?;
    }
    let verb = if changed.commit.is_some() { verb } else { nothing };
    app.ui.status(&format!("{verb}: {key}\n"));
    Ok(0)
}

fn get(app: &App, kind: FactKind, key: &Key, at: Option<&str>) -> Result<u8, CliError> {
    let store = app.store()?;
    let value = read_fact(&store, &app.state(&store, at)?, kind, key)?;
    match app.ui.is_json {
        true => app.ui.json(&json!({"key": key, "kind": kind, "value": value}))?,
        false => app.ui.print(&format!("{}\n", safe(&value)))?,
    }
    Ok(0)
}

fn all(app: &App, kind: FactKind, at: Option<&str>) -> Result<u8, CliError> {
    let store = app.store()?;
    let rows = list_facts(&store, &app.state(&store, at)?, kind)?;
    match (app.ui.is_json, rows.is_empty()) {
        (true, _) => app.ui.json_list(&rows)?,
        (false, true) => app.ui.hint("note something with 'git session know KEY VALUE'"),
        (false, false) => app.ui.page(&facts(&rows, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
