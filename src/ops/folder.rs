//! Context files in a folder on disk: taking them in, writing them out.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::plain_file::{Listed, NamedPath, Opened, Unread};
use super::{Limits, OpError, Sensitive};
use crate::model::{ContextPath, Withheld, is_sensitive_name, shown};
use crate::store::{BlobId, ContextFiles, SessionRef, Store};

/// Why a file whose name looks like a secret's is not stored.
pub(super) const SENSITIVE: &str = "it looks sensitive (--allow-sensitive stores it)";
/// The deepest folder that is read.
const DEPTH: usize = 16;

/// A file that was read from a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    /// Its content.
    pub content: FolderContent,
    /// Whether it may be executed.
    pub executable: bool,
}

/// The content of a file in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderContent {
    /// These bytes.
    Read(Vec<u8>),
    /// That of a file of the store, so it is not kept in memory.
    Stored(BlobId),
}

/// What a folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderScan {
    /// The files that can be stored.
    pub files: BTreeMap<ContextPath, FolderFile>,
    /// The files that are not stored, and why. They count as unchanged, never as deleted.
    pub withheld: Vec<Withheld>,
}

impl FolderScan {
    /// Tells whether nothing is known of what became of a path: it, or a folder that it lies in,
    /// was withheld.
    pub fn hides(&self, path: &ContextPath) -> bool {
        let path = path.as_str();
        self.withheld.iter().any(|withheld| {
            path.strip_prefix(&withheld.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// Reads the files of a folder. Links are not followed; what is no plain file, too large,
/// unreadable or looks like a secret is withheld.
pub fn scan_folder(folder: &Path, limits: &Limits, sensitive: Sensitive) -> Result<FolderScan, OpError> {
    scan_named(&NamedPath::new(folder, &[]), limits, sensitive)
}

/// Reads the files of a folder that somebody named, as [`scan_folder`] does.
pub fn scan_named(folder: &NamedPath, limits: &Limits, sensitive: Sensitive) -> Result<FolderScan, OpError> {
    scan(folder, limits, sensitive, &ContextFiles::new())
}

/// Reads the files of a folder that is to be recorded in a session, as [`scan_folder`] does. The
/// content of those that are as the session has them is let go: only what changed takes memory.
pub fn scan_for(
    store: &Store,
    session: &SessionRef,
    folder: &NamedPath,
    limits: &Limits,
    sensitive: Sensitive,
) -> Result<FolderScan, OpError> {
    scan(folder, limits, sensitive, &store.context_files(store.snapshot(session.tip)?.root)?)
}

fn scan(
    folder: &NamedPath,
    limits: &Limits,
    sensitive: Sensitive,
    stored: &ContextFiles,
) -> Result<FolderScan, OpError> {
    let root = folder.path();
    let failed = |source: io::Error| OpError::file("read the folder", &root)(source);
    let opened = folder.open().map_err(|unread| failed(io::Error::other(unread.reason)))?;
    if !opened.is_folder() {
        return Err(failed(io::Error::from(io::ErrorKind::NotADirectory)));
    }
    let entries = opened.list().map_err(failed)?;
    let mut scanner = Scanner { root: &root, limits, sensitive, stored, scan: FolderScan::default() };
    scanner.read(&opened, entries, "", 1)?;
    scanner.withhold_collisions();
    scanner.scan.withheld.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(scanner.scan)
}

struct Scanner<'a> {
    root: &'a Path,
    limits: &'a Limits,
    sensitive: Sensitive,
    stored: &'a ContextFiles,
    scan: FolderScan,
}

impl Scanner<'_> {
    fn read(
        &mut self,
        folder: &Opened,
        entries: Vec<Listed>,
        prefix: &str,
        depth: usize,
    ) -> Result<(), OpError> {
        for entry in entries {
            let path = format!("{prefix}{}", entry.name.to_string_lossy());
            match folder.open_listed(&entry) {
                Ok(opened) if opened.is_folder() => self.enter(&opened, &path, depth)?,
                _ if entry.name.to_str().is_none() => self.withhold(&path, "its name is not UTF-8", None)?,
                Ok(opened) => self.take(opened, &path)?,
                Err(Unread { reason, bytes }) => self.withhold(&path, &reason, bytes)?,
            }
        }
        Ok(())
    }

    // The files of a folder that cannot be read are unchanged.
    fn enter(&mut self, folder: &Opened, path: &str, depth: usize) -> Result<(), OpError> {
        match folder.list() {
            Ok(_) if depth > DEPTH => self.withhold(path, "it is too deep", None),
            Ok(entries) => self.read(folder, entries, &format!("{path}/"), depth + 1),
            Err(error) => self.withhold(path, &error.to_string(), None),
        }
    }

    fn take(&mut self, file: Opened, path: &str) -> Result<(), OpError> {
        if self.scan.files.len() >= self.limits.max_files {
            return Err(self.too_many());
        }
        let valid = match path.parse::<ContextPath>() {
            Ok(valid) => valid,
            Err(error) => return self.withhold(path, &error.to_string(), None),
        };
        if self.sensitive == Sensitive::Withhold && valid.looks_sensitive() {
            return self.withhold(path, SENSITIVE, None);
        }
        match file.read(self.limits.max_file_bytes) {
            Ok((content, executable)) => {
                let content = match self.stored.get(&valid) {
                    Some(stored) if stored.blob.is_of(&content) => FolderContent::Stored(stored.blob),
                    _ => FolderContent::Read(content),
                };
                self.scan.files.insert(valid, FolderFile { content, executable });
                Ok(())
            }
            Err(Unread { reason, bytes }) => self.withhold(path, &reason, bytes),
        }
    }

    fn too_many(&self) -> OpError {
        OpError::TooManyFiles { path: self.root.to_owned(), limit: self.limits.max_files }
    }

    fn withhold(&mut self, path: &str, reason: &str, bytes: Option<u64>) -> Result<(), OpError> {
        if self.scan.withheld.len() >= self.limits.max_files {
            return Err(self.too_many());
        }
        let (path, reason) = (shown_path(path), reason.to_owned());
        self.scan.withheld.push(Withheld { path, reason, bytes });
        Ok(())
    }

    // The first of two names that are one on another system is kept.
    fn withhold_collisions(&mut self) {
        let mut seen: BTreeMap<String, ContextPath> = BTreeMap::new();
        let mut collisions = Vec::new();
        for path in self.scan.files.keys() {
            match seen.entry(path.folded()) {
                Entry::Occupied(first) => collisions.push((path.clone(), first.get().clone())),
                Entry::Vacant(free) => _ = free.insert(path.clone()),
            }
        }
        for (path, first) in collisions {
            let reason = format!("it would collide with '{first}' on macOS or Windows");
            self.scan.withheld.push(Withheld { path: path.to_string(), reason, bytes: None });
            self.scan.files.remove(&path);
        }
    }
}

/// Reads one file that is to be stored under `path`.
pub(super) fn read_file(
    file: &NamedPath,
    path: &ContextPath,
    limits: &Limits,
    sensitive: Sensitive,
) -> Result<Vec<u8>, OpError> {
    let shown = file.path();
    let refused = |reason: String| OpError::Refused { path: shown.display().to_string(), reason };
    // A key is one under whatever name it is to be stored.
    let is_secret = path.looks_sensitive() || is_sensitive_name(&shown.to_string_lossy());
    if sensitive == Sensitive::Withhold && is_secret {
        return Err(refused(SENSITIVE.to_owned()));
    }
    let read = file.open().and_then(|opened| opened.read(limits.max_file_bytes));
    read.map(|(content, _)| content).map_err(|unread| refused(unread.reason))
}

fn shown_path(path: &str) -> String {
    path.chars().map(|c| crate::model::escape_char(c).unwrap_or_else(|| c.to_string())).collect()
}

/// Writes context files into a folder, which is made where it is not there. Files that are there
/// are never followed or written over. Returns the paths that were written.
pub(super) fn write_folder(
    store: &Store,
    files: &ContextFiles,
    folder: &Path,
) -> Result<BTreeSet<ContextPath>, OpError> {
    fs::create_dir_all(folder).map_err(OpError::file("create the folder", folder))?;
    let mut written = BTreeSet::new();
    for (path, file) in files {
        let target = folder.join(path.as_str());
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(OpError::file("create the folder", parent))?;
        }
        let content = store.read_blob(file.blob, u64::MAX)?;
        write_new(&target, &content, file.executable).map_err(OpError::file("write", &target))?;
        written.insert(path.clone());
    }
    Ok(written)
}

fn write_new(target: &PathBuf, content: &[u8], executable: bool) -> io::Result<()> {
    let mode = if executable { 0o777 } else { 0o666 };
    let flags = libc::O_NOFOLLOW | libc::O_CLOEXEC;
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(mode).custom_flags(flags).open(target)?;
    file.write_all(content)
}

/// Describes a refused file for messages.
pub(super) fn describe(withheld: &Withheld) -> String {
    format!("{}: {}", shown(&withheld.path), withheld.reason)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::store::ContextFile;

    fn scan(folder: &Path) -> FolderScan {
        scan_folder(folder, &Limits::default(), Sensitive::Withhold).expect("readable")
    }

    #[test]
    fn only_plain_files_are_taken() {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::create_dir(dir.path().join("a")).expect("made");
        fs::write(dir.path().join("a/b.sh"), "echo").expect("written");
        fs::set_permissions(dir.path().join("a/b.sh"), fs::Permissions::from_mode(0o755)).expect("set");
        fs::write(dir.path().join(".env"), "SECRET=canary").expect("written");
        fs::write(dir.path().join("con.md"), "x").expect("written");
        symlink("/etc/passwd", dir.path().join("link")).expect("linked");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.path().join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .expect("made");
        let scan = scan(dir.path());
        let names: Vec<&str> = scan.files.keys().map(ContextPath::as_str).collect();
        assert_eq!(names, ["a/b.sh"]);
        assert!(scan.files.values().all(|file| file.executable));
        let withheld: Vec<&str> = scan.withheld.iter().map(|w| w.path.as_str()).collect();
        assert_eq!(withheld, [".env", "con.md", "link", "pipe"]);
    }

    #[test]
    fn what_is_stored_as_it_is_takes_no_memory() {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::write(dir.path().join("same"), "hello\n").expect("written");
        fs::write(dir.path().join("changed"), "hello!\n").expect("written");
        // As `git hash-object` names "hello\n".
        let blob = BlobId::from_hex("ce013625030ba8dba906f756967f9e9ca394464a").expect("an id");
        let file = |name: &str| (name.parse().expect("valid"), ContextFile { blob, executable: false });
        let stored = ContextFiles::from([file("same"), file("changed")]);
        let named = NamedPath::new(dir.path(), &[]);
        let scan = super::scan(&named, &Limits::default(), Sensitive::Withhold, &stored).expect("readable");
        let contents: Vec<&FolderContent> = scan.files.values().map(|file| &file.content).collect();
        assert_eq!(contents, [&FolderContent::Read(b"hello!\n".to_vec()), &FolderContent::Stored(blob)]);
    }

    #[test]
    fn a_file_that_is_withheld_is_not_taken_for_deleted() {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::create_dir(dir.path().join("big")).expect("made");
        fs::write(dir.path().join("big/file"), "12345").expect("written");
        let limits = Limits { max_file_bytes: 4, ..Limits::default() };
        let scan = scan_folder(dir.path(), &limits, Sensitive::Withhold).expect("readable");
        assert!(scan.hides(&"big/file".parse().expect("valid")));
        assert!(!scan.hides(&"big/file2".parse().expect("valid")));
        assert_eq!(scan.withheld.first().and_then(|w| w.bytes), Some(5));
    }

    #[test]
    fn names_that_are_one_elsewhere_are_kept_once() {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::write(dir.path().join("README.md"), "x").expect("written");
        fs::write(dir.path().join("readme.md"), "y").expect("written");
        let scan = scan(dir.path());
        assert_eq!(scan.files.len(), 1);
        assert_eq!(scan.withheld.len(), 1);
    }
}
