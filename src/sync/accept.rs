//! Going over to what was purged elsewhere.
//!
//! The list of what was purged says which commit stands for which. What is here is written anew like
//! that, so what only we have follows the purged history, and then nothing of it is left here either.
//! What somebody else sends on top of the old history is treated the same before it is taken in.

use std::collections::BTreeMap;

use super::SyncError;
use super::pull::{Memory, PulledSession, Pulling};
use crate::model::{SessionId, SessionName};
use crate::ops::accept_purge;
use crate::store::{CommitId, Fetched, ListOf, Mark, PurgedIds, SessionWriter};

/// Why nothing is taken: the old history and the new one would be merged.
const UNFIT: &str = "the list of what was purged does not fit what is here";

/// What a session that was purged came with.
struct TakenPurged {
    tip: CommitId,
    /// All that was purged, there and here.
    ids: PurgedIds,
    /// What is said there to be purged, by session.
    lists: BTreeMap<SessionId, PurgedIds>,
    /// The ref that keeps it until a branch leads to it.
    kept: Option<String>,
}

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
    /// Brings in a session that was purged, and takes what was purged out of what is here. `leave` is
    /// called when it came: nothing of where it came from may lie in the store any more then.
    pub(super) fn accept(
        &mut self,
        name: &SessionName,
        leave: impl FnOnce(),
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), SyncError> {
        let Some(taken) = self.take_purged(name, tell)? else { return Ok(()) };
        leave();
        let pulled = self.go_over(name, &taken, tell);
        if let Some(kept) = &taken.kept {
            self.store.lock_session_name(name)?.let_go(kept, taken.tip, self.mark())?;
        }
        self.sessions.push(pulled?);
        Ok(())
    }

    // Takes what was purged out of what is here, and goes on with what came.
    fn go_over(
        &self,
        name: &SessionName,
        taken: &TakenPurged,
        tell: &mut dyn FnMut(&str),
    ) -> Result<PulledSession, SyncError> {
        let TakenPurged { tip, ids, lists, .. } = taken;
        let fresh = self.store.reopen()?;
        let here = fresh.try_find_session(name)?;
        let mut tips = vec![*tip];
        tips.extend(here.map(|session| session.tip));
        let sessions: Vec<SessionId> = lists.keys().copied().collect();
        let wipe = fresh.wipe_of_list(ids, ListOf { tips: &tips, sessions: &sessions })?;
        let purged = match fresh.has_any_of(ids) {
            true => Some(accept_purge(&fresh, self.env, &wipe, tell)?),
            false => None,
        };
        let fresh = fresh.reopen()?;
        let here = fresh.try_find_session(name)?.map(|session| fresh.reachable(session.tip));
        if here.is_some_and(|behind| behind.iter().any(|commit| ids.commits.contains_key(commit))) {
            return Ok(PulledSession::refused(name, UNFIT.to_owned()));
        }
        self.note(name, lists)?;
        let rewritten = purged.map(|purged| purged.plan.sessions.len());
        Ok(PulledSession { rewritten, ..self.land(name, *tip)? })
    }

    // Stores what came, with a ref to it, so that the purge that comes next keeps it.
    fn take_purged(
        &mut self,
        name: &SessionName,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Option<TakenPurged>, SyncError> {
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
        let kept = self.keep(name, tip)?;
        if self.from.memory == Memory::Kept {
            let is_old = tip != there;
            store.set_lease(remote.name.as_str(), name, is_old.then_some(there))?;
        }
        Ok(Some(TakenPurged { tip, ids, lists, kept }))
    }

    // Lets a ref lead to what came: that of the remote, or one that is let go at the end.
    fn keep(&self, name: &SessionName, tip: CommitId) -> Result<Option<String>, SyncError> {
        let writer = self.store.lock_session_name(name)?;
        match self.from.memory {
            Memory::Kept => self.track(&writer, name, tip, self.mark()).map(|()| None),
            Memory::None => {
                let id = self.store.reopen()?.snapshot(tip)?.manifest.id;
                Ok(writer.keep_meanwhile(id, tip, self.mark())?)
            }
        }
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
