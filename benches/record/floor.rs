//! What the disk takes of a durable record, whatever the program does besides.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::NamedTempFile;
use uuid::Uuid;

use crate::others::{MANIFEST_BYTES, RUN_BYTES, words};
use crate::ours::content;
use crate::{CHANGED, Sample};

/// The bytes of a run in two files, each synced.
pub fn two_files() -> Sample<'static> {
    let dir = tempfile::tempdir().expect("temporary folder");
    let mut count = 0;
    Box::new(move || {
        count += 1;
        let content: String = (0..CHANGED).map(|file| content(file, Uuid::new_v4())).collect();
        let own = words(MANIFEST_BYTES + RUN_BYTES);
        let started = Instant::now();
        for (name, text) in [("context", &content), ("run", &own)] {
            let mut file = File::create(dir.path().join(format!("{name}-{count}"))).expect("made");
            file.write_all(text.as_bytes()).expect("written");
            file.sync_all().expect("synced");
        }
        started.elapsed()
    })
}

/// The files of a record and nothing else, in the order of docs/TRUST.md: 9 objects, the branch, its
/// reflog, one sync.
pub fn all_files() -> Sample<'static> {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = |below: &str| dir.path().join(below);
    fs::create_dir(path("refs")).expect("made");
    (0..=u8::MAX).for_each(|first| fs::create_dir_all(path(&format!("objects/{first:02x}"))).expect("made"));
    Box::new(move || {
        // Three contents, the manifest, the record, three folders, the commit.
        let sizes = [4100, 4100, 4100, MANIFEST_BYTES, RUN_BYTES, 1700, 110, 50, 400];
        let objects: Vec<(PathBuf, String)> = sizes.map(|bytes| (object(dir.path()), words(bytes))).into();
        let started = Instant::now();
        let written: Vec<_> = objects.iter().map(|(path, text)| (write(path, text), path)).collect();
        let value = begin_branch(dir.path());
        written.iter().for_each(|(file, _)| wait(file.as_file()));
        for (file, path) in written {
            file.persist(path).expect("named");
        }
        move_branch(dir.path(), &value);
        started.elapsed()
    })
}

fn object(dir: &Path) -> PathBuf {
    let id = Uuid::new_v4().simple().to_string();
    let (folder, name) = id.split_at(2);
    dir.join("objects").join(folder).join(name)
}

fn write(path: &Path, text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new_in(path.parent().expect("a folder")).expect("made");
    file.write_all(text.as_bytes()).expect("written");
    begin(file.as_file());
    file
}

fn begin_branch(dir: &Path) -> File {
    let mut value = File::create(dir.join("refs/branch.lock")).expect("made");
    value.write_all(&[b'0'; 41]).expect("written");
    begin(&value);
    value
}

fn move_branch(dir: &Path, value: &File) {
    let mut log = OpenOptions::new().append(true).create(true).open(dir.join("log")).expect("opened");
    log.write_all(&[b'0'; 150]).expect("written");
    begin(&log);
    wait(value);
    fs::rename(dir.join("refs/branch.lock"), dir.join("refs/branch")).expect("named");
    wait(&log);
    File::open(dir.join("refs")).and_then(|folder| folder.sync_all()).expect("synced");
}

#[cfg(target_os = "linux")]
fn begin(file: &File) {
    write_back(file, libc::SYNC_FILE_RANGE_WRITE);
}

#[cfg(target_os = "linux")]
fn wait(file: &File) {
    let around = libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    write_back(file, libc::SYNC_FILE_RANGE_WRITE | around);
}

#[cfg(not(target_os = "linux"))]
fn begin(_file: &File) {}

#[cfg(not(target_os = "linux"))]
fn wait(file: &File) {
    file.sync_all().expect("synced");
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no safe wrapper of sync_file_range(2) is maintained")]
fn write_back(file: &File, flags: u32) {
    use std::os::fd::AsRawFd as _;

    // SAFETY: the descriptor is open for as long as `file` is borrowed, and the call takes no pointers.
    let done = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, flags) };
    assert_eq!(done, 0, "written back");
}
