//! Letting a session know the id that another tool gave to the same work.

use super::change::{NewState, land};
use super::{Env, OpError};
use crate::model::{Change, CommitMessage};
use crate::store::{SessionRef, Store};

/// Adds the id that `source` has for a session; the newest are kept. One that is known changes
/// nothing.
pub fn adopt(store: &Store, env: &Env, session: &SessionRef, source: &str, id: &str) -> Result<(), OpError> {
    let id = store.clean_text(id);
    land(store, env, session, |_, tip| {
        let mut manifest = tip.manifest.clone();
        if manifest.external_ids.get(source).is_some_and(|ids| ids.contains(&id)) {
            return Ok(None);
        }
        manifest.add_external_id(source, &id);
        let now = env.now();
        let message = CommitMessage::of_change(Change::Edit, manifest.id, format!("{source} works in it"));
        Ok(Some(NewState { root: tip.root, manifest, message, authored_at: now, committed_at: now }))
    })?;
    Ok(())
}
