//! What was read already: several steps of one verb look at the same objects, which never change.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{BlobId, CommitId, ContextFiles, Snapshot};
use crate::model::Manifest;

/// How many trees are kept.
const TREES: usize = 256;
/// The largest tree that is kept, in bytes.
const TREE_BYTES: usize = 64 * 1024;
/// The most files of a folder that are kept as a list.
const FILES: usize = 4096;

/// The newest objects that one opened store has read or made.
#[derive(Default)]
pub(super) struct Known {
    snapshot: RefCell<Option<Snapshot>>,
    manifest: RefCell<Option<(BlobId, Manifest)>>,
    trees: RefCell<HashMap<gix::ObjectId, Rc<Vec<u8>>>>,
    files: RefCell<Option<(gix::ObjectId, ContextFiles)>>,
}

impl Known {
    pub(super) fn snapshot(&self, commit: CommitId) -> Option<Snapshot> {
        self.snapshot.borrow().as_ref().filter(|known| known.commit == commit).cloned()
    }

    pub(super) fn keep_snapshot(&self, snapshot: Snapshot) {
        self.snapshot.replace(Some(snapshot));
    }

    pub(super) fn manifest(&self, blob: BlobId) -> Option<Manifest> {
        let known = self.manifest.borrow();
        known.as_ref().filter(|(known, _)| *known == blob).map(|(_, manifest)| manifest.clone())
    }

    pub(super) fn keep_manifest(&self, blob: BlobId, manifest: Manifest) {
        self.manifest.replace(Some((blob, manifest)));
    }

    pub(super) fn files(&self, tree: gix::ObjectId) -> Option<ContextFiles> {
        let known = self.files.borrow();
        known.as_ref().filter(|(known, _)| *known == tree).map(|(_, files)| files.clone())
    }

    pub(super) fn keep_files(&self, tree: gix::ObjectId, files: &ContextFiles) {
        if files.len() <= FILES {
            self.files.replace(Some((tree, files.clone())));
        }
    }

    pub(super) fn tree(&self, id: &gix::oid) -> Option<Rc<Vec<u8>>> {
        self.trees.borrow().get(id).cloned()
    }

    pub(super) fn keep_tree(&self, id: gix::ObjectId, tree: Rc<Vec<u8>>) {
        if tree.len() > TREE_BYTES {
            return;
        }
        let mut trees = self.trees.borrow_mut();
        if trees.len() >= TREES {
            trees.clear();
        }
        trees.insert(id, tree);
    }
}
