//! When sessions of a remote changed last, without fetching them.

use std::collections::BTreeMap;

use super::{Borrow, Extent, IncomingLimits, Scratch, refspecs};
use crate::model::{SessionName, Timestamp};
use crate::store::git::Git;
use crate::store::{Reach, Store, StoreError};

/// From how many names on all sessions are asked for: the server compares each ref with each name.
const NAMED: usize = 1000;

impl Store {
    /// Tells when sessions of a remote changed last. Their newest commits alone are fetched, and
    /// thrown away. Those that the remote does not have are left out.
    pub fn dates_there(
        &self,
        reach: &Reach,
        names: &[SessionName],
        limits: IncomingLimits,
        tell: &mut dyn FnMut(&str),
    ) -> Result<BTreeMap<SessionName, Timestamp>, StoreError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let scratch = Scratch::create(self, Borrow::Nothing)?;
        let refspecs = match names.len() > NAMED {
            true => vec!["+refs/heads/session/*:refs/heads/session/*".to_owned()],
            false => refspecs(names),
        };
        scratch.fetch(reach, &refspecs, Extent::Tips, limits.total_bytes, tell)?;
        let arguments = ["--format=%(committerdate:unix) %(refname:lstrip=3)", "refs/heads/session/"];
        let said = Git::in_store(scratch.dir(), "for-each-ref", &arguments).text()?;
        Ok(said.lines().filter_map(dated).collect())
    }
}

fn dated(line: &str) -> Option<(SessionName, Timestamp)> {
    let (seconds, name) = line.split_once(' ')?;
    Some((name.parse().ok()?, Timestamp::from_unix(seconds.parse().ok()?)))
}
