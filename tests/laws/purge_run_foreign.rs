//! Purging a run that another program wrote, or of which the record is no record.

use std::fs;

use git_session::ops::OpError;
use git_session::store::{CommitId, PurgeFault, StoreError};

use crate::lab::{Lab, mktree};
use crate::purge::left;
use crate::purge_path::again;
use crate::purge_run::{SAID, constant, purge, target, tell};

#[test]
fn a_run_of_another_program_is_gone_in_its_words_too() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("one"));
    let run = tell(&lab, &[("a.md", "run\n")]);
    // Somebody wrote another message for the same files.
    let tip = lab.tip().tip;
    let tree = format!("{tip}^{{tree}}");
    let who = ["-c", "user.name=E", "-c", "user.email=e@example.com"];
    let parent = format!("{tip}^");
    let message = format!("{SAID}, in my words");
    let words = ["commit-tree", "-p", &parent, "-m", &message, &tree];
    let foreign = lab.git(&[&who[..], &words].concat());
    lab.go_to(CommitId::from_hex(foreign.trim()).expect("an id"));
    let constants = constant(&lab);
    purge(&lab, &target(run)).expect("purged");
    let lab = again(&lab);
    assert_eq!(left(lab.store.dir(), SAID), 0);
    assert_eq!(constant(&lab), constants);
    lab.git_fsck();
}

#[test]
fn a_run_whose_record_cannot_be_read_stops_it_before_anything_changed() {
    let lab = Lab::new();
    let run = tell(&lab, &[("a.md", "run\n")]);
    let broken = lab.dir.path().join("broken");
    fs::write(&broken, format!("summary: [{SAID}\n")).expect("written");
    let blob = lab.git(&["hash-object", "-w", broken.to_str().expect("text")]);
    let tip = lab.tip().tip.to_string();
    let run_tree = format!("100644 blob {}\trun.yaml\n", blob.trim());
    let entries = lab.git(&["ls-tree", &tip]);
    let run_tree = mktree(lab.dir.path(), lab.store.dir(), &run_tree);
    let entries: Vec<String> = entries
        .lines()
        .map(|line| match line.ends_with("\trun") {
            true => format!("040000 tree {run_tree}\trun"),
            false => line.to_owned(),
        })
        .collect();
    let tree = mktree(lab.dir.path(), lab.store.dir(), &(entries.join("\n") + "\n"));
    let message = lab.git(&["log", "-1", "--format=%B", &tip]);
    let who = ["-c", "user.name=E", "-c", "user.email=e@example.com"];
    let words = ["commit-tree", "-p", &format!("{tip}^"), "-m", message.trim(), &tree];
    let foreign = lab.git(&[&who[..], &words].concat());
    lab.go_to(CommitId::from_hex(foreign.trim()).expect("an id"));
    let before = lab.git(&["for-each-ref"]);
    let refused = purge(&lab, &target(run));
    let is_it =
        |error: &OpError| matches!(error, OpError::Store(StoreError::Purge(PurgeFault::BadRecord(_))));
    assert!(refused.as_ref().is_err_and(is_it), "{refused:?}");
    assert_eq!(lab.git(&["for-each-ref"]), before);
}
