//! What `push`, `pull` and `sync` have in common: which sessions, which remote.

use std::io::IsTerminal as _;

use clap_complete::engine::ArgValueCandidates;

use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::cli::error::CliError;
use crate::model::SessionName;
use crate::store::{IncomingLimits, Prompt, Store};
use crate::sync::{Remote, SyncError, Wanted, choose_remote, find_there};

/// Which sessions leave or come.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct WhichArgs {
    /// The sessions; the current one where none is given
    #[arg(add = ArgValueCandidates::new(session_names))]
    pub(super) names: Vec<String>,
    /// All sessions
    #[arg(long, short, conflicts_with = "names")]
    pub(super) all: bool,
}

/// Which sessions are shared, and with whom.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShareArgs {
    #[command(flatten)]
    pub(super) which: WhichArgs,
    /// The remote; not needed where there is only one, or `git config session.remote` names one
    #[arg(long, short, value_name = "NAME")]
    pub(super) remote: Option<String>,
}

impl WhichArgs {
    /// Finds the sessions of the store.
    pub(super) fn here(&self, app: &App, store: &Store) -> Result<Wanted, CliError> {
        if self.all {
            return Ok(Wanted::All);
        }
        if self.names.is_empty() {
            return Ok(Wanted::Named(vec![app.current(store)?.session.name]));
        }
        let found = self.names.iter().map(|name| Ok(app.session(store, Some(name))?.name));
        Ok(Wanted::Named(found.collect::<Result<_, CliError>>()?))
    }
}

impl ShareArgs {
    /// Finds the remote.
    pub(super) fn remote(&self, app: &App, store: &Store) -> Result<Remote, CliError> {
        let transports = app.config.transports()?;
        Ok(choose_remote(store, self.name(app).as_deref(), transports)?.with_prompt(prompt()))
    }

    /// Finds the remote for who can ask nobody anything.
    pub(super) fn unattended(&self, app: &App, store: &Store) -> Result<Remote, SyncError> {
        // A wrong setting is told by every other command.
        let transports = app.config.transports().unwrap_or_default();
        choose_remote(store, self.name(app).as_deref(), transports)
    }

    fn name(&self, app: &App) -> Option<String> {
        self.remote.clone().or_else(|| app.config.string("session.remote"))
    }

    /// Finds the sessions of the store.
    pub(super) fn here(&self, app: &App, store: &Store) -> Result<Wanted, CliError> {
        self.which.here(app, store)
    }

    /// Finds the sessions, also those that only the remote has.
    pub(super) fn anywhere(&self, app: &App, store: &Store, remote: &Remote) -> Result<Wanted, CliError> {
        let names = &self.which.names;
        if self.which.all || names.is_empty() {
            return self.here(app, store);
        }
        let find = |name: &String| -> Result<SessionName, CliError> {
            match app.session(store, Some(name)) {
                Ok(session) => Ok(session.name),
                Err(error) if error.code == "no_session" => Ok(find_there(store, remote, name)?),
                Err(error) => Err(error),
            }
        };
        Ok(Wanted::Named(names.iter().map(find).collect::<Result<_, _>>()?))
    }

    /// Says with whom how much is shared, before it begins.
    pub(super) fn announce(
        &self,
        app: &App,
        store: &Store,
        verb: &str,
        remote: &Remote,
    ) -> Result<(), CliError> {
        if self.which.all {
            let sessions = crate::render::count(store.session_names()?.len() as u64, "session");
            app.ui.status(&format!("{verb} {sessions} with {} ({})\n", remote.name, remote.reach.url));
        }
        Ok(())
    }
}

/// Tells whether somebody is there to be asked for a password.
pub(super) fn prompt() -> Prompt {
    if std::io::stdin().is_terminal() { Prompt::Allow } else { Prompt::Never }
}

/// Returns how much is taken from a remote.
pub(super) fn limits(app: &App) -> Result<IncomingLimits, CliError> {
    let default = IncomingLimits::default();
    Ok(default.with_file_bytes(app.config.max_incoming_bytes(default.file_bytes)?))
}

/// Opens the store to pull into. Where nothing was ever recorded, there is no remote either.
pub(super) fn store(app: &App) -> Result<Store, CliError> {
    match app.try_store()? {
        Some(store) => Ok(store),
        None => Err(SyncError::NoRemote.into()),
    }
}
