//! A session as it is at one commit.

use super::again::again;
use super::tree::check_bytes;
use super::{Batch, BlobId, CommitId, ContextFile, Store, StoreError, TreeEdit, TreeId};
use crate::model::{CommitMessage, Manifest, Person, RunRecord, SCHEMA, Timestamp, yaml};

/// The manifest's file.
pub(super) const MANIFEST: &str = "session.yaml";
/// The run record's file.
pub(super) const RUN: &str = "run/run.yaml";
/// The largest commit that is read.
pub(super) const COMMIT_BYTES: u64 = 64 * 1024;

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
    pub(super) author: Person,
    pub(super) committed_at: Timestamp,
    pub(super) message: Option<CommitMessage>,
    /// The first line of another program's message.
    pub(super) subject: Option<String>,
}

impl Snapshot {
    /// Returns the commit at which the session was forked; `None` where it is no fork.
    pub fn forked_at(&self) -> Option<CommitId> {
        let origin = self.manifest.origin.as_ref()?;
        CommitId::from_hex(&origin.commit)
    }

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

impl Batch {
    /// Adds a manifest, without secrets from now on, and returns the edit that puts it into its place.
    pub fn manifest_edit(&mut self, manifest: &mut Manifest) -> Result<TreeEdit, StoreError> {
        *manifest = self.cleaned(manifest)?;
        let text = yaml::print(MANIFEST, manifest)?;
        debug_assert_eq!(yaml::parse_schema(MANIFEST, text.as_bytes()).as_ref(), Ok(&*manifest));
        let blob = self.printed(&text)?;
        self.view().known.keep_manifest(blob, manifest.clone());
        Ok(TreeEdit::Put(MANIFEST.to_owned(), ContextFile::plain(blob)))
    }

    /// Adds the record of a run, without secrets from now on, and returns the edit that puts it into
    /// its place. What was removed from it, and from what else was added since the last time, is
    /// counted in it.
    pub fn record_edit(&mut self, record: &mut RunRecord) -> Result<TreeEdit, StoreError> {
        *record = self.cleaned(record)?;
        self.count_removed(record);
        let blob = self.printed(&yaml::print(RUN, record)?)?;
        Ok(TreeEdit::Put(RUN.to_owned(), ContextFile::plain(blob)))
    }
}

impl Store {
    /// Reads a session at a commit.
    pub fn snapshot(&self, commit: CommitId) -> Result<Snapshot, StoreError> {
        if let Some(known) = self.known.snapshot(commit) {
            return Ok(known);
        }
        let snapshot = self.read_snapshot(commit)?;
        self.known.keep_snapshot(snapshot.clone());
        Ok(snapshot)
    }

    fn read_snapshot(&self, commit: CommitId) -> Result<Snapshot, StoreError> {
        let head = self.commit_head(commit)?;
        let Some(blob) = self.blob_at(head.root, MANIFEST)? else {
            return Err(StoreError::Damaged {
                session: head.message.map_or("?".to_owned(), |message| message.session.to_string()),
                commit: commit.short(),
                what: format!("it has no {MANIFEST}"),
            });
        };
        let manifest = self.manifest_of(commit, blob)?;
        let CommitHead { root, parents, committed_at, message, .. } = head;
        Ok(Snapshot { commit, parents, root, committed_at, message, manifest })
    }

    fn manifest_of(&self, commit: CommitId, blob: BlobId) -> Result<Manifest, StoreError> {
        if let Some(known) = self.known.manifest(blob) {
            return Ok(known);
        }
        let bytes = self.read_blob(blob, yaml::MAX_BYTES as u64)?;
        let manifest = yaml::parse_schema(MANIFEST, &bytes);
        manifest.map_err(|source| StoreError::Document { commit: commit.short(), source })
    }

    /// Keeps what a new commit holds: what comes next in this process goes on from there.
    pub(super) fn keep_commit(&self, id: CommitId, commit: &gix::objs::Commit) -> Result<(), StoreError> {
        let root = TreeId(commit.tree);
        let blob = self.blob_at(root, MANIFEST)?;
        if let Some(manifest) = blob.and_then(|blob| self.known.manifest(blob)) {
            self.known.keep_snapshot(Snapshot {
                commit: id,
                parents: commit.parents.iter().copied().map(CommitId).collect(),
                root,
                committed_at: Timestamp::from_unix(commit.committer.time.seconds),
                message: CommitMessage::parse(&commit.message.to_string()),
                manifest,
            });
        }
        Ok(())
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

    /// Returns who made a commit.
    pub fn author(&self, commit: CommitId) -> Result<Person, StoreError> {
        let failed = || StoreError::git(format!("read commit {commit}"));
        again(|| {
            let object = self.small_commit(commit)?;
            let author = object.author().map_err(failed())?;
            Ok(Person::new(author.name.to_string(), author.email.to_string()))
        })
    }

    /// Tells whether a commit is in the store.
    pub fn has_commit(&self, commit: CommitId) -> bool {
        self.repo.has_object(commit.0)
    }

    /// Returns the files of a commit.
    pub(super) fn step_root(&self, commit: CommitId) -> Result<TreeId, StoreError> {
        Ok(self.commit_head(commit)?.root)
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
        again(|| Ok(self.small_commit(commit)?.detach().data))
    }

    // What others send is measured before it is taken in; here, that would be done for each of the
    // thousands of a history.
    fn small_commit(&self, commit: CommitId) -> Result<gix::Commit<'_>, StoreError> {
        let action = || format!("read commit {commit}");
        let missing = || StoreError::Missing { what: format!("commit {commit}") };
        let found = self.repo.try_find_object(commit.0).map_err(StoreError::git_lazy(action))?;
        let object = found.ok_or_else(missing)?.try_into_commit().map_err(StoreError::git_lazy(action))?;
        check_bytes(&object.data, COMMIT_BYTES, || format!("commit {commit}"))?;
        Ok(object)
    }

    fn read_commit_head(&self, commit: CommitId) -> Result<CommitHead, StoreError> {
        let action = || format!("read commit {commit}");
        let object = self.small_commit(commit)?;
        let decoded = object.decode().map_err(StoreError::git_lazy(action))?;
        let committer =
            decoded.committer().and_then(|who| who.time()).map_err(StoreError::git_lazy(action))?;
        let author = decoded.author().map_err(StoreError::git_lazy(action))?;
        let author = Person::new(author.name.to_string(), author.email.to_string());
        let text = String::from_utf8_lossy(decoded.message);
        let message = CommitMessage::parse(&text);
        let subject = || text.lines().next().unwrap_or_default().to_owned();
        Ok(CommitHead {
            subject: message.is_none().then(subject),
            root: TreeId(decoded.tree()),
            parents: decoded.parents().map(CommitId).collect(),
            author,
            committed_at: Timestamp::from_unix(committer.seconds),
            message,
        })
    }
}
