//! A rewind makes the context as it was, by a new commit, and loses nothing.

use git_session::model::{FactKind, Key, RunRecord, RunStatus};
use git_session::ops::{
    self, BeginOptions, FinishOptions, Keep, OpError, Point, Recorded, Rewound, Selection,
};
use git_session::store::RunSpec;

use crate::lab::Lab;

/// Records a run that sees what the session knows.
fn run(lab: &Lab, summary: &str) -> Recorded {
    lab.record(lab.fresh_run(summary))
}

fn rewind_only(lab: &Lab, to: &str, only: &[&str]) -> Result<Rewound, OpError> {
    let spec: RunSpec = to.parse().expect("valid");
    let to = lab.store.find_run(&spec, Some(&lab.tip())).expect("found");
    let only = Selection::new(only.iter().map(|word| (*word).to_owned()));
    ops::rewind(&lab.store, &lab.env, &lab.session, &to, &only)
}

fn rewind(lab: &Lab, to: &str) -> Rewound {
    rewind_only(lab, to, &[]).expect("rewound")
}

fn context(lab: &Lab) -> Vec<(String, String)> {
    let root = lab.store.snapshot(lab.tip().tip).expect("readable").root;
    let files = lab.store.context_files(root).expect("readable");
    let text = |blob| String::from_utf8(lab.store.read_blob(blob, 1 << 20).expect("readable")).expect("text");
    files.into_iter().map(|(path, file)| (path.to_string(), text(file.blob))).collect()
}

#[test]
fn a_rewind_brings_the_context_back_and_rewinding_it_brings_the_rest_back() {
    let lab = Lab::new();
    lab.know("a", "1");
    run(&lab, "one");
    let then = context(&lab);
    lab.know("a", "2");
    lab.know("b", "2");
    run(&lab, "two");
    let now = context(&lab);
    let before = lab.tip().tip;
    let rewound = rewind(&lab, "@1");
    assert_eq!(rewound.files.len(), 2);
    assert_eq!(context(&lab), then);
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    assert_eq!(tip.parents, [before], "a rewind is a new commit");
    assert_eq!(tip.manifest.totals.runs, 2, "runs and totals stay");
    assert_eq!(rewind(&lab, "@1").commit, None, "what is so already is no change");
    rewind(&lab, "@2");
    assert_eq!(context(&lab), now);
    lab.fsck();
}

#[test]
fn only_what_is_asked_for_is_taken_back() {
    let lab = Lab::new();
    lab.know("a", "1");
    lab.know("b", "1");
    run(&lab, "one");
    lab.know("a", "2");
    lab.know("b", "2");
    rewind_only(&lab, "@1", &["a"]).expect("rewound");
    let values: Vec<String> = context(&lab).into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["1\n", "2\n"]);
    assert!(matches!(rewind_only(&lab, "@1", &["c"]), Err(OpError::NoContextFile { .. })));
    lab.fsck();
}

#[test]
fn conflicts_go_and_come_back_with_their_files() {
    let lab = Lab::new();
    lab.know("a", "0");
    run(&lab, "before");
    let theirs = lab.fork();
    lab.know("a", "1");
    theirs.know("a", "2");
    let from = Point::newest(theirs.tip());
    ops::merge(&lab.store, &lab.env, &lab.session, &from, &Default::default()).expect("merged");
    run(&lab, "in conflict");
    let open = |lab: &Lab| lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts.len();
    rewind(&lab, "@1");
    assert_eq!((open(&lab), context(&lab).len()), (0, 1));
    lab.fsck();
    rewind(&lab, "@2");
    assert_eq!((open(&lab), context(&lab).len()), (1, 2));
    lab.fsck();
    ops::resolve(&lab.store, &lab.env, &lab.session, "knowledge/a.md", &Keep::Other).expect("settled");
    lab.fsck();
}

#[test]
fn a_run_that_is_open_is_told_of_and_merges_when_it_finishes() {
    let lab = Lab::new();
    lab.know("a", "1");
    run(&lab, "one");
    lab.know("a", "2");
    run(&lab, "two");
    let begun = ops::begin(&lab.store, &lab.env, &lab.session, BeginOptions::default()).expect("begun");
    let place = ops::Place::OpenRun(lab.session.clone(), begun.open);
    let key: Key = "b".parse().expect("valid");
    ops::set_fact(&lab.store, &lab.env, &place, FactKind::Knowledge, &key, "3").expect("set");
    assert_eq!(rewind(&lab, "@1").open, [begun.open.run]);
    let update = |record: &mut RunRecord| record.status = RunStatus::Succeeded;
    let options = FinishOptions::default();
    ops::finish(&lab.store, &lab.env, &lab.session, &begun.open, update, &options).expect("finished");
    let values: Vec<String> = context(&lab).into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["1\n", "3\n"], "what the run left alone stays as it was rewound");
    lab.fsck();
}

#[test]
fn a_run_of_another_history_is_refused_and_an_inherited_one_is_not() {
    let lab = Lab::new();
    let first = run(&lab, "one").record.id.to_string();
    lab.know("a", "1");
    let theirs = lab.fork();
    let own = run(&theirs, "theirs").record.id.to_string();
    let tip = lab.tip();
    assert!(matches!(rewind_only(&lab, &own, &[]), Err(OpError::NotInHistory { .. })));
    assert_eq!(lab.tip(), tip, "a refused rewind changes nothing");
    rewind(&theirs, &first);
    assert_eq!(context(&theirs), []);
    theirs.fsck();
}
