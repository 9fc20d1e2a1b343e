//! A repair may be killed at any moment: the next one ends what it began, and nothing is lost.

use std::collections::BTreeSet;
use std::fs;

use crate::check::restore;
use crate::gc_killed::{has_strace, killed};
use crate::processes::Place;

/// The system calls by which a repair changes the disk.
const CALLS: [&str; 6] = ["rename", "renameat", "renameat2", "unlink", "copy_file_range", "fsync"];
/// More points of one call than a repair has.
const POINTS: usize = 200;
const RUNS: usize = 3;

/// Makes a session with runs, in a pack, whose branch holds garbage and whose pack lost its index;
/// packed-refs has a line that cannot be read.
fn damaged() -> Place {
    let place = Place::new();
    (0..RUNS).for_each(|run| drop(place.ok(&["record", "-m", &format!("run {run}")])));
    place.ok(&["new", "Other", "--no-switch"]);
    place.ok(&["gc", "--all"]);
    place.ok(&["record", "-m", "last"]);
    let store = place.store();
    for file in fs::read_dir(store.join("objects/pack")).expect("there").flatten() {
        if file.path().extension().is_some_and(|end| end == "idx") {
            fs::remove_file(file.path()).expect("removed");
        }
    }
    let branch = fs::read_dir(store.join("refs/heads/session")).expect("there").flatten().next();
    fs::write(branch.expect("a branch").path(), "garbage\n").expect("written");
    let packed = fs::read_to_string(store.join("packed-refs")).expect("there");
    fs::write(store.join("packed-refs"), format!("{packed}garbage\n")).expect("written");
    place
}

fn summaries(place: &Place) -> BTreeSet<String> {
    let runs = place.json(&["runs", "Busy", "--json"]);
    let runs = runs.as_array().expect("a list").iter();
    runs.filter_map(|run| run["summary"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_repair_that_is_killed_is_ended_by_the_next() {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let place = damaged();
    let template = place.dir.path().join("template.git");
    fs::rename(place.store(), &template).expect("moved");
    fs::create_dir(place.store()).expect("made");
    let mut points = 0;
    for call in CALLS {
        for point in 1..POINTS {
            restore(&template, &place.store());
            if killed(&place, &["repair"], call, point) {
                break;
            }
            points += 1;
            let repaired = place.command(&["repair"]).output().expect("runs");
            let said = String::from_utf8_lossy(&repaired.stdout);
            assert!(repaired.status.success(), "{call} {point}: {said}");
            assert!(said.contains("2 sessions, 4 runs"), "{call} {point}: {said}");
            let there = summaries(&place);
            assert_eq!(there.len(), RUNS + 1, "{call} {point}: {there:?}");
            place.ok(&["record", "-s", "Busy", "-m", "after"]);
            place.ok(&["check", "--objects"]);
        }
    }
    println!("{points} kill points of a repair: 0 runs lost, 0 blocked");
    assert!(points > CALLS.len(), "the kills took place");
}
