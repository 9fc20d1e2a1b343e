//! The folders of open runs, where files go that are cut out of their histories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::destroy::files_below;
use super::{Purging, RefRewrite};
use crate::model::RunId;
use crate::store::durable::{remove_file, write_file};
use crate::store::{BlobId, Cut, FileChange, Rewriter, RunFolder, Store, StoreError};

/// What stands in a brief that told of what was purged.
const NO_BRIEF: &[u8] = b"What stood here was purged; 'git session brief' tells what is left.\n";

/// What is to be done in the folder of an open run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderCut {
    /// Files that go, and what is written into others.
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// The brief, where there is one that may tell of them.
    brief: Option<PathBuf>,
    /// What is left of the folder of a run that is gone.
    left: Vec<PathBuf>,
}

impl Store {
    /// Tells what has to go from the folders of open runs whose refs move.
    pub fn folder_cuts(
        &self,
        rewriter: &Rewriter<'_>,
        moves: &[RefRewrite],
    ) -> Result<Vec<FolderCut>, StoreError> {
        let mut found = Vec::new();
        for moved in moves {
            let Some(run) = open_run(&moved.name) else { continue };
            let cuts = rewriter.cuts_through(moved.old);
            if !cuts.is_empty() {
                found.push(folder_cut(rewriter.view(), &self.run_folder(run), &cuts, moved)?);
            }
        }
        let left = rewriter.cut_runs().map(|run| self.run_folder(run).path().to_owned());
        let left = left.filter(|folder| folder.exists()).collect();
        found.push(FolderCut { left, ..FolderCut::default() });
        found.retain(|cut| *cut != FolderCut::default());
        Ok(found)
    }
}

impl FolderCut {
    /// Lists the files that are changed or go.
    pub fn all_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.keys().chain(&self.brief).chain(&self.left)
    }
}

impl Purging<'_> {
    /// Takes files out of the folders of open runs. Returns which, by their path below the store.
    pub fn cut_folders(&self, cuts: &[FolderCut]) -> Result<Vec<String>, StoreError> {
        let durability = self.store.options.durability;
        let write = |file: &Path, content: &[u8]| -> std::io::Result<()> {
            let mode = fs::metadata(file)?.permissions();
            write_file(file, content, durability)?;
            fs::set_permissions(file, mode)
        };
        for cut in cuts {
            for (file, content) in &cut.files {
                match content {
                    Some(content) => write(file, content).map_err(StoreError::io("write", file))?,
                    None => remove_file(file)?,
                }
            }
            let brief = |brief: &PathBuf| write(brief, NO_BRIEF).map_err(StoreError::io("write", brief));
            cut.brief.iter().try_for_each(brief)?;
            for folder in &cut.left {
                self.remove_folder(&self.store.below(folder))?;
            }
        }
        Ok(cuts.iter().flat_map(FolderCut::all_files).map(|path| self.store.below(path)).collect())
    }
}

fn open_run(name: &str) -> Option<RunId> {
    name.strip_prefix("refs/open/")?.split_once('/')?.1.parse().ok()
}

fn folder_cut(
    store: &Store,
    folder: &RunFolder,
    cuts: &[&Cut],
    moved: &RefRewrite,
) -> Result<FolderCut, StoreError> {
    let context = folder.context();
    let (old, new) = (store.step_root(moved.old)?, store.step_root(moved.new)?);
    let changes = store.context_changes(old, new)?;
    let mut cut = FolderCut::default();
    // No link is followed, of which a folder may be one.
    for file in files_below(&context) {
        let Some(below) = file.strip_prefix(&context).ok().and_then(Path::to_str) else { continue };
        // What the agent changed of a file that goes by its name goes too, as from what it records.
        if cuts.iter().any(|cut| cut.takes(below)) {
            cut.files.insert(file, None);
        } else if let Some(change) = changes.iter().find(|change| change.path.as_str() == below)
            && is_still(store, &file, change)?
        {
            let content = change.new.map(|file| store.read_blob(file.blob, u64::MAX)).transpose()?;
            cut.files.insert(file, content);
        }
    }
    let brief = folder.brief();
    cut.brief = fs::read(&brief).is_ok_and(|text| text != NO_BRIEF).then_some(brief);
    Ok(cut)
}

// What the agent made of it since is not what the run had brought that is gone.
fn is_still(store: &Store, file: &Path, change: &FileChange) -> Result<bool, StoreError> {
    if !fs::symlink_metadata(file).is_ok_and(|found| found.is_file()) {
        return Ok(false);
    }
    let content = fs::read(file).map_err(StoreError::io("read", file))?;
    let blob = BlobId::of(store.repo.object_hash(), &content)?;
    Ok(change.old.is_some_and(|old| old.blob == blob))
}
