//! A session as it is at one commit.

use super::again::again;
use super::tree::check_size;
use super::{BlobId, CommitId, Store, StoreError, TreeId};

use crate::model::{CommitMessage, Manifest, RunRecord, SCHEMA, Timestamp, yaml};

/// The manifest's file.
pub(super) const MANIFEST: &str = "session.yaml";
/// The run record's file.
pub(super) const RUN: &str = "run/run.yaml";
/// The largest commit that is read.
const COMMIT_BYTES: u64 = 64 * 1024;

/// A session at one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The commit.
    pub commit: CommitId,
    /// The commits it follows.
    pub parents: Vec<CommitId>,
    /// Its files.
    pub root: TreeId,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// Its message, where this program wrote it.
    pub message: Option<CommitMessage>,
    /// The session's manifest.
    pub manifest: Manifest,
}

/// What a commit object says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CommitHead {
    pub(super) root: TreeId,
    pub(super) parents: Vec<CommitId>,
    pub(super) committed_at: Timestamp,
    pub(super) message: Option<CommitMessage>,
}

impl Snapshot {
    /// Fails where a newer version of the program wrote the manifest: writing it anew could lose
    /// what this build does not know.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        let schema = self.manifest.schema;
        if schema <= SCHEMA {
            return Ok(());
        }
        let source = yaml::YamlError::NewerSchema { file: MANIFEST.to_owned(), schema };
        Err(StoreError::Document { commit: self.commit.short(), source })
    }
}

impl Store {
    /// Reads a session at a commit.
    pub fn snapshot(&self, commit: CommitId) -> Result<Snapshot, StoreError> {
        if let Some(known) = self.last_read.borrow().as_ref().filter(|known| known.commit == commit) {
            return Ok(known.clone());
        }
        let snapshot = self.read_snapshot(commit)?;
        self.last_read.replace(Some(snapshot.clone()));
        Ok(snapshot)
    }

    fn read_snapshot(&self, commit: CommitId) -> Result<Snapshot, StoreError> {
        let head = self.commit_head(commit)?;
        let Some(bytes) = self.file_at(head.root, MANIFEST)? else {
            return Err(StoreError::Damaged {
                session: head.message.map_or("?".to_owned(), |message| message.session.to_string()),
                commit: commit.short(),
                what: format!("it has no {MANIFEST}"),
            });
        };
        let manifest = yaml::parse_schema(MANIFEST, &bytes)
            .map_err(|source| StoreError::Document { commit: commit.short(), source })?;
        let CommitHead { root, parents, committed_at, message } = head;
        Ok(Snapshot { commit, parents, root, committed_at, message, manifest })
    }

    /// Reads the record of the run that a commit holds; `None` before the first run.
    pub fn run_record(&self, commit: CommitId) -> Result<Option<RunRecord>, StoreError> {
        let head = self.commit_head(commit)?;
        let Some(bytes) = self.file_at(head.root, RUN)? else { return Ok(None) };
        let record = yaml::parse_schema(RUN, &bytes);
        Ok(Some(record.map_err(|source| StoreError::Document { commit: commit.short(), source })?))
    }

    /// Finds the record of the run in a commit's tree, without reading it.
    pub fn run_blob(&self, root: TreeId) -> Result<Option<BlobId>, StoreError> {
        self.blob_at(root, RUN)
    }

    /// Reads a small file of a commit's tree; `None` where it is not there.
    pub fn file_at(&self, root: TreeId, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.large_file_at(root, path, yaml::MAX_BYTES as u64)
    }

    /// Reads a file of a commit's tree of at most `limit` bytes; `None` where it is not there.
    pub fn large_file_at(&self, root: TreeId, path: &str, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        match self.blob_at(root, path)? {
            Some(blob) => self.read_blob(blob, limit).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a commit without its files.
    pub(super) fn commit_head(&self, commit: CommitId) -> Result<CommitHead, StoreError> {
        let read = || again(|| self.read_commit_head(commit));
        match read() {
            Err(StoreError::Git { .. } | StoreError::Missing { .. })
                if self.heals && self.index_lost_packs() =>
            {
                read()
            }
            other => other,
        }
    }

    /// Returns a commit as it is stored: who made it, and its message.
    pub fn commit_text(&self, commit: CommitId) -> Result<Vec<u8>, StoreError> {
        check_size(&self.repo, commit.0, COMMIT_BYTES, || format!("commit {commit}"))?;
        let failed = || StoreError::git(format!("read commit {commit}"));
        again(|| Ok(self.repo.find_commit(commit.0).map_err(failed())?.detach().data))
    }

    fn read_commit_head(&self, commit: CommitId) -> Result<CommitHead, StoreError> {
        let failed = || StoreError::git(format!("read commit {commit}"));
        check_size(&self.repo, commit.0, COMMIT_BYTES, || format!("commit {commit}"))?;
        let object = self.repo.find_commit(commit.0).map_err(failed())?;
        let decoded = object.decode().map_err(failed())?;
        let committer = decoded.committer().and_then(|who| who.time()).map_err(failed())?;
        let text = String::from_utf8_lossy(decoded.message);
        Ok(CommitHead {
            root: TreeId(decoded.tree()),
            parents: decoded.parents().map(CommitId).collect(),
            committed_at: Timestamp::from_unix(committer.seconds),
            message: CommitMessage::parse(&text),
        })
    }
}
