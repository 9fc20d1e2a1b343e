//! What others leave behind does not stop the next record: stale locks, empty objects, foreign moves.

use std::fs;

use git_session::model::{FactKind, Timestamp};
use git_session::ops::{self, IdOrigin, RecordInput};
use git_session::store::{ContextFile, Mark, NewCommit, StoreError, TreeEdit};

use crate::lab::Lab;

#[test]
fn a_branch_that_moved_is_not_moved_back() {
    let lab = Lab::new();
    let stale = lab.session.tip;
    let newer = lab.record(lab.fresh_run("newer")).commit;
    let writer = lab.store.lock_session(lab.id).expect("free");
    let mark = Mark { who: &lab.env.identity, at: Timestamp::from_unix(0), log: "test" };
    let moved = writer.advance(&lab.session.name, Some(stale), stale, mark);
    assert!(matches!(moved, Err(StoreError::Moved { .. })), "got {moved:?}");
    assert_eq!(lab.tip().tip, newer, "a refused move must not move the branch");
}

#[test]
fn the_lock_of_a_killed_process_heals() {
    let lab = Lab::new();
    let lock = lab.store.dir().join(format!("refs/heads/{}.lock", lab.session.name.branch()));
    fs::write(&lock, "").expect("written");
    assert_eq!(lab.record(lab.fresh_run("after a kill")).number, 1);
    assert!(!lock.exists(), "the stale lock is gone");
    lab.fsck();
}

#[test]
fn an_object_that_a_power_cut_emptied_is_written_again() {
    let lab = Lab::new();
    let content = lab.dir.path().join("content");
    fs::write(&content, "make -j8\n").expect("written");
    let id = lab.git(&["hash-object", "-w", content.to_str().expect("text")]);
    let (folder, name) = id.trim().split_at(2);
    let object = lab.store.dir().join("objects").join(folder).join(name);
    fs::remove_file(&object).expect("removed");
    fs::write(&object, "").expect("written");
    let key = "build.command".parse().expect("valid");
    ops::set_fact(&lab.store, &lab.env, &lab.place(), FactKind::Knowledge, &key, "make -j8").expect("set");
    assert_eq!(lab.git(&["cat-file", "blob", id.trim()]), "make -j8\n");
    lab.fsck();
}

#[test]
fn a_clock_that_jumps_does_not_change_the_order() {
    let lab = Lab::new();
    for (summary, year) in [("one", 2026), ("two", 1970), ("three", 2106), ("four", 2001)] {
        let mut record = lab.fresh_run(summary);
        record.finished_at = Some(format!("{year}-01-02T00:00:00Z").parse().expect("valid"));
        lab.record(record);
    }
    let runs = lab.store.session_runs(&lab.tip()).expect("readable");
    let order: Vec<&str> = runs.iter().map(|run| run.subject.as_str()).collect();
    assert_eq!(order, ["one", "two", "three", "four"]);
    lab.fsck();
}

#[test]
fn nothing_is_written_that_no_commit_holds() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("one"));
    let key = "build.command".parse().expect("valid");
    ops::set_fact(&lab.store, &lab.env, &lab.place(), FactKind::Knowledge, &key, "make").expect("set");
    assert_eq!(lab.git(&["fsck", "--unreachable", "--no-reflogs"]), "", "steps on the way are not stored");
}

#[test]
fn every_move_of_a_branch_is_in_its_reflog() {
    let lab = Lab::new();
    for summary in ["one", "two"] {
        lab.record(lab.fresh_run(summary));
    }
    let log = lab.git(&["reflog", "show", "--format=%gs", &lab.session.name.branch()]);
    assert_eq!(log, "run: two\nrun: one\ncreate: Lab\n");
}

#[test]
fn a_record_that_nobody_could_read_is_not_written() {
    let lab = Lab::new();
    let tip = lab.tip();
    let mut record = lab.fresh_run("too large");
    record.extra.insert("blob".to_owned(), "a".repeat(2_000_000).into());
    let refused =
        ops::record(&lab.store, &lab.env, &lab.session, record, &RecordInput::default(), IdOrigin::Fresh);
    assert!(refused.is_err());
    assert_eq!(lab.tip(), tip, "a refused record must not move the branch");
}

#[test]
fn a_run_whose_record_is_damaged_does_not_hide_the_others() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("before"));
    let damaged = lab.record(lab.fresh_run("damaged")).commit;
    let tree = lab.store.step(damaged).expect("readable");
    let mut batch = lab.store.batch();
    let blob = batch.blob(b"schema: [").expect("kept");
    let edit = TreeEdit::Put("run/run.yaml".to_owned(), ContextFile::plain(blob));
    let root = batch.edit_tree(Some(tree.root), &[edit]).expect("edited");
    let message = tree.message.expect("ours");
    let (author, at) = (&lab.env.identity, tree.committed_at);
    let parents = &tree.parents;
    let new = NewCommit { tree: root, parents, author, authored_at: at, committed_at: at, message: &message };
    let commit = batch.commit(&new).expect("kept");
    let writer = lab.store.lock_session(lab.id).expect("free");
    writer.persist(batch, &[commit]).expect("stored");
    let mark = Mark { who: author, at, log: "test" };
    writer.advance(&lab.session.name, Some(damaged), commit, mark).expect("moved");
    drop(writer);
    lab.record(lab.fresh_run("after"));
    let rows = ops::runs(&lab.store, &lab.env, &lab.tip(), None).expect("listed");
    let seen: Vec<_> = rows.iter().map(|row| (row.record.summary.as_str(), row.damaged.is_some())).collect();
    assert_eq!(seen, [("after", false), ("damaged", true), ("before", false)]);
    let brief = ops::brief(&lab.store, &lab.tip(), &ops::BriefOptions::default()).expect("written");
    assert!(brief.contains("after") && brief.contains("before"), "{brief}");
}

#[test]
fn runs_of_damaged_sessions_do_not_hide_the_others() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("fine"));
    let other = ops::create(&lab.store, &lab.env, "Other", ops::CreateOptions::default()).expect("created");
    let file = lab.store.dir().join("refs/heads").join(other.session.name.branch());
    for garbage in ["", "not an id\n", "1111111111111111111111111111111111111111\n"] {
        fs::write(&file, garbage).expect("written");
        let listed = ops::list(&lab.store, &ops::ListOptions::default()).expect("listed");
        assert_eq!((listed.rows.len(), listed.damaged.len()), (1, 1), "{garbage:?}");
        lab.store.find_session("lab-").expect("the other one is still found");
    }
}
