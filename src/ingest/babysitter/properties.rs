//! Every file of babysitter's with whatever may be in it: none stops the others from being read,
//! and none makes the reader panic.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::Tree;
use super::secrets::Secrets;
use super::{owner, side_files, state_file, text};
use crate::model::yaml;

/// The files of a session and a run, of which one at a time is hostile.
const FILES: [&str; 9] = [
    "state/s1.md",
    "state/s1.context.json",
    "state/s1.history.json",
    "state/s1.cost.json",
    "state/s1.persistent.json",
    "state/s1.continuity.json",
    ".a5c/runs/R1/run.json",
    ".a5c/runs/R1/journal/000002.01X.json",
    ".a5c/runs/R1/state/output.json",
];

/// Names that babysitter gives to fields.
const FIELDS: [&str; 28] = [
    "notes",
    "sharedKnowledge",
    "worktree",
    "decisions",
    "runSummaries",
    "runCosts",
    "budget",
    "findings",
    "preferences",
    "workingContext",
    "runId",
    "description",
    "timestamp",
    "costUsd",
    "score",
    "type",
    "data",
    "recordedAt",
    "effectId",
    "error",
    "kind",
    "status",
    "costStats",
    "nested",
    "prompt",
    "completionProof",
    "createdAt",
    "processId",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "R1",
            "s1",
            "2026-01-01T00:00:00Z",
            "RUN_COMPLETED",
            "RUN_FAILED",
            "EFFECT_RESOLVED",
            "..",
            "\x1b[2J"
        ])
        .prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 40, 5, |inner| {
        let name =
            prop_oneof![4 => prop::sample::select(FIELDS.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let lines = "(---|active: true|iteration: [0-9]{1,30}|run_id: .{0,12}|run_ids: .{0,20}|.{0,20}|\n){0,12}";
    prop_oneof![
        4 => value().prop_map(|value| value.to_string().into_bytes()),
        2 => lines.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

fn plant(tree: &Tree) {
    tree.state("p/state", "s1", "run_id: R1\n---\n\nbuild it\n");
    tree.run("p/.a5c/runs/R1", "R1", json!({}));
    tree.run("p/.a5c/runs/R2", "R2", json!({"prompt": "the other"}));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_hostile_file_costs_only_itself(which in 0..FILES.len(), content in content()) {
        let tree = Tree::new();
        plant(&tree);
        let path = tree.path(&format!("p/{}", FILES[which]));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, content).expect("written");
        let import = tree.read("p");
        let runs = || import.sessions.iter().flat_map(|session| &session.runs);
        prop_assert!(runs().any(|run| run.record.external_id.as_deref() == Some("R2")), "the other run is read");
        for run in runs() {
            let printed = yaml::print("run.yaml", &run.record).expect("it is small");
            prop_assert_eq!(yaml::parse_schema("run.yaml", printed.as_bytes()), Ok(run.record.clone()));
        }
        prop_assert_eq!(tree.read("p"), import, "reading twice finds the same");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_state_file_or_refused(text in "((---|active: true|run_id: .{0,20}|run_ids: .{0,20}|.{0,30})\r?\n){0,12}") {
        if let Ok(state) = state_file::parse(&text) {
            prop_assert!(state.run_ids.iter().all(|id| !id.is_empty() && id.trim() == id));
        }
        let _ = state_file::looks_like(&text);
    }

    #[test]
    fn any_text_has_a_name_a_time_and_a_line(text in ".{0,80}", max in 0usize..40) {
        let _ = (owner::last_component(&text), side_files::session_of(&text), text::time(Some(&text)));
        prop_assert!(text::one_line(&text, max).chars().count() <= max + 1);
        prop_assert!(text::file_text(&text).ends_with('\n') && text::digits(&text).len() == 4);
        prop_assert!(text::count(text.parse().ok()).is_none_or(|count| count <= 1 << 53));
    }

    #[test]
    fn no_token_is_left_in_any_value(value in value(), token in "[a-z0-9]{8,20}") {
        let secrets = Secrets::of(&[&token]);
        let given = json!({"a": [value, format!("<{token}>")], token.clone(): {"completionProof": token}});
        prop_assert!(!secrets.clean(given).to_string().contains(&token));
    }
}
