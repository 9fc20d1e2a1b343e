//! Markdown: for a terminal, and texts within it.

use super::{safe, style};

/// Returns Markdown with its headings in bold; nothing else is changed.
pub(crate) fn markdown(text: &str) -> String {
    let line = |line: &str| match line.starts_with('#') {
        true => format!("{}\n", style::paint(style::STRONG, line)),
        false => format!("{line}\n"),
    };
    safe(text).lines().map(line).collect()
}

/// Returns a line of stored text as it is put into Markdown: it says the same and marks nothing up.
pub(crate) fn markdown_text(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
        out
    })
}

/// Returns a stored text as a block of its own that it cannot end.
pub(crate) fn fenced(text: &str, language: &str) -> String {
    let text = safe(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_ends_its_fence(text in "(.|\n|`{1,9}|\n```+\n|~~~\n){0,40}") {
            let block = fenced(&text, "");
            let lines: Vec<&str> = block.lines().collect();
            let (first, rest) = lines.split_first().expect("a fence");
            let (last, content) = rest.split_last().expect("a fence");
            prop_assert_eq!(first, last);
            prop_assert!(content.iter().all(|line| !line.contains(*first)));
            let told = safe(&text);
            prop_assert_eq!(content.join("\n"), told.strip_suffix('\n').unwrap_or(&told));
        }
    }
}
