//! Differences as text: what the records say first, then the files, as `git diff` shows them.

mod head;
mod names;
mod stat;
mod text;
mod words;

pub(crate) use names::{file_line, name_only, name_status};
pub(crate) use stat::stat;

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
    look: Look,
}

impl FilesPrinter {
    pub(crate) fn new(parts: FileParts, look: Look) -> Self {
        Self { parts, printer: TextPrinter::new(parts.text.unwrap_or_default()), look }
    }

    /// Tells whether more than names is shown.
    pub(crate) fn shows_more(&self) -> bool {
        self.parts != FileParts::default()
    }

    /// Shows the files of one commit.
    pub(crate) fn print(&mut self, files: &[FileDiff]) -> String {
        let stat = if self.parts.stat { stat(files, self.look) } else { String::new() };
        let text = self.parts.text.map(|_| self.printer.files(files.iter())).unwrap_or_default();
        let between = if stat.is_empty() || text.is_empty() { "" } else { "\n" };
        format!("{stat}{between}{text}")
    }
}

/// Tells everything that differs. What the head tells in full is not told again by lines.
pub(crate) fn diff(diff: &Diff, words: Words, look: Look) -> String {
    let head = head::head(diff, look);
    let text = TextPrinter::new(words).files(diff.context.iter().filter(|file| !head::tells(diff, file)));
    match text.is_empty() {
        true => head,
        false => format!("{head}\n{text}"),
    }
}

/// Tells what differs in the files of the context.
pub(crate) fn context_diff(diff: &Diff, words: Words) -> String {
    TextPrinter::new(words).files(diff.context.iter())
}
