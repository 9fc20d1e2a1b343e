//! Doing what hooks left behind.

use std::path::Path;
use std::time::Duration;

use super::event::apply;
use super::place::Place;
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::hooks::catch_up;
use crate::store::{SpooledEvent, Store, StoreError, StoreOptions, has_new_head_moves, has_spooled_events};

/// How long a process of its own waits for another one that does the same.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a command waits for a process that a hook started.
const MOMENT: Duration = Duration::from_secs(2);

/// Does what hooks in this work tree, or for this store, left behind. A verb goes on whatever comes
/// of it.
pub(in crate::cli) fn settle(app: &App) {
    let Ok(dir) = app.store_path() else { return };
    // Most often nothing is left, so the store is not opened for it.
    if has_spooled_events(&dir)
        && let Ok(Some(store)) = app.try_store()
    {
        let _ = drain(&store, MOMENT);
    }
    if app.project.as_ref().is_some_and(|project| has_new_head_moves(&dir, project)) {
        let here = SpooledEvent { folder: app.folder.clone(), ..SpooledEvent::default() };
        let _ = settle_here(&here);
    }
}

fn settle_here(here: &SpooledEvent) -> Result<(), CliError> {
    let mut place = Place::find(here)?;
    place.settings.deadline = place.settings.deadline.max(MOMENT);
    if let Some(store) = place.open()?
        && let Some(scene) = place.scene(&store)
    {
        catch_up(&scene)?;
    }
    Ok(())
}

/// Does the events that were left in a store.
pub(super) fn settle_store(dir: &Path) -> Result<(), CliError> {
    match Store::open(dir, StoreOptions::default()) {
        Err(StoreError::Absent(_)) => Ok(()),
        store => drain(&store?, PATIENCE),
    }
}

fn do_later(event: &SpooledEvent, wait: Duration) -> Result<(), CliError> {
    let mut place = Place::find(event)?;
    // The deadline is for who is waited for.
    place.settings.deadline = place.settings.deadline.max(wait);
    apply(&place, event).map(drop)
}

/// Tells whether an event that could not be done may be done later.
pub(super) fn may_work_later(error: &CliError) -> bool {
    ["locked", "read_only", "store_failed"].contains(&error.code)
}

fn drain(store: &Store, wait: Duration) -> Result<(), CliError> {
    match store.lock_spool(wait)? {
        Some(_lock) => drain_locked(store, wait),
        None => Ok(()),
    }
}

/// Does what waits, for one who holds the spool's lock.
pub(super) fn drain_locked(store: &Store, wait: Duration) -> Result<(), CliError> {
    for name in store.spooled_events()? {
        let done = match store.spooled_event(&name) {
            Some(event) => do_later(&event, wait),
            None => Ok(()),
        };
        match done {
            // It may be done later.
            Err(error) if may_work_later(&error) => return Err(error),
            // It never will.
            _ => store.drop_spooled_event(&name)?,
        }
    }
    Ok(())
}
