//! Merging brings in runs and context, each once, and keeps what conflicts twice.

use git_session::model::{ConflictKind, FactKind, Key};
use git_session::ops::{
    self, EditOptions, Keep, KeepSide, MergeOptions, Merged, MergedAs, Nothing, Point, Selection, find_point,
};

use crate::lab::Lab;

fn forget(lab: &Lab, key: &str) {
    let key: Key = key.parse().expect("valid");
    ops::remove_fact(&lab.store, &lab.env, &lab.place(), FactKind::Knowledge, &key).expect("removed");
}

fn merge_with(into: &Lab, from: &Lab, options: &MergeOptions) -> Merged {
    let from = Point::newest(from.tip());
    ops::merge(&into.store, &into.env, &into.session, &from, options).expect("merged")
}

fn merge(into: &Lab, from: &Lab) -> Merged {
    merge_with(into, from, &MergeOptions::default())
}

fn facts(lab: &Lab) -> Vec<(String, String)> {
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let facts = ops::list_facts(&lab.store, &tip, FactKind::Knowledge).expect("readable");
    facts.into_iter().map(|fact| (fact.key.to_string(), fact.value)).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn subjects(lab: &Lab) -> Vec<String> {
    let runs = lab.store.session_runs(&lab.tip()).expect("readable");
    runs.into_iter().map(|run| run.subject).collect()
}

fn manifest(lab: &Lab) -> git_session::model::Manifest {
    lab.store.snapshot(lab.tip().tip).expect("readable").manifest
}

#[test]
fn a_merge_brings_in_runs_and_context_once_and_follows_both() {
    let ours = Lab::new();
    ours.record(ours.fresh_run("shared"));
    ours.know("old", "1");
    let theirs = ours.fork();
    theirs.record(theirs.fresh_run("theirs"));
    theirs.know("new", "2");
    forget(&theirs, "old");
    ours.record(ours.fresh_run("ours"));
    let (before, other) = (ours.tip().tip, theirs.tip().tip);
    let merged = merge(&ours, &theirs);
    assert_eq!((merged.new_runs, merged.conflicts.len()), (1, 0));
    let tip = ours.store.snapshot(ours.tip().tip).expect("readable");
    assert_eq!(tip.parents, [before, other]);
    assert_eq!(facts(&ours), pairs(&[("new", "2")]));
    assert_eq!(subjects(&ours), ["shared", "theirs", "ours"]);
    assert_eq!(tip.manifest.totals.runs, 3);
    assert_eq!(tip.manifest.title, "Lab", "what a session says of itself stays");
    assert_eq!(theirs.tip().tip, other, "the other session does not move");
    ours.fsck();
    assert_eq!(merge(&ours, &theirs).nothing, Some(Nothing::Already));
    let first = find_point(&ours.store, Some("@1"), Some(&ours.tip())).expect("found");
    let own = ops::merge(&ours.store, &ours.env, &ours.session, &first, &MergeOptions::default());
    assert_eq!(own.expect("looked at").nothing, Some(Nothing::Itself));
    assert_eq!(ours.tip().tip, tip.commit, "where there is nothing to merge, nothing is done");
}

#[test]
fn a_fork_is_merged_again_after_more_runs_and_back() {
    let ours = Lab::new();
    let theirs = ours.fork();
    for round in 0..3 {
        theirs.record(theirs.fresh_run(&format!("theirs {round}")));
        theirs.know("theirs", &round.to_string());
        ours.record(ours.fresh_run(&format!("ours {round}")));
        ours.know("ours", &round.to_string());
        let (there, back) = (merge(&ours, &theirs), merge(&theirs, &ours));
        assert_eq!((there.new_runs, back.new_runs), (1, 1));
        assert_eq!((there.conflicts.len(), back.conflicts.len()), (0, 0));
        assert_eq!(facts(&ours), facts(&theirs));
        assert_eq!(subjects(&ours), subjects(&theirs));
    }
    assert_eq!(manifest(&ours).totals.runs, 6);
    ours.fsck();
}

#[test]
fn what_both_changed_is_kept_twice_and_a_removal_never_wins() {
    let ours = Lab::new();
    ours.know("both", "0");
    ours.know("gone.there", "0");
    ours.know("gone.here", "0");
    let theirs = ours.fork();
    ours.know("both", "ours");
    theirs.know("both", "theirs");
    ours.know("gone.there", "changed");
    forget(&theirs, "gone.there");
    forget(&ours, "gone.here");
    theirs.know("gone.here", "changed");
    let merged = merge(&ours, &theirs);
    let kinds: Vec<_> = merged.conflicts.iter().map(|entry| (entry.subject(), entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("knowledge/gone.there.md", ConflictKind::Deleted),
            ("knowledge/both.md", ConflictKind::Content),
            ("knowledge/gone.here.md", ConflictKind::Deleted)
        ]
    );
    assert_eq!(facts(&ours), pairs(&[("both", "ours"), ("gone.here", "changed"), ("gone.there", "changed")]));
    assert_eq!(manifest(&ours).conflicts.len(), 3);
    ours.fsck();
    for (path, left) in
        [("knowledge/both.md", 2), ("knowledge/gone.here.md", 1), ("knowledge/gone.there.md", 0)]
    {
        let settled = ops::resolve(&ours.store, &ours.env, &ours.session, path, &Keep::Other);
        assert_eq!(settled.expect("settled"), (1, left));
    }
    assert_eq!(facts(&ours), pairs(&[("both", "theirs")]));
    ours.fsck();
}

#[test]
fn a_chosen_side_leaves_no_conflict() {
    for (keep, both, gone) in [(KeepSide::Ours, "ours", None), (KeepSide::Theirs, "theirs", Some("changed"))]
    {
        let ours = Lab::new();
        ours.know("both", "0");
        ours.know("gone", "0");
        let theirs = ours.fork();
        ours.know("both", "ours");
        theirs.know("both", "theirs");
        forget(&ours, "gone");
        theirs.know("gone", "changed");
        let merged = merge_with(&ours, &theirs, &MergeOptions::default().with_keep(keep));
        assert_eq!((merged.conflicts.len(), manifest(&ours).conflicts.len()), (0, 0));
        let expected: Vec<_> = [("both", Some(both)), ("gone", gone)]
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
            .collect();
        assert_eq!(facts(&ours), expected, "{keep:?}");
        ours.fsck();
    }
}

#[test]
fn a_dry_run_tells_what_a_merge_does_and_does_nothing() {
    let ours = Lab::new();
    let theirs = ours.fork();
    ours.know("both", "ours");
    theirs.know("both", "theirs");
    theirs.know("new", "theirs");
    let (tip, objects) = (ours.tip(), ours.git(&["count-objects"]));
    let from = Point::newest(theirs.tip());
    let options = MergeOptions::default();
    let mut plan = ops::plan_merge(&ours.store, &ours.env, &ours.session, &from, &options).expect("planned");
    assert_eq!((ours.tip(), ours.git(&["count-objects"])), (tip, objects));
    let merged = merge(&ours, &theirs);
    plan.commit = merged.commit;
    assert_eq!(plan, merged);
    let how: Vec<_> = merged.files.iter().map(|file| (file.path.as_str(), file.how)).collect();
    assert_eq!(how, [("knowledge/both.md", MergedAs::Conflict), ("knowledge/new.md", MergedAs::Added)]);
}

#[test]
fn sessions_without_a_common_history_merge() {
    let ours = Lab::new();
    ours.record(ours.fresh_run("ours"));
    ours.know("both", "same");
    ours.know("differs", "ours");
    let created = ops::create(&ours.store, &ours.env, "Other", Default::default()).expect("created");
    let theirs = ours.with_session(created.session, created.manifest.id);
    theirs.record(theirs.fresh_run("theirs"));
    theirs.know("both", "same");
    theirs.know("differs", "theirs");
    let merged = merge(&ours, &theirs);
    assert_eq!((merged.new_runs, merged.conflicts.len()), (1, 1));
    assert_eq!(facts(&ours), pairs(&[("both", "same"), ("differs", "ours")]));
    assert_eq!(subjects(&ours), ["ours", "theirs"]);
    assert_eq!(merge(&theirs, &ours).new_runs, 1);
    ours.fsck();
}

#[test]
fn only_what_is_asked_for_is_taken_and_the_rest_is_turned_down() {
    let ours = Lab::new();
    let theirs = ours.fork();
    theirs.know("wanted", "1");
    ops::note(&theirs.store, &theirs.env, &theirs.place(), "not wanted").expect("noted");
    let tag = EditOptions::default().with_tags(vec!["theirs".to_owned()], Vec::new());
    ops::edit(&theirs.store, &theirs.env, &theirs.session, &tag).expect("edited");
    let only = |word: &str| MergeOptions::default().with_only(Selection::new([word.to_owned()]));
    let from = Point::newest(theirs.tip());
    let missing = ops::merge(&ours.store, &ours.env, &ours.session, &from, &only("nothing.like.it"));
    assert!(missing.is_err(), "a word that means no file is a mistake");
    merge_with(&ours, &theirs, &only("wanted"));
    let files = ours.store.context_files(ours.store.snapshot(ours.tip().tip).expect("readable").root);
    let files: Vec<String> = files.expect("readable").into_keys().map(String::from).collect();
    assert_eq!(files, ["knowledge/wanted.md"]);
    assert!(manifest(&ours).tags.is_empty());
    assert_eq!(merge(&ours, &theirs).nothing, Some(Nothing::Already));
    ours.fsck();
}

#[test]
fn a_later_merge_over_open_conflicts_keeps_every_side_once() {
    let ours = Lab::new();
    let forks: Vec<Lab> = [(); 3].map(|()| ours.fork()).into();
    for (lab, value) in forks.iter().zip(["1", "2", "1"]) {
        lab.know("key", value);
    }
    ours.know("key", "0");
    let open: Vec<usize> = forks.iter().map(|theirs| merge(&ours, theirs).open_conflicts).collect();
    assert_eq!(open, [1, 2, 2], "the third says what the first said");
    assert_eq!(facts(&ours), pairs(&[("key", "0")]));
    ours.know("key", "2");
    assert_eq!(manifest(&ours).conflicts.len(), 1, "a side that has the path is a conflict no more");
    ours.fsck();
}

#[test]
fn a_crosswise_merge_sees_what_both_settled_differently() {
    let (ours, theirs) = {
        let ours = Lab::new();
        let theirs = ours.fork();
        (ours, theirs)
    };
    ours.know("key", "1");
    theirs.know("key", "2");
    let (here, there) = (Point::newest(ours.tip()), Point::newest(theirs.tip()));
    let options = MergeOptions::default();
    ops::merge(&ours.store, &ours.env, &ours.session, &there, &options).expect("merged");
    ops::merge(&ours.store, &ours.env, &theirs.session, &here, &options).expect("merged");
    // Unsettled on both sides: nothing new conflicts, and each side is there once.
    let again = merge(&ours, &theirs);
    assert_eq!(again.open_conflicts, 1, "{again:?}");
    ours.fsck();
    for (lab, value) in [(&ours, "3"), (&theirs, "4")] {
        let keep = Keep::Content(format!("{value}\n").into_bytes());
        ops::resolve(&lab.store, &lab.env, &lab.session, "knowledge/key.md", &keep).expect("settled");
    }
    let merged = merge(&ours, &theirs);
    assert_eq!(merged.conflicts.len(), 1, "both settled it, differently");
    assert_eq!(facts(&ours), pairs(&[("key", "3")]));
    ours.fsck();
}

#[test]
fn a_file_may_become_a_folder_or_change_its_case_in_a_fork() {
    let ours = Lab::new();
    let put = |lab: &Lab, path: &str| {
        let path = path.parse().expect("valid");
        ops::put_context(&lab.store, &lab.env, &lab.place(), &path, b"x\n").expect("put");
    };
    let remove = |lab: &Lab, path: &str| {
        let path = path.parse().expect("valid");
        ops::remove_context(&lab.store, &lab.env, &lab.place(), &path).expect("removed");
    };
    for path in ["plan", "README.md", "docs/a"] {
        put(&ours, path);
    }
    let theirs = ours.fork();
    for path in ["plan", "README.md", "docs/a"] {
        remove(&theirs, path);
    }
    for path in ["plan/a", "readme.md", "docs"] {
        put(&theirs, path);
    }
    assert_eq!(merge(&ours, &theirs).conflicts, []);
    let files =
        |lab: &Lab| lab.store.context_files(lab.store.snapshot(lab.tip().tip).expect("readable").root);
    assert_eq!(files(&ours).expect("readable"), files(&theirs).expect("readable"));
    ours.fsck();
}

#[test]
fn the_copy_of_a_file_with_the_longest_name_can_be_read() {
    let ours = Lab::new();
    let path = format!("docs/{}", "é".repeat(127)).parse().expect("254 bytes are allowed");
    let put = |lab: &Lab, content: &[u8]| {
        ops::put_context(&lab.store, &lab.env, &lab.place(), &path, content).expect("put");
    };
    let theirs = ours.fork();
    put(&ours, b"ours\n");
    put(&theirs, b"theirs\n");
    assert_eq!(merge(&ours, &theirs).open_conflicts, 1);
    let settled = ops::resolve(&ours.store, &ours.env, &ours.session, path.as_str(), &Keep::Other);
    assert_eq!(settled.expect("settled"), (1, 0));
    let tip = ours.store.snapshot(ours.tip().tip).expect("readable");
    assert_eq!(ops::cat_context(&ours.store, &tip, &path).expect("there"), b"theirs\n");
    ours.fsck();
}

fn decide(lab: &Lab, title: &str, replaces: &[&str]) -> String {
    let options = ops::DecideOptions::default()
        .supersedes(replaces.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    let decided = ops::decide(&lab.store, &lab.env, &lab.place(), title, &options).expect("decided");
    decided.id.to_string()
}

fn decisions(lab: &Lab) -> Vec<(String, String)> {
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let (rows, unreadable) = ops::list_decisions(&lab.store, &tip).expect("readable");
    assert!(unreadable.is_empty());
    rows.into_iter().map(|row| (row.decision.title, row.decision.status.to_string())).collect()
}

#[test]
fn the_same_decision_of_both_is_kept_once_and_one_that_replaces_another_stays() {
    let ours = Lab::new();
    let old = decide(&ours, "Use SQLite", &[]);
    let theirs = ours.fork();
    decide(&ours, "Cache the downloads", &[]);
    decide(&theirs, "Cache the downloads", &[]);
    decide(&theirs, "Use Postgres", &[&old]);
    ops::reject(&ours.store, &ours.env, &ours.place(), "Use SQLite", None).expect("rejected");
    let merged = merge(&ours, &theirs);
    assert_eq!(merged.conflicts.len(), 1, "rejected here and replaced there");
    assert_eq!(
        decisions(&ours),
        pairs(&[
            ("Use SQLite", "rejected"),
            ("Cache the downloads", "accepted"),
            ("Use Postgres", "accepted")
        ])
    );
    let replaced =
        ops::resolve(&ours.store, &ours.env, &ours.session, &format!("decisions/{old}.md"), &Keep::Other);
    assert_eq!(replaced.expect("settled"), (1, 0));
    assert_eq!(decisions(&ours)[0], ("Use SQLite".to_owned(), "superseded".to_owned()));
    merge(&theirs, &ours);
    assert_eq!(decisions(&theirs), decisions(&ours));
    ours.fsck();
}
