//! Writers go on while a store is maintained, by us or by plain git: nothing is lost.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use git_session::model::SessionId;
use git_session::store::{Store, StoreOptions};

use crate::lab::git;
use crate::place::{self, has_strace};
use crate::processes::Place;

const PROCESSES: usize = 8;
const RECORDS: usize = 25;
/// More than are written one object to a file.
const MANY: usize = 70;

/// What the writers of a test did.
#[derive(Default)]
struct Wrote {
    reported: BTreeSet<String>,
    longest: Duration,
}

/// Lets 8 processes record while `maintain` runs again and again; returns what was reported
/// recorded, how often `maintain` ran, and how long the slowest record took.
fn beside(place: &Place, maintain: impl Fn() + Sync) -> (Wrote, usize) {
    let (wrote, is_over) = (Mutex::new(Wrote::default()), AtomicBool::new(false));
    let rounds = std::thread::scope(|scope| {
        let maintainer = scope.spawn(|| {
            let mut rounds = 0;
            while !is_over.load(Ordering::SeqCst) {
                maintain();
                rounds += 1;
            }
            rounds
        });
        let write = |process| write_runs(place, process, &wrote);
        let writers: Vec<_> = (0..PROCESSES).map(|process| scope.spawn(move || write(process))).collect();
        let ended: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok), "every write must succeed");
        maintainer.join().expect("maintenance succeeds")
    });
    (wrote.into_inner().expect("no thread failed"), rounds)
}

fn write_runs(place: &Place, process: usize, wrote: &Mutex<Wrote>) {
    let folder = place.dir.path().join(format!("many{process}"));
    for run in 0..RECORDS {
        let summary = format!("process {process} run {run}");
        let started = Instant::now();
        match (process, run % 5) {
            // A run that is open for a while.
            (0, _) => {
                let begun = place.json(&["begin", "--json", "-s", "Busy", "-m", &summary]);
                place.ok(&["finish", begun["run"].as_str().expect("an id"), "-s", "Busy"]);
            }
            // So much that it becomes a pack.
            (1 | 2, 0) => {
                write_many(&folder, &summary);
                let folder = folder.to_str().expect("text");
                place.ok(&["record", "-s", "Busy", "-m", &summary, "--context", folder]);
            }
            (3, 0) => remove_a_session(place, &summary),
            _ => drop(place.ok(&["record", "-s", "Busy", "-m", &summary])),
        }
        let mut wrote = wrote.lock().expect("no thread failed");
        wrote.longest = wrote.longest.max(started.elapsed());
        if (process, run % 5) != (3, 0) {
            wrote.reported.insert(summary);
        }
    }
}

fn remove_a_session(place: &Place, title: &str) {
    let made = place.json(&["new", title, "--json"]);
    place.ok(&["rm", made["session"].as_str().expect("an id")]);
}

fn write_many(folder: &Path, text: &str) {
    write_files(folder, text, MANY);
}

fn write_files(folder: &Path, text: &str, count: usize) {
    std::fs::create_dir_all(folder).expect("made");
    for file in 0..count {
        std::fs::write(folder.join(format!("f{file}.md")), format!("{text} {file}\n")).expect("written");
    }
}

/// Counts what was reported and is not there, and lets git judge the store.
fn lost(place: &Place, wrote: &Wrote) -> usize {
    let runs = place.json(&["runs", "Busy", "--json"]);
    let runs = runs.as_array().expect("a list");
    let there: BTreeSet<String> =
        runs.iter().filter_map(|run| run["summary"].as_str().map(str::to_owned)).collect();
    assert_eq!(runs.len(), there.len(), "no run is there twice");
    wrote.reported.difference(&there).count()
}

fn expect_nothing_lost(what: &str, maintain: impl Fn(&Place) + Sync) {
    let place = Place::new();
    let (wrote, rounds) = beside(&place, || maintain(&place));
    let lost = lost(&place, &wrote);
    let (count, longest) = (wrote.reported.len(), wrote.longest.as_millis());
    println!("{count} records beside {rounds} {what}: {lost} lost, longest record {longest} ms");
    assert_eq!(lost, 0, "what was reported recorded is there");
    place.fsck();
}

#[test]
fn records_beside_gc_lose_nothing() {
    expect_nothing_lost("gc", |place| drop(place.ok(&["gc"])));
}

#[test]
fn records_beside_a_gc_of_everything_lose_nothing() {
    expect_nothing_lost("gc --all", |place| drop(place.ok(&["gc", "--all"])));
}

/// Runs plain git, which may fail: writers hold its locks for moments.
fn plain(place: &Place, arguments: &[&str]) {
    git(&place.store(), arguments);
}

#[test]
fn records_beside_plain_git_pack_refs_lose_nothing() {
    expect_nothing_lost("git pack-refs --all", |place| plain(place, &["pack-refs", "--all"]));
}

#[test]
fn records_beside_plain_git_gc_lose_nothing() {
    expect_nothing_lost("git gc", |place| plain(place, &["gc", "--quiet"]));
}

#[test]
fn records_beside_plain_git_gc_that_prunes_at_once_lose_nothing() {
    expect_nothing_lost("git gc --prune=now", |place| plain(place, &["gc", "--quiet", "--prune=now"]));
}

#[test]
fn gc_waits_for_a_writer_whose_new_commit_plain_git_deleted() {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let place = place::Place::with_session();
    let before = place.refs();
    // The branch is moved and not yet looked at.
    let folder = place.store.join("refs/heads/session");
    let (folder, delay) = (folder.to_str().expect("text"), "inject=fsync:delay_enter=3000000:when=1");
    let slow = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", folder, "-e", delay];
    let mut writer = place.command(&slow, &["-q", "record", "-m", "slow"]);
    let mut writer = writer.stdout(Stdio::null()).spawn().expect("runs");
    while place.refs() == before {
        assert!(writer.try_wait().expect("asked").is_none(), "the branch moves first");
    }
    // A `git gc --prune=now` that looked at the refs before they moved does the same.
    let tip = git(&place.store, &["for-each-ref", "--format=%(objectname)", "refs/heads/session"]).stdout;
    let tip = String::from_utf8(tip).expect("text");
    let (folder, name) = tip.trim().split_at(2);
    std::fs::remove_file(place.store.join("objects").join(folder).join(name)).expect("it lies there");
    place.ok(&["gc"]);
    assert!(writer.wait().expect("ends").success());
    place.fsck();
    assert_eq!(place.runs().len(), 1, "what was reported recorded is there");
}

/// How long a writer waits for its locks at most while `maintain` runs.
fn longest_wait(store: &Store, maintain: impl FnOnce() + Send) -> Duration {
    let id = SessionId::new(uuid::Uuid::from_u128(7));
    std::thread::scope(|scope| {
        let maintainer = scope.spawn(maintain);
        let mut longest = Duration::ZERO;
        while !maintainer.is_finished() {
            let started = Instant::now();
            drop(store.lock_session(id).expect("free soon"));
            longest = longest.max(started.elapsed());
            // Back to back, one writer would keep maintenance from ever having the gate.
            std::thread::yield_now();
        }
        maintainer.join().expect("maintenance succeeds");
        longest
    })
}

#[test]
fn a_writer_waits_for_moments_only() {
    let place = Place::new();
    let folder = place.dir.path().join("fill");
    for run in 0..60 {
        // Just so few files that each is an object of its own.
        write_files(&folder, &format!("fill {run}"), 40);
        place.ok(&["record", "-m", "fill", "--context", folder.to_str().expect("text")]);
    }
    let tip = git(&place.store(), &["for-each-ref", "--count=1", "--format=%(objectname)"]);
    let refs = place.store().join("refs/rescue");
    std::fs::create_dir_all(&refs).expect("made");
    (0..2000).for_each(|name| std::fs::write(refs.join(name.to_string()), &tip.stdout).expect("written"));
    let store = Store::open(&place.store(), StoreOptions::default()).expect("opened");
    let loose = place.json(&["gc", "--dry-run", "--json"])["before"]["loose_objects"].clone();
    let wait = longest_wait(&store, || drop(place.ok(&["gc"])));
    println!("longest wait for a lock beside a gc of {loose} objects and 2000 refs: {} ms", wait.as_millis());
    place.fsck();
}
