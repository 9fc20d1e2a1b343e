//! `git session status`

use std::collections::HashSet;

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::ops::{ListOptions, list, status};
use crate::render;
use crate::store::{CommitId, Store};
use crate::sync::unpushed;

/// Tell where the current session stands
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {}

pub(super) fn run(app: &mut App, _args: Args) -> Outcome {
    let Some(store) = app.try_store()? else { return nothing(app, "there is no session store yet") };
    let Some(current) = app.try_current(&store)? else { return nothing(app, "no session is current") };
    let stands = status(&store, &app.env, &current.session)?;
    let only_here = runs_only_here(&store)?;
    let remotes = unpushed(&store, &current.session)?;
    let queue = store.push_queue()?;
    if app.ui.is_json {
        let mut body = serde_json::to_value(&stands)?;
        body["current"] = json!(true);
        body["source"] = json!(current.source);
        body["store"] = json!(store.dir());
        body["runs_only_here"] = json!(only_here);
        body["remotes"] = json!(remotes);
        body["push_queue"] = json!(queue);
        app.ui.json(&body)?;
        return Ok(0);
    }
    let look = app.ui.look(app.env.now());
    let text = render::status(&stands, &current.source, &remotes, only_here, look);
    app.ui.print(&format!("{text}{}", render::push_queue(&queue, app.auto_push, look)))?;
    Ok(0)
}

fn nothing(app: &App, what: &str) -> Outcome {
    if app.ui.is_json {
        app.ui.json(&json!(null))?;
        return Ok(0);
    }
    app.ui.print(&format!("{what}\n"))?;
    app.ui.hint("start one with 'git session new TITLE'");
    Ok(0)
}

fn runs_only_here(store: &Store) -> Result<u64, CliError> {
    let shared = store.tracked_tips()?;
    if shared.is_empty() {
        return all_runs(store);
    }
    let tips = store.sessions()?.0.into_iter().map(|session| session.tip);
    // What is on a remote as it is here need not be walked.
    let tips: Vec<CommitId> = tips.filter(|tip| shared.binary_search(tip).is_err()).collect();
    if tips.is_empty() {
        return Ok(0);
    }
    let runs = store.runs_only_in(&tips, &shared)?;
    Ok(runs.iter().map(|run| run.run.id).collect::<HashSet<_>>().len() as u64)
}

fn all_runs(store: &Store) -> Result<u64, CliError> {
    let rows = list(store, &ListOptions::default().with_archived())?.rows;
    let mut listed = HashSet::new();
    let last = rows.iter().filter_map(|row| row.last_run.as_ref());
    let is_shared = last.map(|run| run.id).any(|run| !listed.insert(run));
    // What forks and merges share would be counted twice.
    if is_shared || rows.iter().any(|row| row.origin.is_some()) {
        let tips = store.sessions()?.0.into_iter().map(|session| session.tip);
        if let Ok(count) = store.run_count(tips) {
            return Ok(count as u64);
        }
    }
    Ok(rows.iter().map(|row| row.runs).sum())
}
