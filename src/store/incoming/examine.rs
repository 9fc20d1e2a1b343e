//! Looking at what came before it is taken: names, modes, sizes, documents.
//!
//! Git has checked the form of the objects. What it lets through (links, submodules, device names,
//! control characters, a file of a gigabyte, trees that unfold without end) is refused here.

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::objs::tree::EntryRef;
use gix::objs::{CommitRef, Kind, TreeRefIter};

use super::Refusal;
use crate::model::{ContextPath, SessionName};
use crate::store::snapshot::{COMMIT_BYTES, MANIFEST, RUN};
use crate::store::tree::{DEPTH, TREE_BYTES, check_size};
use crate::store::verify::Fault;
use crate::store::{CommitId, PurgedIds, Store, StoreError};

/// The most files that one commit may unfold to.
const FILES: u64 = 200_000;

/// How much is taken from a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IncomingLimits {
    /// The largest file, in bytes (`session.maxIncomingBytes`).
    pub file_bytes: u64,
    /// The most that one fetch may bring, in bytes as they are sent.
    pub total_bytes: u64,
}

impl Default for IncomingLimits {
    fn default() -> Self {
        Self { file_bytes: 100 * 1024 * 1024, total_bytes: 4 * 1024 * 1024 * 1024 }
    }
}

impl IncomingLimits {
    /// Sets the largest file.
    pub fn with_file_bytes(mut self, bytes: u64) -> Self {
        self.file_bytes = bytes;
        self
    }
}

/// How large a tree is with all that is below it.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    files: u64,
    depth: usize,
}

pub(super) struct Examiner<'a> {
    store: &'a Store,
    view: &'a Store,
    limits: IncomingLimits,
    accepted: &'a HashSet<gix::ObjectId>,
    /// What is never taken.
    purged: &'a PurgedIds,
    new: HashSet<gix::ObjectId>,
    shapes: HashMap<gix::ObjectId, Shape>,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(
        store: &'a Store,
        view: &'a Store,
        limits: IncomingLimits,
        accepted: &'a HashSet<gix::ObjectId>,
        purged: &'a PurgedIds,
    ) -> Self {
        Self { store, view, limits, accepted, purged, new: HashSet::new(), shapes: HashMap::new() }
    }

    /// Looks at a session, and returns the objects that it would bring.
    pub(super) fn session(
        mut self,
        name: &SessionName,
        tip: CommitId,
    ) -> Result<HashSet<gix::ObjectId>, Refusal> {
        let mut next = vec![tip.0];
        while let Some(id) = next.pop() {
            self.refuse_purged(id)?;
            if self.is_known(&id) || !self.new.insert(id) {
                continue;
            }
            let bytes = self.object(id, Kind::Commit, COMMIT_BYTES)?;
            let commit = CommitRef::from_bytes(&bytes, id.kind()).map_err(|error| refused(id, error))?;
            next.extend(commit.parents());
            self.files(CommitId(id), commit.tree())?;
            self.documents(CommitId(id))?;
        }
        self.identity(name, tip)?;
        Ok(self.new)
    }

    fn refuse_purged(&self, id: gix::ObjectId) -> Result<(), Refusal> {
        if self.purged.hold(&id) { Err(Refusal::Purged { id: id.to_string() }) } else { Ok(()) }
    }

    // What lies in the store was written or examined there.
    fn is_known(&self, id: &gix::oid) -> bool {
        self.accepted.contains(id) || self.store.repo.objects.exists_without_refresh(id)
    }

    fn files(&mut self, commit: CommitId, root: gix::ObjectId) -> Result<(), Refusal> {
        let files = self.tree(commit, root, "", 0)?.files;
        if files <= FILES {
            return Ok(());
        }
        let what = format!("{files} files, over the limit of {FILES}");
        Err(Refusal::TooMuch { commit: commit.short(), what })
    }

    fn tree(
        &mut self,
        commit: CommitId,
        id: gix::ObjectId,
        path: &str,
        level: usize,
    ) -> Result<Shape, Refusal> {
        let too_deep = || Refusal::TooMuch {
            commit: commit.short(),
            what: format!("files deeper than {DEPTH} folders"),
        };
        let is_known = self.is_known(&id);
        let shape = match self.shapes.get(&id).filter(|_| is_known || self.new.contains(&id)) {
            Some(shape) => *shape,
            None if level > DEPTH => return Err(too_deep()),
            None => {
                let bytes = self.object(id, Kind::Tree, TREE_BYTES)?;
                self.entries(commit, id, &bytes, path, level)?
            }
        };
        if level + shape.depth > DEPTH {
            return Err(too_deep());
        }
        self.shapes.insert(id, shape);
        if !is_known {
            self.new.insert(id);
        }
        Ok(shape)
    }

    fn entries(
        &mut self,
        commit: CommitId,
        tree: gix::ObjectId,
        bytes: &[u8],
        folder: &str,
        level: usize,
    ) -> Result<Shape, Refusal> {
        let mut shape = Shape::default();
        let mut names = BTreeMap::new();
        for entry in TreeRefIter::from_bytes(bytes, tree.kind()) {
            let entry = entry.map_err(|error| refused(tree, error))?;
            let path = path_of(&entry, folder)?;
            check_name(&entry, &path, &mut names)?;
            let id = entry.oid.to_owned();
            if entry.mode.is_tree() {
                let below = self.tree(commit, id, &path, level + 1)?;
                shape.files = shape.files.saturating_add(below.files);
                shape.depth = shape.depth.max(below.depth + 1);
            } else {
                shape.files = shape.files.saturating_add(1);
                self.file(id, path)?;
            }
        }
        Ok(shape)
    }

    fn file(&mut self, id: gix::ObjectId, path: String) -> Result<(), Refusal> {
        self.refuse_purged(id)?;
        if self.is_known(&id) || !self.new.insert(id) {
            return Ok(());
        }
        let header = self.view.repo.try_find_header(id).map_err(|error| refused(id, error))?;
        let limit = self.limits.file_bytes;
        match header {
            None => Err(refused(id, "it is missing")),
            Some(header) if header.kind() != Kind::Blob => Err(refused(id, "it is no file")),
            Some(header) if header.size() > limit => {
                Err(Refusal::TooLarge { path, bytes: header.size(), limit })
            }
            Some(_) => Ok(()),
        }
    }

    fn object(&self, id: gix::ObjectId, kind: Kind, limit: u64) -> Result<Vec<u8>, Refusal> {
        check_size(&self.view.repo, id, limit, || format!("{kind} {id}"))?;
        self.view.sound_object(id, kind).map_err(|fault| match fault {
            Fault::Missing => refused(id, "it is missing"),
            Fault::Corrupt(what) => refused(id, what),
        })
    }

    // A commit of another program may have no documents; one that is there must be readable.
    fn documents(&self, commit: CommitId) -> Result<(), Refusal> {
        let unreadable = |error| match error {
            StoreError::Document { commit, source } => Refusal::Document { commit, source },
            other => other.into(),
        };
        let root = self.view.step_root(commit)?;
        if self.view.blob_at(root, MANIFEST)?.is_some() {
            self.view.snapshot(commit).map_err(unreadable)?;
        }
        if self.view.blob_at(root, RUN)?.is_some() {
            self.view.run_record(commit).map_err(unreadable)?;
        }
        Ok(())
    }

    fn identity(&self, name: &SessionName, tip: CommitId) -> Result<(), Refusal> {
        let root = self.view.step_root(tip)?;
        if self.view.blob_at(root, MANIFEST)?.is_none() {
            return Err(Refusal::NoManifest);
        }
        let claimed = self.view.snapshot(tip)?.manifest.id;
        let here = self.store.try_find_session(name)?;
        let is_ours = match here {
            Some(here) => self.store.snapshot(here.tip)?.manifest.id == claimed,
            // Nobody else here has it under another name.
            None => self.store.try_find_session_by_id(claimed)?.is_none(),
        };
        if claimed.short() == name.digits() && is_ours { Ok(()) } else { Err(Refusal::OtherId { claimed }) }
    }
}

fn refused(id: gix::ObjectId, what: impl ToString) -> Refusal {
    Refusal::Object { id: id.to_string(), what: what.to_string() }
}

fn path_of(entry: &EntryRef<'_>, folder: &str) -> Result<String, Refusal> {
    let name = std::str::from_utf8(entry.filename);
    let name = name.map_err(|_| Refusal::NoText { folder: folder.to_owned() })?;
    Ok(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
}

fn check_name(entry: &EntryRef<'_>, path: &str, names: &mut BTreeMap<String, String>) -> Result<(), Refusal> {
    let mode = |what| Err(Refusal::Mode { path: path.to_owned(), what });
    if entry.mode.is_link() {
        return mode("a symbolic link");
    }
    if entry.mode.is_commit() {
        return mode("a submodule");
    }
    if !entry.mode.is_tree() && !entry.mode.is_blob() {
        return mode("neither a file nor a folder");
    }
    // A name is one component; the path is only longer by what was looked at before.
    let name = path.rsplit('/').next().unwrap_or(path);
    if entry.filename != name {
        return Err(Refusal::NoText { folder: path.to_owned() });
    }
    let name: ContextPath = name.parse()?;
    match names.insert(name.folded(), path.to_owned()) {
        Some(other) => Err(Refusal::Collision { path: path.to_owned(), other }),
        None => Ok(()),
    }
}
