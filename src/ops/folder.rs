//! Context files in a folder on disk: taking them in, writing them out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::{Limits, OpError, Sensitive};
use crate::model::{ContextPath, Withheld, is_sensitive_name, shown};
use crate::store::{ContextFile, Store};

/// Why a file whose name looks like a secret's is not stored.
pub(super) const SENSITIVE: &str = "it looks sensitive (--allow-sensitive stores it)";
/// The deepest folder that is read.
const DEPTH: usize = 16;

/// A file that was read from a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    /// Its content.
    pub content: Vec<u8>,
    /// Whether it may be executed.
    pub executable: bool,
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
    let found = fs::symlink_metadata(folder).map_err(OpError::file("open", folder))?;
    if !found.is_dir() {
        let source = io::Error::from(io::ErrorKind::NotADirectory);
        return Err(OpError::file("open", folder)(source));
    }
    let mut scanner = Scanner { root: folder, limits, sensitive, scan: FolderScan::default() };
    scanner.read(folder, "", 0)?;
    scanner.withhold_collisions();
    Ok(scanner.scan)
}

struct Scanner<'a> {
    root: &'a Path,
    limits: &'a Limits,
    sensitive: Sensitive,
    scan: FolderScan,
}

impl Scanner<'_> {
    fn read(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), OpError> {
        let listed = match fs::read_dir(folder) {
            Ok(listed) if depth <= DEPTH => listed,
            Ok(_) => return self.withhold(prefix.trim_end_matches('/'), "it is too deep", None),
            // The files of a folder that cannot be read are unchanged; the given folder itself must be.
            Err(error) if depth > 0 => {
                return self.withhold(prefix.trim_end_matches('/'), &error.to_string(), None);
            }
            Err(error) => return Err(OpError::file("read the folder", folder)(error)),
        };
        let mut entries: Vec<_> = listed.flatten().collect();
        entries.sort_by_key(|entry| entry.file_name());
        for entry in entries {
            let name = entry.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.read(&entry.path(), &format!("{path}/"), depth + 1)?,
                Ok(_) if name.to_str().is_none() => self.withhold(&path, "its name is not UTF-8", None)?,
                Ok(kind) if kind.is_symlink() => self.withhold(&path, "it is a symbolic link", None)?,
                Ok(_) => self.take(&entry.path(), &path)?,
                Err(error) => self.withhold(&path, &error.to_string(), None)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, file: &Path, path: &str) -> Result<(), OpError> {
        if self.scan.files.len() >= self.limits.max_files {
            let path = self.root.to_owned();
            return Err(OpError::TooManyFiles { path, limit: self.limits.max_files });
        }
        let valid = match path.parse::<ContextPath>() {
            Ok(valid) => valid,
            Err(error) => return self.withhold(path, &error.to_string(), None),
        };
        match read_plain_file(file, &valid, self.limits, self.sensitive) {
            Ok(content) => {
                self.scan.files.insert(valid, content);
                Ok(())
            }
            Err(Unread { reason, bytes }) => self.withhold(path, &reason, bytes),
        }
    }

    fn withhold(&mut self, path: &str, reason: &str, bytes: Option<u64>) -> Result<(), OpError> {
        let (path, reason) = (shown_path(path), reason.to_owned());
        self.scan.withheld.push(Withheld { path, reason, bytes });
        Ok(())
    }

    // The first of two names that are one on another system is kept.
    fn withhold_collisions(&mut self) {
        let mut seen: BTreeMap<String, ContextPath> = BTreeMap::new();
        let mut collisions = Vec::new();
        for path in self.scan.files.keys() {
            if let Some(first) = seen.get(&path.folded()) {
                collisions.push((path.clone(), first.clone()));
            } else {
                seen.insert(path.folded(), path.clone());
            }
        }
        for (path, first) in collisions {
            let reason = format!("it would collide with '{first}' on macOS or Windows");
            self.scan.withheld.push(Withheld { path: path.to_string(), reason, bytes: None });
            self.scan.files.remove(&path);
        }
    }
}

/// Why a file was not read.
struct Unread {
    reason: String,
    bytes: Option<u64>,
}

/// Reads one file that is to be stored under `path`.
pub(super) fn read_file(
    file: &Path,
    path: &ContextPath,
    limits: &Limits,
    sensitive: Sensitive,
) -> Result<FolderFile, OpError> {
    read_plain_file(file, path, limits, sensitive)
        .map_err(|Unread { reason, .. }| OpError::Refused { path: file.display().to_string(), reason })
}

// The file is opened before it is looked at, without following a link and without waiting for the
// other end of a pipe: what is checked is what is read.
fn read_plain_file(
    file: &Path,
    path: &ContextPath,
    limits: &Limits,
    sensitive: Sensitive,
) -> Result<FolderFile, Unread> {
    let unread = |reason: String| Unread { reason, bytes: None };
    // A key is one under whatever name it is to be stored.
    let is_secret = path.looks_sensitive() || is_sensitive_name(&file.to_string_lossy());
    if sensitive == Sensitive::Withhold && is_secret {
        return Err(unread(SENSITIVE.to_owned()));
    }
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(file);
    let opened = opened.map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) => unread("it is a symbolic link".to_owned()),
        _ => unread(error.to_string()),
    })?;
    let found = opened.metadata().map_err(|error| unread(error.to_string()))?;
    if !found.is_file() || is_made_up(&opened) {
        return Err(unread("it is not a regular file".to_owned()));
    }
    let over = |bytes: u64| Unread {
        reason: format!("it has {bytes} bytes (session.maxFileBytes is {})", limits.max_file_bytes),
        bytes: Some(bytes),
    };
    if found.len() > limits.max_file_bytes {
        return Err(over(found.len()));
    }
    let content = read_limited(&opened, limits.max_file_bytes).map_err(|error| unread(error.to_string()))?;
    match content.len() as u64 > limits.max_file_bytes {
        true => Err(over(content.len() as u64)),
        false => Ok(FolderFile { content, executable: found.mode() & 0o100 != 0 }),
    }
}

// What the kernel shows of processes and devices as files (`/proc/self/environ` holds tokens).
#[cfg(target_os = "linux")]
fn is_made_up(file: &File) -> bool {
    const SYSFS_MAGIC: rustix::fs::FsWord = 0x6265_6572;
    rustix::fs::fstatfs(file)
        .is_ok_and(|found| [rustix::fs::PROC_SUPER_MAGIC, SYSFS_MAGIC].contains(&found.f_type))
}

#[cfg(not(target_os = "linux"))]
fn is_made_up(_file: &File) -> bool {
    false
}

// One byte over the limit is read, so that a file that grows meanwhile is noticed.
fn read_limited(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    Ok(content)
}

fn shown_path(path: &str) -> String {
    path.chars().map(|c| crate::model::escape_char(c).unwrap_or_else(|| c.to_string())).collect()
}

/// Writes context files into a folder, which is made where it is not there. Files that are there
/// are never followed or written over. Returns the paths that were written.
pub(super) fn write_folder(
    store: &Store,
    files: &BTreeMap<ContextPath, ContextFile>,
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
