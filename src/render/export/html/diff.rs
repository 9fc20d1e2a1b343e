//! Files that differ, by lines, with the words that differ in them.

use std::ops::Range;

use super::markup::Html;
use crate::model::LineSign;
use crate::ops::{FileChangeKind, FileDiff, TextHunk, TextLine};
use crate::render::count;
use crate::render::diff::{WordBudget, word_marks};

/// The most lines that are shown of one file.
const LINES: usize = 400;

/// Shows files; what may be spent on words and lines is shared by all of them.
pub(super) struct DiffPrinter {
    words: WordBudget,
    // How many more lines the page takes.
    lines: usize,
}

impl DiffPrinter {
    /// Takes at most so many lines in all.
    pub(super) fn new(lines: usize) -> Self {
        Self { words: WordBudget::default(), lines }
    }

    /// Shows a file: its name, how many lines differ, and which.
    pub(super) fn file(&mut self, page: &mut Html<'_>, file: &FileDiff) {
        let lines = file.hunks.iter().flatten().map(|hunk| hunk.lines.len()).sum::<usize>();
        if lines == 0 {
            return page.put("p", &[("class", "meta")], |page| name(page, file));
        }
        let is_short: &[_] = if lines <= 16 { &[("open", "")] } else { &[] };
        page.put("details", is_short, |page| {
            page.put("summary", &[], |page| name(page, file));
            let shown = lines.min(LINES).min(self.lines);
            self.lines -= shown;
            page.put("pre", &[("class", "diff")], |page| {
                let mut left = shown;
                for hunk in file.hunks.iter().flatten() {
                    self.hunk(page, hunk, &mut left);
                }
            });
            if lines > shown {
                let more = lines - shown;
                let said = format!("… {} more, left out here", count(more as u64, "line"));
                page.text_in("p", &[("class", "left-out")], &said);
            }
        });
    }

    fn hunk(&mut self, page: &mut Html<'_>, hunk: &TextHunk, left: &mut usize) {
        let lines = hunk.lines.get(..hunk.lines.len().min(*left)).unwrap_or_default();
        *left -= lines.len();
        if lines.is_empty() {
            return;
        }
        let place = format!("line {}", hunk.new_start.max(1));
        page.text_in("span", &[("class", "hunk")], &place);
        let is_context = |line: &TextLine| line.sign == LineSign::Context;
        for block in lines.chunk_by(|a, b| is_context(a) == is_context(b)) {
            let removed = block.partition_point(|line| line.sign == LineSign::Removed);
            let (old, new) = block.split_at(removed);
            let marks = word_marks(old, new, &mut self.words);
            for (line, marks) in old.iter().zip(&marks.0).chain(new.iter().zip(&marks.1)) {
                show(page, line, marks);
            }
        }
    }
}

fn show(page: &mut Html<'_>, line: &TextLine, marks: &[Range<usize>]) {
    let look = match line.sign {
        LineSign::Added => "added",
        LineSign::Removed => "removed",
        LineSign::Context => "same",
    };
    page.put("span", &[("class", look)], |page| {
        page.text(&format!("{} ", line.sign.as_char()));
        let mut at = 0;
        for mark in marks {
            page.text(line.text.get(at..mark.start).unwrap_or_default());
            page.text_in("mark", &[], line.text.get(mark.clone()).unwrap_or_default());
            at = mark.end;
        }
        page.text(line.text.get(at..).unwrap_or_default());
    });
}

fn name(page: &mut Html<'_>, file: &FileDiff) {
    let what = match file.change {
        FileChangeKind::Added => "added ",
        FileChangeKind::Removed => "removed ",
        FileChangeKind::Renamed => "renamed ",
        FileChangeKind::Modified => "",
    };
    page.text(what);
    if let Some(old) = file.old.as_ref().filter(|_| file.change == FileChangeKind::Renamed) {
        page.text_in("span", &[("class", "path")], &old.path);
        page.text(" to ");
    }
    page.text_in("span", &[("class", "path")], &file.path);
    page.put("span", &[("class", "count")], |page| counts(page, file.insertions, file.deletions));
}

/// Tells how many lines were added and removed.
pub(super) fn counts(page: &mut Html<'_>, plus: Option<usize>, minus: Option<usize>) {
    let (Some(plus), Some(minus)) = (plus, minus) else { return page.text("no text") };
    page.text_in("span", &[("class", "plus")], &format!("+{plus}"));
    page.text(" ");
    page.text_in("span", &[("class", "minus")], &format!("−{minus}"));
}
