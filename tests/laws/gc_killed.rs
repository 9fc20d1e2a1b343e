//! A gc may be killed at any moment, and nothing is lost; one that is due starts by itself.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::clean;
use crate::processes::Place;

/// The system calls by which a gc changes the disk.
const CALLS: [&str; 8] =
    ["unlink", "rename", "renameat", "renameat2", "link", "fsync", "mkdir", "sync_file_range"];
/// More points of one call than a gc has.
const POINTS: usize = 200;

pub fn has_strace() -> bool {
    let mut strace = Command::new("strace");
    strace.args(["-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    strace.status().is_ok_and(|status| status.success())
}

fn record(place: &Place, summary: &str, reported: &mut BTreeSet<String>) {
    place.ok(&["record", "-m", summary]);
    reported.insert(summary.to_owned());
}

/// Makes work for a gc: loose objects, small packs, a session in the trash.
fn litter(place: &Place, label: &str, reported: &mut BTreeSet<String>) {
    let folder = place.dir.path().join("many");
    fs::create_dir_all(&folder).expect("made");
    (0..70).for_each(|file| {
        fs::write(folder.join(format!("{file}.md")), format!("{label} {file}")).expect("written")
    });
    let summary = format!("{label} packed");
    place.ok(&["record", "-m", &summary, "--context", folder.to_str().expect("text")]);
    reported.insert(summary);
    record(place, &format!("{label} loose"), reported);
}

/// Runs a verb that is killed, or whose git is killed, at one system call; tells whether it was not.
pub fn killed(place: &Place, arguments: &[&str], call: &str, point: usize) -> bool {
    let mut command = Command::new("strace");
    clean(&mut command, place.dir.path());
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=KILL:when={point}"));
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
    command.arg(env!("CARGO_BIN_EXE_git-session")).args(arguments).arg("--store").arg(place.store());
    command.current_dir(place.dir.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().expect("runs").success()
}

fn kill_everywhere(arguments: &[&str]) {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let place = Place::new();
    let (mut reported, mut points) = (BTreeSet::new(), 0);
    for call in CALLS {
        for point in 1..POINTS {
            let label = format!("{call} {point}");
            litter(&place, &label, &mut reported);
            if killed(&place, arguments, call, point) {
                break;
            }
            points += 1;
            record(&place, &format!("{label} after"), &mut reported);
            place.ok(arguments);
        }
    }
    place.fsck();
    let runs = place.json(&["runs", "--json"]);
    let runs = runs.as_array().expect("a list").iter();
    let there: BTreeSet<String> = runs.filter_map(|run| run["summary"].as_str().map(str::to_owned)).collect();
    let lost = reported.difference(&there).count();
    println!("{points} kill points of {arguments:?}: {lost} of {} runs lost, 0 blocked", reported.len());
    assert_eq!(lost, 0, "what was reported recorded is there");
    assert!(points > CALLS.len(), "the kills took place");
}

#[test]
fn a_gc_that_is_killed_loses_nothing() {
    kill_everywhere(&["gc"]);
}

#[test]
fn a_gc_of_everything_that_is_killed_loses_nothing() {
    kill_everywhere(&["gc", "--all"]);
}

fn configure(place: &Place, text: &str) {
    fs::write(place.dir.path().join("settings"), text).expect("written");
}

/// Records runs that are a pack each, with settings of their own.
fn record_packs(place: &Place, count: usize) {
    let folder = place.dir.path().join("many");
    fs::create_dir_all(&folder).expect("made");
    for run in 0..count {
        (0..70).for_each(|file| {
            fs::write(folder.join(format!("{file}.md")), format!("{run} {file}")).expect("written")
        });
        let mut command =
            place.command(&["record", "-m", "packed", "--context", folder.to_str().expect("text")]);
        command.env("GIT_CONFIG_GLOBAL", place.dir.path().join("settings"));
        assert!(command.output().expect("runs").status.success());
    }
}

fn pack_count(place: &Place) -> usize {
    let files = fs::read_dir(place.store().join("objects/pack")).into_iter().flatten().flatten();
    files.filter(|file| file.file_name().to_string_lossy().ends_with(".idx")).count()
}

#[test]
fn maintenance_starts_by_itself_and_leaves_few_packs() {
    let place = Place::new();
    configure(&place, "[session]\n\tgcPacks = 4\n");
    record_packs(&place, 5);
    let deadline = Instant::now() + Duration::from_secs(60);
    while pack_count(&place) > 2 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(pack_count(&place) <= 2, "five small packs become one, and what lay in files another");
    // Whoever maintains the store now waits for nobody, so this ends when that does.
    let deadline = Instant::now() + Duration::from_secs(60);
    while !place.command(&["gc"]).output().expect("runs").status.success() && Instant::now() < deadline {}
    place.fsck();
}

#[test]
fn maintenance_does_not_start_where_it_is_switched_off() {
    let place = Place::new();
    configure(&place, "[session]\n\tgcPacks = 4\n\tautoGc = false\n");
    record_packs(&place, 6);
    assert_eq!(pack_count(&place), 6);
    assert!(!place.store().join("git-session/gc").exists(), "it was never due");
}
