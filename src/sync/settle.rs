//! Pulling and pushing until both sides have the same.

use serde::Serialize;

use super::{Gate, Pulled, PushOutcome, Pushed, Remote, SyncError, Wanted, pull, push};
use crate::ops::Env;
use crate::store::{IncomingLimits, Store};

/// How often it is tried: somebody else pushes meanwhile.
const ROUNDS: usize = 10;

/// What a sync did, in its last round.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Synced {
    /// What came in, in all rounds.
    pub pulled: Vec<Pulled>,
    /// What was sent, in the last round.
    pub pushed: Pushed,
}

/// Pulls and pushes until the remote has what is here.
pub fn sync(
    store: &Store,
    env: &Env,
    remote: &Remote,
    wanted: &Wanted,
    limits: IncomingLimits,
    gate: &Gate,
    tell: &mut dyn FnMut(&str),
) -> Result<Synced, SyncError> {
    let mut pulled = Vec::new();
    loop {
        pulled.push(pull(store, env, remote, wanted, limits, tell)?);
        let pushed = push(store, env, remote, wanted, gate, tell)?;
        let is_behind = pushed.sessions.iter().any(|session| session.outcome == PushOutcome::Behind);
        if !is_behind || pulled.len() == ROUNDS {
            return Ok(Synced { pulled, pushed });
        }
    }
}
