//! Opening what somebody named, without being led elsewhere.
//!
//! What is checked is what is read: a file is opened first, without following a link and without
//! waiting for the other end of a pipe, and looked at then. A folder is walked name by name from
//! one that is open, so that no link that appears meanwhile can lead out of it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// Why what is no plain file is not read.
pub(super) const NOT_REGULAR: &str = "it is not a regular file";
const LINK: &str = "it is a symbolic link";

/// A path that somebody named.
///
/// Links in `base` are the system's, such as `/tmp` on macOS, and are followed. Links in `rest` may
/// have come with a repository from a stranger, and are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    base: PathBuf,
    rest: PathBuf,
}

impl NamedPath {
    /// Names `path`, which is absolute. Below one of these folders no link is followed, elsewhere
    /// only the last name may be none.
    pub fn new(path: &Path, folders: &[&Path]) -> Self {
        // Without the `/` at its end, which would have a link followed.
        let path: PathBuf = path.components().collect();
        let below = folders.iter().find_map(|folder| Some((*folder, path.strip_prefix(folder).ok()?)));
        if let Some((base, rest)) = below {
            return Self { base: base.to_owned(), rest: rest.to_owned() };
        }
        match (path.parent(), path.components().next_back()) {
            (Some(base), Some(Component::Normal(name))) => {
                Self { base: base.to_owned(), rest: PathBuf::from(name) }
            }
            _ => Self { base: path, rest: PathBuf::new() },
        }
    }

    /// Returns the path as a whole.
    pub fn path(&self) -> PathBuf {
        if self.rest.as_os_str().is_empty() { self.base.clone() } else { self.base.join(&self.rest) }
    }

    /// Opens it. What is no file and no folder is refused before it is opened: opening a device
    /// may do something.
    pub(super) fn open(&self) -> Result<Opened, Unread> {
        let folder = (flags() | OFlags::DIRECTORY) - OFlags::NOFOLLOW;
        let mut at = Opened::of(rustix::fs::openat(CWD, &self.base, folder, Mode::empty())?)?;
        for name in self.rest.components() {
            at = at.open(name.as_os_str())?;
        }
        Ok(at)
    }
}

/// Why something was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) reason: String,
    pub(super) bytes: Option<u64>,
}

impl Unread {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), bytes: None }
    }

    fn over(bytes: u64, limit: u64) -> Self {
        let reason = format!("it has {bytes} bytes (session.maxFileBytes is {limit})");
        Self { reason, bytes: Some(bytes) }
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::because(error.to_string())
    }
}

impl From<Errno> for Unread {
    fn from(error: Errno) -> Self {
        match error {
            Errno::LOOP => Self::because(LINK),
            other => io::Error::from(other).into(),
        }
    }
}

/// An entry of a folder.
pub(super) struct Listed {
    pub(super) name: OsString,
    kind: FileType,
}

/// A file or a folder that is open, as it was found then.
pub(super) struct Opened {
    file: File,
    found: Stat,
}

impl Opened {
    fn of(opened: OwnedFd) -> Result<Self, Unread> {
        Ok(Self { found: rustix::fs::fstat(&opened)?, file: File::from(opened) })
    }

    /// Opens the file or folder of this name in a folder.
    fn open(&self, name: &OsStr) -> Result<Self, Unread> {
        let found = rustix::fs::statat(&self.file, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
        self.open_kind(name, FileType::from_raw_mode(found.st_mode))
    }

    fn open_kind(&self, name: &OsStr, kind: FileType) -> Result<Self, Unread> {
        match kind {
            FileType::RegularFile | FileType::Directory => {}
            FileType::Symlink => return Err(Unread::because(LINK)),
            _ => return Err(Unread::because(NOT_REGULAR)),
        }
        Self::of(rustix::fs::openat(&self.file, name, flags(), Mode::empty())?)
    }

    /// Opens a file or folder that was listed in a folder. What took its place since, or is mounted over
    /// it, is opened without waiting, and not read where it is no file.
    pub(super) fn open_listed(&self, entry: &Listed) -> Result<Self, Unread> {
        match entry.kind {
            // Not every file system tells it with the name.
            FileType::Unknown => self.open(&entry.name),
            kind => self.open_kind(&entry.name, kind),
        }
    }

    /// Lists what is in a folder, sorted by name.
    pub(super) fn list(&self) -> io::Result<Vec<Listed>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.file)? {
            // An entry that is passed over here would count as deleted.
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes()).to_owned();
            if name != "." && name != ".." {
                entries.push(Listed { name, kind: entry.file_type() });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Tells whether it is a folder.
    pub(super) fn is_folder(&self) -> bool {
        FileType::from_raw_mode(self.found.st_mode).is_dir()
    }

    /// The content of a plain file, and whether it may be executed.
    pub(super) fn read(mut self, limit: u64) -> Result<(Vec<u8>, bool), Unread> {
        let is_file = FileType::from_raw_mode(self.found.st_mode).is_file();
        // Files on a disk have blocks; where there are none, the file system is asked for.
        if !is_file || (self.found.st_blocks == 0 && is_made_up(&self.file)) {
            return Err(Unread::because(NOT_REGULAR));
        }
        let bytes = u64::try_from(self.found.st_size).unwrap_or_default();
        if bytes > limit {
            return Err(Unread::over(bytes, limit));
        }
        let content = self.read_all(bytes, limit)?;
        match content.len() as u64 > limit {
            true => Err(Unread::over(content.len() as u64, limit)),
            false => Ok((content, self.found.st_mode & 0o100 != 0)),
        }
    }

    // One byte over the limit is read, so that a file that grows meanwhile is noticed.
    fn read_all(&mut self, bytes: u64, limit: u64) -> io::Result<Vec<u8>> {
        let room = usize::try_from(bytes + 1).unwrap_or_default();
        let mut content = vec![0; room];
        let read = self.file.read(&mut content)?;
        content.truncate(read);
        // There was room for more than it has, so that was its end.
        if read as u64 != bytes {
            (&self.file)
                .take(limit.saturating_add(1).saturating_sub(read as u64))
                .read_to_end(&mut content)?;
        }
        Ok(content)
    }
}

fn flags() -> OFlags {
    OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}

/// Opens a text that somebody named for reading; links are followed, as `cat` does.
///
/// A pipe is only read where the shell opened it (`<(command)`, which arrives as `/dev/fd/63`):
/// one in the file system would make us wait for a writer that may never come.
pub fn open_text(path: &Path) -> Result<File, io::Error> {
    let refused = || io::Error::other(NOT_REGULAR);
    let opening = (flags() - OFlags::NOFOLLOW, Mode::empty());
    let found = rustix::fs::stat(path)?;
    match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => {}
        FileType::Fifo if ["/dev/fd", "/proc/self/fd"].iter().any(|open| path.starts_with(open)) => {}
        _ => return Err(refused()),
    }
    let opened = rustix::fs::open(path, opening.0, opening.1)?;
    match FileType::from_raw_mode(rustix::fs::fstat(&opened)?.st_mode) {
        // It was opened without waiting; it is read with.
        FileType::Fifo => rustix::fs::fcntl_setfl(&opened, OFlags::RDONLY)?,
        FileType::RegularFile => {}
        _ => return Err(refused()),
    }
    let file = File::from(opened);
    if is_made_up(&file) { Err(refused()) } else { Ok(file) }
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn content(path: &Path, folders: &[&Path]) -> Result<String, String> {
        let opened = NamedPath::new(path, folders).open().map_err(|unread| unread.reason)?;
        let (content, _) = opened.read(100).map_err(|unread| unread.reason)?;
        Ok(String::from_utf8(content).expect("text"))
    }

    #[test]
    fn links_are_followed_above_a_folder_and_not_below() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::create_dir_all(real.join("sub")).expect("made");
        fs::write(real.join("sub/file"), "x").expect("written");
        symlink(&real, &link).expect("linked");
        symlink(real.join("sub"), real.join("inside")).expect("linked");
        symlink(real.join("sub/file"), real.join("last")).expect("linked");
        let linked = Err(LINK.to_owned());
        assert_eq!(
            content(&link.join("sub/file"), &[]),
            Ok("x".to_owned()),
            "the system's links are followed"
        );
        assert_eq!(content(&link.join("sub/file"), &[&link]), Ok("x".to_owned()));
        assert_eq!(content(&link.join("sub/file"), &[dir.path()]), linked);
        assert_eq!(content(&real.join("inside/file"), &[&real]), linked);
        assert_eq!(content(&real.join("sub/../inside/file"), &[&real]), linked);
        for folders in [&[][..], &[&*real]] {
            assert_eq!(content(&real.join("last"), folders), linked, "the last name may never be one");
            assert_eq!(content(&real.join("sub"), folders), Err(NOT_REGULAR.to_owned()));
        }
    }

    #[test]
    fn what_a_listing_does_not_tell_is_asked_for() {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::write(dir.path().join("file"), "x").expect("written");
        symlink("file", dir.path().join("link")).expect("linked");
        let folder = NamedPath::new(dir.path(), &[]).open().map_err(|unread| unread.reason).expect("opened");
        for entry in folder.list().expect("listed") {
            let unknown = Listed { kind: FileType::Unknown, name: entry.name.clone() };
            let told =
                [&entry, &unknown].map(|entry| folder.open_listed(entry).map_err(|unread| unread.reason));
            let told = told.map(|opened| opened.map(|opened| opened.is_folder()));
            let expected = if entry.name == "link" { Err(LINK.to_owned()) } else { Ok(false) };
            assert_eq!(told, [expected.clone(), expected]);
        }
    }

    #[test]
    fn a_path_is_whole_again() {
        for (path, folders) in
            [("/a/b/c", &["/a"][..]), ("/a/b/c/", &[]), ("/", &[]), ("/a/..", &[]), ("/a", &["/a"])]
        {
            let folders: Vec<&Path> = folders.iter().map(Path::new).collect();
            assert_eq!(NamedPath::new(Path::new(path), &folders).path(), Path::new(path), "{path}");
        }
    }
}
