//! A session to read from.

use std::cell::Cell;
use std::process::Command;

use git_session::model::{Person, RunId, RunRecord, RunStatus, SessionId, Timestamp};
use git_session::ops::{
    self, ContextInput, CreateOptions, Env, GcOptions, IdOrigin, Limits, RecordInput, Sensitive,
};
use git_session::store::{Durability, SessionRef, Store, StoreOptions};
use uuid::Uuid;

/// How many small files the context has, and their size in bytes.
const FILES: usize = 50;
const BYTES: usize = 4096;
/// How many lines the large file has, and every how many runs some of them change.
const LINES: usize = 5000;
const EVERY: usize = 10;

/// A session with a context of small files, a large one and a fact, all packed as maintenance does.
pub struct Session {
    dir: tempfile::TempDir,
    store: Store,
    env: Env,
    session: SessionRef,
    id: SessionId,
}

impl Session {
    /// Makes a session of this many runs.
    pub fn with_runs(runs: usize) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let options = StoreOptions::default().with_durability(Durability::Off);
        let store = Store::open_or_create(&dir.path().join("s.git"), options).expect("made");
        let env = Env::new(Person::new("Bench", "bench@example.com"), clock(), Box::new(Uuid::new_v4));
        let created = ops::create(&store, &env, "Bench", CreateOptions::default()).expect("created");
        let (session, id) = (created.session, created.manifest.id);
        let made = Self { dir, store, env, session, id };
        for file in 0..FILES {
            made.write(&format!("f{file}.md"), &words(file, 0, BYTES / 37));
        }
        let mut plan: Vec<String> = (0..LINES).map(|line| format!("line {line} of the plan")).collect();
        for run in 0..runs {
            made.change(run, &mut plan);
            made.record(run);
        }
        crate::differences::record(&made);
        made.pack();
        made
    }

    /// Writes a file of the context.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join("context").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    fn change(&self, run: usize, plan: &mut [String]) {
        let file = run % FILES;
        self.write(&format!("f{file}.md"), &words(file, run, BYTES / 37));
        if run.is_multiple_of(EVERY) {
            for edit in 0..5 {
                plan[(run * 131 + edit * 977) % LINES] = format!("line of run {run}, edit {edit}");
            }
            self.write("plan.md", &plan.iter().map(|line| format!("{line}\n")).collect::<String>());
            self.write("knowledge/build.command.md", &format!("make -j{run}\n"));
        }
    }

    /// Records a run with what the context holds.
    pub fn record(&self, run: usize) {
        let mut record = RunRecord::new(RunId::new(Uuid::new_v4()), self.id, RunStatus::Succeeded);
        record.summary = format!("Try to make the build faster, attempt {run}");
        record.prompt = Some("Make the build faster; see what the last run has learned.".to_owned());
        let folder = self.dir.path().join("context");
        let scan = ops::scan_folder(&folder, &Limits::default(), Sensitive::Withhold).expect("readable");
        let input = RecordInput::default().with_context(ContextInput::Overlay(scan));
        ops::record(&self.store, &self.env, &self.session, record, &input, IdOrigin::Fresh)
            .expect("recorded");
    }

    fn pack(&self) {
        ops::gc(&self.store, &self.env, GcOptions::default(), &mut |_| ()).expect("packed");
    }

    /// Returns the session's branch.
    pub fn branch(&self) -> String {
        format!("refs/heads/{}", self.session.name.branch())
    }

    /// Makes a command of ours on the session.
    pub fn ours(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(crate::program::program());
        let (verb, rest) = arguments.split_first().expect("a verb");
        command
            .arg(verb)
            .args(["-s", self.session.name.as_str()])
            .arg("--store")
            .arg(self.store.dir())
            .args(rest);
        self.clean(&mut command);
        command
    }

    /// Makes a command of git's on the store.
    pub fn git(&self, arguments: &[String]) -> Command {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(self.store.dir()).args(arguments);
        self.clean(&mut command);
        command
    }

    fn clean(&self, command: &mut Command) {
        command.current_dir(self.dir.path()).env("HOME", self.dir.path()).env("GIT_CONFIG_NOSYSTEM", "1");
    }
}

/// A clock that goes on by ten minutes a look, as runs do. Of commits of one second, git packs the
/// older ones first, and who reads the newest first unpacks each chain of differences anew.
fn clock() -> Box<dyn Fn() -> Timestamp> {
    let seconds = Cell::new(1_700_000_000);
    Box::new(move || {
        seconds.set(seconds.get() + 600);
        Timestamp::from_unix(seconds.get())
    })
}

fn words(file: usize, run: usize, lines: usize) -> String {
    let line = |line: usize| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{file} {run} {line}").as_bytes());
    (0..lines).map(|at| format!("{}\n", line(at))).collect()
}
