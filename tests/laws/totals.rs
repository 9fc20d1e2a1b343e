//! Totals, run lists and external ids agree with the history.

use git_session::model::{RunStatus, Seconds, Totals, Usage, Usd};
use git_session::ops::{self, EditOptions, IdOrigin, RecordInput};
use proptest::prelude::*;

use crate::lab::Lab;

fn status() -> impl Strategy<Value = RunStatus> {
    prop_oneof![
        Just(RunStatus::Succeeded),
        Just(RunStatus::Failed),
        Just(RunStatus::Cancelled),
        Just(RunStatus::Interrupted)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn totals_are_the_sum_over_the_runs(
        runs in proptest::collection::vec((status(), proptest::option::of(0u64..1_000_000), 0u64..10_000), 1..30),
    ) {
        let lab = Lab::new();
        let mut expected = Totals::default();
        for (status, cost, millis) in runs {
            let mut record = lab.fresh_run("x");
            record.status = status;
            record.duration_s = Some(Seconds::from_millis(millis));
            record.usage = cost.map(|cost| Usage { cost_usd: Some(Usd::from_micros(cost)), ..Usage::default() });
            expected.add(&record);
            let recorded = lab.record(record);
            prop_assert_eq!(recorded.number, expected.runs, "the newest run's number is the count");
        }
        let tip = lab.tip();
        let manifest = lab.store.snapshot(tip.tip).expect("readable").manifest;
        let history = lab.store.session_runs(&tip).expect("readable");
        prop_assert_eq!(&manifest.totals, &expected);
        prop_assert_eq!(history.len() as u64, expected.runs);
        let newest: Vec<_> = history.iter().rev().take(20).map(|run| run.run.id).collect();
        let listed: Vec<_> = manifest.runs.iter().map(|run| run.id).collect();
        prop_assert_eq!(listed, newest, "the manifest lists the newest 20, newest first");
    }
}

#[test]
fn what_no_run_reported_is_absent_not_zero() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("x"));
    let totals = lab.store.snapshot(lab.tip().tip).expect("readable").manifest.totals;
    assert_eq!((totals.runs, totals.cost_usd, totals.input_tokens), (1, None, None));
}

#[test]
fn a_run_that_is_handed_in_again_is_not_recorded_again() {
    let lab = Lab::new();
    let record = lab.fresh_run("once");
    for _ in 0..25 {
        lab.record(lab.fresh_run("other"));
    }
    let input = RecordInput::default();
    let give = || ops::record(&lab.store, &lab.env, &lab.session, record.clone(), &input, IdOrigin::Given);
    let first = give().expect("recorded");
    for _ in 0..25 {
        lab.record(lab.fresh_run("other"));
    }
    let again = give().expect("found");
    assert_eq!((again.commit, again.number, again.already), (first.commit, 26, true));
    assert_eq!(lab.store.session_runs(&lab.tip()).expect("readable").len(), 51);
}

#[test]
fn an_edit_keeps_runs_branch_and_unknown_fields() {
    let lab = Lab::new();
    lab.record(lab.fresh_run("x"));
    let options = EditOptions::default().with_title(Some("New title".to_owned()));
    let (manifest, changed) = ops::edit(&lab.store, &lab.env, &lab.session, &options).expect("edited");
    assert!(changed);
    assert_eq!((manifest.title.as_str(), manifest.totals.runs), ("New title", 1));
    let (_, changed) = ops::edit(&lab.store, &lab.env, &lab.session, &options).expect("edited");
    assert!(!changed, "what is so already makes no commit");
    lab.fsck();
}
