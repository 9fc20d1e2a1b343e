//! Beginning a run and saving its state while it is open.

use std::collections::BTreeMap;

use super::change::{current_tip, rewrite_open_run};
use super::finish::{seen_folder, with_folder};
use super::folder::write_folder;
use super::record::{RecordInput, run_folder};
use super::{BriefOptions, Env, OpError, brief};
use crate::model::{CommitMessage, ContextPath, RunId, RunRecord, RunStatus};
use crate::store::{CommitId, Mark, NewCommit, OpenRun, RunFolder, SessionRef, Store};

/// What may be said of a run that begins.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct BeginOptions {
    /// What is known of the run already; its id, session, status and start are set here.
    pub record: Option<RunRecord>,
    /// How the brief is written.
    pub brief: BriefOptions,
}

/// A run that has begun.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Begun {
    /// The session, at the commit where the run begins.
    pub session: SessionRef,
    /// The open run.
    pub open: OpenRun,
    /// Its record so far.
    pub record: RunRecord,
    /// The folder with the files of the context, and the brief.
    pub folder: RunFolder,
    /// Whether it had begun before, so that nothing was done now.
    pub already: bool,
}

impl BeginOptions {
    /// Sets what is known of the run already.
    pub fn with_record(mut self, record: RunRecord) -> Self {
        self.record = Some(record);
        self
    }
}

/// Begins a run of a session. Its folder is filled before its ref is made, so that a run that can
/// be seen can be worked in.
pub fn begin(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    options: BeginOptions,
) -> Result<Begun, OpError> {
    let tip = store.snapshot(current_tip(store, session)?)?;
    tip.check_writable()?;
    let session = SessionRef { name: session.name.clone(), tip: tip.commit };
    let id = options.record.as_ref().map_or_else(|| RunId::new(env.new_uuid()), |record| record.id);
    if let Some(open) = store.try_find_open_run(tip.manifest.id, id)? {
        return resume(store, &session, open);
    }
    let mut record =
        options.record.unwrap_or_else(|| RunRecord::new(id, tip.manifest.id, RunStatus::Running));
    record.status = RunStatus::Running;
    record.session = tip.manifest.id;
    record.started_at.get_or_insert_with(|| env.now());
    record.operator.get_or_insert_with(|| env.identity.clone());
    let record = store.clean_record(&record)?;
    let folder = store.run_folder(id);
    folder.remove()?;
    folder.create()?;
    write_folder(store, &store.context_files(tip.root)?, &folder.context())?;
    folder.write_brief(&brief(store, &session, &options.brief)?)?;
    let open = put_open(store, env, &session, &record)?;
    Ok(Begun { session, open, record, folder, already: false })
}

/// Returns the record that an open run has so far.
pub fn open_record(store: &Store, open: &OpenRun) -> Result<RunRecord, OpError> {
    store.run_record(open.commit)?.ok_or(OpError::NotOpen(open.run))
}

/// Saves the state of an open run: what its folder holds becomes its context, and `update` may
/// complete its record. Nothing appears on the branch.
pub fn checkpoint(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    open: &OpenRun,
    update: impl Fn(&mut RunRecord),
    input: &RecordInput,
) -> Result<CommitId, OpError> {
    let base = store.snapshot(store.base_of(open)?)?;
    let input = &input.without_secret_names(store);
    let saved = rewrite_open_run(store, env, session, open, |batch, state| {
        let mut record = store.run_record(state.commit)?.ok_or(OpError::NotOpen(open.run))?;
        update(&mut record);
        record.status = RunStatus::Running;
        let root = with_folder(batch, &base, state.root, &input.context)?.root;
        let mut edits = seen_folder(batch, &input.context)?;
        // The folder still holds it, and is looked at again when the run ends.
        batch.forget_removed();
        edits.extend(run_folder(batch, &mut record, input)?);
        Ok(Some(batch.edit_tree(Some(root), &edits)?))
    })?;
    saved.ok_or(OpError::NotOpen(open.run))
}

fn resume(store: &Store, session: &SessionRef, open: OpenRun) -> Result<Begun, OpError> {
    let record = open_record(store, &open)?;
    let folder = store.run_folder(open.run);
    Ok(Begun { session: session.clone(), open, record, folder, already: true })
}

fn put_open(store: &Store, env: &Env, session: &SessionRef, record: &RunRecord) -> Result<OpenRun, OpError> {
    let writer = store.lock_session(record.session)?;
    let root = store.snapshot(session.tip)?.root;
    let mut batch = store.batch();
    let artifacts = BTreeMap::<ContextPath, Vec<u8>>::new();
    let input = RecordInput::default().with_artifacts(artifacts);
    let mut record = record.clone();
    let edits = run_folder(&mut batch, &mut record, &input)?;
    let tree = batch.edit_tree(Some(root), &edits)?;
    let at = env.now();
    let commit = batch.commit(&NewCommit {
        tree,
        parents: &[session.tip],
        author: &env.identity,
        authored_at: at,
        committed_at: at,
        message: &CommitMessage::of_run(&record),
    })?;
    writer.begin(batch, &[commit])?;
    let open = OpenRun { session: record.session, run: record.id, commit };
    writer.put_open_run(&open, None, Mark { who: &env.identity, at, log: "begin" })?;
    Ok(open)
}
