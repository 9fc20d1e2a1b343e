//! The contents that a run brought, wherever they went from there.
//!
//! What a run brought is what none of the commits has that it follows. Where such a content stands, the
//! file is as it was before; what others made of it since stays.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::Commit;

use crate::model::ContextPath;
use crate::store::rewrite::{Holding, Rewriter};
use crate::store::{BlobId, CommitId, ContextFile, FileChange, StoreError, TreeEdit, TreeId};

/// Where an open run keeps what its folder held.
const CHECKPOINT: &str = "checkpoint";

/// A content that is gone, and the file that stands in its place; `None` where nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Swap {
    old: BlobId,
    new: Option<ContextFile>,
}

/// Where contents stand in a commit that are gone.
pub(super) type Swaps = BTreeMap<ContextPath, Swap>;

impl Rewriter<'_> {
    /// Tells how a commit's files change, so that contents are gone which runs brought.
    pub(super) fn swap_contents(
        &mut self,
        id: ObjectId,
        commit: &Commit,
    ) -> Result<Vec<TreeEdit>, StoreError> {
        let is_behind = commit.parents.iter().any(|parent| self.cutting.brought.contains_key(parent));
        if !is_behind && self.silenced(id).is_none() {
            return Ok(Vec::new());
        }
        let changes = self.changes(commit)?;
        let brought = self.brought(id, commit, &changes)?;
        let before = commit.parents.first().and_then(|parent| self.cutting.swaps.get(parent));
        let mut swaps = before.map(|swaps| Swaps::clone(swaps)).unwrap_or_default();
        for change in &changes {
            let was = swaps.get(&change.path).cloned();
            let Some(file) = change.new else {
                swaps.remove(&change.path);
                continue;
            };
            // Only what it may do changed.
            if was.as_ref().is_some_and(|was| was.old == file.blob) {
                continue;
            }
            swaps.remove(&change.path);
            if !brought.contains(&file.blob) {
                self.tell_later(commit, &change.path, &file)?;
            } else if let Some(swap) = self.swap(id, commit, change, &file, &changes)? {
                self.note(&format!("context/{}", change.path), 1);
                swaps.insert(change.path.clone(), swap);
            }
        }
        let mut edits: Vec<TreeEdit> =
            swaps.iter().map(|(path, swap)| edit("context", path, swap.new)).collect();
        edits.extend(self.swaps_of_checkpoint(commit, &brought, &swaps)?);
        if self.silenced(id).is_some() {
            self.cutting.contents.extend(brought.iter());
        }
        self.cutting.swaps.insert(id, Rc::new(swaps));
        self.cutting.brought.insert(id, brought);
        Ok(edits)
    }

    // What changed since the first commit that this one follows.
    fn changes(&self, commit: &Commit) -> Result<Vec<FileChange>, StoreError> {
        let (view, root) = (self.batch.view(), TreeId(commit.tree));
        if let Some(parent) = commit.parents.first() {
            return view.context_changes(view.step_root(CommitId(*parent))?, root);
        }
        let files = view.context_files(root)?.into_iter();
        Ok(files.map(|(path, file)| FileChange { path, old: None, new: Some(file) }).collect())
    }

    fn brought(
        &self,
        id: ObjectId,
        commit: &Commit,
        changes: &[FileChange],
    ) -> Result<Rc<BTreeSet<BlobId>>, StoreError> {
        let before: Vec<&Rc<BTreeSet<BlobId>>> =
            commit.parents.iter().filter_map(|parent| self.cutting.brought.get(parent)).collect();
        if let ([one], None) = (before.as_slice(), self.silenced(id)) {
            return Ok(Rc::clone(one));
        }
        let mut brought: BTreeSet<BlobId> =
            before.into_iter().flat_map(|blobs| blobs.iter()).copied().collect();
        if self.silenced(id).is_some() {
            let view = self.batch.view();
            let saved = view.files_below(TreeId(commit.tree), CHECKPOINT)?.into_values();
            let changed = changes.iter().filter_map(|change| change.new).map(|file| file.blob);
            let mut own: BTreeSet<BlobId> = changed.collect();
            own.extend(saved.map(|file| file.blob));
            for parent in &commit.parents {
                let files = view.context_files(view.step_root(CommitId(*parent))?)?;
                own.retain(|blob| !files.values().any(|file| file.blob == *blob));
            }
            brought.extend(own);
        }
        Ok(Rc::new(brought))
    }

    fn swap_in(&self, commit: &ObjectId, path: &ContextPath) -> Option<&Swap> {
        self.cutting.swaps.get(commit)?.get(path)
    }

    // Returns what stands for a content that came to this path here; `None` where it may stay.
    fn swap(
        &self,
        id: ObjectId,
        commit: &Commit,
        change: &FileChange,
        file: &ContextFile,
        changes: &[FileChange],
    ) -> Result<Option<Swap>, StoreError> {
        let swap = |new| Some(Swap { old: file.blob, new });
        // Another side of a merge has it there: as its own, or from the run as well.
        for parent in commit.parents.iter().skip(1) {
            if self.file_in(parent, &change.path)?.is_some_and(|there| there.blob == file.blob) {
                return Ok(self.swap_in(parent, &change.path).cloned());
            }
        }
        // An empty file says nothing, whoever else makes one.
        if file.blob.0.is_empty_blob() && self.silenced(id).is_none() {
            return Ok(None);
        }
        // It was renamed.
        let left = |change: &&FileChange| {
            change.new.is_none() && change.old.is_some_and(|old| old.blob == file.blob)
        };
        if let Some(was) = changes.iter().find(left) {
            let before = commit.parents.first().and_then(|parent| self.swap_in(parent, &was.path));
            // What was moved may be somebody's own.
            return Ok(before.and_then(|before| swap(before.new)));
        }
        Ok(swap(self.before(commit, &change.path)?))
    }

    // The file that stood there in the first commit that this one follows and that had one, as it is now.
    fn before(&self, commit: &Commit, path: &ContextPath) -> Result<Option<ContextFile>, StoreError> {
        for parent in &commit.parents {
            if let Some(there) = self.file_in(parent, path)? {
                return Ok(self.swap_in(parent, path).map_or(Some(there), |swap| swap.new));
            }
        }
        Ok(None)
    }

    fn file_in(&self, commit: &ObjectId, path: &ContextPath) -> Result<Option<ContextFile>, StoreError> {
        let view = self.batch.view();
        view.context_file(view.step_root(CommitId(*commit))?, path)
    }

    // What the folder of an open run held is as its context is.
    fn swaps_of_checkpoint(
        &self,
        commit: &Commit,
        brought: &BTreeSet<BlobId>,
        swaps: &Swaps,
    ) -> Result<Vec<TreeEdit>, StoreError> {
        let saved = self.batch.view().files_below(TreeId(commit.tree), CHECKPOINT)?;
        let mut edits = Vec::new();
        for (path, file) in saved.into_iter().filter(|(_, file)| brought.contains(&file.blob)) {
            let new = match swaps.get(&path).filter(|swap| swap.old == file.blob) {
                Some(swap) => swap.new,
                None => self.before(commit, &path)?,
            };
            edits.push(edit(CHECKPOINT, &path, new));
        }
        Ok(edits)
    }

    // Whoever changed it, or merged it with something, may have kept something of it.
    fn tell_later(
        &mut self,
        commit: &Commit,
        path: &ContextPath,
        file: &ContextFile,
    ) -> Result<(), StoreError> {
        let swaps = commit.parents.iter().filter_map(|parent| self.cutting.swaps.get(parent));
        let (true, Some((at, session, run))) =
            (swaps.into_iter().any(|swaps| swaps.contains_key(path)), self.at)
        else {
            return Ok(());
        };
        for parent in &commit.parents {
            if self.file_in(parent, path)?.is_some_and(|there| there.blob == file.blob) {
                return Ok(());
            }
        }
        let path = format!("context/{path}");
        self.cutting.later.push(Holding { commit: at, session, run, path, count: 1 });
        Ok(())
    }
}

fn edit(folder: &str, path: &ContextPath, new: Option<ContextFile>) -> TreeEdit {
    let path = format!("{folder}/{path}");
    new.map_or_else(|| TreeEdit::Remove(path.clone()), |file| TreeEdit::Put(path.clone(), file))
}
