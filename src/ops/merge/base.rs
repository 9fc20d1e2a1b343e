//! What two sides of a merge have in common.

use std::collections::BTreeSet;

use super::state::{AUTHOR, Tips};
use crate::model::{Change, CommitMessage, Manifest, Person, SessionId, join_manifests, merge_on_contested};
use crate::ops::OpError;
use crate::ops::merge_context::{Loser, merge_changes};
use crate::store::{Batch, CommitId, Divergence, NewCommit, TreeId};

/// How many levels of crosswise merges are looked at. Below that, one of several bases is as good
/// as all of them.
const DEPTH: usize = 32;

/// The state that both sides of a merge come from.
#[derive(Debug, Clone)]
pub(in crate::ops) struct Base {
    /// Its files; none where the histories have nothing in common.
    pub(in crate::ops) root: TreeId,
    pub(in crate::ops) manifest: Option<Manifest>,
    /// Fields that the bases which it was made of disagree on.
    pub(in crate::ops) contested: BTreeSet<String>,
}

/// Finds what two commits have in common, and what each has alone. Several bases are merged first,
/// in memory; `session` is the one that is merged into.
pub(in crate::ops) fn base_of(
    batch: &mut Batch,
    session: SessionId,
    ours: CommitId,
    theirs: CommitId,
) -> Result<(Divergence, Base), OpError> {
    let divergence = batch.view().divergence(ours, theirs)?;
    let base = batch.of_what_is_stored(|batch| base_among(batch, session, &divergence.bases, 0))?;
    Ok((divergence, base))
}

fn base_among(
    batch: &mut Batch,
    session: SessionId,
    bases: &[CommitId],
    depth: usize,
) -> Result<Base, OpError> {
    let mut contested = BTreeSet::new();
    let Some((first, rest)) = bases.split_first() else {
        return Ok(Base { root: batch.edit_tree(None, &[])?, manifest: None, contested });
    };
    let mut base = *first;
    for other in rest.iter().filter(|_| depth < DEPTH) {
        let below = batch.view().divergence(base, *other)?.bases;
        let below = base_among(batch, session, &below, depth + 1)?;
        let (joined, fields) = join(batch, session, (base, *other), &below)?;
        base = joined;
        contested.extend(fields);
    }
    let snapshot = batch.view().snapshot(base)?;
    Ok(Base { root: snapshot.root, manifest: Some(snapshot.manifest), contested })
}

// A commit that is never stored: it only serves to find what the next base has in common with it.
fn join(
    batch: &mut Batch,
    session: SessionId,
    (a, b): (CommitId, CommitId),
    base: &Base,
) -> Result<(CommitId, BTreeSet<String>), OpError> {
    let (a, b) = (batch.view().snapshot(a)?, batch.view().snapshot(b)?);
    let tips = Tips { current: &a, incoming: &b };
    let changes = batch.view().context_changes(base.root, b.root)?;
    let files = merge_changes(batch, a.root, &changes, tips.policy(Loser::Contested))?;
    let known = base.manifest.as_ref();
    let (mut manifest, fields) = match (a.manifest.id == session, b.manifest.id == session) {
        (true, false) => (join_manifests(known, &a.manifest, &b.manifest), BTreeSet::new()),
        (false, true) => (join_manifests(known, &b.manifest, &a.manifest), BTreeSet::new()),
        _ => {
            let merged = merge_on_contested(known, &base.contested, &a.manifest, &b.manifest);
            let fields: BTreeSet<String> =
                merged.new_conflicts.iter().filter_map(|c| c.field.clone()).collect();
            let mut manifest = merged.manifest;
            manifest.conflicts.retain(|entry| !merged.new_conflicts.contains(entry));
            (manifest, fields)
        }
    };
    let edit = batch.manifest_edit(&mut manifest)?;
    let tree = batch.edit_tree(Some(files.root), &[edit])?;
    let at = a.committed_at.max(b.committed_at);
    let commit = batch.commit(&NewCommit {
        tree,
        parents: &[a.commit, b.commit],
        author: &Person::new(AUTHOR.0, AUTHOR.1),
        authored_at: at,
        committed_at: at,
        message: &CommitMessage::of_change(Change::Merge, manifest.id, "base"),
    })?;
    Ok((commit, fields))
}
