//! What recording a run costs: in process and as a whole process, at run 5 and at run 2,000.
//!
//! `cargo bench --bench record` prints medians in milliseconds, and the same work by git plumbing
//! in the same run. Nothing is asserted: the numbers depend on the machine.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use git_session::model::{Person, RunId, RunRecord, RunStatus};
use git_session::ops::{self, ContextInput, CreateOptions, Env, IdOrigin, Limits, RecordInput, Sensitive};
use git_session::store::{Durability, SessionRef, Store, StoreOptions};
use uuid::Uuid;

const FILES: usize = 50;
const CHANGED: usize = 3;
const BYTES: usize = 4096;
const SAMPLES: usize = 100;
const EARLY: u64 = 5;
const LATE: u64 = 2000;

fn main() {
    for durability in [Durability::Batch, Durability::Full, Durability::Off] {
        let (early, late) = (Bench::at(durability, EARLY), Bench::at(durability, LATE));
        // In turns, so that what else the machine does hits both alike.
        let in_process = medians(|| (early.in_process(), late.in_process()));
        let whole = medians(|| (early.whole_process(), late.whole_process()));
        println!("{durability:?}: in process {}, whole process {}", told(in_process), told(whole));
    }
    println!("git plumbing, 5 processes, not synced: {}", millis(plumbing()));
}

fn told((early, late): (Duration, Duration)) -> String {
    let times = late.as_secs_f64() / early.as_secs_f64();
    format!("{} at run {EARLY}, {} at run {LATE} ({times:.2} times)", millis(early), millis(late))
}

fn medians(sample: impl Fn() -> (Duration, Duration)) -> (Duration, Duration) {
    let (early, late): (Vec<_>, Vec<_>) = (0..SAMPLES).map(|_| sample()).unzip();
    (median(early.into_iter()), median(late.into_iter()))
}

struct Bench {
    dir: tempfile::TempDir,
    store: Store,
    env: Env,
    session: SessionRef,
    durability: Durability,
}

impl Bench {
    fn new(durability: Durability) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let options = StoreOptions::default().with_durability(durability);
        let store = Store::open_or_create(&dir.path().join("s.git"), options).expect("made");
        let env = Env::real(Person::new("Bench", "bench@example.com"));
        let session = ops::create(&store, &env, "Bench", CreateOptions::default()).expect("created").session;
        std::fs::create_dir(dir.path().join("context")).expect("made");
        for file in 0..FILES {
            write(&dir.path().join("context"), file, 0);
        }
        Self { dir, store, env, session, durability }
    }

    /// Makes a session that has this many runs.
    fn at(durability: Durability, runs: u64) -> Self {
        let bench = Self::new(durability);
        while bench.record() < runs {}
        bench
    }

    fn in_process(&self) -> Duration {
        self.change();
        let input = self.input();
        let started = Instant::now();
        self.record_with(&input);
        started.elapsed()
    }

    fn whole_process(&self) -> Duration {
        self.change();
        let started = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_git-session"))
            .args(["-q", "record", "-m", "bench", "-s", self.session.name.as_str(), "--context"])
            .arg(self.dir.path().join("context"))
            .arg("--store")
            .arg(self.store.dir())
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "session.fsync")
            .env("GIT_CONFIG_VALUE_0", format!("{:?}", self.durability).to_lowercase())
            .current_dir(self.dir.path())
            .stdout(Stdio::null())
            .status()
            .expect("runs");
        assert!(status.success());
        started.elapsed()
    }

    fn change(&self) {
        (0..CHANGED).for_each(|file| write(&self.dir.path().join("context"), file, 1));
    }

    fn input(&self) -> RecordInput {
        let folder = self.dir.path().join("context");
        let scan = ops::scan_folder(&folder, &Limits::default(), Sensitive::Withhold).expect("readable");
        RecordInput::default().with_context(ContextInput::Overlay(scan))
    }

    fn record(&self) -> u64 {
        self.record_with(&RecordInput::default())
    }

    fn record_with(&self, input: &RecordInput) -> u64 {
        let id = RunId::new(Uuid::new_v4());
        let session = self.store.find_session(self.session.name.as_str()).expect("there");
        let mut record = RunRecord::new(id, git_session_id(&self.store, &session), RunStatus::Succeeded);
        record.summary = "bench".to_owned();
        ops::record(&self.store, &self.env, &session, record, input, IdOrigin::Fresh)
            .expect("recorded")
            .number
    }
}

fn git_session_id(store: &Store, session: &SessionRef) -> git_session::model::SessionId {
    store.snapshot(session.tip).expect("readable").manifest.id
}

/// The same commit by `hash-object`, `mktree` twice, `commit-tree` and `update-ref`.
fn plumbing() -> Duration {
    let dir = tempfile::tempdir().expect("temporary folder");
    git(dir.path(), &["init", "-q", "--bare", "."], "");
    for file in 0..FILES {
        write(dir.path(), file, 0);
    }
    let names: Vec<String> = (0..FILES).map(|file| format!("f{file}.md")).collect();
    let all = git(dir.path(), &["hash-object", "-w", "--stdin-paths"], &names.join("\n"));
    let mut blobs: Vec<String> = all.lines().map(str::to_owned).collect();
    let mut parent: Option<String> = None;
    median((0..SAMPLES).map(|_| {
        (0..CHANGED).for_each(|file| write(dir.path(), file, 1));
        let started = Instant::now();
        let changed = git(dir.path(), &["hash-object", "-w", "--stdin-paths"], &names[..CHANGED].join("\n"));
        blobs.splice(..CHANGED, changed.lines().map(str::to_owned));
        let lines: String =
            blobs.iter().zip(&names).map(|(id, name)| format!("100644 blob {id}\t{name}\n")).collect();
        let context = git(dir.path(), &["mktree"], &lines);
        let root = git(dir.path(), &["mktree"], &format!("040000 tree {context}\tcontext\n"));
        let mut arguments = vec!["commit-tree", &root, "-m", "run"];
        arguments.extend(parent.iter().flat_map(|parent| ["-p", parent.as_str()]));
        let commit = git(dir.path(), &arguments, "");
        let mut update = vec!["update-ref", "refs/heads/session/bench", &commit];
        update.extend(parent.as_deref());
        git(dir.path(), &update, "");
        parent = Some(commit);
        started.elapsed()
    }))
}

fn git(dir: &Path, arguments: &[&str], stdin: &str) -> String {
    use std::io::Write as _;
    let identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
    let mut child = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("piped").write_all(stdin.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn write(folder: &Path, file: usize, is_new: u8) {
    let seed = if is_new == 0 { Uuid::nil() } else { Uuid::new_v4() };
    let mut text = String::new();
    let mut count = 0;
    while text.len() < BYTES {
        count += 1;
        text.push_str(&Uuid::new_v5(&seed, format!("{file} {count}").as_bytes()).to_string());
        text.push('\n');
    }
    std::fs::write(folder.join(format!("f{file}.md")), text).expect("written");
}

fn median(samples: impl Iterator<Item = Duration>) -> Duration {
    let mut samples: Vec<Duration> = samples.collect();
    samples.sort();
    samples[samples.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
