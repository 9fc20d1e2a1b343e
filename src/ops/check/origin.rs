//! Checking what a session says of where it is from, and what joined histories left.

use std::collections::BTreeSet;

use crate::model::{Change, Conflict, Origin, shown};
use crate::store::{CommitId, Snapshot, Step, Store};

/// Says in what a session's origin is not so; `None` where it is, or where there is none.
pub(super) fn origin_differs(store: &Store, tip: &Snapshot) -> Option<String> {
    let Origin { session, run, commit, .. } = tip.manifest.origin.as_ref()?;
    let Some(id) = CommitId::from_hex(commit) else {
        return Some(format!("the origin '{}' is no commit", shown(commit)));
    };
    // A commit that is missing is told of where the history is looked at.
    let there = store.snapshot(id).ok()?;
    if !store.reachable(tip.commit).contains(&id) {
        return Some(format!("the origin {} is not behind it", id.short()));
    }
    if there.manifest.id != *session {
        let is = there.manifest.id.short();
        return Some(format!("the origin is said to be in session {}, and is in {is}", session.short()));
    }
    let recorded = store.run_record(id).ok()?.map(|record| record.id);
    (recorded != *run).then(|| {
        let told = |run: &Option<_>| run.map_or("none".to_owned(), |run: crate::model::RunId| run.short());
        format!("the origin is said to be run {}, and is {}", told(run), told(&recorded))
    })
}

/// Collects what is in conflict where histories were joined or something was taken back, and where
/// the session was forked: no run has a record of that.
pub(super) fn conflicts_of_changes(store: &Store, tip: &Snapshot, history: &[Step]) -> BTreeSet<String> {
    let makes = |step: &&Step| match &step.message {
        Some(message) => matches!(message.change, Change::Merge | Change::Undo | Change::Rewind),
        None => true,
    };
    let origin = tip.manifest.origin.as_ref().and_then(|origin| CommitId::from_hex(&origin.commit));
    let inherited =
        origin.and_then(|origin| store.snapshot(origin).ok()).map(|state| state.manifest.conflicts);
    let made = history.iter().filter(makes).flat_map(|step| conflicts_made(store, step));
    inherited.into_iter().flatten().chain(made).map(|entry| entry.subject().to_owned()).collect()
}

// A conflict is about what one of the joined states had.
fn conflicts_made(store: &Store, step: &Step) -> Vec<Conflict> {
    let Ok(state) = store.snapshot(step.commit) else { return Vec::new() };
    let parents: Vec<Step> = step.parents.iter().filter_map(|parent| store.step(*parent).ok()).collect();
    let is_file = |path: &str| {
        let path = format!("context/{path}");
        parents.iter().any(|parent| store.files_at(parent.root, &path).is_ok_and(|files| !files.is_empty()))
    };
    let mut conflicts = state.manifest.conflicts;
    conflicts.retain(|entry| entry.path.as_deref().is_none_or(is_file));
    conflicts
}
