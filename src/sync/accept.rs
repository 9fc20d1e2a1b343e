//! Going over to what was purged elsewhere.
//!
//! The list of what was purged says which commit stands for which. What is here is written anew like
//! that, so what only we have follows the purged history, and then nothing of it is left here either.
//! What somebody else sends on top of the old history is treated the same before it is taken in.

use std::collections::BTreeMap;

use super::SyncError;
use super::pull::{PulledSession, Pulling};
use crate::model::{SessionId, SessionName};
use crate::ops::{Purged, accept_purge};
use crate::store::{CommitId, Fetched, ListOf, Mark, PurgedIds, SessionWriter};

/// Why nothing is taken: the old history and the new one would be merged.
const UNFIT: &str = "the list of what was purged does not fit what is here";

/// What a remote says was purged, by session.
type Lists = BTreeMap<SessionId, PurgedIds>;

/// Whether a pull goes over to what was purged elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AcceptPurge {
    /// Such a session is left as it is, and told of.
    #[default]
    No,
    /// What is here is rewritten too.
    Yes,
}

impl Pulling<'_> {
    /// Brings in a session that was purged, and takes what was purged out of what is here.
    pub(super) fn accept(&mut self, name: &SessionName, tell: &mut dyn FnMut(&str)) -> Result<(), SyncError> {
        let Some((tip, ids, lists)) = self.take_purged(name, tell)? else { return Ok(()) };
        let fresh = self.store.reopen()?;
        let here = fresh.try_find_session(name)?;
        let mut tips = vec![tip];
        tips.extend(here.map(|session| session.tip));
        let sessions: Vec<SessionId> = lists.keys().copied().collect();
        let wipe = fresh.wipe_of_list(&ids, ListOf { tips: &tips, sessions: &sessions })?;
        let purged = match fresh.has_any_of(&ids) {
            true => Some(accept_purge(&fresh, self.env, &wipe, tell)?),
            false => None,
        };
        let fresh = fresh.reopen()?;
        let here = fresh.try_find_session(name)?.map(|session| fresh.reachable(session.tip));
        if here.is_some_and(|behind| behind.iter().any(|commit| ids.commits.contains_key(commit))) {
            self.sessions.push(PulledSession::refused(name, UNFIT.to_owned()));
            return Ok(());
        }
        let writer = self.store.lock_session_name(name)?;
        let mark = Mark { who: &self.env.identity, at: self.env.now(), log: "pull" };
        for (session, list) in &lists {
            writer.note_purged(*session, list, mark)?;
        }
        drop(writer);
        let mut landed = self.land(name, tip)?;
        landed.why = purged.as_ref().map(told);
        self.sessions.push(landed);
        Ok(())
    }

    // Stores what came, with a ref to it, so that the purge that comes next keeps it.
    fn take_purged(
        &mut self,
        name: &SessionName,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Option<(CommitId, PurgedIds, Lists)>, SyncError> {
        let (store, remote) = (self.store, self.remote);
        let fetched = store.fetch(&remote.reach, &remote.name, std::slice::from_ref(name), self.limits, tell);
        let mut fetched = fetched.map_err(SyncError::remote("pull from", remote))?;
        let Some(there) = fetched.tips()?.get(name).copied() else { return Ok(None) };
        let lists = fetched.purged(name)?;
        let mut ids = store.purged_ids()?;
        lists.values().for_each(|list| ids.add(list));
        let tip = rewritten(&fetched, &ids, there)?;
        if let Err(refusal) = fetched.examine(name, tip) {
            self.sessions.push(PulledSession::refused(name, refusal.to_string()));
            return Ok(None);
        }
        fetched.take()?;
        let writer = store.lock_session_name(name)?;
        let log = format!("pull: {}", remote.name);
        let mark = Mark { who: &self.env.identity, at: self.env.now(), log: &log };
        self.track(&writer, name, tip, mark)?;
        drop(writer);
        let is_old = tip != there;
        store.set_lease(remote.name.as_str(), name, is_old.then_some(there))?;
        Ok(Some((tip, ids, lists)))
    }

    // What the remote had besides is kept, and written anew with the rest.
    fn track(
        &self,
        writer: &SessionWriter<'_>,
        name: &SessionName,
        tip: CommitId,
        mark: Mark<'_>,
    ) -> Result<(), SyncError> {
        let here = self.store.try_find_session(name)?;
        if let (Some(seen), Some(here)) = (self.store.tracked(&self.remote.name, name)?, here)
            && !self.store.is_behind(seen, here.tip)?
        {
            writer.rescue(self.store.snapshot(seen)?.manifest.id, seen, mark)?;
        }
        Ok(writer.track(&self.remote.name, name, Some(tip), mark)?)
    }
}

// What somebody sends on top of the old history, on top of the new one.
fn rewritten(fetched: &Fetched<'_>, ids: &PurgedIds, there: CommitId) -> Result<CommitId, SyncError> {
    let wipe = fetched.view().wipe_of_list(ids, ListOf { tips: &[there], sessions: &[] })?;
    Ok(fetched.rewrite(there, &wipe)?)
}

fn told(purged: &Purged) -> String {
    let sessions = match purged.plan.sessions.len() {
        1 => "1 session".to_owned(),
        count => format!("{count} sessions"),
    };
    format!("{sessions} here written anew without what was purged")
}
