//! Importing: all of it once, at its own times, and the same on every machine.

use std::fs;
use std::path::{Path, PathBuf};

use git_session::ingest::babysitter;
use git_session::model::{FactKind, RunStatus, Usd};
use git_session::ops::{self, RunRow, list_decisions, list_facts};

use crate::lab::Lab;

fn write(path: PathBuf, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

/// A session with two runs, the first of which failed.
fn project(root: &Path) {
    let state = root.join("state");
    write(
        state.join("s1.md"),
        "---\nactive: true\nrun_id: \"R2\"\nrun_ids: R1,R2\nstarted_at: \"2026-01-01T00:00:00Z\"\n---\n\nbuild a lamp\n",
    );
    write(state.join("s1.context.json"), r#"{"notes":["brass"],"sharedKnowledge":{"buildCmd":"make lamp"}}"#);
    let decision =
        r#"{"decisions":[{"runId":"R1","description":"use brass","timestamp":"2026-01-01T00:00:30Z"}]}"#;
    write(state.join("s1.history.json"), decision);
    for (run, minute, kind) in [("R1", 1, "RUN_FAILED"), ("R2", 2, "RUN_COMPLETED")] {
        let folder = root.join(".a5c/runs").join(run);
        let at = |second: u32| format!("2026-01-01T00:{minute:02}:{second:02}Z");
        let event = |kind: &str, second: u32, data: &str| {
            format!(r#"{{"type":"{kind}","recordedAt":"{}","data":{data}}}"#, at(second))
        };
        write(
            folder.join("run.json"),
            &format!(
                r#"{{"runId":"{run}","processId":"lamp","createdAt":"{}","completionProof":"proof-{run}-0123"}}"#,
                at(0)
            ),
        );
        write(folder.join("journal/000001.A.json"), &event("RUN_CREATED", 0, "{}"));
        let cost = r#"{"model":"m","inputTokens":10,"outputTokens":5,"costUsd":0.25}"#;
        write(folder.join("journal/000002.B.json"), &event("COST_TRACKED", 5, cost));
        write(folder.join("journal/000003.C.json"), &event(kind, 30, "{}"));
    }
}

fn import(lab: &Lab, root: &Path) -> (usize, usize, usize) {
    let found = babysitter::read(root).expect("readable");
    let done = ops::import(&lab.store, &lab.env, &found.sessions).expect("imported");
    let runs = done.sessions.iter().map(|session| session.new_runs).sum();
    (done.sessions.iter().filter(|session| session.new).count(), runs, found.problems.len())
}

fn runs(lab: &Lab, title: &str) -> Vec<RunRow> {
    let session = lab.store.find_session(title).expect("imported");
    ops::runs(&lab.store, &lab.env, &session, None).expect("readable")
}

#[test]
fn runs_context_and_costs_arrive_once_and_in_time_order() {
    let lab = Lab::new();
    let root = lab.dir.path().join("project");
    project(&root);
    assert_eq!(import(&lab, &root), (1, 2, 0));
    let rows = runs(&lab, "build a lamp");
    let states: Vec<_> = rows.iter().map(|row| (row.record.status, row.number)).collect();
    assert_eq!(states, [(RunStatus::Succeeded, Some(2)), (RunStatus::Failed, Some(1))]);
    let session = lab.store.find_session("build a lamp").expect("imported");
    let tip = lab.store.snapshot(session.tip).expect("readable");
    assert_eq!(tip.manifest.totals.cost_usd, Some(Usd::from_micros(500_000)));
    let facts = list_facts(&lab.store, &tip, FactKind::Knowledge).expect("readable");
    assert_eq!(facts.iter().map(|fact| fact.value.as_str()).collect::<Vec<_>>(), ["make lamp"]);
    let (decisions, _) = list_decisions(&lab.store, &tip).expect("readable");
    assert_eq!(decisions.first().and_then(|row| row.decision.run), rows.last().map(|row| row.record.id));
    let dates = lab.git(&["log", "--format=%ct %s", "--first-parent", &session.name.branch()]);
    assert!(dates.contains("1767225690 lamp: failed"), "commits bear the runs' own times:\n{dates}");
    assert_eq!(import(&lab, &root), (0, 0, 0), "importing again adds nothing");
    assert_eq!(lab.store.find_session("build a lamp").expect("there").tip, session.tip);
    lab.fsck();
}

#[test]
fn two_machines_that_import_the_same_make_the_same_commits() {
    let tips: Vec<String> = (0..2)
        .map(|_| {
            let lab = Lab::new();
            let root = lab.dir.path().join("project");
            project(&root);
            import(&lab, &root);
            lab.store.find_session("build a lamp").expect("imported").tip.to_string()
        })
        .collect();
    assert_eq!(tips[0], tips[1]);
}

#[test]
fn a_run_that_came_later_is_added_to_what_is_there() {
    let lab = Lab::new();
    let root = lab.dir.path().join("project");
    project(&root);
    let late = root.join(".a5c/runs/R2");
    fs::rename(&late, lab.dir.path().join("R2")).expect("moved away");
    assert_eq!(import(&lab, &root), (1, 1, 0));
    fs::rename(lab.dir.path().join("R2"), &late).expect("moved back");
    assert_eq!(import(&lab, &root), (0, 1, 0));
    assert_eq!(runs(&lab, "build a lamp").len(), 2);
    lab.fsck();
}

#[test]
fn no_release_token_is_stored() {
    let lab = Lab::new();
    let root = lab.dir.path().join("project");
    project(&root);
    write(root.join(".a5c/runs/R1/state/output.json"), r#"{"said":"the proof is proof-R1-0123"}"#);
    import(&lab, &root);
    let text = all_text(&lab);
    assert!(text.contains("the proof is [REDACTED:completion-proof]"), "the file itself is stored");
    assert!(!text.contains("proof-R1-0123") && !text.contains("proof-R2-0123"));
}

/// Returns every object of the store as text.
fn all_text(lab: &Lab) -> String {
    let objects = lab.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    objects.lines().map(|id| lab.git(&["cat-file", "-p", id])).collect()
}

#[test]
fn a_damaged_file_is_reported_and_the_rest_imported() {
    let lab = Lab::new();
    let root = lab.dir.path().join("project");
    project(&root);
    write(root.join(".a5c/runs/R1/run.json"), "{ not json");
    assert_eq!(import(&lab, &root), (1, 1, 1));
    assert_eq!(runs(&lab, "build a lamp").len(), 1);
}

#[test]
fn real_runs_agree_with_their_files() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/babysitter");
    if !data.exists() {
        println!("skipped: ../shared/data/babysitter is not here");
        return;
    }
    let lab = Lab::new();
    assert_eq!(import(&lab, &data), (3, 4, 0));
    assert_eq!(import(&lab, &data), (0, 0, 0));
    let lamp = runs(&lab, "build a lamp");
    let usage = lamp[0].record.usage.as_ref().expect("known");
    assert_eq!(usage.cost_usd, Some(Usd::from_micros(8_100)));
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(1200), Some(300)));
    assert_eq!(lamp[0].record.score, Some(92.0));
    for run in fs::read_dir(data.join("runs")).expect("folder").flatten() {
        let head = fs::read_to_string(run.path().join("run.json")).expect("readable");
        let head: serde_json::Value = serde_json::from_str(&head).expect("JSON");
        let token = head["completionSecret"].as_str().expect("these runs have one");
        assert!(!all_text(&lab).contains(token), "the release token of {:?} is stored", run.file_name());
    }
    let states: Vec<_> =
        runs(&lab, "sales-pipeline (babysitter runs)").iter().map(|row| row.record.status).collect();
    assert_eq!(states, [RunStatus::Interrupted, RunStatus::Succeeded]);
    lab.fsck();
}

#[test]
fn what_a_file_with_a_telling_name_holds_is_kept_under_another() {
    let lab = Lab::new();
    let root = tempfile::tempdir().expect("temporary folder");
    project(root.path());
    let mut found = babysitter::read(root.path()).expect("readable").sessions;
    let token = ["gh", "p_", "q7Rk2WmZx9Lc4Vn8Bt3Yh6Jd1Fs5Gp0TaUe", "1"].concat();
    let session = &mut found[0];
    let (first, second) = (format!("{token}.md"), format!("{token}/a.md"));
    session.context[0].path = first.parse().expect("valid");
    let mut file = session.context[0].clone();
    file.path = second.parse().expect("valid");
    session.runs[0].context.push(file);
    let import = || ops::import(&lab.store, &lab.env, &found).expect("imported").sessions[0].clone();
    import();
    let branch = lab.store.find_session("build a lamp").expect("imported");
    let tip = lab.store.snapshot(branch.tip).expect("readable");
    let names: Vec<String> =
        lab.store.context_files(tip.root).expect("readable").keys().map(ToString::to_string).collect();
    assert!(names.contains(&"redacted-github-token.md".to_owned()), "{names:?}");
    assert!(names.contains(&"redacted-github-token/a.md".to_owned()), "{names:?}");
    let again = import();
    assert_eq!((again.new_runs, again.context), (0, 0), "importing again adds nothing");
    lab.fsck();
}
