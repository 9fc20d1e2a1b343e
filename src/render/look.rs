//! How text looks: width, time, colours, and what may not reach a terminal.

use anstyle::{AnsiColor, Color, Style};

use crate::model::{RunStatus, Timestamp, escape_char, escape_text, push_escaped};

/// What the output is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// How many columns there are; `None` where lines are not cut.
    pub(crate) width: Option<usize>,
    /// The time that "3 hours ago" is told from.
    pub(crate) now: Timestamp,
}

impl Look {
    /// Returns how what stands beside something of so many columns is to look.
    pub(crate) fn beside(self, columns: usize) -> Self {
        Self { width: self.width.map(|width| width.saturating_sub(columns)), ..self }
    }
}

/// Returns stored text with everything that could steer a terminal made visible.
pub(crate) fn safe(text: &str) -> String {
    escape_text(text)
}

/// Adds stored text to what is printed, with everything that could steer a terminal made visible.
pub(crate) fn push_safe(text: &str, out: &mut String) {
    push_escaped(text, out);
}

/// Returns stored text as one line, with everything that could steer a terminal made visible.
pub(crate) fn safe_line(text: &str) -> String {
    // Most texts are plain, and there are thousands in a history.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    text.chars().fold(String::new(), |mut out, c| {
        match escape_char(c) {
            Some(escaped) => out.push_str(&escaped),
            None => out.push(c),
        }
        out
    })
}

/// Returns JSON in which no character could steer a terminal; it says the same.
pub(crate) fn ascii_controls(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    // JSON escapes C0 controls itself; C1, bidirectional and invisible ones would stand there as they are.
    for c in json.chars() {
        match escape_char(c) {
            Some(_) if c != '\n' => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            _ => out.push(c),
        }
    }
    out
}

/// The styles, by what they mean.
pub(crate) mod style {
    use std::fmt::Write as _;

    use super::*;

    /// Room for a few words and the codes around them.
    const ROOM: usize = 64;

    const fn color(color: AnsiColor) -> Style {
        Style::new().fg_color(Some(Color::Ansi(color)))
    }

    /// Ids, as Git shows commits.
    pub(crate) const ID: Style = color(AnsiColor::Yellow);
    /// What matters most of a line.
    pub(crate) const STRONG: Style = Style::new().bold();
    /// What matters least of a line.
    pub(crate) const FAINT: Style = Style::new().dimmed();
    /// What went well.
    pub(crate) const GOOD: Style = color(AnsiColor::Green);
    /// What went wrong.
    pub(crate) const BAD: Style = color(AnsiColor::Red);
    /// What wants attention.
    pub(crate) const WARN: Style = color(AnsiColor::Magenta);
    /// What is going on.
    pub(crate) const LIVE: Style = color(AnsiColor::Cyan);

    /// Returns the style of a run's status.
    pub(crate) fn of_status(status: RunStatus) -> Style {
        match status {
            RunStatus::Succeeded => GOOD,
            RunStatus::Failed => BAD,
            RunStatus::Running => LIVE,
            _ => WARN,
        }
    }

    /// Returns text in a style.
    pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
        // Made once, as there are thousands in a history.
        let mut out = String::with_capacity(ROOM);
        let _ = write!(out, "{style}{text}{style:#}");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_text_without_invisible_characters() {
        let json = serde_json::to_string("a\u{9b}b\u{202e}c\u{e0001}").expect("json");
        let escaped = ascii_controls(&json);
        assert!(escaped.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&escaped).expect("json"), "a\u{9b}b\u{202e}c\u{e0001}");
    }
}
