//! What our hooks cost: `git commit` and `git rebase` with and without them, taking turns. A third
//! project has a `post-commit` that does nothing: what git takes to start any hook at all.
//!
//! `cargo bench --bench hooks` prints medians in milliseconds, in a store of 10,000 sessions;
//! `-- 100` makes one of 100. Nothing is asserted: the numbers depend on the machine.

#[path = "../program/mod.rs"]
mod program;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use git_session::model::Person;
use git_session::ops::{CreateOptions, Env, create};
use git_session::store::{Durability, Store, StoreOptions};
use program::program;

const SESSIONS: u32 = 10_000;
const COMMITS: usize = 100;
const REBASED: usize = 200;
const REBASES: usize = 5;

fn main() {
    let number = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let dir = tempfile::tempdir().expect("temporary folder");
    let projects = ["with", "without", "empty"].map(|name| Project::new(dir.path(), name));
    let [with, _, empty] = &projects;
    fill(&with.folder.join(".git/sessions.git"), number.unwrap_or(SESSIONS));
    with.session(&["hooks", "install"]);
    empty.hook("post-commit", "#!/bin/sh\nexit 0\n");
    let [ours, plain, least] = take_turns(&projects, COMMITS, Project::commit);
    let more = |time: Duration| millis(time - plain.min(time));
    println!("git commit   with {}  without {}  more {}", millis(ours), millis(plain), more(ours));
    println!("             with an empty hook {}  more {}", millis(least), more(least));
    projects.iter().for_each(Project::make_branch);
    let [ours, plain, least] = take_turns(&projects, REBASES, Project::rebase);
    let times = |time: Duration| time.as_secs_f64() / plain.as_secs_f64();
    println!("git rebase   with {}  without {}  {:.2} times", millis(ours), millis(plain), times(ours));
    println!("             with an empty hook {}  {:.2} times", millis(least), times(least));
}

/// Measures each project as often, one after the other; returns the medians.
fn take_turns(
    projects: &[Project; 3],
    rounds: usize,
    measured: fn(&Project, usize) -> Duration,
) -> [Duration; 3] {
    let mut times = [const { Vec::new() }; 3];
    for n in 0..rounds {
        for (project, times) in projects.iter().zip(&mut times) {
            times.push(measured(project, n));
        }
    }
    times.map(median)
}

fn fill(store: &Path, sessions: u32) {
    let options = StoreOptions::default().with_durability(Durability::Off);
    let store = Store::open_or_create(store, options).expect("made");
    let env = Env::real(Person::new("Bench", "bench@example.com"));
    for n in 0..sessions {
        create(&store, &env, &format!("Session {n}"), CreateOptions::default()).expect("created");
    }
    let git = Command::new("git").arg("--git-dir").arg(store.dir()).args(["pack-refs", "--all"]).status();
    assert!(git.expect("git runs").success());
}

struct Project {
    folder: PathBuf,
    home: PathBuf,
}

impl Project {
    fn new(dir: &Path, name: &str) -> Self {
        let (folder, home) = (dir.join(name), dir.join("home"));
        std::fs::create_dir_all(&home).expect("made");
        std::fs::create_dir(&folder).expect("made");
        let project = Self { folder, home };
        project.git(&["init", "-q", "-b", "main"]);
        for (key, value) in [("user.name", "Ann"), ("user.email", "ann@example.com")] {
            project.git(&["config", key, value]);
        }
        project.write("code.txt", "begin\n");
        project.git(&["add", "."]);
        project.git(&["commit", "-q", "-m", "Begin"]);
        project
    }

    fn commit(&self, n: usize) -> Duration {
        self.write("code.txt", &format!("{n}\n"));
        self.timed(&["commit", "-q", "-a", "-m", &format!("Commit {n}")])
    }

    fn make_branch(&self) {
        self.git(&["checkout", "-q", "-b", "topic"]);
        for n in 0..REBASED {
            self.write(&format!("topic{n}.txt"), "x\n");
            self.git(&["add", "."]);
            self.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", &format!("Topic {n}")]);
        }
        self.session(&["status"]);
    }

    fn rebase(&self, n: usize) -> Duration {
        self.git(&["checkout", "-q", "main"]);
        self.commit(n);
        self.git(&["checkout", "-q", "topic"]);
        let took = self.timed(&["rebase", "-q", "main"]);
        // What is left to another process must be done before the others' turn.
        self.session(&["status"]);
        took
    }

    fn hook(&self, name: &str, script: &str) {
        let path = self.folder.join(".git/hooks").join(name);
        std::fs::write(&path, script).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).expect("written");
    }

    fn git(&self, arguments: &[&str]) {
        assert!(self.command("git").args(arguments).status().expect("git runs").success(), "{arguments:?}");
    }

    fn timed(&self, arguments: &[&str]) -> Duration {
        let started = Instant::now();
        self.git(arguments);
        started.elapsed()
    }

    fn session(&self, arguments: &[&str]) {
        // In the project without a store, this says that there is none.
        let _ = self.command(program()).args(arguments).output();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("HOME", &self.home).env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
