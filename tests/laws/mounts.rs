//! File systems of their own, which go away with the test.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::place::works;

/// What `FS_IOC_SHUTDOWN` without flushing the journal does to a mounted file system: a power cut.
const CUT: &str =
    "import fcntl, os, sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, b'\\2\\0\\0\\0')";

fn mount_point(folder: &TempDir) -> PathBuf {
    folder.path().join("mount")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// A file system in memory.
pub struct Memory {
    folder: TempDir,
}

impl Memory {
    /// Mounts one; `None` where that is not allowed.
    pub fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let point = mount_point(&folder);
        fs::create_dir(&point).expect("made");
        let options = format!("mode=0700,{options}");
        let is_there = works("mount", &["-t", "tmpfs", "-o", &options, "tmpfs", text(&point)]);
        is_there.then_some(Self { folder })
    }

    pub fn path(&self) -> PathBuf {
        mount_point(&self.folder)
    }

    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(works("mount", &["-o", &options, text(&self.path())]), "{options}");
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // Lazily: a child that a failed test left may still be in it.
        works("umount", &["-l", text(&self.path())]);
    }
}

/// A file system in a file, whose power can be cut.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    pub fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let disk = Self { folder };
        fs::create_dir(disk.mount_point()).expect("made");
        let image = fs::File::create(disk.image()).expect("made");
        image.set_len(128 * 1024 * 1024).expect("sized");
        let made = works("mkfs.ext4", &["-q", "-F", disk.image().to_str()?]);
        (made && disk.mount()).then_some(disk)
    }

    pub fn mount_point(&self) -> PathBuf {
        mount_point(&self.folder)
    }

    /// Cuts the power, and turns it on again.
    pub fn cut(&self) {
        let point = self.mount_point();
        assert!(works("python3", &["-c", CUT, text(&point)]), "the file system is shut down");
        assert!(works("umount", &[text(&point)]) && self.mount(), "the file system recovers");
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mount(&self) -> bool {
        works("mount", &["-o", "loop", text(&self.image()), text(&self.mount_point())])
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        works("umount", &[text(&self.mount_point())]);
    }
}
