//! Notes: lines that only ever get more.

use super::change::change_context;
use super::{ContextChanged, Env, OpError, Place};
use crate::model::ContextPath;
use crate::store::{ContextFile, Store};

/// The largest file of notes, in bytes.
const NOTES_BYTES: u64 = 4 * 1024 * 1024;

/// Appends a note to the session's notes, as an item of a Markdown list.
pub fn note(store: &Store, env: &Env, place: &Place, text: &str) -> Result<ContextChanged, OpError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(OpError::Empty("the note"));
    }
    let path: ContextPath = ContextPath::NOTES.parse()?;
    let item = item(text);
    change_context(store, env, place, "note", |batch, state| {
        let mut notes = match store.context_file(state.root, &path)? {
            Some(file) => store.read_blob(file.blob, NOTES_BYTES)?,
            None => Vec::new(),
        };
        if !notes.is_empty() && !notes.ends_with(b"\n") {
            notes.push(b'\n');
        }
        notes.extend_from_slice(item.as_bytes());
        let file = ContextFile::plain(batch.blob(&notes)?);
        super::fact::put_edit(batch.view(), state.root, &path, file).map(|edit| vec![edit])
    })
}

// Further lines are indented, so that they stay part of the item.
fn item(text: &str) -> String {
    let mut lines = text.lines();
    let mut out = format!("- {}\n", lines.next().unwrap_or_default());
    for line in lines {
        let indented = format!("  {line}");
        out.push_str(indented.trim_end());
        out.push('\n');
    }
    out
}
