//! Bringing changes of context files onto a session that may have moved on.

use serde::Serialize;

use super::OpError;
use super::decide::DECISION_BYTES;
use crate::model::{
    Additions, Conflict, ConflictKind, ContextPath, Decision, DecisionId, TextMerge, Timestamp, is_binary,
    merge_decisions, merge_text,
};
use crate::store::{self, Batch, BlobId, Clash, CommitId, ContextFile, FileChange, Store, TreeEdit, TreeId};

/// The largest text that is merged by lines, in bytes; larger files are kept twice.
const MERGED_BYTES: u64 = 8 * 1024 * 1024;

/// Which of two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Winner {
    /// What is there.
    Current,
    /// What comes in.
    Incoming,
}

/// What becomes of the side that does not take a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loser {
    /// It is kept beside the other, as an open conflict.
    Kept,
    /// It is left to history.
    Dropped,
    /// Neither side takes the path: in a base that is itself merged, a file that nobody has says
    /// that both sides changed it.
    Contested,
}

/// How conflicts are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    /// Who takes the path.
    pub(super) winner: Winner,
    /// What becomes of the other.
    pub(super) loser: Loser,
    /// Whose notes come first where both added some.
    pub(super) first: First,
}

/// Which notes come first of those that both sides added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// Those that are there.
    Current,
    /// Those of the side that wrote its last ones earlier. It does not depend on which side is merged
    /// into which, nor on what else was done there since, such as a fork.
    Earlier {
        /// The state of what is there.
        current: CommitId,
        /// The state of what comes in.
        incoming: CommitId,
    },
}

impl Policy {
    /// Conflicts are kept twice, and what is there comes first.
    pub(super) fn keep_both(winner: Winner) -> Self {
        Self { winner, loser: Loser::Kept, first: First::Current }
    }
}

/// What became of one file in a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MergedFile {
    /// Its path below `context/`.
    pub path: ContextPath,
    /// What became of it.
    pub how: MergedAs,
}

/// What became of a file in a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MergedAs {
    /// It is new.
    Added,
    /// It takes the other side's content, or that which both agree on.
    Changed,
    /// Both sides' changes went together.
    Merged,
    /// It is removed.
    Removed,
    /// Both sides changed it differently, and both versions are kept.
    Conflict,
    /// Both sides changed it differently, and ours was chosen.
    Ours,
    /// Both sides changed it differently, and theirs was chosen.
    Theirs,
}

/// A tree with changes brought onto it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MergedContext {
    pub(super) root: TreeId,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) files: Vec<MergedFile>,
}

/// Brings changes onto the tree `onto`. What both sides changed and cannot be merged is treated by
/// the policy.
pub(super) fn merge_changes(
    batch: &mut Batch,
    onto: TreeId,
    changes: &[FileChange],
    policy: Policy,
) -> Result<MergedContext, OpError> {
    batch.of_what_is_stored(|batch| bring_changes(batch, onto, changes, policy))
}

fn bring_changes(
    batch: &mut Batch,
    onto: TreeId,
    changes: &[FileChange],
    policy: Policy,
) -> Result<MergedContext, OpError> {
    let (removed, kept): (Vec<&FileChange>, Vec<&FileChange>) =
        changes.iter().partition(|change| change.new.is_none());
    let mut merged = MergedContext { root: onto, conflicts: Vec::new(), files: Vec::new() };
    // What goes makes room: a name may come back in another case, or as a folder.
    for changes in [removed, kept] {
        let mut step =
            Step { free: merged.root, batch: &mut *batch, policy, edits: Vec::new(), merged: &mut merged };
        for change in changes {
            step.bring(onto, change)?;
        }
        let edits = step.edits;
        if !edits.is_empty() {
            merged.root = batch.edit_tree(Some(merged.root), &edits)?;
        }
    }
    merged.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(merged)
}

/// Leaves out open conflicts that are none any more, because the copy is gone or says what the path
/// says, and writes down what has the path of the others.
pub(super) fn settle(
    batch: &mut Batch,
    root: TreeId,
    conflicts: &mut Vec<Conflict>,
) -> Result<TreeId, OpError> {
    let mut edits = Vec::new();
    let mut open = Vec::new();
    for mut entry in std::mem::take(conflicts) {
        let Some(path) = entry.path.as_deref().and_then(|path| path.parse::<ContextPath>().ok()) else {
            open.push(entry);
            continue;
        };
        let has_path = batch.view().context_file(root, &path)?;
        let copy = entry.copy.as_deref().and_then(|copy| copy.parse::<ContextPath>().ok());
        let copied = copy.as_ref().map(|copy| batch.view().context_file(root, copy)).transpose()?.flatten();
        let is_open = match (&copy, entry.kind) {
            (Some(_), ConflictKind::Clash) => copied.is_some(),
            (Some(_), _) => copied.is_some_and(|copied| has_path.is_none_or(|file| file.blob != copied.blob)),
            (None, _) => has_path.is_some(),
        };
        if is_open {
            if entry.kind != ConflictKind::Clash {
                entry.ours = id(has_path);
            }
            open.push(entry);
        } else {
            edits.extend(copy.filter(|_| copied.is_some()).iter().map(TreeEdit::remove_context));
        }
    }
    *conflicts = open;
    Ok(if edits.is_empty() { root } else { batch.edit_tree(Some(root), &edits)? })
}

struct Step<'a> {
    batch: &'a mut Batch,
    policy: Policy,
    // What is left after removals.
    free: TreeId,
    edits: Vec<TreeEdit>,
    merged: &'a mut MergedContext,
}

impl Step<'_> {
    fn bring(&mut self, onto: TreeId, change: &FileChange) -> Result<(), OpError> {
        let current = self.batch.view().context_file(onto, &change.path)?;
        let FileChange { path, old, new } = change;
        match (current, *new) {
            (current, new) if current == new => Ok(()),
            (None, Some(new)) => self.bring_absent(path, *old, new),
            (Some(_), None) if current == *old || path.is_conflict_copy() => {
                self.remove(path, MergedAs::Removed);
                Ok(())
            }
            (Some(current), None) => self.keep_changed(path, current, Winner::Current),
            (Some(_), Some(new)) if current == *old => {
                self.put(path, new, MergedAs::Changed);
                Ok(())
            }
            (Some(current), Some(new)) => self.merge(path, *old, current, new),
            (None, None) => Ok(()),
        }
    }

    fn bring_absent(
        &mut self,
        path: &ContextPath,
        old: Option<ContextFile>,
        new: ContextFile,
    ) -> Result<(), OpError> {
        match self.batch.view().find_clash(self.free, path)? {
            Some(clash) => self.keep_beside(path, new, &clash),
            None if old.is_some() && !path.is_conflict_copy() => {
                self.keep_changed(path, new, Winner::Incoming)
            }
            None => {
                self.put(path, new, MergedAs::Added);
                Ok(())
            }
        }
    }

    // One side removed what the other changed. A removal never wins, unless its side was chosen.
    fn keep_changed(&mut self, path: &ContextPath, changed: ContextFile, by: Winner) -> Result<(), OpError> {
        let how = match self.policy.winner {
            Winner::Current => MergedAs::Ours,
            Winner::Incoming => MergedAs::Theirs,
        };
        match self.policy.loser {
            Loser::Kept => {
                self.merged.conflicts.push(entry(path, ConflictKind::Deleted, None, Some(changed), None));
                self.put(path, changed, MergedAs::Conflict);
            }
            Loser::Dropped if self.policy.winner == by => self.put(path, changed, how),
            Loser::Dropped => self.remove(path, how),
            Loser::Contested => self.contest(path, Some(changed), None)?,
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
        let executable = current.executable || new.executable;
        if current.blob == new.blob {
            self.put(path, ContextFile { blob: new.blob, executable }, MergedAs::Merged);
            return Ok(());
        }
        if DecisionId::of_path(path).is_some()
            && let Some((content, is_conflict)) = self.merged_decision(path, old, current, new)?
        {
            let blob = self.batch.blob(&content)?;
            let merged = ContextFile { blob, executable };
            if is_conflict {
                return self.keep_twice(path, ConflictKind::Content, merged, (current, new));
            }
            self.put(path, merged, MergedAs::Merged);
            return Ok(());
        }
        match self.merged_content(path, old, current, new)? {
            Ok(content) => {
                let blob = self.batch.blob(&content)?;
                self.put(path, ContextFile { blob, executable }, MergedAs::Merged);
                Ok(())
            }
            Err(kind) => {
                let winning = if self.policy.winner == Winner::Current { current } else { new };
                self.keep_twice(path, kind, winning, (current, new))
            }
        }
    }

    // What is no decision that can be read, or too large for one, is merged as any other file.
    fn merged_decision(
        &self,
        path: &ContextPath,
        old: Option<ContextFile>,
        current: ContextFile,
        new: ContextFile,
    ) -> Result<Option<(Vec<u8>, bool)>, OpError> {
        let view = self.batch.view();
        let read = |file: ContextFile| -> Result<Option<Decision>, OpError> {
            if view.blob_bytes(file.blob)? > DECISION_BYTES {
                return Ok(None);
            }
            Ok(Decision::parse(path.as_str(), &view.read_blob(file.blob, DECISION_BYTES)?).ok())
        };
        let (Some(current), Some(new)) = (read(current)?, read(new)?) else { return Ok(None) };
        let old = match old {
            Some(old) => read(old)?,
            None => None,
        };
        let merged = match self.policy.winner {
            Winner::Current => merge_decisions(old.as_ref(), &current, &new),
            Winner::Incoming => merge_decisions(old.as_ref(), &new, &current),
        };
        let content = merged.decision.print(path.as_str())?.into_bytes();
        Ok(Some((content, merged.is_conflict)))
    }

    fn merged_content(
        &self,
        path: &ContextPath,
        old: Option<ContextFile>,
        current: ContextFile,
        new: ContextFile,
    ) -> Result<Result<Vec<u8>, ConflictKind>, OpError> {
        // A fact is one thing: half of one and half of the other is neither.
        if ["knowledge/", "preferences/"].iter().any(|folder| path.as_str().starts_with(folder)) {
            return Ok(Err(ConflictKind::Content));
        }
        let sizes = [Some(current), Some(new), old].into_iter().flatten();
        for file in sizes {
            if self.batch.view().blob_bytes(file.blob)? > MERGED_BYTES {
                return Ok(Err(ConflictKind::Content));
            }
        }
        let read = |file: ContextFile| self.batch.view().read_blob(file.blob, MERGED_BYTES);
        let is_notes = path.as_str() == ContextPath::NOTES;
        let additions = if is_notes { Additions::KeepBoth } else { Additions::Conflict };
        let is_swapped = is_notes && self.is_new_first(path, current.blob, new.blob)?;
        let (current, new, old) = (read(current)?, read(new)?, old.map(read).transpose()?);
        if is_binary(&current) || is_binary(&new) {
            return Ok(Err(ConflictKind::Binary));
        }
        let (first, second) = if is_swapped { (&new, &current) } else { (&current, &new) };
        Ok(match merge_text(&old.unwrap_or_default(), first, second, additions) {
            TextMerge::Merged(content) => Ok(content),
            TextMerge::Conflict => Err(ConflictKind::Content),
        })
    }

    fn is_new_first(&self, path: &ContextPath, current: BlobId, new: BlobId) -> Result<bool, OpError> {
        let First::Earlier { current: tip, incoming } = self.policy.first else { return Ok(false) };
        let written = |commit, blob| written_at(self.batch.view(), commit, path, blob);
        Ok((written(incoming, new)?, new) < (written(tip, current)?, current))
    }

    fn keep_twice(
        &mut self,
        path: &ContextPath,
        kind: ConflictKind,
        winning: ContextFile,
        (current, new): (ContextFile, ContextFile),
    ) -> Result<(), OpError> {
        let (losing, how) = match self.policy.winner {
            Winner::Current => (new, MergedAs::Ours),
            Winner::Incoming => (current, MergedAs::Theirs),
        };
        match self.policy.loser {
            Loser::Kept => {
                let copy = path.conflict_copy(&losing.blob.to_string());
                self.put(path, winning, MergedAs::Conflict);
                self.edits.push(TreeEdit::put_context(&copy, losing));
                self.merged.conflicts.push(entry(path, kind, Some(&copy), Some(winning), Some(losing)));
            }
            Loser::Dropped => self.put(path, winning, how),
            Loser::Contested => self.contest(path, Some(current), Some(new))?,
        }
        Ok(())
    }

    // What is there stays, whoever was chosen: it may be a whole folder. What comes in is kept
    // beside it.
    fn keep_beside(&mut self, path: &ContextPath, new: ContextFile, clash: &Clash) -> Result<(), OpError> {
        if self.policy.loser == Loser::Contested {
            return Ok(());
        }
        let depth = |path: &str| path.split('/').count();
        let beside: ContextPath = match depth(&clash.existing) < depth(path.as_str()) {
            true => path.as_str().replace('/', "-").parse()?,
            false => path.clone(),
        };
        let copy = beside.conflict_copy(&new.blob.to_string());
        self.edits.push(TreeEdit::put_context(&copy, new));
        self.merged.files.push(MergedFile { path: path.clone(), how: MergedAs::Conflict });
        self.merged.conflicts.push(entry(path, ConflictKind::Clash, Some(&copy), None, Some(new)));
        Ok(())
    }

    // The same whichever side is which, and equal to nothing that anybody wrote.
    fn contest(
        &mut self,
        path: &ContextPath,
        a: Option<ContextFile>,
        b: Option<ContextFile>,
    ) -> Result<(), OpError> {
        let mut sides = [a, b].map(|side| side.map(|file| file.blob.to_string()).unwrap_or_default());
        sides.sort();
        let content = format!("contested in the merge of several bases\n{}\n", sides.join("\n"));
        let blob = self.batch.blob(content.as_bytes())?;
        self.put(path, ContextFile::plain(blob), MergedAs::Conflict);
        Ok(())
    }

    fn put(&mut self, path: &ContextPath, file: ContextFile, how: MergedAs) {
        self.edits.push(TreeEdit::put_context(path, file));
        self.merged.files.push(MergedFile { path: path.clone(), how });
    }

    fn remove(&mut self, path: &ContextPath, how: MergedAs) {
        self.edits.push(TreeEdit::remove_context(path));
        self.merged.files.push(MergedFile { path: path.clone(), how });
    }
}

// When a file got the content that it has in a commit.
fn written_at(store: &Store, tip: CommitId, path: &ContextPath, blob: BlobId) -> Result<Timestamp, OpError> {
    let mut step = store.step(tip)?;
    while let Some(parent) = parent_with(store, &step, path, blob)? {
        step = parent;
    }
    Ok(step.committed_at)
}

fn parent_with(
    store: &Store,
    step: &store::Step,
    path: &ContextPath,
    blob: BlobId,
) -> Result<Option<store::Step>, OpError> {
    for parent in &step.parents {
        let parent = store.step(*parent)?;
        if store.context_file(parent.root, path)?.is_some_and(|file| file.blob == blob) {
            return Ok(Some(parent));
        }
    }
    Ok(None)
}

fn id(file: Option<ContextFile>) -> Option<serde_json::Value> {
    file.map(|file| file.blob.to_string().into())
}

fn entry(
    path: &ContextPath,
    kind: ConflictKind,
    copy: Option<&ContextPath>,
    ours: Option<ContextFile>,
    theirs: Option<ContextFile>,
) -> Conflict {
    let mut entry = Conflict::of_path(path.as_str(), kind);
    entry.copy = copy.map(|copy| copy.as_str().to_owned());
    (entry.ours, entry.theirs) = (id(ours), id(theirs));
    entry
}
