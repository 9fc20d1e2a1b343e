//! `git session show`

use clap_complete::engine::ArgValueCandidates;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::{PatchArgs, session_names};
use crate::cli::error::CliError;
use crate::ops::{Detail, DiffOptions, add_commits, find_decision, runs_of_commits, show_run, show_session};
use crate::render::{code_runs, decisions, run_view, session_view};
use crate::store::{RunSpec, SessionRef, Store, StoreError};

/// Show a session, a run, a decision, or the runs of a commit
///
/// A session by its name; a run by its id or as SESSION@3; a decision by its id or a part of it;
/// a commit of the code as git names it.
/// Without a name: the current session.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What to show
    #[arg(add = ArgValueCandidates::new(session_names))]
    name: Option<String>,
    #[command(flatten)]
    patch: PatchArgs,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let Some(name) = args.name.filter(|name| name != "@") else {
        let session = app.current(&store)?.session;
        return session_in_full(app, &store, &session);
    };
    // A name without a place is a session first: its last run is SESSION@.
    if let RunSpec::Name(_) = name.parse::<RunSpec>()? {
        match store.find_session(&name) {
            Ok(session) => return session_in_full(app, &store, &session),
            Err(StoreError::NoSession { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    match app.run(&store, &name) {
        Ok(found) => {
            let options =
                args.patch.options().unwrap_or_else(|| DiffOptions::default().with_detail(Detail::Counts));
            let mut view = show_run(&store, &found, &options)?;
            add_commits(&store, app.code_repo().as_ref(), std::slice::from_mut(&mut view.row))?;
            match app.ui.is_json {
                true => app.ui.json(&view)?,
                false => {
                    app.ui.page(&run_view(&view, args.patch.parts(&app.ui), app.ui.look(app.env.now())))?
                }
            }
            Ok(0)
        }
        Err(error) if error.code == "no_run" => match decision(app, &store, &name) {
            Err(other) if other.code != "ambiguous_decision" => commit(app, &store, &name, error),
            shown => shown,
        },
        Err(error) => Err(error),
    }
}

fn session_in_full(app: &App, store: &Store, session: &SessionRef) -> Outcome {
    let view = show_session(store, &app.env, session)?;
    match app.ui.is_json {
        true => app.ui.json(&view)?,
        false => app.ui.page(&session_view(&view, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}

/// Shows the runs that a commit of the code belongs to; `error` where it is none.
fn commit(app: &App, store: &Store, name: &str, error: CliError) -> Outcome {
    let Some(repo) = app.code_repo() else { return Err(error) };
    let Some(commit) = repo.find(name) else { return Err(error) };
    let runs = runs_of_commits(store, &repo, &[commit])?;
    match (app.ui.is_json, runs.is_empty()) {
        (true, _) => app.ui.json(&runs)?,
        (false, true) => app.ui.hint("this commit of the code belongs to no run"),
        (false, false) => app.ui.page(&code_runs(&runs))?,
    }
    Ok(0)
}

fn decision(app: &App, store: &Store, name: &str) -> Result<u8, CliError> {
    let row = find_decision(store, &app.place(store)?.snapshot(store)?, name)?;
    match app.ui.is_json {
        true => app.ui.json(&row)?,
        false => app.ui.page(&decisions(&[row], app.ui.look(app.env.now())))?,
    }
    Ok(0)
}
