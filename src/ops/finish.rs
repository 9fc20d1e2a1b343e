//! Ending an open run.
//!
//! The branch moves first and the open ref is dropped then. A process that dies in between leaves
//! a ref whose run is recorded already; the next finish, or `status`, sees that and drops it.

use std::collections::btree_map::Entry;

use super::change::{current_open_run, land, merge_run_manifest};
use super::merge_context::{MergedContext, Policy, Winner, merge_changes};
use super::open_run::open_record;
use super::record::{
    ContextInput, Done, RecordInput, already_recorded, finished, folder_changes, run_state, stored,
};
use super::{Env, OpError, Recorded};
use crate::model::{RunRecord, RunStatus};
use crate::store::{Batch, Mark, OpenRun, SessionRef, Snapshot, Store, TreeEdit, TreeId};

/// Where an open run's state keeps what its folder held at the last checkpoint. It never lands.
const CHECKPOINT: &str = "checkpoint";

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
    let given = options.input.without_secret_names(store);
    let mut done: Option<Done> = None;
    let landed = land(store, env, session, |batch, tip| {
        if store.contains_run(tip.commit, base.commit, open.run)? {
            return Ok(None);
        }
        // Under the lock: what the run wrote until now belongs to it.
        let open = current_open_run(store, &open)?;
        let mut record = open_record(store, &open)?;
        let code = record.code.clone();
        update(&mut record);
        record.keep_links(code.as_ref());
        record.withheld = given.context.withheld();
        let record = finished(env, store.clean_record(&record)?)?;
        let state = store.snapshot(open.commit)?;
        let input = with_saved(store, &state, &given)?;
        let run = with_folder(batch, &base, state.root, &input.context)?;
        let changes = batch.view().context_changes(base.root, run.root)?;
        let mut merged = merge_changes(batch, tip.root, &changes, Policy::keep_both(Winner::Incoming))?;
        let (manifest, fields) = merge_run_manifest(&base.manifest, &tip.manifest, &state.manifest);
        merged.conflicts.extend(run.conflicts);
        merged.conflicts.extend(fields);
        let (new, run) = run_state(batch, tip, merged, manifest, record, &input)?;
        done = Some(run);
        Ok(Some(new))
    })?;
    let dropped = drop_open(store, env, &open);
    match (landed, done) {
        // The run is recorded, so that is what is told: the next look at the open run drops it.
        (Some(landed), Some(done)) => Ok(done.recorded(session, landed)),
        _ => {
            dropped?;
            already_recorded(store, session, open.run)
        }
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
        // Who only looks must get an answer, also where nothing can be written.
        let _ = drop_open(store, env, open);
    }
    Ok(recorded)
}

/// Adds to an open run's state what its folder changed since it was last looked at: at the last
/// checkpoint, or when the run began. Where the run also wrote a fact by command, the command's
/// value is kept.
pub(super) fn with_folder(
    batch: &mut Batch,
    base: &Snapshot,
    state: TreeId,
    input: &ContextInput,
) -> Result<MergedContext, OpError> {
    let seen = batch.view().files_below(state, CHECKPOINT)?;
    let before = match seen.is_empty() {
        true => batch.view().context_files(base.root)?,
        false => seen,
    };
    let changes = folder_changes(batch, &before, input)?;
    merge_changes(batch, state, &changes, Policy::keep_both(Winner::Current))
}

/// Makes the edits that keep in an open run's state what its folder held at a checkpoint.
pub(super) fn seen_folder(batch: &mut Batch, input: &ContextInput) -> Result<Vec<TreeEdit>, OpError> {
    let Some(scan) = input.scan() else { return Ok(Vec::new()) };
    let mut edits = vec![TreeEdit::Remove(CHECKPOINT.to_owned())];
    for (path, file) in &scan.files {
        edits.push(TreeEdit::Put(format!("{CHECKPOINT}/{path}"), stored(batch, None, file)?));
    }
    Ok(edits)
}

// What a checkpoint saved of the run itself is kept, where the finish brings nothing newer.
fn with_saved(store: &Store, state: &Snapshot, input: &RecordInput) -> Result<RecordInput, OpError> {
    let mut input = input.clone();
    if input.conversation.is_none() {
        let saved = store.large_file_at(state.root, "run/conversation.md", u64::MAX)?;
        input.conversation = saved.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    }
    for (path, file) in store.files_below(state.root, "run/artifacts")? {
        if let Entry::Vacant(missing) = input.artifacts.entry(path) {
            missing.insert(store.read_blob(file.blob, u64::MAX)?);
        }
    }
    Ok(input)
}

fn drop_open(store: &Store, env: &Env, open: &OpenRun) -> Result<(), OpError> {
    let writer = store.lock_session(open.session)?;
    if let Ok(open) = current_open_run(store, open) {
        let mark = Mark { who: &env.identity, at: env.now(), log: "finished" };
        writer.drop_open_run(&open, mark)?;
    }
    Ok(store.run_folder(open.run).remove()?)
}
