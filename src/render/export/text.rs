//! The part of a file that people are shown.

use super::ExportError;
use crate::model::is_binary;
use crate::ops::{FileEntry, SessionExport};

/// The most of a text that is shown, in bytes.
const SHOWN: usize = 64 * 1024;
/// The largest file that is read for that.
const READ: u64 = 8 * 1024 * 1024;

/// What people are shown of a file.
pub(super) enum Excerpt {
    /// Its text, and how many bytes are left out at the end.
    Text { text: String, left_out: Option<u64> },
    /// It is no text.
    Binary,
    /// It is too large.
    Large,
}

impl Excerpt {
    /// Reads a file.
    pub(super) fn of(session: &SessionExport<'_>, file: &FileEntry) -> Result<Self, ExportError> {
        if file.bytes > READ {
            return Ok(Self::Large);
        }
        let content = session.content(file)?;
        if is_binary(&content) {
            return Ok(Self::Binary);
        }
        Ok(Self::of_text(&String::from_utf8_lossy(&content)))
    }

    /// Cuts a text, at the end of a line where there is one.
    pub(super) fn of_text(text: &str) -> Self {
        let (shown, rest) = text.split_at(cut_at(text, SHOWN));
        Self::Text { text: shown.to_owned(), left_out: (!rest.is_empty()).then_some(rest.len() as u64) }
    }
}

fn cut_at(text: &str, limit: usize) -> usize {
    if text.len() <= limit {
        return text.len();
    }
    let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).and_then(|shown| shown.rfind('\n')).map_or(end, |feed| feed + 1)
}
