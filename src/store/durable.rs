//! Writing files so that they survive a power cut, and removing them.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::StoreError;

/// How often something is tried again because Git's own maintenance removed the folder under it.
pub(super) const FOLDER_RETRIES: usize = 5;

/// What is on disk when a write returns (`session.fsync`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Every file and folder is synced by itself.
    Full,
    /// The content of objects and of the ref is handed to the disk, and one sync of the ref's folder
    /// makes all of it durable, much as Git's `core.fsyncMethod=batch` does. That is right where one
    /// journal orders the whole file system (ext4, xfs, APFS); elsewhere this is [`Self::Full`].
    #[default]
    Batch,
    /// Nothing is synced; a power cut may lose the last runs.
    Off,
}

impl Durability {
    /// Reads the word of the setting; `None` where it is none.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "full" => Some(Self::Full),
            "batch" => Some(Self::Batch),
            "off" => Some(Self::Off),
            _ => None,
        }
    }

    /// Returns what holds in a folder: on a file system without one journal, `Batch` would lose what
    /// it reported. btrfs, for one, makes with a file durable only what belongs to that file.
    #[cfg(target_os = "linux")]
    pub(super) fn on(self, folder: &Path) -> Self {
        const EXT4: rustix::fs::FsWord = 0xef53;
        const XFS: rustix::fs::FsWord = 0x5846_5342;
        const TMPFS: rustix::fs::FsWord = 0x0102_1994;
        let has_one_journal =
            || rustix::fs::statfs(folder).is_ok_and(|found| [EXT4, XFS, TMPFS].contains(&found.f_type));
        if self == Self::Batch && !has_one_journal() { Self::Full } else { self }
    }

    /// Returns what holds in a folder.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn on(self, _folder: &Path) -> Self {
        self
    }

    /// Lets the disk begin with the content of a file, without waiting for it.
    pub(super) fn begin_content(self, file: &File) -> io::Result<()> {
        match self {
            Self::Full | Self::Batch => write_back(file, Wait::No),
            Self::Off => Ok(()),
        }
    }

    /// Makes the content of a file durable, or hands it to the disk for the barrier that follows.
    pub(super) fn sync_content(self, file: &File) -> io::Result<()> {
        match self {
            Self::Full => file.sync_all(),
            Self::Batch => write_back(file, Wait::Yes),
            Self::Off => Ok(()),
        }
    }

    /// Makes the names in a folder durable, where each object is synced by itself.
    pub(super) fn sync_object_folder(self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Full => sync_folder(folder),
            Self::Batch | Self::Off => Ok(()),
        }
    }

    /// Makes the content of a file durable on which what was written before depends.
    pub(super) fn sync_barrier(self, file: &File) -> io::Result<()> {
        match self {
            Self::Full | Self::Batch => file.sync_all(),
            Self::Off => Ok(()),
        }
    }

    /// Makes the names in a folder durable.
    pub(super) fn sync_barrier_folder(self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Full | Self::Batch => sync_folder(folder),
            Self::Off => Ok(()),
        }
    }
}

/// How temporary files are called that lie beside what they become. No ref's name starts with a dot,
/// so one that a killed process left beside a branch is none.
pub(super) const TEMPORARY: &str = ".tmp_";

/// Writes a small file whole or not at all: to a temporary file beside it, synced, then renamed.
pub(super) fn write_file(path: &Path, content: &[u8], durability: Durability) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(content)?;
    durability.sync_barrier(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    durability.sync_barrier_folder(folder)
}

/// Makes a file, and the folder that it lies in where that is not there: Git's own maintenance
/// removes a folder that became empty, also from under who is about to use it.
pub(super) fn make_in<T>(folder: &Path, make: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..FOLDER_RETRIES {
        match make() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => return other,
        }
        match std::fs::create_dir_all(folder) {
            // It, or one above it, was just removed.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => {}
            made => made?,
        }
    }
    make()
}

/// Removes a file; that it is gone already is well.
pub(super) fn remove_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

// fsync on a folder is what makes a rename in it durable (fsync(2)).
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether to wait until the disk has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    No,
    Yes,
}

// ext4 allocates blocks late: the journal commit that the next sync forces would know the file but
// not its content. So the content is written out here, without waiting for the journal.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no safe wrapper of sync_file_range(2) is maintained")]
fn write_back(file: &File, wait: Wait) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;

    let around = libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    let flags = match wait {
        Wait::No => libc::SYNC_FILE_RANGE_WRITE,
        Wait::Yes => libc::SYNC_FILE_RANGE_WRITE | around,
    };
    // SAFETY: the descriptor is open for as long as `file` is borrowed, and the call takes no pointers.
    match unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, flags) } {
        0 => Ok(()),
        // File systems without a page cache of their own do not know the call.
        _ if io::Error::last_os_error().kind() == ErrorKind::NotSeekable => match wait {
            Wait::No => Ok(()),
            Wait::Yes => file.sync_data(),
        },
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(not(target_os = "linux"))]
fn write_back(file: &File, wait: Wait) -> io::Result<()> {
    match wait {
        Wait::No => Ok(()),
        Wait::Yes => file.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_that_is_removed_again_and_again_is_made_each_time() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (folder, removed) = (dir.path().join("a/b"), Cell::new(0));
        let make = |most: usize| {
            if removed.get() < most {
                removed.set(removed.get() + 1);
                let _ = fs::remove_dir_all(dir.path().join("a"));
            }
            File::create(folder.join("file"))
        };
        make_in(&folder, || make(FOLDER_RETRIES)).expect("made at the last try");
        removed.set(0);
        let error = make_in(&folder, || make(usize::MAX)).expect_err("given up");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
