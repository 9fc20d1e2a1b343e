//! The files of the context as files: listing, reading, adding, removing, and whole folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::change::change_context;
use super::fact::put_edit;
use super::folder::{SENSITIVE, describe, read_file, write_folder};
use super::record::folder_changes;
use super::{ContextChanged, ContextInput, Env, NamedPath, OpError, Place, scan_named};
use crate::model::ContextPath;
use crate::store::{BlobId, ContextFile, Snapshot, Store, TreeEdit};

/// Whether files whose names look like secrets are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sensitive {
    /// They are left out.
    #[default]
    Withhold,
    /// They are taken.
    Allow,
}

/// Whether an export may go into a folder that holds something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overwrite {
    /// It must be empty or absent.
    #[default]
    Refuse,
    /// Files of the same name are replaced.
    Allow,
}

/// How an export is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// Whether the folder may hold something.
    pub overwrite: Overwrite,
}

impl ExportOptions {
    /// Says whether the folder may hold something.
    pub fn with_overwrite(mut self, overwrite: Overwrite) -> Self {
        self.overwrite = overwrite;
        self
    }
}

/// A file of the context.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ContextEntry {
    /// Its path below `context/`.
    pub path: ContextPath,
    /// Its size in bytes.
    pub bytes: u64,
    /// The id of its content.
    pub blob: BlobId,
}

/// Lists the context files below a folder, or all of them.
pub fn list_context(
    store: &Store,
    state: &Snapshot,
    below: Option<&ContextPath>,
) -> Result<Vec<ContextEntry>, OpError> {
    let mut entries = Vec::new();
    for (path, file) in store.context_files(state.root)? {
        if below.is_none_or(|below| *below == path || below.is_folder_of(&path)) {
            entries.push(ContextEntry { path, bytes: store.blob_bytes(file.blob)?, blob: file.blob });
        }
    }
    Ok(entries)
}

/// Reads a context file.
pub fn cat_context(store: &Store, state: &Snapshot, path: &ContextPath) -> Result<Vec<u8>, OpError> {
    match store.context_file(state.root, path)? {
        Some(file) => Ok(store.read_blob(file.blob, u64::MAX)?),
        None => Err(no_file(state, path)),
    }
}

/// Adds or replaces a context file by the content of `file`, or by `content` where it is given.
pub fn put_context(
    store: &Store,
    env: &Env,
    place: &Place,
    path: &ContextPath,
    content: &[u8],
) -> Result<ContextChanged, OpError> {
    let bytes = content.len() as u64;
    if bytes > env.limits.max_file_bytes {
        let limit = env.limits.max_file_bytes;
        let reason = format!("it has {bytes} bytes (session.maxFileBytes is {limit})");
        return Err(OpError::Refused { path: path.to_string(), reason });
    }
    change_context(store, env, place, &format!("put {path}"), |batch, state| {
        let file = ContextFile::plain(batch.blob(content)?);
        put_edit(batch.view(), state.root, path, file).map(|edit| vec![edit])
    })
}

/// Refuses a path whose name looks like a secret's, unless those are allowed.
pub fn check_sensitive(path: &ContextPath, sensitive: Sensitive) -> Result<(), OpError> {
    if sensitive == Sensitive::Withhold && path.looks_sensitive() {
        return Err(OpError::Refused { path: path.to_string(), reason: SENSITIVE.to_owned() });
    }
    Ok(())
}

/// Reads a file on disk that is to be put into the context under `path`.
pub fn read_for_context(
    env: &Env,
    file: &NamedPath,
    path: &ContextPath,
    sensitive: Sensitive,
) -> Result<Vec<u8>, OpError> {
    read_file(file, path, &env.limits, sensitive)
}

/// Removes a context file, or a folder with all its files.
pub fn remove_context(
    store: &Store,
    env: &Env,
    place: &Place,
    path: &ContextPath,
) -> Result<ContextChanged, OpError> {
    change_context(store, env, place, &format!("remove {path}"), |_, state| {
        let files = store.context_files(state.root)?;
        let removed = files.keys().filter(|file| *file == path || path.is_folder_of(file));
        let edits: Vec<TreeEdit> = removed.map(TreeEdit::remove_context).collect();
        if edits.is_empty() { Err(no_file(state, path)) } else { Ok(edits) }
    })
}

/// Writes all context files into a folder. Returns how many.
pub fn export_context(
    store: &Store,
    state: &Snapshot,
    folder: &Path,
    options: ExportOptions,
) -> Result<usize, OpError> {
    // Without the `/` or `/.` at its end, which would have a link followed.
    let folder: &Path = &folder.components().collect::<PathBuf>();
    check_target(store, folder)?;
    let files = store.context_files(state.root)?;
    if folder.exists() {
        let occupied = fs::read_dir(folder).map_err(OpError::file("open", folder))?.next().is_some();
        if occupied && options.overwrite == Overwrite::Refuse {
            return Err(OpError::NotEmpty(folder.to_owned()));
        }
        if occupied {
            make_room(folder, files.keys())?;
        }
    }
    Ok(write_folder(store, &files, folder)?.len())
}

/// Adds or replaces context files by those of a folder; what is missing there stays. A file that
/// cannot be stored fails the whole import.
pub fn import_context(
    store: &Store,
    env: &Env,
    place: &Place,
    folder: &NamedPath,
    sensitive: Sensitive,
) -> Result<ContextChanged, OpError> {
    let scan = scan_named(folder, &env.limits, sensitive)?;
    if let Some(first) = scan.withheld.first() {
        let (path, reason) = (first.path.clone(), first.reason.clone());
        let more = scan.withheld.len() - 1;
        let reason = match more {
            0 => reason,
            1 => format!("{reason} (and 1 more file)"),
            _ => format!("{reason} (and {more} more files)"),
        };
        return Err(OpError::Refused { path, reason });
    }
    let input = ContextInput::Overlay(scan);
    change_context(store, env, place, "import files", |batch, state| {
        let changes = folder_changes(batch, &batch.view().context_files(state.root)?, &input)?;
        let put = changes.iter().filter_map(|change| Some((&change.path, change.new?)));
        put.map(|(path, file)| put_edit(batch.view(), state.root, path, file)).collect()
    })
}

/// Returns one line for each file that was withheld.
pub fn describe_withheld(withheld: &[crate::model::Withheld]) -> Vec<String> {
    withheld.iter().map(describe).collect()
}

fn no_file(state: &Snapshot, path: &ContextPath) -> OpError {
    OpError::NoContextFile { path: path.to_string(), place: state.manifest.title.clone() }
}

fn check_target(store: &Store, folder: &Path) -> Result<(), OpError> {
    let bad = |why| OpError::BadTarget { path: folder.to_owned(), why };
    // What is not there yet is made in the nearest folder that is.
    let there = folder.ancestors().find_map(|part| Some((part, fs::canonicalize(part).ok()?)));
    let Some((there, real)) = there else { return Err(bad("it cannot be reached")) };
    if real.parent().is_none() && there == folder {
        return Err(bad("it is the root of the file system"));
    }
    if fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink()) {
        return Err(bad("it is a symbolic link"));
    }
    if fs::metadata(folder).is_ok_and(|found| !found.is_dir()) {
        return Err(bad("it is a file"));
    }
    if store.holds(folder) {
        return Err(bad("it lies in the session store"));
    }
    if fs::symlink_metadata(folder.join(".git")).is_ok() {
        return Err(bad("it is a Git work tree"));
    }
    // A file in `hooks/` would be executed.
    if real.ancestors().any(is_git_folder) {
        return Err(bad("it lies in a Git folder"));
    }
    Ok(())
}

fn is_git_folder(folder: &Path) -> bool {
    let named = folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case(".git"));
    named || ["HEAD", "objects", "refs"].iter().all(|part| folder.join(part).exists())
}

// A link in the folder could lead the writing elsewhere, so links are refused along the way.
fn make_room<'a>(folder: &Path, files: impl Iterator<Item = &'a ContextPath>) -> Result<(), OpError> {
    for path in files {
        let mut at = folder.to_owned();
        for component in path.as_str().split('/') {
            at.push(component);
            match fs::symlink_metadata(&at) {
                Ok(found) if found.is_symlink() => {
                    return Err(OpError::BadTarget { path: at, why: "it is a symbolic link" });
                }
                Ok(found) if found.is_file() => {
                    fs::remove_file(&at).map_err(OpError::file("replace", &at))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}
