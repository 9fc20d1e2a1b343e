//! The names of files that differ, one a line.

use crate::ops::{Diff, FileChangeKind, FileDiff};
use crate::render::safe_line;

/// Lists the files that differ.
pub(crate) fn name_only(diff: &Diff) -> String {
    diff.context.iter().map(|file| format!("{}\n", safe_line(&file.path))).collect()
}

/// Lists the files that differ and what became of them, with tabs between, as Git does.
pub(crate) fn name_status(diff: &Diff) -> String {
    diff.context.iter().map(line).collect()
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
