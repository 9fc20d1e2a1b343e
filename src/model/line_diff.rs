//! What differs between two texts, by lines: the same lines that `git diff` names.

use std::ops::Range;

use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, InternedInput};

/// Two texts and the lines in which they differ.
pub struct LineDiff<'a> {
    input: InternedInput<&'a [u8]>,
    changes: Vec<Changed>,
}

/// Lines of the old text that were replaced by lines of the new one; one of the two may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Changed {
    old: Range<usize>,
    new: Range<usize>,
}

/// Changes that lie close together, with the lines around them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hunk<'a> {
    /// The first line in the old text, from 1; the line before it where it has none of them.
    pub old_start: usize,
    /// How many lines of the old text it has.
    pub old_lines: usize,
    /// The first line in the new text, from 1; the line before it where it has none of them.
    pub new_start: usize,
    /// How many lines of the new text it has.
    pub new_lines: usize,
    /// The lines with their line feeds, removed ones before added ones.
    pub lines: Vec<(LineSign, &'a [u8])>,
}

/// Which of two texts has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineSign {
    /// Both.
    Context,
    /// The old one.
    Removed,
    /// The new one.
    Added,
}

impl LineSign {
    /// Returns the character that stands before such a line.
    pub fn as_char(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Removed => '-',
            Self::Added => '+',
        }
    }
}

/// Returns how many lines a text has; the last one may lack its line feed.
pub fn count_lines(text: &[u8]) -> usize {
    let feeds = text.iter().filter(|&&byte| byte == b'\n').count();
    feeds + usize::from(text.last().is_some_and(|&last| last != b'\n'))
}

impl<'a> LineDiff<'a> {
    /// Compares two texts. Myers' algorithm with Git's shortcuts, so that the counts are Git's too.
    pub fn new(old: &'a [u8], new: &'a [u8]) -> Self {
        let input = InternedInput::new(byte_lines(old), byte_lines(new));
        let mut diff = Diff::compute(Algorithm::Myers, &input);
        diff.postprocess_lines(&input);
        let range = |range: Range<u32>| range.start as usize..range.end as usize;
        let changes = diff.hunks().map(|hunk| Changed { old: range(hunk.before), new: range(hunk.after) });
        Self { changes: changes.collect(), input }
    }

    /// Returns how many lines only the new text has.
    pub fn insertions(&self) -> usize {
        self.changes.iter().map(|change| change.new.len()).sum()
    }

    /// Returns how many lines only the old text has.
    pub fn deletions(&self) -> usize {
        self.changes.iter().map(|change| change.old.len()).sum()
    }

    /// Returns which lines of the old text became which lines of the new one, counted from 0.
    pub fn changes(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        self.changes.iter().map(|change| (change.old.clone(), change.new.clone()))
    }

    /// Returns the changes with so many lines around them.
    pub fn hunks(&self, context: usize) -> impl Iterator<Item = Hunk<'a>> {
        let near = move |a: &Changed, b: &Changed| b.old.start - a.old.end <= context.saturating_mul(2);
        self.changes.chunk_by(near).filter_map(move |group| self.hunk(group, context))
    }

    fn hunk(&self, group: &[Changed], context: usize) -> Option<Hunk<'a>> {
        let (first, last) = (group.first()?, group.last()?);
        let before = context.min(first.old.start);
        let after = context.min(self.input.before.len() - last.old.end);
        let (old_start, new_start) = (first.old.start - before, first.new.start - before);
        let mut lines = Vec::new();
        let mut at = old_start;
        for change in group {
            self.push(&mut lines, LineSign::Context, at..change.old.start);
            self.push(&mut lines, LineSign::Removed, change.old.clone());
            self.push(&mut lines, LineSign::Added, change.new.clone());
            at = change.old.end;
        }
        self.push(&mut lines, LineSign::Context, at..last.old.end + after);
        let old_lines = last.old.end + after - old_start;
        let new_lines = last.new.end + after - new_start;
        // As in Git: where a side has no line, the one before it is named.
        let from_one = |start: usize, lines: usize| start + usize::from(lines > 0);
        Some(Hunk {
            old_start: from_one(old_start, old_lines),
            old_lines,
            new_start: from_one(new_start, new_lines),
            new_lines,
            lines,
        })
    }

    fn push(&self, lines: &mut Vec<(LineSign, &'a [u8])>, sign: LineSign, range: Range<usize>) {
        let side = if sign == LineSign::Added { &self.input.after } else { &self.input.before };
        lines.extend(side[range].iter().map(|&line| (sign, self.input.interner[line])));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(old: &str, new: &str, context: usize) -> String {
        let diff = LineDiff::new(old.as_bytes(), new.as_bytes());
        let hunk = |hunk: Hunk| {
            let lines: String = hunk
                .lines
                .iter()
                .map(|(sign, line)| format!("{}{}", sign.as_char(), String::from_utf8_lossy(line)))
                .collect();
            format!(
                "@@ -{},{} +{},{} @@\n{lines}",
                hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines
            )
        };
        diff.hunks(context).map(hunk).collect()
    }

    #[test]
    fn changes_that_lie_close_are_one_hunk() {
        let old = "1\n2\n3\n4\n5\n6\n7\n";
        assert_eq!(
            printed(old, "1\nB\n3\n4\n5\nF\n7\n", 1),
            "@@ -1,3 +1,3 @@\n 1\n-2\n+B\n 3\n@@ -5,3 +5,3 @@\n 5\n-6\n+F\n 7\n"
        );
        assert_eq!(printed(old, "1\nB\n3\n4\nF\n6\n7\n", 1).matches("@@ -").count(), 1);
        assert_eq!(printed(old, old, 3), "");
    }

    #[test]
    fn a_side_without_lines_is_named_as_in_git() {
        assert_eq!(printed("", "a\n", 3), "@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(printed("a\nb\n", "", 3), "@@ -1,2 +0,0 @@\n-a\n-b\n");
        assert_eq!(printed("a\nb\n", "a\nx\nb\n", 0), "@@ -1,0 +2,1 @@\n+x\n");
    }

    #[test]
    fn a_last_line_without_its_line_feed_is_another_line() {
        assert_eq!(printed("a", "a\n", 3), "@@ -1,1 +1,1 @@\n-a+a\n");
        assert_eq!((count_lines(b""), count_lines(b"a"), count_lines(b"a\nb\n")), (0, 1, 2));
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec("[abc]{0,2}\n?", 0..40).prop_map(|lines| lines.concat())
    }

    /// Makes the new text from the old one and the hunks, as `patch` does.
    fn patched(old: &str, hunks: &[Hunk]) -> String {
        let old: Vec<&str> = old.split_inclusive('\n').collect();
        let mut out = String::new();
        let mut at = 0;
        for hunk in hunks {
            let start = if hunk.old_lines == 0 { hunk.old_start } else { hunk.old_start - 1 };
            out.push_str(&old[at..start].concat());
            let new = hunk.lines.iter().filter(|(sign, _)| *sign != LineSign::Removed);
            out.extend(new.map(|(_, line)| std::str::from_utf8(line).expect("text")));
            at = start + hunk.old_lines;
        }
        out + &old[at..].concat()
    }

    proptest! {
        #[test]
        fn the_hunks_make_the_new_text_of_the_old(old in text(), new in text(), context in 0usize..5) {
            let diff = LineDiff::new(old.as_bytes(), new.as_bytes());
            let hunks: Vec<Hunk> = diff.hunks(context).collect();
            prop_assert_eq!(patched(&old, &hunks), new.as_str());
            let lines = |sign| hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.0 == sign).count();
            prop_assert_eq!(diff.insertions(), lines(LineSign::Added));
            prop_assert_eq!(diff.deletions(), lines(LineSign::Removed));
        }
    }
}
