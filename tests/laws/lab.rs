//! A store in a temporary folder, with a clock that ticks a second a look and ids that are counted.

use std::cell::Cell;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::rc::Rc;
use std::time::SystemTime;

use git_session::model::{FactKind, Person, RunId, RunRecord, RunStatus, SessionId, Timestamp};
use git_session::ops::{
    self, CheckLevel, CreateOptions, Env, ForkOptions, IdOrigin, Place, Point, RecordInput, Recorded,
};
use git_session::store::{CommitId, Durability, SessionRef, Store, StoreOptions};
use proptest::prelude::ProptestConfig;
use tempfile::TempDir;
use uuid::Uuid;

/// 2026-11-22T00:00:00Z
const START: i64 = 1_795_305_600;

pub struct Lab {
    pub dir: Rc<TempDir>,
    pub store: Store,
    pub env: Rc<Env>,
    pub session: SessionRef,
    pub id: SessionId,
}

impl Lab {
    pub fn new() -> Self {
        let dir = Rc::new(tempfile::tempdir().expect("temporary folder"));
        let options = StoreOptions::default().with_durability(Durability::Off);
        let store = Store::open_or_create(&dir.path().join("s.git"), options).expect("made");
        let env = Rc::new(env("lab"));
        let created = ops::create(&store, &env, "Lab", CreateOptions::default()).expect("created");
        Self { dir, store, env, session: created.session, id: created.manifest.id }
    }

    /// Returns the same store with another session to work on.
    pub fn with_session(&self, session: SessionRef, id: SessionId) -> Self {
        let (dir, store, env) = (Rc::clone(&self.dir), self.store.clone(), Rc::clone(&self.env));
        Self { dir, store, env, session, id }
    }

    /// Forks the session, and returns the same store with the fork to work on.
    pub fn fork(&self) -> Self {
        let forked = ops::fork(&self.store, &self.env, &Point::newest(self.tip()), ForkOptions::default());
        let forked = forked.expect("forked");
        self.with_session(forked.session, forked.manifest.id)
    }

    pub fn know(&self, key: &str, value: &str) {
        let key = key.parse().expect("valid");
        ops::set_fact(&self.store, &self.env, &self.place(), FactKind::Knowledge, &key, value).expect("set");
    }

    /// Puts the branch to another commit, to make another history from there.
    pub fn go_to(&self, commit: CommitId) {
        let branch = format!("refs/heads/{}", self.session.name.branch());
        self.git(&["update-ref", &branch, &commit.to_string()]);
        // That the branch left a commit is not what is to be found.
        let _ = std::fs::remove_file(self.store.dir().join("logs").join(branch));
    }

    pub fn fresh_run(&self, summary: &str) -> RunRecord {
        let id = RunId::new(self.env.new_uuid());
        let mut record = RunRecord::new(id, self.id, RunStatus::Succeeded);
        record.summary = summary.to_owned();
        record
    }

    pub fn record(&self, record: RunRecord) -> Recorded {
        let input = RecordInput::default();
        ops::record(&self.store, &self.env, &self.session, record, &input, IdOrigin::Fresh).expect("recorded")
    }

    pub fn place(&self) -> Place {
        Place::Session(self.session.clone())
    }

    pub fn tip(&self) -> SessionRef {
        self.store.try_find_session(&self.session.name).expect("readable").expect("there")
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let output = git(self.store.dir(), arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Lets git and our own check judge the repository: no error, no warning, totals that are right.
    pub fn fsck(&self) {
        self.git_fsck();
        let report =
            ops::check(&self.store, SystemTime::now(), CheckLevel::Data, &|_| ()).expect("looked at");
        assert_eq!(report.problems, []);
    }

    /// Lets git judge the repository: no error, no warning.
    pub fn git_fsck(&self) {
        let output = git(self.store.dir(), &["fsck", "--strict", "--full", "--no-dangling"]);
        let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        let said: Vec<&str> = said.lines().filter(|line| !line.starts_with("notice: ")).collect();
        assert!(output.status.success() && said.is_empty(), "git fsck: {said:?}");
    }
}

/// Tells how many cases of a law are tried: this many, or `LAWS_TIMES` as many.
pub fn cases(count: u32) -> ProptestConfig {
    ProptestConfig::with_cases(count * times())
}

/// Tells how many times as much is tried, by `LAWS_TIMES`.
pub fn times() -> u32 {
    std::env::var("LAWS_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

pub fn env(seed: &'static str) -> Env {
    let (time, count) = (Rc::new(Cell::new(START)), Cell::new(0u32));
    let clock = move || {
        time.set(time.get() + 1);
        Timestamp::from_unix(time.get())
    };
    let uuids = move || {
        count.set(count.get() + 1);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{seed} {}", count.get()).as_bytes())
    };
    Env::new(Person::new("Lab", "lab@example.com"), Box::new(clock), Box::new(uuids))
}

pub fn git(store: &Path, arguments: &[&str]) -> Output {
    let mut git = Command::new("git");
    clean(&mut git, store);
    git.arg("--git-dir").arg(store).args(arguments).output().expect("git runs")
}

/// Makes a tree.
pub fn mktree(home: &Path, store: &Path, entries: &str) -> String {
    let mut command = Command::new("git");
    clean(&mut command, home);
    command.arg("--git-dir").arg(store).arg("mktree").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("git runs");
    child.stdin.take().expect("piped").write_all(entries.as_bytes()).expect("fed");
    String::from_utf8(child.wait_with_output().expect("ended").stdout).expect("text").trim().to_owned()
}

/// Takes the surroundings of the test run away from a child: its home, its git settings.
pub fn clean(command: &mut Command, home: &Path) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("GIT_") || name.starts_with("XDG_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
}
