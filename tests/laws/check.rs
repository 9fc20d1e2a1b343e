//! A check finds what is wrong and nothing else; a repair mends it and drops nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use git_session::model::{Change, CommitMessage, FactKind, RunId, SessionId};
use git_session::ops::{
    self, CheckLevel, CheckReport, LogOptions, LogScope, ProblemKind, RepairOptions, Repaired, Severity,
};
use git_session::store::{
    CommitId, ContextFile, Durability, Mark, NewCommit, SessionRef, Store, StoreOptions, TreeEdit,
};

use crate::lab::{Lab, env, git};

pub fn check(store: &Store, level: CheckLevel) -> CheckReport {
    ops::check(store, SystemTime::now(), level, &|_| ()).expect("looked at")
}

pub fn kinds(report: &CheckReport) -> BTreeSet<ProblemKind> {
    report.problems.iter().map(|problem| problem.kind).collect()
}

pub fn repair(store: &Store) -> Repaired {
    let transports = vec!["file".to_owned()];
    let options = RepairOptions { now: SystemTime::now(), transports, progress: &|_| () };
    let repaired = ops::repair(store, &env("repair"), &options).expect("looked at");
    assert_eq!(repaired.failed, [], "no step may fail");
    repaired
}

fn fact(lab: &Lab, key: &str, value: &str) {
    let key = key.parse().expect("valid");
    ops::set_fact(&lab.store, &lab.env, &lab.place(), FactKind::Knowledge, &key, value).expect("set");
}

fn open(dir: &Path) -> Store {
    Store::open(dir, StoreOptions::default().with_durability(Durability::Off)).expect("opened")
}

/// A session with two runs and three facts, and another one with a run.
fn two_sessions() -> (Lab, SessionRef) {
    let lab = Lab::new();
    fact(&lab, "one", "first");
    lab.record(lab.fresh_run("first"));
    fact(&lab, "one", "second");
    lab.record(lab.fresh_run("second"));
    let other = ops::create(&lab.store, &lab.env, "Other", ops::CreateOptions::default()).expect("created");
    (lab, other.session)
}

/// Commits a file to the lab's session as nothing of ours would.
pub fn commit(lab: &Lab, path: &str, content: &str, parents: &[CommitId], message: &CommitMessage) {
    let tip = lab.store.step(lab.tip().tip).expect("readable");
    let mut batch = lab.store.batch();
    let blob = batch.blob(content.as_bytes()).expect("kept");
    let edit = TreeEdit::Put(path.to_owned(), ContextFile::plain(blob));
    let tree = batch.edit_tree(Some(tip.root), &[edit]).expect("edited");
    let (author, at) = (&lab.env.identity, tip.committed_at);
    let new = NewCommit { tree, parents, author, authored_at: at, committed_at: at, message };
    let commit = batch.commit(&new).expect("kept");
    let writer = lab.store.lock_session(lab.id).expect("free");
    writer.persist(batch, &[commit]).expect("stored");
    let mark = Mark { who: author, at, log: "plant" };
    writer.advance(&lab.session.name, Some(tip.commit), commit, mark).expect("moved");
}

/// Puts a commit in the place of the tip in which one file is different.
pub fn plant(lab: &Lab, path: &str, change: impl Fn(&str) -> String) {
    let tip = lab.store.step(lab.tip().tip).expect("readable");
    let old = lab.git(&["show", &format!("{}:{path}", tip.commit)]);
    let new = change(&old);
    assert_ne!(new, old, "something must be planted");
    commit(lab, path, &new, &tip.parents, &tip.message.expect("ours"));
    // That a commit lost its place is not what is to be found.
    fs::remove_file(lab.store.dir().join("logs/refs/heads").join(lab.session.name.branch()))
        .expect("removed");
}

#[test]
fn nothing_is_wrong_with_what_we_write() {
    let (lab, _) = two_sessions();
    for level in [CheckLevel::Tips, CheckLevel::Objects, CheckLevel::Data] {
        assert_eq!(check(&lab.store, level).problems, [], "{level:?}");
    }
    let report = check(&lab.store, CheckLevel::Data);
    assert_eq!((report.sessions, report.runs), (2, 2));
    let count = lab.git(&["count-objects", "-v"]);
    assert!(count.contains(&format!("count: {}", report.objects)), "all are looked at: {count}");
}

#[test]
fn an_error_planted_in_each_count_is_found_and_mended() {
    type Planted = (&'static str, fn(&str) -> String, ProblemKind);
    let planted: [Planted; 4] = [
        ("totals", |text| text.replace("succeeded: 2", "succeeded: 1"), ProblemKind::Totals),
        ("tokens", |text| text.replace("input_tokens: 7", "input_tokens: 8"), ProblemKind::Totals),
        ("runs", |text| text.replace("summary: first", "summary: fist"), ProblemKind::RunList),
        (
            "conflicts",
            |text| {
                format!("{text}conflicts: [{{path: a.md, kind: content, copy: a.md.conflict-01234567}}]\n")
            },
            ProblemKind::Conflicts,
        ),
    ];
    for (what, change, kind) in planted {
        let lab = Lab::new();
        let mut first = lab.fresh_run("first");
        first.usage.get_or_insert_default().input_tokens = Some(7);
        lab.record(first);
        lab.record(lab.fresh_run("second"));
        plant(&lab, "session.yaml", change);
        for level in [CheckLevel::Tips, CheckLevel::Objects] {
            assert_eq!(kinds(&check(&lab.store, level)), BTreeSet::from([kind]), "{what} {level:?}");
        }
        let left = repair(&lab.store).left;
        assert_eq!(left.problems, [], "{what}");
        assert_eq!(left.runs, 2, "{what}: no run is lost");
        lab.fsck();
    }
}

#[test]
fn a_copy_that_no_conflict_lists_is_found_and_listed() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("first"));
    let message = CommitMessage::of_change(Change::Context, lab.id, "plant");
    commit(&lab, "context/notes.md.conflict-01234567", "other\n", &[lab.tip().tip], &message);
    assert_eq!(kinds(&check(&lab.store, CheckLevel::Tips)), BTreeSet::from([ProblemKind::Conflicts]));
    assert_eq!(repair(&lab.store).left.problems, []);
    let manifest = lab.store.snapshot(lab.tip().tip).expect("readable").manifest;
    assert_eq!(manifest.conflicts.len(), 1);
    assert_eq!(manifest.conflicts[0].subject(), "notes.md");
}

#[test]
fn records_that_disagree_with_their_commits_are_found() {
    type Planted = (fn(&str) -> String, ProblemKind);
    let planted: [Planted; 3] = [
        (|text| text.replace("status: succeeded", "status: failed"), ProblemKind::Message),
        (|text| text.replace("summary: second", "summary: seconds"), ProblemKind::Message),
        (|_| "schema: [".to_owned(), ProblemKind::Record),
    ];
    for (change, kind) in planted {
        let lab = Lab::new();
        lab.record(lab.fresh_run("first"));
        lab.record(lab.fresh_run("second"));
        plant(&lab, "run/run.yaml", change);
        let report = check(&lab.store, CheckLevel::Objects);
        let found = report.problems.iter().find(|problem| problem.kind == kind).expect("found");
        assert_eq!(found.path.as_deref(), Some("run/run.yaml"));
        assert!(found.run.is_some() && found.branch.is_some() && !found.remedy.is_empty());
    }
    let lab = Lab::new();
    lab.record(lab.fresh_run("first"));
    let message = CommitMessage::of_change(Change::Context, lab.id, "plant");
    commit(&lab, "run/run.yaml", "schema: 1\n", &[lab.tip().tip], &message);
    assert!(kinds(&check(&lab.store, CheckLevel::Objects)).contains(&ProblemKind::Message));
}

#[test]
fn a_commit_that_a_branch_lost_is_found_and_kept() {
    let (lab, _) = two_sessions();
    let tip = lab.tip().tip;
    let parent = lab.store.step(tip).expect("readable").parents[0];
    lab.git(&["update-ref", &format!("refs/heads/{}", lab.session.name.branch()), &parent.to_string()]);
    let report = check(&open(lab.store.dir()), CheckLevel::Tips);
    let [lost] = report.problems.as_slice() else { panic!("one thing is lost: {:?}", report.problems) };
    assert_eq!((lost.kind, lost.commit), (ProblemKind::LostCommit, Some(tip)));
    assert!(lost.message.contains("second"), "{}", lost.message);
    assert_eq!(repair(&lab.store).left.problems, []);
    assert_eq!(lab.git(&["rev-parse", &format!("refs/rescue/{}/{tip}", lab.id)]).trim(), tip.to_string());
}

#[test]
fn what_dead_processes_left_is_no_damage_and_is_swept() {
    let (lab, _) = two_sessions();
    let old = SystemTime::now() - std::time::Duration::from_secs(7200);
    for name in ["refs/heads/session/x-00000001.lock", "packed-refs.lock", "objects/pack/tmp_pack_x"] {
        let file = fs::File::create(lab.store.dir().join(name)).expect("made");
        file.set_modified(old).expect("dated");
    }
    let report = check(&lab.store, CheckLevel::Objects);
    assert_eq!(report.problems.len(), 3);
    assert!(!report.is_damaged() && report.problems.iter().all(|p| p.severity == Severity::Note));
    assert_eq!(repair(&lab.store).left.problems, []);
}

#[test]
fn what_is_planned_is_not_done() {
    let (lab, _) = two_sessions();
    let tip = lab.tip().tip;
    remove_object(lab.store.dir(), &tip.to_string());
    let before = files(lab.store.dir());
    let plan = ops::plan_repair(&open(lab.store.dir()), SystemTime::now(), &|_| ()).expect("planned");
    assert_eq!(plan.steps.len(), 1, "{:?}", plan.steps);
    assert!(files(lab.store.dir()) == before, "a plan changes nothing");
}

#[test]
fn a_tip_that_cannot_be_used_is_kept_beside() {
    let (lab, _) = two_sessions();
    let before = lab.tip().tip;
    let message = CommitMessage::of_change(Change::Edit, lab.id, "plant");
    commit(&lab, "session.yaml", "schema: [", &[before], &message);
    let broken = lab.tip().tip;
    let repaired = repair(&open(lab.store.dir()));
    assert_eq!(repaired.left.problems, []);
    assert_eq!(lab.tip().tip, before, "the newest intact commit is back");
    assert_eq!(
        lab.git(&["rev-parse", &format!("refs/broken/{}/{broken}", lab.id)]).trim(),
        broken.to_string()
    );
    let [bundle] = repaired.bundles.as_slice() else { panic!("a bundle is written") };
    lab.git(&["bundle", "verify", "-q", bundle.to_str().expect("text")]);
    lab.fsck();
}

#[test]
fn packed_refs_that_cannot_be_read_are_mended() {
    let (lab, other) = two_sessions();
    lab.git(&["pack-refs", "--all"]);
    let file = lab.store.dir().join("packed-refs");
    let mut bytes = fs::read(&file).expect("readable");
    bytes.extend_from_slice(b"\xff garbage\nnot a ref\n");
    fs::write(&file, bytes).expect("written");
    assert!(check(&open(lab.store.dir()), CheckLevel::Tips).is_damaged());
    assert_eq!(repair(&open(lab.store.dir())).left.problems, []);
    let store = open(lab.store.dir());
    assert_eq!(store.session_names().expect("readable").len(), 2);
    assert!(store.try_find_session(&other.name).expect("readable").is_some());
}

#[test]
fn packs_without_their_index_and_broken_packs_are_mended() {
    for fault in ["no index", "broken index", "no pack, but loose objects"] {
        let (lab, _) = two_sessions();
        lab.git(&["repack", "-a", "-q"]);
        let pack = packs(lab.store.dir()).pop().expect("a pack");
        let index = pack.with_extension("idx");
        match fault {
            "no index" => fs::remove_file(&index).expect("removed"),
            "broken index" => overwrite(&index, b"broken"),
            _ => fs::remove_file(&pack).expect("removed"),
        }
        let report = check(&open(lab.store.dir()), CheckLevel::Tips);
        assert!(kinds(&report).contains(&ProblemKind::Pack), "{fault}: {:?}", report.problems);
        assert_eq!(repair(&open(lab.store.dir())).left.problems, [], "{fault}");
        lab.fsck();
    }
}

#[test]
fn a_pack_that_is_cut_short_gives_what_can_be_read() {
    let (lab, other) = two_sessions();
    lab.git(&["repack", "-a", "-d", "-q"]);
    let pack = packs(lab.store.dir()).pop().expect("a pack");
    let mut bytes = fs::read(&pack).expect("readable");
    bytes.truncate(bytes.len() - 300);
    overwrite(&pack, &bytes);
    assert!(check(&open(lab.store.dir()), CheckLevel::Tips).is_damaged());
    repair(&open(lab.store.dir()));
    assert!(lab.store.dir().join("git-session/broken").read_dir().expect("there").count() > 0);
    let store = open(lab.store.dir());
    let listed = ops::list(&store, &ops::ListOptions::default()).expect("listed");
    for row in listed.rows {
        store.find_session(&row.id.to_string()).expect("usable");
    }
    let _ = other;
}

fn packs(store: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(store.join("objects/pack")).expect("there").flatten().map(|file| file.path());
    files.filter(|path| path.extension().is_some_and(|end| end == "pack")).collect()
}

fn overwrite(file: &Path, content: &[u8]) {
    fs::remove_file(file).expect("removed");
    fs::write(file, content).expect("written");
}

fn remove_object(store: &Path, id: &str) {
    fs::remove_file(store.join("objects").join(&id[..2]).join(&id[2..])).expect("removed");
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("there").flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            // Lock files are made when they are first used.
            path if path.parent().is_some_and(|folder| folder.ends_with("locks")) => {}
            path => found.push((path.clone(), fs::read(&path).expect("readable"))),
        }
    }
    found.sort();
    found
}

/// How an object is damaged.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Removed,
    Emptied,
    Flipped,
}

fn damage(file: &Path, how: Damage) {
    let mut bytes = fs::read(file).expect("readable");
    let middle = bytes.len() / 2;
    match how {
        Damage::Removed => return fs::remove_file(file).expect("removed"),
        Damage::Emptied => bytes.clear(),
        Damage::Flipped => bytes[middle] ^= 0x55,
    }
    overwrite(file, &bytes);
}

/// Returns the loose objects of a store, below it.
fn objects(store: &Path) -> Vec<PathBuf> {
    let all = files(&store.join("objects")).into_iter().map(|(path, _)| path);
    all.map(|path| path.strip_prefix(store).expect("inside").to_owned()).collect()
}

pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("there").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("made");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Makes a store what it was when it was copied.
pub fn restore(template: &Path, store: &Path) {
    let permissions = fs::metadata(template).expect("there").permissions();
    fs::remove_dir_all(store).expect("removed");
    fs::create_dir(store).expect("made");
    copy(template, store);
    fs::set_permissions(store, permissions).expect("private");
}

/// What can be read of a store: its sessions and their runs.
fn runs(store: &Store) -> BTreeSet<(SessionId, RunId)> {
    let (sessions, _) = store.sessions().expect("listed");
    let of = |session: &SessionRef| {
        let id = store.snapshot(session.tip).ok().map(|snapshot| snapshot.manifest.id);
        let runs = store.session_runs(session).unwrap_or_default();
        id.into_iter().flat_map(move |id| runs.clone().into_iter().map(move |run| (id, run.run.id)))
    };
    sessions.iter().flat_map(of).collect::<Vec<_>>().into_iter().collect()
}

/// Damages a copy of the lab's store in one place, checks and repairs it; `remote` has all of it.
fn damage_and_repair(lab: &Lab, object: &Path, how: Damage, remote: Option<&Path>) -> (CheckReport, Store) {
    let dir = lab.dir.path().join("copy.git");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).expect("made");
    copy(lab.store.dir(), &dir);
    fs::set_permissions(&dir, fs::metadata(lab.store.dir()).expect("there").permissions()).expect("private");
    if let Some(remote) = remote {
        let out = git(&dir, &["remote", "add", "origin", remote.to_str().expect("text")]);
        assert!(out.status.success());
    }
    damage(&dir.join(object), how);
    let found = check(&open(&dir), CheckLevel::Data);
    assert!(found.is_damaged(), "{how:?} {} must be found", object.display());
    repair(&open(&dir));
    (found, open(&dir))
}

fn usable<T>(what: &str, verb: &str, result: Result<T, ops::OpError>) {
    assert!(result.is_ok(), "{what}: {verb}: {:?}", result.err());
}

fn assert_usable(store: &Store, session: &SessionRef, what: &str) {
    usable(what, "brief", ops::brief(store, session, &ops::BriefOptions::default()));
    // A commit that is gone ends the history; everything else leaves it readable.
    if store.session_runs(session).is_ok() {
        usable(what, "log", ops::log(store, &LogScope::Session(session.clone()), &LogOptions::default()));
        usable(what, "runs", ops::runs(store, &env("look"), session, None));
    }
    let tip = store.snapshot(session.tip).expect("readable");
    for entry in ops::list_context(store, &tip, None).expect("listed") {
        usable(what, "cat", ops::cat_context(store, &tip, &entry.path));
    }
}

#[test]
fn each_object_is_damaged_in_turn_and_no_session_is_blocked() {
    let (lab, _) = two_sessions();
    let all = runs(&lab.store);
    let (mut damaged, mut whole) = (0, 0);
    for object in objects(lab.store.dir()) {
        for how in [Damage::Removed, Damage::Emptied, Damage::Flipped] {
            let (_, store) = damage_and_repair(&lab, &object, how, None);
            damaged += 1;
            whole += usize::from(runs(&store) == all);
            assert!(runs(&store).is_subset(&all));
            let (sessions, broken) = store.sessions().expect("listed");
            assert_eq!(broken, [], "{how:?} {}", object.display());
            for session in sessions {
                let id = store.snapshot(session.tip).expect("readable").manifest.id;
                let mut record = lab.fresh_run("after");
                record.session = id;
                let input = ops::RecordInput::default();
                ops::record(&store, &env("after"), &session, record, &input, ops::IdOrigin::Fresh)
                    .expect("the next record works");
                assert_usable(&store, &session, &format!("{how:?} {}", object.display()));
            }
        }
    }
    println!("{damaged} damaged objects: all found, {whole} repaired without a lost run, 0 sessions blocked");
}

#[test]
fn a_remote_gives_back_each_object_that_is_lost() {
    let (lab, _) = two_sessions();
    let remote = lab.dir.path().join("remote.git");
    fs::create_dir(&remote).expect("made");
    copy(lab.store.dir(), &remote);
    let all = runs(&lab.store);
    let tips = lab.git(&["for-each-ref"]);
    let mut repaired = 0;
    for object in objects(lab.store.dir()) {
        for how in [Damage::Removed, Damage::Flipped] {
            let (_, store) = damage_and_repair(&lab, &object, how, Some(&remote));
            assert_eq!(check(&store, CheckLevel::Data).problems, [], "{how:?} {}", object.display());
            assert_eq!(runs(&store), all, "{how:?} {}", object.display());
            let out = git(store.dir(), &["for-each-ref"]);
            assert_eq!(String::from_utf8(out.stdout).expect("text"), tips, "no branch had to move");
            repaired += 1;
        }
    }
    println!("{repaired} lost objects: all fetched from a remote");
}
