//! Every ref of a store, also those that cannot be used.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gix::refs::Target;

use super::{CommitId, Store, StoreError};

/// A ref, whatever state it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyRef {
    /// Its full name.
    pub name: String,
    /// What it says.
    pub state: RefState,
}

/// What a ref says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefState {
    /// It points to an object that is there.
    Points(CommitId),
    /// It points to an object that is not there or cannot be read.
    Dangling(CommitId),
    /// It has no value.
    Unreadable(String),
}

/// A line of a reflog: one move of a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefLogLine {
    /// Where it pointed before; `None` where it was not there.
    pub old: Option<CommitId>,
    /// Where it pointed after.
    pub new: CommitId,
    /// Who moved it.
    pub who: String,
    /// Why it was moved.
    pub message: String,
}

impl Store {
    /// Lists every ref, by name. One that is broken does not hide the others.
    pub fn all_refs(&self) -> Result<Vec<AnyRef>, StoreError> {
        let mut names = BTreeSet::new();
        collect(&self.dir.join("refs"), "refs", &mut names);
        let failed = || StoreError::git("read packed-refs");
        if let Some(packed) = self.repo.refs.cached_packed_buffer().map_err(failed())? {
            for packed in packed.iter().map_err(failed())? {
                names.insert(packed.map_err(failed())?.name.as_bstr().to_string());
            }
        }
        Ok(names.into_iter().map(|name| AnyRef { state: self.state_of(&name), name }).collect())
    }

    fn state_of(&self, name: &str) -> RefState {
        match self.repo.refs.try_find(name).map(|found| found.map(|found| found.target)) {
            Ok(Some(Target::Object(id))) => match self.repo.try_find_header(id) {
                Ok(Some(_)) => RefState::Points(CommitId(id)),
                _ => RefState::Dangling(CommitId(id)),
            },
            Ok(Some(Target::Symbolic(_))) => RefState::Unreadable("it points to another ref".to_owned()),
            Ok(None) => RefState::Unreadable("it is empty".to_owned()),
            Err(error) => RefState::Unreadable(crate::model::shown(&error.to_string())),
        }
    }

    /// Reads the moves of a ref, oldest first. Lines that cannot be read are left out.
    pub fn ref_log(&self, name: &str) -> Result<Vec<RefLogLine>, StoreError> {
        let file = self.dir.join("logs").join(name);
        match fs::read(&file) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).lines().filter_map(line).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(StoreError::io("read", &file)(error)),
        }
    }
}

fn collect(folder: &Path, prefix: &str, names: &mut BTreeSet<String>) {
    // A folder that cannot be listed is found when its refs are asked for by name.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), &name, names),
            Ok(_) if !name.ends_with(".lock") => drop(names.insert(name)),
            _ => {}
        }
    }
}

// `<old> <new> <who> <time> <zone>\t<message>`, as Git's gitformat-reflog has it.
fn line(line: &str) -> Option<RefLogLine> {
    let mut words = line.split(' ');
    let old = CommitId::from_hex(words.next()?)?;
    let new = CommitId::from_hex(words.next()?)?;
    let message = line.split_once('\t').map(|(_, message)| message.to_owned()).unwrap_or_default();
    let who = line.split_once(" <").and_then(|(start, _)| start.splitn(3, ' ').nth(2)).unwrap_or_default();
    Some(RefLogLine { old: (!old.0.is_null()).then_some(old), new, who: who.to_owned(), message })
}
