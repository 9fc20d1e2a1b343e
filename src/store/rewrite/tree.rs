//! Folders: names, and what lies in them.

use std::collections::BTreeSet;

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};
use gix::objs::tree::Entry;
use gix::objs::{Kind, Tree, TreeRef, WriteTo as _};

use super::{PurgeFault, Rewriter};
use crate::store::StoreError;

impl Rewriter<'_> {
    /// Returns what stands for a folder; `None` where nothing is left of it.
    pub(super) fn tree(&mut self, id: ObjectId, path: &str) -> Result<Option<ObjectId>, StoreError> {
        let key = (id, path.to_owned());
        if let Some(known) = self.trees.get(&key) {
            return Ok(*known);
        }
        let bytes = self.read(id)?;
        let failed = || StoreError::git(format!("read tree {id}"));
        let old: Tree = TreeRef::from_bytes(&bytes, id.kind()).map_err(failed())?.into();
        let mut entries = Vec::new();
        for entry in &old.entries {
            entries.extend(self.entry(entry, path)?);
        }
        let new = self.written(id, old, entries, path)?;
        self.trees.insert(key, new);
        Ok(new)
    }

    fn written(
        &mut self,
        id: ObjectId,
        old: Tree,
        mut entries: Vec<Entry>,
        path: &str,
    ) -> Result<Option<ObjectId>, StoreError> {
        if entries == old.entries {
            return Ok(Some(id));
        }
        if entries.is_empty() {
            return Ok(None);
        }
        entries.sort();
        let names: BTreeSet<&BString> = entries.iter().map(|entry| &entry.filename).collect();
        if names.len() < entries.len() {
            return Err(PurgeFault::Collision(path.to_owned()).into());
        }
        let mut bytes = Vec::new();
        Tree { entries }.write_to(&mut bytes).map_err(StoreError::git("encode a tree"))?;
        self.batch.add(Kind::Tree, &bytes).map(Some)
    }

    fn entry(&mut self, old: &Entry, folder: &str) -> Result<Option<Entry>, StoreError> {
        let name = old.filename.to_str_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let new = match (old.mode.is_tree(), old.mode.is_blob()) {
            (true, _) => self.tree(old.oid, &path)?,
            (_, true) => self.file(old.oid, &path)?,
            // A link to another repository leads to nothing here.
            _ => Some(old.oid),
        };
        let Some(oid) = new else { return Ok(None) };
        let filename = self.renamed(&name, &path, old.oid, oid);
        // A name that is no text stays as it is.
        let filename = if filename == name { old.filename.clone() } else { filename.into() };
        Ok(Some(Entry { mode: old.mode, filename, oid }))
    }

    // The copy of a side that lost is called by the id of its content.
    fn renamed(&mut self, name: &str, path: &str, old: ObjectId, new: ObjectId) -> String {
        let (mut renamed, count) = self.wipe.clean_name(name);
        self.note(path, count);
        let digits = |id: ObjectId| format!(".conflict-{}", id.to_hex_with_len(8));
        if let Some(owner) = renamed.strip_suffix(&digits(old)).filter(|_| old != new) {
            renamed = format!("{owner}{}", digits(new));
        }
        if renamed != name {
            self.names.insert(name.to_owned(), renamed.clone());
        }
        renamed
    }

    /// Returns a path of the context as it is called now.
    pub(super) fn path(&self, path: &str) -> String {
        let part = |part: &str| self.names.get(part).cloned().unwrap_or_else(|| part.to_owned());
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}
