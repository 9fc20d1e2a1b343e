//! Landing a change on a session's branch, or in one of its open runs.

use super::merge_context::settle;
use super::{Env, OpError};
use crate::model::{Change, CommitMessage, Conflict, Manifest, Timestamp, merge_manifests};
use crate::store::{
    Batch, CommitId, Mark, NewCommit, OpenRun, SessionRef, Snapshot, Store, TreeEdit, TreeId,
};

/// How often a change is tried again when a program that takes no locks moved the branch.
const RETRIES: usize = 5;

/// Where a change of context goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Onto the session's branch, as a commit of its own.
    Session(SessionRef),
    /// Into an open run of it, to land when the run finishes.
    OpenRun(SessionRef, OpenRun),
}

impl Place {
    /// Returns the session.
    pub fn session(&self) -> &SessionRef {
        match self {
            Self::Session(session) | Self::OpenRun(session, _) => session,
        }
    }

    /// Returns the open run, where the change goes into one.
    pub fn open_run(&self) -> Option<OpenRun> {
        match self {
            Self::Session(_) => None,
            Self::OpenRun(_, open) => Some(*open),
        }
    }

    /// Reads the state that the place has now.
    pub fn snapshot(&self, store: &Store) -> Result<Snapshot, OpError> {
        let commit = match self {
            Self::Session(session) => current_tip(store, session)?,
            Self::OpenRun(_, open) => current_open_run(store, open)?.commit,
        };
        Ok(store.snapshot(commit)?)
    }
}

/// A change of context that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContextChanged {
    /// The new commit of the place; `None` where everything was so already.
    pub commit: Option<CommitId>,
    /// The paths below `context/` that changed.
    pub paths: Vec<String>,
}

/// What a change makes of a session.
pub(super) struct NewState {
    /// The files, but for the manifest.
    pub(super) root: TreeId,
    /// The manifest.
    pub(super) manifest: Manifest,
    /// The message of the commit.
    pub(super) message: CommitMessage,
    /// When it was done.
    pub(super) authored_at: Timestamp,
    /// When it is committed.
    pub(super) committed_at: Timestamp,
}

/// A commit that landed on a session's branch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Landed {
    pub(super) commit: CommitId,
    pub(super) manifest: Manifest,
}

/// Lands one commit on a session's branch. `make` sees the newest state, under the session's lock;
/// when it returns `None`, nothing is done.
pub(super) fn land(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    mut make: impl FnMut(&mut Batch, &Snapshot) -> Result<Option<NewState>, OpError>,
) -> Result<Option<Landed>, OpError> {
    land_merged(store, env, session, |batch, tip| Ok(make(batch, tip)?.map(|state| (state, None))))
}

/// Lands one commit as [`land`] does, which also follows the commit that `make` returns, where it
/// returns one.
pub(super) fn land_merged(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    mut make: impl FnMut(&mut Batch, &Snapshot) -> Result<Option<(NewState, Option<CommitId>)>, OpError>,
) -> Result<Option<Landed>, OpError> {
    let mut tries = 0;
    loop {
        let writer = store.lock_session_name(&session.name)?;
        let tip = store.snapshot(current_tip(store, session)?)?;
        tip.check_writable()?;
        let mut batch = store.batch();
        let Some(new) = make(&mut batch, &tip)? else { return Ok(None) };
        let (NewState { root, mut manifest, message, authored_at, committed_at }, merged) = new;
        let root = settle(&mut batch, root, &mut manifest.conflicts)?;
        let edit = batch.manifest_edit(&mut manifest)?;
        let tree = batch.edit_tree(Some(root), &[edit])?;
        let author = &env.identity;
        let parents: Vec<CommitId> = std::iter::once(tip.commit).chain(merged).collect();
        let commit = batch.commit(&NewCommit {
            tree,
            parents: &parents,
            author,
            authored_at,
            committed_at,
            message: &message,
        })?;
        writer.begin(batch, &[commit])?;
        let log = format!("{}: {}", message.change.as_str(), message.subject);
        let mark = Mark { who: author, at: committed_at, log: &log };
        match writer.advance(&session.name, Some(tip.commit), commit, mark) {
            Ok(()) => return Ok(Some(Landed { commit, manifest })),
            Err(error) if error.is_retryable() && tries < RETRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Changes context files at a place. `make` sees the state that the place has, under its lock.
pub(super) fn change_context(
    store: &Store,
    env: &Env,
    place: &Place,
    subject: &str,
    make: impl FnMut(&mut Batch, &Snapshot) -> Result<Vec<TreeEdit>, OpError>,
) -> Result<ContextChanged, OpError> {
    match place {
        Place::Session(session) => change_session(store, env, session, subject, make),
        Place::OpenRun(session, open) => change_open_run(store, env, session, open, make),
    }
}

fn change_session(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    subject: &str,
    mut make: impl FnMut(&mut Batch, &Snapshot) -> Result<Vec<TreeEdit>, OpError>,
) -> Result<ContextChanged, OpError> {
    let mut paths = Vec::new();
    let landed = land(store, env, session, |batch, tip| {
        let edits = make(batch, tip)?;
        let root = batch.edit_tree(Some(tip.root), &edits)?;
        paths = changed_paths(batch, tip.root, root)?;
        let now = env.now();
        let message = CommitMessage::of_change(Change::Context, tip.manifest.id, subject);
        let manifest = tip.manifest.clone();
        let state = NewState { root, manifest, message, authored_at: now, committed_at: now };
        Ok((!paths.is_empty()).then_some(state))
    })?;
    Ok(ContextChanged { commit: landed.map(|landed| landed.commit), paths })
}

fn change_open_run(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    mut make: impl FnMut(&mut Batch, &Snapshot) -> Result<Vec<TreeEdit>, OpError>,
) -> Result<ContextChanged, OpError> {
    let mut paths = Vec::new();
    let commit = rewrite_open_run(store, env, session, open, |batch, state| {
        let edits = make(batch, state)?;
        let root = batch.edit_tree(Some(state.root), &edits)?;
        paths = changed_paths(batch, state.root, root)?;
        Ok((!paths.is_empty()).then_some(root))
    })?;
    Ok(ContextChanged { commit, paths })
}

/// Gives an open run a new state. Its only parent stays the commit at which it began.
pub(super) fn rewrite_open_run(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    mut make: impl FnMut(&mut Batch, &Snapshot) -> Result<Option<TreeId>, OpError>,
) -> Result<Option<CommitId>, OpError> {
    let writer = store.lock_session(open.session)?;
    let open = current_open_run(store, open)?;
    check_not_recorded(store, session, &open)?;
    let state = store.snapshot(open.commit)?;
    let mut batch = store.batch();
    let Some(mut root) = make(&mut batch, &state)? else { return Ok(None) };
    if batch.has_removed() {
        root = count_removed(store, &mut batch, &open, root)?;
    }
    let commit = commit_open_run(&mut batch, env, &state, root)?;
    writer.begin(batch, &[commit])?;
    let mark = Mark { who: &env.identity, at: env.now(), log: "save" };
    writer.put_open_run(&OpenRun { commit, ..open }, Some(open.commit), mark)?;
    Ok(Some(commit))
}

// A finish moves the branch before it drops the ref: what is written in between would be lost.
fn check_not_recorded(store: &Store, session: &SessionRef, open: &OpenRun) -> Result<(), OpError> {
    let (tip, base) = (current_tip(store, session)?, store.base_of(open)?);
    match store.contains_run(tip, base, open.run)? {
        true => Err(OpError::NotOpen(open.run)),
        false => Ok(()),
    }
}

fn count_removed(store: &Store, batch: &mut Batch, open: &OpenRun, root: TreeId) -> Result<TreeId, OpError> {
    let Some(mut record) = store.run_record(open.commit)? else { return Ok(root) };
    let edit = batch.record_edit(&mut record)?;
    Ok(batch.edit_tree(Some(root), &[edit])?)
}

fn commit_open_run(
    batch: &mut Batch,
    env: &Env,
    state: &Snapshot,
    root: TreeId,
) -> Result<CommitId, OpError> {
    let now = env.now();
    let kept = state.message.clone();
    let message =
        kept.unwrap_or_else(|| CommitMessage::of_change(Change::Run, state.manifest.id, "open run"));
    Ok(batch.commit(&NewCommit {
        tree: root,
        parents: &state.parents,
        author: &env.identity,
        authored_at: now,
        committed_at: now,
        message: &message,
    })?)
}

/// Reads a session's tip again: it may have moved since it was looked up.
pub(super) fn current_tip(store: &Store, session: &SessionRef) -> Result<CommitId, OpError> {
    let found = store.try_find_session(&session.name)?;
    let gone = || crate::store::StoreError::NoSession { name: session.name.to_string(), near: Vec::new() };
    Ok(found.ok_or_else(gone)?.tip)
}

/// Reads an open run again: it may have moved since it was looked up.
pub(super) fn current_open_run(store: &Store, open: &OpenRun) -> Result<OpenRun, OpError> {
    store.try_find_open_run(open.session, open.run)?.ok_or(OpError::NotOpen(open.run))
}

/// Merges what a run made of its manifest into the session's; where both changed a field, the
/// run's value is kept. Totals and the list of runs stay the session's.
pub(super) fn merge_run_manifest(
    base: &Manifest,
    tip: &Manifest,
    run: &Manifest,
) -> (Manifest, Vec<Conflict>) {
    if base == run {
        return (tip.clone(), Vec::new());
    }
    let mut merged = merge_manifests(Some(base), run, tip);
    merged.manifest.totals = tip.totals.clone();
    merged.manifest.runs = tip.runs.clone();
    (merged.manifest, merged.new_conflicts)
}

/// Lists the context paths that differ between two trees.
pub(super) fn changed_paths(batch: &Batch, from: TreeId, to: TreeId) -> Result<Vec<String>, OpError> {
    let changes = batch.view().context_changes(from, to)?;
    Ok(changes.into_iter().map(|change| change.path.into()).collect())
}
