//! The remotes of a store.

use super::SyncError;
use crate::model::{RemoteName, RemoteUrl};
use crate::store::{Mark, Prompt, Reach, Store, StoreRemote};

/// A remote that sessions are shared with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remote {
    /// Its name.
    pub name: RemoteName,
    /// How it is reached.
    pub reach: Reach,
}

/// Adds a remote.
pub fn add_remote(
    store: &Store,
    name: &str,
    url: &str,
    transports: Vec<String>,
) -> Result<Remote, SyncError> {
    let remote = Remote::new(name, url, transports)?;
    if let Some(known) = store.remotes().into_iter().find(|known| known.name == name) {
        return Err(SyncError::RemoteExists { name: known.name, url: known.url });
    }
    store.change_remotes(|remotes| {
        remotes.push(StoreRemote { name: name.to_owned(), url: url.to_owned() });
        Ok(remote)
    })
}

/// Sets where a remote is. What was seen of it is kept.
pub fn set_remote_url(
    store: &Store,
    name: &str,
    url: &str,
    transports: Vec<String>,
) -> Result<Remote, SyncError> {
    let remote = Remote::new(name, url, transports)?;
    store.change_remotes(|remotes| {
        let known = remotes.iter_mut().find(|known| known.name == name);
        known.ok_or_else(|| not_added(store, name))?.url = url.to_owned();
        Ok(remote)
    })
}

/// Removes a remote, and what was seen of it. Nothing is deleted there.
pub fn remove_remote(store: &Store, name: &str, mark: Mark<'_>) -> Result<(), SyncError> {
    let known: RemoteName = name.parse().map_err(|_| not_added(store, name))?;
    store.change_remotes(|remotes| {
        let before = remotes.len();
        remotes.retain(|remote| remote.name != name);
        if remotes.len() < before { Ok(()) } else { Err(not_added(store, name)) }
    })?;
    Ok(store.forget_tracked(&known, mark)?)
}

/// Finds the remote of this name; without a name, the only one there is.
pub fn choose_remote(
    store: &Store,
    name: Option<&str>,
    transports: Vec<String>,
) -> Result<Remote, SyncError> {
    let remotes = store.remotes();
    let names = || remotes.iter().map(|remote| remote.name.clone()).collect::<Vec<_>>();
    let found = match (name, remotes.as_slice()) {
        (Some(name), known) => known.iter().find(|known| known.name == name),
        (None, [one]) => Some(one),
        (None, []) => return Err(SyncError::NoRemote),
        (None, _) => return Err(SyncError::SeveralRemotes(names())),
    };
    let unknown = || SyncError::UnknownRemote { name: name.unwrap_or_default().to_owned(), known: names() };
    let remote = found.ok_or_else(unknown)?;
    Remote::new(&remote.name, &remote.url, transports)
}

impl Remote {
    /// Describes a remote by its name and its URL, where the URL may be used.
    pub fn new(name: &str, url: &str, transports: Vec<String>) -> Result<Self, SyncError> {
        let (name, url): (RemoteName, RemoteUrl) = (name.parse()?, url.parse()?);
        let transport = url.transport();
        if !transports.iter().any(|allowed| allowed == transport) {
            return Err(SyncError::Transport { transport: transport.to_owned(), url: url.to_string() });
        }
        Ok(Self { name, reach: Reach::new(url, transports) })
    }

    /// Sets whether the user may be asked for a password.
    pub fn with_prompt(mut self, prompt: Prompt) -> Self {
        self.reach = self.reach.with_prompt(prompt);
        self
    }
}

fn not_added(store: &Store, name: &str) -> SyncError {
    let known: Vec<String> = store.remotes().into_iter().map(|remote| remote.name).collect();
    if known.iter().any(|known| known == name) {
        return SyncError::Configured(name.to_owned());
    }
    SyncError::UnknownRemote { name: name.to_owned(), known }
}
