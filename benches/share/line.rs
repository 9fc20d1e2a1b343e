//! A `git daemon` behind a connection that counts what goes over it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The connection; the daemon ends with it.
pub struct Line {
    daemon: Child,
    port: u16,
    bytes: Arc<AtomicU64>,
}

impl Line {
    pub fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let path = Command::new("git").arg("--exec-path").output().expect("git runs").stdout;
        let mut git = Command::new(format!("{}/git-daemon", String::from_utf8_lossy(&path).trim()));
        git.args(["--reuseaddr", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1"]);
        git.arg(format!("--port={port}")).arg(format!("--base-path={}", folder.display()));
        let daemon = git.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("git has a daemon");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        let bytes = Arc::new(AtomicU64::new(0));
        Self { daemon, port: count(port, &bytes), bytes }
    }

    pub fn url(&self, name: &str) -> String {
        format!("git://127.0.0.1:{}/{name}", self.port)
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn count(to: u16, bytes: &Arc<AtomicU64>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let bytes = Arc::clone(bytes);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", to)).expect("the daemon runs");
            let clone = |stream: &TcpStream| stream.try_clone().expect("cloned");
            for (from, to) in [(clone(&client), clone(&server)), (server, client)] {
                let bytes = Arc::clone(&bytes);
                std::thread::spawn(move || pass(from, to, &bytes));
            }
        }
    });
    port
}

fn pass(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicU64) {
    let mut part = vec![0; 64 * 1024];
    while let Ok(number @ 1..) = from.read(&mut part) {
        bytes.fetch_add(number as u64, Ordering::SeqCst);
        if to.write_all(&part[..number]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
