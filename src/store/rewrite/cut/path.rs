//! Files and folders, by their path.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Cut, CutOut};
use crate::model::{Conflict, ContextPath, Manifest, yaml};
use crate::store::rewrite::Rewriter;
use crate::store::snapshot::MANIFEST;
use crate::store::{BlobId, CommitId, Store, StoreError, TreeId};

/// Where context files lie in a commit; the second holds what an open run's folder held.
const ROOTS: [&str; 2] = ["context", "checkpoint"];

/// What stands in a commit and goes: the entries of its tree, and the files that they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) entries: BTreeSet<String>,
    pub(super) files: BTreeMap<String, BlobId>,
}

impl Cut {
    /// Tells whether a path of the context goes: it is this one, lies below it, or is a copy that a
    /// conflict made of it.
    pub fn takes(&self, path: &str) -> bool {
        let (CutOut::Path(own), Ok(path)) = (&self.what, path.parse::<ContextPath>()) else { return false };
        path == *own || own.is_folder_of(&path) || is_copy_of(&path, own)
    }

    fn takes_entry(&self, entry: &Conflict) -> bool {
        [&entry.path, &entry.copy].into_iter().flatten().any(|path| self.takes(path))
    }
}

// A name that is as long as one may be was shortened for its copy.
fn is_copy_of(copy: &ContextPath, path: &ContextPath) -> bool {
    let digits = copy.as_str().rsplit_once(".conflict-").map(|(_, digits)| digits);
    copy.is_conflict_copy() && digits.is_some_and(|digits| path.conflict_copy(digits) == *copy)
}

impl Store {
    /// Finds what some paths are to be cut from: each of the commits behind these in which it stands.
    pub fn cuts_of_paths(&self, paths: &[ContextPath], tips: &[CommitId]) -> Result<Vec<Cut>, StoreError> {
        let behind: HashSet<CommitId> = tips.iter().flat_map(|tip| self.reachable(*tip)).collect();
        let mut cuts = Vec::new();
        for path in paths {
            let mut cut = Cut::of(CutOut::Path(path.clone()));
            for commit in &behind {
                if self.stands(&cut, *commit)? {
                    cut.from.insert(*commit);
                }
            }
            cuts.push(cut);
        }
        Ok(cuts)
    }

    /// Tells whether anything stands in a commit that a cut takes by its path.
    pub(in crate::store::rewrite) fn stands(&self, cut: &Cut, commit: CommitId) -> Result<bool, StoreError> {
        let root = self.step_root(commit)?;
        Ok(!self.entries_of(cut, root, &conflicts_in(self, root)?)?.is_empty())
    }

    // As paths of the commit. Where two names cannot stand side by side, the copy of one is called
    // otherwise; the manifest tells.
    fn entries_of(
        &self,
        cut: &Cut,
        root: TreeId,
        conflicts: &[Conflict],
    ) -> Result<BTreeSet<String>, StoreError> {
        let CutOut::Path(path) = &cut.what else { return Ok(BTreeSet::new()) };
        let folder = path.as_str().rsplit_once('/').map(|(folder, _)| folder);
        let mut found = BTreeSet::new();
        for start in ROOTS {
            let place = folder.map_or(start.to_owned(), |folder| format!("{start}/{folder}"));
            for name in self.names_in(root, &place)? {
                let path = folder.map_or(name.clone(), |folder| format!("{folder}/{name}"));
                if cut.takes(&path) {
                    found.insert(format!("{start}/{path}"));
                }
            }
        }
        for entry in conflicts.iter().filter(|entry| cut.takes_entry(entry)) {
            for copy in entry.copy.iter().map(|copy| format!("context/{copy}")) {
                found.extend((!self.files_at(root, &copy)?.is_empty()).then_some(copy));
            }
        }
        Ok(found)
    }
}

// Parsing each manifest of a long history would cost more than all else.
fn conflicts_in(store: &Store, root: TreeId) -> Result<Vec<Conflict>, StoreError> {
    let bytes = store.file_at(root, MANIFEST)?.unwrap_or_default();
    if memchr::memmem::find(&bytes, b"conflicts").is_none() {
        return Ok(Vec::new());
    }
    Ok(yaml::parse::<Manifest>(MANIFEST, &bytes).map_or_else(|_| Vec::new(), |manifest| manifest.conflicts))
}

impl Rewriter<'_> {
    /// Finds what goes from a commit by its path.
    pub(super) fn standing(&self, root: TreeId, active: &BTreeSet<usize>) -> Result<Standing, StoreError> {
        let view = self.batch.view();
        let conflicts = conflicts_in(view, root)?;
        let mut standing = Standing::default();
        for cut in active.iter().filter_map(|cut| self.wipe.cuts.get(*cut)) {
            standing.entries.extend(view.entries_of(cut, root, &conflicts)?);
        }
        for entry in &standing.entries {
            let files = view.files_at(root, entry)?;
            standing.files.extend(files.into_iter().map(|(path, file)| (path, file.blob)));
        }
        Ok(standing)
    }
}
