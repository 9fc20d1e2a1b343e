//! Mending the newest state of a session, by a new commit.

use crate::model::{Change, CommitMessage, SessionName};
use crate::ops::change::{NewState, land};
use crate::ops::check::recount;
use crate::ops::{Env, OpError};
use crate::store::{Batch, ContextFile, SessionRef, Snapshot, Store, StoreError, TreeEdit, TreeId};

/// Takes lost files from the newest older commit that still has them; a file that none has is
/// removed, so that the rest of the session can be used.
pub(super) fn mend(store: &Store, env: &Env, name: &SessionName, paths: &[String]) -> Result<(), OpError> {
    change(store, env, name, "repair: put back files that were lost", |batch, tip, state| {
        let mut all = Vec::new();
        for path in paths {
            all.extend(edits(store, tip, path)?);
        }
        state.root = batch.edit_tree(Some(tip.root), &all)?;
        Ok(())
    })
}

/// Writes totals, runs and conflicts as they are counted.
pub(super) fn write_counts(store: &Store, env: &Env, name: &SessionName) -> Result<(), OpError> {
    change(store, env, name, "repair: count totals, runs and conflicts again", |_, tip, state| {
        let session = SessionRef { name: name.clone(), tip: tip.commit };
        recount(store, &session, tip)?.put_into(&mut state.manifest);
        Ok(())
    })
}

fn change(
    store: &Store,
    env: &Env,
    name: &SessionName,
    subject: &str,
    make: impl Fn(&mut Batch, &Snapshot, &mut NewState) -> Result<(), OpError>,
) -> Result<(), OpError> {
    let gone = || StoreError::NoSession { name: name.to_string(), near: Vec::new() };
    let session = store.try_find_session(name)?.ok_or_else(gone)?;
    land(store, env, &session, |batch, tip| {
        let now = env.now();
        let message = CommitMessage::of_change(Change::Edit, tip.manifest.id, subject);
        let manifest = tip.manifest.clone();
        let mut state = NewState { root: tip.root, manifest, message, authored_at: now, committed_at: now };
        make(batch, tip, &mut state)?;
        Ok(Some(state))
    })?;
    Ok(())
}

/// Makes the edits that put a lost file or folder back as the newest older commit has it.
fn edits(store: &Store, tip: &Snapshot, path: &str) -> Result<Vec<TreeEdit>, OpError> {
    // Whatever is lost must go first: a folder that cannot be read cannot be changed.
    let mut edits = vec![TreeEdit::Remove(path.to_owned())];
    for step in store.history(tip.commit, None) {
        let step = step?;
        if let Some(found) = older(store, step.root, path) {
            edits.extend(found);
            break;
        }
    }
    Ok(edits)
}

// `None` where the commit does not have the file or folder, or lost it too.
fn older(store: &Store, root: TreeId, path: &str) -> Option<Vec<TreeEdit>> {
    let files = store.files_at(root, path).ok()?;
    let is_sound = |file: &ContextFile| store.read_blob(file.blob, u64::MAX).is_ok();
    let all_sound = !files.is_empty() && files.values().all(is_sound);
    all_sound.then(|| files.into_iter().map(|(path, file)| TreeEdit::Put(path, file)).collect())
}
