//! What is being done, told in one line of a terminal that goes away again.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use super::ui::{terminal_width, visible};
use crate::render::cut_to_width;

/// How long something takes before it is told of.
const PATIENCE: Duration = Duration::from_millis(400);
/// The columns of a bar.
const BAR: usize = 20;

/// The line that tells what is being done.
#[derive(Default)]
pub(super) struct Progress {
    line: RefCell<Line>,
}

#[derive(Default)]
struct Line {
    began: Option<Instant>,
    shown: String,
}

impl Progress {
    /// Shows another line in the place of the last one, once it has taken a while.
    pub(super) fn show(&self, text: &str) {
        let mut line = self.line.borrow_mut();
        let began = *line.began.get_or_insert_with(Instant::now);
        if text.is_empty() || line.shown == text || began.elapsed() < PATIENCE {
            return;
        }
        text.clone_into(&mut line.shown);
        let told = visible(&told(text)).replace(['\n', '\t'], " ");
        put(&cut_to_width(&told, terminal_width().saturating_sub(1)));
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        if !self.line.take().shown.is_empty() {
            put("");
        }
    }
}

// Nothing can be done for a line that nobody reads.
fn put(text: &str) {
    if std::io::stderr().is_terminal() {
        let _ = write!(std::io::stderr(), "\r\u{1b}[K{text}");
    }
}

/// Returns what git says of its progress with a bar; other lines stay as they are.
fn told(line: &str) -> String {
    match parse(line) {
        Some(Part { what, percent, rest }) => {
            let filled = BAR * percent / 100;
            let bar = format!("{}{}", "━".repeat(filled), "─".repeat(BAR - filled));
            format!("{what} {bar} {percent:>3}%{rest}")
        }
        None => line.to_owned(),
    }
}

/// A part of the work, as git tells it: `Receiving objects:  50% (1/2), 1.20 MiB | 500 KiB/s`.
#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    what: String,
    percent: usize,
    rest: &'a str,
}

fn parse(line: &str) -> Option<Part<'_>> {
    let line = line.trim();
    let (far, line) = match line.strip_prefix("remote: ") {
        Some(line) => ("the remote is ", line),
        None => ("", line),
    };
    let (what, rest) = line.split_once(':')?;
    let (percent, rest) = rest.trim_start().split_once("% (")?;
    let percent = percent.parse().ok().filter(|percent| *percent <= 100)?;
    let rest = rest.split_once(')').map_or("", |(_, rest)| rest);
    Some(Part {
        what: format!("{far}{}", what.to_lowercase()),
        percent,
        rest: rest.trim_end_matches(", done."),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_git_says_gets_a_bar() {
        for (line, shown) in [
            (
                "Receiving objects:  50% (1/2), 1.20 MiB | 500.00 KiB/s",
                "receiving objects ━━━━━━━━━━──────────  50%, 1.20 MiB | 500.00 KiB/s",
            ),
            ("Writing objects: 100% (2/2), done.", "writing objects ━━━━━━━━━━━━━━━━━━━━ 100%"),
            (
                "remote: Compressing objects:   0% (0/9)",
                "the remote is compressing objects ────────────────────   0%",
            ),
            ("remote: Enumerating objects: 5, done.", "remote: Enumerating objects: 5, done."),
            ("Receiving objects: 101% (1/2)", "Receiving objects: 101% (1/2)"),
            ("looking for secrets in a", "looking for secrets in a"),
        ] {
            assert_eq!(told(line), shown);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_remote_says_is_one_line_that_steers_nothing(line in "(.|\\PC|: |% \\(|[0-9]){0,60}") {
            let shown = visible(&told(&line)).replace(['\n', '\t'], " ");
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\u{1b}'), "{shown:?}");
        }
    }
}
