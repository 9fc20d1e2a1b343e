//! Finding keywords by their first two bytes.
//!
//! A machine of all keywords is faster on much text, but takes longer to build than most processes
//! take to search what they store: of all instructions of a record it was the sixth part.

use std::ops::Range;

/// The words of 64 bits that tell for each pair of bytes whether a keyword starts with it.
const PAIR_WORDS: usize = 1 << 10;

/// Keywords, found whatever the case of their ASCII letters.
pub(super) struct Starts {
    patterns: Vec<Vec<u8>>,
    // As they are typed: letters of both cases are marked, so that a text is looked at as it is.
    pairs: Box<[u64; PAIR_WORDS]>,
    // Which patterns start with each byte, and how they go on.
    by_first: Vec<Vec<(Head, usize)>>,
}

impl Starts {
    /// Prepares the search. Keywords that are empty are found nowhere.
    pub(super) fn new(patterns: Vec<Vec<u8>>) -> Self {
        let (mut pairs, mut by_first) = (Box::new([0; PAIR_WORDS]), vec![Vec::new(); 256]);
        for (index, pattern) in patterns.iter().enumerate() {
            let Some(first) = pattern.first().map(u8::to_ascii_lowercase) else { continue };
            let second = pattern.get(1).map(u8::to_ascii_lowercase);
            for first in cases(first) {
                match second {
                    Some(second) => cases(second).iter().for_each(|second| mark(&mut pairs, first, *second)),
                    None => (0..=u8::MAX).for_each(|second| mark(&mut pairs, first, second)),
                }
            }
            if let Some(started) = by_first.get_mut(usize::from(first)) {
                started.push((Head::of(pattern), index));
            }
        }
        Self { patterns, pairs, by_first }
    }

    /// Returns the keywords in the order in which they were given.
    pub(super) fn patterns(&self) -> &[Vec<u8>] {
        &self.patterns
    }

    /// Finds all keywords of a text, also where they overlap, each with its place in the list; those
    /// that begin first come first.
    pub(super) fn find<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (Range<usize>, usize)> + 't {
        let mut next = 0;
        let starts = std::iter::from_fn(move || {
            let at = next + self.first_start(text.get(next..)?)?;
            next = at + 1;
            Some(at)
        });
        starts.flat_map(move |at| self.at(text, at))
    }

    fn first_start(&self, text: &[u8]) -> Option<usize> {
        let is_start = |pair: &[u8]| matches!(pair, [a, b] if is_marked(&self.pairs, *a, *b));
        let last = text.len().checked_sub(1);
        let is_keyword = |last: &usize| text.get(*last).is_some_and(|byte| is_marked(&self.pairs, *byte, 0));
        text.windows(2).position(is_start).or_else(|| last.filter(is_keyword))
    }

    fn at<'t>(&'t self, text: &'t [u8], at: usize) -> impl Iterator<Item = (Range<usize>, usize)> + 't {
        let rest = text.get(at..).unwrap_or_default();
        let (here, first) = (Head::of(rest), rest.first().map(u8::to_ascii_lowercase));
        let started = first.and_then(|first| self.by_first.get(usize::from(first)));
        let heads = started.map(Vec::as_slice).unwrap_or_default().iter();
        heads.filter(move |(head, _)| head.begins(here)).filter_map(move |(_, index)| {
            let pattern = self.patterns.get(*index)?;
            let is_here = rest.get(..pattern.len())?.eq_ignore_ascii_case(pattern);
            is_here.then_some((at..at + pattern.len(), *index))
        })
    }

    /// Returns where the keyword that ends first ends.
    pub(super) fn first_end(&self, text: &[u8]) -> Option<usize> {
        let mut ends = self.find(text).map(|(range, _)| (range.start, range.end));
        let (_, mut end) = ends.next()?;
        for (start, other) in ends {
            if start >= end {
                break;
            }
            end = end.min(other);
        }
        Some(end)
    }
}

/// The first bytes of a text in lower case, which are compared at once: most texts that begin as a
/// keyword does go on in another way.
#[derive(Debug, Clone, Copy)]
struct Head {
    bytes: u32,
    // Of which of them there are any.
    mask: u32,
}

impl Head {
    fn of(text: &[u8]) -> Self {
        let (mut bytes, mut mask) = ([0; 4], [0; 4]);
        for ((to, is_there), byte) in bytes.iter_mut().zip(&mut mask).zip(text) {
            (*to, *is_there) = (byte.to_ascii_lowercase(), u8::MAX);
        }
        Self { bytes: u32::from_le_bytes(bytes), mask: u32::from_le_bytes(mask) }
    }

    fn begins(self, text: Self) -> bool {
        text.bytes & self.mask == self.bytes
    }
}

fn cases(byte: u8) -> [u8; 2] {
    [byte, byte.to_ascii_uppercase()]
}

fn place(first: u8, second: u8) -> (usize, u32) {
    (usize::from(first) << 2 | usize::from(second) >> 6, u32::from(second & 63))
}

fn mark(pairs: &mut [u64; PAIR_WORDS], first: u8, second: u8) {
    let (word, bit) = place(first, second);
    if let Some(word) = pairs.get_mut(word) {
        *word |= 1 << bit;
    }
}

fn is_marked(pairs: &[u64; PAIR_WORDS], first: u8, second: u8) -> bool {
    let (word, bit) = place(first, second);
    pairs.get(word).is_some_and(|word| word >> bit & 1 == 1)
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    fn by_machine(patterns: &[Vec<u8>]) -> AhoCorasick {
        AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).expect("built")
    }

    proptest! {
        // Few letters, so that keywords begin, overlap and repeat.
        #[test]
        fn what_a_machine_finds_is_found(
            patterns in prop::collection::vec("[abAÄ\\x00.]{1,6}", 0..6),
            text in "[abABÄä\\x00.]{0,24}",
        ) {
            let patterns: Vec<Vec<u8>> = patterns.into_iter().map(String::into_bytes).collect();
            let (machine, text) = (by_machine(&patterns), text.as_bytes());
            let expected: Vec<_> = machine
                .find_overlapping_iter(text)
                .map(|found| (found.range(), found.pattern().as_usize()))
                .collect();
            let starts = Starts::new(patterns.clone());
            let mut found: Vec<_> = starts.find(text).collect();
            prop_assert!(found.is_sorted_by_key(|(range, _)| range.start));
            found.sort_by_key(|(range, index)| (range.end, range.start, *index));
            let mut sorted = expected.clone();
            sorted.sort_by_key(|(range, index)| (range.end, range.start, *index));
            prop_assert_eq!(found, sorted);
            let first = machine.find(text).map(|found| found.end());
            prop_assert_eq!(starts.first_end(text), first);
        }
    }

    #[test]
    fn an_empty_keyword_is_nowhere() {
        assert_eq!(Starts::new(vec![Vec::new()]).find(b"text").count(), 0);
    }
}
