//! Listing sessions.

use serde::Serialize;

use super::OpError;
use crate::model::{
    Budget, Conflict, Manifest, Origin, RecentRun, SessionId, SessionName, SessionStatus, Timestamp, Totals,
};
use crate::store::{SessionRef, Store};

/// Which sessions are listed.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListOptions {
    /// Only those with one of these states; all but archived ones where empty.
    pub status: Vec<SessionStatus>,
    /// Only those with all of these tags.
    pub tags: Vec<String>,
    /// The session that is current.
    pub current: Option<SessionId>,
    /// Also archived ones.
    pub all: AllSessions,
}

/// Whether archived sessions are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllSessions {
    /// Only where their state is asked for.
    #[default]
    Hide,
    /// Always.
    Show,
}

/// A session as it is listed. The names are those of `list --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// Its branch.
    pub branch: String,
    /// What it is about.
    pub title: String,
    /// How it stands.
    pub status: SessionStatus,
    /// Its labels.
    pub tags: Vec<String>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether it is the current one.
    pub current: bool,
    /// How many runs it has.
    pub runs: u64,
    /// How many runs are open.
    pub open_runs: usize,
    /// Its newest run.
    pub last_run: Option<RecentRun>,
    /// Sums over its runs.
    pub totals: Totals,
    /// What it may use up.
    pub budget: Option<Budget>,
    /// How many conflicts are open.
    pub conflicts: usize,
    /// Where it was forked from another session.
    pub origin: Option<Origin>,
}

/// The sessions of a store.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// Those that could be read, the last changed first.
    pub rows: Vec<SessionRow>,
    /// Those that could not, and why.
    pub damaged: Vec<(SessionName, String)>,
}

impl ListOptions {
    /// Says which session is current.
    pub fn with_current(mut self, current: Option<SessionId>) -> Self {
        self.current = current;
        self
    }

    /// Lists archived sessions too.
    pub fn with_archived(mut self) -> Self {
        self.all = AllSessions::Show;
        self
    }

    /// Lists only sessions with all of these labels.
    pub fn with_tags(mut self, tags: Vec<String>) -> Self {
        self.tags = tags;
        self
    }

    fn takes(&self, manifest: &Manifest) -> bool {
        let state = match (self.status.is_empty(), self.all) {
            (true, AllSessions::Hide) => manifest.status != SessionStatus::Archived,
            (true, AllSessions::Show) => true,
            (false, _) => self.status.contains(&manifest.status),
        };
        state && self.tags.iter().all(|tag| manifest.tags.contains(tag))
    }
}

/// Lists the sessions, the last changed first. One that is damaged does not hide the others.
pub fn list(store: &Store, options: &ListOptions) -> Result<Listed, OpError> {
    let (sessions, damaged) = all_sessions(store)?;
    let open = store.open_runs(None)?;
    let mut listed = Listed { rows: Vec::new(), damaged };
    for session in sessions {
        match store.snapshot(session.tip) {
            Ok(snapshot) if options.takes(&snapshot.manifest) => {
                let open = open.iter().filter(|open| open.session == snapshot.manifest.id).count();
                let row = row(&session, snapshot.manifest, snapshot.committed_at, open);
                listed.rows.push(SessionRow { current: options.current == Some(row.id), ..row });
            }
            Ok(_) => {}
            Err(error) => listed.damaged.push((session.name, describe(&error))),
        }
    }
    listed.rows.sort_by(|a, b| (b.updated_at, &a.branch).cmp(&(a.updated_at, &b.branch)));
    Ok(listed)
}

/// Sessions, and those that cannot be read, with why.
type Sessions = (Vec<SessionRef>, Vec<(SessionName, String)>);

/// Finds all sessions.
pub(super) fn all_sessions(store: &Store) -> Result<Sessions, OpError> {
    let (sessions, broken) = store.sessions()?;
    let why = |name| (name, "its branch cannot be read".to_owned());
    Ok((sessions, broken.into_iter().map(why).collect()))
}

/// Finds all sessions, the last changed first.
pub(super) fn newest_first(store: &Store) -> Result<Sessions, OpError> {
    let (sessions, damaged) = all_sessions(store)?;
    let time = |session: &SessionRef| store.step(session.tip).ok().map(|step| step.committed_at);
    let mut timed: Vec<_> = sessions.into_iter().map(|session| (time(&session), session)).collect();
    timed.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.name.cmp(&other.name)));
    Ok((timed.into_iter().map(|(_, session)| session).collect(), damaged))
}

/// Makes the row of one session.
pub(super) fn row(
    session: &SessionRef,
    manifest: Manifest,
    updated_at: Timestamp,
    open_runs: usize,
) -> SessionRow {
    let conflicts: &[Conflict] = &manifest.conflicts;
    SessionRow {
        id: manifest.id,
        branch: session.name.branch(),
        conflicts: conflicts.len(),
        title: manifest.title,
        status: manifest.status,
        tags: manifest.tags.into_iter().collect(),
        created_at: manifest.created_at,
        updated_at,
        current: false,
        runs: manifest.totals.runs,
        open_runs,
        last_run: manifest.runs.into_iter().next(),
        totals: manifest.totals,
        budget: manifest.budget,
        origin: manifest.origin,
    }
}

/// Describes an error with its causes, in a line.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    crate::model::shown(&text)
}
