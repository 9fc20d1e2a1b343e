//! What was not pushed yet, as far as is known without asking.

use std::collections::BTreeSet;

use serde::Serialize;

use super::SyncError;
use crate::model::RemoteName;
use crate::store::{SessionRef, Store};

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
    let names: BTreeSet<RemoteName> =
        store.remotes().iter().filter_map(|remote| remote.name.parse().ok()).collect();
    for remote in names {
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
