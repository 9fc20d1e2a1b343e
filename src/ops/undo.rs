//! Taking back what was done last, by a new commit, or putting a removed session back.

use super::change::{NewState, land};
use super::changes::{ChangeRow, changes_behind, differs, removed};
use super::merge_context::{MergedFile, Policy, Winner, merge_changes};
use super::{Env, OpError};
use crate::model::{Change, CommitMessage, Conflict, Manifest, merge_manifests};
use crate::store::{Batch, CommitId, Mark, SessionRef, Snapshot, Store, Trashed};

/// How many changes are looked at, and listed.
pub const CHANGES: usize = 50;

/// What is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UndoTarget<'a> {
    /// The newest change that is not taken back yet.
    Last,
    /// The change whose commit starts like this.
    Named(&'a str),
}

/// What an undo did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Undone {
    /// A change of a session was taken back.
    Change(Box<UndoneChange>),
    /// A session was put back from the trash.
    Restored(SessionRef),
}

/// A change that was taken back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UndoneChange {
    /// The change.
    pub change: ChangeRow,
    /// The new commit.
    pub commit: CommitId,
    /// What became of the files.
    pub files: Vec<MergedFile>,
    /// What a later change and the way back disagree on, kept twice.
    pub conflicts: Vec<Conflict>,
    /// The remotes that have the change.
    pub pushed_to: Vec<String>,
}

/// Takes back what a change did to the context and to the fields that people set. Runs stay, with
/// their totals. Where the last thing that was done is the removal of a session, that is put back.
///
/// `session` is the one that is current, where one is.
pub fn undo(
    store: &Store,
    env: &Env,
    session: Option<&SessionRef>,
    target: UndoTarget<'_>,
) -> Result<Undone, OpError> {
    if target == UndoTarget::Last
        && let Some(trashed) = removed_last(store, session)?
    {
        return restore(store, env, &trashed).map(Undone::Restored);
    }
    let session = session.ok_or(crate::store::StoreError::NoCurrentSession)?;
    let mut undone = None;
    let landed = land(store, env, session, |batch, tip| {
        let change = chosen(batch.view(), tip, target)?;
        let (state, files, conflicts) = taken_back(batch, env, tip, &change)?;
        undone = Some((change, files, conflicts));
        Ok(Some(state))
    })?;
    let (Some((change, files, conflicts)), Some(landed)) = (undone, landed) else {
        return Err(OpError::NothingToUndo);
    };
    let pushed_to = store.remotes_with(&session.name, change.commit)?;
    let commit = landed.commit;
    Ok(Undone::Change(Box::new(UndoneChange { change, commit, files, conflicts, pushed_to })))
}

// The newest session in the trash, where it was removed after the current one last changed.
fn removed_last(store: &Store, session: Option<&SessionRef>) -> Result<Option<Trashed>, OpError> {
    let Some(last) = removed(store)?.pop() else { return Ok(None) };
    let Some(session) = session else { return Ok(Some(last)) };
    let tip = store.snapshot(session.tip)?;
    let newest = last_change(store, &tip)?.map(|change| change.at);
    Ok((newest.is_none_or(|at| at <= last.removed_at)).then_some(last))
}

fn restore(store: &Store, env: &Env, trashed: &Trashed) -> Result<SessionRef, OpError> {
    let writer = store.lock_everything()?;
    let name = store.trashed_name(trashed)?;
    let mark = Mark { who: &env.identity, at: env.now(), log: "undo: rm" };
    writer.restore(trashed, &name, mark)?;
    Ok(SessionRef { name, tip: trashed.commit })
}

fn chosen(store: &Store, tip: &Snapshot, target: UndoTarget<'_>) -> Result<ChangeRow, OpError> {
    let UndoTarget::Named(name) = target else {
        return last_change(store, tip)?.ok_or(OpError::NothingToUndo);
    };
    let rows = changes_behind(store, tip, CHANGES)?;
    let matches = |row: &&ChangeRow| name.len() >= 4 && row.commit.to_string().starts_with(name);
    let found: Vec<&ChangeRow> = rows.iter().filter(matches).collect();
    match found.as_slice() {
        [one] if one.begins() => Err(OpError::CannotUndo { what: one.summary.clone() }),
        [one] if one.undone => Err(OpError::UndoneBefore { what: one.summary.clone() }),
        [one] => Ok((*one).clone()),
        _ => Err(OpError::NoChange(name.to_owned())),
    }
}

// Undoing again goes further back. A run that changed nothing is no change here.
fn last_change(store: &Store, tip: &Snapshot) -> Result<Option<ChangeRow>, OpError> {
    for row in changes_behind(store, tip, CHANGES)? {
        if row.undone || row.verb == Change::Undo.as_str() {
            continue;
        }
        let Some(before) = row.before.filter(|_| !row.begins()) else { return Ok(None) };
        if differs(store, &store.snapshot(before)?, &store.snapshot(row.commit)?)? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

// The way back is merged, like any other change: what was done since stays.
fn taken_back(
    batch: &mut Batch,
    env: &Env,
    tip: &Snapshot,
    change: &ChangeRow,
) -> Result<(NewState, Vec<MergedFile>, Vec<Conflict>), OpError> {
    let before = change.before.ok_or(OpError::NothingToUndo)?;
    let (after, before) = (batch.view().snapshot(change.commit)?, batch.view().snapshot(before)?);
    let changes = batch.view().context_changes(after.root, before.root)?;
    let files = merge_changes(batch, tip.root, &changes, Policy::keep_both(Winner::Current))?;
    // What the session says of where it is from was never changed by people.
    let before = Manifest { id: after.manifest.id, origin: after.manifest.origin.clone(), ..before.manifest };
    let merged = merge_manifests(Some(&after.manifest), &tip.manifest, &before);
    let mut manifest = merged.manifest;
    (manifest.totals, manifest.runs) = (tip.manifest.totals.clone(), tip.manifest.runs.clone());
    manifest.external_ids = tip.manifest.external_ids.clone();
    manifest.add_conflicts(&files.conflicts);
    let conflicts = [merged.new_conflicts, files.conflicts].concat();
    let now = env.now();
    let subject = format!("undo {}", title(change));
    let message = CommitMessage::of_undo(manifest.id, subject, &change.commit.to_string());
    let state = NewState { root: files.root, manifest, message, authored_at: now, committed_at: now };
    Ok((state, files.files, conflicts))
}

/// Says in a line what a change was.
fn title(change: &ChangeRow) -> String {
    let summary = &change.summary;
    match change.verb {
        "context" => summary.clone(),
        "import" => "import".to_owned(),
        verb if summary.starts_with(verb) => summary.clone(),
        verb => format!("{verb} {summary}"),
    }
}
