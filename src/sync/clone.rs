//! Bringing in all of a remote for the first time, or a part of it.

use std::collections::BTreeMap;

use super::find::{find_among, whole_name};
use super::{PullOutcome, Pulled, Remote, SyncError, Wanted, pull};
use crate::model::{SessionName, SessionPattern, Timestamp};
use crate::ops::Env;
use crate::store::{Chosen, CommitId, IncomingLimits, Store, StoreError};

/// Which sessions of a remote are cloned; all where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloneOptions {
    /// Names, the start of one or of an id, or patterns.
    pub sessions: Vec<String>,
    /// Only those that changed at this time or later.
    pub since: Option<Timestamp>,
}

impl CloneOptions {
    /// Sets which sessions are cloned.
    pub fn with_sessions(mut self, sessions: Vec<String>) -> Self {
        self.sessions = sessions;
        self
    }

    /// Leaves out what is older.
    pub fn with_since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }
}

/// Brings in the sessions of a remote that are wanted. From then on, pulling all of them keeps to
/// these, as long as nothing else is cloned from there.
pub fn clone(
    store: &Store,
    env: &Env,
    remote: &Remote,
    options: &CloneOptions,
    limits: IncomingLimits,
    tell: &mut dyn FnMut(&str),
) -> Result<Pulled, SyncError> {
    if *options == CloneOptions::default() {
        store.choose_sessions(&remote.name, None)?;
        return pull(store, env, remote, &Wanted::All, limits, tell);
    }
    let Part { chosen, names, left_out } = choose(store, remote, options, limits, tell)?;
    let mut pulled = pull(store, env, remote, &Wanted::Named(names), limits, tell)?;
    if let Some(absent) = pulled.sessions.iter().find(|session| session.outcome == PullOutcome::Absent) {
        return Err(not_there(remote, absent.branch.trim_start_matches("session/")));
    }
    pulled.left_out = left_out;
    store.choose_sessions(&remote.name, Some(&chosen))?;
    Ok(pulled)
}

/// What is cloned, and what is not.
struct Part {
    chosen: Chosen,
    names: Vec<SessionName>,
    left_out: usize,
}

fn choose(
    store: &Store,
    remote: &Remote,
    options: &CloneOptions,
    limits: IncomingLimits,
    tell: &mut dyn FnMut(&str),
) -> Result<Part, SyncError> {
    let mut chosen = Chosen { since: options.since, ..Chosen::default() };
    // What is named in full is asked for by its name, without looking at the others.
    let whole: Option<Vec<SessionName>> = options.sessions.iter().map(|word| whole_name(word)).collect();
    if let (Some(names), None) = (whole, options.since) {
        chosen.patterns = names.iter().cloned().map(SessionPattern::from).collect();
        return Ok(Part { chosen, names, left_out: 0 });
    }
    let there = store.list_remote(&remote.reach).map_err(SyncError::remote("reach", remote))?.sessions;
    for word in &options.sessions {
        chosen.patterns.push(pattern(&there, remote, word)?);
    }
    let mut wanted = there.clone();
    wanted.retain(|name, tip| chosen.takes(name, *tip));
    if let Some(since) = options.since {
        let names: Vec<SessionName> = wanted.keys().cloned().collect();
        let dates = store.dates_there(&remote.reach, &names, limits, tell);
        let dates = dates.map_err(SyncError::remote("pull from", remote))?;
        let is_old = |name: &SessionName| dates.get(name).is_some_and(|date| *date < since);
        chosen.left =
            wanted.iter().filter(|(name, _)| is_old(name)).map(|(n, tip)| (n.clone(), *tip)).collect();
        wanted.retain(|name, _| !chosen.left.contains_key(name));
    }
    let left_out = there.len() - wanted.len();
    Ok(Part { chosen, names: wanted.into_keys().collect(), left_out })
}

fn pattern(
    there: &BTreeMap<SessionName, CommitId>,
    remote: &Remote,
    word: &str,
) -> Result<SessionPattern, SyncError> {
    if !SessionPattern::is_meant(word) {
        return Ok(find_among(there, remote, word)?.into());
    }
    let pattern: SessionPattern = word.parse().map_err(StoreError::from)?;
    match there.keys().any(|name| pattern.fits(name)) {
        true => Ok(pattern),
        false => Err(not_there(remote, word)),
    }
}

fn not_there(remote: &Remote, word: &str) -> SyncError {
    SyncError::NotThere { name: word.to_owned(), remote: remote.name.to_string() }
}
