//! `git session clone`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Outcome;
use super::log::date;
use super::pull::exit_code;
use super::remote::absolute;
use super::share::{limits, prompt};
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::cli::process::Lookout;
use crate::render::{pulled, safe_line};
use crate::store::{NewStore, Store};
use crate::sync::{CloneOptions, Pulled, Remote, SyncError, add_remote, clone};

/// What a remote is called where nothing else is said.
const ORIGIN: &str = "origin";

/// Bring in all sessions of a remote, or a part of them
///
/// Inside of a project they go into its store, which is made where there is none. With DIR, a store
/// is made there, for --store or `git config session.store`. What comes is looked at before it is
/// stored, as `git session pull` does it.
///
/// Each --session names some of the remote's: by a name, an id, the start of one, or a pattern such
/// as 'build-*'. Such a part is kept to: `pull --all` brings in nothing else then, until the same
/// remote is cloned again.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Where the remote is, such as git@example.com:team/sessions.git
    #[arg(allow_hyphen_values = true)]
    url: String,
    /// Make a store in this folder, which must be empty or not there yet
    dir: Option<PathBuf>,
    /// Only sessions that changed since then, such as 2026-11-22, '2 weeks ago' or yesterday
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// What to call the remote [default: origin]
    #[arg(long, short, value_name = "NAME")]
    origin: Option<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let remote = remote(app, &args)?;
    let since = args.since.as_deref().map(|text| date("since", text, app.env.now())).transpose()?;
    let sessions = app.global.sessions.clone();
    if sessions.iter().any(String::is_empty) {
        return Err(CliError::usage("the session's name is empty").hint("leave --session out for all"));
    }
    let options = CloneOptions::default().with_sessions(sessions).with_since(since);
    let place = place(app, args.dir.as_deref())?;
    let known = if args.dir.is_some() { None } else { app.try_store()? };
    let done = match known {
        Some(store) => into(app, &store, remote, &options)?,
        None => anew(app, &place, &remote, &options)?,
    };
    show(app, &done, &place, args.dir.as_deref())
}

fn remote(app: &App, args: &Args) -> Result<Remote, CliError> {
    let name = args.origin.as_deref().unwrap_or(ORIGIN);
    let remote = Remote::new(name, &absolute(app, &args.url), app.config.transports()?)?;
    Ok(remote.with_prompt(prompt()))
}

fn place(app: &App, dir: Option<&Path>) -> Result<PathBuf, CliError> {
    match dir {
        Some(dir) if dir.as_os_str().is_empty() => {
            Err(CliError::usage("the folder's name is empty").hint("leave it out for this project's store"))
        }
        Some(dir) => Ok(app.folder.join(dir)),
        None => app.store_path(),
    }
}

/// Clones into a store that is there.
fn into(app: &App, store: &Store, remote: Remote, options: &CloneOptions) -> Result<Pulled, CliError> {
    let known = store.remotes();
    let url = remote.reach.url.as_str();
    let is_known = |name: &str| known.iter().any(|known| known.name == name && known.url == url);
    let remote = match known.iter().find(|known| known.url == url) {
        // It has another name here.
        Some(same) if !is_known(remote.name.as_str()) => {
            Remote::new(&same.name, url, app.config.transports()?)?.with_prompt(prompt())
        }
        Some(_) => remote,
        None => {
            let added = add_remote(store, remote.name.as_str(), url, app.config.transports()?);
            added.map_err(name_another)?.with_prompt(prompt())
        }
    };
    fetch(app, store, &remote, options)
}

fn name_another(error: SyncError) -> CliError {
    let is_other = matches!(error, SyncError::RemoteExists { .. });
    let error = CliError::from(error);
    if is_other { error.hint("--origin NAME gives the new one another name") } else { error }
}

/// Clones into a store that is not there yet. Where that fails, none is made.
fn anew(app: &App, place: &Path, remote: &Remote, options: &CloneOptions) -> Result<Pulled, CliError> {
    let new = NewStore::begin(place, app.store_options()?)?;
    let lookout = Lookout::start(new.folder())?;
    let store = new.open()?.guarded(app.guard.clone());
    add_remote(&store, remote.name.as_str(), remote.reach.url.as_str(), app.config.transports()?)?;
    let done = fetch(app, &store, remote, options);
    lookout.check();
    let done = done?;
    new.appear()?;
    app.warn_where_tracked(place);
    Ok(done)
}

fn fetch(app: &App, store: &Store, remote: &Remote, options: &CloneOptions) -> Result<Pulled, CliError> {
    let (limits, ui) = (limits(app)?, &app.ui);
    let done = clone(store, &app.env, remote, options, limits, &mut |line| ui.progress(line));
    ui.end_progress();
    Ok(done?)
}

fn show(app: &App, done: &Pulled, place: &Path, dir: Option<&Path>) -> Outcome {
    if app.ui.is_json {
        let mut body = serde_json::to_value(done)?;
        body["store"] = json!(place);
        app.ui.json(&body)?;
        return Ok(exit_code(&done.sessions));
    }
    app.ui.print(&pulled(done))?;
    if let Some(dir) = dir {
        let dir = safe_line(&dir.display().to_string());
        app.ui.hint(&format!(
            "use it with 'git session --store {dir} VERB', or set 'git config session.store'"
        ));
    } else if let Some(store) = app.try_store()?
        && !done.sessions.is_empty()
        && app.try_current(&store)?.is_none()
    {
        app.ui.hint("choose one to go on with by 'git session switch SESSION'");
    }
    Ok(exit_code(&done.sessions))
}
