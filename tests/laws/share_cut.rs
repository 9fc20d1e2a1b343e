//! A connection that ends in the middle of a push or a pull, at any byte, and a server that is killed
//! there: the remote and the store are as before or as after, the failure is told, and the next sync
//! settles it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};

use git_session::store::RemoteFault;
use git_session::sync::Wanted;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::lab::clean;
use crate::team::{Member, Team};

/// At how many places a connection is cut, each way.
const CUTS: i64 = 50;

/// A `git daemon` that serves the folder of a team, and the processes that it starts.
struct Daemon {
    child: Child,
    port: u16,
}

impl Daemon {
    /// Starts one; `None` where this Git has none.
    fn start(folder: &Path) -> Option<Self> {
        // Free a moment ago; a test that gets another's port would find no repository there.
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        Self::start_at(folder, port)
    }

    fn start_at(folder: &Path, port: u16) -> Option<Self> {
        let path = Command::new("git").arg("--exec-path").output().ok()?.stdout;
        // The program itself: `git daemon` starts it as a child, which would outlive the test.
        let mut git = Command::new(format!("{}/git-daemon", String::from_utf8_lossy(&path).trim()));
        clean(&mut git, folder);
        git.args(["--reuseaddr", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1"]);
        git.arg(format!("--port={port}")).arg(format!("--base-path={}", folder.display())).process_group(0);
        let mut child = git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if child.try_wait().ok().flatten().is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        Some(Self { child, port })
    }

    fn group(&self) -> i32 {
        i32::try_from(self.child.id()).expect("in range")
    }

    /// Starts it again where it was killed.
    fn restart(&mut self, folder: &Path) {
        self.child.wait().expect("ended");
        *self = Self::start_at(folder, self.port).expect("it was started before");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        kill(self.group());
        let _ = self.child.wait();
    }
}

/// Kills a process with all that it started.
fn kill(group: i32) {
    if let Some(group) = Pid::from_raw(group).filter(|_| group > 0) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Hands connections on, and ends each after so many bytes from either side.
struct Cutter {
    port: u16,
    state: Arc<State>,
}

struct State {
    left: AtomicI64,
    passed: AtomicI64,
    /// The processes that are killed at the cut; 0 where none are.
    victim: AtomicI32,
}

impl Cutter {
    fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let state = State { left: i64::MAX.into(), passed: 0.into(), victim: 0.into() };
        let state = Arc::new(state);
        let shared = Arc::clone(&state);
        // It ends with the process of the test.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let clone = |stream: &TcpStream| stream.try_clone().expect("cloned");
                for (from, to) in [(clone(&client), clone(&server)), (server, client)] {
                    let state = Arc::clone(&shared);
                    std::thread::spawn(move || pass(from, to, &state));
                }
            }
        });
        Self { port, state }
    }

    fn cut_after(&self, bytes: i64) {
        self.state.left.store(bytes, Ordering::SeqCst);
        self.state.passed.store(0, Ordering::SeqCst);
        self.state.victim.store(0, Ordering::SeqCst);
    }

    fn kill_after(&self, bytes: i64, daemon: &Daemon) {
        self.cut_after(bytes);
        self.state.victim.store(daemon.group(), Ordering::SeqCst);
    }

    fn passed(&self) -> i64 {
        self.state.passed.load(Ordering::SeqCst)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, state: &State) {
    let mut part = [0; 512];
    while let Ok(count @ 1..) = from.read(&mut part) {
        let before = state.left.fetch_sub(count as i64, Ordering::SeqCst);
        let kept = usize::try_from(before.clamp(0, count as i64)).expect("in range");
        state.passed.fetch_add(kept as i64, Ordering::SeqCst);
        if kept < count {
            kill(state.victim.load(Ordering::SeqCst));
        }
        if to.write_all(&part[..kept]).is_err() || kept < count {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// Two members of a team, and one of them behind a connection that is cut.
struct Lines {
    team: Team,
    ann: Member,
    cut: Member,
    cutter: Cutter,
    daemon: Daemon,
}

impl Lines {
    fn new() -> Option<Self> {
        let team = Team::new();
        let Some(daemon) = Daemon::start(team.dir.path()) else {
            println!("skipped: this git has no daemon");
            return None;
        };
        let cutter = Cutter::start(daemon.port);
        let ann = team.member("ann");
        let url = format!("git://127.0.0.1:{}/hub.git", cutter.port);
        let cut = ann.at(&url, &["git"]);
        Some(Self { team, ann, cut, cutter, daemon })
    }

    /// Lets the connection end after so many bytes, one way or the other.
    fn end_after(&self, bytes: i64, end: End) {
        match end {
            End::Connection => self.cutter.cut_after(bytes),
            End::Server => self.cutter.kill_after(bytes, &self.daemon),
        }
    }

    /// Makes all well again.
    fn mend(&mut self) {
        let was_killed = self.cutter.state.left.load(Ordering::SeqCst) < 0
            && self.cutter.state.victim.load(Ordering::SeqCst) != 0;
        self.cutter.cut_after(i64::MAX);
        if was_killed {
            self.daemon.restart(self.team.dir.path());
        }
    }
}

/// What ends in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Connection,
    Server,
}

#[test]
fn a_push_that_is_cut_off_leaves_the_remote_as_before_or_as_after() {
    push_that_ends(End::Connection);
}

#[test]
fn a_push_whose_server_is_killed_leaves_the_remote_as_before_or_as_after() {
    push_that_ends(End::Server);
}

#[test]
fn a_pull_that_is_cut_off_takes_nothing_and_the_next_takes_all() {
    pull_that_ends(End::Connection);
}

#[test]
fn a_pull_whose_server_is_killed_takes_nothing_and_the_next_takes_all() {
    pull_that_ends(End::Server);
}

fn push_that_ends(end: End) {
    let Some(mut lines) = Lines::new() else { return };
    let Lines { ann, cut, cutter, .. } = &lines;
    let name = ann.session("Cut");
    ann.push();
    ann.record(&name, "measured");
    cutter.cut_after(i64::MAX);
    let wanted = Wanted::Named(vec![name.clone()]);
    assert!(cut.try_push(&wanted).expect("pushed").is_complete());
    let whole = cutter.passed();
    for number in 0..CUTS {
        let Lines { team, ann, cut, .. } = &lines;
        ann.record(&name, "cut");
        let (before, after) = (team.tip(&name), ann.tip(&name));
        lines.end_after(whole * number / CUTS, end);
        let is_told = match cut.try_push(&wanted) {
            Ok(pushed) => !pushed.is_complete(),
            Err(error) => error.fault().is_some_and(|fault| fault != RemoteFault::BadObjects),
        };
        let there = team.tip(&name);
        assert!(is_told || there == Some(after), "each failure is told");
        assert!(there == before || there == Some(after), "half a push at {number}");
        assert_eq!(ann.tip(&name), after, "nothing here changes");
        lines.mend();
        let Lines { team, cut, .. } = &lines;
        assert!(cut.sync().pushed.is_complete(), "the next one settles it");
        assert_eq!(team.tip(&name), Some(after));
    }
    lines.team.git(&["fsck", "--strict", "--no-dangling"]);
    lines.ann.check();
    println!("{CUTS} pushes ended ({end:?}): 0 lost, 0 half done");
}

fn pull_that_ends(end: End) {
    let Some(mut lines) = Lines::new() else { return };
    let Lines { team, ann, cut, cutter, .. } = &lines;
    let bob = team.member("bob");
    let name = ann.session("Cut");
    ann.push();
    bob.pull();
    bob.record(&name, "measured");
    bob.push();
    cutter.cut_after(i64::MAX);
    cut.pull();
    let whole = cutter.passed();
    for number in 0..CUTS {
        let Lines { ann, cut, .. } = &lines;
        bob.record(&name, "cut");
        bob.push();
        let before = ann.tip(&name);
        lines.end_after(whole * number / CUTS, end);
        let pulled = cut.try_pull(&Wanted::All);
        let is_taken = pulled.as_ref().is_ok_and(|pulled| pulled.sessions.iter().all(|s| s.why.is_none()));
        assert_eq!(ann.tip(&name), if is_taken { bob.tip(&name) } else { before }, "at {number}: {pulled:?}");
        lines.mend();
        let Lines { ann, cut, .. } = &lines;
        cut.pull();
        assert_eq!(ann.tip(&name), bob.tip(&name), "the next one settles it");
    }
    let ann = &lines.ann;
    let left = std::fs::read_dir(ann.store.dir()).expect("listed").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("tmp_fetch_")).count();
    assert_eq!(left, 0, "no folder is left");
    ann.check();
    println!("{CUTS} pulls ended ({end:?}): 0 lost, 0 half done");
}
