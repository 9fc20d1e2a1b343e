//! The state of a session in which two histories are joined.

use std::collections::HashSet;

use super::base::Base;
use super::decisions::keep_same_once;
use crate::model::{
    Conflict, Manifest, RECENT_RUNS, RecentRun, RunId, RunRecord, Timestamp, join_manifests,
    merge_on_contested,
};
use crate::ops::merge_context::{First, Loser, MergedContext, Policy, Winner, merge_changes};
use crate::ops::runs::record_or_message;
use crate::ops::{OpError, Selection};
use crate::store::{Batch, CommitId, Divergence, Snapshot, Store};

/// Who merges where it must not matter who does.
pub(super) const AUTHOR: (&str, &str) = ("git-session merge", "merge@git-session.invalid");

/// The two states that are merged.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Tips<'a> {
    pub(in crate::ops) current: &'a Snapshot,
    pub(in crate::ops) incoming: &'a Snapshot,
}

/// Two states made one.
pub(in crate::ops) struct Joined {
    pub(in crate::ops) files: MergedContext,
    pub(in crate::ops) manifest: Manifest,
    /// The conflicts that the merge made.
    pub(in crate::ops) conflicts: Vec<Conflict>,
    /// How many runs came in.
    pub(in crate::ops) new_runs: usize,
}

impl Tips<'_> {
    /// Returns how conflicts are treated where what is there wins.
    pub(in crate::ops) fn policy(&self, loser: Loser) -> Policy {
        let first = First::Earlier { current: self.current.commit, incoming: self.incoming.commit };
        Policy { winner: Winner::Current, loser, first }
    }

    /// Merges the files that are selected, and the manifests.
    pub(in crate::ops) fn join(
        &self,
        batch: &mut Batch,
        divergence: &Divergence,
        base: &Base,
        policy: Policy,
        selection: &Selection,
    ) -> Result<Joined, OpError> {
        let mut changes = batch.view().context_changes(base.root, self.incoming.root)?;
        changes.retain(|change| selection.takes(&change.path));
        let mut files = merge_changes(batch, self.current.root, &changes, policy)?;
        keep_same_once(batch, base.root, self.current.root, &mut files)?;
        let (mut manifest, mut conflicts) = self.manifest(base, selection);
        manifest.add_conflicts(&files.conflicts);
        conflicts.extend(files.conflicts.iter().cloned());
        let new = new_runs(batch.view(), &self.current.manifest, divergence);
        new.iter().for_each(|record| manifest.totals.add(record));
        manifest.runs = self.recent_runs(batch.view(), &manifest)?;
        Ok(Joined { files, manifest, conflicts, new_runs: new.len() })
    }

    fn manifest(&self, base: &Base, selection: &Selection) -> (Manifest, Vec<Conflict>) {
        let (ours, mut theirs) = (&self.current.manifest, self.incoming.manifest.clone());
        let known = base.manifest.as_ref();
        if !selection.is_everything() {
            // What is left out is as it was.
            theirs = Manifest { conflicts: theirs.conflicts, ..known.unwrap_or(ours).clone() };
            theirs.conflicts.retain(|entry| selection.takes_conflict(entry));
            let left_out = |entry: &&Conflict| !selection.takes_conflict(entry);
            theirs.conflicts.extend(known.iter().flat_map(|base| &base.conflicts).filter(left_out).cloned());
        }
        if ours.id != self.incoming.manifest.id {
            return (join_manifests(known, ours, &theirs), Vec::new());
        }
        let mut merged = merge_on_contested(known, &base.contested, ours, &theirs);
        merged.manifest.totals = ours.totals.clone();
        (merged.manifest, merged.new_conflicts)
    }

    fn recent_runs(&self, view: &Store, manifest: &Manifest) -> Result<Vec<RecentRun>, OpError> {
        let origin = manifest.origin.as_ref().and_then(|origin| CommitId::from_hex(&origin.commit));
        let tips = [self.current.commit, self.incoming.commit];
        let mut newest = view.last_runs(&tips, origin, RECENT_RUNS)?;
        newest.reverse();
        let sides = [&self.current.manifest, &self.incoming.manifest];
        let listed =
            |id: RunId| sides.into_iter().flat_map(|side| &side.runs).find(|run| run.id == id).cloned();
        let recent = newest.iter().map(|run| {
            listed(run.run.id).unwrap_or_else(|| RecentRun::from(&record_or_message(view, run).0))
        });
        Ok(recent.collect())
    }
}

/// Returns when the last run of a session finished.
pub(super) fn last_finish(state: &Snapshot) -> Option<Timestamp> {
    state.manifest.runs.first().and_then(|run| run.finished_at)
}

// A run that two commits record, because somebody handed in its id twice, counts once.
fn new_runs(view: &Store, ours: &Manifest, divergence: &Divergence) -> Vec<RunRecord> {
    let mut known: HashSet<RunId> = divergence.ours.iter().map(|run| run.run.id).collect();
    known.extend(ours.runs.iter().map(|run| run.id));
    let new = divergence.theirs.iter().filter(|run| known.insert(run.run.id));
    new.map(|run| record_or_message(view, run).0).collect()
}
