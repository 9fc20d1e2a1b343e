//! What differs between two short texts, by words.

use std::ops::Range;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

/// The most words of a side that are compared; their number squared is what it may cost.
const WORDS: usize = 1000;
/// The longest side, in bytes.
const BYTES: usize = 16 * 1024;

/// Two texts as stretches that both have, or that one has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WordDiff {
    /// What the sides have, in their order; in both, the sides' ranges of bytes follow each other.
    pub parts: Vec<WordPart>,
}

/// A stretch of words: what is equal on both sides, or what one side has instead of the other's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WordPart {
    /// Whether both sides are equal.
    pub is_equal: bool,
    /// Its bytes in the old text.
    pub old: Range<usize>,
    /// Its bytes in the new text.
    pub new: Range<usize>,
}

impl WordPart {
    /// A stretch that one side has instead of the other's.
    pub fn differing(old: Range<usize>, new: Range<usize>) -> Self {
        Self { is_equal: false, old, new }
    }
}

/// Compares two texts by words; `None` where one is too long for that.
pub fn word_diff(old: &str, new: &str) -> Option<WordDiff> {
    if old.len().max(new.len()) > BYTES {
        return None;
    }
    let (old_words, new_words) = (words(old), words(new));
    if old_words.len().max(new_words.len()) > WORDS {
        return None;
    }
    let (old_ends, new_ends) = (ends(&old_words), ends(&new_words));
    let bytes = |ends: &[usize], range: Range<usize>| ends[range.start]..ends[range.end];
    let part = |op: DiffOp| WordPart {
        is_equal: op.tag() == DiffTag::Equal,
        old: bytes(&old_ends, op.old_range()),
        new: bytes(&new_ends, op.new_range()),
    };
    let ops = capture_diff_slices(Algorithm::Myers, &old_words, &new_words);
    Some(WordDiff { parts: ops.into_iter().map(part).collect() })
}

impl WordDiff {
    /// Tells whether at least so many percent of the longer side's bytes are equal.
    pub fn is_alike(&self, percent: usize) -> bool {
        let equal: usize = self.parts.iter().filter(|p| p.is_equal).map(|part| part.old.len()).sum();
        let end = |part: &WordPart| part.old.end.max(part.new.end);
        equal * 100 >= percent * self.parts.last().map_or(0, end)
    }
}

// Runs of letters and digits, runs of white space without line feeds, and other characters one by one.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = Class::Other;
    for (at, c) in text.char_indices() {
        let class = Class::of(c);
        if at > start && (class != before || class == Class::Other) {
            words.push(&text[start..at]);
            start = at;
        }
        before = class;
    }
    words.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Other,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            '\n' => Self::Other,
            c if c.is_whitespace() => Self::Space,
            c if c.is_alphanumeric() || c == '_' => Self::Word,
            _ => Self::Other,
        }
    }
}

fn ends(words: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let ends = words.iter().map(|word| {
        at += word.len();
        at
    });
    std::iter::once(0).chain(ends.collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(old: &str, new: &str) -> String {
        let mut out = String::new();
        for part in word_diff(old, new).expect("short").parts {
            match part.is_equal {
                true => out.push_str(&old[part.old]),
                false => out.push_str(&format!("[{}|{}]", &old[part.old], &new[part.new])),
            }
        }
        out
    }

    #[test]
    fn only_the_words_that_differ_are_marked() {
        assert_eq!(marked("make -j8 takes 40 s", "make -j4 takes 40 s"), "make -[j8|j4] takes 40 s");
        assert_eq!(marked("a\nb\n", "a\nc\n"), "a\n[b|c]\n");
        assert_eq!(marked("größe: 1", "größe: 日本"), "größe: [1|日本]");
        assert_eq!(marked("", ""), "");
    }

    #[test]
    fn long_texts_are_not_compared_by_words() {
        assert_eq!(word_diff(&"x".repeat(BYTES + 1), ""), None);
        assert_eq!(word_diff(&". ".repeat(WORDS), ""), None);
    }

    #[test]
    fn likeness_is_told_by_the_longer_side() {
        let alike = |old: &str, new: &str| word_diff(old, new).expect("short").is_alike(50);
        assert!(alike("one two", "one six"));
        assert!(!alike("one", "one two three four"));
    }

    proptest! {
        #[test]
        fn the_parts_are_both_texts(old in "(.|\n|[ab ]){0,40}", new in "(.|\n|[ab ]){0,40}") {
            let parts = word_diff(&old, &new).expect("short").parts;
            let side = |range: fn(&WordPart) -> &Range<usize>, text: &str| -> String {
                parts.iter().map(|part| text[range(part).clone()].to_owned()).collect()
            };
            prop_assert_eq!(side(|part| &part.old, &old), old.clone());
            prop_assert_eq!(side(|part| &part.new, &new), new.clone());
            for part in parts.iter().filter(|part| part.is_equal) {
                prop_assert_eq!(&old[part.old.clone()], &new[part.new.clone()]);
            }
        }
    }
}
