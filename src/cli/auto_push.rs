//! Pushing by itself, by `session.autoPush`.

use std::path::Path;

use super::app::App;
use super::process;
use crate::store::{AutoPush, claim_push};

/// Starts to push what waits in a store, where it is time; nobody waits for it.
pub(super) fn start(app: &App, store: &Path) {
    if app.auto_push != AutoPush::Off && claim_push(store, app.env.now()) {
        // Where it cannot be started, the next command after the pause does it.
        let _ = process::start_unattended(&["push", "--auto", "--store"], store, &app.folder);
    }
}
