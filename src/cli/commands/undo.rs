//! `git session undo`

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CONFLICTS;
use crate::ops::{CHANGES, UndoTarget, Undone, UndoneChange, changes, undo};
use crate::render;
use crate::store::{SessionRef, Store};

/// Take back the last change of context or fields, or put a removed session back
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The change, as --list shows it; the last one that is not taken back where it is not given
    change: Option<String>,
    /// List the last 50 changes and do nothing
    #[arg(long, short, conflicts_with = "change")]
    list: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.try_current(&store)?.map(|current| current.session);
    if args.list {
        return list(app, &store, session.as_ref());
    }
    let target = args.change.as_deref().map_or(UndoTarget::Last, UndoTarget::Named);
    match (undo(&store, &app.env, session.as_ref(), target)?, &session) {
        (Undone::Change(undone), Some(session)) => tell(app, session, &undone),
        (Undone::Restored(restored), _) => tell_restored(app, &restored),
        _ => Ok(0),
    }
}

fn list(app: &App, store: &Store, session: Option<&SessionRef>) -> Outcome {
    let rows = changes(store, session, CHANGES)?;
    match (app.ui.is_json, rows.is_empty()) {
        (true, _) => app.ui.json_list(&rows)?,
        (false, true) => app.ui.hint("nothing was done yet"),
        (false, false) => app.ui.page(&render::changes_table(&rows, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}

fn tell(app: &App, session: &SessionRef, undone: &UndoneChange) -> Outcome {
    if app.ui.is_json {
        app.ui.json(&json!({
            "branch": session.name.branch(), "commit": undone.commit, "undone": undone.change,
            "files": undone.files, "conflicts": undone.conflicts, "pushed_to": undone.pushed_to,
        }))?;
    } else {
        app.ui.print(&render::undone(undone))?;
    }
    for remote in &undone.pushed_to {
        app.ui.warn(&format!(
            "'{}' has this change; others see the undo when it is pushed",
            render::safe_line(remote)
        ));
    }
    if undone.change.verb == "merge" {
        app.ui.hint("its runs stay; merging the same once more needs 'git session merge --again'");
    }
    Ok(if undone.conflicts.is_empty() { 0 } else { CONFLICTS })
}

fn tell_restored(app: &App, restored: &SessionRef) -> Outcome {
    match app.ui.is_json {
        true => app.ui.json(&json!({"restored": restored.name.branch(), "commit": restored.tip}))?,
        false => app.ui.print(&format!("{} is back\n", restored.name))?,
    }
    Ok(0)
}
