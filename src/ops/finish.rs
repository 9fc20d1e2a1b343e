//! Ending an open run.
//!
//! The branch moves first and the open ref is dropped then. A process that dies in between leaves
//! a ref whose run is recorded already; the next finish, or `status`, sees that and drops it.

use super::change::{current_open_run, land, merge_run_manifest};
use super::merge_context::{MergedContext, Winner, merge_changes};
use super::open_run::open_record;
use super::record::{Done, RecordInput, already_recorded, finished, folder_changes, run_state};
use super::{Env, OpError, Recorded};
use crate::model::{Conflict, RunRecord, RunStatus};
use crate::store::{Batch, Mark, OpenRun, SessionRef, Snapshot, Store, TreeId};

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct FinishOptions {
    /// What it left: conversation, artifacts, and the context where that is not its own folder.
    pub input: RecordInput,
}

impl FinishOptions {
    /// Sets what the run left.
    pub fn with_input(mut self, input: RecordInput) -> Self {
        self.input = input;
        self
    }
}

/// Records an open run on its session's branch; `update` completes its record. What it changed
/// since it began is merged into what the session has become meanwhile; where both changed the
/// same, the run's version takes the path and the other is kept beside it.
pub fn finish(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    update: impl Fn(&mut RunRecord),
    options: &FinishOptions,
) -> Result<Recorded, OpError> {
    let open = match current_open_run(store, open) {
        Ok(open) => open,
        // Two finishes at once: the other one was first.
        Err(OpError::NotOpen(run)) => return already_recorded(store, session, run),
        Err(other) => return Err(other),
    };
    let base = store.snapshot(store.base_of(&open)?)?;
    let mut done: Option<Done> = None;
    let landed = land(store, env, session, |batch, tip| {
        if store.contains_run(tip.commit, base.commit, open.run)? {
            return Ok(None);
        }
        let mut record = open_record(store, &open)?;
        update(&mut record);
        record.withheld = options.input.context.withheld();
        let record = finished(env, record)?;
        let state = store.snapshot(open.commit)?;
        let run = with_folder(batch, env, &base, state.root, &options.input)?;
        let changes = batch.view().context_changes(base.root, run.root)?;
        let mut merged = merge_changes(batch, tip.root, &changes, Winner::Incoming)?;
        let (manifest, fields) = merge_run_manifest(&base.manifest, &tip.manifest, &state.manifest);
        merged.conflicts.extend(run.conflicts);
        merged.conflicts.extend(fields);
        let (new, run) = run_state(batch, tip, merged, manifest, record, &options.input)?;
        done = Some(run);
        Ok(Some(new))
    })?;
    drop_open(store, env, &open)?;
    match (landed, done) {
        (Some(landed), Some(done)) => Ok(done.recorded(session, landed)),
        _ => already_recorded(store, session, open.run),
    }
}

/// Ends an open run as cancelled. It is recorded like any other.
pub fn abort(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    update: impl Fn(&mut RunRecord),
    options: &FinishOptions,
) -> Result<Recorded, OpError> {
    let cancelled = |record: &mut RunRecord| {
        update(record);
        record.status = RunStatus::Cancelled;
    };
    finish(store, env, session, open, cancelled, options)
}

/// Forgets an open run: nothing of it is recorded.
pub fn discard(store: &Store, env: &Env, open: &OpenRun) -> Result<(), OpError> {
    drop_open(store, env, &current_open_run(store, open)?)
}

/// Tells whether an open run is recorded already, and drops its ref if so.
pub(super) fn drop_if_recorded(
    store: &Store,
    env: &Env,
    tip: &Snapshot,
    open: &OpenRun,
) -> Result<bool, OpError> {
    let base = store.base_of(open)?;
    let recorded = store.contains_run(tip.commit, base, open.run)?;
    if recorded {
        drop_open(store, env, open)?;
    }
    Ok(recorded)
}

/// Adds to an open run's state what its folder changed since it began. Where the run also wrote a
/// fact by command, the command's value is kept.
pub(super) fn with_folder(
    batch: &mut Batch,
    env: &Env,
    base: &Snapshot,
    state: TreeId,
    input: &RecordInput,
) -> Result<MergedContext, OpError> {
    let Some(scan) = input.context.scan() else {
        return Ok(MergedContext { root: state, conflicts: Vec::<Conflict>::new() });
    };
    if scan.files.len() > env.limits.max_files {
        return Err(OpError::BadRecord(format!("over {} context files", env.limits.max_files)));
    }
    let given = match &input.context {
        super::ContextInput::Mirror(_) => batch.view().context_files(base.root)?.into_keys().collect(),
        _ => Default::default(),
    };
    let changes = folder_changes(batch, base.root, scan, &given)?;
    merge_changes(batch, state, &changes, Winner::Current)
}

fn drop_open(store: &Store, env: &Env, open: &OpenRun) -> Result<(), OpError> {
    let writer = store.lock_session(open.session)?;
    if let Ok(open) = current_open_run(store, open) {
        let mark = Mark { who: &env.identity, at: env.now(), log: "finished" };
        writer.drop_open_run(&open, mark)?;
    }
    Ok(store.run_folder(open.run).remove()?)
}
