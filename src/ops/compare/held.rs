//! What the contexts of runs hold, where it differs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{CompareRow, CompareSection};
use crate::model::{ContextPath, DecisionId, FactKind};
use crate::ops::{OpError, decide, fact};
use crate::store::{CommitId, ContextFile, ContextFiles, Store};

/// Lists the facts, decisions and files that are not the same in the states of all commits.
pub(super) fn rows(store: &Store, commits: &[CommitId]) -> Result<Vec<CompareRow>, OpError> {
    let states: Vec<ContextFiles> = commits
        .iter()
        .map(|commit| Ok(store.context_files(store.step(*commit)?.root)?))
        .collect::<Result<_, OpError>>()?;
    let paths: BTreeSet<&ContextPath> = states.iter().flat_map(BTreeMap::keys).collect();
    let mut rows = Vec::new();
    for path in paths {
        let files: Vec<Option<ContextFile>> = states.iter().map(|files| files.get(path).copied()).collect();
        if files.windows(2).any(|pair| pair.first() != pair.last()) {
            rows.push(row(store, path, &files)?);
        }
    }
    rows.sort_by_key(|row| row.section);
    Ok(rows)
}

fn row(store: &Store, path: &ContextPath, files: &[Option<ContextFile>]) -> Result<CompareRow, OpError> {
    let facts = [
        (FactKind::Knowledge, CompareSection::Knowledge),
        (FactKind::Preference, CompareSection::Preferences),
    ];
    let fact = facts.into_iter().find_map(|(kind, section)| Some((section, kind.key(path)?)));
    if let Some((section, key)) = fact {
        let value = |file| Ok(Value::from(fact::read_value(store, file)?));
        return Ok(CompareRow::new(section, key.to_string(), values(files, |file| value(file.blob))?));
    }
    if let Some(id) = DecisionId::of_path(path) {
        let value = |file| Ok(status(store, &id, file));
        return Ok(CompareRow::new(CompareSection::Decisions, id.to_string(), values(files, value)?));
    }
    let value = |file: ContextFile| {
        let bytes = store.blob_bytes(file.blob)?;
        Ok(json!({"blob": file.blob, "bytes": bytes, "executable": file.executable}))
    };
    Ok(CompareRow::new(CompareSection::Files, path.to_string(), values(files, value)?))
}

fn values(
    files: &[Option<ContextFile>],
    value: impl Fn(ContextFile) -> Result<Value, OpError>,
) -> Result<Vec<Option<Value>>, OpError> {
    files.iter().map(|file| file.map(&value).transpose()).collect()
}

// A decision that cannot be read must not hide the others.
fn status(store: &Store, id: &DecisionId, file: ContextFile) -> Value {
    match decide::read_decision(store, id.clone(), file) {
        Ok(row) => Value::from(row.decision.status.to_string()),
        Err(_) => Value::from("unreadable"),
    }
}
