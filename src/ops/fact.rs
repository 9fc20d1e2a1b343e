//! Knowledge and preferences: one fact a file.

use std::collections::BTreeMap;

use super::change::change_context;
use super::{ContextChanged, Env, OpError, Place};
use crate::model::{ContextPath, FactKind, Key, RunId};
use crate::store::{BlobId, Clash, ContextFile, Snapshot, Store, StoreError, TreeEdit, TreeId};

/// The largest fact, in bytes. What is larger is a file of the context, not a fact.
const FACT_BYTES: u64 = 1024 * 1024;
/// How alike a key must be to be suggested (Jaro-Winkler).
const ALIKE: f64 = 0.7;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct FactRow {
    /// Its key.
    pub key: Key,
    /// What kind of fact it is.
    pub kind: FactKind,
    /// The value, without its final line feed.
    pub value: String,
    /// The run that set it; `None` where it was set outside of a run.
    pub run: Option<RunId>,
}

/// Sets a fact.
pub fn set_fact(
    store: &Store,
    env: &Env,
    place: &Place,
    kind: FactKind,
    key: &Key,
    value: &str,
) -> Result<ContextChanged, OpError> {
    let value = value.trim_end_matches(['\n', '\r']);
    if value.is_empty() {
        return Err(OpError::Empty("the value"));
    }
    let bytes = value.len() as u64;
    if bytes > FACT_BYTES {
        let reason = format!("a fact has {FACT_BYTES} bytes at most (got {bytes}); use 'context put'");
        return Err(OpError::Refused { path: key.to_string(), reason });
    }
    let path = kind.path(key);
    change_context(store, env, place, &format!("know {key}"), |batch, state| {
        let blob = batch.blob(format!("{value}\n").as_bytes())?;
        put_edit(batch.view(), state.root, &path, ContextFile::plain(blob)).map(|edit| vec![edit])
    })
}

/// Removes a fact.
pub fn remove_fact(
    store: &Store,
    env: &Env,
    place: &Place,
    kind: FactKind,
    key: &Key,
) -> Result<ContextChanged, OpError> {
    let path = kind.path(key);
    let subject = format!("forget {key}");
    change_context(store, env, place, &subject, |_, state| match store.context_file(state.root, &path)? {
        Some(_) => Ok(vec![TreeEdit::remove_context(&path)]),
        None => Err(no_fact(store, state, kind, key)),
    })
}

/// Reads a fact.
pub fn read_fact(store: &Store, state: &Snapshot, kind: FactKind, key: &Key) -> Result<String, OpError> {
    match store.context_file(state.root, &kind.path(key))? {
        Some(file) => read_value(store, file.blob),
        None => Err(no_fact(store, state, kind, key)),
    }
}

/// Lists the facts of a kind by key, each with the run that set it.
pub fn list_facts(store: &Store, state: &Snapshot, kind: FactKind) -> Result<Vec<FactRow>, OpError> {
    let files = store.context_files(state.root)?;
    let facts: Vec<(Key, ContextPath, BlobId)> =
        files.into_iter().filter_map(|(path, file)| Some((kind.key(&path)?, path, file.blob))).collect();
    let paths = facts.iter().map(|(_, path, blob)| (path.clone(), *blob)).collect();
    // Who set it is not known where older commits are damaged; what it is, is.
    let setters = setters(store, state, paths).unwrap_or_default();
    facts
        .into_iter()
        .map(|(key, path, blob)| {
            let value = read_value(store, blob).or_else(damaged_value)?;
            Ok(FactRow { key, kind, value, run: setters.get(&path).copied() })
        })
        .collect()
}

/// Makes the edit that puts a file into the context, where nothing is in its way.
pub(super) fn put_edit(
    store: &Store,
    root: TreeId,
    path: &ContextPath,
    file: ContextFile,
) -> Result<TreeEdit, OpError> {
    match store.find_clash(root, path)? {
        None => Ok(TreeEdit::put_context(path, file)),
        Some(Clash { existing, is_folder }) => {
            let path = path.to_string();
            let differs_in_case =
                !is_folder && existing != path && !path.starts_with(&format!("{existing}/"));
            Err(match differs_in_case {
                true => OpError::Collision { path, existing },
                false => OpError::InTheWay { path, existing },
            })
        }
    }
}

/// Reads the value of a fact. A file that somebody put there and that is too large for one must not
/// hide the others.
pub(super) fn read_value(store: &Store, blob: BlobId) -> Result<String, OpError> {
    let size = store.blob_bytes(blob)?;
    if size > FACT_BYTES {
        return Ok(format!("({size} bytes, too large for a fact: see 'git session context cat')"));
    }
    let bytes = store.read_blob(blob, FACT_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

// One fact that is lost does not hide the others.
fn damaged_value(error: OpError) -> Result<String, OpError> {
    match error {
        OpError::Store(error @ StoreError::Missing { .. }) => Ok(format!("(damaged: {error})")),
        other => Err(other),
    }
}

fn no_fact(store: &Store, state: &Snapshot, kind: FactKind, key: &Key) -> OpError {
    let files = store.context_files(state.root).unwrap_or_default();
    let near = files
        .keys()
        .filter_map(|path| kind.key(path))
        .filter(|other| strsim::jaro_winkler(key.as_str(), other.as_str()) > ALIKE);
    OpError::NoFact { key: key.to_string(), near: near.map(|key| key.to_string()).collect() }
}

/// Finds the runs that made files what they are now. Walks back until every file differs from that:
/// the commit after set it. What a merge took from a side is looked for on that side.
pub(super) fn setters(
    store: &Store,
    state: &Snapshot,
    wanted: BTreeMap<ContextPath, BlobId>,
) -> Result<BTreeMap<ContextPath, RunId>, OpError> {
    let mut found = BTreeMap::new();
    // The newest commit comes next, so that one that several lead to is looked at once.
    let mut next = BTreeMap::from([((state.committed_at, state.commit), wanted)]);
    while let Some(((_, commit), mut wanted)) = next.pop_last() {
        let step = store.step(commit)?;
        for parent in &step.parents {
            let parent = store.step(*parent)?;
            let changes = store.context_changes(parent.root, step.root)?;
            let is_changed = |path: &ContextPath| changes.iter().any(|change| change.path == *path);
            let (changed, same): (BTreeMap<_, _>, BTreeMap<_, _>) =
                wanted.into_iter().partition(|(path, _)| is_changed(path));
            wanted = changed;
            if !same.is_empty() {
                next.entry((parent.committed_at, parent.commit)).or_default().extend(same);
            }
        }
        if let Some(run) = step.run {
            found.extend(wanted.into_keys().map(|path| (path, run)));
        }
    }
    Ok(found)
}
