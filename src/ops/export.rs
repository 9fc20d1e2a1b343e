//! Gathering all that a session holds, for who reads it without this program.
//!
//! Runs and files are read one at a time: a session may have thousands of them, and a store
//! thousands of sessions.

use serde::Serialize;

use super::diff::changes_of;
use super::runs::{row, source};
use super::{
    DecisionRow, DiffOptions, FactRow, FileDiff, OpError, PathKind, RunRow, list_decisions, list_facts,
};
use crate::model::{ContextPath, FactKind, Manifest, SessionName, Timestamp};
use crate::store::{BlobId, CommitId, ContextFile, RunCommit, SessionRef, Snapshot, Store};

/// The longest conversation that is taken along, in bytes.
const CONVERSATION_BYTES: u64 = 64 * 1024 * 1024;

/// A session that is to be exported.
pub struct SessionExport<'a> {
    store: &'a Store,
    name: SessionName,
    state: Snapshot,
    runs: Vec<RunCommit>,
    names: &'a [SessionName],
}

/// A run with all that is its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunExport {
    /// Its row.
    #[serde(flatten)]
    pub row: RunRow,
    /// What was asked and answered.
    pub conversation: Option<String>,
    /// Files of this run alone.
    #[serde(skip)]
    pub artifacts: Vec<FileEntry>,
}

/// A file that goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileEntry {
    /// Its path, below `context/` or `run/artifacts/`.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its content.
    pub blob: BlobId,
    /// Whether it may be executed.
    pub executable: bool,
    /// What it is for, of a file of the context.
    pub kind: PathKind,
}

/// Gathers a session. `names` are those of all sessions of the store.
pub fn export_session<'a>(
    store: &'a Store,
    names: &'a [SessionName],
    session: &SessionRef,
) -> Result<SessionExport<'a>, OpError> {
    let state = store.snapshot(session.tip)?;
    let runs = store.session_runs(session)?;
    Ok(SessionExport { store, name: session.name.clone(), state, runs, names })
}

impl SessionExport<'_> {
    /// Returns its name.
    pub fn name(&self) -> &SessionName {
        &self.name
    }

    /// Returns its newest commit.
    pub fn commit(&self) -> CommitId {
        self.state.commit
    }

    /// Returns when that was made.
    pub fn committed_at(&self) -> Timestamp {
        self.state.committed_at
    }

    /// Returns its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.state.manifest
    }

    /// Tells how many runs it has.
    pub fn run_count(&self) -> usize {
        self.runs.len()
    }

    /// Returns what commits tell of its runs, oldest first.
    pub fn told_runs(&self) -> &[RunCommit] {
        &self.runs
    }

    /// Reads its runs, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = Result<RunExport, OpError>> {
        self.runs.iter().enumerate().map(|(index, run)| self.run(run, index + 1))
    }

    fn run(&self, run: &RunCommit, number: usize) -> Result<RunExport, OpError> {
        let root = self.store.step(run.commit)?.root;
        let conversation = self.store.large_file_at(root, "run/conversation.md", CONVERSATION_BYTES)?;
        let artifacts = self.store.files_below(root, "run/artifacts")?;
        Ok(RunExport {
            row: row(self.store, run, Some(number), source(run, self.state.manifest.id), self.names)?,
            conversation: conversation.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            artifacts: artifacts
                .into_iter()
                .map(|(path, file)| self.entry(path, file))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Returns its manifest as it is stored.
    pub fn document(&self) -> Result<Option<Vec<u8>>, OpError> {
        Ok(self.store.file_at(self.state.root, "session.yaml")?)
    }

    /// Returns the record of a run as it is stored.
    pub fn run_document(&self, run: &RunExport) -> Result<Option<Vec<u8>>, OpError> {
        Ok(self.store.file_at(self.store.step(run.row.commit)?.root, "run/run.yaml")?)
    }

    /// Tells what a run changed in the files of the context.
    pub fn changes(&self, run: &RunExport, options: &DiffOptions) -> Result<Vec<FileDiff>, OpError> {
        changes_of(self.store, &self.store.step(run.row.commit)?, options)
    }

    /// Lists the files of its context, by path.
    pub fn context(&self) -> Result<Vec<FileEntry>, OpError> {
        let files = self.store.context_files(self.state.root)?;
        files.into_iter().map(|(path, file)| self.entry(path, file)).collect()
    }

    /// Reads a file.
    pub fn content(&self, file: &FileEntry) -> Result<Vec<u8>, OpError> {
        Ok(self.store.read_blob(file.blob, u64::MAX)?)
    }

    /// Lists its knowledge, or its preferences.
    pub fn facts(&self, kind: FactKind) -> Result<Vec<FactRow>, OpError> {
        list_facts(self.store, &self.state, kind)
    }

    /// Lists its decisions, oldest first. One that cannot be read is a file of the context like any
    /// other.
    pub fn decisions(&self) -> Result<Vec<DecisionRow>, OpError> {
        Ok(list_decisions(self.store, &self.state)?.0)
    }

    fn entry(&self, path: ContextPath, file: ContextFile) -> Result<FileEntry, OpError> {
        let (bytes, kind) = (self.store.blob_bytes(file.blob)?, PathKind::of(&path));
        Ok(FileEntry { path: path.into(), bytes, blob: file.blob, executable: file.executable, kind })
    }
}
