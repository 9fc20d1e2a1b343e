//! `export`, and `import` of a bundle: what they print, and how they are refused.

use std::fs;

use base64::Engine as _;
use git_session::model::{Manifest, RunRecord};
use git_session::store::{CommitId, Store, StoreOptions};
use serde_json::Value;

use crate::env::TestEnv;

/// A project with a session of one run, and another project beside it.
fn two() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Raise the timeout"]);
    let out = env.program("git").current_dir(env.base()).args(["init", "-q", "-b", "main", "other"]).output();
    assert!(out.expect("started").status.success());
    env
}

#[test]
fn a_session_goes_into_a_bundle_and_comes_out_of_it() {
    let env = two();
    insta::assert_snapshot!(env.run(&["export", "-o", "../login.bundle"]), @"
    exported 1 session with 1 run to ../login.bundle (1 KiB)
    [exit 0]
    ");
    insta::assert_snapshot!(crate::share::other(&env, &["import", "../login.bundle"]), @"
    new        63d76e70 Fix the login test: 1 new run
    imported from ../login.bundle: 1 new
    [exit 0]
    ");
    insta::assert_snapshot!(crate::share::other(&env, &["import", "../login.bundle"]), @"
    63d76e70 Fix the login test is up to date
    [exit 0]
    ");
    env.advance(60);
    env.ok(&["record", "-m", "Retry"]);
    env.ok(&["export", "-o", "../login.bundle", "--force"]);
    insta::assert_snapshot!(crate::share::other(&env, &["import", "../login.bundle", "--json"]), @r#"
    {
      "file": "../login.bundle",
      "sessions": [
        {
          "branch": "session/fix-the-login-test-63d76e70",
          "session": "63d76e70-146d-412c-b9b1-5a858772f090",
          "title": "Fix the login test",
          "outcome": "fast_forward",
          "before": "b1cde5589f72ab4501768928dcd12bd15f92a1e8",
          "after": "0b33e9db8fe0b6f9b254ab8c2e68b31acaf90ed3",
          "new_runs": 1,
          "conflicts": 0,
          "rescued": null,
          "rewritten": null,
          "why": null
        }
      ],
      "foreign": []
    }
    [exit 0]
    "#);
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force() {
    let env = two();
    env.write("project/notes.bundle", "mine");
    insta::assert_snapshot!(env.run(&["export", "-o", "notes.bundle"]), @"
    [stderr]
    error: $TMP/project/notes.bundle exists already
    hint: --force replaces it
    [exit 1]
    ");
    assert_eq!(env.read("project/notes.bundle"), "mine");
    env.ok(&["export", "-o", "notes.bundle", "--force"]);
    assert_ne!(fs::read(env.path("project/notes.bundle")).expect("there"), b"mine");
    let left = fs::read_dir(env.path("project")).expect("listed").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().contains(".tmp"));
    assert_eq!(left.count(), 0, "nothing half-written is left");
}

#[test]
fn what_holds_a_secret_stays_here() {
    let env = two();
    env.ok(&["new", "Clean"]);
    env.project_git(&["config", "--global", "session.redact", "off"]);
    env.ok(&["record", "-s", "Fix the login test", "-m", "Use ghp_0123456789abcdefghijklmnopqrstuvwxyz"]);
    env.project_git(&["config", "--global", "session.redact", "on"]);
    insta::assert_snapshot!(env.run(&["export", "Fix the login test", "-o", "../x.bundle"]), @"
    held back  63d76e70 Fix the login test: it holds 3 secrets
      message:6 of 0b9ad149 github-token sha256:6675cd0c365d2c7d9027a150ec24850631369632248b4b346210ebdf1a59d6b7
      session.yaml:19 of 0b9ad149 github-token sha256:6675cd0c365d2c7d9027a150ec24850631369632248b4b346210ebdf1a59d6b7
      run/run.yaml:5 of 0b9ad149 github-token sha256:6675cd0c365d2c7d9027a150ec24850631369632248b4b346210ebdf1a59d6b7
    nothing was exported
    [stderr]
    hint: make the secret useless first: revoke it where it is from; then --allow RULE sends it all the same
    hint: what is no secret passes for good with 'git session redact allow DIGEST'
    [exit 1]
    ");
    assert!(!env.path("x.bundle").exists());
    let told = env.run(&["export", "--all", "-o", "../x.bundle", "-q"]);
    assert!(told.contains("held back") && told.ends_with("[exit 1]"), "{told}");
    assert!(told.contains("exported 1 session with 0 runs to ../x.bundle"), "the others leave: {told}");
    assert!(env.path("x.bundle").exists());
}

/// A project with two sessions, of which one is a fork, and with texts that are hard to carry.
fn rich() -> TestEnv {
    let env = two();
    env.ok(&["know", "build.command", "make -j8 </script><b>\u{202e}\u{9b}31m"]);
    env.ok(&["decide", "Cache the downloads", "--because", "they take 30 s"]);
    env.write("project/blob", b"\x00\xff\xfe binary");
    env.ok(&["context", "put", "files/blob.bin", "blob"]);
    env.write("project/talk.md", "## Asked\n\nWhy?\n");
    let usage = ["--usage", "cost_usd=0.25", "--usage", "input_tokens=1200", "--metric", "tests=12"];
    env.ok(
        &[&["record", "-m", "Retry", "--status", "failed", "--conversation", "talk.md"], &usage[..]].concat()
    );
    env.ok(&["fork", "--title", "Another way"]);
    env.ok(&["record", "-m", "In the fork"]);
    env
}

fn record_of(value: &Value) -> RunRecord {
    let mut value = value.clone();
    let own = ["number", "commit", "session_branch", "source", "conversation", "artifacts"];
    let object = value.as_object_mut().expect("an object");
    own.iter().for_each(|name| drop(object.remove(*name).expect(name)));
    serde_json::from_value(value).expect("a run record")
}

fn content_of(file: &Value) -> Vec<u8> {
    let content = file["content"].as_str().expect("text");
    match file["encoding"].as_str() {
        Some("utf-8") => content.as_bytes().to_vec(),
        other => {
            assert_eq!(other, Some("base64"));
            base64::engine::general_purpose::STANDARD.decode(content).expect("base64")
        }
    }
}

#[test]
fn json_holds_everything_that_the_store_holds() {
    let env = rich();
    let text = env.ok(&["export", "--all", "--format", "json"]);
    assert!(text.is_ascii(), "nothing in it steers a terminal");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&all["format"], &all["version"]), (&Value::from("git-session-export"), &Value::from(1)));
    let store = Store::open(&env.store(), StoreOptions::default()).expect("opened");
    let sessions = all["sessions"].as_array().expect("a list");
    assert_eq!(sessions.len(), 2);
    for told in sessions {
        let commit = CommitId::from_hex(told["commit"].as_str().expect("an id")).expect("an id");
        let state = store.snapshot(commit).expect("readable");
        let manifest: Manifest = serde_json::from_value(told["manifest"].clone()).expect("a manifest");
        assert_eq!(manifest, state.manifest);
        let session = store.find_session(told["branch"].as_str().expect("a name")).expect("there");
        let runs = store.session_runs(&session).expect("readable");
        let told_runs = told["runs"].as_array().expect("a list");
        assert_eq!(told_runs.len(), runs.len());
        for (told, run) in told_runs.iter().zip(runs) {
            let record = store.run_record(run.commit).expect("readable").expect("a run");
            assert_eq!(record_of(told), record, "oldest first, with all fields");
        }
        let files = store.context_files(state.root).expect("readable");
        let told_files = told["context"].as_array().expect("a list");
        assert_eq!(told_files.len(), files.len());
        for (told, (path, file)) in told_files.iter().zip(files) {
            let content = store.read_blob(file.blob, u64::MAX).expect("readable");
            assert_eq!(told["path"].as_str(), Some(path.to_string().as_str()));
            assert_eq!(content_of(told), content);
            assert_eq!(told["bytes"].as_u64(), Some(content.len() as u64));
        }
    }
    let first = |branch: &str| {
        sessions.iter().find(|s| s["branch"].as_str().expect("a name").contains(branch)).expect("there")
    };
    assert_eq!(first("fix-the-login")["runs"][1]["conversation"], "## Asked\n\nWhy?\n");
    let lines = env.ok(&["export", "--all", "--format", "ndjson"]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[0], serde_json::json!({"type": "export", "format": "git-session-export", "version": 1}));
    for told in sessions {
        let of = |kind: &str, key: &str| -> Vec<&Value> {
            let own = lines.iter().filter(|line| line["type"] == kind && line["branch"] == told["branch"]);
            own.map(|line| &line[key]).collect()
        };
        assert_eq!(of("session", "manifest"), [&told["manifest"]]);
        assert_eq!(of("run", "run"), told["runs"].as_array().expect("a list").iter().collect::<Vec<_>>());
        assert_eq!(
            of("context", "file"),
            told["context"].as_array().expect("a list").iter().collect::<Vec<_>>()
        );
    }
}

#[test]
fn the_same_sessions_make_the_same_files() {
    let env = rich();
    for format in ["bundle", "markdown", "html", "json", "ndjson", "tar"] {
        let export = |name: &str| {
            env.ok(&["export", "--all", "--format", format, "-o", name]);
            fs::read(env.path("project").join(name)).expect("read")
        };
        let before = export(&format!("1.{format}"));
        env.advance(60);
        assert!(before == export(&format!("2.{format}")), "{format}");
    }
}

#[test]
fn what_goes_to_stdout_is_told_on_stderr() {
    let env = two();
    let both = env.run(&["export", "--format", "ndjson", "--json"]);
    let (export, told) = both.split_once("[stderr]\n").expect("both");
    assert_eq!(export.lines().count(), 3, "{export}");
    let told: Value = serde_json::from_str(told.trim_end_matches("[exit 0]").trim()).expect("one line");
    assert_eq!((&told["file"], &told["sessions"][0]["outcome"]), (&Value::Null, &Value::from("exported")));
    insta::assert_snapshot!(env.run(&["export", "-o", "x.zip"]), @"
    [stderr]
    error: the name 'x.zip' does not tell a format
    hint: name one with --format, such as --format bundle, or a file such as sessions.html
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["export", "--format", "zip"]), @"
    [stderr]
    error: invalid value 'zip' for '--format <FORMAT>'
      [possible values: bundle, markdown, html, json, ndjson, tar]

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn markdown_tells_what_was_learned_then_the_runs_then_the_files() {
    let env = rich();
    insta::assert_snapshot!(env.ok(&["export", "Fix the login test", "--format", "markdown"]), @r"
    # Fix the login test

    - status: active
    - totals: 2 runs, 1 succeeded, 1 failed, $0.25, 1200 tokens
    - created: 2026-11-22 10:00 UTC by Ann
    - project: project
    - session: 63d76e70-146d-412c-b9b1-5a858772f090
    - branch: session/fix-the-login-test-63d76e70
    - commit: ff2e3be4baf0290e004c2f1846bc32dd9d4a8a9d

    ## Decisions

    - **Cache the downloads** (accepted, 2026-11-22)
      - because: they take 30 s

    ## Knowledge

    - **build.command**: make -j8 &lt;/script>&lt;b>\\u{202e}\\u{9b}31m

    ## Runs

    ### #1 Raise the timeout — succeeded

    - run: 80edf5b6-d72a-461b-87c4-8eb8c7980800
    - finished: 2026-11-22 10:00 UTC
    - by: Ann
    - code: main 595ff6b6

    ### #2 Retry — failed

    - run: ef9cd360-10ca-408a-8d8a-0519c049f935
    - finished: 2026-11-22 10:00 UTC
    - used: $0.25, 1200 input tokens
    - by: Ann
    - code: main 595ff6b6
    - metrics: tests 12

    ## Files

    ### files/blob.bin

    10 B, no text
    ");
}

#[test]
fn html_is_one_page_that_loads_and_runs_nothing() {
    let env = rich();
    let page = env.ok(&["export", "--all", "--format", "html"]);
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{page}");
    let policy = "content=\"default-src &#39;none&#39;; style-src &#39;sha256-";
    assert!(page.contains(policy), "the browser is told to load and run nothing");
    for word in ["<script", "<img", "<link", "<iframe", "<form", "src=", "url(", "@import", "http:", "https:"]
    {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("make -j8 &lt;/script&gt;&lt;b&gt;\\u{202e}\\u{9b}31m"), "what is stored is shown");
    for part in
        ["<rect", "class=\"runs\"", "Cache the downloads", "files/blob.bin", "prefers-color-scheme: dark"]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_tar_archive_is_the_tree_of_files() {
    let env = rich();
    let long = format!("files/{}/n\u{e9}e.txt", "long".repeat(40));
    env.write("project/script", "#!/bin/sh\n");
    env.ok(&["context", "-s", "Fix the login test", "put", &long, "script"]);
    env.ok(&["export", "--all", "-o", "all.tar"]);
    let mut tar = env.program("tar");
    let out =
        tar.current_dir(env.path("other")).args(["xvf", "../project/all.tar"]).output().expect("started");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = |path: &str| env.read(&format!("other/fix-the-login-test-63d76e70/{path}"));
    assert_eq!(text(&format!("context/{long}")), "#!/bin/sh\n");
    assert_eq!(text("context/knowledge/build.command.md"), "make -j8 </script><b>\u{202e}\u{9b}31m\n");
    let store = Store::open(&env.store(), StoreOptions::default()).expect("opened");
    let session = store.find_session("fix-the-login-test-63d76e70").expect("there");
    let manifest = store.snapshot(session.tip).expect("readable").manifest;
    let told: Manifest =
        git_session::model::yaml::parse("session.yaml", text("session.yaml").as_bytes()).expect("YAML");
    assert_eq!(told, manifest);
    let files = String::from_utf8(out.stdout).expect("text");
    let runs: Vec<&str> = files.lines().filter(|name| name.contains("63d76e70/runs/")).collect();
    insta::assert_snapshot!(runs.join("\n"), @"
    fix-the-login-test-63d76e70/runs/0001-80edf5b6/run.yaml
    fix-the-login-test-63d76e70/runs/0002-ef9cd360/conversation.md
    fix-the-login-test-63d76e70/runs/0002-ef9cd360/run.yaml
    ");
}
