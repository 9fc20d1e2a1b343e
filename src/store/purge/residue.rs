//! Looking whether anything is left: every object, and every byte of the store's folder.

use std::collections::BTreeSet;
use std::fs;

use gix::objs::{CommitRef, Kind, TreeRefIter};

use super::destroy::files_below;
use crate::store::{BlobId, Store, StoreError, Wipe};

/// What was looked at, and where something was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Residue {
    /// How many objects were unpacked and searched.
    pub objects: u64,
    /// How many files were searched as they lie on the disk, and their names.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// The ids of objects that hold something.
    pub held_objects: Vec<String>,
    /// The files that do, below the store, as far as their names may be told.
    pub held_files: Vec<String>,
}

impl Residue {
    /// Tells whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.held_objects.is_empty() && self.held_files.is_empty()
    }
}

impl Store {
    /// Looks at every object that is there, whether or not anything leads to it, and at every file.
    /// `gone` are contents that no object may have, whatever is in them.
    pub fn search_everything(
        &self,
        wipe: &Wipe,
        gone: &BTreeSet<BlobId>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Residue, StoreError> {
        let mut found = Residue::default();
        self.search_objects(wipe, gone, &mut found, tell)?;
        // What is told by its id alone is an object or nothing.
        let files = if wipe.has_values() { files_below(&self.dir) } else { Vec::new() };
        for path in files {
            let name = self.below(&path);
            found.files += 1;
            let content = match fs::symlink_metadata(&path) {
                Ok(meta) if meta.is_file() => fs::read(&path).map_err(StoreError::io("read", &path))?,
                _ => Vec::new(),
            };
            found.bytes += content.len() as u64;
            if wipe.is_in(&content) || wipe.clean_name(&name).1 > 0 {
                found.held_files.push(wipe.clean_name(&name).0);
            }
        }
        Ok(found)
    }

    fn search_objects(
        &self,
        wipe: &Wipe,
        gone: &BTreeSet<BlobId>,
        found: &mut Residue,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), StoreError> {
        let ids = self.repo.objects.iter().map_err(StoreError::git("list objects"))?;
        let mut seen = std::collections::HashSet::new();
        for id in ids {
            let id = id.map_err(StoreError::git("list objects"))?;
            if !seen.insert(id) {
                continue;
            }
            // An object that cannot be unpacked tells nobody anything.
            let Ok(object) = self.repo.find_object(id) else { continue };
            found.objects += 1;
            if found.objects.is_multiple_of(1000) {
                tell(&format!("{} objects", found.objects));
            }
            if gone.contains(&BlobId(id)) || is_in(wipe, object.kind, &object.data, id.kind()) {
                found.held_objects.push(id.to_string());
            }
        }
        Ok(())
    }
}

// Ids in commits and trees are no texts: a value of hexadecimal digits may be the start of one.
fn is_in(wipe: &Wipe, kind: Kind, content: &[u8], hash: gix::hash::Kind) -> bool {
    match kind {
        Kind::Tree => {
            let entries = TreeRefIter::from_bytes(content, hash).flatten();
            entries.into_iter().any(|entry| wipe.clean_name(&entry.filename.to_string()).1 > 0)
        }
        Kind::Commit => match CommitRef::from_bytes(content, hash) {
            Ok(commit) => {
                let headers = commit.extra_headers.iter().map(|(_, value)| value.as_ref());
                let texts = [commit.author, commit.committer, commit.message];
                texts.into_iter().chain(headers).any(|text| wipe.is_in(text))
            }
            Err(_) => wipe.is_in(content),
        },
        Kind::Blob | Kind::Tag => wipe.is_in(content),
    }
}
