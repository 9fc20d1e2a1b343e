//! A connection that ends in the middle of a push or a pull, at any byte: the remote and the store
//! are as before or as after, the failure is told, and the next sync settles it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use git_session::store::RemoteFault;
use git_session::sync::Wanted;

use crate::lab::clean;
use crate::team::{Member, Team};

/// At how many places a connection is cut, each way.
const CUTS: i64 = 50;

/// A `git daemon` that serves the folder of a team.
struct Daemon {
    child: Child,
    port: u16,
}

impl Daemon {
    /// Starts one; `None` where this Git has none.
    fn start(folder: &Path) -> Option<Self> {
        // Free a moment ago; a test that gets another's port would find no repository there.
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let path = Command::new("git").arg("--exec-path").output().ok()?.stdout;
        // The program itself: `git daemon` starts it as a child, which would outlive the test.
        let mut git = Command::new(format!("{}/git-daemon", String::from_utf8_lossy(&path).trim()));
        clean(&mut git, folder);
        git.args(["--reuseaddr", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1"]);
        git.arg(format!("--port={port}")).arg(format!("--base-path={}", folder.display()));
        let mut child = git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if child.try_wait().ok().flatten().is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        Some(Self { child, port })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands connections on, and ends each after so many bytes from either side.
struct Cutter {
    port: u16,
    left: Arc<AtomicI64>,
    passed: Arc<AtomicI64>,
}

impl Cutter {
    fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (left, passed) = (Arc::new(AtomicI64::new(i64::MAX)), Arc::new(AtomicI64::new(0)));
        let (counter, total) = (Arc::clone(&left), Arc::clone(&passed));
        // It ends with the process of the test.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let clone = |stream: &TcpStream| stream.try_clone().expect("cloned");
                for (from, to) in [(clone(&client), clone(&server)), (server, client)] {
                    let (counter, total) = (Arc::clone(&counter), Arc::clone(&total));
                    std::thread::spawn(move || pass(from, to, &counter, &total));
                }
            }
        });
        Self { port, left, passed }
    }

    fn cut_after(&self, bytes: i64) {
        self.left.store(bytes, Ordering::SeqCst);
        self.passed.store(0, Ordering::SeqCst);
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, left: &AtomicI64, passed: &AtomicI64) {
    let mut part = [0; 512];
    while let Ok(count @ 1..) = from.read(&mut part) {
        let before = left.fetch_sub(count as i64, Ordering::SeqCst);
        let kept = usize::try_from(before.clamp(0, count as i64)).expect("in range");
        passed.fetch_add(kept as i64, Ordering::SeqCst);
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
    _daemon: Daemon,
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
        Some(Self { team, ann, cut, cutter, _daemon: daemon })
    }
}

#[test]
fn a_push_that_is_cut_off_leaves_the_remote_as_before_or_as_after() {
    let Some(lines) = Lines::new() else { return };
    let Lines { team, ann, cut, cutter, .. } = &lines;
    let name = ann.session("Cut");
    ann.push();
    ann.record(&name, "measured");
    cutter.cut_after(i64::MAX);
    let wanted = Wanted::Named(vec![name.clone()]);
    assert!(cut.try_push(&wanted).expect("pushed").is_complete());
    let whole = cutter.passed.load(Ordering::SeqCst);
    for number in 0..CUTS {
        ann.record(&name, "cut");
        let (before, after) = (team.tip(&name), ann.tip(&name));
        cutter.cut_after(whole * number / CUTS);
        let is_told = match cut.try_push(&wanted) {
            Ok(pushed) => !pushed.is_complete(),
            Err(error) => error.fault().is_some_and(|fault| fault != RemoteFault::BadObjects),
        };
        let there = team.tip(&name);
        assert!(is_told || there == Some(after), "each failure is told");
        assert!(there == before || there == Some(after), "half a push at {number}");
        assert_eq!(ann.tip(&name), after, "nothing here changes");
        cutter.cut_after(i64::MAX);
        assert!(cut.sync().pushed.is_complete(), "the next one settles it");
        assert_eq!(team.tip(&name), Some(after));
    }
    team.git(&["fsck", "--strict", "--no-dangling"]);
    ann.check();
    println!("{CUTS} pushes cut: 0 lost, 0 half done");
}

#[test]
fn a_pull_that_is_cut_off_takes_nothing_and_the_next_takes_all() {
    let Some(lines) = Lines::new() else { return };
    let Lines { team, ann, cut, cutter, .. } = &lines;
    let bob = team.member("bob");
    let name = ann.session("Cut");
    ann.push();
    bob.pull();
    bob.record(&name, "measured");
    bob.push();
    cutter.cut_after(i64::MAX);
    cut.pull();
    let whole = cutter.passed.load(Ordering::SeqCst);
    for number in 0..CUTS {
        bob.record(&name, "cut");
        bob.push();
        let before = ann.tip(&name);
        cutter.cut_after(whole * number / CUTS);
        let pulled = cut.try_pull(&Wanted::All);
        let is_taken = pulled.as_ref().is_ok_and(|pulled| pulled.sessions.iter().all(|s| s.why.is_none()));
        assert_eq!(ann.tip(&name), if is_taken { bob.tip(&name) } else { before }, "at {number}: {pulled:?}");
        cutter.cut_after(i64::MAX);
        cut.pull();
        assert_eq!(ann.tip(&name), bob.tip(&name), "the next one settles it");
    }
    let left = std::fs::read_dir(ann.store.dir()).expect("listed").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("tmp_fetch_")).count();
    assert_eq!(left, 0, "no folder is left");
    ann.check();
    println!("{CUTS} pulls cut: 0 lost, 0 half done");
}
