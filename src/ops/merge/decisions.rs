//! Decisions that both sides of a merge made, each for itself.

use crate::model::{ContextPath, Decision, DecisionId};
use crate::ops::OpError;
use crate::ops::decide::DECISION_BYTES;
use crate::ops::merge_context::{MergedAs, MergedContext, MergedFile};
use crate::store::{Batch, Store, TreeEdit, TreeId};

/// A decision and its file.
type Made = (DecisionId, Decision);

/// Leaves one of two decisions that say the same: the one that was made first, or that with the
/// smaller id. One that others refer to stays.
pub(super) fn keep_same_once(
    batch: &mut Batch,
    base: TreeId,
    current: TreeId,
    merged: &mut MergedContext,
) -> Result<(), OpError> {
    let added: Vec<ContextPath> = merged
        .files
        .iter()
        .filter(|file| file.how == MergedAs::Added)
        .map(|file| file.path.clone())
        .collect();
    let theirs = decisions(batch.view(), merged.root, added)?;
    if theirs.is_empty() {
        return Ok(());
    }
    let changes = batch.view().context_changes(base, current)?;
    let new = changes.into_iter().filter(|change| change.old.is_none()).map(|change| change.path);
    let ours = decisions(batch.view(), current, new)?;
    let all: Vec<ContextPath> = batch.view().context_files(merged.root)?.into_keys().collect();
    let all = decisions(batch.view(), merged.root, all)?;
    for (their_id, their) in &theirs {
        let same = ours.iter().find(|(_, our)| our.says_the_same(their));
        let Some((our_id, our)) = same else { continue };
        let is_first = (our.decided_at, our_id) < (their.decided_at, their_id);
        let left_out = if is_first { their_id } else { our_id };
        if !all.iter().any(|(_, decision)| refers_to(decision, left_out)) {
            leave_out(batch, merged, left_out, our_id)?;
        }
    }
    Ok(())
}

fn leave_out(
    batch: &mut Batch,
    merged: &mut MergedContext,
    left_out: &DecisionId,
    ours: &DecisionId,
) -> Result<(), OpError> {
    let path = left_out.path();
    merged.root = batch.edit_tree(Some(merged.root), &[TreeEdit::remove_context(&path)])?;
    merged.files.retain(|file| file.path != path);
    if left_out == ours {
        merged.files.push(MergedFile { path, how: MergedAs::Removed });
        merged.files.sort_by(|a, b| a.path.cmp(&b.path));
    }
    Ok(())
}

fn refers_to(decision: &Decision, id: &DecisionId) -> bool {
    decision.supersedes.contains(id) || decision.superseded_by.as_ref() == Some(id)
}

// What cannot be read as a decision is left as it is.
fn decisions(
    store: &Store,
    root: TreeId,
    paths: impl IntoIterator<Item = ContextPath>,
) -> Result<Vec<Made>, OpError> {
    let mut found = Vec::new();
    for path in paths {
        let Some(id) = DecisionId::of_path(&path) else { continue };
        let Some(file) = store.context_file(root, &path)? else { continue };
        if store.blob_bytes(file.blob)? <= DECISION_BYTES {
            let bytes = store.read_blob(file.blob, DECISION_BYTES)?;
            found.extend(Decision::parse(path.as_str(), &bytes).ok().map(|decision| (id, decision)));
        }
    }
    Ok(found)
}
