//! Many processes at once, with the real program: nothing is lost, nothing is there twice.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::lab::clean;

/// A store with a session "Busy", and the real program.
pub struct Place {
    pub dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().expect("temporary folder") };
        place.ok(&["new", "Busy"]);
        place
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_git-session"));
        clean(&mut command, self.dir.path());
        command.current_dir(self.dir.path()).arg("--store").arg(self.store()).args(arguments);
        command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "session.fsync");
        command.env("GIT_CONFIG_VALUE_0", "off");
        command
    }

    pub fn store(&self) -> PathBuf {
        self.dir.path().join("s.git")
    }

    pub fn ok(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.ok(arguments).stdout).expect("JSON")
    }

    pub fn fsck(&self) {
        let output = crate::lab::git(&self.store(), &["fsck", "--strict", "--no-dangling"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn eight_processes_with_a_hundred_records_each_lose_nothing() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for process in 0..8 {
            let place = &place;
            scope.spawn(move || {
                for run in 0..100 {
                    let summary = format!("process {process} run {run}");
                    place.ok(&[
                        "record",
                        "-m",
                        &summary,
                        "--usage",
                        "cost_usd=0.000001",
                        "--usage",
                        "input_tokens=3",
                    ]);
                }
            });
        }
    });
    let runs = place.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list");
    let summaries: BTreeSet<&str> = runs.iter().filter_map(|run| run["summary"].as_str()).collect();
    assert_eq!((runs.len(), summaries.len()), (800, 800), "every run is there once");
    let numbers: Vec<u64> = runs.iter().filter_map(|run| run["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=800).rev().collect::<Vec<_>>());
    let totals = &place.json(&["list", "--json"])[0]["totals"];
    assert_eq!((&totals["runs"], &totals["succeeded"]), (&800.into(), &800.into()));
    assert_eq!((&totals["cost_usd"], &totals["input_tokens"]), (&0.0008.into(), &2400.into()));
    place.fsck();
}

#[test]
fn one_run_that_eight_processes_record_at_once_is_one_run() {
    let place = Place::new();
    let recorded: Vec<Value> = std::thread::scope(|scope| {
        let record = || place.json(&["record", "--json", "-m", "the same", "--id", "job-7"]);
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(record)).collect();
        threads.into_iter().map(|thread| thread.join().expect("ends")).collect()
    });
    let ids: BTreeSet<String> = recorded.iter().map(|run| run["run"].to_string()).collect();
    let commits: BTreeSet<String> = recorded.iter().map(|run| run["commit"].to_string()).collect();
    assert_eq!((ids.len(), commits.len()), (1, 1), "all are told of the same run");
    assert_eq!(recorded.iter().filter(|run| run["already"] == false).count(), 1);
    assert_eq!(place.json(&["runs", "--json"]).as_array().expect("a list").len(), 1);
}

#[test]
fn open_runs_of_four_processes_that_finish_at_once_all_land() {
    let place = Place::new();
    let begun: Vec<Value> = (0..4).map(|_| place.json(&["begin", "--json"])).collect();
    for (index, run) in begun.iter().enumerate() {
        let context = PathBuf::from(run["context_dir"].as_str().expect("a folder"));
        std::fs::create_dir_all(context.join("knowledge")).expect("made");
        std::fs::write(context.join(format!("knowledge/own.{index}.md")), "x\n").expect("written");
        if index < 2 {
            std::fs::write(context.join("knowledge/shared.md"), format!("{index}\n")).expect("written");
        }
    }
    let codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let finish = |run: &Value| {
            let run = run["run"].as_str().expect("an id").to_owned();
            place.command(&["finish", &run]).output().expect("runs").status.code()
        };
        let threads: Vec<_> = begun.iter().map(|run| scope.spawn(move || finish(run))).collect();
        threads.into_iter().map(|thread| thread.join().expect("ends")).collect()
    });
    let mut sorted = codes.clone();
    sorted.sort();
    assert_eq!(sorted, [Some(0), Some(0), Some(0), Some(3)], "one finish tells of the conflict");
    let session = &place.json(&["list", "--json"])[0];
    assert_eq!(
        (&session["runs"], &session["open_runs"], &session["conflicts"]),
        (&4.into(), &0.into(), &1.into())
    );
    let files = place.json(&["context", "ls", "--json"]);
    let files: Vec<&str> =
        files.as_array().expect("a list").iter().filter_map(|file| file["path"].as_str()).collect();
    assert_eq!(files.len(), 6, "four facts, the shared one, its copy: {files:?}");
    place.fsck();
}

#[test]
fn sixteen_processes_finish_while_a_seventeenth_merges_forks() {
    let place = Place::new();
    place.ok(&["know", "shared", "0"]);
    let begun: Vec<Value> = (0..16).map(|_| place.json(&["begin", "--json"])).collect();
    for (index, run) in begun.iter().enumerate() {
        let context = PathBuf::from(run["context_dir"].as_str().expect("a folder"));
        for (path, text) in
            [(format!("own.{index}"), "x\n".to_owned()), ("shared".to_owned(), format!("run {index}\n"))]
        {
            std::fs::write(context.join(format!("knowledge/{path}.md")), text).expect("written");
        }
    }
    let fork = |number: usize| {
        let made = place.json(&["fork", "--no-switch", "--json", "--title", &format!("Fork {number}")]);
        let name = made["session"].as_str().expect("an id").to_owned();
        place.ok(&["-s", &name, "know", "shared", &format!("fork {number}")]);
        place.ok(&["-s", &name, "record", "-m", "there", "--usage", "cost_usd=0.000001"]);
        name
    };
    let forks: Vec<String> = (0..4).map(fork).collect();
    let done = |arguments: &[&str]| {
        let output = place.command(arguments).output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{arguments:?}: {said}");
    };
    std::thread::scope(|scope| {
        for run in &begun {
            let run = run["run"].as_str().expect("an id");
            let done = &done;
            scope.spawn(move || done(&["finish", run, "--usage", "cost_usd=0.00001"]));
        }
        scope.spawn(|| forks.iter().for_each(|fork| done(&["merge", fork])));
    });
    let totals = &place.json(&["show", "@", "--json"])["totals"];
    assert_eq!(
        (&totals["runs"], &totals["cost_usd"]),
        (&20.into(), &0.000164.into()),
        "each run counts once"
    );
    assert_eq!(place.json(&["runs", "--json"]).as_array().expect("a list").len(), 20);
    assert_eq!(place.json(&["status", "--json"])["open"], serde_json::json!([]));
    let files = place.json(&["context", "ls", "--json"]);
    let paths: Vec<&str> =
        files.as_array().expect("a list").iter().filter_map(|file| file["path"].as_str()).collect();
    let starting = |start: &str| paths.iter().filter(|path| path.starts_with(start)).count();
    assert_eq!(starting("knowledge/own."), 16, "every run left its fact: {paths:?}");
    assert_eq!(starting("knowledge/shared.md"), 20, "every side is kept once: {paths:?}");
    for path in &paths {
        let text = String::from_utf8(place.ok(&["context", "cat", path]).stdout).expect("text");
        assert!(
            !["<<<<", ">>>>", "===="].iter().any(|mark| text.contains(mark)),
            "no marker in {path}: {text}"
        );
    }
    let find = Command::new("find").arg(place.store()).args(["-name", "*.lock"]).output().expect("runs");
    assert!(find.stdout.is_empty(), "no lock is left: {}", String::from_utf8_lossy(&find.stdout));
    place.ok(&["check", "--objects"]);
    place.fsck();
}

#[test]
fn forks_made_at_once_with_one_title_are_sessions_of_their_own() {
    let place = Place::new();
    place.ok(&["record", "-m", "shared"]);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| place.ok(&["fork", "--title", "Twin"]));
        }
    });
    let sessions = place.json(&["list", "--json"]);
    let sessions = sessions.as_array().expect("a list").iter().filter(|session| session["title"] == "Twin");
    let branches: BTreeSet<&str> = sessions.filter_map(|session| session["branch"].as_str()).collect();
    assert_eq!(branches.len(), 6, "{branches:?}");
    assert_eq!(place.json(&["status", "--json"])["title"], "Twin", "one of them is current");
    place.ok(&["check", "--objects"]);
    place.fsck();
}
