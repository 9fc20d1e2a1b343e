//! Histories, newest commit first, read only as far as somebody looks.

use std::collections::{BinaryHeap, HashMap, HashSet};

use super::snapshot::CommitHead;
use super::walk::{Step, Ties};
use super::{CommitId, Store, StoreError};
use crate::model::Timestamp;

/// The commits of a history, newest first. No commit comes before one that follows it.
pub struct History<'a> {
    store: &'a Store,
    /// Where to read on.
    at: Option<CommitId>,
    /// What is read and in order, the next one last.
    ready: Vec<Step>,
    origin: Option<CommitId>,
    /// What can be reached from the origin, once somebody had to know.
    hidden: Option<HashSet<CommitId>>,
}

/// What lies between a merge and the commit that all ways from it lead through.
struct Region {
    commits: HashMap<CommitId, CommitHead>,
    /// That commit; `None` where the region goes to the roots.
    end: Option<CommitId>,
}

impl Store {
    /// Walks the commits that are reachable from `tip` and not from `origin`, newest first.
    ///
    /// Most histories are a line, of which only the part that is looked at is read. Of a part with
    /// merges, the order is that of [`Store::runs`], and all of that part is read.
    pub fn history(&self, tip: CommitId, origin: Option<CommitId>) -> History<'_> {
        History { store: self, at: Some(tip), ready: Vec::new(), origin, hidden: None }
    }

    /// Walks the commits that are reachable from `to` and not from `from`, which need not be one of
    /// its ancestors.
    pub fn history_between(&self, from: CommitId, to: CommitId) -> Result<History<'_>, StoreError> {
        let mut line = Vec::new();
        let mut at = Some(to);
        // `from` mostly lies on the line that `to` ends: then nothing before it need be read.
        while let Some(commit) = at.filter(|commit| *commit != from) {
            let step = self.step(commit)?;
            at = step.parents.first().copied().filter(|_| step.parents.len() == 1);
            line.push(step);
        }
        let mut history = self.history(to, Some(from));
        match at {
            Some(_) => {
                line.reverse();
                (history.ready, history.at) = (line, None);
            }
            None => history.hidden = Some(self.hidden_by(Some(from))?),
        }
        Ok(history)
    }

    /// Walks what can be reached from any of the tips, newest first by the time of each commit, but
    /// none before one that follows it. Returns the tips whose histories cannot be read, too.
    pub fn history_of_all(
        &self,
        tips: &[CommitId],
    ) -> Result<(History<'_>, Vec<(CommitId, StoreError)>), StoreError> {
        let (mut commits, mut unreadable) = (HashMap::new(), Vec::new());
        for tip in tips {
            match self.ancestors(*tip, |commit| commits.contains_key(commit)) {
                Ok(found) => commits.extend(found),
                Err(error) => unreadable.push((*tip, error)),
            }
        }
        let ready = self.steps_in_order(commits, Ties::Time)?;
        let history = History { store: self, at: None, ready, origin: None, hidden: None };
        Ok((history, unreadable))
    }

    fn steps_in_order(
        &self,
        mut commits: HashMap<CommitId, CommitHead>,
        ties: Ties,
    ) -> Result<Vec<Step>, StoreError> {
        let order = self.in_order(&commits, ties)?;
        let step = |(commit, run): (CommitId, Option<super::RunCommit>)| {
            Some(Step::new(commit, commits.remove(&commit)?, run.map(|run| run.run.id)))
        };
        Ok(order.into_iter().filter_map(step).collect())
    }
}

impl Iterator for History<'_> {
    type Item = Result<Step, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(step) = self.ready.pop() {
            return Some(Ok(step));
        }
        let commit = self.at.take()?;
        match self.read(commit) {
            Ok(step) => step.map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
}

impl History<'_> {
    fn read(&mut self, commit: CommitId) -> Result<Option<Step>, StoreError> {
        let is_hidden = |hidden: &HashSet<CommitId>| hidden.contains(&commit);
        if Some(commit) == self.origin || self.hidden.as_ref().is_some_and(is_hidden) {
            return Ok(None);
        }
        let head = self.store.commit_head(commit)?;
        if head.parents.len() > 1 {
            let region = self.region(commit, head)?;
            self.at = region.end;
            self.ready = self.store.steps_in_order(region.commits, Ties::Finish)?;
            return Ok(self.ready.pop());
        }
        self.at = head.parents.first().copied();
        let run = self.store.run_of(commit, &head)?.map(|run| run.run.id);
        Ok(Some(Step::new(commit, head, run)))
    }

    // The newest commit is looked at first, so that all branches of the region meet where they
    // left each other. With wrong dates they meet further down, which costs time and nothing else.
    fn region(&mut self, merge: CommitId, head: CommitHead) -> Result<Region, StoreError> {
        let store = self.store;
        if self.hidden.is_none() {
            self.hidden = Some(store.hidden_by(self.origin)?);
        }
        let hidden = self.hidden.get_or_insert_default();
        let mut next = BinaryHeap::new();
        let mut seen = HashSet::from([merge]);
        let mut commits = HashMap::new();
        let mut at = (merge, head);
        // A commit that follows none comes before all others of the region, wherever those meet.
        let mut has_root = false;
        loop {
            let (commit, head) = at;
            let shown: Vec<CommitId> = head.parents.iter().copied().filter(|p| !hidden.contains(p)).collect();
            has_root |= shown.is_empty();
            for parent in shown.into_iter().filter(|parent| seen.insert(*parent)) {
                let head = store.commit_head(parent)?;
                next.push(Waiting { committed_at: head.committed_at, commit: parent, head });
            }
            commits.insert(commit, head);
            match next.pop() {
                None => return Ok(Region { commits, end: None }),
                Some(only) if next.is_empty() && !has_root => {
                    return Ok(Region { commits, end: Some(only.commit) });
                }
                Some(newest) => at = (newest.commit, newest.head),
            }
        }
    }
}

/// A commit that is read and not yet part of a region.
struct Waiting {
    committed_at: Timestamp,
    commit: CommitId,
    head: CommitHead,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.committed_at, self.commit).cmp(&(other.committed_at, other.commit))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}
