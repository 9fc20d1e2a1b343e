//! Differences as text: what the records say first, then the files, as `git diff` shows them.

mod head;
mod names;
mod stat;
mod text;
mod words;

pub(crate) use names::{name_only, name_status};
pub(crate) use stat::stat;

use self::text::TextPrinter;
use super::Look;
use crate::ops::Diff;

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
