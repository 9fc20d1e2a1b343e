//! A store that cannot be written to can be read, and says why a write fails.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Output};

use crate::lab::clean;
use crate::mounts::Memory;
use crate::place::{Place, said, works};

/// The user and group of nobody.
const NOBODY: u32 = 65534;

const READING: [&[&str]; 11] = [
    &["list"],
    &["runs"],
    &["show"],
    &["show", "@1"],
    &["status"],
    &["log"],
    &["brief"],
    &["know"],
    &["decide"],
    &["context", "ls"],
    &["context", "cat", "notes.md"],
];

const WRITING: [&[&str]; 12] = [
    &["record", "-m", "run"],
    &["new", "Other"],
    &["begin"],
    &["finish"],
    &["abort", "--discard"],
    &["checkpoint"],
    &["know", "build.command", "make"],
    &["note", "a line"],
    &["decide", "a way"],
    &["edit", "--title", "Another"],
    &["context", "rm", "notes.md"],
    &["switch", "Filled"],
];

/// Makes a store with a run, a note and an open run.
fn fill(place: &Place) {
    place.ok(&["-q", "new", "Filled"]);
    place.ok(&["-q", "note", "a line"]);
    place.ok(&["-q", "record", "-m", "run"]);
    place.ok(&["-q", "begin"]);
}

/// Lists all files with their sizes, but for locks.
fn contents(folder: &Path) -> Vec<String> {
    let output = Command::new("find").arg(folder).args(["-printf", "%P %s\n"]).output().expect("runs");
    let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    // Locks are files that stay, and say nothing.
    lines.retain(|line| !line.starts_with("git-session/locks/"));
    lines.sort();
    lines
}

#[test]
fn a_read_only_disk_can_be_read_and_refuses_writes() {
    let Some(disk) = Memory::mount("size=30m") else {
        println!("skipped: mounting a tmpfs needs root");
        return;
    };
    let mut place = Place::new();
    place.store = disk.path().join("s.git");
    fill(&place);
    disk.remount("ro");
    let before = contents(&place.store);
    READING.iter().for_each(|verb| drop(place.ok(verb)));
    for verb in WRITING.iter().chain(&[&["rm", "Filled"][..]]) {
        let output = place.run(verb);
        let error = said(&output);
        assert_eq!(output.status.code(), Some(1), "{verb:?}: {error}");
        let place = format!("error: the store is read-only: {}\n", place.store.display());
        // A session with an open run is not removed anyway.
        assert!(error.contains(&place), "{verb:?}: {error}");
        assert!(error.contains("hint: "), "{verb:?}: {error}");
    }
    let elsewhere = disk.path().join("other.git");
    let absent = place.run(&["--store", elsewhere.to_str().expect("text"), "new", "X"]);
    assert!(said(&absent).contains("read-only"), "{}", said(&absent));
    assert_eq!(contents(&place.store), before, "nothing was changed");
    disk.remount("rw");
    place.ok(&["record", "-m", "after"]);
    place.fsck();
    println!(
        "read-only disk: {} reading verbs work, {} writing verbs refuse",
        READING.len(),
        WRITING.len() + 1
    );
}

/// A store that belongs to somebody without special rights.
struct Nobodys {
    place: Place,
}

impl Nobodys {
    fn new() -> Option<Self> {
        let place = Place::new();
        let home = place.home.path();
        let program = home.join("git-session");
        let original = env!("CARGO_BIN_EXE_git-session");
        if fs::hard_link(original, &program).is_err() {
            fs::copy(original, &program).expect("copied");
        }
        chown(home, Some(NOBODY), Some(NOBODY)).ok()?;
        let nobodys = Self { place };
        works("setpriv", &["--reuid=65534", "--regid=65534", "--clear-groups", "true"]).then_some(nobodys)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let home = self.place.home.path();
        let mut command = Command::new("setpriv");
        clean(&mut command, home);
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(home.join("git-session"));
        command.arg("--store").arg(&self.place.store).args(arguments).current_dir(home);
        command.output().expect("runs")
    }

    fn ok(&self, arguments: &[&str]) {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    }

    fn forbid_writes(&self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("listed").flatten() {
            if entry.path().is_dir() {
                self.forbid_writes(&entry.path());
            }
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).expect("set");
    }
}

#[test]
fn a_folder_without_permission_is_named() {
    let Some(nobodys) = Nobodys::new() else {
        println!("skipped: becoming another user needs root and setpriv");
        return;
    };
    for verb in [&["-q", "new", "Filled"][..], &["-q", "note", "a line"], &["-q", "record", "-m", "run"]] {
        nobodys.ok(verb);
    }
    let store = &nobodys.place.store;
    let before = contents(store);
    for folder in ["objects", ""] {
        nobodys.forbid_writes(&store.join(folder));
        READING.iter().for_each(|verb| nobodys.ok(verb));
        for verb in [&["record", "-m", "refused"][..], &["note", "refused"], &["new", "Refused"]] {
            let output = nobodys.run(verb);
            let error = said(&output);
            assert_eq!(output.status.code(), Some(1), "{verb:?}: {error}");
            assert!(error.contains("Permission denied"), "{verb:?}: {error}");
            assert!(error.contains(store.to_str().expect("text")), "the path is named: {error}");
            assert!(error.contains("hint: the store must be yours and writable"), "{error}");
        }
    }
    assert_eq!(contents(store), before, "nothing was changed");
    println!("store without permission to write: reading works, 3 writing verbs name the path");
}
