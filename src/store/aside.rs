//! What was put aside: tips that cannot be used, and commits that a branch lost.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;

use super::{CommitId, Store, StoreError};
use crate::model::Timestamp;

/// Where refs that keep what was put aside, lost or removed lie.
const KEPT: [&str; 3] = ["refs/broken/", "refs/rescue/", "refs/trash/"];
/// The list of the refs that were put aside and whose objects are not all there: a ref to them
/// would make git fail for the whole store.
const LOG: &str = "git-session/broken-refs.log";

impl Store {
    /// Returns the commits that are kept outside of the branches, or are known to be broken.
    pub fn kept_commits(&self) -> Result<BTreeSet<CommitId>, StoreError> {
        let mut kept = BTreeSet::new();
        for prefix in KEPT {
            for (_, commit) in self.refs_below(prefix)? {
                kept.extend(self.reachable(commit));
            }
        }
        let log = fs::read_to_string(self.dir.join(LOG)).unwrap_or_default();
        kept.extend(log.lines().filter_map(|line| CommitId::from_hex(line.split(' ').nth(1)?)));
        Ok(kept)
    }

    /// Lists the names of the refs that were put aside and are not there now.
    pub fn refs_put_aside(&self) -> Vec<String> {
        let log = fs::read_to_string(self.dir.join(LOG)).unwrap_or_default();
        let mut names: Vec<String> =
            log.lines().filter_map(|line| Some(line.split(' ').nth(2)?.to_owned())).collect();
        names.sort();
        names.dedup();
        names.retain(|name| self.try_find_ref(name).is_ok_and(|found| found.is_none()));
        names
    }

    /// Notes a ref and its value, before the ref is taken away: `<time> <value> <name> <why>`.
    pub(super) fn note_broken_ref(
        &self,
        at: Timestamp,
        name: &str,
        value: &str,
        why: &str,
    ) -> Result<(), StoreError> {
        let file = self.dir.join(LOG);
        let failed = || StoreError::io("write", &file);
        let mut log = OpenOptions::new().create(true).append(true).open(&file).map_err(failed())?;
        let line = format!("{at} {value} {name} {}\n", crate::model::shown(why));
        log.write_all(line.as_bytes()).map_err(failed())?;
        self.options.durability.sync_barrier(&log).map_err(failed())
    }
}
