//! Merging: another session's context and runs into one, or two tips of one session.
//!
//! What both histories share is the base. Files merge by kind, manifests by field, and runs are
//! counted once; `merge_context` has the rules for files.

mod again;
mod base;
mod decisions;
mod state;
mod sync;

pub use sync::{SyncMerge, sync_merge};

use again::{Earlier, earlier_merge};
use base::{Base, base_of};
use serde::Serialize;
use state::Tips;

use super::change::{NewState, land_merged};
use super::merge_context::{Loser, Policy, Winner, settle};
use super::{Env, MergedFile, OpError, Point, Selection};
use crate::model::{Change, CommitMessage, Conflict};
use crate::store::{Batch, CommitId, Divergence, SessionRef, Snapshot, Store};

/// How a merge is done.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct MergeOptions {
    /// The files that are taken; everything where it is empty. What is left out is turned down.
    pub only: Selection,
    /// What is kept where both sides changed the same.
    pub keep: KeepSide,
    /// The subject of the commit.
    pub summary: Option<String>,
    /// Whether what was merged before is merged once more.
    pub again: Again,
}

/// Whether what was merged before is merged once more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// There is nothing to merge then.
    #[default]
    No,
    /// It is, on the base from before: as if that merge had not been.
    Yes,
}

/// What a merge keeps where both sides changed the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeepSide {
    /// Ours takes the path and theirs is kept beside it, as an open conflict.
    #[default]
    Both,
    /// Ours; theirs is left to history.
    Ours,
    /// Theirs; ours is left to history.
    Theirs,
}

/// What a merge did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Merged {
    /// The new commit; `None` where nothing was done.
    pub commit: Option<CommitId>,
    /// Why there is nothing to do.
    pub nothing: Option<Nothing>,
    /// How many runs came in.
    pub new_runs: usize,
    /// What became of the files.
    pub files: Vec<MergedFile>,
    /// The conflicts that were kept twice.
    pub conflicts: Vec<Conflict>,
    /// How many conflicts are open, with those of before.
    pub open_conflicts: usize,
}

/// Why there is nothing to merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Nothing {
    /// It is the session itself, or a run of it.
    Itself,
    /// The session has all of it.
    Already,
    /// It was merged, and that was taken back.
    Undone,
}

impl MergeOptions {
    /// Sets which files are taken.
    pub fn with_only(mut self, only: Selection) -> Self {
        self.only = only;
        self
    }

    /// Sets what is kept where both sides changed the same.
    pub fn with_keep(mut self, keep: KeepSide) -> Self {
        self.keep = keep;
        self
    }

    /// Merges what was merged before once more.
    pub fn with_again(mut self, again: Again) -> Self {
        self.again = again;
        self
    }

    /// Sets the subject of the commit.
    pub fn with_summary(mut self, summary: Option<String>) -> Self {
        self.summary = summary;
        self
    }
}

/// Merges a state of another session into a session, by a commit that follows both.
pub fn merge(
    store: &Store,
    env: &Env,
    into: &SessionRef,
    from: &Point,
    options: &MergeOptions,
) -> Result<Merged, OpError> {
    let mut done = Merged::nothing(Nothing::Already);
    let landed = land_merged(store, env, into, |batch, tip| {
        let (merged, state) = prepare(batch, env, tip, from, options)?;
        done = merged;
        Ok(state.map(|state| (state, Some(from.commit))))
    })?;
    done.commit = landed.map(|landed| landed.commit);
    Ok(done)
}

/// Tells what a merge would do.
pub fn plan_merge(
    store: &Store,
    env: &Env,
    into: &SessionRef,
    from: &Point,
    options: &MergeOptions,
) -> Result<Merged, OpError> {
    let tip = store.snapshot(super::change::current_tip(store, into)?)?;
    Ok(prepare(&mut store.batch(), env, &tip, from, options)?.0)
}

impl Merged {
    fn nothing(why: Nothing) -> Self {
        Self {
            commit: None,
            nothing: Some(why),
            new_runs: 0,
            files: Vec::new(),
            conflicts: Vec::new(),
            open_conflicts: 0,
        }
    }
}

fn prepare(
    batch: &mut Batch,
    env: &Env,
    tip: &Snapshot,
    from: &Point,
    options: &MergeOptions,
) -> Result<(Merged, Option<NewState>), OpError> {
    let theirs = batch.view().snapshot(from.commit)?;
    theirs.check_writable()?;
    let (divergence, base) = match common(batch, tip, &theirs, options.again)? {
        Ok(common) => common,
        Err(why) => return Ok((Merged::nothing(why), None)),
    };
    let files = batch
        .view()
        .context_files(theirs.root)?
        .into_keys()
        .chain(batch.view().context_files(base.root)?.into_keys());
    options.only.check(&files.collect::<Vec<_>>(), from.session.name.as_str())?;
    let tips = Tips { current: tip, incoming: &theirs };
    let joined = tips.join(batch, &divergence, &base, options.policy(tips), &options.only)?;
    let mut manifest = joined.manifest;
    let root = settle(batch, joined.files.root, &mut manifest.conflicts)?;
    let now = env.now();
    let message = CommitMessage::of_change(Change::Merge, manifest.id, options.subject(from));
    let merged = Merged {
        commit: None,
        nothing: None,
        new_runs: joined.new_runs,
        files: joined.files.files,
        conflicts: joined.conflicts,
        open_conflicts: manifest.conflicts.len(),
    };
    Ok((merged, Some(NewState { root, manifest, message, authored_at: now, committed_at: now })))
}

// What the two have in common, or why there is nothing to merge.
fn common(
    batch: &mut Batch,
    tip: &Snapshot,
    theirs: &Snapshot,
    again: Again,
) -> Result<Result<(Divergence, Base), Nothing>, OpError> {
    let session = tip.manifest.id;
    let (divergence, base) = base_of(batch, session, tip.commit, theirs.commit)?;
    let is_merged = divergence.bases == [theirs.commit];
    if is_merged && theirs.manifest.id == session {
        return Ok(Err(Nothing::Itself));
    }
    if !is_merged && again == Again::No {
        return Ok(Ok((divergence, base)));
    }
    Ok(match earlier_merge(batch.view(), tip, theirs.commit)? {
        Some(Earlier { parents: (ours, theirs), .. }) if again == Again::Yes => {
            Ok((divergence, base_of(batch, session, ours, theirs)?.1))
        }
        Some(Earlier { is_undone: true, .. }) => Err(Nothing::Undone),
        _ if is_merged => Err(Nothing::Already),
        _ => Ok((divergence, base)),
    })
}

impl MergeOptions {
    fn policy(&self, tips: Tips<'_>) -> Policy {
        let dropped = tips.policy(Loser::Dropped);
        match self.keep {
            KeepSide::Both => tips.policy(Loser::Kept),
            KeepSide::Ours => dropped,
            KeepSide::Theirs => Policy { winner: Winner::Incoming, ..dropped },
        }
    }

    fn subject(&self, from: &Point) -> String {
        let run = from.run.map(|run| format!(" at {}", run.short())).unwrap_or_default();
        self.summary.clone().unwrap_or_else(|| format!("merge {}{run}", from.session.name))
    }
}
