//! Which commit wrote each line of a file: what `git blame` finds.

use std::collections::HashMap;
use std::rc::Rc;

use crate::model::{ContextPath, LineDiff, count_lines, is_binary};
use crate::ops::OpError;
use crate::ops::diff::renamed_from;
use crate::store::{BlobId, CommitId, ContextFile, Step, Store};

/// Lines that one commit wrote, in the order in which it had them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The first of them in the file that is asked about, from 0.
    pub(super) line: usize,
    /// The first of them in the commit's version, from 0.
    pub(super) at: usize,
    /// How many there are.
    pub(super) count: usize,
}

/// A commit with what it wrote.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) step: Step,
    /// The file's path in that commit.
    pub(super) path: ContextPath,
    pub(super) chunks: Vec<Chunk>,
}

/// A version of the file and the lines that it may have written.
#[derive(Debug, Clone)]
struct Suspect {
    path: ContextPath,
    blob: BlobId,
    chunks: Vec<Chunk>,
}

/// Finds who wrote the lines of a file, newest commit first.
///
/// Lines go to the first parent that has them, as in Git; a parent that has the whole file takes
/// all. A file that a parent has under another name is followed there.
pub(super) fn written(
    store: &Store,
    tip: CommitId,
    path: &ContextPath,
    file: ContextFile,
    limit: u64,
) -> Result<Vec<Written>, OpError> {
    let mut search = Search { store, limit, contents: Vec::new(), suspects: HashMap::new() };
    let content = search.content(file.blob)?;
    // What is no text is one thing.
    let count = if is_binary(&content) { 1 } else { count_lines(&content) };
    let all = Chunk { line: 0, at: 0, count };
    search.suspect(tip, Suspect { path: path.clone(), blob: file.blob, chunks: vec![all] });
    let mut found = Vec::new();
    let mut history = store.history(tip, None).peekable();
    while !search.suspects.is_empty() {
        let Some(step) = history.next().transpose()? else { break };
        let Some(suspects) = search.suspects.remove(&step.commit) else { continue };
        let next = history.peek().and_then(|next| next.as_ref().ok());
        let parents = search.parents(&step, next)?;
        for suspect in suspects {
            let chunks = search.pass_on(&step, &suspect, &parents)?;
            if !chunks.is_empty() {
                found.push(Written { step: step.clone(), path: suspect.path, chunks });
            }
        }
    }
    Ok(found)
}

struct Search<'a> {
    store: &'a Store,
    limit: u64,
    /// The contents that were read last: what is new in one comparison is old in the next.
    contents: Vec<(BlobId, Rc<Vec<u8>>)>,
    suspects: HashMap<CommitId, Vec<Suspect>>,
}

impl Search<'_> {
    fn parents(&self, step: &Step, next: Option<&Step>) -> Result<Vec<Step>, OpError> {
        let read = |parent: &CommitId| match next.filter(|next| next.commit == *parent) {
            Some(next) => Ok(next.clone()),
            None => Ok(self.store.step(*parent)?),
        };
        step.parents.iter().map(read).collect()
    }

    fn suspect(&mut self, commit: CommitId, suspect: Suspect) {
        let suspects = self.suspects.entry(commit).or_default();
        match suspects.iter_mut().find(|known| known.path == suspect.path) {
            Some(known) => known.chunks.extend(suspect.chunks),
            None => suspects.push(suspect),
        }
    }

    /// Passes lines on to the parents that have them; returns those that the commit wrote itself.
    fn pass_on(&mut self, step: &Step, suspect: &Suspect, parents: &[Step]) -> Result<Vec<Chunk>, OpError> {
        let mut older: Vec<Option<(ContextPath, BlobId)>> = Vec::new();
        for parent in parents {
            let file = self.store.context_file(parent.root, &suspect.path)?;
            older.push(file.map(|file| (suspect.path.clone(), file.blob)));
        }
        if !older.iter().flatten().any(|(_, blob)| *blob == suspect.blob) {
            for (parent, found) in parents.iter().zip(&mut older).filter(|(_, found)| found.is_none()) {
                let renamed = renamed_from(self.store, parent.root, step.root, &suspect.path)?;
                *found = renamed.map(|(path, file)| (path, file.blob));
            }
        }
        let older: Vec<(CommitId, ContextPath, BlobId)> = parents
            .iter()
            .zip(older)
            .filter_map(|(parent, found)| found.map(|(path, blob)| (parent.commit, path, blob)))
            .collect();
        if let Some((commit, path, blob)) = older.iter().find(|(.., blob)| *blob == suspect.blob).cloned() {
            self.suspect(commit, Suspect { path, blob, chunks: suspect.chunks.clone() });
            return Ok(Vec::new());
        }
        let mut left = suspect.chunks.clone();
        for (commit, path, blob) in older {
            let (passed, own) = self.compare(blob, suspect.blob, left)?;
            if !passed.is_empty() {
                self.suspect(commit, Suspect { path, blob, chunks: passed });
            }
            left = own;
        }
        Ok(left)
    }

    /// Parts lines into those that an older version has, with their places there, and the others.
    fn compare(
        &mut self,
        old: BlobId,
        new: BlobId,
        chunks: Vec<Chunk>,
    ) -> Result<(Vec<Chunk>, Vec<Chunk>), OpError> {
        // Behind a version that is too large to be compared, nothing is known.
        if self.store.blob_bytes(old)? > self.limit {
            return Ok((Vec::new(), chunks));
        }
        let (old, new) = (self.content(old)?, self.content(new)?);
        if is_binary(&old) || is_binary(&new) {
            return Ok((Vec::new(), chunks));
        }
        Ok(part(&chunks, &LineDiff::new(&old, &new)))
    }

    fn content(&mut self, blob: BlobId) -> Result<Rc<Vec<u8>>, OpError> {
        if let Some((_, content)) = self.contents.iter().find(|(known, _)| *known == blob) {
            return Ok(Rc::clone(content));
        }
        let content = Rc::new(self.store.read_blob(blob, self.limit)?);
        self.contents.truncate(1);
        self.contents.insert(0, (blob, Rc::clone(&content)));
        Ok(content)
    }
}

/// Parts lines of a new text into those that the old text has, with their places there, and those
/// that it has not.
fn part(chunks: &[Chunk], diff: &LineDiff) -> (Vec<Chunk>, Vec<Chunk>) {
    let (mut passed, mut own) = (Vec::new(), Vec::new());
    let changes: Vec<_> = diff.changes().collect();
    for chunk in chunks {
        let end = chunk.at + chunk.count;
        let mut at = chunk.at;
        while at < end {
            let next = changes.partition_point(|(_, new)| new.end <= at);
            let change = changes.get(next).map_or(end..end, |(_, new)| new.start.min(end)..new.end.min(end));
            let line = chunk.line + (at - chunk.at);
            if at < change.start {
                let before = next.checked_sub(1).and_then(|before| changes.get(before));
                let (new_end, old_end) = before.map_or((0, 0), |(old, new)| (new.end, old.end));
                passed.push(Chunk { line, at: at - new_end + old_end, count: change.start - at });
                at = change.start;
            } else {
                own.push(Chunk { line, at, count: change.end - at });
                at = change.end;
            }
        }
    }
    (passed, own)
}
