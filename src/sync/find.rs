//! Finding a session of a remote by what people type.

use super::{Remote, SyncError};
use crate::model::SessionName;
use crate::store::{Store, StoreError};

/// The shortest prefix that names something.
const PREFIX_CHARS: usize = 4;
/// The digits of its id at the end of a session's name.
const DIGITS: usize = 8;

/// Finds the session of a remote that has this name, or the only one whose name or id begins so.
pub fn find_there(store: &Store, remote: &Remote, word: &str) -> Result<SessionName, SyncError> {
    let word = word.strip_prefix("session/").unwrap_or(word);
    // A whole name is asked for as it is, without looking at the others.
    let is_whole = |name: &SessionName| name.digits().len() == DIGITS && name.as_str().len() > DIGITS;
    if let Some(name) = word.parse().ok().filter(is_whole) {
        return Ok(name);
    }
    let there = store.list_remote(&remote.reach).map_err(SyncError::remote("reach", remote))?;
    let starts = |name: &&SessionName| name.as_str().starts_with(word) || name.digits().starts_with(word);
    let found: Vec<&SessionName> = match word.len() < PREFIX_CHARS {
        true => Vec::new(),
        false => there.sessions.keys().filter(starts).collect(),
    };
    let name = word.to_owned();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(StoreError::NoSession { name, near: Vec::new() }.into()),
        many => {
            let candidates = many.iter().map(ToString::to_string).collect();
            Err(StoreError::AmbiguousSession { name, candidates }.into())
        }
    }
}
