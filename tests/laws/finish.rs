//! Runs that are open at the same time all land, in whatever order they finish.

use std::fs;

use git_session::model::{ConflictKind, FactKind, Key, RunRecord, RunStatus};
use git_session::ops::{
    self, BeginOptions, Begun, ContextInput, EditOptions, FinishOptions, Keep, Limits, OpError, Place,
    RecordInput, Recorded, Sensitive,
};
use proptest::prelude::*;

use crate::lab::Lab;

fn key(text: &str) -> Key {
    text.parse().expect("valid")
}

fn begin(lab: &Lab) -> Begun {
    ops::begin(&lab.store, &lab.env, &lab.session, BeginOptions::default()).expect("begun")
}

fn finish(lab: &Lab, begun: &Begun) -> Recorded {
    let folder = begun.folder.context();
    let scan = folder.exists().then(|| ops::scan_folder(&folder, &Limits::default(), Sensitive::Withhold));
    let context = scan.map_or(ContextInput::Unchanged, |scan| ContextInput::Mirror(scan.expect("readable")));
    let input = RecordInput::default().with_context(context);
    let options = FinishOptions::default().with_input(input);
    let update = |record: &mut RunRecord| record.status = RunStatus::Succeeded;
    ops::finish(&lab.store, &lab.env, &lab.session, &begun.open, update, &options).expect("finished")
}

fn write(begun: &Begun, path: &str, content: &str) {
    let file = begun.folder.context().join(path);
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    fs::write(file, content).expect("written");
}

fn files(lab: &Lab) -> Vec<(String, String)> {
    let root = lab.store.snapshot(lab.tip().tip).expect("readable").root;
    let files = lab.store.context_files(root).expect("readable");
    let text = |blob| String::from_utf8(lab.store.read_blob(blob, 1 << 20).expect("readable")).expect("text");
    files.into_iter().map(|(path, file)| (path.to_string(), text(file.blob))).collect()
}

fn permutations(items: Vec<usize>) -> Vec<Vec<usize>> {
    if items.len() < 2 {
        return vec![items];
    }
    let each = items.iter().flat_map(|first| {
        let rest = items.iter().copied().filter(|item| item != first).collect();
        permutations(rest).into_iter().map(|rest| [vec![*first], rest].concat()).collect::<Vec<_>>()
    });
    each.collect()
}

#[test]
fn four_open_runs_all_land_in_any_order() {
    for order in permutations(vec![0, 1, 2, 3]) {
        let lab = Lab::new();
        let runs: Vec<Begun> = (0..4).map(|_| begin(&lab)).collect();
        for (index, run) in runs.iter().enumerate() {
            write(run, &format!("knowledge/own.{index}.md"), "x\n");
        }
        // The first two change the same key, differently.
        write(&runs[0], "knowledge/shared.md", "zero\n");
        write(&runs[1], "knowledge/shared.md", "one\n");
        for (step, index) in order.iter().enumerate() {
            let recorded = finish(&lab, &runs[*index]);
            assert_eq!(recorded.number, step as u64 + 1);
            let title = EditOptions::default().with_title(Some(format!("title {step}")));
            ops::edit(&lab.store, &lab.env, &lab.session, &title).expect("edited");
        }
        let late =
            if order.iter().position(|i| *i == 0) > order.iter().position(|i| *i == 1) { 0 } else { 1 };
        let (winner, loser) = if late == 0 { ("zero\n", "one\n") } else { ("one\n", "zero\n") };
        let files = files(&lab);
        let own = files.iter().filter(|(path, _)| path.starts_with("knowledge/own.")).count();
        assert_eq!(own, 4, "every run's own fact is there, order {order:?}");
        let value =
            |wanted: &str| files.iter().find(|(path, _)| path == wanted).map(|(_, text)| text.as_str());
        assert_eq!(
            value("knowledge/shared.md"),
            Some(winner),
            "the later finish takes the path, order {order:?}"
        );
        let manifest = lab.store.snapshot(lab.tip().tip).expect("readable").manifest;
        let [conflict] = manifest.conflicts.as_slice() else {
            panic!("one conflict, got {:?}", manifest.conflicts)
        };
        let copy = conflict.copy.as_deref().expect("kept beside");
        assert_eq!(value(copy), Some(loser), "the earlier one is kept, order {order:?}");
        assert_eq!(manifest.title, "title 3");
        assert_eq!(lab.store.session_runs(&lab.tip()).expect("readable").len(), 4);
        assert!(lab.store.open_runs(None).expect("readable").is_empty(), "finished runs are open no longer");
        lab.fsck();
    }
}

#[test]
fn a_kill_between_branch_and_open_ref_leaves_one_run() {
    let lab = Lab::new();
    let run = begin(&lab);
    let first = finish(&lab, &run);
    // What the killed process had not dropped yet.
    let open = format!("refs/open/{}/{}", lab.id, run.open.run);
    lab.git(&["update-ref", &open, &run.open.commit.to_string()]);
    lab.record(lab.fresh_run("in between"));
    let again = finish(&lab, &run);
    assert_eq!((again.commit, again.already), (first.commit, true));
    assert_eq!(lab.store.session_runs(&lab.tip()).expect("readable").len(), 2);
    lab.git(&["update-ref", &open, &run.open.commit.to_string()]);
    let place = Place::OpenRun(lab.session.clone(), run.open);
    let late = ops::note(&lab.store, &lab.env, &place, "too late");
    assert!(matches!(late, Err(OpError::NotOpen(_))), "what a recorded run is told would be lost");
    let status = ops::status(&lab.store, &lab.env, &lab.tip()).expect("readable");
    assert!(status.open.is_empty(), "a recorded run is not open, even if its ref is left");
    assert!(lab.store.open_runs(None).expect("readable").is_empty(), "the ref is dropped on the way");
}

#[test]
fn a_fact_that_a_run_wrote_by_command_is_kept_over_its_folder() {
    let lab = Lab::new();
    let run = begin(&lab);
    let place = Place::OpenRun(lab.session.clone(), run.open);
    ops::set_fact(&lab.store, &lab.env, &place, FactKind::Knowledge, &key("a"), "by command").expect("set");
    write(&run, "knowledge/a.md", "by folder\n");
    write(&run, "knowledge/b.md", "by folder\n");
    let recorded = finish(&lab, &run);
    assert_eq!(recorded.conflicts.len(), 1);
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let read = |name: &str| ops::read_fact(&lab.store, &tip, FactKind::Knowledge, &key(name)).expect("known");
    assert_eq!((read("a").as_str(), read("b").as_str()), ("by command", "by folder"));
}

#[test]
fn what_changes_again_after_a_checkpoint_is_no_conflict() {
    let lab = Lab::new();
    let run = begin(&lab);
    let save = || {
        let scan = ops::scan_folder(&run.folder.context(), &Limits::default(), Sensitive::Withhold);
        let input = RecordInput::default().with_context(ContextInput::Mirror(scan.expect("readable")));
        let input = input.with_conversation(Some("asked and answered".to_owned()));
        ops::checkpoint(&lab.store, &lab.env, &lab.session, &run.open, |_| {}, &input).expect("saved")
    };
    for value in ["one\n", "two\n"] {
        write(&run, "knowledge/a.md", value);
        write(&run, "knowledge/b.md", value);
        save();
    }
    let place = Place::OpenRun(lab.session.clone(), run.open);
    ops::set_fact(&lab.store, &lab.env, &place, FactKind::Knowledge, &key("a"), "three").expect("set");
    fs::remove_file(run.folder.context().join("knowledge/b.md")).expect("removed");
    let recorded = finish(&lab, &run);
    assert_eq!(recorded.conflicts, []);
    assert_eq!(files(&lab), [("knowledge/a.md".to_owned(), "three\n".to_owned())]);
    let conversation = lab.git(&["show", &format!("{}:run/conversation.md", recorded.commit)]);
    assert_eq!(conversation, "asked and answered", "what was saved is kept at the finish");
    assert_eq!(
        lab.git(&["ls-tree", "--name-only", &recorded.commit.to_string()]),
        "context\nrun\nsession.yaml\n"
    );
    lab.fsck();
}

#[test]
fn notes_of_runs_that_are_open_together_are_all_kept() {
    let lab = Lab::new();
    let runs: Vec<Begun> = (0..3).map(|_| begin(&lab)).collect();
    for (index, run) in runs.iter().enumerate() {
        let place = Place::OpenRun(lab.session.clone(), run.open);
        ops::note(&lab.store, &lab.env, &place, &format!("note {index}")).expect("noted");
    }
    let conflicts: usize = runs.iter().map(|run| finish(&lab, run).conflicts.len()).sum();
    assert_eq!(conflicts, 0);
    let all = files(&lab);
    assert_eq!(all, [("notes.md".to_owned(), "- note 0\n- note 1\n- note 2\n".to_owned())]);
}

#[test]
fn settling_a_conflict_removes_the_copy_and_later_finishes_leave_it_settled() {
    for (keep, value) in
        [(Keep::Current, "one\n"), (Keep::Other, "zero\n"), (Keep::Content(b"both\n".to_vec()), "both\n")]
    {
        let lab = Lab::new();
        let runs: Vec<Begun> = (0..3).map(|_| begin(&lab)).collect();
        write(&runs[0], "knowledge/shared.md", "zero\n");
        write(&runs[1], "knowledge/shared.md", "one\n");
        finish(&lab, &runs[0]);
        finish(&lab, &runs[1]);
        let settled = ops::resolve(&lab.store, &lab.env, &lab.session, "knowledge/shared.md", &keep);
        assert_eq!(settled.expect("settled"), (1, 0));
        finish(&lab, &runs[2]);
        assert_eq!(files(&lab), [("knowledge/shared.md".to_owned(), value.to_owned())]);
        assert!(lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts.is_empty());
        lab.fsck();
    }
}

/// What a side does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Nothing,
    Write(u8),
    Delete,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![Just(Edit::Nothing), (0u8..3).prop_map(Edit::Write), Just(Edit::Delete)]
}

fn applied(before: Option<u8>, edit: Edit) -> Option<u8> {
    match edit {
        Edit::Nothing => before,
        Edit::Write(value) => Some(value),
        Edit::Delete => None,
    }
}

fn do_edits(begun: &Begun, edits: &[Edit]) {
    for (index, edit) in edits.iter().enumerate() {
        let path = format!("knowledge/k{index}.md");
        match edit {
            Edit::Nothing => {}
            Edit::Write(value) => write(begun, &path, &format!("{value}\n")),
            Edit::Delete => {
                let _ = fs::remove_file(begun.folder.context().join(&path));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The law of design 4.5 and 4.6 for facts, key by key.
    #[test]
    fn what_conflicts_is_kept_twice_and_nothing_else_is(
        before in proptest::collection::vec(proptest::option::of(0u8..3), 3),
        ours in proptest::collection::vec(edit(), 3),
        theirs in proptest::collection::vec(edit(), 3),
    ) {
        let lab = Lab::new();
        let setup = begin(&lab);
        let start: Vec<Edit> = before.iter().map(|value| value.map_or(Edit::Nothing, Edit::Write)).collect();
        do_edits(&setup, &start);
        finish(&lab, &setup);
        let (first, second) = (begin(&lab), begin(&lab));
        do_edits(&first, &theirs);
        do_edits(&second, &ours);
        finish(&lab, &first);
        finish(&lab, &second);
        let mut expected = Vec::new();
        let mut conflicts = 0;
        for index in 0..3 {
            let path = format!("knowledge/k{index}.md");
            let (base, tip, run) = (before[index], applied(before[index], theirs[index]), applied(before[index], ours[index]));
            let result = match (tip == base, run == base) {
                _ if tip == run => tip,
                (true, _) => run,
                (_, true) => tip,
                // A deletion never wins over a change.
                _ => { conflicts += 1; run.or(tip) }
            };
            expected.extend(result.map(|value| (path.clone(), format!("{value}\n"))));
            if let (Some(tip_value), Some(run_value), true) = (tip, run, tip != run && tip != base && run != base) {
                prop_assert_ne!(tip_value, run_value);
                expected.push((format!("{path}.conflict-"), format!("{tip_value}\n")));
            }
        }
        let mut found = files(&lab);
        for (path, _) in &mut found {
            if let Some(at) = path.find(".conflict-") {
                path.truncate(at + ".conflict-".len());
            }
        }
        prop_assert_eq!(found, expected);
        let manifest = lab.store.snapshot(lab.tip().tip).expect("readable").manifest;
        prop_assert_eq!(manifest.conflicts.len(), conflicts);
        prop_assert!(manifest.conflicts.iter().all(|c| c.kind != ConflictKind::Field));
    }
}
