//! Markdown for a terminal.

use super::{safe, style};

/// Returns Markdown with its headings in bold; nothing else is changed.
pub(crate) fn markdown(text: &str) -> String {
    let line = |line: &str| match line.starts_with('#') {
        true => format!("{}\n", style::paint(style::STRONG, line)),
        false => format!("{line}\n"),
    };
    safe(text).lines().map(line).collect()
}
