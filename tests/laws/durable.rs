//! What was reported is there, whatever happens to the power.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::mounts::Disk;
use crate::place::{Place, reported, said, write_many};

/// A store on a disk whose power can be cut.
struct Powered {
    disk: Disk,
    place: Place,
}

impl Powered {
    /// Makes one whose store is not there yet; says why where that cannot be.
    fn new(fsync: &str) -> Option<Self> {
        let Some(disk) = Disk::new() else {
            println!("skipped: a power cut needs root, loop devices and ext4");
            return None;
        };
        let mut place = Place::new();
        place.store = disk.mount_point().join("new/s.git");
        let setting = format!("[session]\n\tfsync = {fsync}\n");
        fs::write(place.home.path().join(".gitconfig"), setting).expect("written");
        Some(Self { disk, place })
    }

    /// Runs a command that is to succeed, with the setting.
    fn ok(&self, arguments: &[&str]) -> Output {
        let mut command = self.place.command(&[], arguments);
        let output = command.env_remove("GIT_CONFIG_GLOBAL").output().expect("runs");
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        output
    }

    fn reported(&self, arguments: &[&str]) -> String {
        reported(&self.ok(&[arguments, &["--json"]].concat()), "run").expect("an id")
    }

    fn record(&self) -> String {
        self.reported(&["record", "-m", "run"])
    }

    fn cut(&self) {
        self.disk.cut();
        assert_eq!(
            fs::read_dir(self.disk.mount_point().join("new")).expect("there").count(),
            1,
            "no store that was being made is left"
        );
        self.place.fsck();
    }
}

#[test]
fn a_power_cut_loses_nothing_that_was_reported() {
    let (mut reported, mut cuts) = (0, 0);
    for fsync in ["batch", "full"] {
        // The last round starts with a new store and cuts at once: the first run counts too.
        for round in [5, 3, 1] {
            let Some(powered) = Powered::new(fsync) else { return };
            powered.ok(&["-q", "new", "Cut"]);
            let many = powered.place.home.path().join("many");
            let many = many.to_str().expect("text");
            let mut runs = BTreeSet::new();
            for run in 0..round {
                write_many(Path::new(many), run);
                // Every other run has so many files that it is one pack.
                let files: &[&str] = if run % 2 == 0 { &["--context", many] } else { &[] };
                runs.insert(powered.reported(&[&["record", "-m", "run"], files].concat()));
            }
            powered.cut();
            powered.place.run(&["switch", "Cut"]);
            assert_eq!(powered.place.runs(), runs, "with {fsync}, every reported run is there after a cut");
            assert!(powered.place.record(&[], "after").0.status.success(), "the next record works");
            (reported, cuts) = (reported + runs.len(), cuts + 1);
        }
    }
    println!("{cuts} power cuts: 0 of {reported} reported runs lost");
}

#[test]
fn a_power_cut_right_after_a_verb_keeps_what_the_verb_said() {
    let mut cuts = 0;
    for fsync in ["batch", "full"] {
        for verb in [after_new, after_begin, after_finish, after_remove] {
            let Some(powered) = Powered::new(fsync) else { return };
            verb(&powered);
            let next = powered.place.run(&["-s", "Cut", "record", "-m", "after"]);
            assert!(next.status.success(), "the next record works: {}", said(&next));
            powered.place.fsck();
            cuts += 1;
        }
    }
    println!("{cuts} power cuts after new, begin, finish and rm: 0 lost");
}

fn after_new(powered: &Powered) {
    powered.ok(&["-q", "new", "Cut"]);
    powered.cut();
    assert!(powered.place.refs().contains("refs/heads/session/cut-"), "the session is there");
}

fn after_begin(powered: &Powered) {
    powered.ok(&["-q", "new", "Cut"]);
    let run = powered.reported(&["begin", "-m", "open"]);
    powered.cut();
    assert!(powered.place.refs().contains(&run), "the open run is there");
    let finished = powered.place.run(&["-s", "Cut", "finish", &run]);
    assert!(finished.status.success(), "and can be finished: {}", said(&finished));
}

fn after_finish(powered: &Powered) {
    powered.ok(&["-q", "new", "Cut"]);
    let run = powered.reported(&["begin"]);
    assert_eq!(powered.reported(&["finish", &run, "-m", "done"]), run);
    powered.cut();
    let runs = powered.place.json(&["-s", "Cut", "runs"]);
    assert_eq!(runs[0]["id"], run.as_str(), "the finished run is there");
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "once");
}

fn after_remove(powered: &Powered) {
    powered.ok(&["-q", "new", "Gone"]);
    powered.record();
    powered.ok(&["-q", "new", "Cut"]);
    powered.ok(&["-q", "rm", "Gone"]);
    // What is reported later makes what came before durable.
    let kept = powered.record();
    powered.cut();
    let refs = powered.place.refs();
    assert!(refs.contains("refs/trash/"), "what was removed is in the trash: {refs}");
    assert!(!refs.contains("refs/heads/session/gone-"), "and only there: {refs}");
    assert_eq!(powered.place.json(&["-s", "Cut", "runs"])[0]["id"], kept.as_str());
}
