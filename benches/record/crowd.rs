//! Eight processes that record at once, on one session and on eight of one store.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{median, millis};

const PROCESSES: usize = 8;
const RECORDS: usize = 50;

pub fn run() {
    for sessions in [1, PROCESSES] {
        let dir = tempfile::tempdir().expect("temporary folder");
        let store = dir.path().join("s.git");
        let names: Vec<String> = (0..sessions).map(|number| format!("Crowd {number}")).collect();
        names.iter().for_each(|name| run_once(&store, dir.path(), &["new", "--no-switch", name]));
        let started = Instant::now();
        let mut all: Vec<Duration> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..PROCESSES)
                .map(|process| {
                    let (store, folder, name) =
                        (store.clone(), dir.path().to_owned(), &names[process % sessions]);
                    scope
                        .spawn(move || (0..RECORDS).map(|_| timed(&store, &folder, name)).collect::<Vec<_>>())
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("ends")).collect()
        });
        let rate = all.len() as f64 / started.elapsed().as_secs_f64();
        all.sort();
        let longest = all.last().copied().unwrap_or_default();
        println!(
            "{PROCESSES} processes on {sessions} session(s): {rate:.0} runs a second, median {}, longest {}",
            millis(median(all)),
            millis(longest)
        );
    }
}

fn timed(store: &Path, folder: &Path, session: &str) -> Duration {
    let started = Instant::now();
    run_once(store, folder, &["record", "-m", "bench", "-s", session]);
    started.elapsed()
}

fn run_once(store: &Path, folder: &Path, arguments: &[&str]) {
    let status = Command::new(crate::program::program())
        .arg("-q")
        .args(arguments)
        .arg("--store")
        .arg(store)
        .current_dir(folder)
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("runs").success(), "{arguments:?}");
}
