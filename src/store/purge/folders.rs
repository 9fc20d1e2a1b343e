//! The folders of open runs, where files go that are cut out of their histories.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::destroy::files_below;
use super::{Purging, RefRewrite};
use crate::store::durable::{remove_file, write_file};
use crate::store::{Cut, Rewriter, RunFolder, Store, StoreError};

/// What stands in a brief that told of what was purged.
const NO_BRIEF: &[u8] = b"What stood here was purged; 'git session brief' tells what is left.\n";

/// What is to be done in the folder of an open run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderCut {
    /// Files that go.
    pub files: BTreeSet<PathBuf>,
    /// The brief, where there is one that may tell of them.
    pub brief: Option<PathBuf>,
}

impl Store {
    /// Tells what has to go from the folders of open runs whose refs move.
    pub fn folder_cuts(&self, rewriter: &Rewriter<'_>, moves: &[RefRewrite]) -> Vec<FolderCut> {
        let cut = |moved: &RefRewrite| {
            let run = moved.name.strip_prefix("refs/open/")?.split_once('/')?.1.parse().ok()?;
            let cuts = rewriter.cuts_through(moved.old);
            (!cuts.is_empty()).then(|| folder_cut(&self.run_folder(run), &cuts))
        };
        moves.iter().filter_map(cut).filter(|cut| *cut != FolderCut::default()).collect()
    }
}

impl FolderCut {
    /// Lists the files that are changed or go.
    pub fn all_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().chain(&self.brief)
    }
}

impl Purging<'_> {
    /// Takes files out of the folders of open runs. Returns which, by their path below the store.
    pub fn cut_folders(&self, cuts: &[FolderCut]) -> Result<Vec<String>, StoreError> {
        for cut in cuts {
            cut.files.iter().try_for_each(|file| remove_file(file))?;
            if let Some(brief) = &cut.brief {
                write_file(brief, NO_BRIEF, self.store.options.durability)
                    .map_err(StoreError::io("write", brief))?;
            }
        }
        Ok(cuts.iter().flat_map(FolderCut::all_files).map(|path| self.store.below(path)).collect())
    }
}

// What the agent changed of such a file goes too, as it would from what it records.
fn folder_cut(folder: &RunFolder, cuts: &[&Cut]) -> FolderCut {
    let context = folder.context();
    let goes = |file: &PathBuf| {
        let below = file.strip_prefix(&context).ok().and_then(Path::to_str);
        below.is_some_and(|below| cuts.iter().any(|cut| cut.takes(below)))
    };
    let brief = folder.brief();
    let is_told = fs::read(&brief).is_ok_and(|text| text != NO_BRIEF);
    FolderCut {
        files: files_below(&context).into_iter().filter(goes).collect(),
        brief: is_told.then_some(brief),
    }
}
