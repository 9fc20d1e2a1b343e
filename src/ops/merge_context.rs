//! Bringing changes of context files onto a session that may have moved on.

use super::OpError;
use crate::model::{Additions, Conflict, ConflictKind, ContextPath, TextMerge, is_binary, merge_text};
use crate::store::{Batch, Clash, ContextFile, FileChange, TreeEdit, TreeId};

/// The largest text that is merged by lines, in bytes; larger files are kept twice.
const MERGED_BYTES: u64 = 8 * 1024 * 1024;

/// Which side takes the path where both changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Winner {
    /// What is there keeps it.
    Current,
    /// What comes in takes it.
    Incoming,
}

/// A tree with changes brought onto it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MergedContext {
    pub(super) root: TreeId,
    pub(super) conflicts: Vec<Conflict>,
}

/// Brings changes onto the tree `onto`. What both sides changed and cannot be merged is kept twice.
pub(super) fn merge_changes(
    batch: &mut Batch,
    onto: TreeId,
    changes: &[FileChange],
    winner: Winner,
) -> Result<MergedContext, OpError> {
    let mut merged = MergedContext { root: onto, conflicts: Vec::new() };
    let mut edits = Vec::new();
    for change in changes {
        let current = batch.view().context_file(onto, &change.path)?;
        let mut step = Step { batch, winner, edits: &mut edits, conflicts: &mut merged.conflicts };
        step.bring(onto, change, current)?;
    }
    if !edits.is_empty() {
        merged.root = batch.edit_tree(Some(onto), &edits)?;
    }
    Ok(merged)
}

struct Step<'a> {
    batch: &'a mut Batch,
    winner: Winner,
    edits: &'a mut Vec<TreeEdit>,
    conflicts: &'a mut Vec<Conflict>,
}

impl Step<'_> {
    fn bring(
        &mut self,
        onto: TreeId,
        change: &FileChange,
        current: Option<ContextFile>,
    ) -> Result<(), OpError> {
        let FileChange { path, old, new } = change;
        match (current, *new) {
            (current, new) if current == new => {}
            (None, Some(new)) => match self.batch.view().find_clash(onto, path)? {
                Some(clash) => self.keep_beside(path, new, &clash)?,
                None => {
                    self.put(path, new);
                    if old.is_some() && !path.is_conflict_copy() {
                        self.conflicts.push(deleted(path, Some(new), None));
                    }
                }
            },
            (Some(_), None) if current == *old || path.is_conflict_copy() => self.remove(path),
            (Some(current), None) => self.conflicts.push(deleted(path, Some(current), None)),
            (Some(_), Some(new)) if current == *old => self.put(path, new),
            (Some(current), Some(new)) => self.merge(path, *old, current, new)?,
            (None, None) => {}
        }
        Ok(())
    }

    fn merge(
        &mut self,
        path: &ContextPath,
        old: Option<ContextFile>,
        current: ContextFile,
        new: ContextFile,
    ) -> Result<(), OpError> {
        // A copy is named after its content, so two of one name are the same.
        if path.is_conflict_copy() {
            return Ok(());
        }
        match self.merged_text(path, old, current, new)? {
            Ok(content) => {
                let blob = self.batch.blob(&content)?;
                self.put(path, ContextFile { blob, executable: current.executable || new.executable });
            }
            Err(kind) => self.keep_twice(path, kind, current, new),
        }
        Ok(())
    }

    // Facts and decisions are one thing a file: half of one and half of the other is neither.
    fn merged_text(
        &self,
        path: &ContextPath,
        old: Option<ContextFile>,
        current: ContextFile,
        new: ContextFile,
    ) -> Result<Result<Vec<u8>, ConflictKind>, OpError> {
        let whole = ["knowledge/", "preferences/", ContextPath::DECISIONS];
        if whole.iter().any(|folder| path.as_str().starts_with(folder)) {
            return Ok(Err(ConflictKind::Content));
        }
        let sizes = [Some(current), Some(new), old].into_iter().flatten();
        for file in sizes {
            if self.batch.view().blob_bytes(file.blob)? > MERGED_BYTES {
                return Ok(Err(ConflictKind::Content));
            }
        }
        let read = |file: ContextFile| self.batch.view().read_blob(file.blob, MERGED_BYTES);
        let (current, new) = (read(current)?, read(new)?);
        let base = old.map(read).transpose()?.unwrap_or_default();
        if is_binary(&current) || is_binary(&new) {
            return Ok(Err(ConflictKind::Binary));
        }
        let is_notes = path.as_str() == ContextPath::NOTES;
        let additions = if is_notes { Additions::KeepBoth } else { Additions::Conflict };
        Ok(match merge_text(&base, &current, &new, additions) {
            TextMerge::Merged(content) => Ok(content),
            TextMerge::Conflict => Err(ConflictKind::Content),
        })
    }

    fn keep_twice(&mut self, path: &ContextPath, kind: ConflictKind, current: ContextFile, new: ContextFile) {
        let (winning, losing) = match self.winner {
            Winner::Current => (current, new),
            Winner::Incoming => (new, current),
        };
        let copy = path.conflict_copy(&losing.blob.to_string());
        self.put(path, winning);
        self.put(&copy, losing);
        self.conflicts.push(entry(path, kind, Some(&copy), Some(winning), Some(losing)));
    }

    // What is there stays: it may be a whole folder. What comes in is kept beside it.
    fn keep_beside(&mut self, path: &ContextPath, new: ContextFile, clash: &Clash) -> Result<(), OpError> {
        let beside: ContextPath =
            match clash.is_folder || !path.as_str().starts_with(&format!("{}/", clash.existing)) {
                true => path.clone(),
                false => path.as_str().replace('/', "-").parse()?,
            };
        let copy = beside.conflict_copy(&new.blob.to_string());
        self.put(&copy, new);
        self.conflicts.push(entry(path, ConflictKind::Clash, Some(&copy), None, Some(new)));
        Ok(())
    }

    fn put(&mut self, path: &ContextPath, file: ContextFile) {
        self.edits.push(TreeEdit::put_context(path, file));
    }

    fn remove(&mut self, path: &ContextPath) {
        self.edits.push(TreeEdit::remove_context(path));
    }
}

fn deleted(path: &ContextPath, ours: Option<ContextFile>, theirs: Option<ContextFile>) -> Conflict {
    entry(path, ConflictKind::Deleted, None, ours, theirs)
}

fn entry(
    path: &ContextPath,
    kind: ConflictKind,
    copy: Option<&ContextPath>,
    ours: Option<ContextFile>,
    theirs: Option<ContextFile>,
) -> Conflict {
    let id = |file: Option<ContextFile>| file.map(|file| file.blob.to_string().into());
    let mut entry = Conflict::of_path(path.as_str(), kind);
    entry.copy = copy.map(|copy| copy.as_str().to_owned());
    (entry.ours, entry.theirs) = (id(ours), id(theirs));
    entry
}
