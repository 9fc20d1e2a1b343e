//! The remotes of a store, and what their branches were when they were last seen.
//!
//! Their names and URLs are in a file of their own: nothing that somebody typed is written into a
//! configuration that `git` acts upon.

use std::collections::BTreeMap;
use std::fs;

use super::durable::write_file;
use super::git::Prompt;
use super::writer::Mark;
use super::{CommitId, SessionWriter, Store, StoreError};
use crate::model::{RemoteName, RemoteUrl, SessionId, SessionName};

/// The list of the remotes, a line each: `<name> <url>`.
const FILE: &str = "git-session/remotes";
/// Where the branches of remotes lie, as they were last seen.
pub(super) const TRACKING: &str = "refs/remotes/";

/// A remote of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRemote {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
}

/// How a remote is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Where it is.
    pub url: RemoteUrl,
    /// The transports that may be used, such as `https` and `ssh`.
    pub transports: Vec<String>,
    /// Whether the user may be asked for a password.
    pub prompt: Prompt,
}

impl Reach {
    /// Reaches a remote by one of these transports, and asks nobody anything.
    pub fn new(url: RemoteUrl, transports: Vec<String>) -> Self {
        Self { url, transports, prompt: Prompt::Never }
    }

    /// Sets whether the user may be asked for a password.
    pub fn with_prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = prompt;
        self
    }
}

impl Store {
    /// Lists the remotes, by name: those that were added, then those that the store's own Git
    /// configuration names.
    pub fn remotes(&self) -> Vec<StoreRemote> {
        let config = self.repo.config_snapshot();
        let configured = self.repo.remote_names().into_iter().filter_map(|name| {
            let url = config.string(format!("remote.{name}.url").as_str())?.to_string();
            Some((name.to_string(), url))
        });
        let mut remotes: BTreeMap<String, String> = configured.collect();
        remotes.extend(self.added_remotes().into_iter().map(|remote| (remote.name, remote.url)));
        remotes.into_iter().map(|(name, url)| StoreRemote { name, url }).collect()
    }

    /// Lists the remotes that were added.
    pub fn added_remotes(&self) -> Vec<StoreRemote> {
        let text = fs::read_to_string(self.dir.join(FILE)).unwrap_or_default();
        let remote = |line: &str| {
            let (name, url) = line.split_once(' ')?;
            Some(StoreRemote { name: name.to_owned(), url: url.to_owned() })
        };
        text.lines().filter_map(remote).collect()
    }

    /// Changes the list of added remotes. `change` is handed the newest one.
    pub fn change_remotes<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut Vec<StoreRemote>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _alone = self.lock_everything()?;
        let mut remotes = self.added_remotes();
        let done = change(&mut remotes)?;
        remotes.sort_by(|a, b| a.name.cmp(&b.name));
        let text: String = remotes.iter().map(|remote| format!("{} {}\n", remote.name, remote.url)).collect();
        let file = self.dir.join(FILE);
        write_file(&file, text.as_bytes(), self.options.durability)
            .map_err(StoreError::io("write", &file))?;
        Ok(done)
    }

    /// Returns where the branch of a session was on a remote when it was last seen.
    pub fn tracked(&self, remote: &RemoteName, name: &SessionName) -> Result<Option<CommitId>, StoreError> {
        self.try_find_ref(&tracking_ref(remote, name))
    }

    /// Lists the sessions of a remote as they were last seen.
    pub fn all_tracked(&self, remote: &RemoteName) -> Result<BTreeMap<SessionName, CommitId>, StoreError> {
        let prefix = format!("{TRACKING}{remote}/session/");
        let found = self.refs_below(&prefix)?;
        let named = |(name, tip): (String, CommitId)| Some((name.strip_prefix(&prefix)?.parse().ok()?, tip));
        Ok(found.into_iter().filter_map(named).collect())
    }

    /// Tells whether anything of any remote was ever seen.
    pub fn has_tracked(&self) -> Result<bool, StoreError> {
        self.has_refs_below(TRACKING)
    }

    /// Lists the newest commits that any remote had of any session.
    pub fn tracked_tips(&self) -> Result<Vec<CommitId>, StoreError> {
        if !self.has_tracked()? {
            return Ok(Vec::new());
        }
        let mut tips: Vec<CommitId> = self.refs_below(TRACKING)?.into_iter().map(|(_, tip)| tip).collect();
        tips.sort();
        tips.dedup();
        Ok(tips)
    }
}

impl SessionWriter<'_> {
    /// Notes where the branch of a session is on a remote; `None` where it is gone there.
    pub fn track(
        &self,
        remote: &RemoteName,
        name: &SessionName,
        new: Option<CommitId>,
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        let tracking = tracking_ref(remote, name);
        let expected = self.store().try_find_ref(&tracking)?;
        if expected == new { Ok(()) } else { self.move_to(&tracking, expected, new, mark) }
    }

    /// Keeps a commit that a remote lost, and returns the ref that does.
    pub fn rescue(&self, id: SessionId, commit: CommitId, mark: Mark<'_>) -> Result<String, StoreError> {
        self.keep_meanwhile(id, commit, mark)?;
        Ok(rescue_ref(id, commit))
    }

    /// Keeps a commit until it is let go, and returns the ref that does; `None` where one does already.
    pub fn keep_meanwhile(
        &self,
        id: SessionId,
        commit: CommitId,
        mark: Mark<'_>,
    ) -> Result<Option<String>, StoreError> {
        let name = rescue_ref(id, commit);
        if self.store().try_find_ref(&name)?.is_some() {
            return Ok(None);
        }
        self.move_to(&name, None, Some(commit), mark)?;
        Ok(Some(name))
    }

    /// Lets a commit go that was kept.
    pub fn let_go(&self, kept: &str, commit: CommitId, mark: Mark<'_>) -> Result<(), StoreError> {
        self.move_to(kept, Some(commit), None, mark)
    }
}

fn rescue_ref(id: SessionId, commit: CommitId) -> String {
    format!("refs/rescue/{id}/{commit}")
}

impl Store {
    /// Forgets all that was seen of a remote.
    pub fn forget_tracked(&self, remote: &RemoteName, mark: Mark<'_>) -> Result<(), StoreError> {
        let alone = self.lock_everything()?;
        for (name, _) in self.all_tracked(remote)? {
            alone.track(remote, &name, None, mark)?;
        }
        self.choose_sessions(remote, None)
    }
}

fn tracking_ref(remote: &RemoteName, name: &SessionName) -> String {
    format!("{TRACKING}{remote}/session/{name}")
}
