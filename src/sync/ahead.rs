//! What was not pushed yet, as far as is known without asking.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::SyncError;
use crate::model::{RemoteName, RunStatus, SessionName};
use crate::ops::{LogEntry, RunRow};
use crate::store::{CommitId, SessionRef, Store, StoreError};

/// How a session stands to what was last seen of it on a remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unpushed {
    /// The remote.
    pub remote: String,
    /// How many runs only we have.
    pub ahead: usize,
    /// How many runs only the remote has.
    pub behind: usize,
    /// Whether there is anything here that the remote does not have, a run or not.
    pub is_changed: bool,
}

/// Tells how a session stands to each remote on which it was seen.
pub fn unpushed(store: &Store, session: &SessionRef) -> Result<Vec<Unpushed>, SyncError> {
    let mut found = Vec::new();
    for remote in remotes(store) {
        let Some(seen) = store.tracked(&remote, &session.name)? else { continue };
        let divergence = store.divergence(session.tip, seen)?;
        found.push(Unpushed {
            remote: remote.to_string(),
            ahead: divergence.ours.len(),
            behind: divergence.theirs.len(),
            is_changed: divergence.bases != [session.tip],
        });
    }
    Ok(found)
}

/// Marks which entries of a history a remote has, where there is a remote. It is told by the sessions
/// that the entries are of, as they were last seen.
pub fn mark_pushed_entries(store: &Store, entries: &mut [LogEntry]) {
    let parents: HashSet<CommitId> = entries.iter().flat_map(|entry| &entry.parents).copied().collect();
    let tips = entries.iter().map(|entry| entry.commit).filter(|commit| !parents.contains(commit)).collect();
    let branches = entries.iter().filter_map(|entry| entry.session_branch.as_deref()).collect();
    let Some(missing) = missing_there(store, tips, branches) else { return };
    for entry in entries {
        entry.pushed = Some(!missing.contains(&entry.commit));
    }
}

/// Marks which runs a remote has, as [`mark_pushed_entries`] does. Open runs never leave this store.
pub fn mark_pushed_runs(store: &Store, rows: &mut [RunRow]) {
    let finished = || rows.iter().filter(|row| row.record.status != RunStatus::Running);
    let tips = finished().map(|row| row.commit).collect();
    let branches = finished().filter_map(|row| row.session_branch.as_deref()).collect();
    let Some(missing) = missing_there(store, tips, branches) else { return };
    for row in rows {
        row.pushed = Some(row.record.status != RunStatus::Running && !missing.contains(&row.commit));
    }
}

/// What no remote has.
enum Missing {
    All,
    Some(HashSet<CommitId>),
}

impl Missing {
    fn contains(&self, commit: &CommitId) -> bool {
        match self {
            Self::All => true,
            Self::Some(commits) => commits.contains(commit),
        }
    }
}

// Where a history cannot be read, it is not marked either.
fn missing_there(store: &Store, tips: Vec<CommitId>, branches: BTreeSet<&str>) -> Option<Missing> {
    let (remotes, mut seen) = (remotes(store), Vec::new());
    if remotes.is_empty() {
        return None;
    }
    for name in branches.iter().filter_map(|branch| branch.strip_prefix("session/")?.parse().ok()) {
        seen.extend(seen_of(store, &remotes, &name).ok()?);
    }
    match seen.is_empty() {
        true => Some(Missing::All),
        false => store.commits_only_in(&tips, &seen).ok().map(Missing::Some),
    }
}

fn seen_of(
    store: &Store,
    remotes: &BTreeSet<RemoteName>,
    name: &SessionName,
) -> Result<Vec<CommitId>, StoreError> {
    let seen = remotes.iter().map(|remote| store.tracked(remote, name));
    Ok(seen.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn remotes(store: &Store) -> BTreeSet<RemoteName> {
    store.remotes().iter().filter_map(|remote| remote.name.parse().ok()).collect()
}
