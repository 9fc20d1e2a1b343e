//! A process that is killed loses nothing that was reported, and stops nobody.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::place::{Place, has_strace, said, write_many};

/// The system calls by which a record changes the disk or lets go of a file.
const CALLS: [&str; 8] =
    ["openat", "write", "renameat", "mkdir", "fsync", "sync_file_range", "close", "unlink"];
/// More points of one call than a record has.
const POINTS: usize = 400;

#[test]
fn a_kill_at_any_system_call_loses_nothing_that_was_reported() {
    if !has_strace() {
        println!("strace is not here, or may not trace: killing at random times instead");
        kill_at_random(400);
        return;
    }
    let place = Place::with_session();
    let (mut reported, mut points) = (BTreeSet::new(), 0);
    for call in CALLS {
        for point in 1..POINTS {
            let (trace, inject) =
                (format!("trace={call}"), format!("inject={call}:signal=KILL:when={point}"));
            let wrapper = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let (output, run) = place.record(&wrapper, &format!("{call} {point}"));
            reported.extend(run);
            if output.status.success() {
                break;
            }
            points += 1;
            let (after, run) = place.record(&[], "after a kill");
            assert!(after.status.success(), "a record after a kill at {call} {point} must work");
            reported.extend(run);
        }
    }
    place.fsck();
    let there = place.runs();
    let lost = reported.difference(&there).count();
    println!("{points} kill points: {lost} of {} reported runs lost, 0 blocked", reported.len());
    assert_eq!(lost, 0, "what was reported recorded is there");
    assert!(points > CALLS.len(), "the kills took place");
}

#[test]
fn kills_at_random_times_lose_nothing_that_was_reported() {
    kill_at_random(200);
}

fn kill_at_random(kills: usize) {
    let place = Place::with_session();
    let longest = time_of_a_record(&place);
    let (is_over, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let reported = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                place.runs();
                reads.fetch_add(1, Ordering::Relaxed);
            }
        });
        let writer = scope.spawn(|| (0..kills).flat_map(|kill| kill_one(&place, kill, longest)).collect());
        let reported: std::thread::Result<BTreeSet<String>> = writer.join();
        is_over.store(true, Ordering::Relaxed);
        reader.join().expect("a reader beside writers that are killed always gets an answer");
        reported.expect("all records went as expected")
    });
    place.fsck();
    let there = place.runs();
    let lost = reported.difference(&there).count();
    println!(
        "{kills} random kills: {lost} of {} reported runs lost, 0 blocked, {} unreported runs there, {} \
         temporaries left, {} reads beside them",
        reported.len(),
        there.len() - 1 - reported.len(),
        place.leftovers().len(),
        reads.load(Ordering::Relaxed),
    );
    assert_eq!(lost, 0, "what was reported recorded is there");
    assert!(reported.len() >= kills, "each kill was followed by a record that works");
}

/// Returns how many microseconds a record with many files takes here, so that kills hit all of it.
fn time_of_a_record(place: &Place) -> u64 {
    let many = place.home.path().join("many");
    write_many(&many, usize::MAX);
    let started = Instant::now();
    place.ok(&["-q", "record", "-m", "timed", "--context", many.to_str().expect("text")]);
    u64::try_from(started.elapsed().as_micros()).expect("short").max(1)
}

/// Records a run, kills that, and records another one; every third has so many files that it is a
/// pack. Returns the runs that were reported.
fn kill_one(place: &Place, kill: usize, longest: u64) -> Vec<String> {
    let many = place.home.path().join("many");
    let many = many.to_str().expect("text");
    let mut arguments = vec!["record", "--json", "-m", "killed"];
    if kill.is_multiple_of(3) {
        write_many(many.as_ref(), kill);
        arguments.extend(["--context", many]);
    }
    let mut command = place.command(&[], &arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
    std::thread::sleep(Duration::from_micros(scattered(kill) % longest));
    child.kill().expect("killed, or over already");
    let output = child.wait_with_output().expect("waited for");
    let (after, run) = place.record(&[], "after");
    assert!(after.status.success(), "a record after kill {kill} must work: {}", said(&after));
    crate::place::reported(&output, "run").into_iter().chain(run).collect()
}

// The same numbers in every run of the test, without a pattern that a record could have too.
fn scattered(kill: usize) -> u64 {
    (kill as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33
}
