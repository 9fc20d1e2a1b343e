//! The real program on a store of its own, with a home of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::lab::{clean, git};

pub struct Place {
    pub home: TempDir,
    pub store: PathBuf,
}

impl Place {
    /// Makes a place whose store is not there yet.
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("temporary folder");
        Self { store: home.path().join("s.git"), home }
    }

    /// Makes a place whose store has a current session.
    pub fn with_session() -> Self {
        let place = Self::new();
        place.ok(&["-q", "new", "Place"]);
        place
    }

    /// Makes a command that works in this place; `wrapper` runs it.
    pub fn command(&self, wrapper: &[&str], arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_git-session");
        let mut words = wrapper.iter().copied().chain([program]);
        let mut command = Command::new(words.next().expect("there is the program"));
        clean(&mut command, self.home.path());
        command.args(words).arg("--store").arg(&self.store).args(arguments);
        command.current_dir(self.home.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(&[], arguments).output().expect("runs")
    }

    pub fn ok(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        output
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Records a run; the run's id where it was reported.
    pub fn record(&self, wrapper: &[&str], summary: &str) -> (Output, Option<String>) {
        let output = self.command(wrapper, &["record", "--json", "-m", summary]).output().expect("runs");
        let run = reported(&output, "run");
        (output, run)
    }

    pub fn runs(&self) -> BTreeSet<String> {
        let runs = self.json(&["runs"]);
        let ids = runs.as_array().expect("a list").iter().filter_map(|run| run["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    pub fn refs(&self) -> String {
        String::from_utf8(git(&self.store, &["for-each-ref"]).stdout).expect("text")
    }

    /// Returns what git finds wrong.
    pub fn fsck_says(&self) -> Option<String> {
        let output = git(&self.store, &["fsck", "--strict", "--full", "--no-dangling"]);
        (!output.status.success()).then(|| said(&output))
    }

    pub fn fsck(&self) {
        assert_eq!(self.fsck_says(), None, "git fsck is content");
    }

    /// Returns the first line of a branch's log that does not go on where the one before it ended.
    pub fn broken_log(&self) -> Option<String> {
        let logs = files_below(&self.store.join("logs/refs/heads"));
        logs.iter().find_map(|log| {
            let lines = fs::read_to_string(log).expect("readable");
            let mut at = "0".repeat(40);
            let broken = lines.split_inclusive('\n').find(|line| {
                let goes_on = line.starts_with(&at) && line.ends_with('\n');
                at = line.get(41..81).unwrap_or_default().to_owned();
                !goes_on
            });
            broken.map(|line| format!("{}: {line}", log.display()))
        })
    }

    /// Lists files that no process needs once it has ended: temporaries, and locks of refs.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let mut found = files_below(self.home.path());
        if !self.store.starts_with(self.home.path()) {
            found.extend(files_below(&self.store));
        }
        found.retain(|file| is_leftover(file));
        found
    }
}

/// Returns what a process said on stderr, for messages.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns a field of what a process reported; `None` where it did not.
pub fn reported(output: &Output, field: &str) -> Option<String> {
    let said: Value = serde_json::from_slice(&output.stdout).ok()?;
    said[field].as_str().map(str::to_owned)
}

/// Writes more context files than are stored one by one, with a content of their own each round.
pub fn write_many(folder: &Path, round: usize) {
    fs::create_dir_all(folder).expect("made");
    for file in 0..80 {
        fs::write(folder.join(format!("f{file}.md")), format!("round {round} file {file}\n"))
            .expect("written");
    }
}

pub fn works(program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

pub fn has_strace() -> bool {
    works("strace", &["-f", "-o", "/dev/null", "true"])
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) =
        entries.partition(|path| path.is_dir() && !path.is_symlink());
    files.extend(folders.iter().filter(|folder| is_leftover(folder)).cloned());
    files.extend(folders.iter().flat_map(|folder| files_below(folder)));
    files
}

fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_half_pack = name.ends_with(".pack") && !path.with_extension("idx").exists();
    let starts = ["tmp_", ".tmp", ".session-store-"].iter().any(|start| name.starts_with(start));
    starts || name.ends_with(".lock") || is_half_pack
}
