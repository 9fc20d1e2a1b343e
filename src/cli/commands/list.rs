//! `git session list`

use super::Outcome;
use crate::cli::app::App;
use crate::model::SessionStatus;
use crate::ops::{ListOptions, Listed, fork_tree, list};
use crate::render::{list_table, tree_table};

/// List sessions, the last changed first
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Also archived ones
    #[arg(long, short)]
    all: bool,
    /// Only those of this state; may be given several times
    #[arg(long, value_name = "STATUS")]
    status: Vec<SessionStatus>,
    /// Only those with this label; may be given several times
    #[arg(long, short, value_name = "TAG")]
    tag: Vec<String>,
    /// Each below the session that it was forked from
    #[arg(long)]
    tree: bool,
    /// At most this many
    #[arg(short = 'n', long = "limit", value_name = "N")]
    limit: Option<usize>,
}

/// How sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One below the other.
    List,
    /// Forks below what they were forked from.
    Tree,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let form = if args.tree { Form::Tree } else { Form::List };
    let Some(store) = app.try_store()? else { return print(app, Listed::default(), form) };
    let mut options = ListOptions::default().with_current(app.current_id(&store)?).with_tags(args.tag);
    options.status = args.status;
    let options = if args.all { options.with_archived() } else { options };
    let mut listed = list(&store, &options)?;
    listed.rows.truncate(args.limit.unwrap_or(usize::MAX));
    print(app, listed, form)
}

fn print(app: &App, listed: Listed, form: Form) -> Outcome {
    let look = app.ui.look(app.env.now());
    if app.ui.is_json {
        listed
            .damaged
            .iter()
            .for_each(|(name, why)| app.ui.warn(&format!("session {name} is damaged: {why}")));
        match form {
            Form::List => app.ui.json_list(&listed.rows)?,
            Form::Tree => app.ui.json_list(&fork_tree(listed.rows))?,
        }
    } else if listed.rows.is_empty() && listed.damaged.is_empty() {
        app.ui.hint("no sessions to list; 'git session new TITLE' starts one, --all lists archived ones");
    } else {
        app.ui.page(&match form {
            Form::List => list_table(&listed, look),
            Form::Tree => tree_table(&fork_tree(listed.rows), &listed.damaged, look),
        })?;
    }
    Ok(0)
}
