//! A disk that is full stops writers with a clear word, and nobody else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::mounts::Memory;
use crate::place::{Place, reported, said};

/// More records than fit.
const MOST: usize = 400;

#[test]
fn a_full_disk_keeps_what_was_reported_and_recovers() {
    fill("size=3m", "size=30m", "space");
}

#[test]
fn a_disk_without_inodes_keeps_what_was_reported_and_recovers() {
    fill("size=30m,nr_inodes=300", "nr_inodes=3000", "inodes");
}

fn fill(small: &str, large: &str, what: &str) {
    let Some(disk) = Memory::mount(small) else {
        println!("skipped: mounting a tmpfs needs root");
        return;
    };
    let mut place = Place::new();
    place.store = disk.path().join("s.git");
    place.ok(&["-q", "new", "Full"]);
    let (runs, error) = fill_up(&place);
    assert!(error.contains("error: ") && error.contains("No space left"), "{error}");
    assert!(error.contains("hint: free some space"), "what can be done is said: {error}");
    assert!(!error.contains("panicked"), "{error}");
    check_readable(&place, &runs);
    assert_eq!(place.leftovers(), [] as [&Path; 0], "what failed leaves no files");
    disk.remount(large);
    let (next, run) = place.record(&[], "after");
    assert!(next.status.success(), "with room, the next record works: {}", said(&next));
    assert!(place.runs().contains(&run.expect("reported")));
    place.fsck();
    println!("disk out of {what} after {} runs: 0 lost, all readable, recovers: yes", runs.len());
}

/// Records until a record fails; returns the runs that were reported, and the failure.
fn fill_up(place: &Place) -> (BTreeSet<String>, String) {
    let folder = place.home.path().join("context");
    fs::create_dir(&folder).expect("made");
    let context = folder.to_str().expect("text");
    let mut runs = BTreeSet::new();
    let failed = (0..MOST).find_map(|round| {
        write_noise(&folder, round);
        let output = place.run(&["record", "-m", "fill", "--context", context]);
        if output.status.success() {
            runs.insert(newest(place));
        }
        (!output.status.success()).then_some(output)
    });
    let failed = failed.expect("a small disk is full at some time");
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
    (runs, said(&failed))
}

fn newest(place: &Place) -> String {
    place.json(&["runs"])[0]["id"].as_str().expect("an id").to_owned()
}

fn check_readable(place: &Place, runs: &BTreeSet<String>) {
    assert_eq!(&place.runs(), runs, "all that was reported is there, and nothing else");
    for verb in [
        &["list"][..],
        &["runs"],
        &["show"],
        &["show", "@1"],
        &["context", "ls"],
        &["context", "cat", "f0.bin"],
        &["status"],
        &["log"],
        &["brief"],
    ] {
        place.ok(verb);
    }
    place.fsck();
    let refused = place.run(&["record", "--json", "-m", "again"]);
    // A small record may still fit; then it is there.
    match reported(&refused, "run") {
        Some(run) => assert!(place.runs().contains(&run), "what is reported is there"),
        None => assert_eq!(refused.status.code(), Some(1), "{}", said(&refused)),
    }
}

// Text that does not compress, so that the disk fills up.
fn write_noise(folder: &Path, round: usize) {
    for file in 0..8 {
        let mut state = (round * 8 + file + 1) as u64;
        let bytes: Vec<u8> = (0..8192)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        fs::write(folder.join(format!("f{file}.bin")), bytes).expect("written");
    }
}
