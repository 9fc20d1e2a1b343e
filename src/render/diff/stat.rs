//! How much differs in each file, as `git diff --stat` shows it.

use unicode_width::UnicodeWidthStr as _;

use super::names::sizes;
use crate::ops::{ContentKind, FileChangeKind, FileDiff};
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
    let fixed = " ".len() + " | ".len() + digits + " ".len();
    let widest = files.iter().map(|file| name(file).width()).max().unwrap_or(0);
    let names = widest.min(width.saturating_sub(fixed + NARROWEST_GRAPH).max(NARROWEST_GRAPH));
    let graph = width.saturating_sub(fixed + names).max(1);
    let line = |file: &FileDiff| {
        let name = from_end(&name(file), names);
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

// The end of a path tells more than its start.
fn from_end(name: &str, width: usize) -> String {
    if name.width() <= width {
        return name.to_owned();
    }
    let mut rest = name;
    while rest.width() + 1 > width {
        let mut chars = rest.chars();
        if chars.next().is_none() {
            break;
        }
        rest = chars.as_str();
    }
    format!("…{rest}")
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
    format!("{:>digits$} {plus}{minus}", lines(file))
}

fn sums(files: &[FileDiff]) -> String {
    let sum = |of: fn(&FileDiff) -> Option<usize>| files.iter().filter_map(of).sum::<usize>() as u64;
    let (plus, minus) = (sum(|file| file.insertions), sum(|file| file.deletions));
    format!(
        " {} changed, {} (+), {} (-)\n",
        count(files.len() as u64, "file"),
        count(plus, "insertion"),
        count(minus, "deletion")
    )
}
