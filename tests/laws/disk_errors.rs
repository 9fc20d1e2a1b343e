//! An error of the disk at any point of a verb: it is told, and nothing that was reported is lost.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::place::{Place, has_strace, said};
use crate::trial::{Trial, Verb};

/// The calls that change the disk, and the errors that they meet. Folders are made once, so the
/// calls that open a file for writing are the same ones in each try.
const FAULTS: [(&str, &str); 18] = [
    ("write", "ENOSPC"),
    ("write", "EIO"),
    ("write", "EDQUOT"),
    ("openat", "ENOSPC"),
    ("openat", "EIO"),
    ("openat", "EDQUOT"),
    ("mkdir", "ENOSPC"),
    ("mkdir", "EIO"),
    ("renameat", "ENOSPC"),
    ("renameat", "EIO"),
    ("rename", "ENOSPC"),
    ("rename", "EIO"),
    ("fsync", "ENOSPC"),
    ("fsync", "EIO"),
    ("sync_file_range", "ENOSPC"),
    ("sync_file_range", "EIO"),
    ("linkat", "ENOSPC"),
    ("ftruncate", "EIO"),
];
/// More points of one call than a verb has.
const POINTS: usize = 1000;

#[test]
fn faults_of_the_disk_in_a_record_are_told() {
    inject_everywhere(Verb::Record);
}

#[test]
fn faults_of_the_disk_in_a_record_of_many_files_are_told() {
    inject_everywhere(Verb::RecordMany);
}

#[test]
fn faults_of_the_disk_in_a_new_store_are_told() {
    inject_everywhere(Verb::New);
}

#[test]
fn faults_of_the_disk_in_a_begin_are_told() {
    inject_everywhere(Verb::Begin);
}

#[test]
fn faults_of_the_disk_in_a_finish_are_told() {
    inject_everywhere(Verb::Finish);
}

#[test]
fn faults_of_the_disk_in_a_removal_are_told() {
    inject_everywhere(Verb::Remove);
}

/// What was seen, over all points.
#[derive(Default)]
struct Tally {
    points: Vec<&'static str>,
    /// Points after which the verb still succeeded, because what failed is made up for later.
    borne: usize,
    longest: Duration,
    lost: Vec<String>,
    absent: Vec<String>,
    blocked: Vec<String>,
    left: Vec<String>,
    untold: Vec<String>,
    damaged: Vec<String>,
}

impl Tally {
    fn print(&self, verb: Verb) {
        let of = |errno: &str| self.points.iter().filter(|point| **point == errno).count();
        println!(
            "{verb:?}: {} ENOSPC, {} EIO, {} EDQUOT points: {} lost, {} reported but absent, {} blocked, {} untold, \
             {} with files left, {} damaged; {} borne; the longest next try took {} ms",
            of("ENOSPC"),
            of("EIO"),
            of("EDQUOT"),
            self.lost.len(),
            self.absent.len(),
            self.blocked.len(),
            self.untold.len(),
            self.left.len(),
            self.damaged.len(),
            self.borne,
            self.longest.as_millis(),
        );
    }

    fn check(&self) {
        let all = [&self.lost, &self.absent, &self.blocked, &self.untold, &self.left, &self.damaged];
        let all: Vec<&String> = all.into_iter().flatten().collect();
        assert!(all.is_empty(), "{all:#?}");
        assert!(self.points.len() > 20, "the faults took place: {}", self.points.len());
    }
}

fn inject_everywhere(verb: Verb) {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let (tally, next) = (Mutex::new(Tally::default()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((call, errno)) = FAULTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    inject_at_each(verb, call, errno, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no thread panicked");
    tally.print(verb);
    tally.check();
}

fn inject_at_each(verb: Verb, call: &str, errno: &'static str, tally: &Mutex<Tally>) {
    let mut trial = Trial::new(verb, call == "mkdir");
    for point in points(&mut trial, call, errno) {
        let arguments = trial.prepare();
        let Some(hit) = trial.inject(call, errno, point, &arguments) else { break };
        if hit.is_of_the_place {
            judge(&mut trial, &format!("{call} {errno} {point}"), &hit, errno, tally);
        }
    }
}

/// Chooses the points of a call. Of the opens, only those that make or change a file are tried.
fn points(trial: &mut Trial, call: &str, errno: &str) -> Vec<usize> {
    if call != "openat" {
        return (1..POINTS).collect();
    }
    let arguments = trial.prepare();
    let trace = trial.trace(call, &arguments);
    let changes = |line: &str| line.contains("O_CREAT") || (errno == "EIO" && line.contains("O_WRONLY"));
    let own = trace.lines().enumerate().filter(|(_, line)| trial.is_own(line) && changes(line));
    own.map(|(index, _)| index + 1).collect()
}

/// What one injected fault led to.
pub struct Hit {
    pub is_of_the_place: bool,
    pub line: String,
    pub output: std::process::Output,
}

fn judge(trial: &mut Trial, point: &str, hit: &Hit, errno: &'static str, tally: &Mutex<Tally>) {
    let point = format!("{point} at {}", hit.line);
    let (code, error) = (hit.output.status.code(), said(&hit.output));
    let reported = trial.take_report(&hit.output);
    let absent = reported.iter().find(|id| !trial.holds(id)).cloned();
    let left = trial.place.leftovers();
    let started = Instant::now();
    let blocked = trial.again();
    let took = started.elapsed();
    let there = trial.all_there();
    let damage = trial.place.fsck_says().or_else(|| trial.place.broken_log());

    let mut tally = tally.lock().expect("no thread panicked");
    tally.points.push(errno);
    tally.borne += usize::from(code == Some(0));
    tally.longest = tally.longest.max(took);
    let is_told = match code {
        Some(0) => reported.is_some(),
        Some(1) => error.contains("\"error\":{") && !error.contains("panicked"),
        _ => false,
    };
    tally.untold.extend((!is_told).then(|| format!("{point}: {code:?} {error}")));
    tally.absent.extend(absent.map(|id| format!("{point}: {id}")));
    tally.lost.extend((!there).then(|| point.clone()));
    tally.blocked.extend(blocked.map(|why| format!("{point}: {why}")));
    tally.left.extend((!left.is_empty()).then(|| format!("{point}: {left:?}")));
    tally.damaged.extend(damage.map(|damage| format!("{point}: {damage}")));
}

/// `git gc --prune=now` deletes every `tmp_obj_*`, those that are being written as well, so the
/// rename that gives an object its name finds nothing.
#[test]
fn objects_that_git_prune_takes_away_while_they_are_written_are_written_again() {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let mut trial = Trial::new(Verb::Record, false);
    let mut points = 0;
    for call in ["rename", "renameat", "renameat2"] {
        for point in 1..POINTS {
            let arguments = trial.prepare();
            let Some(hit) = trial.inject(call, "ENOENT", point, &arguments) else { break };
            if !hit.line.contains("/objects/") {
                continue;
            }
            points += 1;
            assert!(hit.output.status.success(), "{}: {}", hit.line, said(&hit.output));
            assert!(trial.take_report(&hit.output).is_some(), "{}", hit.line);
            assert!(trial.all_there(), "{}", hit.line);
        }
    }
    trial.place.fsck();
    println!("{points} renames of objects that find nothing: every run recorded");
    assert!(points > 3, "the faults took place: {points}");
}

#[test]
fn a_run_that_could_not_be_confirmed_is_said_to_be_unsure_and_its_id_is_told() {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let place = Place::with_session();
    // The last sync of a record is that of the folder in which the branch's file was renamed.
    let trace = place.home.path().join("trace");
    let trace = trace.to_str().expect("text");
    let count = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=fsync"];
    assert!(place.record(&count, "counted").0.status.success());
    let last = fs::read_to_string(trace).expect("there").lines().count();
    let inject = format!("inject=fsync:error=EIO:when={last}");
    let wrapper = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=fsync", "-e", &inject];
    let output = place.command(&wrapper, &["record", "-m", "unsure"]).output().expect("runs");
    let error = said(&output);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "success is not reported: {error}");
    assert!(error.contains("could not be confirmed: the change may be there or not"), "{error}");
    let id = error.rsplit("--id ").next().expect("the id is told").trim();
    let again = place.json(&["record", "-m", "unsure", "--id", id]);
    assert_eq!((again["run"].as_str(), again["already"].as_bool()), (Some(id), Some(true)));
    let runs: BTreeSet<String> = place.runs();
    assert_eq!(runs.len(), 2, "the run is there once");
    place.fsck();
    println!("sync of the moved branch fails: not reported, told to be unsure, there once after a retry");
}
