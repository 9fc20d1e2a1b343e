//! The history of sessions as a story: runs, and what was changed between them.

mod entry;
mod filter;
mod values;

pub use entry::{ChangedFile, LogEntry};
pub use filter::LogFilter;
pub use values::FactValue;

use std::collections::{HashMap, HashSet};

use super::diff::files;
use super::runs::branch_of;
use super::topic::never_there;
use super::{DiffOptions, OpError, Topic};
use crate::model::{SessionId, SessionName};
use crate::store::{CommitId, FileChange, History, RunRef, SessionRef, Step, Store, TreeId};

/// Whose history is told.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LogScope {
    /// That of a session.
    Session(SessionRef),
    /// That of a session up to one of its runs.
    UpTo(Box<RunRef>),
    /// What led from one run to another, which may be of another session.
    Between {
        /// The run after which it begins.
        from: Box<RunRef>,
        /// The run with which it ends.
        to: Box<RunRef>,
    },
    /// That of all sessions.
    All,
}

/// What is told of it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LogOptions {
    /// At most this many entries.
    pub limit: Option<usize>,
    /// Only some of them.
    pub filter: LogFilter,
    /// Only those that changed one of these.
    pub topics: Vec<Topic>,
    /// How much is told of each.
    pub detail: LogDetail,
    /// How the files are compared, where that is to be told; which of them, the topics say.
    pub diff: Option<DiffOptions>,
}

/// How much is told of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogDetail {
    /// Also which context files changed.
    #[default]
    Context,
    /// Only what the commit itself says.
    Message,
}

/// A history.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Logged {
    /// Its entries, newest first.
    pub entries: Vec<LogEntry>,
    /// The session whose history it is; `None` where it is that of all.
    pub own: Option<SessionId>,
    /// Sessions that could not be read, and why.
    pub damaged: Vec<(SessionName, String)>,
    /// Whether it goes on behind the last entry.
    is_cut: bool,
    /// The parents of what was looked at and is not among the entries.
    left_out: HashMap<CommitId, Vec<CommitId>>,
}

impl Logged {
    /// Returns for each entry the commits that it follows, or what those follow where they are not
    /// among the entries. What lies before the end of the history is left out.
    pub fn shown_parents(&self) -> Vec<Vec<CommitId>> {
        let shown: HashSet<CommitId> = self.entries.iter().map(|entry| entry.commit).collect();
        let may_follow = |commit: &CommitId| self.is_cut || shown.contains(commit);
        self.entries.iter().map(|entry| self.parents_of(entry, may_follow)).collect()
    }

    fn parents_of(&self, entry: &LogEntry, may_follow: impl Fn(&CommitId) -> bool) -> Vec<CommitId> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        let mut next: Vec<CommitId> = entry.parents.iter().rev().copied().collect();
        while let Some(commit) = next.pop() {
            if !seen.insert(commit) {
                continue;
            }
            match self.left_out.get(&commit) {
                Some(parents) => next.extend(parents.iter().rev()),
                None => found.extend(Some(commit).filter(&may_follow)),
            }
        }
        found
    }
}

/// Tells a history, newest first. Only what is told is read, and what must be looked at to know
/// that.
pub fn log(store: &Store, scope: &LogScope, options: &LogOptions) -> Result<Logged, OpError> {
    let own = own_session(store, scope)?;
    let mut logged = Logged { own: own.as_ref().map(|(id, _)| *id), ..Logged::default() };
    let mut teller = Teller { store, options, own, branches: HashMap::new() };
    let mut history = walk(store, scope, &mut logged)?.peekable();
    loop {
        logged.is_cut = options.limit.is_some_and(|limit| logged.entries.len() >= limit);
        if logged.is_cut {
            break;
        }
        let Some(step) = history.next().transpose()? else { break };
        let parent = step.parents.first().filter(|_| teller.looks_at_files());
        // On a line, the next commit is the parent, which need not be read twice.
        let before = match (parent, parent.and_then(|_| history.peek())) {
            (Some(parent), Some(Ok(next))) if next.commit == *parent => Some(next.root),
            _ => None,
        };
        match teller.tell(&step, before)? {
            Some(entry) => logged.entries.push(entry),
            None => drop(logged.left_out.insert(step.commit, step.parents)),
        }
    }
    let is_all = !logged.is_cut && options.filter.is_empty();
    match options.topics.first() {
        Some(topic) if is_all && logged.entries.is_empty() => Err(never_there(store, topic, scope.session())),
        _ => Ok(logged),
    }
}

impl LogScope {
    fn session(&self) -> Option<&SessionRef> {
        match self {
            Self::Session(session) => Some(session),
            Self::UpTo(found) | Self::Between { to: found, .. } => Some(&found.session),
            Self::All => None,
        }
    }
}

fn walk<'a>(store: &'a Store, scope: &LogScope, logged: &mut Logged) -> Result<History<'a>, OpError> {
    match scope {
        LogScope::Session(session) => Ok(store.history(session.tip, store.origin(session)?)),
        LogScope::UpTo(found) => Ok(store.history(found.run.commit, store.origin(&found.session)?)),
        LogScope::Between { from, to } => Ok(store.history_between(from.run.commit, to.run.commit)?),
        LogScope::All => all(store, logged),
    }
}

// One session that is damaged does not hide the others.
fn all<'a>(store: &'a Store, logged: &mut Logged) -> Result<History<'a>, OpError> {
    let (sessions, broken) = super::list::all_sessions(store)?;
    logged.damaged = broken;
    let tips: Vec<CommitId> = sessions.iter().map(|session| session.tip).collect();
    let (history, unreadable) = store.history_of_all(&tips)?;
    for (tip, error) in unreadable {
        let session = sessions.iter().find(|session| session.tip == tip);
        logged.damaged.extend(session.map(|session| (session.name.clone(), super::list::describe(&error))));
    }
    Ok(history)
}

fn own_session(store: &Store, scope: &LogScope) -> Result<Option<(SessionId, String)>, OpError> {
    let Some(session) = scope.session() else { return Ok(None) };
    Ok(Some((store.snapshot(session.tip)?.manifest.id, session.name.branch())))
}

/// Makes entries of commits.
struct Teller<'a> {
    store: &'a Store,
    options: &'a LogOptions,
    /// The session whose history it is: that need not be looked up.
    own: Option<(SessionId, String)>,
    branches: HashMap<SessionId, Option<String>>,
}

impl Teller<'_> {
    fn looks_at_files(&self) -> bool {
        let options = self.options;
        options.detail == LogDetail::Context || !options.topics.is_empty() || options.diff.is_some()
    }

    /// Makes the entry of a commit; `None` where it is not to be told.
    fn tell(&mut self, step: &Step, before: Option<TreeId>) -> Result<Option<LogEntry>, OpError> {
        let mut entry = self.begin(step)?;
        let record = || self.store.run_record(step.commit).ok().flatten();
        if !self.options.filter.takes(&entry, record) {
            return Ok(None);
        }
        if self.looks_at_files() {
            // A commit whose files are damaged does not hide the others.
            let changes = self.changes(step, before);
            match changes.and_then(|changes| self.add_files(&mut entry, &changes)) {
                Ok(()) => {}
                Err(error) => entry.damaged = Some(super::list::describe(&error)),
            }
            if !self.options.topics.is_empty() && entry.context.is_empty() && entry.damaged.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(entry))
    }

    fn begin(&mut self, step: &Step) -> Result<LogEntry, OpError> {
        let mut entry = LogEntry::new(step, self.store.told_run(step)?);
        entry.session_branch = entry.session.and_then(|session| self.branch(session));
        Ok(entry)
    }

    fn branch(&mut self, session: SessionId) -> Option<String> {
        match &self.own {
            Some((own, branch)) if *own == session => Some(branch.clone()),
            _ => {
                let found = || branch_of(&self.store.session_names().unwrap_or_default(), session);
                self.branches.entry(session).or_insert_with(found).clone()
            }
        }
    }

    // What a merge took over from one side was told where that side changed it.
    fn changes(&self, step: &Step, before: Option<TreeId>) -> Result<Vec<FileChange>, OpError> {
        let before = match before {
            None => entry::root_before(self.store, step)?,
            known => known,
        };
        let Some(before) = before else { return Ok(Vec::new()) };
        let mut changes = self.store.context_changes(before, step.root)?;
        if self.options.topics.is_empty() {
            return Ok(changes);
        }
        changes.retain(|change| self.options.topics.iter().any(|topic| topic.names(&change.path)));
        for parent in step.parents.iter().skip(1) {
            let root = self.store.step(*parent)?.root;
            for change in std::mem::take(&mut changes) {
                if self.store.context_file(root, &change.path)? != change.new {
                    changes.push(change);
                }
            }
        }
        Ok(changes)
    }

    fn add_files(&self, entry: &mut LogEntry, changes: &[FileChange]) -> Result<(), OpError> {
        entry.context = changes.iter().map(ChangedFile::new).collect();
        if !self.options.topics.is_empty() {
            entry.values = changes.iter().filter_map(|change| FactValue::read(self.store, change)).collect();
        }
        if let Some(options) = &self.options.diff {
            entry.diff = files(self.store, changes, options)?;
        }
        Ok(())
    }
}
