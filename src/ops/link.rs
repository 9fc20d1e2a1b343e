//! Noting in an open run what happens to the code meanwhile.

use super::change::rewrite_open_run;
use super::{Env, OpError};
use crate::model::{CodeLink, MOST_LINKS, RunRecord};
use crate::store::{OpenRun, SessionRef, Store};

/// Links a commit of the code to an open run. One that is linked already is left as it is.
pub fn link_commit(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    link: &CodeLink,
) -> Result<(), OpError> {
    update_record(store, env, session, open, |record| {
        let links = &mut record.code.get_or_insert_default().links;
        let is_new = links.len() < MOST_LINKS && !links.iter().any(|known| known.commit == link.commit);
        if is_new {
            links.push(link.clone());
        }
        is_new
    })
}

/// Notes in an open run that a merge or a pull brought a commit in.
pub fn note_merged(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    commit: &str,
) -> Result<(), OpError> {
    update_record(store, env, session, open, |record| {
        let merged = &mut record.code.get_or_insert_default().merged;
        let is_new = merged.len() < MOST_LINKS && !merged.iter().any(|known| known == commit);
        if is_new {
            merged.push(commit.to_owned());
        }
        is_new
    })
}

/// Changes the record of an open run and nothing else of it; `update` tells whether it did.
fn update_record(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    update: impl Fn(&mut RunRecord) -> bool,
) -> Result<(), OpError> {
    rewrite_open_run(store, env, session, open, |batch, state| {
        let mut record = store.run_record(state.commit)?.ok_or(OpError::NotOpen(open.run))?;
        if !update(&mut record) {
            return Ok(None);
        }
        let edit = batch.record_edit(&mut record)?;
        Ok(Some(batch.edit_tree(Some(state.root), &[edit])?))
    })?;
    Ok(())
}
