//! What is told of commits: folded, from code to runs, and from runs to code.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{commit, git, ok, with_hooks};
use crate::env::{TestEnv, output};
use crate::share::share;

fn three_commits_around_a_run() -> TestEnv {
    let env = with_hooks();
    for message in ["one", "two"] {
        commit(&env, "project", message);
    }
    env.ok(&["run", "-m", "do it", "--", "sh", "-c", "echo x >>code.txt && git commit -q -a -m inside"]);
    commit(&env, "project", "three");
    env
}

/// Hides ids and times, which differ from run to run.
fn stable(text: &str) -> String {
    let is_id = |word: &str| word.len() == 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let word = |word: &str| if is_id(word) { "ID".to_owned() } else { word.to_owned() };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n")
}

#[test]
fn commits_that_follow_each_other_are_told_as_one() {
    let env = three_commits_around_a_run();
    let log = stable(&env.ok(&["log", "--oneline"]));
    assert_snapshot!(log, @"
    ID succeeded three
    ID succeeded do it
    ID succeeded 2 commits: one … two
    create   main
    ");
    let all = env.ok(&["log", "--oneline", "--unfold"]);
    assert_eq!(all.lines().count(), 5, "{all}");
    let runs = env.ok(&["runs"]);
    assert!(runs.contains("1-2") && runs.contains("2 commits: one … two"), "{runs}");
    assert_eq!(env.ok(&["runs", "--all"]).lines().count(), 5);
    assert_eq!(env.json(&["runs"]).as_array().expect("a list").len(), 4, "programs get each");
}

#[test]
fn commits_say_nothing_about_success() {
    let env = three_commits_around_a_run();
    env.run(&["run", "--", "false"]);
    let brief = env.ok(&["brief"]);
    assert!(brief.contains("Runs so far: 2 (1 succeeded, 1 failed). Commits outside of runs: 3."), "{brief}");
    assert!(brief.contains("- 2 commits: one … two"), "{brief}");
    assert!(env.ok(&["brief", "--all"]).contains("succeeded: one"));
    let totals = env.json(&["show"])["totals"].clone();
    assert_eq!((&totals["runs"], &totals["commits"]), (&5.into(), &3.into()));
    assert!(env.run(&["check", "--objects"]).ends_with("[exit 0]"), "messages and records agree");
}

#[test]
fn a_commit_leads_to_its_run_however_it_was_rewritten() {
    let env = three_commits_around_a_run();
    let run = env.json(&["log", "--grep", "do it"])[0]["run"].clone();
    let of = |name: &str| -> Vec<(Value, Value)> {
        let found = env.json(&["log", "--code", name]);
        found.as_array().expect("a list").iter().map(|r| (r["run"].clone(), r["found_by"].clone())).collect()
    };
    assert_eq!(of("HEAD~1"), [(run.clone(), "commit".into())]);
    assert_eq!(of("HEAD~2..").len(), 2);
    let old = ok(&env, &["rev-parse", "HEAD~1"]);
    let mut rebase = git(&env, "project", &["rebase", "-q", "--force-rebase", "HEAD~2"]);
    assert!(output(rebase.env("GIT_COMMITTER_DATE", "2026-11-23T00:00:00Z")).status.success());
    assert_eq!(of("HEAD~1"), [(run.clone(), "rewritten".into())]);
    assert_eq!(of(old.trim()), [(run.clone(), "commit".into())]);
    let shown = env.json(&["show", &run.as_str().expect("text")[..8]]);
    let commits: Vec<(&str, &Value)> = shown["commits"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| (c["subject"].as_str().unwrap_or_default(), &c["reachable"]))
        .collect();
    assert_eq!(commits, [("inside", &Value::from(false)), ("inside", &Value::from(true))]);
    // Picked where no hook saw it.
    ok(&env, &["checkout", "-q", "-b", "other", "HEAD~2"]);
    let mut pick = git(&env, "project", &["-c", "core.hooksPath=/dev/null", "cherry-pick", "main~1"]);
    // Within the second of the first commit, it would be that commit.
    assert!(output(pick.env("GIT_COMMITTER_DATE", "2026-11-24T00:00:00Z")).status.success());
    ok(&env, &["config", "session.autoSession", "off"]);
    assert_eq!(of("HEAD"), [(run, "same_change".into())]);
    let text = env.ok(&["show", "HEAD"]);
    assert!(text.contains("inside") && text.contains("by a commit that changes the same"), "{text}");
}

#[test]
fn a_revision_that_the_code_does_not_have_is_told() {
    let env = with_hooks();
    commit(&env, "project", "one");
    assert_snapshot!(env.run(&["log", "--code", "nowhere"]), @"
    [stderr]
    error: the code has no commit 'nowhere'
    hint: name it as for 'git rev-parse'
    [exit 1]
    ");
}

#[test]
fn with_trailers_each_commit_names_session_and_run() {
    let env = with_hooks();
    ok(&env, &["config", "session.trailers", "true"]);
    env.ok(&["hooks", "install"]);
    let named = |revision: &str| {
        ok(
            &env,
            &[
                "log",
                "-1",
                "--format=%(trailers:key=Session-Id,valueonly,separator=%x20)/%(trailers:key=Run-Id,valueonly,separator=%x20)",
                revision,
            ],
        )
    };
    commit(&env, "project", "one");
    let run = env.json(&["runs"])[0].clone();
    let short = |id: &Value| id.as_str().expect("text")[..8].to_owned();
    let expected = format!("{}/{}", short(&run["session"]), short(&run["id"]));
    assert_eq!(named("HEAD").trim(), expected, "the commit's run has the digits that the commit names");
    env.write("message", "two\n\nBecause.\n\nRefs: #7\n");
    ok(&env, &["commit", "-q", "--allow-empty", "-F", &env.arg("message")]);
    let message = ok(&env, &["log", "-1", "--format=%B"]);
    assert!(message.contains("Refs: #7\nSession-Id: "), "{message}");
    ok(&env, &["commit", "-q", "--amend", "--no-edit", "--allow-empty"]);
    assert_eq!(ok(&env, &["log", "-1", "--format=%B"]), message, "once only");
    let mut verbose = git(&env, "project", &["commit", "-q", "-v", "--allow-empty"]);
    verbose.env("GIT_EDITOR", "sed -i '1s/^/three/'");
    assert!(output(&mut verbose).status.success());
    assert_eq!(ok(&env, &["log", "-1", "--format=%s"]).trim(), "three");
    assert_ne!(named("HEAD").trim(), "/");
    let mut squash = git(&env, "project", &["rebase", "-q", "-i", "HEAD~2"]);
    squash.env("GIT_SEQUENCE_EDITOR", "sed -i '2,$s/^pick/squash/'").env("GIT_EDITOR", "true");
    assert!(output(&mut squash).status.success());
    assert_eq!(env.json(&["runs"]).as_array().expect("a list").len(), 3);
    env.fsck();
}

#[test]
fn pushed_commits_queue_their_sessions() {
    let env = with_hooks();
    commit(&env, "project", "one");
    ok(&env, &["init", "-q", "--bare", &env.arg("remote")]);
    ok(&env, &["push", "-q", &env.arg("remote"), "main"]);
    let queue: Vec<_> = super::files(&env.store().join("spool/push"));
    let [(path, content, _)] = queue.as_slice() else { panic!("one session: {queue:?}") };
    let entry: Value = serde_json::from_slice(content).expect("JSON");
    assert_eq!(entry["session"], env.json(&["show"])["id"]);
    assert_eq!(path.file_stem().and_then(|name| name.to_str()), entry["session"].as_str());
    share(&env);
    let would = env.json(&["push", "--queued", "--dry-run"]);
    assert_eq!(super::files(&env.store().join("spool/push")).len(), 1, "a dry run leaves the queue");
    let done = env.json(&["push", "--queued"]);
    assert_eq!((&would["sessions"], &done["sessions"][0]["outcome"]), (&done["sessions"], &"pushed".into()));
    assert!(super::files(&env.store().join("spool/push")).is_empty(), "what the remote has waits no more");
    assert_eq!(env.json(&["push", "--queued"])["sessions"], json!([]));
}
