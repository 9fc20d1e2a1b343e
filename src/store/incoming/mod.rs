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

use super::purge::PURGED;
use super::{CommitId, PurgedIds, Reach, Store, StoreError, Wipe};
use crate::model::{RemoteName, RunId, SessionId, SessionName};

/// From how many names on the remote is told of all sessions that are here.
const NAMED: usize = 32;

/// Sessions that were fetched and are not in the store yet.
pub struct Fetched<'a> {
    store: &'a Store,
    scratch: Scratch,
    view: Store,
    limits: IncomingLimits,
    /// What is never taken.
    purged: PurgedIds,
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
        // A purge that is going on must end first, and one that comes sees that something is fetched.
        let together = names.first().map(|name| self.lock_session_name(name)).transpose()?;
        let scratch = Scratch::create(self, Borrow::Refs(known_refs(remote, names)))?;
        let purged = self.purged_ids()?;
        drop(together);
        scratch.fetch(reach, &refspecs(names), Extent::Whole, limits.total_bytes, tell)?;
        let view = scratch.open()?;
        Ok(Fetched { store: self, scratch, view, limits, purged, accepted: HashSet::new() })
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

    /// Lists what the remote says was purged from a session.
    pub fn purged(&self, name: &SessionName) -> Result<BTreeMap<SessionId, PurgedIds>, StoreError> {
        self.view.purges_from(name.digits())
    }

    /// Tells whether two states have a run in commits of their own: of a session that was purged there
    /// and here, of each other thing. A merge would have both. Commits that were purged here are told of
    /// otherwise.
    pub fn have_runs_apart(&self, here: CommitId, there: CommitId) -> Result<bool, StoreError> {
        let (ours, theirs) = (self.view.reachable(here), self.view.reachable(there));
        let runs = |commits: &mut dyn Iterator<Item = &CommitId>| {
            let run = |commit| Ok(self.view.try_find_run_commit(commit)?.map(|run| run.run.id));
            let is_listed = |commit: &&CommitId| self.purged.commits.contains_key(*commit);
            commits
                .filter(|commit| !is_listed(commit))
                .map(|commit| run(*commit))
                .collect::<Result<HashSet<Option<RunId>>, StoreError>>()
        };
        let own = runs(&mut ours.difference(&theirs))?;
        let other = runs(&mut theirs.difference(&ours))?;
        Ok(own.intersection(&other).any(Option::is_some))
    }

    /// Writes what came anew, without what is to go.
    pub fn rewrite(&self, tip: CommitId, wipe: &Wipe) -> Result<CommitId, StoreError> {
        let mut rewriter = self.view.rewriter(wipe);
        let new = rewriter.tip(tip)?;
        rewriter.into_batch().persist(&[new])?;
        Ok(new)
    }

    /// Looks at everything that a commit would bring into the store.
    pub fn examine(&mut self, name: &SessionName, tip: CommitId) -> Result<(), Refusal> {
        let examiner = Examiner::new(self.store, &self.view, self.limits, &self.accepted, &self.purged);
        let new = examiner.session(name, tip)?;
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
    let of = |name: &SessionName| {
        let purged = format!("{PURGED}{}", name.digits());
        [format!("refs/heads/{}", name.branch()), purged].map(|what| format!("+{what}*:{what}*"))
    };
    names.iter().flat_map(of).collect()
}

// What the remote is told that is here already, so that it does not send it again.
fn known_refs(remote: &RemoteName, names: &[SessionName]) -> Vec<String> {
    let (own, seen) = ("refs/heads/session/", format!("refs/remotes/{remote}/session/"));
    if names.len() > NAMED {
        return vec![own.to_owned(), seen];
    }
    names.iter().flat_map(|name| [format!("{own}{name}"), format!("{seen}{name}")]).collect()
}
