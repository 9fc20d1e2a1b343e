//! What was done to a session, change by change, the newest first.

use serde::Serialize;

use super::OpError;
use super::import::IMPORTER;
use crate::model::{Change, Manifest, Timestamp};
use crate::store::{CommitId, SessionRef, Snapshot, Step, Store, Trashed};

/// One change of a session. A merge is one, and so is an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangeRow {
    /// The commit that it ended with.
    pub commit: CommitId,
    /// The commit before it; `None` where it began the session.
    pub before: Option<CommitId>,
    /// What was done: `run`, `context`, `edit`, `merge`, `import`, ….
    pub verb: &'static str,
    /// One line.
    pub summary: String,
    /// Who did it.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// The commit that it takes back, where it takes one back.
    pub undoes: Option<String>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// Lists the changes of a session, where one is given, and the sessions that were removed, newest
/// first, at most `limit` of them.
pub fn changes(store: &Store, session: Option<&SessionRef>, limit: usize) -> Result<Vec<ChangeRow>, OpError> {
    let mut rows = match session {
        Some(session) => changes_behind(store, &store.snapshot(session.tip)?, limit)?,
        None => Vec::new(),
    };
    for trashed in removed(store)? {
        let who = store.ref_log(&trashed.name)?.pop().map(|line| line.who);
        rows.push(ChangeRow {
            commit: trashed.commit,
            before: None,
            verb: "rm",
            summary: store.snapshot(trashed.commit)?.manifest.title,
            who: who.unwrap_or_default(),
            at: trashed.removed_at,
            undoes: None,
            undone: false,
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    rows.truncate(limit);
    Ok(rows)
}

/// Lists the sessions in the trash that are nowhere else, the one that was removed last at the end.
pub(super) fn removed(store: &Store) -> Result<Vec<Trashed>, OpError> {
    let mut removed = Vec::new();
    for trashed in store.trash()? {
        // One that is damaged must not hide the others.
        let Ok(snapshot) = store.snapshot(trashed.commit) else { continue };
        if store.try_find_session_by_id(snapshot.manifest.id)?.is_none() {
            removed.push(trashed);
        }
    }
    removed.sort_by_key(|trashed| trashed.removed_at);
    Ok(removed)
}

pub(super) fn changes_behind(store: &Store, tip: &Snapshot, limit: usize) -> Result<Vec<ChangeRow>, OpError> {
    let origin = tip.forked_at();
    let mut rows: Vec<ChangeRow> = Vec::new();
    let mut undone = Vec::new();
    let mut at = Some(tip.commit);
    while let Some(commit) = at.take().filter(|commit| Some(*commit) != origin) {
        let step = store.step(commit)?;
        at = step.parents.first().copied();
        let is_full = rows.len() >= limit;
        match rows.last_mut().filter(|row| row.verb == "import" && is_import(&step)) {
            Some(import) => import.before = at,
            None if is_full => break,
            None => rows.push(row(step, &mut undone)),
        }
    }
    Ok(rows)
}

// Newer changes are looked at first, so what took a change back is known by then.
fn row(step: Step, undone: &mut Vec<String>) -> ChangeRow {
    let is_undone = undone.contains(&step.commit.to_string());
    let verb = if is_import(&step) { "import" } else { verb(&step) };
    let message = step.message.as_ref();
    let undoes = message.and_then(|message| message.undoes.clone());
    undone.extend(undoes.clone().filter(|_| !is_undone));
    ChangeRow {
        commit: step.commit,
        before: step.parents.first().copied(),
        verb,
        summary: message.map(|message| message.subject.clone()).unwrap_or_default(),
        who: step.author.name,
        at: step.committed_at,
        undoes,
        undone: is_undone,
    }
}

fn verb(step: &Step) -> &'static str {
    step.message.as_ref().map_or("foreign", |message| message.change.as_str())
}

fn is_import(step: &Step) -> bool {
    step.author.email == IMPORTER.1
}

impl ChangeRow {
    /// Tells whether it began the session, so that there is nothing before it to go back to.
    pub(super) fn begins(&self) -> bool {
        self.before.is_none() || self.verb == Change::Fork.as_str()
    }
}

/// Tells whether two states differ in context or in what people set.
pub(super) fn differs(store: &Store, before: &Snapshot, after: &Snapshot) -> Result<bool, OpError> {
    let set_by_people = |manifest: &Manifest| Manifest {
        totals: Default::default(),
        runs: Vec::new(),
        external_ids: Default::default(),
        ..manifest.clone()
    };
    let fields = set_by_people(&before.manifest) != set_by_people(&after.manifest);
    Ok(fields || !store.context_changes(before.root, after.root)?.is_empty())
}
