//! Three-way merge of texts by lines, without conflict markers.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// How many bytes decide whether a file is text, as in Git.
const SNIFFED_BYTES: usize = 8000;

/// The outcome of merging two changed texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextMerge {
    /// Both sides' changes went together.
    Merged(Vec<u8>),
    /// Both sides changed the same place.
    Conflict,
}

/// What to do where both sides only add lines at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Additions {
    /// It is a conflict, as in Git.
    Conflict,
    /// Keep both, ours first: right for lists that only grow, such as notes.
    KeepBoth,
}

/// Tells whether a file is no text, by Git's rule: a NUL byte among the first 8,000.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(SNIFFED_BYTES).any(|&b| b == 0)
}

/// Merges by lines what two sides made of `base`.
pub fn merge_text(base: &[u8], ours: &[u8], theirs: &[u8], additions: Additions) -> TextMerge {
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let mut left = changes(&base, &ours).into_iter().peekable();
    let mut right = changes(&base, &theirs).into_iter().peekable();
    let mut out = Vec::new();
    let mut copied = 0;
    while let Some(group) = Group::next(&mut left, &mut right) {
        push_lines(&mut out, &base[copied..group.start]);
        let (a, b) = (group.side(&group.left, &base, &ours), group.side(&group.right, &base, &theirs));
        match (group.left.is_empty(), group.right.is_empty()) {
            (false, true) => push_lines(&mut out, &a),
            (true, false) => push_lines(&mut out, &b),
            _ if a == b => push_lines(&mut out, &a),
            _ if additions == Additions::KeepBoth && group.start == group.end => {
                push_lines(&mut out, &a);
                push_lines(&mut out, &b);
            }
            _ => return TextMerge::Conflict,
        }
        copied = group.end;
    }
    push_lines(&mut out, &base[copied..]);
    TextMerge::Merged(out)
}

/// A stretch of the base that one side replaced by a stretch of its own lines.
#[derive(Debug, Clone, Copy)]
struct Replaced {
    base: (usize, usize),
    side: (usize, usize),
}

/// Changes of both sides that touch each other, and the stretch of the base they cover.
#[derive(Debug)]
struct Group {
    start: usize,
    end: usize,
    left: Vec<Replaced>,
    right: Vec<Replaced>,
}

type Changes = std::iter::Peekable<std::vec::IntoIter<Replaced>>;

impl Group {
    fn next(left: &mut Changes, right: &mut Changes) -> Option<Self> {
        let first = [left.peek(), right.peek()].into_iter().flatten().map(|c| c.base).min()?;
        let mut group = Self { start: first.0, end: first.0, left: Vec::new(), right: Vec::new() };
        loop {
            let before = group.left.len() + group.right.len();
            while let Some(change) = left.next_if(|c| c.base.0 <= group.end) {
                group.end = group.end.max(change.base.1);
                group.left.push(change);
            }
            while let Some(change) = right.next_if(|c| c.base.0 <= group.end) {
                group.end = group.end.max(change.base.1);
                group.right.push(change);
            }
            if group.left.len() + group.right.len() == before {
                return Some(group);
            }
        }
    }

    /// Returns what a side made of the group's stretch of the base.
    fn side<'a>(&self, changes: &[Replaced], base: &[&'a [u8]], side: &[&'a [u8]]) -> Vec<&'a [u8]> {
        let mut out = Vec::new();
        let mut at = self.start;
        for change in changes {
            out.extend_from_slice(&base[at..change.base.0]);
            out.extend_from_slice(&side[change.side.0..change.side.1]);
            at = change.base.1;
        }
        out.extend_from_slice(&base[at..self.end]);
        out
    }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&b| b == b'\n').collect()
}

fn changes(base: &[&[u8]], side: &[&[u8]]) -> Vec<Replaced> {
    let ops = capture_diff_slices(Algorithm::Myers, base, side);
    let changed = ops.into_iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changed
        .map(|op| {
            let (old, new) = (op.old_range(), op.new_range());
            Replaced { base: (old.start, old.end), side: (new.start, new.end) }
        })
        .collect()
}

// The last line of a file may lack its line feed; what follows it must not be glued to it.
fn push_lines(out: &mut Vec<u8>, lines: &[&[u8]]) {
    for line in lines {
        if !out.is_empty() && !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        out.extend_from_slice(line);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
        merged_with(base, ours, theirs, Additions::Conflict)
    }

    fn merged_with(base: &str, ours: &str, theirs: &str, additions: Additions) -> Option<String> {
        match merge_text(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), additions) {
            TextMerge::Merged(bytes) => Some(String::from_utf8(bytes).expect("text")),
            TextMerge::Conflict => None,
        }
    }

    #[test]
    fn changes_in_different_places_go_together() {
        let base = "1\n2\n3\n4\n5\n";
        assert_eq!(
            merged(base, "1\nB\n3\n4\n5\n", "1\n2\n3\n4\nE\n6\n").as_deref(),
            Some("1\nB\n3\n4\nE\n6\n")
        );
        assert_eq!(
            merged(base, "1\n3\n4\n5\n", "1\nX\n2\n3\n4\n5\n"),
            None,
            "touching changes conflict, as in Git"
        );
        assert_eq!(merged(base, "1\n2\n4\n5\n", "0\n1\n2\n3\n4\n5\n").as_deref(), Some("0\n1\n2\n4\n5\n"));
    }

    #[test]
    fn the_same_place_conflicts_unless_both_did_the_same() {
        assert_eq!(merged("a\n", "b\n", "c\n"), None);
        assert_eq!(merged("a\n", "b\n", "b\n").as_deref(), Some("b\n"));
        assert_eq!(merged("", "b\n", "c\n"), None);
    }

    #[test]
    fn lists_that_only_grow_keep_both_additions() {
        let notes = merged_with("a\n", "a\nb\n", "a\nc", Additions::KeepBoth);
        assert_eq!(notes.as_deref(), Some("a\nb\nc"));
        assert_eq!(
            merged_with("a", "a\nb", "a\nc", Additions::KeepBoth),
            None,
            "a changed last line is no addition"
        );
        assert_eq!(merged_with("a\n", "b\n", "c\n", Additions::KeepBoth), None);
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec("[abc]{0,2}", 0..8).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn an_unchanged_side_takes_the_other(base in text(), other in text()) {
            prop_assert_eq!(merged(&base, &base, &other), Some(other.clone()));
            prop_assert_eq!(merged(&base, &other, &base), Some(other));
        }

        #[test]
        fn the_same_change_on_both_sides_is_that_change(base in text(), other in text()) {
            prop_assert_eq!(merged(&base, &other, &other), Some(other));
        }

        #[test]
        fn the_order_of_the_sides_does_not_matter(base in text(), x in text(), y in text()) {
            prop_assert_eq!(merged(&base, &x, &y), merged(&base, &y, &x));
        }
    }
}
