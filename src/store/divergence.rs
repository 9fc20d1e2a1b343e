//! What two histories share, and the newest runs of one, read only as far as needed.
//!
//! Commits are looked at from the newest down. Their dates only say in which order, and when all
//! that is left is older than what was found: a commit of ours is never older than one it follows.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::remotes::TRACKING;
use super::snapshot::CommitHead;
use super::{CommitId, RunCommit, Store, StoreError};
use crate::model::{SessionName, Timestamp};

/// What two commits share, and the runs that each has alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// The newest commits that both follow, by id; several where histories were merged crosswise.
    pub bases: Vec<CommitId>,
    /// The runs that only the first has.
    pub ours: Vec<RunCommit>,
    /// The runs that only the second has.
    pub theirs: Vec<RunCommit>,
}

const OURS: u8 = 1;
const THEIRS: u8 = 2;
const BOTH: u8 = OURS | THEIRS;
/// Followed by a commit that both follow.
const BELOW: u8 = 4;

impl Store {
    /// Tells what two commits share, and what each has alone.
    pub fn divergence(&self, ours: CommitId, theirs: CommitId) -> Result<Divergence, StoreError> {
        let mut walk = Walk::new(self);
        walk.mark(ours, OURS)?;
        walk.mark(theirs, THEIRS)?;
        walk.part()?;
        let is_base = |flags: u8| flags & BOTH == BOTH && flags & BELOW == 0;
        let mut bases: Vec<CommitId> = walk.with(is_base).map(|(commit, _)| commit).collect();
        bases.sort();
        Ok(Divergence { bases, ours: walk.runs(OURS)?, theirs: walk.runs(THEIRS)? })
    }

    /// Lists the runs that can be reached from some commits and not from others, by their commit.
    pub fn runs_only_in(&self, ours: &[CommitId], theirs: &[CommitId]) -> Result<Vec<RunCommit>, StoreError> {
        Walk::between(self, ours, theirs)?.runs(OURS)
    }

    /// Lists the commits that can be reached from some and not from others.
    pub fn commits_only_in(
        &self,
        ours: &[CommitId],
        theirs: &[CommitId],
    ) -> Result<HashSet<CommitId>, StoreError> {
        let walk = Walk::between(self, ours, theirs)?;
        Ok(walk.with(|flags| flags == OURS).map(|(commit, _)| commit).collect())
    }

    /// Tells whether a commit is `of`, or one that `of` follows.
    pub fn is_behind(&self, commit: CommitId, of: CommitId) -> Result<bool, StoreError> {
        Ok(self.divergence(of, commit)?.bases == [commit])
    }

    /// Lists the remotes whose branch of a session, as it was last seen, has a commit.
    pub fn remotes_with(&self, name: &SessionName, commit: CommitId) -> Result<Vec<String>, StoreError> {
        let mut remotes = Vec::new();
        for (branch, tip) in self.refs_below(TRACKING)? {
            let remote =
                branch.strip_prefix(TRACKING).and_then(|b| b.strip_suffix(&format!("/{}", name.branch())));
            if let Some(remote) = remote
                && self.is_behind(commit, tip)?
            {
                remotes.push(remote.to_owned());
            }
        }
        Ok(remotes)
    }

    /// Lists the newest runs that are reachable from `tips` and not from `origin`, oldest first, at
    /// most `limit` of them: the end of what [`Store::runs`] lists.
    pub fn last_runs(
        &self,
        tips: &[CommitId],
        origin: Option<CommitId>,
        limit: usize,
    ) -> Result<Vec<RunCommit>, StoreError> {
        let mut walk = Walk::new(self);
        for tip in tips {
            walk.mark(*tip, OURS)?;
        }
        if let Some(origin) = origin {
            walk.mark(origin, BELOW)?;
        }
        let mut runs: HashMap<CommitId, bool> = HashMap::new();
        while walk.has_unsettled() {
            let count = || runs.values().filter(|is_hidden| !**is_hidden).count();
            if walk.all_follow_one() && count() >= limit {
                break;
            }
            let Some((commit, head, flags)) = walk.next() else { break };
            if self.run_of(commit, head)?.is_some() {
                runs.insert(commit, flags & BELOW != 0);
            }
            walk.mark_parents(commit, flags)?;
        }
        let own = walk.with(|flags| flags & BELOW == 0).map(|(commit, head)| (commit, head.clone()));
        let mut newest = self.runs_among(&own.collect())?;
        newest.drain(..newest.len().saturating_sub(limit));
        Ok(newest)
    }
}

/// A walk down from some commits, the newest first. What is known of a commit is handed on to
/// those that it follows, also where it is learned late.
struct Walk<'a> {
    store: &'a Store,
    found: HashMap<CommitId, Found>,
    waiting: BTreeSet<(Timestamp, CommitId)>,
    // How many of those that wait are not below.
    fresh: usize,
    // The commits that have been looked at and are not below, by their date.
    standing: BTreeSet<(Timestamp, CommitId)>,
    has_root: bool,
}

struct Found {
    head: CommitHead,
    flags: u8,
    is_visited: bool,
}

impl<'a> Walk<'a> {
    fn new(store: &'a Store) -> Self {
        let (found, waiting, standing) = (HashMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { store, found, waiting, fresh: 0, standing, has_root: false }
    }

    /// Goes down from both sides until it is known what they share.
    fn between(store: &'a Store, ours: &[CommitId], theirs: &[CommitId]) -> Result<Self, StoreError> {
        let mut walk = Self::new(store);
        for (tips, side) in [(ours, OURS), (theirs, THEIRS)] {
            tips.iter().try_for_each(|tip| walk.mark(*tip, side))?;
        }
        walk.part()?;
        Ok(walk)
    }

    fn mark(&mut self, commit: CommitId, flags: u8) -> Result<(), StoreError> {
        let found = match self.found.entry(commit) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let head = self.store.commit_head(commit)?;
                new.insert(Found { head, flags: 0, is_visited: false })
            }
        };
        let before = found.flags;
        found.flags |= flags;
        if found.flags == before {
            return Ok(());
        }
        let key = (found.head.committed_at, commit);
        let is_below = found.flags & BELOW != 0;
        if is_below {
            self.standing.remove(&key);
        }
        match (self.waiting.insert(key), is_below) {
            (true, false) => self.fresh += 1,
            (false, true) if before & BELOW == 0 => self.fresh -= 1,
            _ => {}
        }
        Ok(())
    }

    /// Goes down as far as it takes to know what the two sides share. Below a commit that both
    /// follow there is nothing new, once all others are younger.
    fn part(&mut self) -> Result<(), StoreError> {
        while self.has_unsettled() {
            let Some((commit, _, flags)) = self.next() else { break };
            let below = if flags & BOTH == BOTH { flags | BELOW } else { flags };
            self.mark_parents(commit, below)?;
        }
        Ok(())
    }

    /// Lists the runs that only one side has, by their commit.
    fn runs(&self, side: u8) -> Result<Vec<RunCommit>, StoreError> {
        let found = self.with(|flags| flags == side).map(|(commit, head)| self.store.run_of(commit, head));
        let mut runs: Vec<_> = found.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        runs.sort_by_key(|run| run.commit);
        Ok(runs)
    }

    fn mark_parents(&mut self, commit: CommitId, flags: u8) -> Result<(), StoreError> {
        let parents = self.found.get(&commit).map(|found| found.head.parents.clone());
        parents.into_iter().flatten().try_for_each(|parent| self.mark(parent, flags))
    }

    /// Takes the newest commit that waits.
    fn next(&mut self) -> Option<(CommitId, &CommitHead, u8)> {
        let key = self.waiting.pop_last()?;
        let found = self.found.get_mut(&key.1)?;
        found.is_visited = true;
        self.has_root |= found.head.parents.is_empty();
        if found.flags & BELOW == 0 {
            self.fresh -= 1;
            self.standing.insert(key);
        }
        Some((key.1, &found.head, found.flags))
    }

    /// Tells whether what waits may still change what is known of the commits that stand.
    fn has_unsettled(&self) -> bool {
        self.fresh > 0 || self.next_is_older_than_all() == Some(false)
    }

    /// Tells whether all that was looked at follows the one commit that waits, so that all else
    /// that it follows comes before.
    fn all_follow_one(&self) -> bool {
        self.waiting.len() == 1 && !self.has_root && self.next_is_older_than_all() == Some(true)
    }

    fn next_is_older_than_all(&self) -> Option<bool> {
        let (next, oldest) = (self.waiting.last()?, self.standing.first()?);
        Some(next.0 < oldest.0)
    }

    fn with(&self, wanted: impl Fn(u8) -> bool) -> impl Iterator<Item = (CommitId, &CommitHead)> {
        let found = self.found.iter().filter(move |(_, found)| found.is_visited && wanted(found.flags));
        found.map(|(commit, found)| (*commit, &found.head))
    }
}
