//! Where sessions were on remotes before they were purged: what a push may replace there, and
//! nothing else.

use std::fs;

use super::Purging;
use crate::model::SessionName;
use crate::store::durable::{Durability, remove_file, write_file};
use crate::store::{CommitId, Store, StoreError};

/// The file: a line each, `<remote> <session> <commit>`.
const FILE: &str = "git-session/unpublished";

/// A session that was purged here, and not on a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The remote.
    pub remote: String,
    /// The session.
    pub name: SessionName,
    /// Where it was there when it was last seen.
    pub there: CommitId,
}

impl Store {
    /// Lists the sessions that were purged here and not on their remotes.
    pub fn leases(&self) -> Vec<Lease> {
        let text = fs::read_to_string(self.dir.join(FILE)).unwrap_or_default();
        text.lines().filter_map(parse).collect()
    }

    /// Returns where a session was on a remote before it was purged here.
    pub fn lease(&self, remote: &str, name: &SessionName) -> Option<CommitId> {
        let lease = self.leases().into_iter().find(|lease| lease.remote == remote && lease.name == *name);
        lease.map(|lease| lease.there)
    }

    /// Sets where a session is on a remote, or forgets it: what is here is there too.
    pub fn set_lease(
        &self,
        remote: &str,
        name: &SessionName,
        there: Option<CommitId>,
    ) -> Result<(), StoreError> {
        let _alone = self.lock_everything()?;
        self.write_lease(remote, name, there)
    }

    fn write_lease(
        &self,
        remote: &str,
        name: &SessionName,
        there: Option<CommitId>,
    ) -> Result<(), StoreError> {
        let mut leases = self.leases();
        leases.retain(|lease| lease.remote != remote || lease.name != *name);
        let new = there.map(|there| Lease { remote: remote.to_owned(), name: name.clone(), there });
        leases.extend(new);
        let file = self.dir.join(FILE);
        if leases.is_empty() {
            return remove_file(&file);
        }
        let line = |lease: &Lease| format!("{} {} {}\n", lease.remote, lease.name, lease.there);
        let text: String = leases.iter().map(line).collect();
        write_file(&file, text.as_bytes(), Durability::Full).map_err(StoreError::io("write", &file))
    }
}

impl Purging<'_> {
    /// Notes where a session is on a remote. What was noted before stays: the remote was not told of
    /// that purge either.
    pub fn lease(&self, remote: &str, name: &SessionName, there: CommitId) -> Result<(), StoreError> {
        match self.store.lease(remote, name) {
            Some(_) => Ok(()),
            None => self.store.write_lease(remote, name, Some(there)),
        }
    }
}

fn parse(line: &str) -> Option<Lease> {
    let mut words = line.split(' ');
    let (remote, name, there) = (words.next()?, words.next()?, words.next()?);
    Some(Lease { remote: remote.to_owned(), name: name.parse().ok()?, there: CommitId::from_hex(there)? })
}
