//! A store after very many runs, with maintenance as it comes by itself.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use git_session::ops::RecordInput;
use git_session::store::Durability;

use crate::ours::Bench;
use crate::{SAMPLES, median, millis, ratio};

/// One in so many runs is recorded by the program itself, which looks whether maintenance is due.
const BY_PROGRAM: u64 = 50;

pub fn run(runs: u64) {
    let (empty, full) = (Bench::at(5).copy(Durability::Batch), Bench::new(Durability::Off));
    let started = Instant::now();
    let mut recorded = full.record_with(&full.input());
    while recorded < runs {
        recorded = match recorded % BY_PROGRAM {
            0 => {
                full.whole_process();
                recorded + 1
            }
            _ => full.record_with(&RecordInput::default()),
        };
    }
    println!("{runs} runs recorded in {:.0} s", started.elapsed().as_secs_f64());
    let store = full.dir.path().join("s.git");
    wait_for_maintenance(&store);
    println!("packs: {}, objects: {}", packs(&store), du(&store.join("objects")));
    let full = full.copy(Durability::Batch);
    let pairs: Vec<(Duration, Duration)> =
        (0..SAMPLES).map(|_| (empty.whole_process(), full.whole_process())).collect();
    let (small, large): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let (small, large) = (median(small), median(large));
    println!(
        "a record: {} in a new store, {} in this one ({:.2} times)",
        millis(small),
        millis(large),
        ratio(large, small)
    );
    let list = median((0..20).map(|_| timed(&full, &["list"])).collect());
    println!("list: {}", millis(list));
    println!("check: {}", millis(timed(&full, &["check"])));
    let fsck =
        Command::new("git").arg("--git-dir").arg(&store).args(["fsck", "--strict", "--no-dangling"]).status();
    println!("git fsck --strict: {}", fsck.expect("git runs"));
}

// Maintenance holds its lock for as long as it works.
fn wait_for_maintenance(store: &Path) {
    let lock = fs::File::create(store.join("git-session/locks/maintenance")).expect("there");
    lock.lock().expect("locked");
}

fn packs(store: &Path) -> usize {
    let files = fs::read_dir(store.join("objects/pack")).expect("there").flatten();
    files.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count()
}

fn du(folder: &Path) -> String {
    let out = Command::new("du").arg("-sh").arg(folder).output().expect("runs");
    String::from_utf8_lossy(&out.stdout).split_whitespace().next().unwrap_or_default().to_owned()
}

fn timed(bench: &Bench, arguments: &[&str]) -> Duration {
    let started = Instant::now();
    assert!(bench.command(arguments).status().expect("runs").success());
    started.elapsed()
}
