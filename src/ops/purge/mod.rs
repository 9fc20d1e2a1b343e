//! Taking something out of everything that is stored, for good.
//!
//! What is pushed elsewhere stays there until it is purged there too, so the first step is always to
//! make a secret useless where it is from.

mod plan;
mod target;

pub use plan::{PurgeHolding, PurgePlan, PurgeSession};
pub use target::PurgeTarget;

use std::collections::BTreeSet;

use self::plan::Planned;
use super::{Env, OpError};
use crate::store::{
    Cleared, CommitId, Mark, PurgedIds, Purging, RefRewrite, Residue, Store, StoreError, Wipe,
};

/// Whether a purge may rewrite what others have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Only what was never pushed.
    Unpushed,
    /// Whatever holds it.
    Given,
}

/// A purge that was done.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Purged {
    /// What held it, and what was written anew.
    pub plan: PurgePlan,
    /// What became of files beside the repository.
    pub cleared: Cleared,
    /// How many objects there are now; every one is led to by a ref.
    pub kept_objects: u64,
    /// What was searched afterwards.
    pub residue: Residue,
}

/// Tells what a purge would do now, and changes nothing.
pub fn plan_purge(
    store: &Store,
    target: &PurgeTarget,
    tell: &mut dyn FnMut(&str),
) -> Result<PurgePlan, OpError> {
    Ok(Planned::make(store, &target.wipe(store)?, tell)?.plan)
}

/// Takes something out of everything that is stored. Nobody else writes meanwhile. Where nothing
/// holds it, that is an error, unless an earlier purge did not end.
pub fn purge(
    store: &Store,
    env: &Env,
    target: &PurgeTarget,
    consent: Consent,
    tell: &mut dyn FnMut(&str),
) -> Result<Purged, OpError> {
    let purging = store.try_lock_purge()?.ok_or(OpError::Maintained)?;
    // What this process has read before may be gone.
    let fresh = store.reopen()?;
    let wipe = &target.wipe(&fresh)?;
    let planned = Planned::make(&fresh, wipe, tell)?;
    if planned.plan.is_empty() && !store.has_unfinished_purge() {
        return Err(target.is_nowhere());
    }
    let pushed = planned.plan.pushed();
    if consent == Consent::Unpushed && !pushed.is_empty() {
        return Err(OpError::WasPushed { sessions: pushed.into_iter().collect() });
    }
    rewrite(&fresh, &purging, env, planned, wipe, tell)
}

/// Takes out of everything that is stored what was purged elsewhere.
pub fn accept_purge(
    store: &Store,
    env: &Env,
    wipe: &Wipe,
    tell: &mut dyn FnMut(&str),
) -> Result<Purged, OpError> {
    let purging = store.try_lock_purge()?.ok_or(OpError::Maintained)?;
    let fresh = store.reopen()?;
    let planned = Planned::make(&fresh, wipe, tell)?;
    rewrite(&fresh, &purging, env, planned, wipe, tell)
}

fn rewrite(
    store: &Store,
    purging: &Purging<'_>,
    env: &Env,
    planned: Planned,
    wipe: &Wipe,
    tell: &mut dyn FnMut(&str),
) -> Result<Purged, OpError> {
    let Planned { plan, moves, ids, batch, gone, folders } = planned;
    purging.begin()?;
    let tips: BTreeSet<CommitId> = moves.iter().map(|moved| moved.new).collect();
    purging.persist(batch, &Vec::from_iter(tips))?;
    let mark = Mark { who: &env.identity, at: env.now(), log: "purge" };
    note(store, purging, &moves, &ids, mark)?;
    // Before the refs move: whoever does it again would not know any more what to look for.
    let cut = purging.cut_folders(&folders)?;
    for moved in &moves {
        tell(&format!("moving {}", moved.name));
        purging.move_ref(moved, mark)?;
    }
    tell("deleting what nothing leads to");
    purging.forget_moves()?;
    let kept_objects = purging.destroy()?;
    let mut cleared = purging.clear_files(wipe)?;
    cleared.cleaned.extend(cut);
    purging.end()?;
    let residue = store.reopen()?.search_everything(wipe, &gone, tell)?;
    Ok(Purged { plan, cleared, kept_objects, residue })
}

// Before the first ref moves: whoever finds an old commit at a ref must know that it is one.
fn note(
    store: &Store,
    purging: &Purging<'_>,
    moves: &[RefRewrite],
    ids: &PurgedIds,
    mark: Mark<'_>,
) -> Result<(), StoreError> {
    for moved in moves {
        let session = store.snapshot(moved.old)?.manifest.id;
        let behind = store.reachable(moved.old);
        let mut own = ids.clone();
        own.commits.retain(|old, _| behind.contains(old));
        purging.note(session, &own, mark)?;
        if let Some((remote, name)) = plan::tracked(&moved.name) {
            purging.lease(remote, &name, moved.old)?;
        }
    }
    Ok(())
}
