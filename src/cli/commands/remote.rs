//! `git session remote`

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::model::Timestamp;
use crate::render::{safe_line, style};
use crate::store::Mark;
use crate::sync::{add_remote, remove_remote, set_remote_url};

/// Name the repositories that sessions are shared with
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Add a remote
    ///
    /// Any Git repository will do: one for sessions alone, or the project's own. Only branches
    /// `session/…` are read and written there. https and ssh always work; `git config
    /// session.transport` allows others: file (also plain paths), http, git, or a remote helper.
    Add {
        /// What to call it, such as team
        name: String,
        /// Where it is, such as git@example.com:team/sessions.git
        #[arg(allow_hyphen_values = true)]
        url: String,
    },
    /// List remotes
    #[command(visible_alias = "ls")]
    List,
    /// Forget a remote; nothing is deleted there
    #[command(visible_alias = "rm")]
    Remove {
        /// Its name
        name: String,
    },
    /// Set where a remote is
    SetUrl {
        /// Its name
        name: String,
        /// Where it is now
        #[arg(allow_hyphen_values = true)]
        url: String,
    },
}

pub(super) fn run(app: &mut App, command: Command) -> Outcome {
    match command {
        Command::Add { name, url } => {
            let url = absolute(app, &url);
            // Checked before a store is made for it.
            crate::sync::Remote::new(&name, &url, app.config.transports()?)?;
            add_remote(&app.store_or_create()?, &name, &url, app.config.transports()?)?;
            said(app, "added", &name, Some(&url))
        }
        Command::SetUrl { name, url } => {
            let url = absolute(app, &url);
            set_remote_url(&app.store()?, &name, &url, app.config.transports()?)?;
            said(app, "set", &name, Some(&url))
        }
        Command::Remove { name } => {
            let at: Timestamp = app.env.now();
            let mark = Mark { who: &app.env.identity, at, log: "remote remove" };
            remove_remote(&app.store()?, &name, mark)?;
            said(app, "removed", &name, None)
        }
        Command::List => list(app),
    }
}

/// Returns a URL as it is from everywhere, where it is a path.
pub(super) fn absolute(app: &App, url: &str) -> String {
    match url.starts_with("./") || url.starts_with("../") {
        true => {
            let path = app.folder.join(url);
            std::fs::canonicalize(&path).unwrap_or(path).display().to_string()
        }
        false => url.to_owned(),
    }
}

fn said(app: &App, done: &str, name: &str, url: Option<&str>) -> Outcome {
    if app.ui.is_json {
        app.ui.json(&json!({"remote": name, "url": url, "done": done}))?;
    }
    let place = url.map(|url| format!(" {}", safe_line(url))).unwrap_or_default();
    app.ui.status(&format!("{done} {}{place}\n", safe_line(name)));
    Ok(0)
}

fn list(app: &App) -> Outcome {
    let remotes = app.try_store()?.map(|store| store.remotes()).unwrap_or_default();
    if app.ui.is_json {
        let rows: Vec<_> = remotes.iter().map(|r| json!({"remote": r.name, "url": r.url})).collect();
        app.ui.json_list(&rows)?;
        return Ok(0);
    }
    if remotes.is_empty() {
        app.ui.hint("add one with 'git session remote add NAME URL'");
    }
    let width = remotes.iter().map(|remote| remote.name.len()).max().unwrap_or(0);
    let line = |remote: &crate::store::StoreRemote| {
        let name = format!("{:<width$}", safe_line(&remote.name));
        format!("{}  {}\n", style::paint(style::STRONG, name), safe_line(&remote.url))
    };
    app.ui.print(&remotes.iter().map(line).collect::<String>())?;
    Ok::<u8, CliError>(0)
}
