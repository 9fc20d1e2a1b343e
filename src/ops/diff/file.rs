//! What became of one file of the context.

use serde::{Serialize, Serializer};

use super::{Detail, DiffOptions, TEXT_BYTES, TEXT_LINES};
use crate::model::{ContextPath, DecisionId, FactKind, Hunk, LineDiff, LineSign, count_lines, is_binary};
use crate::ops::OpError;
use crate::store::{BlobId, ContextFile, Store};

/// The longest line that is told whole, in bytes.
const LINE_BYTES: usize = 64 * 1024;

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileDiff {
    /// Its path below `context/`; the old one where it was removed.
    pub path: String,
    /// What kind of file it is.
    pub kind: PathKind,
    /// What became of it.
    pub change: FileChangeKind,
    /// The file before.
    pub old: Option<FileVersion>,
    /// The file after.
    pub new: Option<FileVersion>,
    /// How similar the two are, in percent, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<u8>,
    /// How its content is compared.
    pub content: ContentKind,
    /// How many lines were added; `None` where it is not compared by lines.
    pub insertions: Option<usize>,
    /// How many lines were removed; `None` where it is not compared by lines.
    pub deletions: Option<usize>,
    /// The lines that differ; `None` where they were not asked for, or it is not compared by lines.
    pub hunks: Option<Vec<TextHunk>>,
}

/// A file at one side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileVersion {
    /// Its path below `context/`.
    pub path: String,
    /// Its content.
    pub blob: BlobId,
    /// Its size.
    pub bytes: u64,
    /// Whether it may be executed.
    pub executable: bool,
}

/// What a context file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PathKind {
    /// A fact.
    Knowledge,
    /// A preference.
    Preference,
    /// A decision.
    Decision,
    /// The notes.
    Notes,
    /// The version that lost a conflict.
    ConflictCopy,
    /// Any other file.
    File,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its content, or whether it may be executed, differs.
    Modified,
    /// It has another path, and maybe another content.
    Renamed,
}

/// How a content is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContentKind {
    /// By lines.
    Text,
    /// As a whole: it is no text.
    Binary,
    /// As a whole: it is too large.
    Large,
}

/// Changes that lie close together, with the lines around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TextHunk {
    /// The first line in the old text, from 1; the line before it where it has none of them.
    pub old_start: usize,
    /// How many lines of the old text it has.
    pub old_lines: usize,
    /// The first line in the new text, from 1; the line before it where it has none of them.
    pub new_start: usize,
    /// How many lines of the new text it has.
    pub new_lines: usize,
    /// The lines.
    pub lines: Vec<TextLine>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextLine {
    /// Which side has it.
    pub sign: LineSign,
    /// What it says, without its line feed; what is no UTF-8 is replaced, and what is too long is cut.
    pub text: String,
    /// Whether it ends in a line feed.
    pub has_feed: bool,
}

impl Serialize for TextLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let end = if self.has_feed { "" } else { TextLine::NO_FEED };
        serializer.collect_str(&format_args!("{}{}{end}", self.sign.as_char(), self.text))
    }
}

impl TextLine {
    /// What follows a last line without a line feed, as in Git.
    pub const NO_FEED: &'static str = "\n\\ No newline at end of file";
}

impl PathKind {
    /// Returns what a path is for.
    pub fn of(path: &ContextPath) -> Self {
        match path {
            path if path.is_conflict_copy() => Self::ConflictCopy,
            path if FactKind::Knowledge.key(path).is_some() => Self::Knowledge,
            path if FactKind::Preference.key(path).is_some() => Self::Preference,
            path if DecisionId::of_path(path).is_some() => Self::Decision,
            path if path.as_str() == ContextPath::NOTES => Self::Notes,
            _ => Self::File,
        }
    }
}

/// A file before and after, at least one of the two.
#[derive(Debug, Clone)]
pub(super) struct Sides {
    pub(super) old: Option<(ContextPath, ContextFile)>,
    pub(super) new: Option<(ContextPath, ContextFile)>,
    pub(super) similarity: Option<u8>,
}

impl Sides {
    /// Returns the path under which the file is listed.
    pub(super) fn path(&self) -> Option<&ContextPath> {
        self.new.as_ref().or(self.old.as_ref()).map(|(path, _)| path)
    }

    fn change(&self) -> FileChangeKind {
        match (&self.old, &self.new, self.similarity) {
            (None, ..) => FileChangeKind::Added,
            (_, None, _) => FileChangeKind::Removed,
            (.., Some(_)) => FileChangeKind::Renamed,
            _ => FileChangeKind::Modified,
        }
    }
}

/// Compares one file.
pub(super) fn file_diff(store: &Store, sides: &Sides, options: &DiffOptions) -> Result<FileDiff, OpError> {
    let version =
        |side: &Option<(ContextPath, ContextFile)>| side.as_ref().map(|s| version(store, s)).transpose();
    let (old, new) = (version(&sides.old)?, version(&sides.new)?);
    let path = sides.path();
    let mut diff = FileDiff {
        path: path.map(ToString::to_string).unwrap_or_default(),
        kind: path.map_or(PathKind::File, PathKind::of),
        change: sides.change(),
        similarity: sides.similarity,
        content: ContentKind::Text,
        insertions: None,
        deletions: None,
        hunks: None,
        old,
        new,
    };
    if options.detail != Detail::Names {
        compare(store, &mut diff, options)?;
    }
    Ok(diff)
}

fn version(store: &Store, (path, file): &(ContextPath, ContextFile)) -> Result<FileVersion, OpError> {
    let bytes = store.blob_bytes(file.blob)?;
    Ok(FileVersion { path: path.to_string(), blob: file.blob, bytes, executable: file.executable })
}

fn compare(store: &Store, diff: &mut FileDiff, options: &DiffOptions) -> Result<(), OpError> {
    let sides = [&diff.old, &diff.new];
    if sides.into_iter().flatten().any(|side| side.bytes > TEXT_BYTES) {
        diff.content = ContentKind::Large;
        return Ok(());
    }
    let read = |side: &Option<FileVersion>| match side {
        Some(side) => store.read_blob(side.blob, TEXT_BYTES),
        None => Ok(Vec::new()),
    };
    let (old, new) = (read(&diff.old)?, read(&diff.new)?);
    if is_binary(&old) || is_binary(&new) {
        diff.content = ContentKind::Binary;
    } else if count_lines(&old).max(count_lines(&new)) > TEXT_LINES {
        diff.content = ContentKind::Large;
    } else {
        let lines = LineDiff::new(&old, &new);
        diff.insertions = Some(lines.insertions());
        diff.deletions = Some(lines.deletions());
        diff.hunks = (options.detail == Detail::Lines)
            .then(|| lines.hunks(options.context_lines).map(text_hunk).collect());
    }
    Ok(())
}

fn text_hunk(hunk: Hunk) -> TextHunk {
    TextHunk {
        old_start: hunk.old_start,
        old_lines: hunk.old_lines,
        new_start: hunk.new_start,
        new_lines: hunk.new_lines,
        lines: hunk.lines.into_iter().map(|(sign, line)| text_line(sign, line)).collect(),
    }
}

fn text_line(sign: LineSign, line: &[u8]) -> TextLine {
    TextLine { sign, text: line_text(line), has_feed: line.ends_with(b"\n") }
}

/// Returns what a line says, without its line feed; what is no UTF-8 is replaced, and what is too
/// long is cut.
pub(in crate::ops) fn line_text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let shown = line.get(..LINE_BYTES).unwrap_or(line);
    let mut text = match std::str::from_utf8(shown) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(shown).into_owned(),
    };
    if shown.len() < line.len() {
        text.push_str(&format!("… [{} bytes more]", line.len() - shown.len()));
    }
    text
}
