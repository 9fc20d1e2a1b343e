//! What a killed process left does not stop the next one: it goes on within seconds, or names the file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use git_session::ops;
use git_session::store::{Store, StoreOptions};

use crate::lab::{Lab, git};
use crate::place::{Place, reported, said};

/// How old a file is when nobody can be at it any more.
const OLD: Duration = Duration::from_secs(3600);

fn plant(file: &Path, age: Duration) {
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    let made = fs::File::create(file).expect("made");
    made.set_modified(SystemTime::now() - age).expect("dated");
}

fn branch_file(place: &Place) -> PathBuf {
    place.store.join("refs/heads").join(place.json(&["status"])["branch"].as_str().expect("a branch"))
}

fn open_ref(place: &Place, run: &str) -> String {
    let refs = place.refs();
    let line = refs.lines().find(|line| line.contains(run)).expect("an open ref");
    line.split('\t').nth(1).expect("a name").to_owned()
}

/// Records a run and tells how long that took, in milliseconds.
fn time_to_record(place: &Place, what: &str) -> u128 {
    let started = Instant::now();
    let output = place.run(&["record", "-m", what]);
    assert!(output.status.success(), "a record beside {what} works: {}", said(&output));
    started.elapsed().as_millis()
}

#[test]
fn a_stale_file_does_not_stop_a_record() {
    let mut figures = Vec::new();
    for age in [Duration::ZERO, OLD] {
        let place = Place::with_session();
        place.ok(&["-q", "record", "-m", "before"]);
        let branch = branch_file(&place);
        let lock = branch.with_file_name(format!("{}.lock", branch.file_name().expect("named").display()));
        let in_store = |name: &str| place.store.join(name);
        let healed = match age {
            // A young one may be somebody's.
            Duration::ZERO => vec![lock],
            _ => vec![lock, in_store("packed-refs.lock")],
        };
        let ignored = [
            in_store("HEAD.lock"),
            in_store("config.lock"),
            in_store("objects/ab/tmp_obj_x1Y2z3"),
            in_store("objects/pack/tmp_pack_x1Y2z3"),
            in_store("objects/pack/tmp_idx_x1Y2z3"),
            in_store("git-session/current/tmp_x1Y2z3"),
        ];
        for file in healed.iter().chain(&ignored) {
            plant(file, age);
            let name = file.file_name().expect("named").display().to_string();
            figures.push(format!("{name} {} ms", time_to_record(&place, &name)));
        }
        assert!(!healed.iter().any(|lock| lock.exists()), "what is in the way is removed, not gone around");
        place.fsck();
        assert_eq!(place.runs().len(), 1 + healed.len() + ignored.len(), "each record is there");
    }
    println!("time to record beside a stale file: {}", figures.join(", "));
}

#[test]
fn a_stale_file_does_not_stop_a_finish() {
    let mut figures = Vec::new();
    for age in [Duration::ZERO, OLD] {
        let place = Place::with_session();
        let begun = place.ok(&["begin", "--json"]);
        let run = reported(&begun, "run").expect("begun");
        plant(&place.store.join(format!("{}.lock", open_ref(&place, &run))), age);
        let started = Instant::now();
        place.ok(&["finish", &run]);
        figures.push(format!("{} ms", started.elapsed().as_millis()));
        assert_eq!(place.runs().len(), 1, "the run is recorded");
        assert!(!place.refs().contains(&run), "and open no longer");
        place.fsck();
    }
    println!("time to finish beside the stale lock of the open run: {}", figures.join(", "));
}

#[test]
fn a_lock_that_may_be_somebodys_is_named() {
    let place = Place::with_session();
    place.ok(&["-q", "record", "-m", "run"]);
    let before = place.runs();
    assert!(git(&place.store, &["pack-refs", "--all"]).status.success());
    let lock = place.store.join("packed-refs.lock");
    plant(&lock, Duration::ZERO);
    // One that is still written to is not of a dead process.
    let file = fs::File::options().write(true).open(&lock).expect("there");
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(3600)).expect("dated");
    // Whoever packs refs may be about to remove the file of a branch: nothing moves meanwhile.
    let output = place.run(&["rm", "Place"]);
    let error = said(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains(lock.to_str().expect("text")), "the file is named: {error}");
    assert!(error.contains("remove the lock file"), "what can be done is said: {error}");
    assert_eq!(place.runs(), before, "nothing is gone");
    let refused = place.run(&["record", "-m", "refused"]);
    assert!(said(&refused).contains(lock.to_str().expect("text")), "{}", said(&refused));
    assert_eq!(place.runs(), before, "nor anything new");
    fs::remove_file(&lock).expect("removed");
    time_to_record(&place, "no lock");
    place.ok(&["rm", "Place"]);
    place.fsck();
}

#[test]
fn an_open_run_whose_ref_cannot_be_dropped_is_recorded_once() {
    let place = Place::with_session();
    let run = reported(&place.ok(&["begin", "--json"]), "run").expect("begun");
    // A folder with something in it is no lock that could be removed.
    let lock = place.store.join(format!("{}.lock", open_ref(&place, &run)));
    fs::create_dir_all(lock.join("in the way")).expect("made");
    assert_eq!(reported(&place.ok(&["finish", &run, "--json"]), "run"), Some(run.clone()));
    assert!(place.refs().contains(&run), "its ref is stuck");
    fs::remove_dir_all(&lock).expect("removed");
    place.ok(&["status"]);
    assert!(!place.refs().contains(&run), "the next look drops it");
    assert_eq!(place.runs().len(), 1, "the run is there once");
    place.fsck();
}

#[test]
fn an_empty_object_of_a_content_to_be_recorded_is_written_again() {
    let place = Place::with_session();
    let folder = place.home.path().join("context");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("plan.md"), "the plan\n").expect("written");
    let plan = folder.join("plan.md");
    let hashed = git(&place.store, &["hash-object", plan.to_str().expect("text")]);
    let id = String::from_utf8(hashed.stdout).expect("text").trim().to_owned();
    plant(&place.store.join("objects").join(&id[..2]).join(&id[2..]), OLD);
    place.ok(&["record", "-m", "plan", "--context", folder.to_str().expect("text")]);
    assert_eq!(place.ok(&["context", "cat", "plan.md"]).stdout, b"the plan\n");
    place.fsck();
}

/// Lists the loose objects of a store.
fn loose(store: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(store.join("objects")).expect("listed").flatten().map(|entry| entry.path());
    let folders = folders.filter(|folder| folder.file_name().is_some_and(|name| name.len() == 2));
    folders
        .flat_map(|folder| fs::read_dir(folder).expect("listed").flatten())
        .map(|entry| entry.path())
        .collect()
}

#[test]
fn a_folder_that_was_stored_without_what_lies_in_it_is_completed() {
    let lab = Lab::new();
    let copied = lab.dir.path().join("copy.git");
    fs::create_dir(&copied).expect("made");
    crate::check::copy(lab.store.dir(), &copied);
    fs::set_permissions(&copied, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("private");
    let copy = Store::open(&copied, StoreOptions::default()).expect("opened");
    let path = "a/b/c/file.txt".parse().expect("valid");
    let put = |store: &Store| ops::put_context(store, &lab.env, &lab.place(), &path, b"content");
    let before = loose(&copied);
    put(&copy).expect("put");
    // Each time, another of the new objects is all that a killed process had stored.
    for object in loose(&copied).iter().filter(|object| !before.contains(object)) {
        let place = lab.dir.path().join("killed.git");
        let _ = fs::remove_dir_all(&place);
        fs::create_dir(&place).expect("made");
        crate::check::copy(lab.store.dir(), &place);
        fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("private");
        let left = place.join(object.strip_prefix(&copied).expect("below"));
        fs::create_dir_all(left.parent().expect("a folder")).expect("made");
        fs::copy(object, &left).expect("left");
        put(&Store::open(&place, StoreOptions::default()).expect("opened")).expect("put");
        let fsck = git(&place, &["fsck", "--strict", "--full"]);
        assert!(fsck.status.success(), "{}: {}", left.display(), said(&fsck));
    }
}
