//! Differences as text: what the records say first, then the files, as `git diff` shows them.

mod ends;
mod head;
mod names;
mod stat;
mod text;
mod words;

pub(crate) use names::{file_line, name_only, name_status};
pub(crate) use stat::stat;
pub(crate) use words::{Budget as WordBudget, word_marks};

use self::text::TextPrinter;
use super::Look;
use crate::ops::{Diff, FileDiff};

/// How words that differ are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Words {
    /// Not at all.
    #[default]
    Plain,
    /// In reverse, within the lines.
    Highlight,
    /// As `[-old-]{+new+}`, in one line.
    Marked,
}

/// What is shown of files that differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FileParts {
    /// How many lines of each.
    pub(crate) stat: bool,
    /// The lines, and the words in them.
    pub(crate) text: Option<Words>,
}

/// Shows the files of several commits; what may be spent on words is shared by all of them.
pub(crate) struct FilesPrinter {
    parts: FileParts,
    printer: TextPrinter,
}

impl FilesPrinter {
    pub(crate) fn new(parts: FileParts) -> Self {
        Self { parts, printer: TextPrinter::new(parts.text.unwrap_or_default()) }
    }

    /// Tells whether more than names is shown.
    pub(crate) fn shows_more(&self) -> bool {
        self.parts != FileParts::default()
    }

    /// Shows the files of one commit.
    pub(crate) fn print(&mut self, files: &[FileDiff], look: Look) -> String {
        let mut out = if self.parts.stat { stat(files, look) } else { String::new() };
        if self.parts.text.is_some() && !files.is_empty() {
            out.extend(Some('\n').filter(|_| self.parts.stat));
            self.printer.files(files.iter(), &mut out);
        }
        out
    }
}

/// Tells everything that differs. What the head tells in full is not told again by lines.
pub(crate) fn diff(diff: &Diff, words: Words, look: Look) -> String {
    let mut out = head::head(diff, look);
    let mut rest = diff.context.iter().filter(|file| !head::tells(diff, file)).peekable();
    if rest.peek().is_some() {
        out.push('\n');
        TextPrinter::new(words).files(rest, &mut out);
    }
    out
}

/// Tells what differs in the files of the context.
pub(crate) fn context_diff(diff: &Diff, words: Words) -> String {
    let mut out = String::new();
    TextPrinter::new(words).files(diff.context.iter(), &mut out);
    out
}
