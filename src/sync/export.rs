//! Which sessions may leave the machine in a file. What leaves is searched for secrets, as a push
//! searches it.

use std::collections::HashMap;
use std::fs::File;

use serde::Serialize;

use super::gate::Held;
use super::push::sessions;
use super::{Gate, SyncError, Wanted};
use crate::model::SessionId;
use crate::ops::StoredSecret;
use crate::store::{CommitId, SessionRef, Store};

/// What may leave, and what stays.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExportPlan {
    /// The sessions that may leave, by name.
    pub free: Vec<SessionRef>,
    /// What is told of each session that was asked for, by name.
    pub sessions: Vec<ExportedSession>,
}

/// What became of one session.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedSession {
    /// Its branch.
    pub branch: String,
    /// Its id; `None` where it cannot be read.
    pub session: Option<SessionId>,
    /// What it is about.
    pub title: Option<String>,
    /// What was done.
    pub outcome: ExportOutcome,
    /// Its newest commit.
    pub tip: CommitId,
    /// How many runs it has.
    pub runs: u64,
    /// Why it stays here.
    pub why: Option<String>,
    /// The secrets because of which it stays here.
    pub secrets: Vec<StoredSecret>,
}

/// What was done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportOutcome {
    /// It is in the export.
    Exported,
    /// It stays here: a secret was found in it, or not all of it could be read.
    Held,
}

/// Looks at sessions that are to leave. `tell` is handed what is going on.
pub fn plan_export(
    store: &Store,
    wanted: &Wanted,
    gate: &Gate,
    tell: &mut dyn FnMut(&str),
) -> Result<ExportPlan, SyncError> {
    let mut wanted = sessions(store, wanted)?;
    wanted.sort_by(|a, b| a.name.cmp(&b.name));
    wanted.dedup();
    let mut plan = ExportPlan { free: Vec::new(), sessions: Vec::new() };
    let mut passed = HashMap::new();
    for session in wanted {
        let seen = seen_before(store, &session, &passed);
        let held = gate.finds(store, &session, &seen, tell)?;
        let told = ExportedSession::new(store, &session, held.as_ref());
        if let (ExportOutcome::Exported, Some(id)) = (told.outcome, told.session) {
            passed.insert(id, session.tip);
            plan.free.push(session);
        }
        plan.sessions.push(told);
    }
    Ok(plan)
}

/// Writes the sessions that may leave into a bundle, with what was purged from them.
pub fn export_bundle(
    store: &Store,
    plan: &ExportPlan,
    file: &File,
    tell: &mut dyn FnMut(&str),
) -> Result<(), SyncError> {
    let tips: Vec<_> = plan.free.iter().map(|session| (session.name.clone(), session.tip)).collect();
    let mut lists = Vec::new();
    for id in plan.sessions.iter().filter(|session| session.outcome == ExportOutcome::Exported) {
        let Some(id) = id.session else { continue };
        lists.extend(store.purge_commit(id)?.map(|list| (id, list)));
    }
    lists.sort();
    Ok(store.write_bundle(file, &tips, &lists, tell)?)
}

// What a fork has from a session that passed was looked at there.
fn seen_before(store: &Store, session: &SessionRef, passed: &HashMap<SessionId, CommitId>) -> Vec<CommitId> {
    let origin = store.snapshot(session.tip).ok().and_then(|snapshot| snapshot.manifest.origin);
    origin.and_then(|origin| passed.get(&origin.session).copied()).into_iter().collect()
}

impl ExportedSession {
    fn new(store: &Store, session: &SessionRef, held: Option<&Held>) -> Self {
        let manifest = store.snapshot(session.tip).map(|snapshot| snapshot.manifest);
        let unread = manifest.as_ref().err().map(|error| format!("it cannot be read: {error}"));
        let why = unread.or_else(|| held.map(Held::why));
        let manifest = manifest.ok();
        Self {
            branch: session.name.branch(),
            session: manifest.as_ref().map(|manifest| manifest.id),
            runs: manifest.as_ref().map_or(0, |manifest| manifest.totals.runs),
            title: manifest.map(|manifest| manifest.title),
            outcome: if why.is_none() { ExportOutcome::Exported } else { ExportOutcome::Held },
            tip: session.tip,
            why,
            secrets: held.map(|held| held.secrets.clone()).unwrap_or_default(),
        }
    }
}
