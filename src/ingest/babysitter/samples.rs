//! Reading real samples, where they are at hand.

use std::path::PathBuf;

use super::fixture::{content, everything, paths, session};
use super::{BabysitterImport, read};
use crate::model::{Decision, RunStatus, SessionStatus, Usd};
use crate::ops::import::ImportedRun;

const TOKENS: [&str; 4] = [
    "3183a6ae76446bca39368cb7886d00d0",
    "9c84a2a79aeb70af9560c72d4caf9be6",
    "65c8b4c52a6aed8a035e84c8e33bb242",
    "c3741850222bdeef69a31a52a353d242",
];

fn sample(path: &str) -> Option<BabysitterImport> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/babysitter").join(path);
    if !root.is_dir() {
        eprintln!("skipped: no samples at {}", root.display());
        return None;
    }
    Some(read(&root).expect("the samples are readable"))
}

fn run<'a>(import: &'a BabysitterImport, id: &str) -> &'a ImportedRun {
    let mut runs = import.sessions.iter().flat_map(|session| &session.runs);
    runs.find(|run| run.record.external_id.as_deref() == Some(id)).expect("run")
}

#[test]
fn the_sample_session_is_read_whole() {
    let Some(import) = sample("sdk-6.0.0-sample") else { return };
    assert_eq!((import.sessions.len(), &import.problems[..]), (1, &[][..]));
    let session = session(&import, "sess-1");
    assert_eq!((session.title.as_str(), session.status), ("build a lamp", SessionStatus::Active));
    assert_eq!(session.project.as_ref().map(|project| project.name.as_str()), Some("lamp"));
    assert_eq!(content(&session.context, "knowledge/build.cmd.md"), Some("make lamp\n"));
    assert_eq!(content(&session.context, "notes.md"), Some("- lamp is brass\n"));
    assert_eq!(session.created_at.to_string(), "2026-11-22T07:22:22Z");
    assert_eq!(session.context_at.to_string(), "2026-11-22T07:22:23.556Z");
}

#[test]
fn the_sample_run_is_read_whole() {
    let Some(import) = sample("sdk-6.0.0-sample") else { return };
    let run = run(&import, "01RUNDEMO00000000000000001");
    let record = &run.record;
    assert_eq!((record.status, record.score), (RunStatus::Succeeded, Some(92.0)));
    let usage = record.usage.as_ref().expect("known");
    assert_eq!(usage.cost_usd, Usd::from_decimal(0.0081));
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(1200), Some(300)));
    assert_eq!((usage.cache_read_tokens, usage.cache_write_tokens), (None, None));
    assert_eq!(record.summary, "lamp built");
    let agent = record.agent.as_ref().expect("known");
    assert_eq!((agent.name.as_str(), agent.model.as_deref()), ("codex", Some("claude-sonnet-4-5")));
    assert_eq!(record.duration_s.map(|span| span.millis()), Some(1002));
    assert_eq!(content(&run.artifacts, "inputs.json"), Some("{\n  \"what\": \"lamp\"\n}\n"));
    let told = run.conversation.as_deref().expect("told");
    assert!(told.contains("- Build the thing (agent): ok, 5 s\n"), "{told}");
    assert!(told.contains("  - asked: Ship it?\n  - answer: approved: yes\n"), "{told}");
    assert_eq!(content(&run.context, "knowledge/findings/pattern/uses-make.md"), Some("uses make\n"));
    let path = paths(&run.context)[0];
    let text = content(&run.context, path).expect("text");
    let decision = Decision::parse(path, text.as_bytes()).expect("a decision");
    assert_eq!(decision.title, "Resolved agent effect: Build the thing");
    assert_eq!(decision.run, Some(record.id));
}

#[test]
fn the_sample_runs_end_as_they_did() {
    let Some(import) = sample("runs") else { return };
    assert_eq!(import.problems, []);
    for (id, status, summary) in [
        ("01KH6HKNFCXVSH1PYG9PWXSTDD", RunStatus::Succeeded, "sales/lead-scoring: completed (25 tasks)"),
        (
            "01KHM571CPKGNCNJ1AFVGXGFPR",
            RunStatus::Failed,
            "hockey/roster-update: failed: Task exceeded 120s timeout",
        ),
        ("01KHNDJ7M21A9S06YJKAD9XMHN", RunStatus::Interrupted, "sales/outreach-gen: waiting (1 task)"),
    ] {
        let record = &run(&import, id).record;
        assert_eq!((record.status, record.summary.as_str()), (status, summary));
        assert_eq!((&record.usage, &record.agent), (&None, &None));
    }
    assert_eq!(run(&import, "01KH6HKNFCXVSH1PYG9PWXSTDD").record.metrics["tasks"], 25.0);
    assert_eq!(run(&import, "01KHM571CPKGNCNJ1AFVGXGFPR").record.metrics["tasks_failed"], 1.0);
}

#[test]
fn the_sample_runs_make_a_session_for_each_project() {
    let Some(import) = sample("runs") else { return };
    let counts: Vec<_> =
        import.sessions.iter().map(|session| (session.foreign_id.as_str(), session.runs.len())).collect();
    assert_eq!(counts, [("project:sales-pipeline", 2), ("project:hockey-7-shifts", 1)]);
    assert_eq!(import.sessions[0].title, "sales-pipeline (babysitter runs)");
}

#[test]
fn no_token_of_the_samples_is_stored() {
    let Some(import) = sample("") else { return };
    assert_eq!(import.sessions.iter().map(|session| session.runs.len()).sum::<usize>(), 4);
    let stored = everything(&import);
    for secret in TOKENS.iter().chain(&["completionProof", "completionSecret"]) {
        assert!(!stored.contains(secret), "{secret} must not be stored");
    }
}
