//! Which session and which open run an event belongs to.

use super::{HookError, Scene};
use crate::ops::{CreateOptions, create, open_record};
use crate::store::{AutoSession, CodeProject, OpenRun, SessionRef};

/// Whether a session may be started where none is current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// It may, where the settings say so and a branch is checked out.
    Start,
    /// It may not.
    Leave,
}

/// Finds the session that is current where this branch is checked out.
pub(super) fn session(
    scene: &Scene<'_>,
    branch: Option<&str>,
    absent: Absent,
) -> Result<Option<SessionRef>, HookError> {
    if let Some(session) = inherited(scene)? {
        return Ok(Some(session));
    }
    let mut project = scene.project.clone();
    project.head.branch = branch.map(str::to_owned);
    let found = scene.store.current_session(Some(&project))?;
    match (found, branch) {
        (Some((session, _)), _) => Ok(Some(session)),
        (None, Some(branch)) if absent == Absent::Start => start(scene, &project, branch),
        _ => Ok(None),
    }
}

fn inherited(scene: &Scene<'_>) -> Result<Option<SessionRef>, HookError> {
    let Some(name) = &scene.inherited.session else { return Ok(None) };
    // A name of another store is ignored, as every verb does.
    Ok(scene.store.find_session(name).ok())
}

fn start(scene: &Scene<'_>, project: &CodeProject, branch: &str) -> Result<Option<SessionRef>, HookError> {
    if scene.settings.auto_session == AutoSession::Off {
        return Ok(None);
    }
    // Two hooks at once must not start two sessions for one branch.
    let lock = scene.store.lock_choices(scene.settings.deadline)?.ok_or(HookError::Busy)?;
    if let Some((session, _)) = scene.store.current_session(Some(project))? {
        return Ok(Some(session));
    }
    let options = CreateOptions::default().with_project(Some(project.as_project()));
    let created = create(scene.store, scene.env, branch, options)?;
    scene.store.bind_session(project, branch, &created.session.name, created.manifest.id)?;
    drop(lock);
    Ok(Some(created.session))
}

/// Finds the open run of a session that work in this work tree belongs to: the one that the
/// surrounding process was started in, or the newest that was begun here.
pub(super) fn open_run(scene: &Scene<'_>, session: &SessionRef) -> Result<Option<OpenRun>, HookError> {
    let store = scene.store;
    let id = store.snapshot(session.tip)?.manifest.id;
    if let Some(run) = scene.inherited.run
        && let Some(open) = store.try_find_open_run(id, run)?
    {
        return Ok(Some(open));
    }
    let mut found = Vec::new();
    for open in store.open_runs(Some(id))? {
        if store.run_folder(open.run).is_worked_in(scene.project) {
            let started_at = open_record(store, &open)?.started_at;
            found.push((started_at, open));
        }
    }
    found.sort_by_key(|(started_at, open)| (*started_at, open.run));
    Ok(found.pop().map(|(_, open)| open))
}
