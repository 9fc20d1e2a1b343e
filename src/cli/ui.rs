//! Output: results on stdout, messages on stderr, the pager.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anstream::ColorChoice;
use serde::Serialize;

use super::args::{ColorWhen, Global};
use super::error::CliError;
use super::progress::Progress;
use crate::model::{Timestamp, escape_char, escape_text};
use crate::render::{Look, ascii_controls, style};
use crate::store::UserConfig;

/// Where output goes and how it looks.
pub(super) struct Ui {
    pub(super) is_json: bool,
    is_ndjson: bool,
    is_quiet: bool,
    pager: Option<String>,
    progress: Progress,
}

impl Ui {
    pub(super) fn new(global: &Global, config: &UserConfig) -> Self {
        choose_colors(global.color, config);
        let may_page = !global.no_pager && std::io::stdout().is_terminal();
        Self {
            is_json: global.json || global.ndjson,
            is_ndjson: global.ndjson,
            is_quiet: global.quiet,
            pager: may_page.then(|| pager(config)).flatten(),
            progress: Progress::default(),
        }
    }

    /// Returns how text is to look. Lines are cut only on a terminal.
    pub(super) fn look(&self, now: Timestamp) -> Look {
        let width = std::io::stdout().is_terminal().then(terminal_width);
        Look { width, now }
    }

    /// Tells whether colours reach whoever reads.
    pub(super) fn is_colored(&self) -> bool {
        is_colored()
    }

    /// Prints a result.
    pub(super) fn print(&self, text: &str) -> Result<(), CliError> {
        self.print_raw(for_reader(text).as_bytes())
    }

    /// Prints a result as it is, with whatever bytes it has.
    pub(super) fn print_raw(&self, bytes: &[u8]) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Prints a result that may be long.
    pub(super) fn page(&self, text: &str) -> Result<(), CliError> {
        match &self.pager {
            Some(pager) if !text.is_empty() => page(pager, text).or_else(|_| self.print(text)),
            _ => self.print(text),
        }
    }

    /// Prints a result that may be long, with whatever bytes it has where it is no terminal.
    pub(super) fn page_raw(&self, text: &str) -> Result<(), CliError> {
        match std::io::stdout().is_terminal() {
            true => self.page(text),
            false => self.print_raw(text.as_bytes()),
        }
    }

    /// Prints a result as JSON.
    pub(super) fn json<T: Serialize>(&self, value: &T) -> Result<(), CliError> {
        let text = match self.is_ndjson {
            true => serde_json::to_string(value)?,
            false => serde_json::to_string_pretty(value)?,
        };
        self.print_raw(format!("{}\n", ascii_controls(&text)).as_bytes())
    }

    /// Prints a result as JSON where stdout belongs to somebody else.
    pub(super) fn json_to_stderr<T: Serialize>(&self, value: &T) -> Result<(), CliError> {
        Ok(writeln!(std::io::stderr(), "{}", ascii_controls(&serde_json::to_string(value)?))?)
    }

    /// Prints a list as JSON: one array, or one object a line.
    pub(super) fn json_list<T: Serialize>(&self, values: &[T]) -> Result<(), CliError> {
        match self.is_ndjson {
            true => values.iter().try_for_each(|value| self.json(value)),
            false => self.json(&values),
        }
    }

    /// Tells what was done.
    pub(super) fn status(&self, text: &str) {
        if !self.is_quiet && !self.is_json {
            // Nothing can be done for a message that nobody reads.
            let _ = anstream::stderr().write_all(text.as_bytes());
        }
    }

    /// Tells on a terminal what is being done; the next line takes its place.
    pub(super) fn progress(&self, text: &str) {
        if !self.is_quiet && !self.is_json {
            self.progress.show(text);
        }
    }

    /// Takes the last line of progress away.
    pub(super) fn end_progress(&self) {
        self.progress.end();
    }

    /// Warns, also where only results are wanted.
    pub(super) fn warn(&self, text: &str) {
        let _ = writeln!(
            anstream::stderr(),
            "{} {text}",
            style::paint(style::WARN, "warning:"),
            text = escape_text(text)
        );
    }

    /// Tells what could be done next.
    pub(super) fn hint(&self, text: &str) {
        self.status(&format!("{} {text}\n", style::paint(style::LIVE, "hint:")));
    }
}

/// Prints an error and returns the exit code.
pub(super) fn report(error: &CliError, is_json: bool) -> u8 {
    let chain = error.cause.iter().flat_map(|cause| cause.chain()).map(ToString::to_string);
    // Some messages quote their cause.
    let news = chain.filter(|cause| !error.message.contains(cause.as_str()));
    let causes: Vec<String> = news.map(|cause| escape_text(&cause)).collect();
    if is_json {
        let body = serde_json::json!({
            "error": {"code": error.code, "message": error.message, "hints": error.hints, "causes": causes}
        });
        let _ = writeln!(std::io::stderr(), "{}", ascii_controls(&body.to_string()));
        return error.exit;
    }
    let mut text = format!("{} {}\n", style::paint(style::BAD.bold(), "error:"), escape_text(&error.message));
    for cause in &causes {
        text.push_str(&format!("caused by: {cause}\n"));
    }
    for hint in &error.hints {
        text.push_str(&format!("{} {}\n", style::paint(style::LIVE, "hint:"), escape_text(hint)));
    }
    let _ = anstream::stderr().write_all(text.as_bytes());
    error.exit
}

/// Prints help or a version.
pub(super) fn print_and_exit(text: &str) -> u8 {
    // `git session -h | head` is no failure.
    let _ = anstream::stdout().write_all(text.as_bytes());
    0
}

/// Returns text in which what could steer a terminal is visible; line feeds, tabs and styles of
/// our own stay.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\n' || c == '\t' {
            out.push(c);
        } else if let Some(style) = text.get(at..).and_then(own_style) {
            out.push_str(style);
            chars.by_ref().take(style.chars().count() - 1).for_each(drop);
        } else {
            match escape_char(c) {
                Some(escaped) => out.push_str(&escaped),
                None => out.push(c),
            }
        }
    }
    out
}

// A style is ESC [ digits ; digits m and does nothing but colour.
fn own_style(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let length = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    rest.get(length..)?.starts_with('m').then(|| text.get(..length + 3))?
}

fn choose_colors(flag: Option<ColorWhen>, config: &UserConfig) {
    let configured = || config.string("color.session").or_else(|| config.string("color.ui"));
    let choice = match flag {
        Some(ColorWhen::Always) => ColorChoice::Always,
        Some(ColorWhen::Never) => ColorChoice::Never,
        Some(ColorWhen::Auto) => ColorChoice::Auto,
        None => match configured().as_deref() {
            Some("always") => ColorChoice::Always,
            Some("never" | "false" | "no" | "off") => ColorChoice::Never,
            _ => ColorChoice::Auto,
        },
    };
    choice.write_global();
}

/// Chooses the pager as Git does: `GIT_PAGER`, `core.pager`, `PAGER`, `less`.
fn pager(config: &UserConfig) -> Option<String> {
    let environment = |name: &str| std::env::var(name).ok();
    // Git has started a pager for us already.
    if environment("GIT_PAGER_IN_USE").is_some_and(|value| value == "true") {
        return None;
    }
    let chosen = environment("GIT_PAGER")
        .or_else(|| config.string("core.pager"))
        .or_else(|| environment("PAGER"))
        .unwrap_or_else(|| "less".to_owned());
    (!chosen.is_empty() && chosen != "cat").then_some(chosen)
}

fn is_colored() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

/// Returns text as it reaches whoever reads: without styles where colours are off.
fn for_reader(text: &str) -> Cow<'_, str> {
    match is_colored() || !text.contains('\u{1b}') {
        true => Cow::Borrowed(text),
        false => Cow::Owned(without_styles(text)),
    }
}

// Stored text is escaped when it comes here, so every ESC begins a style of our own.
fn without_styles(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut out = String::with_capacity(text.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    out
}

/// What a shell returns for a command that cannot be run.
const CANNOT_RUN: i32 = 126;
/// What a shell returns for a command that it does not find.
const NOT_FOUND: i32 = 127;

fn page(pager: &str, text: &str) -> std::io::Result<()> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(pager).stdin(Stdio::piped());
    for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // Leaving the pager early closes the pipe, and is no failure.
        let _ = pipe.write_all(for_reader(text).as_bytes());
    }
    match child.wait()?.code() {
        // The shell has said so.
        Some(CANNOT_RUN | NOT_FOUND) => Err(std::io::ErrorKind::NotFound.into()),
        _ => Ok(()),
    }
}

/// Returns how many columns the terminal has.
pub(super) fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or_else(|| {
        let size = rustix::termios::tcgetwinsize(std::io::stdout());
        size.ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0).unwrap_or(80)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_colours_of_our_own_reach_the_terminal() {
        assert_eq!(visible("\x1b[1;31mred\x1b[0m"), "\x1b[1;31mred\x1b[0m");
        assert_eq!(visible("\x1b[2Jgone\x1b]0;x\x07"), "\\x1b[2Jgone\\x1b]0;x\\x07");
        assert_eq!(visible("\x1b"), "\\x1b");
    }

    #[test]
    fn a_pager_that_is_not_there_is_told_from_one_that_was_left() {
        assert!(page("exec 2>/dev/null; /no/such/pager", "text").is_err(), "the text is printed instead");
        assert!(page("exit 1", "text").is_ok(), "who leaves a pager has seen enough");
    }

    #[test]
    fn styles_go_where_colours_are_off() {
        let text =
            format!("{} and {}\n", style::paint(style::BAD.bold(), "red"), style::paint(style::ID, ""));
        assert_eq!(without_styles(&text), "red and \n");
        assert_eq!(without_styles("plain m"), "plain m");
    }

    proptest! {
        #[test]
        fn whatever_is_printed_steers_no_terminal(text in "(.|\n|\x1b\\[[0-9;]{0,4}[a-zA-Z]|\u{9b}|\u{202e}){0,60}") {
            // What is left of ESC is a colour, which is what it was before.
            let plain = anstream::adapter::strip_str(&visible(&text)).to_string();
            prop_assert_eq!(plain.chars().find(|c| escape_char(*c).is_some() && !"\n\t".contains(*c)), None);
            let json = serde_json::to_string(&text).expect("JSON");
            let ascii = ascii_controls(&json);
            prop_assert_eq!(ascii.chars().find(|c| escape_char(*c).is_some()), None);
            prop_assert_eq!(serde_json::from_str::<String>(&ascii).expect("JSON"), text);
        }
    }
}
