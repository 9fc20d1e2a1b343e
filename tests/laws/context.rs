//! Context files: folders taken in and written out, names that cannot be, large sets.

use std::fs;

use git_session::model::ContextPath;
use git_session::ops::{
    self, ContextInput, ExportOptions, IdOrigin, Limits, NamedPath, OpError, RecordInput, Sensitive,
};

use crate::lab::Lab;
use crate::purge_path::{again, paths, purge};

fn record_folder(lab: &Lab, folder: &std::path::Path, mirror: bool) -> ops::Recorded {
    let scan = ops::scan_folder(folder, &Limits::default(), Sensitive::Withhold).expect("readable");
    let context = if mirror { ContextInput::Mirror(scan) } else { ContextInput::Overlay(scan) };
    let input = RecordInput::default().with_context(context);
    let record = lab.fresh_run("folder");
    ops::record(&lab.store, &lab.env, &lab.session, record, &input, IdOrigin::Fresh).expect("recorded")
}

#[test]
fn an_overlay_keeps_what_is_missing_and_a_mirror_removes_it() {
    let lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(folder.join("docs")).expect("made");
    fs::write(folder.join("docs/a.md"), "a").expect("written");
    fs::write(folder.join("b.md"), "b").expect("written");
    assert_eq!(record_folder(&lab, &folder, false).changed, ["b.md", "docs/a.md"]);
    fs::remove_file(folder.join("b.md")).expect("removed");
    assert_eq!(record_folder(&lab, &folder, false).changed, Vec::<String>::new());
    assert_eq!(record_folder(&lab, &folder, true).changed, ["b.md"]);
    lab.fsck();
}

/// Reads a folder for a session, lets another run of it change a file, and records what was read.
/// Returns what the file says then.
fn recorded_late(scan: impl Fn(&Lab, &NamedPath) -> ops::FolderScan) -> (Vec<String>, Vec<u8>) {
    let lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("a.md"), "one").expect("written");
    fs::write(folder.join("b.md"), "two").expect("written");
    record_folder(&lab, &folder, false);
    fs::write(folder.join("b.md"), "changed").expect("written");
    let context = ContextInput::Mirror(scan(&lab, &NamedPath::new(&folder, &[])));
    let path: ContextPath = "a.md".parse().expect("valid");
    ops::put_context(&lab.store, &lab.env, &lab.place(), &path, b"meanwhile").expect("stored");
    let input = RecordInput::default().with_context(context);
    let record = lab.fresh_run("late");
    let recorded = ops::record(&lab.store, &lab.env, &lab.session, record, &input, IdOrigin::Fresh);
    let recorded = recorded.expect("recorded");
    lab.fsck();
    let file = lab.store.context_file(lab.store.snapshot(recorded.commit).expect("readable").root, &path);
    let file = file.expect("readable").expect("there");
    (recorded.changed, lab.store.read_blob(file.blob, u64::MAX).expect("readable"))
}

#[test]
fn what_was_let_go_when_a_folder_was_read_is_there_when_the_session_has_gone_on() {
    let (limits, sensitive) = (Limits::default(), Sensitive::Withhold);
    let whole = recorded_late(|_, folder| ops::scan_named(folder, &limits, sensitive).expect("readable"));
    let light = recorded_late(|lab, folder| {
        ops::scan_for(&lab.store, &lab.tip(), folder, &limits, sensitive).expect("readable")
    });
    assert_eq!(whole, (vec!["a.md".to_owned(), "b.md".to_owned()], b"one".to_vec()));
    assert_eq!(light, whole);
}

#[test]
fn what_was_purged_since_a_folder_was_read_leaves_no_hole() {
    let lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("a.md"), "one").expect("written");
    record_folder(&lab, &folder, false);
    let (limits, named) = (Limits::default(), NamedPath::new(&folder, &[]));
    let scan = ops::scan_for(&lab.store, &lab.tip(), &named, &limits, Sensitive::Withhold).expect("readable");
    purge(&lab, &paths(&lab, &["a.md"])).expect("purged");
    let lab = again(&lab);
    let (before, input) = (lab.tip(), RecordInput::default().with_context(ContextInput::Overlay(scan)));
    let record = lab.fresh_run("late");
    let recorded = ops::record(&lab.store, &lab.env, &lab.session, record, &input, IdOrigin::Fresh);
    assert!(recorded.is_err(), "its content is gone");
    assert_eq!(lab.tip(), before);
    lab.fsck();
}

#[test]
fn a_run_with_many_files_is_one_pack_that_git_reads() {
    let lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(&folder).expect("made");
    for index in 0..300 {
        fs::write(folder.join(format!("f{index}.md")), format!("content {index}\n").repeat(index))
            .expect("written");
    }
    let before = lab.git(&["count-objects"]);
    let recorded = record_folder(&lab, &folder, false);
    assert_eq!(recorded.changed.len(), 300);
    assert_eq!(lab.git(&["count-objects"]), before, "nothing is written one to a file");
    let packs = fs::read_dir(lab.store.dir().join("objects/pack")).expect("folder").count();
    assert_eq!(packs, 2, "one pack and its index");
    let file = format!("{}:context/f299.md", recorded.commit);
    assert_eq!(lab.git(&["cat-file", "blob", &file]), "content 299\n".repeat(299));
    lab.fsck();
}

#[test]
fn what_is_exported_is_what_was_recorded() {
    let lab = Lab::new();
    let folder = lab.dir.path().join("in");
    fs::create_dir_all(folder.join("a/b")).expect("made");
    fs::write(folder.join("a/b/bytes"), [0u8, 159, 146, 150]).expect("written");
    fs::write(folder.join("empty"), "").expect("written");
    let recorded = record_folder(&lab, &folder, false);
    let state = lab.store.snapshot(recorded.commit).expect("readable");
    let out = lab.dir.path().join("out");
    assert_eq!(ops::export_context(&lab.store, &state, &out, ExportOptions::default()).expect("written"), 2);
    assert_eq!(fs::read(out.join("a/b/bytes")).expect("read"), [0u8, 159, 146, 150]);
    let again = ops::export_context(&lab.store, &state, &out, ExportOptions::default());
    assert!(matches!(again, Err(OpError::NotEmpty(_))), "a folder with something in it is left alone");
}

#[test]
fn names_that_would_collide_elsewhere_are_refused() {
    let lab = Lab::new();
    let put = |path: &str| {
        let path = path.parse().expect("a valid path");
        ops::put_context(&lab.store, &lab.env, &lab.place(), &path, b"x")
    };
    put("Docs/readme.md").expect("stored");
    let tip = lab.tip();
    assert!(matches!(put("docs/other.md"), Err(OpError::Collision { .. })));
    assert!(matches!(put("Docs/README.md"), Err(OpError::Collision { .. })));
    assert!(matches!(put("Docs"), Err(OpError::InTheWay { .. })));
    assert!(matches!(put("Docs/readme.md/x"), Err(OpError::InTheWay { .. })));
    assert_eq!(lab.tip(), tip, "a refused write must not move the branch");
}

#[test]
fn a_removed_session_comes_back_by_plain_git() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("x"));
    let tip = lab.tip();
    let removed = ops::remove(&lab.store, &lab.env, &lab.session).expect("removed");
    assert!(lab.store.session_names().expect("readable").is_empty());
    lab.git(&["update-ref", &format!("refs/heads/{}", removed.branch), &removed.trash]);
    assert_eq!(lab.tip(), tip);
    lab.fsck();
}
