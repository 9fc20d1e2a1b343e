//! The runs of a session, in their order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::TreeId;
use super::snapshot::{CommitHead, RUN};
use super::{CommitId, Store, StoreError};
use crate::model::{
    Change, CommitMessage, Person, RunId, RunRecord, RunTrailers, SessionId, Timestamp, yaml,
};

/// A commit that records a run, as its message tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCommit {
    /// The commit.
    pub commit: CommitId,
    /// The session in which it was recorded.
    pub session: SessionId,
    /// The first line of its summary.
    pub subject: String,
    /// What the message repeats of its record.
    pub run: RunTrailers,
}

/// A commit of a session's history, without its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The commit.
    pub commit: CommitId,
    /// The commits it follows.
    pub parents: Vec<CommitId>,
    /// Its files.
    pub root: TreeId,
    /// Who made it.
    pub author: Person,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// Its message, where this program wrote it.
    pub message: Option<CommitMessage>,
    /// The first line of its message, where another program wrote it.
    pub subject: Option<String>,
    /// The run that it records.
    pub run: Option<RunId>,
}

/// What comes first of commits that do not follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ties {
    /// The run that finished first, then the smaller id. What is no run goes before all runs.
    Finish,
    /// What happened first, a run or not: for commits of several sessions.
    Time,
}

impl Step {
    pub(super) fn new(commit: CommitId, head: CommitHead, run: Option<RunId>) -> Self {
        let CommitHead { root, parents, author, committed_at, message, subject } = head;
        Self { commit, parents, root, author, committed_at, message, subject, run }
    }

    /// Returns what it does: `run`, `create`, …, or `foreign` where another program made it.
    pub fn change(&self) -> &'static str {
        self.message.as_ref().map_or("foreign", |message| message.change.as_str())
    }

    /// Returns the first line of its message.
    pub fn headline(&self) -> &str {
        let message = self.message.as_ref().map(|message| &message.subject);
        message.or(self.subject.as_ref()).map_or("", String::as_str)
    }
}

impl Store {
    /// Reads a commit without its files.
    pub fn step(&self, commit: CommitId) -> Result<Step, StoreError> {
        let head = self.commit_head(commit)?;
        let run = self.run_of(commit, &head)?.map(|run| run.run.id);
        Ok(Step::new(commit, head, run))
    }

    /// Returns what is told of the run that a commit records: by its message, or by the files where
    /// another program made it; `None` where it is no run.
    pub fn told_run(&self, step: &Step) -> Result<Option<RunCommit>, StoreError> {
        match (&step.message, step.run) {
            (_, None) => Ok(None),
            (Some(CommitMessage { run: Some(run), session, subject, .. }), _) => {
                let (commit, session, subject, run) = (step.commit, *session, subject.clone(), run.clone());
                Ok(Some(RunCommit { commit, session, subject, run }))
            }
            _ => self.try_find_run_commit(step.commit),
        }
    }

    /// Returns the run that a commit records, as its message tells it; `None` where it is no run.
    pub fn try_find_run_commit(&self, commit: CommitId) -> Result<Option<RunCommit>, StoreError> {
        self.run_of(commit, &self.commit_head(commit)?)
    }

    /// Returns the run of a commit that is known to record one.
    pub fn run_commit(&self, commit: CommitId) -> Result<RunCommit, StoreError> {
        let none = || StoreError::NoRun { name: commit.short(), count: None };
        self.try_find_run_commit(commit)?.ok_or_else(none)
    }

    pub(super) fn hidden_by(&self, origin: Option<CommitId>) -> Result<HashSet<CommitId>, StoreError> {
        match origin {
            Some(origin) => Ok(self.ancestors(origin, |_| false)?.into_keys().collect()),
            None => Ok(HashSet::new()),
        }
    }

    /// Lists the runs that are reachable from `tip` and not from `origin`, oldest first.
    ///
    /// A run comes after all runs it follows; between others the earlier finish comes first, then
    /// the smaller id. The dates of commits play no part. A run that two commits record counts once.
    pub fn runs(&self, tip: CommitId, origin: Option<CommitId>) -> Result<Vec<RunCommit>, StoreError> {
        let hidden = self.hidden_by(origin)?;
        self.runs_among(&self.ancestors(tip, |commit| hidden.contains(commit))?)
    }

    /// Counts the runs that are reachable from any of the tips, each once.
    pub fn run_count(&self, tips: impl IntoIterator<Item = CommitId>) -> Result<usize, StoreError> {
        let (mut seen, mut runs) = (HashSet::new(), HashSet::new());
        for tip in tips {
            for (commit, head) in self.ancestors(tip, |commit| seen.contains(commit))? {
                runs.extend(self.run_of(commit, &head)?.map(|run| run.run.id));
                seen.insert(commit);
            }
        }
        Ok(runs.len())
    }

    /// Lists the runs among some commits, each once and in their order.
    pub(super) fn runs_among(
        &self,
        commits: &HashMap<CommitId, CommitHead>,
    ) -> Result<Vec<RunCommit>, StoreError> {
        let mut seen = HashSet::new();
        let runs = self.in_order(commits, Ties::Finish)?.into_iter().filter_map(|(_, run)| run);
        Ok(runs.filter(|run| seen.insert(run.run.id)).collect())
    }

    /// Tells whether a run is recorded in `tip` or its ancestors, `base` and its ancestors left out.
    pub fn contains_run(&self, tip: CommitId, base: CommitId, run: RunId) -> Result<bool, StoreError> {
        let mut seen = HashSet::from([base]);
        let mut next = vec![tip];
        while let Some(commit) = next.pop() {
            if !seen.insert(commit) {
                continue;
            }
            let head = self.commit_head(commit)?;
            if self.run_of(commit, &head)?.is_some_and(|found| found.run.id == run) {
                return Ok(true);
            }
            next.extend(head.parents);
        }
        Ok(false)
    }

    /// Returns a commit and all that it follows, as far as they can be read.
    pub fn reachable(&self, tip: CommitId) -> HashSet<CommitId> {
        let (mut found, mut next) = (HashSet::new(), vec![tip]);
        while let Some(commit) = next.pop() {
            if found.insert(commit)
                && let Ok(head) = self.commit_head(commit)
            {
                next.extend(head.parents);
            }
        }
        found
    }

    /// Reads a commit and all that it follows, but for what is hidden.
    pub(super) fn ancestors(
        &self,
        tip: CommitId,
        is_hidden: impl Fn(&CommitId) -> bool,
    ) -> Result<HashMap<CommitId, CommitHead>, StoreError> {
        let mut found = HashMap::new();
        let mut next = vec![tip];
        while let Some(commit) = next.pop() {
            if is_hidden(&commit) || found.contains_key(&commit) {
                continue;
            }
            let head = self.commit_head(commit)?;
            next.extend(&head.parents);
            found.insert(commit, head);
        }
        Ok(found)
    }

    // Kahn's algorithm. For numbers, commits that are no runs go first among those that are ready: where they
    // stand must not change the order of the runs.
    pub(super) fn in_order(
        &self,
        commits: &HashMap<CommitId, CommitHead>,
        ties: Ties,
    ) -> Result<Vec<(CommitId, Option<RunCommit>)>, StoreError> {
        let known = |head: &CommitHead| head.parents.iter().filter(|p| commits.contains_key(p)).count();
        let mut waiting: HashMap<CommitId, usize> = commits.iter().map(|(id, h)| (*id, known(h))).collect();
        let mut children: HashMap<CommitId, Vec<CommitId>> = HashMap::new();
        let mut ready = BinaryHeap::new();
        for (id, head) in commits {
            for parent in head.parents.iter().filter(|parent| commits.contains_key(parent)) {
                children.entry(*parent).or_default().push(*id);
            }
            if known(head) == 0 {
                ready.push(Reverse(Ready::new(*id, head, self.run_of(*id, head)?, ties)));
            }
        }
        let mut order = Vec::new();
        while let Some(Reverse(Ready { commit, run, .. })) = ready.pop() {
            order.push((commit, run));
            for child in children.remove(&commit).unwrap_or_default() {
                let left = waiting.entry(child).or_insert(1);
                *left -= 1;
                if let (0, Some(head)) = (*left, commits.get(&child)) {
                    ready.push(Reverse(Ready::new(child, head, self.run_of(child, head)?, ties)));
                }
            }
        }
        Ok(order)
    }

    // A message of ours says whether its commit is a run; the files are looked at where another
    // program wrote the commit. `check` verifies that messages and files agree.
    pub(super) fn run_of(
        &self,
        commit: CommitId,
        head: &CommitHead,
    ) -> Result<Option<RunCommit>, StoreError> {
        match &head.message {
            Some(CommitMessage { change: Change::Run, run: Some(run), session, subject, .. }) => {
                let (session, subject, run) = (*session, subject.clone(), run.clone());
                Ok(Some(RunCommit { commit, session, subject, run }))
            }
            // Somebody took the other trailers out.
            None | Some(CommitMessage { change: Change::Run, run: None, .. }) => {
                self.run_by_files(commit, head)
            }
            Some(_) => Ok(None),
        }
    }

    fn run_by_files(&self, commit: CommitId, head: &CommitHead) -> Result<Option<RunCommit>, StoreError> {
        let Some(record) = self.readable_record(head)? else { return Ok(None) };
        for parent in &head.parents {
            let parent = self.commit_head(*parent)?;
            if self.readable_record(&parent)?.is_some_and(|before| before.id == record.id) {
                return Ok(None);
            }
        }
        let (session, subject, run) = (record.session, record.headline(), RunTrailers::from(&record));
        Ok(Some(RunCommit { commit, session, subject, run }))
    }

    // A foreign commit whose record cannot be read is "not a run", never an error for the others.
    fn readable_record(&self, head: &CommitHead) -> Result<Option<RunRecord>, StoreError> {
        let bytes = self.file_at(head.root, RUN)?;
        Ok(bytes.and_then(|bytes| yaml::parse_schema(RUN, &bytes).ok()))
    }
}

/// A commit all of whose parents are listed, ordered by what comes next.
struct Ready {
    order: Option<(Option<Timestamp>, Option<RunId>)>,
    commit: CommitId,
    run: Option<RunCommit>,
}

impl Ready {
    fn new(commit: CommitId, head: &CommitHead, run: Option<RunCommit>, ties: Ties) -> Self {
        let ended = run.as_ref().map(|run| (run.run.finished_at, run.run.id));
        let order = match (ties, ended) {
            (Ties::Time, Some((Some(finished), id))) => Some((Some(finished), Some(id))),
            (Ties::Time, other) => Some((Some(head.committed_at), other.map(|(_, id)| id))),
            (Ties::Finish, ended) => ended.map(|(finished, id)| (finished, Some(id))),
        };
        Self { order, commit, run }
    }
}

impl Ord for Ready {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.order, self.commit).cmp(&(&other.order, other.commit))
    }
}

impl PartialOrd for Ready {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ready {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ready {}
