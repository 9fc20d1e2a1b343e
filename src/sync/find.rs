//! Finding a session of a remote by what people type.

use std::collections::BTreeMap;

use super::{Remote, SyncError};
use crate::model::{SessionId, SessionName, slug};
use crate::store::{CommitId, Store, StoreError};

/// The shortest prefix that names something.
const PREFIX_CHARS: usize = 4;
/// The digits of its id at the end of a session's name.
const DIGITS: usize = 8;

/// Finds the session of a remote that has this name, or the only one whose name or id begins so.
pub fn find_there(store: &Store, remote: &Remote, word: &str) -> Result<SessionName, SyncError> {
    if let Some(name) = whole_name(word) {
        return Ok(name);
    }
    let there = store.list_remote(&remote.reach).map_err(SyncError::remote("reach", remote))?;
    find_among(&there.sessions, remote, word)
}

/// Returns the name that a word is in full. One is asked for as it is, without looking at the others.
pub(super) fn whole_name(word: &str) -> Option<SessionName> {
    let word = word.strip_prefix("session/").unwrap_or(word);
    let is_whole = |name: &SessionName| {
        let digits = name.digits();
        digits.len() == DIGITS
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            && name.as_str().len() > DIGITS
    };
    word.parse().ok().filter(is_whole)
}

/// Finds the only session that a word can mean.
pub(super) fn find_among(
    there: &BTreeMap<SessionName, CommitId>,
    remote: &Remote,
    word: &str,
) -> Result<SessionName, SyncError> {
    let word = word.strip_prefix("session/").unwrap_or(word);
    let exact: Vec<&SessionName> = there.keys().filter(|name| name.as_str() == word).collect();
    let found =
        if exact.is_empty() { there.keys().filter(|name| is_meant(name, word)).collect() } else { exact };
    let name = word.to_owned();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(SyncError::NotThere { name, remote: remote.name.to_string() }),
        many => {
            let candidates = many.iter().map(ToString::to_string).collect();
            Err(StoreError::AmbiguousSession { name, candidates }.into())
        }
    }
}

// The start of a name or of an id, a whole id, or the title that a session was started with.
fn is_meant(name: &SessionName, word: &str) -> bool {
    let starts = || name.as_str().starts_with(word) || name.digits().starts_with(word);
    let is_id = || word.parse::<SessionId>().is_ok_and(|id| id.short() == name.digits());
    let is_title = || name.as_str().strip_suffix(name.digits()) == Some(&format!("{}-", slug(word)));
    (word.len() >= PREFIX_CHARS && starts()) || is_id() || is_title()
}
