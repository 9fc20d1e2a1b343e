//! `git session decide`

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::ops::{DecideOptions, Decided, decide, list_decisions, reject};
use crate::render::{decisions, safe_line, style};

/// Make a decision, or list them
///
/// Without a text: lists all decisions.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What is decided
    #[arg(conflicts_with = "reject")]
    text: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    because: Option<String>,
    /// An option that was turned down; may be given several times
    #[arg(long, value_name = "TEXT", requires = "text")]
    instead_of: Vec<String>,
    /// A decision whose place it takes, by its id or a part of it
    #[arg(long, value_name = "ID", requires = "text")]
    supersedes: Vec<String>,
    /// Turn this decision down, by its id or a part of it
    #[arg(long, value_name = "ID")]
    reject: Option<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    if args.text.is_none() && args.reject.is_none() && args.because.is_some() {
        return Err(CliError::usage("--because belongs to a decision").hint("say what is decided"));
    }
    let store = app.store()?;
    let decided = match (args.text, args.reject) {
        (Some(text), _) => {
            let options = DecideOptions::default()
                .because(args.because)
                .instead_of(args.instead_of)
                .supersedes(args.supersedes);
            decide(&store, &app.env, &app.place(&store)?, &text, &options)?
        }
        (None, Some(name)) => reject(&store, &app.env, &app.place(&store)?, &name, args.because)?,
        (None, None) => return list(app),
    };
    print(app, &decided)
}

fn print(app: &App, decided: &Decided) -> Outcome {
    if app.ui.is_json {
        app.ui
            .json(&json!({"id": decided.id, "status": decided.decision.status, "commit": decided.commit}))?;
        return Ok(0);
    }
    let title = style::paint(style::STRONG, safe_line(&decided.decision.title));
    app.ui.print(&format!("{} {title} ({})\n", decided.id, decided.decision.status))?;
    Ok(0)
}

fn list(app: &App) -> Outcome {
    let store = app.store()?;
    let (rows, unreadable) = list_decisions(&store, &app.place(&store)?.snapshot(&store)?)?;
    unreadable.iter().for_each(|error| app.ui.warn(&error.to_string()));
    match (app.ui.is_json, rows.is_empty()) {
        (true, _) => app.ui.json_list(&rows)?,
        (false, true) => app.ui.hint("make one with 'git session decide WHAT --because WHY'"),
        (false, false) => app.ui.page(&decisions(&rows, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
