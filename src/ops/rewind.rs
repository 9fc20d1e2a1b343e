//! Taking a session's context back to what a run left.

use super::change::{NewState, land};
use super::merge_context::{MergedFile, Policy, Winner, merge_changes};
use super::{Env, OpError, Selection};
use crate::model::{Change, CommitMessage, Conflict, Manifest, RunId};
use crate::store::{Batch, CommitId, RunRef, SessionRef, Snapshot, Store};

/// What a rewind did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rewound {
    /// The new commit; `None` where everything was so already.
    pub commit: Option<CommitId>,
    /// What became of the files.
    pub files: Vec<MergedFile>,
    /// Open runs. They began before, and are merged when they finish.
    pub open: Vec<RunId>,
}

/// Makes the context as it was after a run, or the selected files of it, by a new commit.
pub fn rewind(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    to: &RunRef,
    only: &Selection,
) -> Result<Rewound, OpError> {
    let mut files = Vec::new();
    let landed = land(store, env, session, |batch, tip| {
        check_reachable(batch.view(), session, tip, to)?;
        let then = batch.view().snapshot(to.run.commit)?;
        let (old, new) = (batch.view().context_files(then.root)?, batch.view().context_files(tip.root)?);
        only.check(&old.into_keys().chain(new.into_keys()).collect::<Vec<_>>(), session.name.as_str())?;
        let (state, changed) = state_of(batch, env, tip, &then, to, only)?;
        files = changed;
        let is_changed = !files.is_empty() || state.manifest != tip.manifest;
        Ok(is_changed.then_some(state))
    })?;
    let id = store.snapshot(session.tip)?.manifest.id;
    let open = store.open_runs(Some(id))?.iter().map(|open| open.run).collect();
    Ok(Rewound { commit: landed.map(|landed| landed.commit), files, open })
}

fn check_reachable(store: &Store, session: &SessionRef, tip: &Snapshot, to: &RunRef) -> Result<(), OpError> {
    match store.is_behind(to.run.commit, tip.commit)? {
        true => Ok(()),
        false => Err(OpError::NotInHistory { run: to.id(), session: session.name.to_string() }),
    }
}

fn state_of(
    batch: &mut Batch,
    env: &Env,
    tip: &Snapshot,
    then: &Snapshot,
    to: &RunRef,
    only: &Selection,
) -> Result<(NewState, Vec<MergedFile>), OpError> {
    let mut changes = batch.view().context_changes(tip.root, then.root)?;
    changes.retain(|change| only.takes(&change.path));
    let merged = merge_changes(batch, tip.root, &changes, Policy::keep_both(Winner::Incoming))?;
    let mut manifest = tip.manifest.clone();
    manifest.conflicts = conflicts(&tip.manifest, &then.manifest, only);
    manifest.add_conflicts(&merged.conflicts);
    let now = env.now();
    let subject = format!("rewind to {} {}", to.id().short(), to.run.subject);
    let message = CommitMessage::of_change(Change::Rewind, manifest.id, subject);
    let state = NewState { root: merged.root, manifest, message, authored_at: now, committed_at: now };
    Ok((state, merged.files))
}

// A conflict goes with the files that it is about; one of a field is no matter of context.
fn conflicts(now: &Manifest, then: &Manifest, only: &Selection) -> Vec<Conflict> {
    let stays = now.conflicts.iter().filter(|entry| !only.takes_conflict(entry));
    let returns = then.conflicts.iter().filter(|entry| only.takes_conflict(entry));
    stays.chain(returns).cloned().collect()
}
