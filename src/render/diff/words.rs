//! The words that differ within lines that do.

use std::ops::Range;

use super::text::{Ink, Inks, end_line, plain};
use crate::model::{LineSign, WordPart, word_diff};
use crate::ops::TextLine;
use crate::render::safe;

/// How much of two lines must be equal for their words to be compared, in percent.
const ALIKE: usize = 40;
/// How many bytes are compared by words in one output.
const BYTES: usize = 512 * 1024;

/// What may still be spent on comparing words: a diff of a large file is to come at once.
pub(crate) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(BYTES)
    }
}

impl Budget {
    /// Compares two texts by words, where they are short, alike, and there is something left to spend.
    fn parts(&mut self, old: &str, new: &str, alike: usize) -> Option<Vec<WordPart>> {
        self.0 = self.0.checked_sub(old.len() + new.len())?;
        word_diff(old, new).filter(|diff| diff.is_alike(alike)).map(|diff| diff.parts)
    }
}

/// What of each line of two sides differs in words.
pub(crate) type WordMarks = (Vec<Vec<Range<usize>>>, Vec<Vec<Range<usize>>>);

/// Finds in removed and added lines that are alike the words that differ.
pub(crate) fn word_marks(old: &[TextLine], new: &[TextLine], budget: &mut Budget) -> WordMarks {
    let (mut old_marks, mut new_marks) = (vec![Vec::new(); old.len()], vec![Vec::new(); new.len()]);
    if old.is_empty() || new.is_empty() {
        return (old_marks, new_marks);
    }
    // Where as many lines were added as removed, each is another form of its counterpart.
    let groups: Vec<(Range<usize>, Range<usize>)> = match old.len() == new.len() {
        true => (0..old.len()).map(|line| (line..line + 1, line..line + 1)).collect(),
        false => vec![(0..old.len(), 0..new.len())],
    };
    for (old_lines, new_lines) in groups {
        let (old_text, new_text) = (joined(&old[old_lines.clone()]), joined(&new[new_lines.clone()]));
        let Some(parts) = budget.parts(&old_text, &new_text, ALIKE) else { continue };
        for part in parts.iter().filter(|part| !part.is_equal) {
            mark(&mut old_marks[old_lines.clone()], &old[old_lines.clone()], &part.old);
            mark(&mut new_marks[new_lines.clone()], &new[new_lines.clone()], &part.new);
        }
    }
    (old_marks, new_marks)
}

/// Prints removed and added lines; of those that are alike, the words that differ stand out.
pub(super) fn highlighted(
    old: &[TextLine],
    new: &[TextLine],
    budget: &mut Budget,
    inks: &Inks,
    out: &mut String,
) {
    let (old_marks, new_marks) = word_marks(old, new, budget);
    for (line, marks) in old.iter().zip(&old_marks).chain(new.iter().zip(&new_marks)) {
        line_with(line, marks, inks, out);
    }
}

/// Prints removed and added lines as one text in which `[-…-]` was removed and `{+…+}` was added.
pub(super) fn marked(old: &[TextLine], new: &[TextLine], budget: &mut Budget, inks: &Inks, out: &mut String) {
    let (old_text, new_text) = (joined(old), joined(new));
    let whole = || {
        let part = WordPart::differing(0..old_text.len(), 0..new_text.len());
        vec![part]
    };
    for part in budget.parts(&old_text, &new_text, 0).unwrap_or_else(whole) {
        let (old, new) = (&old_text[part.old], &new_text[part.new]);
        match part.is_equal {
            true => out.push_str(&safe(new)),
            false => {
                push_marked(old, ("[-", "-]"), inks.of(LineSign::Removed), out);
                push_marked(new, ("{+", "+}"), inks.of(LineSign::Added), out);
            }
        }
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

// A mark ends at the end of its line, so that each line can be read alone.
fn push_marked(text: &str, (open, close): (&str, &str), ink: &Ink, out: &mut String) {
    for line in text.split_inclusive('\n') {
        let (words, feed) = line.strip_suffix('\n').map_or((line, ""), |words| (words, "\n"));
        if !words.is_empty() {
            ink.push(&format!("{open}{words}{close}"), out);
        }
        out.push_str(feed);
    }
}

fn joined(lines: &[TextLine]) -> String {
    lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
}

/// Spreads a range of the joined text over its lines.
fn mark(marks: &mut [Vec<Range<usize>>], lines: &[TextLine], range: &Range<usize>) {
    let mut start = 0;
    for (line, marks) in lines.iter().zip(marks) {
        let end = start + line.text.len();
        let (from, to) = (range.start.max(start), range.end.min(end));
        if from < to {
            marks.push(from - start..to - start);
        }
        start = end + 1;
    }
}

fn line_with(line: &TextLine, marks: &[Range<usize>], inks: &Inks, out: &mut String) {
    if marks.is_empty() {
        return plain(line, inks, out);
    }
    let (ink, words_ink) = (inks.of(line.sign), inks.words_of(line.sign));
    ink.push(&line.sign.as_char().to_string(), out);
    let part = |range: Range<usize>| line.text.get(range).unwrap_or_default();
    let mut at = 0;
    for mark in marks {
        ink.push(part(at..mark.start), out);
        words_ink.push(part(mark.clone()), out);
        at = mark.end;
    }
    ink.push(part(at..line.text.len()), out);
    end_line(line, out);
}
