//! Row 56: what an agent sends that makes no sense, or means harm. A hook exits 0 whatever comes, and
//! says at most one line.

use std::fs;

use serde_json::{Value, json};

use super::Row;
use super::runner::SECRET;
use crate::env::{TestEnv, fed};

pub fn rows() -> Vec<Row> {
    let mut rows = unreadable();
    rows.extend(harmful());
    rows.extend(git_s());
    rows
}

fn event(payload: impl AsRef<[u8]>) -> Row {
    hook(&["claude-code"]).fed(payload.as_ref())
}

fn hook(words: &[&str]) -> Row {
    Row::new(56, &[&["hook"], words].concat()).given(patient).once().works()
}

/// Lets no event be left for later because the machine is busy.
fn patient(env: &TestEnv) {
    env.project_git(&["config", "session.hookDeadline", "60000"]);
}

fn unreadable() -> Vec<Row> {
    let line = |payload: Vec<u8>| event(payload).says("[stderr]\ngit-session: ");
    let mut rows: Vec<Row> =
        ["", " ", "{", "[]", "7", "null", "\"x\"", "{}", "\u{0}", "{\"session_id\":\"s\"}"]
            .map(|payload| line(payload.into()))
            .into();
    for odd in [json!(7), json!(null), json!([]), json!({}), json!(""), json!("x".repeat(201))] {
        let payload = json!({"hook_event_name": "Stop", "session_id": odd});
        rows.push(line(payload.to_string().into()));
    }
    rows.push(line(json!({"hook_event_name": {"a": 1}, "session_id": "s"}).to_string().into()));
    rows.push(line(b"\xff\xfe{\"session_id\":\"s\"}".to_vec()));
    rows.push(line("[".repeat(100_000).into()).what("deep"));
    rows.push(line(vec![b'x'; 100 << 20]).what("100 MB"));
    rows
}

/// What is readable, of which only some may be believed.
fn harmful() -> Vec<Row> {
    let prompt = |more: Value| {
        let mut payload = json!({"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": "p"});
        payload.as_object_mut().expect("one").extend(more.as_object().expect("one").clone());
        payload.to_string()
    };
    let mut rows = vec![
        event(prompt(json!({"session_id": "../../x"}))).records().then(|env| {
            let found = fs::read_dir(env.base()).expect("listed").flatten();
            assert!(found.into_iter().all(|entry| entry.file_name() != "x"), "no file is named by an id");
        }),
        event(prompt(json!({"session_id": "\u{1b}[2J\u{202e}"}))).records(),
        event(prompt(json!({"one": [1, {"two": 2}], "tool_input": "x".repeat(100_000)}))).records(),
        event(prompt(json!({"cwd": 7, "model": [], "source": {}, "prompt_id": 1}))).records(),
        event(prompt(json!({"prompt": "x".repeat(1 << 20)}))).records().what("a prompt of 1 MB"),
        event(json!({"session_id": "s", "hook_event_name": "\u{1b}[2J"}).to_string()).what("an odd name"),
    ];
    for path in ["secret.jsonl", "home/.ssh/id.jsonl", "home/.claude/../../secret.jsonl", "home/.claude/pipe"]
    {
        let begun = move |env: &TestEnv| {
            patient(env);
            plant(env);
            let payload = prompt(json!({"transcript_path": env.path(path)}));
            let mut hook = env.command(&["hook", "claude-code"]);
            assert!(fed(&mut hook, payload.as_bytes()).status.success());
        };
        let stop = json!({"session_id": "s", "hook_event_name": "Stop"}).to_string();
        rows.push(event(stop).given(begun).what(path).records());
    }
    rows
}

/// Plants transcripts that are not to be read, and one that never ends.
fn plant(env: &TestEnv) {
    let line = json!({"type": "assistant", "message": {"id": "m", "model": SECRET,
        "content": [{"type": "text", "text": SECRET}]}});
    for path in ["secret.jsonl", "home/.ssh/id.jsonl"] {
        env.write(path, format!("{line}\n"));
    }
    fs::create_dir_all(env.path("home/.claude")).expect("made");
    let mut make = env.program("mkfifo");
    assert!(make.arg(env.path("home/.claude/pipe")).status().expect("started").success());
}

/// What comes from git, or from somebody who plays it.
fn git_s() -> Vec<Row> {
    let line = |words: &[&str]| hook(words).says("[stderr]\ngit-session: ");
    let mut rows = vec![line(&[]), line(&["no-such-event"]), line(&["\u{1b}[2J"])];
    for stdin in ["", "x", "a b c d", &"0 ".repeat(1 << 20), "\u{0}\u{1b}[2J", "HEAD HEAD HEAD HEAD\n"] {
        let told = |event| hook(&[event, "--upload-pack=touch canary"]).fed(stdin.as_bytes());
        rows.push(told("pre-push"));
        // The commit that is checked out becomes a run, whatever was said of others.
        rows.push(told("post-rewrite").records());
    }
    for file in ["", "/dev/zero", "no/such/file", ".", "../home"] {
        let message = hook(&["prepare-commit-msg", file, "message"]);
        rows.push(message.what("with trailers").given(with_trailers));
    }
    rows
}

fn with_trailers(env: &TestEnv) {
    env.project_git(&["config", "session.trailers", "true"]);
}
