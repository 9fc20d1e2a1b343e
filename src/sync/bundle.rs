//! Bringing in a bundle: sessions in a file, from somebody with whom there is no common server.

use std::fs::File;

use serde::Serialize;

use super::pull::{Memory, Source, take_from};
use super::{AcceptPurge, PulledSession, Remote, SyncError, Wanted};
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
    /// What in the bundle is no session's branch; it was left alone.
    pub foreign: Vec<String>,
}

/// Brings in the sessions of a bundle, as a pull does. `name` is what the bundle is called.
pub fn import_bundle(
    store: &Store,
    env: &Env,
    file: File,
    name: &str,
    limits: IncomingLimits,
    tell: &mut dyn FnMut(&str),
) -> Result<ImportedBundle, SyncError> {
    let bad = |source| SyncError::Bundle { file: name.to_owned(), source };
    let bundle = store.open_bundle(file, limits).map_err(bad)?;
    let remote = Remote { name: NAME.parse()?, reach: bundle.reach()? };
    let log = format!("pull: {NAME} {}", name.rsplit('/').next().unwrap_or(name));
    let from = Source { remote: &remote, log: &log, memory: Memory::None, accept: AcceptPurge::No };
    let mut sessions = take_from(store, env, from, &Wanted::All, limits, tell)?.sessions;
    let hollow = |name| PulledSession::refused(name, "the bundle does not hold its newest commit".to_owned());
    sessions.extend(bundle.hollow.iter().map(hollow));
    sessions.sort_by(|a, b| a.branch.cmp(&b.branch));
    Ok(ImportedBundle { file: name.to_owned(), sessions, foreign: bundle.foreign.clone() })
}
