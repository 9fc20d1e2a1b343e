//! Recording a run in one go.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::change::{Landed, NewState, changed_paths, current_tip, land};
use super::folder::{FolderContent, FolderFile};
use super::merge_context::{MergedContext, Policy, Winner, merge_changes};
use super::{Env, FolderScan, OpError};
use crate::model::{
    CommitMessage, Conflict, ContextPath, Manifest, RunId, RunRecord, RunStatus, Withheld, shown,
};
use crate::store::{
    Batch, BlobId, CommitId, ContextFile, ContextFiles, FileChange, SessionRef, Snapshot, Store, StoreError,
    TreeEdit, TreeId,
};

/// The longest prompt that is kept in a record, in bytes.
const PROMPT_BYTES: usize = 256 * 1024;
/// The longest summary and the longest command, in bytes.
const LINE_BYTES: usize = 16 * 1024;
/// The most withheld files that a record lists.
const WITHHELD: usize = 500;
/// The most that their paths and reasons may have together, in bytes.
const WITHHELD_BYTES: usize = 128 * 1024;

/// What a run is recorded with.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct RecordInput {
    /// The context files that it left.
    pub context: ContextInput,
    /// What was asked and answered, in Markdown.
    pub conversation: Option<String>,
    /// Files of this run alone.
    pub artifacts: BTreeMap<ContextPath, Vec<u8>>,
}

/// The context files that a run left.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum ContextInput {
    /// It changed none.
    #[default]
    Unchanged,
    /// These were added or changed; others stay.
    Overlay(FolderScan),
    /// These are all there are; others are removed.
    Mirror(FolderScan),
}

/// A run that was recorded.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// The session's branch, at the run.
    pub session: SessionRef,
    /// The record as it was stored.
    pub record: RunRecord,
    /// Its place in the session, from 1.
    pub number: u64,
    /// The commit.
    pub commit: CommitId,
    /// What conflicted at this finish.
    pub conflicts: Vec<Conflict>,
    /// The context paths that it changed.
    pub changed: Vec<String>,
    /// Whether it had been recorded before, so that nothing was done now.
    pub already: bool,
}

impl RecordInput {
    /// Sets the context files.
    pub fn with_context(mut self, context: ContextInput) -> Self {
        self.context = context;
        self
    }

    /// Sets what was asked and answered.
    pub fn with_conversation(mut self, conversation: Option<String>) -> Self {
        self.conversation = conversation;
        self
    }

    /// Sets the files of this run alone.
    pub fn with_artifacts(mut self, artifacts: BTreeMap<ContextPath, Vec<u8>>) -> Self {
        self.artifacts = artifacts;
        self
    }
}

/// Why a file is not stored whose name would tell a secret.
const SECRET_NAME: &str = "its name would tell a secret";

impl RecordInput {
    /// Withholds the files whose names would tell a secret.
    pub(super) fn without_secret_names(&self, store: &Store) -> Cow<'_, Self> {
        let tells = |path: &ContextPath| store.check_name(path.as_str()).is_err();
        let scanned = self.context.scan().into_iter().flat_map(|scan| scan.files.keys());
        if !scanned.chain(self.artifacts.keys()).any(tells) {
            return Cow::Borrowed(self);
        }
        let mut input = self.clone();
        input.artifacts.retain(|path, _| !tells(path));
        if let ContextInput::Overlay(scan) | ContextInput::Mirror(scan) = &mut input.context {
            let told: Vec<ContextPath> = scan.files.keys().filter(|path| tells(path)).cloned().collect();
            for path in told {
                scan.files.remove(&path);
                let (path, reason) = (store.clean_text(path.as_str()), SECRET_NAME.to_owned());
                scan.withheld.push(Withheld { path, reason, bytes: None });
            }
        }
        Cow::Owned(input)
    }
}

/// Records a finished run. A run whose id is recorded already is not recorded again.
pub fn record(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    record: RunRecord,
    input: &RecordInput,
    origin: IdOrigin,
) -> Result<Recorded, OpError> {
    let record = finished(env, store.clean_record(&record)?)?;
    let input = &input.without_secret_names(store);
    let mut done = None;
    let landed = land(store, env, session, |batch, tip| {
        if origin == IdOrigin::Given && is_recorded(store, tip, record.id)? {
            return Ok(None);
        }
        let changes = input_changes(batch, tip.root, &input.context)?;
        let merged = merge_changes(batch, tip.root, &changes, Policy::keep_both(Winner::Incoming))?;
        let mut record = record.clone();
        record.withheld = input.context.withheld();
        let (state, run) = run_state(batch, tip, merged, tip.manifest.clone(), record, input)?;
        done = Some(run);
        Ok(Some(state))
    })?;
    match (landed, done) {
        (Some(landed), Some(done)) => Ok(done.recorded(session, landed)),
        _ => already_recorded(store, session, record.id),
    }
}

/// Where a run's id comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdOrigin {
    /// It was just made, so no commit can have it.
    Fresh,
    /// Somebody handed it in, perhaps for the second time.
    Given,
}

impl ContextInput {
    pub(super) fn scan(&self) -> Option<&FolderScan> {
        match self {
            Self::Unchanged => None,
            Self::Overlay(scan) | Self::Mirror(scan) => Some(scan),
        }
    }

    pub(super) fn withheld(&self) -> Vec<Withheld> {
        clip_withheld(self.scan().map(|scan| scan.withheld.clone()).unwrap_or_default())
    }
}

/// A run as it landed.
pub(super) struct Done {
    record: RunRecord,
    conflicts: Vec<Conflict>,
    changed: Vec<String>,
}

impl Done {
    pub(super) fn recorded(self, session: &SessionRef, landed: Landed) -> Recorded {
        Recorded {
            session: SessionRef { name: session.name.clone(), tip: landed.commit },
            record: self.record,
            // The newest commit comes last in every order, so its number is the count.
            number: landed.manifest.totals.runs,
            commit: landed.commit,
            conflicts: self.conflicts,
            changed: self.changed,
            already: false,
        }
    }
}

/// Makes the state of a session after a run: its record in `run/`, its totals, its conflicts.
pub(super) fn run_state(
    batch: &mut Batch,
    tip: &Snapshot,
    merged: MergedContext,
    mut manifest: Manifest,
    mut record: RunRecord,
    input: &RecordInput,
) -> Result<(NewState, Done), OpError> {
    record.conflicts = merged.conflicts.iter().map(|conflict| conflict.subject().to_owned()).collect();
    let changed = changed_paths(batch, tip.root, merged.root)?;
    manifest.add_conflicts(&merged.conflicts);
    let edits = run_folder(batch, &mut record, input)?;
    manifest.add_run(&record);
    let root = batch.edit_tree(Some(merged.root), &edits)?;
    let message = CommitMessage::of_run(&record);
    let committed_at = record.finished_at.unwrap_or(tip.committed_at);
    let state = NewState { root, manifest, message, authored_at: committed_at, committed_at };
    Ok((state, Done { record, conflicts: merged.conflicts, changed }))
}

/// Makes the edits that replace `run/` by what belongs to this run. What was removed, until then,
/// from what the batch holds is counted in the record.
pub(super) fn run_folder(
    batch: &mut Batch,
    record: &mut RunRecord,
    input: &RecordInput,
) -> Result<Vec<TreeEdit>, OpError> {
    let mut edits = vec![TreeEdit::Remove("run".to_owned())];
    let mut put = |path: String, content: &[u8]| -> Result<(), OpError> {
        edits.push(TreeEdit::Put(path, ContextFile::plain(batch.blob(content)?)));
        Ok(())
    };
    if let Some(conversation) = &input.conversation {
        put("run/conversation.md".to_owned(), conversation.as_bytes())?;
    }
    for (path, content) in &input.artifacts {
        put(format!("run/artifacts/{path}"), content)?;
    }
    edits.push(batch.record_edit(record)?);
    Ok(edits)
}

/// Completes and checks the record of a run that has ended.
pub(super) fn finished(env: &Env, mut record: RunRecord) -> Result<RunRecord, OpError> {
    if record.status == RunStatus::Running {
        return Err(OpError::BadRecord("status 'running' is no end of a run".to_owned()));
    }
    if let Some((name, _)) = record.metrics.iter().find(|(_, value)| !value.is_finite()) {
        return Err(OpError::BadRecord(format!("metric '{}' is not a finite number", shown(name))));
    }
    if record.score.is_some_and(|score| !score.is_finite()) {
        return Err(OpError::BadRecord("the score is not a finite number".to_owned()));
    }
    let now = env.now();
    let finished_at = *record.finished_at.get_or_insert(now);
    if let (None, Some(started_at)) = (record.duration_s, record.started_at) {
        record.duration_s = Some(finished_at.since(started_at));
    }
    if record.operator.is_none() {
        record.operator = Some(env.identity.clone());
    }
    clip(&mut record.summary, LINE_BYTES);
    record.prompt.iter_mut().for_each(|prompt| clip(prompt, PROMPT_BYTES));
    clip_command(&mut record.command);
    Ok(record)
}

// A record must stay far below the limit of what is read back.
fn clip(text: &mut String, limit: usize) {
    if text.len() > limit {
        let total = text.len();
        let end = (0..=limit).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        text.push_str(&format!("… [{} bytes more]", total - end));
    }
}

// Whoever lists more than a person reads has pointed at the wrong folder.
fn clip_withheld(mut withheld: Vec<Withheld>) -> Vec<Withheld> {
    let mut left = WITHHELD_BYTES;
    let fits = |file: &&Withheld| {
        let bytes = file.path.len() + file.reason.len();
        left.checked_sub(bytes).inspect(|rest| left = *rest).is_some()
    };
    let kept = withheld.iter().take(WITHHELD).take_while(fits).count();
    let dropped = withheld.len() - kept;
    withheld.truncate(kept);
    if dropped > 0 {
        let reason = format!("and {dropped} more files like these");
        withheld.push(Withheld { path: "…".to_owned(), reason, bytes: None });
    }
    withheld
}

fn clip_command(command: &mut Vec<String>) {
    let mut left = LINE_BYTES;
    let fitting = command.iter().take_while(|argument| {
        let fits = left > 0;
        left = left.saturating_sub(argument.len());
        fits
    });
    let fitting = fitting.count();
    let dropped = command.len() - fitting;
    command.truncate(fitting);
    command.iter_mut().for_each(|argument| clip(argument, LINE_BYTES));
    if dropped > 0 {
        command.push(format!("… [{dropped} arguments more]"));
    }
}

fn input_changes(batch: &mut Batch, root: TreeId, input: &ContextInput) -> Result<Vec<FileChange>, OpError> {
    let before = batch.view().context_files(root)?;
    folder_changes(batch, &before, input)
}

/// Lists what a folder changed of the files that it held `before`. What was withheld is unchanged;
/// what is missing is removed where the folder is all there is.
pub(super) fn folder_changes(
    batch: &mut Batch,
    before: &ContextFiles,
    input: &ContextInput,
) -> Result<Vec<FileChange>, OpError> {
    let Some(scan) = input.scan() else { return Ok(Vec::new()) };
    let mut changes = Vec::new();
    for (path, file) in &scan.files {
        let old = before.get(path).copied();
        let new = Some(stored(batch, old.map(|old| old.blob), file)?);
        if old != new {
            changes.push(FileChange { path: path.clone(), old, new });
        }
    }
    if matches!(input, ContextInput::Mirror(_)) {
        let gone = before.iter().filter(|(path, _)| !scan.files.contains_key(path) && !scan.hides(path));
        changes.extend(gone.map(|(path, old)| FileChange { path: path.clone(), old: Some(*old), new: None }));
    }
    Ok(changes)
}

/// Stores a file of a folder, which was `old` before.
pub(super) fn stored(
    batch: &mut Batch,
    old: Option<BlobId>,
    file: &FolderFile,
) -> Result<ContextFile, OpError> {
    let blob = match &file.content {
        FolderContent::Stored(blob) if old == Some(*blob) => *blob,
        // The session has gone on since the folder was read.
        FolderContent::Stored(blob) => batch.blob(&batch.view().read_blob(*blob, u64::MAX)?)?,
        FolderContent::Read(content) => batch.blob_after(old, content)?,
    };
    Ok(ContextFile { blob, executable: file.executable })
}

/// Tells whether a run is recorded in a session: by the newest runs, then by a walk.
pub(super) fn is_recorded(store: &Store, tip: &Snapshot, run: RunId) -> Result<bool, OpError> {
    if tip.manifest.lists_run(run) {
        return Ok(true);
    }
    let all_listed = tip.manifest.totals.runs <= tip.manifest.runs.len() as u64;
    if all_listed && tip.manifest.origin.is_none() {
        return Ok(false);
    }
    Ok(store.run_list(tip.commit)?.find(run).is_some()
        || store.inherited_list(tip.commit)?.find(run).is_some())
}

/// Returns a run that was recorded before.
pub(super) fn already_recorded(store: &Store, session: &SessionRef, run: RunId) -> Result<Recorded, OpError> {
    let session = SessionRef { name: session.name.clone(), tip: current_tip(store, session)? };
    let runs = store.run_list(session.tip)?;
    let Some((number, commit)) = runs.find(run) else {
        return Err(StoreError::NoRun { name: run.to_string(), count: None }.into());
    };
    let record = store.run_record(commit)?.ok_or(OpError::NotOpen(run))?;
    // Whoever recorded it may have died, or failed, before it was durable.
    store.sync_session(&session.name)?;
    Ok(Recorded {
        commit,
        session,
        record,
        number: number as u64,
        conflicts: Vec::new(),
        changed: Vec::new(),
        already: true,
    })
}
