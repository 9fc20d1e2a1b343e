//! How much differs in each file, as `git diff --stat` shows it.

use unicode_width::UnicodeWidthStr as _;

use super::names::sizes;
use crate::ops::{ContentKind, FileChangeKind, FileDiff};
use crate::render::table::cut_start;
use crate::render::{Look, count, safe_line, style};

/// How wide the output is where it is no terminal.
const WIDTH: usize = 80;
/// The least that is left for the graph.
const NARROWEST_GRAPH: usize = 10;

/// Lists the files with the lines that were added and removed, and the sums.
pub(crate) fn stat(files: &[FileDiff], look: Look) -> String {
    if files.is_empty() {
        return String::new();
    }
    let width = look.width.unwrap_or(WIDTH);
    let most = files.iter().map(lines).max().unwrap_or(0);
    let digits = most.to_string().len();
    let around = " ".len() + " | ".len();
    let graphs = digits + " ".len();
    // What is not text is told in words, which need their room too.
    let words = files.iter().filter(|file| file.content != ContentKind::Text).map(|file| sizes(file).width());
    let amounts = words.fold(graphs + NARROWEST_GRAPH, usize::max);
    let widest = files.iter().map(|file| name(file).width()).max().unwrap_or(0);
    let names = widest.min(width.saturating_sub(around + amounts).max(NARROWEST_GRAPH));
    let graph = width.saturating_sub(around + graphs + names).max(1);
    let line = |file: &FileDiff| {
        let name = cut_start(&name(file), names);
        let space = " ".repeat(names.saturating_sub(name.width()));
        format!(" {name}{space} | {}\n", amount(file, digits, most, graph))
    };
    files.iter().map(line).collect::<String>() + &sums(files)
}

fn lines(file: &FileDiff) -> usize {
    file.insertions.unwrap_or(0) + file.deletions.unwrap_or(0)
}

fn name(file: &FileDiff) -> String {
    match &file.old {
        Some(old) if file.change == FileChangeKind::Renamed => {
            format!("{} => {}", safe_line(&old.path), safe_line(&file.path))
        }
        _ => safe_line(&file.path),
    }
}

fn amount(file: &FileDiff, digits: usize, most: usize, graph: usize) -> String {
    if file.content != ContentKind::Text {
        return sizes(file);
    }
    let scaled = |lines: usize| match lines {
        0 => 0,
        lines if most <= graph => lines,
        lines => (lines * graph / most).max(1),
    };
    let plus = style::paint(style::GOOD, "+".repeat(scaled(file.insertions.unwrap_or(0))));
    let minus = style::paint(style::BAD, "-".repeat(scaled(file.deletions.unwrap_or(0))));
    match lines(file) {
        0 => format!("{:>digits$}", 0),
        lines => format!("{lines:>digits$} {plus}{minus}"),
    }
}

fn sums(files: &[FileDiff]) -> String {
    let sum = |of: fn(&FileDiff) -> Option<usize>| files.iter().filter_map(of).sum::<usize>() as u64;
    let (plus, minus) = (sum(|file| file.insertions), sum(|file| file.deletions));
    let mut parts = vec![format!("{} changed", count(files.len() as u64, "file"))];
    // As in Git: a 0 is told only where both are.
    parts.extend((plus > 0 || minus == 0).then(|| format!("{}(+)", count(plus, "insertion"))));
    parts.extend((minus > 0 || plus == 0).then(|| format!("{}(-)", count(minus, "deletion"))));
    format!(" {}\n", parts.join(", "))
}
