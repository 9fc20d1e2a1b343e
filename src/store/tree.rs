//! Trees: listing, comparing and editing the files of a commit.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use gix::objs::tree::{EntryKind, EntryMode, EntryRef};
use gix::objs::{Find as _, Kind, TreeRefIter, WriteTo as _};

use super::again::again;
use super::{Batch, BlobId, Store, StoreError, TreeId};
use crate::model::ContextPath;

/// The folder of the context in a commit.
const CONTEXT: &str = "context";
/// The largest tree that is read.
pub(super) const TREE_BYTES: u64 = 4 * 1024 * 1024;
/// The deepest tree that is read.
pub(super) const DEPTH: usize = 20;

/// One file of a session's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextFile {
    /// Its content.
    pub blob: BlobId,
    /// Whether it may be executed.
    pub executable: bool,
}

/// Files below a folder of a commit, by path.
pub type ContextFiles = BTreeMap<ContextPath, ContextFile>;

/// What became of one file between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path below `context/`.
    pub path: ContextPath,
    /// The file before; `None` where it was added.
    pub old: Option<ContextFile>,
    /// The file after; `None` where it was removed.
    pub new: Option<ContextFile>,
}

/// A change to the tree of a commit. Paths are those of the commit, such as `context/notes.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeEdit {
    /// Adds or replaces a file.
    Put(String, ContextFile),
    /// Removes a file or a folder, where it is there.
    Remove(String),
}

/// A name that stands in the way of a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The path that is there already, below `context/`.
    pub existing: String,
    /// Whether it is a folder where a file is to be, or a file where a folder is to be.
    pub is_folder: bool,
}

impl TreeEdit {
    /// Adds or replaces a plain file of the context.
    pub fn put_context(path: &ContextPath, file: ContextFile) -> Self {
        Self::Put(format!("{CONTEXT}/{path}"), file)
    }

    /// Removes a file of the context.
    pub fn remove_context(path: &ContextPath) -> Self {
        Self::Remove(format!("{CONTEXT}/{path}"))
    }
}

impl ContextFile {
    /// A file that may not be executed.
    pub fn plain(blob: BlobId) -> Self {
        Self { blob, executable: false }
    }
}

impl Batch {
    /// Makes a tree that differs from `base` by the edits, in their order. A name of a new file
    /// that would tell a secret is refused.
    pub fn edit_tree(&mut self, base: Option<TreeId>, edits: &[TreeEdit]) -> Result<TreeId, StoreError> {
        for edit in edits {
            if let TreeEdit::Put(path, _) = edit {
                self.check_name(path)?;
            }
        }
        let (root, new_trees) = apply_edits(self.view(), base, edits)?;
        for tree in &new_trees {
            self.add(Kind::Tree, tree)?;
        }
        Ok(TreeId(root))
    }
}

impl Store {
    /// Lists the files of the context, by path. Names that this program would not write are left out.
    pub fn context_files(&self, root: TreeId) -> Result<ContextFiles, StoreError> {
        self.files_below(root, CONTEXT)
    }

    /// Lists the files below a folder of a commit's tree, by their path relative to it. Names that
    /// this program would not write are left out.
    pub fn files_below(&self, root: TreeId, folder: &str) -> Result<ContextFiles, StoreError> {
        let Some(found) = find_path(self, root.0, folder)?.filter(|found| found.mode.is_tree()) else {
            return Ok(BTreeMap::new());
        };
        if let Some(known) = self.known.files(found.id) {
            return Ok(known);
        }
        let mut files = BTreeMap::new();
        collect(self, found.id, "", &mut |path, file| {
            files.insert(path, file);
        })?;
        self.known.keep_files(found.id, &files);
        Ok(files)
    }

    /// Lists a file, or all files of a folder, by their path in the commit. Names that this program
    /// would not write are left out.
    pub fn files_at(&self, root: TreeId, path: &str) -> Result<BTreeMap<String, ContextFile>, StoreError> {
        let Some(found) = find_path(self, root.0, path)? else { return Ok(BTreeMap::new()) };
        if let Some(file) = file_of(&found) {
            return Ok(BTreeMap::from([(path.to_owned(), file)]));
        }
        let files = self.files_below(root, path)?;
        Ok(files.into_iter().map(|(below, file)| (format!("{path}/{below}"), file)).collect())
    }

    /// Lists the names in a folder of a commit's tree.
    pub(super) fn names_in(&self, root: TreeId, folder: &str) -> Result<Vec<String>, StoreError> {
        let found = find_path(self, root.0, folder)?.filter(|found| found.mode.is_tree());
        Ok(found.map(|found| entries(self, found.id)).transpose()?.unwrap_or_default().into_keys().collect())
    }

    /// Lists what changed in the context from one tree to another, by path.
    pub fn context_changes(&self, from: TreeId, to: TreeId) -> Result<Vec<FileChange>, StoreError> {
        context_changes(self, from, to)
    }

    /// Finds what stands in the way of a new context file; `None` where it can be added.
    pub fn find_clash(&self, root: TreeId, path: &ContextPath) -> Result<Option<Clash>, StoreError> {
        find_clash(self, root, path)
    }

    /// Finds a file of the context.
    pub fn context_file(&self, root: TreeId, path: &ContextPath) -> Result<Option<ContextFile>, StoreError> {
        let found = find_path(self, root.0, &format!("{CONTEXT}/{path}"))?;
        Ok(found.and_then(|entry| file_of(&entry)))
    }

    /// Finds a file anywhere in the tree of a commit.
    pub(super) fn blob_at(&self, root: TreeId, path: &str) -> Result<Option<BlobId>, StoreError> {
        let found = find_path(self, root.0, path)?;
        Ok(found.filter(|entry| entry.mode.is_blob()).map(|entry| BlobId(entry.id)))
    }

    /// Reads the content of a file; one over `limit` bytes is refused before it is unpacked.
    pub fn read_blob(&self, blob: BlobId, limit: u64) -> Result<Vec<u8>, StoreError> {
        let failed = || StoreError::git(format!("read the file content {blob}"));
        check_size(&self.repo, blob.0, limit, || format!("file content {blob}"))?;
        again(|| Ok(self.repo.find_blob(blob.0).map_err(failed())?.take_data()))
    }

    /// Returns the size of a file in bytes.
    pub fn blob_bytes(&self, blob: BlobId) -> Result<u64, StoreError> {
        let failed = || StoreError::git(format!("read the file content {blob}"));
        again(|| Ok(self.repo.find_header(blob.0).map_err(failed())?.size()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    mode: EntryMode,
    id: gix::ObjectId,
}

type NewTrees = Vec<Vec<u8>>;

fn apply_edits(
    store: &Store,
    base: Option<TreeId>,
    edits: &[TreeEdit],
) -> Result<(gix::ObjectId, NewTrees), StoreError> {
    again(|| try_apply_edits(store, base, edits))
}

fn try_apply_edits(
    store: &Store,
    base: Option<TreeId>,
    edits: &[TreeEdit],
) -> Result<(gix::ObjectId, NewTrees), StoreError> {
    let failed = || StoreError::git::<gix::Error>("edit a tree");
    let hash = store.repo.object_hash();
    let root = match base {
        Some(id) => {
            let bytes = tree_bytes(store, id.0)?;
            gix::objs::TreeRef::from_bytes(&bytes, hash).map_err(failed())?.into()
        }
        None => gix::objs::Tree::empty(),
    };
    let mut editor = gix::objs::tree::Editor::new(root, &store.repo.objects, hash);
    for edit in edits {
        match edit {
            TreeEdit::Put(path, file) => {
                let kind = if file.executable { EntryKind::BlobExecutable } else { EntryKind::Blob };
                editor.upsert(path.split('/'), kind, file.blob.0).map_err(failed())?;
            }
            TreeEdit::Remove(path) => {
                editor.remove(path.split('/')).map_err(failed())?;
            }
        }
    }
    let mut new_trees = Vec::new();
    let root = editor.write(|tree| {
        let mut bytes = Vec::new();
        tree.write_to(&mut bytes).map_err(StoreError::git("encode a tree"))?;
        let id = gix::objs::compute_hash(hash, Kind::Tree, &bytes).map_err(failed())?;
        store.known.keep_tree(id, Rc::new(bytes.clone()));
        new_trees.push(bytes);
        Ok::<_, StoreError>(id)
    })?;
    Ok((root, new_trees))
}

/// Fails where an object is missing, or too large to be unpacked.
pub(super) fn check_size(
    repo: &gix::Repository,
    id: gix::ObjectId,
    limit: u64,
    what: impl Fn() -> String,
) -> Result<(), StoreError> {
    again(|| {
        let header = repo.try_find_header(id).map_err(StoreError::git_lazy(|| format!("read {}", what())))?;
        match header.map(|header| header.size()) {
            None => Err(StoreError::Missing { what: what() }),
            Some(bytes) => check_limit(bytes, limit, &what),
        }
    })
}

/// Fails where what was read is larger than it may be.
pub(super) fn check_bytes(read: &[u8], limit: u64, what: impl Fn() -> String) -> Result<(), StoreError> {
    check_limit(read.len() as u64, limit, what)
}

fn check_limit(bytes: u64, limit: u64, what: impl Fn() -> String) -> Result<(), StoreError> {
    if bytes > limit { Err(StoreError::TooLarge { what: what(), bytes, limit }) } else { Ok(()) }
}

/// Reads a tree as it is stored.
fn tree_bytes(store: &Store, id: gix::ObjectId) -> Result<Rc<Vec<u8>>, StoreError> {
    if let Some(known) = store.known.tree(&id) {
        return Ok(known);
    }
    let bytes = again(|| {
        let mut buffer = Vec::new();
        let action = || format!("read tree {id}");
        let found = store.repo.objects.try_find(&id, &mut buffer).map_err(StoreError::git_lazy(action))?;
        match found.map(|found| found.kind) {
            Some(Kind::Tree) => {}
            Some(kind) => return Err(StoreError::git(action())(format!("it is a {kind}"))),
            None => return Err(StoreError::Missing { what: format!("tree {id}") }),
        }
        check_bytes(&buffer, TREE_BYTES, || format!("tree {id}"))?;
        Ok(Rc::new(buffer))
    })?;
    store.known.keep_tree(id, Rc::clone(&bytes));
    Ok(bytes)
}

fn entries(store: &Store, id: gix::ObjectId) -> Result<Folder, StoreError> {
    let bytes = tree_bytes(store, id)?;
    let mut folder = Folder::new();
    for entry in TreeRefIter::from_bytes(&bytes, store.repo.object_hash()) {
        folder.extend(named(entry.map_err(StoreError::git_lazy(|| format!("read tree {id}")))?));
    }
    Ok(folder)
}

fn entry(store: &Store, tree: gix::ObjectId, name: &str) -> Result<Option<Entry>, StoreError> {
    let bytes = tree_bytes(store, tree)?;
    for entry in TreeRefIter::from_bytes(&bytes, store.repo.object_hash()) {
        let entry = entry.map_err(StoreError::git_lazy(|| format!("read tree {tree}")))?;
        if entry.filename == name {
            return Ok(Some(Entry { mode: entry.mode, id: entry.oid.to_owned() }));
        }
    }
    Ok(None)
}

/// The entries of a folder by name.
type Folder = BTreeMap<String, Entry>;

/// Reads two folders, without the entries that are the same in both.
fn differing(
    store: &Store,
    old: Option<&Entry>,
    new: Option<&Entry>,
) -> Result<(Folder, Folder), StoreError> {
    let bytes = |side: Option<&Entry>| match side {
        Some(entry) if entry.mode.is_tree() => tree_bytes(store, entry.id),
        _ => Ok(Rc::default()),
    };
    let (old, new) = (bytes(old)?, bytes(new)?);
    let (mut old, mut new) = (old.as_slice(), new.as_slice());
    let hash = store.repo.object_hash();
    let (mut only_old, mut only_new) = (Folder::new(), Folder::new());
    while old != new {
        let same = same_entries(old, new, hash);
        let (left, after_left) = first(old.get(same..).unwrap_or_default(), hash)?;
        let (right, after_right) = first(new.get(same..).unwrap_or_default(), hash)?;
        // Both are sorted, so what is the same comes at the same time.
        let order = match (&left, &right) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.cmp(right),
        };
        let is_same = left == right;
        if order.is_le() {
            only_old.extend(left.filter(|_| !is_same).and_then(named));
        }
        if order.is_ge() {
            only_new.extend(right.filter(|_| !is_same).and_then(named));
        }
        old = if order.is_le() { after_left } else { old.get(same..).unwrap_or_default() };
        new = if order.is_ge() { after_right } else { new.get(same..).unwrap_or_default() };
    }
    Ok((only_old, only_new))
}

/// Returns the first entry of a tree, if any, and what comes after it.
fn first(tree: &[u8], hash: gix::hash::Kind) -> Result<(Option<EntryRef<'_>>, &[u8]), StoreError> {
    let entry = TreeRefIter::from_bytes(tree, hash).next().transpose();
    let entry = entry.map_err(StoreError::git_lazy(|| "read a tree".to_owned()))?;
    let end = tree.iter().position(|byte| *byte == 0).map(|nul| nul + 1 + hash.len_in_bytes());
    Ok((entry, end.and_then(|end| tree.get(end..)).unwrap_or_default()))
}

/// Returns how many bytes of two trees are entries that both begin with.
fn same_entries(old: &[u8], new: &[u8], hash: gix::hash::Kind) -> usize {
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let mut end = 0;
    // An entry is a mode, a name, a NUL and an id, which may hold any bytes.
    while let Some(name) = old.get(end..same).and_then(|rest| rest.iter().position(|byte| *byte == 0)) {
        let next = end + name + 1 + hash.len_in_bytes();
        if next > same {
            break;
        }
        end = next;
    }
    end
}

// Names that are no text are none of ours.
fn named(entry: EntryRef<'_>) -> Option<(String, Entry)> {
    let name = std::str::from_utf8(entry.filename).ok()?;
    Some((name.to_owned(), Entry { mode: entry.mode, id: entry.oid.to_owned() }))
}

fn find_path(store: &Store, root: gix::ObjectId, path: &str) -> Result<Option<Entry>, StoreError> {
    let mut at = Entry { mode: EntryKind::Tree.into(), id: root };
    for name in path.split('/') {
        if !at.mode.is_tree() {
            return Ok(None);
        }
        match entry(store, at.id, name)? {
            Some(found) => at = found,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn file_of(entry: &Entry) -> Option<ContextFile> {
    let file = ContextFile { blob: BlobId(entry.id), executable: entry.mode.is_executable() };
    entry.mode.is_blob().then_some(file)
}

fn collect(
    store: &Store,
    tree: gix::ObjectId,
    prefix: &str,
    found: &mut dyn FnMut(ContextPath, ContextFile),
) -> Result<(), StoreError> {
    for (name, entry) in entries(store, tree)? {
        let path = format!("{prefix}{name}");
        if entry.mode.is_tree() && path.split('/').count() < DEPTH {
            collect(store, entry.id, &format!("{path}/"), found)?;
        } else if let (Some(file), Ok(path)) = (file_of(&entry), path.parse()) {
            found(path, file);
        }
    }
    Ok(())
}

fn context_changes(store: &Store, from: TreeId, to: TreeId) -> Result<Vec<FileChange>, StoreError> {
    let old = entry(store, from.0, CONTEXT)?;
    let new = entry(store, to.0, CONTEXT)?;
    let mut changes = BTreeMap::new();
    compare(store, "", old.as_ref(), new.as_ref(), &mut changes)?;
    Ok(changes.into_values().collect())
}

fn compare(
    store: &Store,
    path: &str,
    old: Option<&Entry>,
    new: Option<&Entry>,
    changes: &mut BTreeMap<ContextPath, FileChange>,
) -> Result<(), StoreError> {
    if old == new || path.split('/').count() > DEPTH {
        return Ok(());
    }
    let (old_folder, new_folder) = differing(store, old, new)?;
    let mut names: Vec<&String> = old_folder.keys().chain(new_folder.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        compare(store, &below, old_folder.get(name), new_folder.get(name), changes)?;
    }
    let (old, new) = (old.and_then(file_of), new.and_then(file_of));
    if let (true, Ok(path)) = (old != new, path.parse::<ContextPath>()) {
        changes.insert(path.clone(), FileChange { path, old, new });
    }
    Ok(())
}

fn find_clash(store: &Store, root: TreeId, path: &ContextPath) -> Result<Option<Clash>, StoreError> {
    let mut at = entry(store, root.0, CONTEXT)?;
    let mut existing = String::new();
    let components: Vec<&str> = path.as_str().split('/').collect();
    for (depth, name) in components.iter().enumerate() {
        let Some(folder) = at.filter(|entry| entry.mode.is_tree()) else { return Ok(None) };
        let siblings = entries(store, folder.id)?;
        let wanted = folded(name);
        if let Some(other) = siblings.keys().find(|other| *other != name && folded(other) == wanted) {
            return Ok(Some(Clash { existing: format!("{existing}{other}"), is_folder: false }));
        }
        existing.push_str(name);
        at = siblings.get(*name).cloned();
        let is_last = depth + 1 == components.len();
        match &at {
            Some(entry) if entry.mode.is_tree() == is_last => {
                return Ok(Some(Clash { existing, is_folder: is_last }));
            }
            _ => existing.push('/'),
        }
    }
    Ok(None)
}

fn folded(name: &str) -> String {
    name.parse::<ContextPath>().map_or_else(|_| name.to_owned(), |path| path.folded())
}
