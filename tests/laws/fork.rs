//! A fork shares the history before it and counts its own runs from there.

use git_session::model::FactKind;
use git_session::ops::{self, ForkOptions, Forked, OpError, RunSource, find_point};

use crate::lab::Lab;

fn fork(lab: &Lab, name: Option<&str>) -> Forked {
    let point = find_point(&lab.store, name, Some(&lab.tip())).expect("found");
    ops::fork(&lab.store, &lab.env, &point, ForkOptions::default()).expect("forked")
}

#[test]
fn a_fork_has_the_state_and_the_history_of_its_origin_and_no_runs_of_its_own() {
    let lab = Lab::new();
    let runs: Vec<_> = ["one", "two"].map(|name| lab.record(lab.fresh_run(name))).into();
    lab.know("port", "8080");
    let tip = lab.tip();
    let objects = lab.git(&["count-objects"]);
    let forked = fork(&lab, None);
    let state = lab.store.snapshot(forked.session.tip).expect("readable");
    assert_eq!(state.parents, [tip.tip], "the history is shared, not copied");
    assert_eq!(state.manifest, forked.manifest);
    assert_eq!((state.manifest.totals.runs, state.manifest.runs.len()), (0, 0));
    assert_eq!(state.manifest.title, "Lab (fork)");
    let origin = state.manifest.origin.expect("a fork says where it is from");
    assert_eq!((origin.session, origin.run), (lab.id, Some(runs[1].record.id)));
    assert_eq!(origin.commit, tip.tip.to_string());
    let files = |commit| lab.store.context_files(lab.store.snapshot(commit).expect("readable").root);
    assert_eq!(files(forked.session.tip).expect("readable"), files(tip.tip).expect("readable"));
    let new = |count: &str| count.split(' ').next().and_then(|n| n.parse::<u32>().ok()).expect("a number");
    assert_eq!(new(&lab.git(&["count-objects"])) - new(&objects), 3, "commit, tree and manifest are all");
    assert_eq!(lab.tip(), tip, "the origin does not move");
    let inherited = ops::inherited_runs(&lab.store, &forked.session, None).expect("readable");
    assert_eq!(inherited.len(), 2);
    assert!(inherited.iter().all(|row| row.source == RunSource::Inherited && row.number.is_none()));
    lab.fsck();
}

#[test]
fn a_fork_of_a_run_has_the_context_that_the_run_left() {
    let lab = Lab::new();
    lab.know("port", "1");
    let first = lab.record(lab.fresh_run("one"));
    lab.know("port", "2");
    lab.record(lab.fresh_run("two"));
    let short = first.record.id.short();
    for name in ["@1", short.as_str(), "Lab@1"] {
        let forked = fork(&lab, Some(name));
        assert_eq!(forked.origin.run, Some(first.record.id), "{name}");
        let state = lab.store.snapshot(forked.session.tip).expect("readable");
        let port = "port".parse().expect("valid");
        assert_eq!(ops::read_fact(&lab.store, &state, FactKind::Knowledge, &port).expect("known"), "1");
    }
    lab.fsck();
}

#[test]
fn forks_record_apart_and_a_fork_can_be_forked() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("shared"));
    let forked = fork(&lab, None);
    let mut fork_lab = lab.with_session(forked.session, forked.manifest.id);
    fork_lab.record(fork_lab.fresh_run("theirs"));
    fork_lab.record(fork_lab.fresh_run("theirs again"));
    assert_eq!(fork_lab.store.session_runs(&fork_lab.tip()).expect("readable").len(), 2);
    let again = fork(&fork_lab, Some("@1"));
    assert_eq!(again.manifest.title, "Lab (fork)", "the mark stands once");
    (fork_lab.session, fork_lab.id) = (again.session, again.manifest.id);
    let recorded = fork_lab.record(fork_lab.fresh_run("deep"));
    assert_eq!(recorded.number, 1);
    let inherited = ops::inherited_runs(&fork_lab.store, &fork_lab.tip(), None).expect("readable");
    let summaries: Vec<_> = inherited.iter().map(|row| row.record.summary.as_str()).collect();
    assert_eq!(summaries, ["theirs", "shared"], "newest first");
    fork_lab.fsck();
}

#[test]
fn a_fork_outlives_the_session_that_it_is_from() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("shared"));
    let forked = fork(&lab, None);
    ops::remove(&lab.store, &lab.env, &lab.session).expect("removed");
    let view = ops::show_session(&lab.store, &lab.env, &forked.session).expect("readable");
    assert_eq!((view.origin_branch, view.inherited_runs), (None, 1));
    let lab = lab.with_session(forked.session, forked.manifest.id);
    lab.record(lab.fresh_run("own"));
    lab.fsck();
}

#[test]
fn what_is_open_or_removed_is_told_from_what_is_unknown() {
    let lab = Lab::new();
    let run = lab.record(lab.fresh_run("one")).record.id.to_string();
    let open = ops::begin(&lab.store, &lab.env, &lab.session, ops::BeginOptions::default()).expect("begun");
    let find = |name: &str| find_point(&lab.store, Some(name), None).expect_err("no such state");
    assert!(matches!(find(&open.open.run.short()), OpError::StillOpen(run) if run == open.open.run));
    ops::discard(&lab.store, &lab.env, &open.open).expect("discarded");
    ops::remove(&lab.store, &lab.env, &lab.session).expect("removed");
    let name = lab.session.name.to_string();
    for gone in ["Lab", &run, &run[..8], name.as_str(), &format!("{name}@1"), &lab.id.short()] {
        assert!(matches!(find(gone), OpError::Removed { session, .. } if session == name), "{gone}");
    }
    assert!(matches!(find("nothing"), OpError::Store(_)));
}
