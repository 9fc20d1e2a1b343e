//! What a check finds.

use serde::Serialize;

use super::CheckLevel;
use crate::model::{RunId, SessionName};
use crate::store::CommitId;

/// What a check looked at and found. The names are those of `check --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// How much was looked at.
    pub level: CheckLevel,
    /// How many sessions were looked at.
    pub sessions: usize,
    /// How many runs were counted.
    pub runs: usize,
    /// How many objects were found sound.
    pub objects: usize,
    /// What was found.
    pub problems: Vec<Problem>,
}

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// How bad it is.
    pub severity: Severity,
    /// The branch of the session that it is in.
    pub branch: Option<String>,
    /// The run that it is in.
    pub run: Option<RunId>,
    /// The commit that it is in.
    pub commit: Option<CommitId>,
    /// The file: of the commit where one is named, of the store elsewhere.
    pub path: Option<String>,
    /// The object that is missing or damaged.
    pub object: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What can be done.
    pub remedy: &'static str,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Something is lost, wrong or cannot be read.
    Damage,
    /// Nothing is lost; it is only not tidy.
    Note,
}

/// What a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// A ref cannot be read or points to nothing.
    Ref,
    /// The file of the packed refs cannot be read, and hides all refs.
    PackedRefs,
    /// A session was put aside by a repair, which knew of no intact commit of it.
    PutAside,
    /// The newest commit of a session cannot be used.
    Tip,
    /// A newer version of the program wrote the session.
    Newer,
    /// A commit that a history goes through is not there.
    History,
    /// A commit that a branch once pointed to is no longer in its history.
    LostCommit,
    /// A commit that a branch was to be moved to when the process ended; nobody was told of it.
    UnreportedCommit,
    /// The totals are not those of the runs.
    Totals,
    /// The newest runs are not those that the manifest lists.
    RunList,
    /// The open conflicts are not those of the history and the files.
    Conflicts,
    /// The session is not from where it says.
    Origin,
    /// A run's record cannot be read.
    Record,
    /// A commit's message says something else than its files.
    Message,
    /// An open run cannot be read.
    OpenRun,
    /// An object is missing.
    Missing,
    /// An object is damaged.
    Corrupt,
    /// A pack or its index cannot be used.
    Pack,
    /// A lock file of a process that is dead.
    Lock,
    /// A temporary file of a process that is dead.
    Temporary,
    /// An object file without content.
    EmptyObject,
    /// Something else that `git fsck` complains about.
    Fsck,
}

impl ProblemKind {
    fn severity(self) -> Severity {
        match self {
            Self::Newer | Self::UnreportedCommit | Self::Lock | Self::Temporary => Severity::Note,
            _ => Severity::Damage,
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Ref | Self::Tip => "'git session repair' restores the newest intact commit",
            Self::PackedRefs => "'git session repair' keeps the lines that can be read",
            Self::PutAside => {
                "what is left of it lies in git-session/broken/; its line in broken-refs.log names it"
            }
            Self::Newer => "update git-session",
            Self::History | Self::Missing | Self::Corrupt => {
                "'git session repair' fetches it where a remote of the store has it"
            }
            Self::LostCommit | Self::UnreportedCommit => "'git session repair' keeps it under refs/rescue/",
            Self::Totals | Self::RunList | Self::Conflicts => "'git session repair' counts them again",
            Self::Origin => "its runs are counted from there; set it right with plain git, or fork it anew",
            Self::Record => "its other files are kept; see them with 'git show'",
            Self::Message => "the files are the truth; only listings show what the message says",
            Self::OpenRun => "'git session repair' puts it aside",
            Self::Pack => "'git session repair' rebuilds the index",
            Self::Lock | Self::Temporary | Self::EmptyObject => "'git session repair' removes it",
            Self::Fsck => "see what it is with 'git show'",
        }
    }
}

impl Problem {
    /// Describes a problem of the whole store.
    pub(super) fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            severity: kind.severity(),
            branch: None,
            run: None,
            commit: None,
            path: None,
            object: None,
            message: message.into(),
            remedy: kind.remedy(),
        }
    }

    /// Says which session it is in.
    pub(super) fn of_session(mut self, name: &SessionName) -> Self {
        self.branch = Some(name.branch());
        self
    }

    /// Says which commit it is in.
    pub(super) fn at(mut self, commit: CommitId, run: Option<RunId>) -> Self {
        self.commit = Some(commit);
        self.run = run;
        self
    }

    /// Says which object it is about.
    pub(super) fn object(mut self, id: String) -> Self {
        self.object = Some(id);
        self
    }

    /// Says which file it is about.
    pub(super) fn file(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

impl CheckReport {
    pub(super) fn new(level: CheckLevel) -> Self {
        Self { level, sessions: 0, runs: 0, objects: 0, problems: Vec::new() }
    }

    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Tells whether a session's branch is known to be broken as a ref.
    pub(super) fn tells_of_ref(&self, name: &SessionName) -> bool {
        let branch = Some(name.branch());
        self.problems.iter().any(|problem| problem.kind == ProblemKind::Ref && problem.branch == branch)
    }

    /// Tells whether anything is lost, wrong or cannot be read.
    pub fn is_damaged(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Damage)
    }
}
