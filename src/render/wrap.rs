//! Lines that go on below themselves where the terminal ends.

use anstyle::Style;
use unicode_width::UnicodeWidthChar as _;

use super::table::cell_width;
use super::{Look, style};

/// The least that a line holds; in less, nothing could be read.
const NARROWEST: usize = 20;

/// Breaks a line into those that fit the terminal, at spaces where there are some. `first` is how
/// many columns stand before the first of them, `rest` before all others.
pub(super) fn broken(text: &str, first: usize, rest: usize, look: Look) -> Vec<String> {
    let Some(width) = look.width else { return vec![text.to_owned()] };
    let room = |before: usize| width.saturating_sub(before).max(NARROWEST);
    let mut lines = vec![Line::new(room(first))];
    for word in text.split_inclusive(' ') {
        if !lines.last().is_some_and(|line| line.has_room(word)) {
            lines.push(Line::new(room(rest)));
        }
        for c in word.chars() {
            if !lines.last_mut().is_some_and(|line| line.add(c)) {
                lines.push(Line::starting(c, room(rest)));
            }
        }
    }
    let texts = lines.iter().map(|line| line.text.trim_end_matches(' ').to_owned());
    texts.enumerate().filter(|(at, text)| *at == 0 || !text.is_empty()).map(|(_, text)| text).collect()
}

/// Returns a line that goes on under its own start, `indent` columns from the left.
pub(super) fn hanging(text: &str, style: Style, indent: usize, look: Look) -> String {
    let head = " ".repeat(indent);
    going_on(&head, text, style, indent, look).split_off(indent)
}

/// Returns a line that begins with `head` and goes on below it, `indent` columns from the left.
pub(super) fn going_on(head: &str, text: &str, style: Style, indent: usize, look: Look) -> String {
    let lines =
        broken(text, cell_width(head), indent, look).into_iter().map(|line| style::paint(style, line));
    format!("{head}{}", lines.collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(indent))))
}

/// Adds what ends a line; where it has no room behind it, it stands below, `indent` columns from the left.
pub(super) fn ended(line: &str, end: &str, indent: usize, look: Look) -> String {
    let last = line.lines().next_back().map_or(0, cell_width);
    match look.width.is_some_and(|width| last + 1 + cell_width(end) > width) {
        true => format!("{line}\n{}{end}\n", " ".repeat(indent)),
        false => format!("{line} {end}\n"),
    }
}

struct Line {
    text: String,
    width: usize,
    room: usize,
}

impl Line {
    fn new(room: usize) -> Self {
        Self { text: String::new(), width: 0, room }
    }

    fn starting(c: char, room: usize) -> Self {
        Self { text: c.to_string(), width: c.width().unwrap_or(0), room }
    }

    /// Tells whether a word ends in this line. One that is longer than any line may begin anywhere.
    fn has_room(&self, word: &str) -> bool {
        let width: usize = word.trim_end_matches(' ').chars().map(|c| c.width().unwrap_or(0)).sum();
        self.width + width <= self.room || width > self.room
    }

    /// Adds a character, if there is room for it. A space at the end needs none.
    fn add(&mut self, c: char) -> bool {
        let width = c.width().unwrap_or(0);
        if self.width + width > self.room && c != ' ' {
            return false;
        }
        self.text.push(c);
        self.width += width;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Timestamp;

    fn look(width: usize) -> Look {
        Look { width: Some(width), now: Timestamp::from_unix(0) }
    }

    #[test]
    fn a_line_is_broken_at_spaces_and_goes_on_below_its_start() {
        let text = "the linker is slow on debug builds";
        assert_eq!(broken(text, 10, 2, look(30)), ["the linker is slow", "on debug builds"]);
        let plain = Style::new();
        assert_eq!(hanging(text, plain, 4, look(30)), "the linker is slow on\n    debug builds");
        assert_eq!(hanging(text, plain, 4, Look { width: None, ..look(0) }), text, "a file has no width");
    }

    #[test]
    fn what_ends_a_line_stands_below_where_it_has_no_room() {
        assert_eq!(ended("a title", "(done)", 2, look(14)), "a title (done)\n");
        assert_eq!(ended("a title", "(done)", 2, look(13)), "a title\n  (done)\n");
        assert_eq!(ended("one\n  two", "(done)", 2, look(13)), "one\n  two (done)\n");
    }

    #[test]
    fn a_word_without_an_end_is_broken_where_the_line_ends() {
        assert_eq!(
            broken(&format!("a {}", "x".repeat(30)), 0, 0, look(20))[0],
            format!("a {}", "x".repeat(18))
        );
        assert_eq!(broken(&"日".repeat(11), 0, 0, look(20)), ["日".repeat(10), "日".to_owned()]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal_and_nothing_is_lost(
            text in "[a-z日e\u{301} ]{0,200}", width in 30usize..60, first in 0usize..10, rest in 0usize..10,
        ) {
            let lines = broken(&text, first, rest, look(width));
            for (at, line) in lines.iter().enumerate() {
                let before = if at == 0 { first } else { rest };
                prop_assert!(before + cell_width(line) <= width, "{line:?}");
            }
            let words = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(words(&lines.concat()), words(&text));
        }
    }
}
