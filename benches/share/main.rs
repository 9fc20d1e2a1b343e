//! What sharing one session costs beside very many others, against git in the same run.
//!
//! `cargo bench --bench share -- 100000` prints medians of whole processes and the bytes that went
//! over the connection, with that many sessions on the remote. Nothing is asserted.

mod line;
#[path = "../program/mod.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use line::Line;
use program::program;
use tempfile::TempDir;

/// How often each is done.
const SAMPLES: usize = 15;
/// How many other sessions the remote has, where nothing is said.
const SESSIONS: usize = 1000;

/// What one command took.
#[derive(Clone, Copy)]
struct Cost {
    time: Duration,
    bytes: u64,
}

/// Two stores that share a remote, over a connection that counts.
struct Bench {
    dir: TempDir,
    line: Line,
}

fn main() {
    let sessions = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(SESSIONS);
    let bench = Bench::with_sessions(sessions);
    println!("{sessions} other sessions on the remote, medians of {SAMPLES}");
    let (ours, gits): (Vec<Cost>, Vec<Cost>) =
        (0..SAMPLES).map(|_| (bench.push_ours(), bench.push_gits())).unzip();
    tell("push of one new run", &ours, &gits);
    let (ours, gits): (Vec<Cost>, Vec<Cost>) =
        (0..SAMPLES).map(|_| (bench.pull_ours(), bench.fetch_gits())).unzip();
    tell("pull of one new run", &ours, &gits);
}

fn tell(what: &str, ours: &[Cost], gits: &[Cost]) {
    let (ours, gits) = (median(ours), median(gits));
    println!(
        "  {what}: {:.0} ms, {} bytes   git {:.0} ms, {} bytes   {:.2} times the time, {:.2} times the bytes",
        ours.time.as_secs_f64() * 1000.0,
        ours.bytes,
        gits.time.as_secs_f64() * 1000.0,
        gits.bytes,
        ours.time.as_secs_f64() / gits.time.as_secs_f64(),
        ours.bytes as f64 / gits.bytes as f64,
    );
}

fn median(costs: &[Cost]) -> Cost {
    let mut times: Vec<Duration> = costs.iter().map(|cost| cost.time).collect();
    let mut bytes: Vec<u64> = costs.iter().map(|cost| cost.bytes).collect();
    times.sort();
    bytes.sort_unstable();
    Cost { time: times[times.len() / 2], bytes: bytes[bytes.len() / 2] }
}

impl Bench {
    fn with_sessions(count: usize) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let hub = dir.path().join("hub.git");
        std::fs::create_dir(dir.path().join("home")).expect("made");
        let bench = Self { line: Line::start(dir.path()), dir };
        bench.must(bench.git().args(["init", "-q", "--bare"]).arg(&hub));
        for (key, value) in [("session.transport", "git"), ("user.name", "Ann"), ("user.email", "a@b.c")] {
            bench.must(bench.git().args(["config", "--global", key, value]));
        }
        for store in ["ann", "bob"] {
            bench.ours(store, &["remote", "add", "team", &bench.line.url("hub.git")]);
        }
        for title in ["Ours", "Gits"] {
            bench.ours("ann", &["new", title]);
            bench.ours("ann", &["push", title]);
        }
        bench.ours("bob", &["pull", "--all"]);
        bench.add_others(&hub, count);
        bench
    }

    // All lie at one commit: what is measured is the list of them.
    fn add_others(&self, hub: &Path, count: usize) {
        let tip = self.must(self.git().arg("--git-dir").arg(hub).args(["rev-parse", &self.branch("ours")]));
        let tip = String::from_utf8(tip.stdout).expect("text").trim().to_owned();
        let refs: String = (0..count)
            .map(|number| format!("{tip} refs/heads/session/another-session-{number:08x}\n"))
            .collect();
        let packed = hub.join("packed-refs");
        std::fs::write(packed, format!("# pack-refs with: peeled fully-peeled sorted \n{refs}"))
            .expect("written");
    }

    fn branch(&self, title: &str) -> String {
        let names = self.must(self.git().arg("--git-dir").arg(self.store("ann")).args([
            "for-each-ref",
            "--format=%(refname)",
            &format!("refs/heads/session/{title}*"),
        ]));
        String::from_utf8(names.stdout).expect("text").trim().to_owned()
    }

    fn push_ours(&self) -> Cost {
        self.ours("ann", &["record", "-s", "Ours", "-m", "a run"]);
        self.measured(self.program("ann").args(["push", "Ours"]))
    }

    fn push_gits(&self) -> Cost {
        self.ours("ann", &["record", "-s", "Gits", "-m", "a run"]);
        let branch = self.branch("gits");
        let mut git = self.git();
        git.arg("--git-dir").arg(self.store("ann")).args(["push", "-q", &self.line.url("hub.git"), &branch]);
        self.measured(&mut git)
    }

    fn pull_ours(&self) -> Cost {
        self.push_ours();
        self.measured(self.program("bob").args(["pull", "Ours"]))
    }

    fn fetch_gits(&self) -> Cost {
        self.push_gits();
        let branch = self.branch("gits");
        let refspec = format!("+{branch}:refs/remotes/git/gits");
        let mut git = self.git();
        git.arg("--git-dir").arg(self.store("bob")).args([
            "fetch",
            "-q",
            &self.line.url("hub.git"),
            &refspec,
        ]);
        self.measured(&mut git)
    }

    fn measured(&self, command: &mut Command) -> Cost {
        let before = self.line.bytes();
        let started = Instant::now();
        self.must(command);
        Cost { time: started.elapsed(), bytes: self.line.bytes() - before }
    }

    fn store(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn git(&self) -> Command {
        self.clean("git")
    }

    fn program(&self, store: &str) -> Command {
        let mut command = self.clean(program());
        command.arg("--store").arg(self.store(store));
        command
    }

    fn ours(&self, store: &str, arguments: &[&str]) {
        self.must(self.program(store).args(arguments));
    }

    fn clean(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let home = self.dir.path().join("home");
        command.env("HOME", home).env("GIT_CONFIG_NOSYSTEM", "1").current_dir(self.dir.path());
        command.stdin(Stdio::null());
        command
    }

    fn must(&self, command: &mut Command) -> Output {
        let out = command.output().expect("started");
        assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
        out
    }
}
