//! Purging a run: that it was stays, with its numbers and its place; what it said is gone, and what it
//! brought, wherever that went.

use std::fs;

use git_session::model::{Agent, Code, PURGED, RunId, RunRecord, RunStatus, Usage, Usd};
use git_session::ops::{
    self, BeginOptions, Begun, Consent, ContextInput, DecideOptions, FinishOptions, IdOrigin, Limits,
    MergeOptions, OpError, Point, PurgeTarget, Purged, RecordInput, Sensitive, UndoTarget,
};
use git_session::store::{RunSpec, Store, StoreError};

use crate::lab::Lab;
use crate::purge::left;
use crate::purge_path::{again, has_content};

/// What the run says wherever it can; no rule knows it.
pub const SAID: &str = "What nobody should ever have said";

pub fn target(run: RunId) -> PurgeTarget {
    PurgeTarget::Runs(vec![run])
}

pub fn purge(lab: &Lab, target: &PurgeTarget) -> Result<Purged, OpError> {
    ops::purge(&lab.store, &lab.env, target, Consent::Given, &mut |_| ())
}

/// Records a run that leaves these files, and tells wherever it can.
pub fn tell(lab: &Lab, files: &[(&str, &str)]) -> RunId {
    let input = overlay(lab, files).with_conversation(Some(format!("> {SAID}\n")));
    record(lab, telling(lab), &input)
}

/// Records a run that leaves these files.
pub fn work(lab: &Lab, files: &[(&str, &str)]) -> RunId {
    record(lab, lab.fresh_run("work"), &overlay(lab, files))
}

fn record(lab: &Lab, record: RunRecord, input: &RecordInput) -> RunId {
    let recorded = ops::record(&lab.store, &lab.env, &lab.session, record, input, IdOrigin::Fresh);
    recorded.expect("recorded").record.id
}

fn overlay(lab: &Lab, files: &[(&str, &str)]) -> RecordInput {
    let folder = lab.dir.path().join("work");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("made");
    for (path, content) in files {
        let target = folder.join(path);
        fs::create_dir_all(target.parent().expect("below")).expect("made");
        fs::write(target, content).expect("written");
    }
    let scan = ops::scan_folder(&folder, &Limits::default(), Sensitive::Withhold).expect("scanned");
    RecordInput::default().with_context(ContextInput::Overlay(scan))
}

fn telling(lab: &Lab) -> RunRecord {
    let mut record = lab.fresh_run(&format!("{SAID}\nand more"));
    record.prompt = Some(SAID.to_owned());
    record.command = vec!["echo".to_owned(), SAID.to_owned()];
    record.agent = Some(Agent { name: "codex".to_owned(), ..Agent::default() });
    record.usage = Some(Usage { cost_usd: Some(Usd::from_micros(8_100)), ..Usage::default() });
    record.code = Some(Code { branch: Some(SAID.to_owned()), insertions: Some(3), ..Code::default() });
    record.tags.insert(SAID.to_owned());
    record
}

fn files(lab: &Lab) -> Vec<(String, String)> {
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let content = |blob| String::from_utf8(lab.store.read_blob(blob, 1 << 20).expect("read")).expect("text");
    let files = lab.store.context_files(tip.root).expect("listed").into_iter();
    files.map(|(path, file)| (path.to_string(), content(file.blob))).collect()
}

fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

/// What must be the same before and after.
pub fn constant(lab: &Lab) -> impl PartialEq + std::fmt::Debug + use<> {
    let manifest = lab.store.snapshot(lab.tip().tip).expect("readable").manifest;
    let runs = lab.store.runs(lab.tip().tip, None).expect("readable");
    let runs: Vec<_> = runs.into_iter().map(|run| (run.run, run.session)).collect();
    let dates = lab.git(&["log", "--format=%at %ct %an %ae", &lab.tip().tip.to_string()]);
    (manifest.totals, runs, dates)
}

fn record_of(lab: &Lab, run: RunId) -> RunRecord {
    let spec: RunSpec = run.to_string().parse().expect("a run");
    let found = lab.store.find_run(&spec, Some(&lab.tip())).expect("found");
    lab.store.run_record(found.run.commit).expect("readable").expect("a record")
}

#[test]
fn what_a_run_said_and_brought_is_gone_and_that_it_was_stays() {
    let lab = Lab::new();
    lab.know("host", "before");
    lab.record(lab.fresh_run("one"));
    let before_it = lab.tip().tip;
    let run = tell(&lab, &[("knowledge/host.md", "as the run says\n"), ("new.md", "brought by the run\n")]);
    lab.know("port", "80");
    lab.record(lab.fresh_run("after"));
    let (constants, old) = (constant(&lab), record_of(&lab, run));
    assert!(left(lab.store.dir(), SAID) > 5);

    let plan = ops::plan_purge(&lab.store, &target(run), &mut |_| ()).expect("planned");
    let places: Vec<&str> = plan.holdings.iter().map(|held| held.path.as_str()).collect();
    assert_eq!(
        places,
        ["context/knowledge/host.md", "context/new.md", "run/run.yaml", "run/conversation.md"]
    );
    assert!(plan.holdings.iter().all(|held| held.run == Some(run)));
    let done = purge(&lab, &target(run)).expect("purged");
    assert_eq!(done.plan, plan);
    assert!(done.residue.is_clean() && plan.elsewhere.is_empty() && plan.later.is_empty(), "{done:?}");

    let lab = again(&lab);
    assert_eq!(left(lab.store.dir(), SAID), 0);
    assert!(
        !has_content(&lab.store, "as the run says\n") && !has_content(&lab.store, "brought by the run\n")
    );
    assert_eq!(files(&lab), own(&[("knowledge/host.md", "before\n"), ("knowledge/port.md", "80\n")]));
    assert_eq!(constant(&lab), constants);
    assert!(lab.store.reachable(lab.tip().tip).contains(&before_it), "what came before it stays");
    assert_eq!(record_of(&lab, run), old.without_texts());
    let listed = lab.store.snapshot(lab.tip().tip).expect("readable").manifest.runs;
    let summaries: Vec<&str> = listed.iter().map(|run| run.summary.as_str()).collect();
    assert_eq!(summaries, ["after", PURGED, "one"]);
    let log = lab.git(&["log", "--format=%s", &lab.tip().tip.to_string()]);
    assert_eq!(log, "after\nknow port\n[PURGED]\none\nknow host\nLab\n");
    lab.fsck();
    assert!(matches!(purge(&lab, &target(run)), Err(OpError::PurgedBefore { .. })));
}

#[test]
fn what_others_made_of_it_stays_and_is_told_and_what_they_only_moved_goes() {
    let lab = Lab::new();
    work(&lab, &[("a.md", "old a\n"), ("b.md", "old b\n"), ("c.md", "old c\n")]);
    let run =
        work(&lab, &[("a.md", "run a\n"), ("b.md", "run b\n"), ("c.md", "run c\n"), ("d.md", "run d\n")]);
    // Edited, moved, moved and edited, copied.
    let later = work(&lab, &[("a.md", "run a, edited\n"), ("copy of d.md", "run d\n")]);
    for (from, to) in [("b.md", "moved/b.md"), ("c.md", "moved/c.md")] {
        let content = if from == "b.md" { "run b\n" } else { "run c, edited\n" };
        rename(&lab, from, to, content);
    }
    let done = purge(&lab, &target(run)).expect("purged");
    let told: Vec<_> = done.plan.later.iter().map(|held| (held.run, held.path.as_str())).collect();
    assert_eq!(told, [(Some(later), "context/a.md")]);
    let lab = again(&lab);
    assert_eq!(
        files(&lab),
        own(&[("a.md", "run a, edited\n"), ("moved/b.md", "old b\n"), ("moved/c.md", "run c, edited\n")])
    );
    for content in ["run a\n", "run b\n", "run c\n", "run d\n"] {
        assert!(!has_content(&lab.store, content), "{content}");
    }
    lab.fsck();
}

fn rename(lab: &Lab, from: &str, to: &str, content: &str) {
    let begun = ops::begin(&lab.store, &lab.env, &lab.tip(), BeginOptions::default()).expect("begun");
    let folder = begun.folder.context();
    fs::create_dir_all(folder.join(to).parent().expect("below")).expect("made");
    fs::rename(folder.join(from), folder.join(to)).expect("renamed");
    fs::write(folder.join(to), content).expect("written");
    finish(lab, &begun);
}

fn in_folder(begun: &Begun) -> RecordInput {
    let scan = ops::scan_folder(&begun.folder.context(), &Limits::default(), Sensitive::Withhold);
    RecordInput::default().with_context(ContextInput::Mirror(scan.expect("scanned")))
}

fn finish(lab: &Lab, begun: &Begun) -> ops::Recorded {
    let open = lab.store.try_find_open_run(lab.id, begun.open.run).expect("readable").expect("open");
    let options = FinishOptions::default().with_input(in_folder(begun));
    let succeed = |record: &mut RunRecord| record.status = RunStatus::Succeeded;
    ops::finish(&lab.store, &lab.env, &lab.tip(), &open, succeed, &options).expect("finished")
}

#[test]
fn a_run_of_a_fork_is_gone_from_what_it_was_merged_into() {
    let lab = Lab::new();
    work(&lab, &[("a.md", "old\n"), ("both.md", "base\n")]);
    let fork = lab.fork();
    let run = tell(&fork, &[("a.md", "run\n"), ("both.md", "of the run\n"), ("new.md", "brought\n")]);
    fork.record(fork.fresh_run("after it"));
    work(&lab, &[("both.md", "of the session\n"), ("own.md", "own\n")]);
    let from = Point::newest(fork.tip());
    ops::merge(&lab.store, &lab.env, &lab.session, &from, &MergeOptions::default()).expect("merged");
    assert_eq!(lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts.len(), 1);
    lab.know("port", "80");
    let constants = (constant(&lab), constant(&fork));
    purge(&lab, &target(run)).expect("purged");
    let (lab, fork) = (again(&lab), again(&fork));
    assert_eq!((constant(&lab), constant(&fork)), constants);
    for content in ["run\n", "of the run\n", "brought\n"] {
        assert!(!has_content(&lab.store, content), "{content}");
    }
    assert_eq!(files(&fork), own(&[("a.md", "old\n"), ("both.md", "base\n")]));
    let expected = [
        ("a.md", "old\n"),
        ("both.md", "of the session\n"),
        ("knowledge/port.md", "80\n"),
        ("own.md", "own\n"),
    ];
    assert_eq!(files(&lab), own(&expected), "the copy that the conflict kept is gone");
    assert_eq!(lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts, []);
    lab.fsck();
}

#[test]
fn a_run_that_won_a_conflict_when_it_finished_is_gone_with_what_it_won() {
    let lab = Lab::new();
    lab.know("host", "base");
    let begun = ops::begin(&lab.store, &lab.env, &lab.tip(), BeginOptions::default()).expect("begun");
    fs::write(begun.folder.context().join("knowledge/host.md"), "of the run\n").expect("written");
    lab.know("host", "meanwhile");
    finish(&lab, &begun);
    lab.know("port", "80");
    lab.fsck();
    let constants = constant(&lab);
    purge(&lab, &target(begun.open.run)).expect("purged");
    let lab = again(&lab);
    assert_eq!(constant(&lab), constants);
    assert!(!has_content(&lab.store, "of the run\n"));
    assert!(files(&lab).contains(&("knowledge/host.md".to_owned(), "meanwhile\n".to_owned())));
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let path = "knowledge/host.md".parse().expect("a path");
    let stands = lab.store.context_file(tip.root, &path).expect("read").expect("there").blob.to_string();
    assert_eq!(tip.manifest.conflicts[0].ours, Some(stands.into()), "the entry names what stands there");
    lab.fsck();
    // The next change settles what says the same twice.
    lab.know("port", "81");
    assert_eq!(files(&lab), own(&[("knowledge/host.md", "meanwhile\n"), ("knowledge/port.md", "81\n")]));
    assert_eq!(lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts, []);
    lab.fsck();
}

#[test]
fn the_first_run_and_the_newest_and_all_at_once() {
    for which in 0..4 {
        let lab = Lab::new();
        let runs = [
            work(&lab, &[("a.md", "one\n")]),
            work(&lab, &[("a.md", "two\n"), ("b.md", "two\n")]),
            work(&lab, &[("a.md", "three\n")]),
        ];
        let constants = constant(&lab);
        let (target, expected) = match which {
            0 => (vec![runs[0]], own(&[("a.md", "three\n"), ("b.md", "two\n")])),
            1 => (vec![runs[2]], own(&[("a.md", "two\n"), ("b.md", "two\n")])),
            2 => (vec![runs[2], runs[1]], own(&[("a.md", "one\n")])),
            _ => (runs.to_vec(), Vec::new()),
        };
        purge(&lab, &PurgeTarget::Runs(target.clone())).expect("purged");
        let lab = again(&lab);
        assert_eq!(files(&lab), expected, "{which}");
        assert_eq!(constant(&lab), constants);
        for run in runs {
            assert_eq!(record_of(&lab, run).has_no_texts(), target.contains(&run));
        }
        lab.fsck();
    }
}

#[test]
fn a_decision_of_the_run_goes_and_the_one_that_it_superseded_holds_again() {
    let lab = Lab::new();
    let first = ops::decide(&lab.store, &lab.env, &lab.place(), "Stay", &DecideOptions::default())
        .expect("decided")
        .id;
    let begun = ops::begin(&lab.store, &lab.env, &lab.tip(), BeginOptions::default()).expect("begun");
    let place = ops::Place::OpenRun(lab.tip(), begun.open);
    let options = DecideOptions::default().supersedes(vec![first.to_string()]);
    ops::decide(&lab.store, &lab.env, &place, "Sell the moon", &options).expect("decided");
    finish(&lab, &begun);
    purge(&lab, &target(begun.open.run)).expect("purged");
    let lab = again(&lab);
    assert_eq!(left(lab.store.dir(), "Sell the moon"), 0);
    assert_eq!(left(lab.store.dir(), "sell-the-moon"), 0, "its name told the same");
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let decisions = ops::list_decisions(&lab.store, &tip).expect("listed").0;
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].decision.status.to_string(), "accepted");
    lab.fsck();
}

#[test]
fn what_took_the_run_back_or_went_back_to_it_does_not_tell_of_it() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("one"));
    let run = tell(&lab, &[("a.md", "run\n")]);
    ops::undo(&lab.store, &lab.env, Some(&lab.tip()), UndoTarget::Last).expect("undone");
    let spec: RunSpec = run.to_string().parse().expect("a run");
    let found = lab.store.find_run(&spec, Some(&lab.tip())).expect("found");
    ops::rewind(&lab.store, &lab.env, &lab.session, &found, &Default::default()).expect("rewound");
    assert_eq!(files(&lab), own(&[("a.md", "run\n")]), "it came back");
    purge(&lab, &target(run)).expect("purged");
    let lab = again(&lab);
    assert_eq!(left(lab.store.dir(), SAID), 0);
    assert_eq!(files(&lab), []);
    let log = lab.git(&["log", "--format=%s", &lab.tip().tip.to_string()]);
    let expected = format!("rewind to {} [PURGED]\nundo [PURGED]\n[PURGED]\none\nLab\n", run.short());
    assert_eq!(log, expected);
    lab.fsck();
}

#[test]
fn an_open_run_that_began_after_it_loses_what_it_brought() {
    let lab = Lab::new();
    work(&lab, &[("a.md", "old\n")]);
    let run = tell(&lab, &[("a.md", "run\n"), ("b.md", "run b\n"), ("c.md", "run c\n")]);
    let begun = ops::begin(&lab.store, &lab.env, &lab.tip(), BeginOptions::default()).expect("begun");
    fs::write(begun.folder.context().join("c.md"), "edited by the open run\n").expect("written");
    ops::checkpoint(&lab.store, &lab.env, &lab.tip(), &begun.open, |_| (), &in_folder(&begun))
        .expect("saved");
    fs::write(begun.folder.context().join("d.md"), "of the open run\n").expect("written");
    let done = purge(&lab, &target(run)).expect("purged");
    assert_eq!(done.plan.later.len(), 1, "{:?}", done.plan.later);
    let lab = again(&lab);
    for content in ["run\n", "run b\n", "run c\n"] {
        assert!(!has_content(&lab.store, content), "{content}");
    }
    assert_eq!(left(lab.store.dir(), SAID), 0, "neither in the brief");
    let context = begun.folder.context();
    assert_eq!(fs::read_to_string(context.join("a.md")).expect("there"), "old\n");
    assert!(!context.join("b.md").exists());
    let finished = finish(&lab, &begun);
    assert_eq!(finished.changed, ["c.md", "d.md"]);
    let expected = [("a.md", "old\n"), ("c.md", "edited by the open run\n"), ("d.md", "of the open run\n")];
    assert_eq!(files(&lab), own(&expected));
    lab.fsck();
}

#[test]
fn what_a_killed_process_left_of_it_goes_too() {
    let lab = Lab::new();
    let begun =
        ops::begin(&lab.store, &lab.env, &lab.tip(), BeginOptions::default().with_record(telling(&lab)))
            .expect("begun");
    let refused = purge(&lab, &target(begun.open.run));
    assert!(matches!(refused, Err(OpError::StillOpen(_))), "{refused:?}");
    fs::write(begun.folder.context().join("a.md"), "run\n").expect("written");
    ops::checkpoint(&lab.store, &lab.env, &lab.tip(), &begun.open, |_| (), &in_folder(&begun))
        .expect("saved");
    let open = lab.store.try_find_open_run(lab.id, begun.open.run).expect("readable").expect("open");
    finish(&lab, &begun);
    // As if it had been killed before it dropped them.
    lab.git(&["update-ref", &open.ref_name(), &open.commit.to_string()]);
    fs::create_dir_all(begun.folder.context()).expect("made");
    fs::write(begun.folder.context().join("a.md"), "run\n").expect("written");
    purge(&lab, &target(begun.open.run)).expect("purged");
    let lab = again(&lab);
    assert_eq!(left(lab.store.dir(), SAID), 0);
    assert!(!has_content(&lab.store, "run\n") && !begun.folder.exists());
    lab.fsck();
}

#[test]
fn an_empty_file_of_somebody_else_stays() {
    let lab = Lab::new();
    let run = tell(&lab, &[("a/.keep", ""), ("b.md", "80\n")]);
    work(&lab, &[("c/.keep", "")]);
    let done = purge(&lab, &target(run)).expect("purged");
    assert_eq!(files(&again(&lab)), own(&[("c/.keep", "")]));
    assert_eq!(done.plan.elsewhere.len(), 1, "the empty file is told");
    again(&lab).fsck();
}

#[test]
fn what_a_run_only_copied_stays() {
    let lab = Lab::new();
    work(&lab, &[("a.md", "old\n")]);
    let run = tell(&lab, &[("copy of a.md", "old\n"), ("b.md", "run\n")]);
    purge(&lab, &target(run)).expect("purged");
    assert_eq!(files(&again(&lab)), own(&[("a.md", "old\n"), ("copy of a.md", "old\n")]));
    again(&lab).fsck();
}

#[test]
fn a_session_without_that_run_keeps_the_same_contents() {
    let lab = Lab::new();
    work(&lab, &[("a.md", "old\n")]);
    let fork = lab.fork();
    let run = tell(&lab, &[("a.md", "same\n")]);
    work(&fork, &[("a.md", "same\n")]);
    let (fork_tip, fork_files) = (fork.tip().tip, files(&fork));
    let done = purge(&lab, &target(run)).expect("purged");
    assert_eq!(done.plan.elsewhere.len(), 1);
    assert!(done.residue.is_clean());
    let (lab, fork) = (again(&lab), again(&fork));
    assert_eq!((fork.tip().tip, files(&fork)), (fork_tip, fork_files));
    assert_eq!(files(&lab), own(&[("a.md", "old\n")]));
    // The fork brings it back as its own.
    let from = Point::newest(fork.tip());
    ops::merge(&lab.store, &lab.env, &lab.session, &from, &MergeOptions::default()).expect("merged");
    assert_eq!(files(&lab), own(&[("a.md", "same\n")]));
    lab.fsck();
}

#[test]
fn both_sides_of_a_merge_may_have_the_same_and_only_one_of_them_from_the_run() {
    let lab = Lab::new();
    work(&lab, &[("a.md", "old\n")]);
    let fork = lab.fork();
    let run = tell(&fork, &[("a.md", "same\n")]);
    work(&lab, &[("a.md", "same\n")]);
    let from = Point::newest(fork.tip());
    ops::merge(&lab.store, &lab.env, &lab.session, &from, &MergeOptions::default()).expect("merged");
    rename(&lab, "a.md", "moved.md", "same\n");
    work(&lab, &[("moved.md", "same, edited\n")]);
    let done = purge(&lab, &target(run)).expect("purged");
    assert_eq!(done.plan.later, [], "nobody changed what the run had brought");
    let (lab, fork) = (again(&lab), again(&fork));
    assert_eq!(files(&lab), own(&[("moved.md", "same, edited\n")]), "it is its own");
    assert!(has_content(&lab.store, "same\n"));
    assert_eq!(files(&fork), own(&[("a.md", "old\n")]));
    lab.fsck();
}

#[test]
fn whoever_purges_the_same_run_gets_the_same_commits() {
    let lab = Lab::new();
    let run = tell(&lab, &[("a.md", "run\n")]);
    let fork = lab.fork();
    work(&fork, &[("b.md", "other\n")]);
    let copy = lab.dir.path().join("copy.git");
    fs::create_dir(&copy).expect("made");
    crate::check::copy(lab.store.dir(), &copy);
    fs::set_permissions(&copy, fs::metadata(lab.store.dir()).expect("there").permissions()).expect("private");
    let store = Store::open(&copy, git_session::store::StoreOptions::default()).expect("opened");
    let copied = Lab { store, ..lab.with_session(lab.session.clone(), lab.id) };
    let refs = |lab: &Lab| lab.git(&["for-each-ref", "refs/heads", "refs/purged"]);
    purge(&lab, &target(run)).expect("purged");
    purge(&copied, &target(run)).expect("purged");
    assert_eq!(refs(&copied), refs(&lab));
}

#[test]
fn a_run_that_is_not_there_is_refused_and_nothing_changes() {
    let lab = Lab::new();
    let run = tell(&lab, &[("a.md", "run\n")]);
    let before = lab.git(&["for-each-ref"]);
    let nobody = RunId::from_foreign("test", "nobody");
    let refused = purge(&lab, &PurgeTarget::Runs(vec![run, nobody]));
    assert!(matches!(refused, Err(OpError::Store(StoreError::NoRun { .. }))), "{refused:?}");
    assert_eq!(lab.git(&["for-each-ref"]), before);
}
