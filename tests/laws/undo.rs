//! What was done last is taken back, and nothing of it is lost.

use git_session::model::{FactKind, Key};
use git_session::ops::{
    self, Again, EditOptions, MergeOptions, Merged, Nothing, OpError, Point, UndoTarget, Undone, UndoneChange,
};
use git_session::store::RunSpec;

use crate::lab::Lab;

fn retitle(lab: &Lab, title: &str) {
    let title = EditOptions::default().with_title(Some(title.to_owned()));
    ops::edit(&lab.store, &lab.env, &lab.session, &title).expect("edited");
}

fn merge(into: &Lab, from: &Lab, again: Again) -> Merged {
    let options = MergeOptions::default().with_again(again);
    ops::merge(&into.store, &into.env, &into.session, &Point::newest(from.tip()), &options).expect("merged")
}

fn try_undo(lab: &Lab, target: UndoTarget<'_>) -> Result<Undone, OpError> {
    let session = lab.store.try_find_session(&lab.session.name).expect("readable");
    ops::undo(&lab.store, &lab.env, session.as_ref(), target)
}

fn undo(lab: &Lab) -> UndoneChange {
    match try_undo(lab, UndoTarget::Last).expect("undone") {
        Undone::Change(change) => *change,
        other => unreachable!("a change is taken back, not {other:?}"),
    }
}

fn facts(lab: &Lab) -> Vec<(String, String)> {
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let facts = ops::list_facts(&lab.store, &tip, FactKind::Knowledge).expect("readable");
    facts.into_iter().map(|fact| (fact.key.to_string(), fact.value)).collect()
}

fn title(lab: &Lab) -> String {
    lab.store.snapshot(lab.tip().tip).expect("readable").manifest.title
}

#[test]
fn undo_goes_back_change_by_change_and_an_undo_is_undone_by_its_name() {
    let lab = Lab::new();
    let mut states = vec![(facts(&lab), title(&lab))];
    lab.know("a", "1");
    states.push((facts(&lab), title(&lab)));
    retitle(&lab, "Another");
    states.push((facts(&lab), title(&lab)));
    lab.know("a", "2");
    lab.record(lab.fresh_run("changes nothing"));
    let newest = (facts(&lab), title(&lab));
    let mut last = None;
    while let Some(state) = states.pop() {
        last = Some(undo(&lab));
        assert_eq!((facts(&lab), title(&lab)), state);
        lab.fsck();
    }
    assert!(matches!(try_undo(&lab, UndoTarget::Last), Err(OpError::NothingToUndo)));
    let rows = ops::changes(&lab.store, Some(&lab.tip()), 50).expect("readable");
    let verbs: Vec<_> = rows.iter().map(|row| (row.verb, row.undone)).collect();
    let undos = [("undo", false); 3];
    let others = [("run", false), ("context", true), ("edit", true), ("context", true), ("create", false)];
    assert_eq!(verbs, [&undos[..], &others[..]].concat());
    let last = last.expect("there was one").commit.to_string();
    try_undo(&lab, UndoTarget::Named(&last)).expect("an undo is a change too");
    assert_eq!(facts(&lab).len(), 1, "the first fact is back");
    let again = rows[1].commit.to_string();
    try_undo(&lab, UndoTarget::Named(&again)).expect("undone");
    assert_eq!(title(&lab), newest.1);
    assert_eq!(lab.store.session_runs(&lab.tip()).expect("readable").len(), 1, "a run is never lost");
    lab.fsck();
}

#[test]
fn what_a_run_changed_is_taken_back_and_the_run_stays() {
    let lab = Lab::new();
    let begun = ops::begin(&lab.store, &lab.env, &lab.session, Default::default()).expect("begun");
    let place = ops::Place::OpenRun(lab.session.clone(), begun.open);
    let key: Key = "a".parse().expect("valid");
    ops::set_fact(&lab.store, &lab.env, &place, FactKind::Knowledge, &key, "1").expect("set");
    let options = ops::FinishOptions::default();
    let end =
        |record: &mut git_session::model::RunRecord| record.status = git_session::model::RunStatus::Failed;
    ops::finish(&lab.store, &lab.env, &lab.session, &begun.open, end, &options).expect("finished");
    undo(&lab);
    assert_eq!(facts(&lab), []);
    let totals = lab.store.snapshot(lab.tip().tip).expect("readable").manifest.totals;
    assert_eq!((totals.runs, totals.failed), (1, 1));
    lab.fsck();
}

#[test]
fn an_older_change_is_taken_back_and_what_came_after_is_kept() {
    let lab = Lab::new();
    lab.know("a", "1");
    lab.know("b", "1");
    lab.know("b", "2");
    let rows = ops::changes(&lab.store, Some(&lab.tip()), 50).expect("readable");
    let change = |index: usize| rows[index].commit.to_string();
    let Undone::Change(undone) = try_undo(&lab, UndoTarget::Named(&change(2))).expect("undone") else {
        unreachable!("a change is taken back");
    };
    assert_eq!(undone.conflicts, []);
    assert_eq!(facts(&lab), [("b".to_owned(), "2".to_owned())]);
    let Undone::Change(undone) = try_undo(&lab, UndoTarget::Named(&change(1))).expect("undone") else {
        unreachable!("a change is taken back");
    };
    assert_eq!(undone.conflicts.len(), 1, "the fact was changed since");
    assert_eq!(facts(&lab), [("b".to_owned(), "2".to_owned())]);
    lab.fsck();
    let created = change(3);
    assert!(matches!(try_undo(&lab, UndoTarget::Named(&created)), Err(OpError::CannotUndo { .. })));
    assert!(matches!(try_undo(&lab, UndoTarget::Named(&change(2))), Err(OpError::UndoneBefore { .. })));
    assert!(matches!(try_undo(&lab, UndoTarget::Named("nothing")), Err(OpError::NoChange(_))));
}

#[test]
fn an_undone_merge_is_merged_again_on_the_base_from_before() {
    let ours = Lab::new();
    ours.know("shared", "1");
    let theirs = ours.fork();
    theirs.record(theirs.fresh_run("theirs"));
    theirs.know("theirs", "1");
    theirs.know("shared", "2");
    merge(&ours, &theirs, Again::No);
    let merged = facts(&ours);
    let undone = undo(&ours);
    assert_eq!((undone.change.verb, facts(&ours).len()), ("merge", 1));
    assert_eq!(merge(&ours, &theirs, Again::No).nothing, Some(Nothing::Undone));
    ours.fsck();
    theirs.know("later", "1");
    let again = merge(&ours, &theirs, Again::Yes);
    assert_eq!((again.new_runs, again.conflicts.len()), (0, 0), "its runs had stayed");
    assert_eq!(facts(&ours), [&[("later".to_owned(), "1".to_owned())][..], &merged].concat());
    ours.fsck();
    assert_eq!(merge(&ours, &theirs, Again::No).nothing, Some(Nothing::Already));
}

#[test]
fn a_removed_session_is_put_back_under_its_name() {
    let lab = Lab::new();
    retitle(&lab, "Another");
    lab.record(lab.fresh_run("one"));
    let other = lab.fork();
    retitle(&other, "A third");
    ops::remove(&lab.store, &lab.env, &other.session).expect("removed");
    let rows = ops::changes(&lab.store, Some(&lab.tip()), 50).expect("readable");
    assert_eq!((rows[0].verb, rows[0].summary.as_str(), rows[0].who.as_str()), ("rm", "A third", "Lab"));
    let Undone::Restored(back) = try_undo(&lab, UndoTarget::Last).expect("undone") else {
        unreachable!("the session is put back");
    };
    assert_eq!(back.name, other.session.name, "it keeps the name of its first title");
    assert!(lab.store.trash().expect("readable").is_empty());
    lab.fsck();
    assert_eq!(undo(&lab).change.verb, "edit", "what was done before comes next");
    // Also where nothing is current.
    ops::remove(&lab.store, &lab.env, &lab.session).expect("removed");
    assert!(matches!(try_undo(&lab, UndoTarget::Last), Ok(Undone::Restored(_))));
    lab.fsck();
}

#[test]
fn an_undo_of_what_was_pushed_says_so() {
    let lab = Lab::new();
    lab.know("a", "1");
    let (branch, pushed) = (lab.session.name.branch(), lab.tip().tip.to_string());
    lab.git(&["update-ref", &format!("refs/remotes/origin/{branch}"), &pushed]);
    lab.know("a", "2");
    assert_eq!(undo(&lab).pushed_to, Vec::<String>::new());
    assert_eq!(undo(&lab).pushed_to, ["origin"]);
}

#[test]
fn a_rewind_is_a_change_like_any_other() {
    let lab = Lab::new();
    lab.know("a", "1");
    lab.record(lab.fresh_run("one"));
    lab.know("a", "2");
    let spec: RunSpec = "@1".parse().expect("valid");
    let to = lab.store.find_run(&spec, Some(&lab.tip())).expect("found");
    ops::rewind(&lab.store, &lab.env, &lab.session, &to, &Default::default()).expect("rewound");
    undo(&lab);
    assert_eq!(facts(&lab), [("a".to_owned(), "2".to_owned())]);
    lab.fsck();
}
