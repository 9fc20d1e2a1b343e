//! Bringing in a bundle: sessions in a file, from somebody with whom there is no common server.

use std::fs::File;

use serde::Serialize;

use super::pull::{Memory, Pulling, Source, take_from};
use super::{AcceptPurge, PullOutcome, PulledSession, Remote, SyncError, Wanted};
use crate::ops::Env;
use crate::store::{IncomingLimits, Store};

/// What stands for a remote's name. No remote is called so because of it.
const NAME: &str = "bundle";

/// What an import of a bundle did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ImportedBundle {
    /// The bundle, as it was named.
    pub file: String,
    /// What became of each session, by name.
    pub sessions: Vec<PulledSession>,
    /// What in the bundle is no session's; it was left alone.
    pub foreign: Vec<String>,
}

/// Brings in the sessions of a bundle, as a pull does, also such as were purged there or here. `name`
/// is what the bundle is called.
pub fn import_bundle(
    store: &Store,
    env: &Env,
    file: File,
    name: &str,
    limits: IncomingLimits,
    accept: AcceptPurge,
    tell: &mut dyn FnMut(&str),
) -> Result<ImportedBundle, SyncError> {
    let bad = |source| SyncError::Bundle { file: name.to_owned(), source };
    let open = || {
        let file = file.try_clone().map_err(|error| bad(error.into()))?;
        let bundle = store.open_bundle(file, limits).map_err(bad)?;
        let remote = Remote { name: NAME.parse()?, reach: bundle.reach()? };
        Ok::<_, SyncError>((bundle, remote))
    };
    let log = format!("pull: {NAME} {}", name.rsplit('/').next().unwrap_or(name));
    let (mut bundle, remote) = open()?;
    let mut sessions = take_from(store, env, source(&remote, &log), &Wanted::All, limits, tell)?.sessions;
    let hollow =
        |name| PulledSession::refused(name, "the bundle does not hold what it names of it".to_owned());
    sessions.extend(bundle.hollow.iter().map(hollow));
    sessions.sort_by(|a, b| a.branch.cmp(&b.branch));
    let foreign = std::mem::take(&mut bundle.foreign);
    drop(bundle);
    let is_left =
        |session: &&mut PulledSession| session.outcome == PullOutcome::Purged && accept == AcceptPurge::Yes;
    for session in sessions.iter_mut().filter(is_left) {
        let name = session.branch.strip_prefix("session/").and_then(|name| name.parse().ok());
        let Some(name) = name else { continue };
        // What it was unpacked into lies in the store, and would be found there by the purge.
        let (bundle, remote) = open()?;
        let mut pulling = Pulling::new(store, env, source(&remote, &log), &Wanted::All, limits);
        pulling.accept(&name, || drop(bundle), tell)?;
        pulling.sessions.into_iter().for_each(|pulled| *session = pulled);
    }
    Ok(ImportedBundle { file: name.to_owned(), sessions, foreign })
}

fn source<'a>(remote: &'a Remote, log: &'a str) -> Source<'a> {
    Source { remote, log, memory: Memory::None, accept: AcceptPurge::No }
}
