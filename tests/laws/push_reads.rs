//! What a push reads before anything leaves: what is new, however long the history is.

use std::process::Command;

use crate::gc_killed::has_strace;
use crate::lab::clean;
use crate::processes::Place;

/// Pushes, and counts the objects that the program itself opens.
fn objects_read(place: &Place) -> usize {
    let trace = place.dir.path().join("trace");
    let mut command = Command::new("strace");
    clean(&mut command, place.dir.path());
    command.args(["-qq", "-e", "trace=openat", "-o"]).arg(&trace).arg(env!("CARGO_BIN_EXE_git-session"));
    command.args(["push", "--store"]).arg(place.store()).current_dir(place.dir.path());
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "session.transport");
    let pushed = command.env("GIT_CONFIG_VALUE_0", "file").output().expect("runs");
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let calls = std::fs::read_to_string(trace).expect("traced");
    let is_object = |call: &&str| call.contains("/objects/") && call.contains("O_RDONLY|O_CLOEXEC)");
    calls.lines().filter(|call| is_object(call) && !call.contains("ENOENT")).count()
}

/// Records these runs, a minute from one to the next: commits of one second are all read.
fn record(place: &Place, runs: std::ops::Range<usize>) {
    for run in runs {
        let mut command = place.command(&["record", "-m", &format!("run {run}")]);
        let time = format!("2030-01-01T{:02}:{:02}:00Z", run / 60, run % 60);
        command.env("GIT_SESSION_DEBUG_NOW", time).env("GIT_SESSION_DEBUG_SEED", run.to_string());
        assert!(command.output().expect("runs").status.success());
    }
}

#[test]
fn a_push_reads_what_is_new_and_not_the_history() {
    if !has_strace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let place = Place::new();
    let hub = place.dir.path().join("hub.git");
    let mut init = Command::new("git");
    clean(&mut init, place.dir.path());
    assert!(init.args(["init", "-q", "--bare"]).arg(&hub).status().expect("runs").success());
    std::fs::create_dir_all(place.store().join("git-session")).expect("made");
    let remotes = format!("team file://{}\n", hub.display());
    std::fs::write(place.store().join("git-session/remotes"), remotes).expect("written");
    record(&place, 1..4);
    let first = objects_read(&place);
    record(&place, 4..5);
    let early = objects_read(&place);
    record(&place, 5..65);
    let many = objects_read(&place);
    record(&place, 65..66);
    let late = objects_read(&place);
    println!(
        "objects that a push reads: {first} of 3 runs, {early} of one more, {many} of 60 more, {late} of one more"
    );
    assert!(many > late + 60, "what is new is read: {many}");
    assert_eq!(late, early, "and nothing that was pushed before");
}
