//! `--format`: entries as lines of a user's own making.

use super::{Look, ago, duration, money, safe_line};
use crate::ops::LogEntry;

/// How alike a name must be to be suggested (Jaro-Winkler).
const ALIKE: f64 = 0.7;

/// Why a format cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormatError {
    /// It names a field that there is not.
    #[error("there is no field '{}'", crate::model::shown(.name))]
    UnknownField {
        /// The name.
        name: String,
        /// The field that is most like it.
        near: Option<&'static str>,
    },
    /// A field's name does not end.
    #[error("'%(' is not closed")]
    NotClosed,
    /// A percent sign begins nothing that is known.
    #[error("'%{}' is not a field", crate::model::shown(.0))]
    NoField(String),
    /// It would print the same for every entry.
    #[error("the format names no field")]
    Empty,
}

type Value = fn(&LogEntry, Look) -> String;

/// The fields of an entry, by name.
pub(crate) const FIELDS: [(&str, Value); 24] = [
    ("commit", |entry, _| entry.commit.to_string()),
    ("commit:short", |entry, _| entry.commit.short()),
    ("parents", |entry, _| joined(entry.parents.iter().map(ToString::to_string))),
    ("parents:short", |entry, _| joined(entry.parents.iter().map(|parent| parent.short()))),
    ("change", |entry, _| entry.change.to_owned()),
    ("summary", |entry, _| safe_line(&entry.summary)),
    ("at", |entry, _| entry.at.to_string()),
    ("at:short", |entry, _| entry.at.date()),
    ("at:unix", |entry, _| entry.at.unix().to_string()),
    ("at:relative", |entry, look| ago(entry.at, look.now)),
    ("session", |entry, _| told(entry.session)),
    ("session:short", |entry, _| told(entry.session.map(|session| session.short()))),
    ("session_branch", |entry, _| told(entry.session_branch.as_deref().map(safe_line))),
    ("run", |entry, _| told(entry.run)),
    ("run:short", |entry, _| told(entry.run.map(|run| run.short()))),
    ("status", |entry, _| told(entry.status)),
    ("duration", |entry, _| told(entry.duration_s.map(duration))),
    ("duration_s", |entry, _| told(entry.duration_s)),
    ("cost", |entry, _| told(entry.cost_usd.map(money))),
    ("cost_usd", |entry, _| told(entry.cost_usd)),
    ("agent", |entry, _| told(entry.agent.as_deref().map(safe_line))),
    ("context", |entry, _| joined(entry.context.iter().map(|file| safe_line(&file.path)))),
    ("values", |entry, _| {
        joined(entry.values.iter().filter_map(|fact| fact.value.as_deref()).map(safe_line))
    }),
    ("damaged", |entry, _| told(entry.damaged.as_deref().map(safe_line))),
];
/// The fields for which the files must be looked at.
const OF_FILES: [&str; 3] = ["context", "values", "damaged"];

/// A format that was read: text and fields in turn.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Field(&'static str, Value),
}

impl Format {
    /// Reads a format, in the manner of `git for-each-ref`: `%(name)` is a field, `%%` a percent
    /// sign, `%00` to `%7f` the character of that number.
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            pieces.push(Piece::Text(before.to_owned()));
            let (piece, behind) = piece(after)?;
            pieces.push(piece);
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        match pieces.iter().any(|piece| matches!(piece, Piece::Field(..))) {
            true => Ok(Self { pieces }),
            false => Err(FormatError::Empty),
        }
    }

    /// Tells whether it shows what became of files.
    pub(crate) fn shows_files(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Field(name, _) if OF_FILES.contains(name)))
    }

    /// Prints entries, each with a line feed behind it.
    pub(crate) fn print(&self, entries: &[LogEntry], look: Look) -> String {
        let mut out = String::new();
        for entry in entries {
            for piece in &self.pieces {
                match piece {
                    Piece::Text(text) => out.push_str(text),
                    Piece::Field(_, value) => out.push_str(&value(entry, look)),
                }
            }
            out.push('\n');
        }
        out
    }
}

// What follows a percent sign, and the text behind it.
fn piece(text: &str) -> Result<(Piece, &str), FormatError> {
    if let Some(rest) = text.strip_prefix('%') {
        return Ok((Piece::Text("%".to_owned()), rest));
    }
    if let Some(rest) = text.strip_prefix('(') {
        let (name, rest) = rest.split_once(')').ok_or(FormatError::NotClosed)?;
        return Ok((field(name)?, rest));
    }
    let code = text.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    match (code.filter(u8::is_ascii), text.get(2..)) {
        (Some(code), Some(rest)) => Ok((Piece::Text(char::from(code).to_string()), rest)),
        _ => Err(FormatError::NoField(text.chars().take(2).collect())),
    }
}

fn field(name: &str) -> Result<Piece, FormatError> {
    let found = FIELDS.iter().find(|(known, _)| *known == name);
    found.map(|(known, value)| Piece::Field(known, *value)).ok_or_else(|| {
        let scored = FIELDS.iter().map(|(known, _)| (strsim::jaro_winkler(known, name), *known));
        let near = scored.filter(|(score, _)| *score > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
        FormatError::UnknownField { name: name.to_owned(), near: near.map(|(_, known)| known) }
    })
}

fn told(value: Option<impl std::fmt::Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wrong_format_is_told_with_what_was_meant() {
        let error = |text: &str| Format::parse(text).expect_err(text).to_string();
        assert_eq!(error("%(sumary)"), "there is no field 'sumary'");
        assert_eq!(error("%(status"), "'%(' is not closed");
        assert_eq!(error("%h %s"), "'%h ' is not a field");
        assert_eq!(error("%ad"), "'%ad' is not a field");
        assert_eq!(error("%(run) %"), "'%' is not a field");
        assert_eq!(error("oneline"), "the format names no field");
        let near = match Format::parse("%(sumary)") {
            Err(FormatError::UnknownField { near, .. }) => near,
            _ => None,
        };
        assert_eq!(near, Some("summary"));
    }

    proptest! {
        #[test]
        fn any_format_is_read_or_refused(text in "\\PC{0,40}|(%|%\\(|\\)|run|[0-9a-f]|é){0,12}") {
            let _ = Format::parse(&text);
        }
    }
}
