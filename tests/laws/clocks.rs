//! A clock that is wrong changes no order, and no git minds it.

use crate::lab::git;
use crate::place::{Place, said};

const YEARS: [&str; 6] = ["2026", "1970", "2106", "2001", "1970", "2026"];

fn run_in(place: &Place, year: &str, seed: usize, arguments: &[&str]) {
    let mut command = place.command(&[], arguments);
    command.env("GIT_SESSION_DEBUG_NOW", format!("{year}-01-01T00:00:01Z"));
    command.env("GIT_SESSION_DEBUG_SEED", seed.to_string());
    let output = command.output().expect("runs");
    assert!(output.status.success(), "in {year}: {}", said(&output));
}

#[test]
fn runs_keep_their_order_whatever_the_clock_says() {
    let place = Place::new();
    run_in(&place, "2001", 0, &["-q", "new", "Clocks"]);
    for (index, year) in YEARS.iter().enumerate() {
        run_in(&place, year, index + 1, &["-q", "record", "-m", &format!("run {index}")]);
    }
    let runs = place.json(&["runs"]);
    let order: Vec<&str> =
        runs.as_array().expect("a list").iter().rev().filter_map(|run| run["summary"].as_str()).collect();
    let written: Vec<String> = (0..YEARS.len()).map(|index| format!("run {index}")).collect();
    assert_eq!(order, written, "the order is that in which they were recorded");
    let branch = place.json(&["list"])[0]["branch"].as_str().expect("a branch").to_owned();
    let log = git(&place.store, &["log", "--reverse", "--format=%s", &branch]);
    assert!(log.status.success(), "git log works: {}", said(&log));
    let log = String::from_utf8(log.stdout).expect("text");
    let subjects: Vec<&str> = log.lines().skip(1).collect();
    assert_eq!(subjects, written, "git log shows what we show");
    let recent = git(&place.store, &["rev-list", "--count", "--since=2100-01-01", &branch]);
    assert_eq!(
        recent.stdout, b"4\n",
        "a commit is not older than its parent, so git's date cut-offs hide none"
    );
    place.fsck();
    println!("clock at 2026, 1970, 2106, 2001: {} runs in the order of their recording", YEARS.len());
}
