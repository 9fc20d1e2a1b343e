//! The importer on real runs, where they are at hand.

use std::path::PathBuf;

use git_session::ingest::babysitter::{self, BabysitterImport};
use git_session::model::{Decision, RunStatus, SessionStatus, Usd};
use git_session::ops::import::{ImportedFile, ImportedRun, ImportedSession};

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/babysitter")
}

fn sample(path: &str) -> Option<BabysitterImport> {
    if !data().is_dir() {
        println!("skipped: ../shared/data/babysitter is not here");
        return None;
    }
    Some(babysitter::read(&data().join(path)).expect("the samples are readable"))
}

fn content<'a>(files: &'a [ImportedFile], path: &str) -> Option<&'a str> {
    let file = files.iter().find(|file| file.path.as_str() == path)?;
    std::str::from_utf8(&file.content).ok()
}

fn session<'a>(import: &'a BabysitterImport, id: &str) -> &'a ImportedSession {
    import.sessions.iter().find(|session| session.foreign_id == id).expect("session")
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
    let path = run.context[0].path.as_str();
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
