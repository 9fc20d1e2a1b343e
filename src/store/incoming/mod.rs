//! What comes from a remote, kept apart until it is examined.
//!
//! It is fetched into a repository of its own that borrows the store's objects. From there only
//! what was examined is taken into the store, object by object: nothing else that a remote sends
//! ever lies in it.

mod dates;
mod examine;
mod refusal;
mod scratch;
mod take;

pub use examine::IncomingLimits;
pub use refusal::Refusal;
pub(super) use scratch::{Borrow, Extent, Scratch};

use std::collections::{BTreeMap, HashSet};

use examine::Examiner;

use super::{CommitId, Reach, Store, StoreError};
use crate::model::{RemoteName, SessionName};

/// From how many names on the remote is told of all sessions that are here.
const NAMED: usize = 32;

/// Sessions that were fetched and are not in the store yet.
pub struct Fetched<'a> {
    store: &'a Store,
    scratch: Scratch,
    view: Store,
    limits: IncomingLimits,
    /// What was accepted, with all that it refers to.
    accepted: HashSet<gix::ObjectId>,
}

impl Store {
    /// Fetches sessions of a remote. Those that it does not have are left out. `tell` is handed what
    /// git says meanwhile.
    pub fn fetch<'a>(
        &'a self,
        reach: &Reach,
        remote: &RemoteName,
        names: &[SessionName],
        limits: IncomingLimits,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Fetched<'a>, StoreError> {
        let scratch = Scratch::create(self, Borrow::Refs(known_refs(remote, names)))?;
        scratch.fetch(reach, &refspecs(names), Extent::Whole, limits.total_bytes, tell)?;
        let view = scratch.open()?;
        Ok(Fetched { store: self, scratch, view, limits, accepted: HashSet::new() })
    }
}

impl Fetched<'_> {
    /// Lists what was fetched.
    pub fn tips(&self) -> Result<BTreeMap<SessionName, CommitId>, StoreError> {
        Ok(self.view.sessions()?.0.into_iter().map(|session| (session.name, session.tip)).collect())
    }

    /// Returns the store as it would be with all that was fetched.
    pub fn view(&self) -> &Store {
        &self.view
    }

    /// Looks at everything that a commit would bring into the store.
    pub fn examine(&mut self, name: &SessionName, tip: CommitId) -> Result<(), Refusal> {
        let new = Examiner::new(self.store, &self.view, self.limits, &self.accepted).session(name, tip)?;
        self.accepted.extend(new);
        Ok(())
    }

    /// Stores what was accepted. Nothing refers to it yet: the caller moves the branches next.
    pub fn take(&self) -> Result<(), StoreError> {
        take::into_store(self.store, &self.view, self.scratch.dir(), &self.accepted)
    }
}

// A pattern that fits nothing is no error, unlike a name that is not there.
fn refspecs(names: &[SessionName]) -> Vec<String> {
    names.iter().map(|name| format!("+refs/heads/{0}*:refs/heads/{0}*", name.branch())).collect()
}

// What the remote is told that is here already, so that it does not send it again.
fn known_refs(remote: &RemoteName, names: &[SessionName]) -> Vec<String> {
    let (own, seen) = ("refs/heads/session/", format!("refs/remotes/{remote}/session/"));
    if names.len() > NAMED {
        return vec![own.to_owned(), seen];
    }
    names.iter().flat_map(|name| [format!("{own}{name}"), format!("{seen}{name}")]).collect()
}
