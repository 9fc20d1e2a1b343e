//! `git session list`

use super::Outcome;
use crate::cli::app::App;
use crate::model::SessionStatus;
use crate::ops::{ListOptions, Listed, list};
use crate::render::list_table;

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
    /// At most this many
    #[arg(short = 'n', long = "limit", value_name = "N")]
    limit: Option<usize>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let Some(store) = app.try_store()? else { return print(app, &Listed::default()) };
    let mut options = ListOptions::default().with_current(app.current_id(&store)?).with_tags(args.tag);
    options.status = args.status;
    let options = if args.all { options.with_archived() } else { options };
    let mut listed = list(&store, &options)?;
    listed.rows.truncate(args.limit.unwrap_or(usize::MAX));
    print(app, &listed)
}

fn print(app: &App, listed: &Listed) -> Outcome {
    if app.ui.is_json {
        listed
            .damaged
            .iter()
            .for_each(|(name, why)| app.ui.warn(&format!("session {name} is damaged: {why}")));
        app.ui.json_list(&listed.rows)?;
    } else if listed.rows.is_empty() && listed.damaged.is_empty() {
        app.ui.hint("no sessions to list; 'git session new TITLE' starts one, --all lists archived ones");
    } else {
        app.ui.page(&list_table(listed, app.ui.look(app.env.now())))?;
    }
    Ok(0)
}
