//! Errors that are planted in forks and merges are found.

use std::collections::BTreeSet;

use git_session::model::{CommitMessage, RunId, RunStatus, SessionId};
use git_session::ops::{self, CheckLevel, ForkOptions, Point, ProblemKind};

use crate::check::{check, commit, kinds, plant, repair};
use crate::lab::Lab;

/// A session with a run and a fork of it with another one, which conflicts with it over one fact.
fn forked() -> (Lab, Lab) {
    let lab = Lab::new();
    lab.record(lab.fresh_run("first"));
    let point = Point::newest(lab.tip());
    let forked = ops::fork(&lab.store, &lab.env, &point, ForkOptions::default()).expect("forked");
    let theirs = lab.with_session(forked.session, forked.manifest.id);
    let mut run = theirs.fresh_run("theirs");
    run.usage.get_or_insert_default().input_tokens = Some(7);
    theirs.record(run);
    for (lab, text) in [(&lab, "ours"), (&theirs, "theirs")] {
        let path = "plan.md".parse().expect("valid");
        ops::put_context(&lab.store, &lab.env, &lab.place(), &path, text.as_bytes()).expect("put");
    }
    (lab, theirs)
}

fn merged() -> Lab {
    let (lab, theirs) = forked();
    let from = Point::newest(theirs.tip());
    ops::merge(&lab.store, &lab.env, &lab.session, &from, &Default::default()).expect("merged");
    lab.fsck();
    lab
}

#[test]
fn an_error_planted_in_a_merge_is_found_and_mended() {
    type Planted = (fn(&str) -> String, ProblemKind);
    let planted: [Planted; 4] = [
        (|text| text.replace("  runs: 2\n", "  runs: 3\n"), ProblemKind::Totals),
        (|text| text.replace("input_tokens: 7", "input_tokens: 14"), ProblemKind::Totals),
        (|text| text.replace("summary: theirs", "summary: mine"), ProblemKind::RunList),
        (|text| text.replace("plan.md", "plan.txt"), ProblemKind::Conflicts),
    ];
    for (change, kind) in planted {
        let lab = merged();
        plant(&lab, "session.yaml", change);
        assert_eq!(kinds(&check(&lab.store, CheckLevel::Tips)), BTreeSet::from([kind]));
        assert_eq!(repair(&lab.store).left.problems, [], "{kind:?}");
        lab.fsck();
    }
}

#[test]
fn a_conflict_that_nothing_made_is_found_beside_one_that_a_merge_made() {
    let lab = merged();
    let add = |text: &str| {
        text.replace(
            "conflicts:\n",
            "conflicts:\n- {path: plan.md, kind: deleted}\n- {path: other.md, kind: deleted}\n",
        )
    };
    plant(&lab, "session.yaml", add);
    let report = check(&lab.store, CheckLevel::Tips);
    let messages: Vec<&str> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["a conflict at other.md is listed, but nothing made it"]);
}

#[test]
fn an_origin_that_is_not_so_is_found() {
    let other = SessionId::from_foreign("test", "other").to_string();
    let run = RunId::from_foreign("test", "other").to_string();
    for what in ["session", "run", "commit"] {
        let (lab, theirs) = forked();
        let unrelated = ops::create(&lab.store, &lab.env, "Unrelated", Default::default()).expect("created");
        let change = |text: &str| {
            let (start, origin) = text.split_once("origin:\n").expect("it is a fork");
            let lines = origin.split_inclusive('\n').map(|line| match line.trim().split_once(": ") {
                Some((name, _)) if name == what && line.starts_with("  ") => match name {
                    "session" => format!("  session: \"{other}\"\n"),
                    "run" => format!("  run: \"{run}\"\n"),
                    _ => format!("  commit: \"{}\"\n", unrelated.session.tip),
                },
                _ => line.to_owned(),
            });
            format!("{start}origin:\n{}", lines.collect::<String>())
        };
        plant(&theirs, "session.yaml", change);
        let found = kinds(&check(&lab.store, CheckLevel::Tips));
        assert!(found.contains(&ProblemKind::Origin), "{what}: {found:?}");
        assert_eq!(found.len() > 1, what == "commit", "{what}: {found:?}");
    }
}

#[test]
fn a_merge_that_changes_the_record_of_a_run_is_found() {
    let lab = merged();
    let tip = lab.store.step(lab.tip().tip).expect("readable");
    let mut record = lab.store.run_record(tip.commit).expect("readable").expect("there");
    record.status = RunStatus::Failed;
    let text = git_session::model::yaml::print("run/run.yaml", &record).expect("printable");
    let message: CommitMessage = tip.message.expect("ours");
    commit(&lab, "run/run.yaml", &text, &tip.parents, &message);
    let _ = std::fs::remove_file(lab.store.dir().join("logs/refs/heads").join(lab.session.name.branch()));
    assert_eq!(kinds(&check(&lab.store, CheckLevel::Objects)), BTreeSet::from([ProblemKind::Message]));
}
