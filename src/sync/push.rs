//! Sending sessions to a remote. Nothing but sessions' branches is sent, and nothing is forced but what
//! was purged here, into the place where it was seen last.

use serde::Serialize;

use super::gate::Held;
use super::{Case, Gate, Remote, SyncError, Wanted};
use crate::model::{SessionId, SessionName};
use crate::ops::{Env, StoredSecret};
use crate::store::{CommitId, Mark, PushSaid, RemoteBranches, Sent, SessionRef, Store};

/// How many sessions are sent at once: each is an argument of git's.
const AT_ONCE: usize = 500;

/// What a push did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Pushed {
    /// The remote.
    pub remote: String,
    /// Where it is.
    pub url: String,
    /// What became of each session, by name.
    pub sessions: Vec<PushedSession>,
    /// What the server said besides, safe to print.
    pub words: Vec<String>,
}

/// What became of one session.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PushedSession {
    /// Its branch.
    pub branch: String,
    /// Its id.
    pub session: SessionId,
    /// What it is about.
    pub title: String,
    /// What was done.
    pub outcome: PushOutcome,
    /// Its newest commit here.
    pub tip: CommitId,
    /// How many runs the remote did not have, as far as was known.
    pub new_runs: usize,
    /// Why it was refused or stays here.
    pub why: Option<String>,
    /// The secrets because of which it stays here.
    pub secrets: Vec<StoredSecret>,
    /// Whether it stays here because it holds what was purged.
    pub is_purged: bool,
}

/// What was done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PushOutcome {
    /// The remote has it now; in a plan, it would be sent.
    Pushed,
    /// The remote had it already.
    UpToDate,
    /// The remote has something of it that is not here: it must be pulled first.
    Behind,
    /// The remote did not take it.
    Refused,
    /// It stays here: a secret was found in what would have been sent.
    Held,
}

/// Tells what a push would send, without asking the remote more than what it has.
pub fn plan_push(store: &Store, remote: &Remote, wanted: &Wanted) -> Result<Pushed, SyncError> {
    let there = list(store, remote)?;
    let mut plan = Pushed::new(remote);
    for session in sessions(store, wanted)? {
        let outcome = planned(store, remote, &session, &there)?;
        plan.add(store, remote, &session, outcome, None)?;
    }
    Ok(plan)
}

/// Sends sessions to a remote. `tell` is handed what is going on.
pub fn push(
    store: &Store,
    env: &Env,
    remote: &Remote,
    wanted: &Wanted,
    gate: &Gate,
    tell: &mut dyn FnMut(&str),
) -> Result<Pushed, SyncError> {
    let mut pushed = Pushed::new(remote);
    let mut next = sessions(store, wanted)?;
    let mut is_new = false;
    // One session of a known remote is sent without asking what else is there.
    if *wanted == Wanted::All || store.all_tracked(&remote.name)?.is_empty() {
        let there = list(store, remote)?;
        is_new = there.is_empty;
        next = left_to_send(store, env, remote, next, &there, &mut pushed)?;
    }
    let next = let_pass(store, remote, next, gate, &mut pushed, tell)?;
    if is_new && !next.is_empty() {
        store.push_landing(&remote.reach).map_err(SyncError::remote("push to", remote))?;
    }
    let (purged, next): (Vec<SessionRef>, Vec<SessionRef>) =
        next.into_iter().partition(|session| lease(store, remote, session).is_some());
    for session in &purged {
        replace(store, env, remote, session, &mut pushed, tell)?;
    }
    for sessions in next.chunks(AT_ONCE) {
        send(store, env, remote, sessions, &mut pushed, tell)?;
    }
    pushed.sessions.sort_by(|a, b| a.branch.cmp(&b.branch));
    if pushed.is_complete() {
        store.forget_push_tries()?;
    }
    Ok(pushed)
}

fn list(store: &Store, remote: &Remote) -> Result<RemoteBranches, SyncError> {
    let there = store.list_remote(&remote.reach).map_err(SyncError::remote("reach", remote))?;
    match there.has_session_branch {
        true => Err(SyncError::SessionBranch(remote.name.to_string())),
        false => Ok(there),
    }
}

pub(super) fn sessions(store: &Store, wanted: &Wanted) -> Result<Vec<SessionRef>, SyncError> {
    let Wanted::Named(names) = wanted else { return Ok(store.sessions()?.0) };
    let found = names.iter().map(|name| Ok(store.find_session(name.as_str())?));
    found.collect()
}

fn left_to_send(
    store: &Store,
    env: &Env,
    remote: &Remote,
    sessions: Vec<SessionRef>,
    there: &RemoteBranches,
    pushed: &mut Pushed,
) -> Result<Vec<SessionRef>, SyncError> {
    let mut left = Vec::new();
    for session in sessions {
        match planned(store, remote, &session, there)? {
            PushOutcome::Pushed => left.push(session),
            outcome => {
                pushed.add(store, remote, &session, outcome, None)?;
                if outcome == PushOutcome::UpToDate {
                    note(store, env, remote, &session)?;
                }
            }
        }
    }
    Ok(left)
}

fn let_pass(
    store: &Store,
    remote: &Remote,
    sessions: Vec<SessionRef>,
    gate: &Gate,
    pushed: &mut Pushed,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<SessionRef>, SyncError> {
    let mut free = Vec::new();
    for session in sessions {
        match gate.holds(store, remote, &session, tell)? {
            None => free.push(session),
            Some(held) => pushed.hold(store, remote, &session, held)?,
        }
    }
    Ok(free)
}

fn planned(
    store: &Store,
    remote: &Remote,
    session: &SessionRef,
    there: &RemoteBranches,
) -> Result<PushOutcome, SyncError> {
    let Some(there) = there.sessions.get(&session.name).copied() else { return Ok(PushOutcome::Pushed) };
    // What was purged here takes the place of what is there.
    if lease(store, remote, session) == Some(there) {
        return Ok(PushOutcome::Pushed);
    }
    if session.tip == there {
        return Ok(PushOutcome::UpToDate);
    }
    // What is not here, we cannot be ahead of.
    let is_ahead = store.has_commit(there) && Case::of(store, Some(session.tip), there)? == Case::Ahead;
    Ok(if is_ahead { PushOutcome::Pushed } else { PushOutcome::Behind })
}

fn lease(store: &Store, remote: &Remote, session: &SessionRef) -> Option<CommitId> {
    store.lease(remote.name.as_str(), &session.name)
}

/// Puts a session that was purged here in the place of what the remote has of it.
fn replace(
    store: &Store,
    env: &Env,
    remote: &Remote,
    session: &SessionRef,
    pushed: &mut Pushed,
    tell: &mut dyn FnMut(&str),
) -> Result<(), SyncError> {
    let Some(there) = lease(store, remote, session) else { return Ok(()) };
    let id = store.snapshot(session.tip)?.manifest.id;
    let list = store.purge_commit(id)?.map(|commit| (id, commit));
    let said = store.push_purged(&remote.reach, &session.name, session.tip, there, list, tell);
    let said = said.map_err(SyncError::remote("push to", remote))?;
    let is_there = finish(store, env, remote, session, &said, pushed)?;
    pushed.words.extend(said.words);
    if is_there {
        store.set_lease(remote.name.as_str(), &session.name, None)?;
    }
    Ok(())
}

fn send(
    store: &Store,
    env: &Env,
    remote: &Remote,
    sessions: &[SessionRef],
    pushed: &mut Pushed,
    tell: &mut dyn FnMut(&str),
) -> Result<(), SyncError> {
    let tips: Vec<(SessionName, CommitId)> =
        sessions.iter().map(|session| (session.name.clone(), session.tip)).collect();
    let said = store.push(&remote.reach, &tips, tell).map_err(SyncError::remote("push to", remote))?;
    let mut is_refused = false;
    for session in sessions {
        finish(store, env, remote, session, &said, pushed)?;
        let last = pushed.sessions.last().map(|session| session.outcome);
        is_refused |= last == Some(PushOutcome::Refused);
    }
    pushed.words.extend(said.words);
    // Then the server's words do not say why.
    if is_refused {
        list(store, remote)?;
    }
    Ok(())
}

/// Takes down what became of a session; returns whether the remote has it now.
fn finish(
    store: &Store,
    env: &Env,
    remote: &Remote,
    session: &SessionRef,
    said: &PushSaid,
    pushed: &mut Pushed,
) -> Result<bool, SyncError> {
    let (outcome, why) = match said.sent.get(&session.name) {
        Some(Sent::Accepted) => (PushOutcome::Pushed, None),
        Some(Sent::Known) => (PushOutcome::UpToDate, None),
        Some(Sent::Behind) => (PushOutcome::Behind, None),
        Some(Sent::Refused(why)) => (PushOutcome::Refused, Some(why.clone())),
        _ => (PushOutcome::Refused, Some("the server did not say what became of it".to_owned())),
    };
    pushed.add(store, remote, session, outcome, why)?;
    let is_there = matches!(outcome, PushOutcome::Pushed | PushOutcome::UpToDate);
    if is_there {
        note(store, env, remote, session)?;
    }
    Ok(is_there)
}

fn note(store: &Store, env: &Env, remote: &Remote, session: &SessionRef) -> Result<(), SyncError> {
    let log = format!("push: {}", remote.name);
    let mark = Mark { who: &env.identity, at: env.now(), log: &log };
    let writer = store.lock_session_name(&session.name)?;
    writer.track(&remote.name, &session.name, Some(session.tip), mark)?;
    // Under its lock, so that nobody goes on with it and queues it again in between.
    if store.try_find_session(&session.name)?.is_some_and(|now| now.tip == session.tip) {
        store.drop_queued_push(store.snapshot(session.tip)?.manifest.id)?;
    }
    Ok(())
}

impl Pushed {
    fn new(remote: &Remote) -> Self {
        let (remote, url) = (remote.name.to_string(), remote.reach.url.to_string());
        Self { remote, url, sessions: Vec::new(), words: Vec::new() }
    }

    fn add(
        &mut self,
        store: &Store,
        remote: &Remote,
        session: &SessionRef,
        outcome: PushOutcome,
        why: Option<String>,
    ) -> Result<(), SyncError> {
        let manifest = store.snapshot(session.tip)?.manifest;
        let new_runs = match store.tracked(&remote.name, &session.name)? {
            Some(seen) => store.divergence(session.tip, seen)?.ours.len(),
            None => usize::try_from(manifest.totals.runs).unwrap_or(usize::MAX),
        };
        self.sessions.push(PushedSession {
            branch: session.name.branch(),
            session: manifest.id,
            title: manifest.title,
            outcome,
            tip: session.tip,
            new_runs,
            why,
            secrets: Vec::new(),
            is_purged: false,
        });
        Ok(())
    }

    fn hold(
        &mut self,
        store: &Store,
        remote: &Remote,
        session: &SessionRef,
        held: Held,
    ) -> Result<(), SyncError> {
        self.add(store, remote, session, PushOutcome::Held, Some(held.why()))?;
        if let Some(last) = self.sessions.last_mut() {
            last.secrets = held.secrets;
            last.is_purged = held.purged.is_some();
        }
        Ok(())
    }

    /// Tells whether all of it is on the remote now.
    pub fn is_complete(&self) -> bool {
        let is_there = |outcome| matches!(outcome, PushOutcome::Pushed | PushOutcome::UpToDate);
        self.sessions.iter().all(|session| is_there(session.outcome))
    }
}
