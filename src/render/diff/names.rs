//! The names of files that differ, one a line.

use crate::ops::{ContentKind, Diff, FileChangeKind, FileDiff, FileVersion};
use crate::render::words::bytes;
use crate::render::{safe_line, style};

/// Lists the files that differ.
pub(crate) fn name_only(diff: &Diff) -> String {
    diff.context.iter().map(|file| format!("{}\n", safe_line(&file.path))).collect()
}

/// Lists the files that differ and what became of them, with tabs between, as Git does.
pub(crate) fn name_status(diff: &Diff) -> String {
    diff.context.iter().map(line).collect()
}

/// Tells in a line what became of a file, and how many of its lines were added and removed.
pub(crate) fn file_line(file: &FileDiff) -> String {
    let (sign, color) = match file.change {
        FileChangeKind::Added => ("+", style::GOOD),
        FileChangeKind::Removed => ("-", style::BAD),
        _ => ("~", style::LIVE),
    };
    let path = safe_line(&file.path);
    let name = match &file.old {
        Some(old) if file.change == FileChangeKind::Renamed => format!("{} → {path}", safe_line(&old.path)),
        _ => path,
    };
    let lines = match (file.insertions, file.deletions) {
        (Some(plus), Some(minus)) => format!("+{plus} -{minus}"),
        _ => sizes(file),
    };
    format!("{} {}", style::paint(color, format!("{sign} {name}")), style::paint(style::FAINT, lines))
}

/// Tells how large a file was and is.
pub(super) fn sizes(file: &FileDiff) -> String {
    let size = |side: &Option<FileVersion>| bytes(side.as_ref().map_or(0, |side| side.bytes));
    let what = if file.content == ContentKind::Large { "large" } else { "binary" };
    format!("{what} {} → {}", size(&file.old), size(&file.new))
}

fn line(file: &FileDiff) -> String {
    let path = safe_line(&file.path);
    match (file.change, &file.old) {
        (FileChangeKind::Renamed, Some(old)) => {
            format!("R{:03}\t{}\t{path}\n", file.similarity.unwrap_or(100), safe_line(&old.path))
        }
        (FileChangeKind::Added, _) => format!("A\t{path}\n"),
        (FileChangeKind::Removed, _) => format!("D\t{path}\n"),
        _ => format!("M\t{path}\n"),
    }
}
