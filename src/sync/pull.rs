//! Bringing in what a remote has.
//!
//! In two stages. What comes is fetched into a repository of its own and examined there, each
//! session by itself: one that is refused keeps no other back. What was accepted is stored, and
//! then each branch moves under its lock.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{AcceptPurge, Case, Remote, SyncError, Wanted};
use crate::model::{SessionId, SessionName};
use crate::ops::{Env, sync_merge};
use crate::store::{
    CommitId, Fetched, GitError, IncomingLimits, Mark, Refusal, RemoteFault, SessionRef, Store, StoreError,
};

/// How many sessions are asked for at once.
const AT_ONCE: usize = 1000;
/// How often a move is tried again when a program that takes no locks moved the branch.
const RETRIES: usize = 5;

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Pulled {
    /// The remote.
    pub remote: String,
    /// Where it is.
    pub url: String,
    /// What became of each session, by name.
    pub sessions: Vec<PulledSession>,
    /// Branches of the remote that no session could have; they were left alone.
    pub foreign: Vec<String>,
    /// How many sessions there are not wanted here, by what was cloned.
    pub left_out: usize,
}

/// What became of one session.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PulledSession {
    /// Its branch.
    pub branch: String,
    /// Its id; `None` where it was refused or is not here.
    pub session: Option<SessionId>,
    /// What it is about.
    pub title: Option<String>,
    /// What was done.
    pub outcome: PullOutcome,
    /// Where the branch was.
    pub before: Option<CommitId>,
    /// Where it is now.
    pub after: Option<CommitId>,
    /// How many runs came in.
    pub new_runs: usize,
    /// How many conflicts the merge left.
    pub conflicts: usize,
    /// The ref that keeps what the remote lost.
    pub rescued: Option<String>,
    /// How many sessions here were written anew without what was purged, where that was done.
    pub rewritten: Option<usize>,
    /// Why it was refused.
    pub why: Option<String>,
}

/// What was done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PullOutcome {
    /// It was there and not here, and is here now.
    New,
    /// It is the same on both sides.
    Same,
    /// There is more of it here; it can be pushed.
    Ahead,
    /// Our branch moved on to what was there.
    FastForward,
    /// Both sides had something new; they were merged.
    Merged,
    /// It was removed here and is as it was then there; it was not brought back.
    RemovedHere,
    /// The remote had it, and has it no more. It stays here.
    Gone,
    /// The remote never had it.
    Absent,
    /// What came was refused.
    Refused,
    /// It was purged, there or here, and what is on the other side was not.
    Purged,
}

/// Brings in sessions of a remote. `tell` is handed what is going on.
pub fn pull(
    store: &Store,
    env: &Env,
    remote: &Remote,
    wanted: &Wanted,
    limits: IncomingLimits,
    tell: &mut dyn FnMut(&str),
) -> Result<Pulled, SyncError> {
    pull_accepting(store, env, remote, wanted, limits, AcceptPurge::No, tell)
}

/// Brings in sessions of a remote, also such as were purged there or here.
pub fn pull_accepting(
    store: &Store,
    env: &Env,
    remote: &Remote,
    wanted: &Wanted,
    limits: IncomingLimits,
    accept: AcceptPurge,
    tell: &mut dyn FnMut(&str),
) -> Result<Pulled, SyncError> {
    let from = Source { remote, log: &format!("pull: {}", remote.name), memory: Memory::Kept, accept };
    let Taken { sessions, foreign, left_out } = take_from(store, env, from, wanted, limits, tell)?;
    let (remote, url) = (remote.name.to_string(), remote.reach.url.to_string());
    Ok(Pulled { remote, url, sessions, foreign, left_out })
}

/// From where sessions are taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) remote: &'a Remote,
    /// What the branches' logs say of it.
    pub(super) log: &'a str,
    pub(super) memory: Memory,
    pub(super) accept: AcceptPurge,
}

/// Whether it is remembered what was seen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// It is a remote that is there the next time too.
    Kept,
    /// It is seen once.
    None,
}

/// What was taken of a source.
pub(super) struct Taken {
    /// What became of each session, by name.
    pub(super) sessions: Vec<PulledSession>,
    /// The branches that no session could have.
    pub(super) foreign: Vec<String>,
    /// How many sessions there are not wanted here.
    pub(super) left_out: usize,
}

/// Brings in sessions of a source.
pub(super) fn take_from(
    store: &Store,
    env: &Env,
    from: Source<'_>,
    wanted: &Wanted,
    limits: IncomingLimits,
    tell: &mut dyn FnMut(&str),
) -> Result<Taken, SyncError> {
    let mut pulling = Pulling::new(store, env, from, wanted, limits);
    let (names, foreign) = pulling.names_to_fetch()?;
    for names in names.chunks(AT_ONCE) {
        pulling.fetch(names, tell)?;
    }
    for name in std::mem::take(&mut pulling.purged) {
        pulling.accept(&name, || (), tell)?;
    }
    let Pulling { mut sessions, left_out, .. } = pulling;
    sessions.sort_by(|a, b| a.branch.cmp(&b.branch));
    Ok(Taken { sessions, foreign, left_out })
}

pub(super) struct Pulling<'a> {
    pub(super) store: &'a Store,
    pub(super) env: &'a Env,
    pub(super) from: Source<'a>,
    pub(super) remote: &'a Remote,
    wanted: &'a Wanted,
    pub(super) limits: IncomingLimits,
    pub(super) sessions: Vec<PulledSession>,
    left_out: usize,
    // Sessions that were purged, to be gone over to one by one.
    purged: Vec<SessionName>,
}

impl<'a> Pulling<'a> {
    pub(super) fn new(
        store: &'a Store,
        env: &'a Env,
        from: Source<'a>,
        wanted: &'a Wanted,
        limits: IncomingLimits,
    ) -> Self {
        let (sessions, purged) = (Vec::new(), Vec::new());
        Self { store, env, from, remote: from.remote, wanted, limits, sessions, left_out: 0, purged }
    }
}

impl Pulling<'_> {
    // Named sessions are asked for by their names alone, so that a remote with very many others does
    // not list them.
    fn names_to_fetch(&mut self) -> Result<(Vec<SessionName>, Vec<String>), SyncError> {
        if let Wanted::Named(names) = self.wanted {
            return Ok((names.clone(), Vec::new()));
        }
        let there =
            self.store.list_remote(&self.remote.reach).map_err(SyncError::remote("reach", self.remote))?;
        let name = &self.remote.name;
        let (seen, chosen) = match self.from.memory {
            Memory::Kept => {
                (self.store.all_tracked(name)?, self.store.chosen_sessions(name)?.unwrap_or_default())
            }
            Memory::None => Default::default(),
        };
        for name in seen.keys().filter(|name| !there.sessions.contains_key(name)) {
            let gone = self.gone(name)?;
            self.sessions.push(gone);
        }
        let is_wanted = |name: &SessionName, tip| -> Result<bool, StoreError> {
            let is_known = chosen.takes(name, tip) || seen.contains_key(name);
            Ok(is_known || self.store.try_find_session(name)?.is_some())
        };
        let mut names = Vec::new();
        for (name, tip) in &there.sessions {
            if !is_wanted(name, *tip)? {
                self.left_out += 1;
                continue;
            }
            match self.settled(name, *tip, seen.get(name).copied())? {
                Some(settled) => self.sessions.push(settled),
                None => names.push(name.clone()),
            }
        }
        Ok((names, there.foreign))
    }

    // What needs no fetch: it was seen so before.
    fn settled(
        &self,
        name: &SessionName,
        there: CommitId,
        seen: Option<CommitId>,
    ) -> Result<Option<PulledSession>, SyncError> {
        if seen != Some(there) {
            return Ok(None);
        }
        match self.store.try_find_session(name)? {
            None => Ok(Some(PulledSession::new(name, PullOutcome::RemovedHere))),
            Some(here) if here.tip == there => Ok(Some(self.told(&here, PullOutcome::Same)?)),
            Some(_) => Ok(None),
        }
    }

    // A fetch fails as a whole where git refuses one object, so the sessions are parted until the bad
    // one is by itself.
    fn fetch(&mut self, names: &[SessionName], tell: &mut dyn FnMut(&str)) -> Result<(), SyncError> {
        let store = self.store;
        match store.fetch(&self.remote.reach, &self.remote.name, names, self.limits, tell) {
            Ok(fetched) => self.take(fetched, names),
            Err(error) if is_bad(&error) => match names {
                [one] => {
                    self.sessions.push(PulledSession::refused(one, why(&error)));
                    Ok(())
                }
                many => {
                    let (first, second) = many.split_at(many.len() / 2);
                    self.fetch(first, tell)?;
                    self.fetch(second, tell)
                }
            },
            Err(error) => Err(SyncError::remote("pull from", self.remote)(error)),
        }
    }

    fn take(&mut self, mut fetched: Fetched<'_>, names: &[SessionName]) -> Result<(), SyncError> {
        let tips = fetched.tips()?;
        let mut accepted = Vec::new();
        for name in names {
            match tips.get(name) {
                None => {
                    let gone = self.gone(name)?;
                    self.sessions.push(gone);
                }
                Some(tip) if self.awaits_purge(name, *tip) => {
                    let here = self.store.find_session(name.as_str())?;
                    let told = self.told(&here, PullOutcome::Ahead)?;
                    self.sessions.push(told);
                }
                Some(tip) => match self.examine(&mut fetched, name, *tip) {
                    Ok(()) => accepted.push((name, *tip)),
                    Err(Refusal::Purged { .. } | Refusal::PurgedThere)
                        if self.from.accept == AcceptPurge::Yes =>
                    {
                        self.purged.push(name.clone());
                    }
                    Err(refusal) => self.sessions.push(PulledSession::refused_for(name, &refusal)),
                },
            }
        }
        fetched.take()?;
        for (name, tip) in accepted {
            self.adopt(&fetched, name)?;
            let landed = self.land(name, tip)?;
            self.sessions.push(landed);
        }
        Ok(())
    }

    // The remote has what it had before the purge here, which was not pushed yet.
    fn awaits_purge(&self, name: &SessionName, there: CommitId) -> bool {
        self.from.memory == Memory::Kept && self.store.lease(self.remote.name.as_str(), name) == Some(there)
    }

    // What was purged there and is still here, is gone over to or left.
    fn examine(&self, fetched: &mut Fetched<'_>, name: &SessionName, tip: CommitId) -> Result<(), Refusal> {
        let lists = fetched.purged(name)?;
        if lists.values().any(|list| self.store.has_any_of(list)) {
            return Err(Refusal::PurgedThere);
        }
        let here = self.store.try_find_session(name)?;
        let here = here.filter(|here| !lists.is_empty() || self.was_purged(here));
        match here.map(|here| fetched.have_runs_apart(here.tip, tip)).transpose()? {
            // Of another thing than here, which is gone over to as well if it can be.
            Some(true) => Err(Refusal::PurgedThere),
            _ => fetched.examine(name, tip),
        }
    }

    pub(super) fn mark(&self) -> Mark<'_> {
        Mark { who: &self.env.identity, at: self.env.now(), log: self.from.log }
    }

    pub(super) fn land(&self, name: &SessionName, theirs: CommitId) -> Result<PulledSession, SyncError> {
        let mut tries = 0;
        loop {
            match self.try_land(name, theirs) {
                Err(SyncError::Store(error)) if error.is_retryable() && tries < RETRIES => tries += 1,
                other => return other,
            }
        }
    }

    // The branch moves before it is noted what was seen: a process that is killed in between finds
    // the session as it is the next time.
    fn try_land(&self, name: &SessionName, theirs: CommitId) -> Result<PulledSession, SyncError> {
        let writer = self.store.lock_session_name(name)?;
        let here = self.store.try_find_session(name)?.map(|session| session.tip);
        let mut pulled = PulledSession::new(name, PullOutcome::Same);
        let mark = self.mark();
        let mut after = theirs;
        match Case::of(self.store, here, theirs)? {
            Case::NewThere => {
                writer.advance(name, None, theirs, mark)?;
                pulled.outcome = PullOutcome::New;
            }
            Case::Same => {}
            Case::Ahead => {
                after = here.unwrap_or(theirs);
                pulled.outcome = PullOutcome::Ahead;
            }
            Case::FastForward => {
                writer.advance(name, here, theirs, mark)?;
                pulled.outcome = PullOutcome::FastForward;
            }
            Case::Diverged => {
                let mut batch = self.store.batch();
                let merged = sync_merge(&mut batch, here.unwrap_or(theirs), theirs)?;
                writer.persist(batch, &[merged.commit])?;
                writer.advance(name, here, merged.commit, mark)?;
                (after, pulled.conflicts) = (merged.commit, merged.conflicts.len());
                pulled.outcome = PullOutcome::Merged;
            }
        }
        let tip = self.store.snapshot(after)?.manifest;
        if self.from.memory == Memory::Kept {
            if let Some(seen) = self.store.tracked(&self.remote.name, name)?
                && !self.store.is_behind(seen, theirs)?
            {
                pulled.rescued = Some(writer.rescue(tip.id, seen, mark)?);
            }
            writer.track(&self.remote.name, name, Some(theirs), mark)?;
        }
        pulled.new_runs = match here {
            Some(here) => self.store.divergence(here, after)?.theirs.len(),
            None => usize::try_from(tip.totals.runs).unwrap_or(usize::MAX),
        };
        (pulled.session, pulled.title) = (Some(tip.id), Some(tip.title));
        (pulled.before, pulled.after) = (here, Some(after));
        Ok(pulled)
    }

    // Nothing is deleted here because it was deleted there.
    fn gone(&self, name: &SessionName) -> Result<PulledSession, SyncError> {
        let writer = self.store.lock_session_name(name)?;
        let seen = self.store.tracked(&self.remote.name, name)?;
        let Some(seen) = seen.filter(|_| self.from.memory == Memory::Kept) else {
            return Ok(PulledSession::new(name, PullOutcome::Absent));
        };
        let log = format!("pull: gone from {}", self.remote.name);
        let mark = Mark { who: &self.env.identity, at: self.env.now(), log: &log };
        let here = self.store.try_find_session(name)?;
        let mut pulled = match &here {
            Some(here) => self.told(here, PullOutcome::Gone)?,
            None => PulledSession::new(name, PullOutcome::Gone),
        };
        let is_kept = match &here {
            Some(here) => self.store.is_behind(seen, here.tip)?,
            None => false,
        };
        if !is_kept {
            let id = self.store.snapshot(seen)?.manifest.id;
            pulled.rescued = Some(writer.rescue(id, seen, mark)?);
        }
        writer.track(&self.remote.name, name, None, mark)?;
        drop(writer);
        if self.store.lease(self.remote.name.as_str(), name).is_some() {
            self.store.set_lease(self.remote.name.as_str(), name, None)?;
        }
        Ok(pulled)
    }

    fn told(&self, here: &SessionRef, outcome: PullOutcome) -> Result<PulledSession, SyncError> {
        let manifest = self.store.snapshot(here.tip)?.manifest;
        let (session, title, tip) = (Some(manifest.id), Some(manifest.title), Some(here.tip));
        let pulled = PulledSession::new(&here.name, outcome);
        Ok(PulledSession { session, title, before: tip, after: tip, ..pulled })
    }
}

impl PulledSession {
    fn new(name: &SessionName, outcome: PullOutcome) -> Self {
        Self {
            branch: name.branch(),
            session: None,
            title: None,
            outcome,
            before: None,
            after: None,
            new_runs: 0,
            conflicts: 0,
            rescued: None,
            rewritten: None,
            why: None,
        }
    }

    fn refused_for(name: &SessionName, refusal: &Refusal) -> Self {
        let is_purged = matches!(refusal, Refusal::Purged { .. } | Refusal::PurgedThere);
        let outcome = if is_purged { PullOutcome::Purged } else { PullOutcome::Refused };
        Self { why: Some(refusal.to_string()), ..Self::new(name, outcome) }
    }

    pub(super) fn refused(name: &SessionName, why: String) -> Self {
        Self { why: Some(why), ..Self::new(name, PullOutcome::Refused) }
    }
}

impl Pulled {
    /// Lists what was done, each kind of thing once.
    pub fn outcomes(&self) -> BTreeSet<PullOutcome> {
        self.sessions.iter().map(|session| session.outcome).collect()
    }
}

fn is_bad(error: &StoreError) -> bool {
    let fault = match error {
        StoreError::Program(GitError::Remote { fault, .. }) => *fault,
        _ => return false,
    };
    matches!(fault, RemoteFault::BadObjects | RemoteFault::TooMuch)
}

fn why(error: &StoreError) -> String {
    match error {
        StoreError::Program(GitError::Remote { fault, words }) => {
            let first = words.iter().find(|line| line.starts_with("error: ")).or(words.first());
            format!("{fault}{}", first.map(|line| format!(" ({line})")).unwrap_or_default())
        }
        other => other.to_string(),
    }
}
