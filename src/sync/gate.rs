//! What is looked at before anything leaves: commits that the remote does not have are searched for
//! secrets once more, with the rules and the known values of now.

use std::collections::BTreeSet;

use super::{Remote, SyncError};
use crate::ops::{ScanScope, SecretScan, StoredSecret, scan};
use crate::store::{CommitId, SessionRef, Store};

/// Which finds keep a session here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gate {
    /// Rules whose finds are let pass.
    pub allow: BTreeSet<String>,
}

/// Why a session stays here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// The secrets that it would take along.
    pub(super) secrets: Vec<StoredSecret>,
    /// What could not be looked at.
    pub(super) unread: Vec<String>,
    /// A commit that was purged, or holds a file that was.
    pub(super) purged: Option<CommitId>,
}

impl Held {
    /// Says why.
    pub(super) fn why(&self) -> String {
        match (self.secrets.len(), self.unread.first()) {
            _ if self.purged.is_some() => "it holds what was purged".to_owned(),
            (0, Some(what)) => format!("not all of it could be searched for secrets: {what}"),
            (1, _) => "it holds a secret".to_owned(),
            (count, _) => format!("it holds {count} secrets"),
        }
    }
}

impl Gate {
    /// Lets the finds of these rules pass.
    pub fn with_allowed(mut self, rules: impl IntoIterator<Item = String>) -> Self {
        self.allow.extend(rules);
        self
    }

    /// Looks at what a session would take to a remote; `None` where it may go.
    pub(super) fn holds(
        &self,
        store: &Store,
        remote: &Remote,
        session: &SessionRef,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Option<Held>, SyncError> {
        self.finds(store, session, &known_there(store, remote, session)?, tell)
    }

    /// Looks at what a session holds besides what some commits lead to; `None` where it may go.
    pub(super) fn finds(
        &self,
        store: &Store,
        session: &SessionRef,
        without: &[CommitId],
        tell: &mut dyn FnMut(&str),
    ) -> Result<Option<Held>, SyncError> {
        tell(&format!("looking for secrets in {}", session.name));
        let tips = [session.tip];
        if let Some(purged) = store.find_purged(&tips, without)? {
            return Ok(Some(Held { secrets: Vec::new(), unread: Vec::new(), purged: Some(purged) }));
        }
        let scope = ScanScope::Commits { tips: &tips, without };
        let SecretScan { mut secrets, unread, .. } = scan(store, scope, &|_| ())?;
        secrets.retain(|secret| !self.allow.contains(&secret.rule));
        let is_clean = secrets.is_empty() && unread.is_empty();
        Ok((!is_clean).then_some(Held { secrets, unread, purged: None }))
    }
}

// What the remote has of the session, or of the one that it was forked from.
fn known_there(store: &Store, remote: &Remote, session: &SessionRef) -> Result<Vec<CommitId>, SyncError> {
    // What the remote has is not what is here after a purge.
    if store.lease(remote.name.as_str(), &session.name).is_some() {
        return Ok(Vec::new());
    }
    if let Some(seen) = store.tracked(&remote.name, &session.name)? {
        return Ok(vec![seen]);
    }
    let Some(origin) = store.snapshot(session.tip)?.manifest.origin else { return Ok(Vec::new()) };
    let Some(from) = store.try_find_session_by_id(origin.session)? else { return Ok(Vec::new()) };
    Ok(store.tracked(&remote.name, &from.name)?.into_iter().collect())
}
