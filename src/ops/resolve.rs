//! Settling a conflict.

use std::collections::BTreeSet;

use super::change::{NewState, current_tip, land};
use super::{Env, OpError};
use crate::model::{Change, CommitMessage, Conflict, ConflictKind, ContextPath, Manifest};
use crate::store::{Batch, ContextFile, SessionRef, Snapshot, Store, TreeEdit};

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keep {
    /// What has the path now.
    Current,
    /// The other side.
    Other,
    /// This content.
    Content(Vec<u8>),
}

/// Settles all conflicts of one path, or of one field of the manifest. Returns how many, and how
/// many are left.
pub fn resolve(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    subject: &str,
    keep: &Keep,
) -> Result<(usize, usize), OpError> {
    let mut settled = 0;
    let landed = land(store, env, session, |batch, tip| {
        let mut manifest = tip.manifest.clone();
        let entries = take_entries(&mut manifest, subject)?;
        if *keep == Keep::Other {
            check_one_other(&entries)?;
        }
        settled = entries.len();
        let mut edits = Vec::new();
        for entry in &entries {
            match entry.kind {
                ConflictKind::Field => settle_field(&mut manifest, entry, keep)?,
                _ => edits.extend(settle_path(batch, tip, entry, keep)?),
            }
        }
        let root = batch.edit_tree(Some(tip.root), &edits)?;
        let now = env.now();
        let message = CommitMessage::of_change(Change::Context, manifest.id, format!("resolve {subject}"));
        Ok(Some(NewState { root, manifest, message, authored_at: now, committed_at: now }))
    })?;
    Ok((settled, landed.map_or(0, |landed| landed.manifest.conflicts.len())))
}

fn take_entries(manifest: &mut Manifest, subject: &str) -> Result<Vec<Conflict>, OpError> {
    let wanted = |entry: &Conflict| entry.subject() == subject || entry.copy.as_deref() == Some(subject);
    let (taken, left): (Vec<_>, Vec<_>) = manifest.conflicts.drain(..).partition(wanted);
    manifest.conflicts = left;
    if taken.is_empty() {
        let open: BTreeSet<&str> = manifest.conflicts.iter().map(Conflict::subject).collect();
        let open = open.into_iter().map(str::to_owned).collect();
        return Err(OpError::NoConflict { path: subject.to_owned(), open });
    }
    Ok(taken)
}

// Of several other sides, somebody must say which.
fn check_one_other(entries: &[Conflict]) -> Result<(), OpError> {
    match entries {
        [] | [_] => Ok(()),
        [first, ..] => {
            let others = entries.iter().map(|entry| entry.copy.clone());
            let others = others.map(|copy| copy.unwrap_or_else(|| "its removal".to_owned())).collect();
            Err(OpError::SeveralOthers { path: first.subject().to_owned(), others })
        }
    }
}

/// One of the versions of a file in conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Side {
    /// The file that holds it, below `context/`.
    pub path: ContextPath,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Returns what has the path in conflict, where anything has, and the other sides of it.
pub fn conflict_sides(
    store: &Store,
    session: &SessionRef,
    subject: &str,
) -> Result<(Option<Side>, Vec<Side>), OpError> {
    let tip = store.snapshot(current_tip(store, session)?)?;
    let entries = take_entries(&mut tip.manifest.clone(), subject)?;
    let read = |path: &str| -> Result<Option<Side>, OpError> {
        let path: ContextPath = path.parse()?;
        let Some(file) = store.context_file(tip.root, &path)? else { return Ok(None) };
        Ok(Some(Side { content: store.read_blob(file.blob, u64::MAX)?, path }))
    };
    let path = entries.first().and_then(|entry| entry.path.as_deref());
    let copies = entries.iter().filter_map(|entry| entry.copy.as_deref()).map(read);
    let others = copies.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    Ok((path.map(read).transpose()?.flatten(), others))
}

fn settle_path(
    batch: &mut Batch,
    tip: &Snapshot,
    entry: &Conflict,
    keep: &Keep,
) -> Result<Vec<TreeEdit>, OpError> {
    let path: ContextPath = entry.subject().parse()?;
    let copy = entry.copy.as_deref().map(str::parse::<ContextPath>).transpose()?;
    let mut edits: Vec<TreeEdit> = copy.iter().map(TreeEdit::remove_context).collect();
    match keep {
        Keep::Current => {}
        Keep::Content(content) => {
            let file = ContextFile::plain(batch.blob(content)?);
            edits.push(super::fact::put_edit(batch.view(), tip.root, &path, file)?);
        }
        Keep::Other => edits.push(other_side(batch, tip, entry, &path, copy.as_ref())?),
    }
    Ok(edits)
}

fn other_side(
    batch: &Batch,
    tip: &Snapshot,
    entry: &Conflict,
    path: &ContextPath,
    copy: Option<&ContextPath>,
) -> Result<TreeEdit, OpError> {
    let cannot = |why: &str| OpError::CannotSettle { path: path.to_string(), why: why.to_owned() };
    let Some(copy) = copy else {
        // The other side had removed the file.
        return Ok(TreeEdit::remove_context(path));
    };
    let file = batch.view().context_file(tip.root, copy)?;
    let file = file.ok_or_else(|| cannot("the copy of the other side is gone"))?;
    if entry.kind == ConflictKind::Clash {
        return Err(cannot("both names cannot stand side by side; use 'context put' with another name"));
    }
    Ok(TreeEdit::put_context(path, file))
}

fn settle_field(manifest: &mut Manifest, entry: &Conflict, keep: &Keep) -> Result<(), OpError> {
    let value = match keep {
        Keep::Current => return Ok(()),
        Keep::Other => entry.theirs.clone().unwrap_or_default(),
        Keep::Content(content) => {
            let text = String::from_utf8_lossy(content).trim().to_owned();
            serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
        }
    };
    let cannot = |why: String| OpError::CannotSettle { path: entry.subject().to_owned(), why };
    let mut fields = serde_json::to_value(&*manifest).map_err(|error| cannot(error.to_string()))?;
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(entry.subject().to_owned(), value);
    }
    *manifest = serde_json::from_value(fields).map_err(|error| cannot(error.to_string()))?;
    Ok(())
}
