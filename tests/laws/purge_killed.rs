//! A purge may be killed at any moment: each session is at its old commit or at its new one, and the
//! next purge ends it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::check::restore;
use crate::gc_killed::has_strace;
use crate::lab::clean;
use crate::processes::Place;
use crate::purge::left;

const CANARY: &str = "0dd-v4lue-that-is-known";
/// The system calls by which a purge changes the disk.
const CALLS: [&str; 5] = ["rename", "renameat", "renameat2", "unlink", "fsync"];
/// More points of one call than a purge has.
const POINTS: usize = 400;
/// Of how many points one is tried: each takes a second.
const STRIDE: usize = 3;

/// What purges a value, and what purges a file that holds it. The last session is the current one.
const VALUE: [&str; 3] = ["purge", "--value-stdin", "--yes"];
const FILE: [&str; 6] = ["purge", "--path", "knowledge/host.md", "-s", "Fork", "--yes"];

/// What purges the run of the fork, which says the value and brought it.
const RUN: [&str; 4] = ["purge", "--run", "Fork@", "--yes"];

/// Makes a store with two sessions that hold a value and one that does not, packed and loose.
fn held(summary: &str) -> Place {
    let place = Place::new();
    place.ok(&["know", "host", &format!("at {CANARY}")]);
    place.ok(&["record", "-m", "one"]);
    place.ok(&["fork", "--title", "Fork"]);
    place.ok(&["gc", "--all"]);
    place.ok(&["know", "host", &format!("{CANARY} it was")]);
    place.ok(&["record", "-m", summary]);
    place.ok(&["new", "Other"]);
    place.ok(&["record", "-m", "three"]);
    fs::write(place.dir.path().join("value"), CANARY).expect("written");
    place
}

fn purge(place: &Place, verb: &[&str], wrapper: &[String]) -> bool {
    let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let binary = env!("CARGO_BIN_EXE_git-session");
    let all = [words.as_slice(), &[binary], verb].concat();
    let mut command = Command::new(all[0]);
    clean(&mut command, place.dir.path());
    command.args(&all[1..]).arg("--store").arg(place.store()).current_dir(place.dir.path());
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "session.fsync");
    command.env("GIT_CONFIG_VALUE_0", "batch");
    command.stdin(File::open(place.dir.path().join("value")).expect("there"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("runs").success()
}

fn tips(place: &Place) -> BTreeMap<String, String> {
    let arguments = ["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads"];
    let out = String::from_utf8(crate::lab::git(&place.store(), &arguments).stdout).expect("text");
    let pair = |line: &str| line.split_once(' ').map(|(name, id)| (name.to_owned(), id.to_owned()));
    out.lines().filter_map(pair).collect()
}

#[test]
fn a_purge_that_is_killed_is_ended_by_the_next() {
    let points = killed(&format!("two {CANARY}"), &VALUE);
    println!("{points} kill points of a purge: each ref old or new, ended by the next");
}

#[test]
fn a_purge_of_a_file_that_is_killed_is_ended_by_the_next() {
    let points = killed("two", &FILE);
    println!("{points} kill points of a purge of a file: each ref old or new, ended by the next");
}

#[test]
fn a_purge_of_a_run_that_is_killed_is_ended_by_the_next() {
    let points = killed_in(told(), &RUN);
    println!("{points} kill points of a purge of a run: each ref old or new, ended by the next");
}

/// Makes a store with a run that says the value and brought it, and a fork from there.
fn told() -> Place {
    let place = Place::new();
    place.ok(&["record", "-m", "one"]);
    place.ok(&["fork", "--title", "Fork"]);
    let context = place.dir.path().join("in");
    fs::create_dir(&context).expect("made");
    fs::write(context.join("host.md"), CANARY).expect("written");
    let context = context.to_str().expect("text");
    place.ok(&["record", "-m", &format!("two {CANARY}"), "--context", context]);
    place.ok(&["gc", "--all"]);
    place.ok(&["fork", "--title", "Again"]);
    place.ok(&["know", "port", "80"]);
    place.ok(&["new", "Other"]);
    place.ok(&["record", "-m", "three"]);
    fs::remove_file(place.dir.path().join("in/host.md")).expect("removed");
    fs::write(place.dir.path().join("value"), CANARY).expect("written");
    place
}

/// Kills a purge at many points, and returns at how many.
fn killed(summary: &str, verb: &[&str]) -> usize {
    killed_in(held(summary), verb)
}

fn killed_in(place: Place, verb: &[&str]) -> usize {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return 0;
    }
    let template = place.dir.path().join("template.git");
    let before = tips(&place);
    fs::rename(place.store(), &template).expect("moved");
    fs::create_dir(place.store()).expect("made");
    restore(&template, &place.store());
    assert!(purge(&place, verb, &[]));
    let after = tips(&place);
    assert_eq!(before.iter().filter(|(name, tip)| after[*name] != **tip).count(), 2);
    let mut points = 0;
    for call in CALLS {
        for point in (1..POINTS).step_by(STRIDE) {
            restore(&template, &place.store());
            let inject = format!("inject={call}:signal=KILL:when={point}");
            let wrapper =
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject];
            if purge(&place, verb, &wrapper.map(str::to_owned)) {
                break;
            }
            points += 1;
            for (name, tip) in tips(&place) {
                assert!(tip == before[&name] || tip == after[&name], "{call} {point}: {name} is at {tip}");
            }
            assert_eq!(tips(&place).len(), before.len(), "{call} {point}");
            place.ok(&["runs", "Fork"]);
            // Where all was done but telling it, there is nothing left to purge.
            purge(&place, verb, &[]);
            assert_eq!(left(&place.store(), CANARY), 0, "{call} {point}");
            assert_eq!(tips(&place), after, "{call} {point}: it comes out the same");
            place.ok(&["check", "--objects"]);
            place.ok(&["record", "-m", "after"]);
        }
    }
    assert!(points > CALLS.len(), "the kills took place");
    points
}
