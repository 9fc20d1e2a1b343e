//! Runs that are begun and ended by hand.

use std::fs;

use crate::env::{TestEnv, output};

fn begin(env: &TestEnv, message: &str) -> (String, std::path::PathBuf) {
    let begun = env.json(&["begin", "-m", message]);
    let text = |name: &str| begun[name].as_str().expect("text").to_owned();
    (text("run"), text("context_dir").into())
}

#[test]
fn begin_prints_the_run_and_its_folder() {
    let env = TestEnv::with_session();
    env.ok(&["know", "build.command", "make"]);
    insta::assert_snapshot!(env.run(&["begin", "-m", "Try", "--agent", "claude", "--prompt", "Go"]), @"
    run      67ce47bf-0922-4bd5-9541-37398ff549b0
    context  $TMP/project/.git/sessions.git/git-session/runs/67ce47bf-0922-4bd5-9541-37398ff549b0/context
    brief    $TMP/project/.git/sessions.git/git-session/runs/67ce47bf-0922-4bd5-9541-37398ff549b0/brief.md
    [stderr]
    hint: end it with 'git session finish 67ce47bf'
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       STATUS   SUMMARY  AGENT   FINISHED
    67ce47bf  running  Try      claude  began 0 seconds ago
    [exit 0]
    ");
    let id = "0e0c9dbd-7b63-4c44-a5a8-5a8a2d1d3f10";
    env.ok(&["begin", "--id", id]);
    insta::assert_snapshot!(env.run(&["begin", "--id", id, "--json"]), @r#"
    {
      "already": true,
      "branch": "session/fix-the-login-test-63d76e70",
      "brief": "$TMP/project/.git/sessions.git/git-session/runs/0e0c9dbd-7b63-4c44-a5a8-5a8a2d1d3f10/brief.md",
      "context_dir": "$TMP/project/.git/sessions.git/git-session/runs/0e0c9dbd-7b63-4c44-a5a8-5a8a2d1d3f10/context",
      "run": "0e0c9dbd-7b63-4c44-a5a8-5a8a2d1d3f10",
      "session": "63d76e70-146d-412c-b9b1-5a858772f090"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["begin", "--id", "not-an-id"]), @"
    [stderr]
    error: invalid value 'not-an-id' for '--id <ID>': 'not-an-id' is not an id (8-4-4-4-12 hexadecimal digits)

    For more information, try '--help'.
    [exit 2]
    ");
    env.fsck();
}

#[test]
fn finish_records_what_the_run_changed() {
    let env = TestEnv::with_session();
    env.ok(&["context", "put", "docs/old.md", &env.write("old", "old\n")]);
    let (_, context) = begin(&env, "Try");
    fs::remove_file(context.join("docs/old.md")).expect("removed");
    fs::create_dir_all(context.join("knowledge")).expect("made");
    fs::write(context.join("knowledge/port.md"), "8080\n").expect("written");
    env.advance(90);
    insta::assert_snapshot!(env.run(&["checkpoint", "-m", "Halfway"]), @"
    [stderr]
    saved run 67ce47bf
    [exit 0]
    ");
    assert_eq!(env.json(&["status"])["runs"], 0, "a checkpoint shows nothing on the branch");
    let args = ["finish", "-m", "Done", "--usage", "cost_usd=1.50", "--metric", "passed=3", "--tag", "ci"];
    insta::assert_snapshot!(env.run(&args), @"
    67ce47bf #1 succeeded in fix-the-login-test-63d76e70: context changed: docs/old.md, knowledge/port.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["show", "@1"]), @"
    run       67ce47bf-0922-4bd5-9541-37398ff549b0
    number    1
    session   session/fix-the-login-test-63d76e70
    status    succeeded
    summary   Done
    started   2026-11-22T10:00:00Z
    finished  2026-11-22T10:01:30Z (0 seconds ago)
    took      1m30s
    usage     $1.50
    by        Ann <ann@example.com>
    commit    9be44a71c6aa193ccb58e0de529164916f8affd1
    code      main 595ff6b6
    metric    passed = 3

    context
      - docs/old.md +0 -1
      + knowledge/port.md +1 -0
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        5  knowledge/port.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["finish"]), @"
    [stderr]
    error: session fix-the-login-test-63d76e70 has no open run
    hint: begin one with 'git session begin'
    [exit 1]
    ");
    assert!(!context.exists(), "a finished run leaves no folder");
    env.fsck();
}

#[test]
fn finish_of_one_of_several_needs_a_name() {
    let env = TestEnv::with_session();
    let (first, _) = begin(&env, "First");
    let (second, _) = begin(&env, "Second");
    insta::assert_snapshot!(env.run(&["finish"]), @"
    [stderr]
    error: session fix-the-login-test-63d76e70 has 2 open runs: 67ce47bf, 80edf5b6
    hint: name one of them
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["finish", "ffffffff"]), @"
    [stderr]
    error: no run 'ffffffff'
    hint: 'git session runs' shows all runs
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["finish", &first[..8], "--status", "failed"]), @"
    80edf5b6 #1 failed in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    let out = output(env.command(&["finish", "--json"]).env("GIT_SESSION_RUN", &second));
    insta::assert_snapshot!(env.text(&out), @r#"
    {
      "already": false,
      "branch": "session/fix-the-login-test-63d76e70",
      "changed": [],
      "commit": "05d4a32fbba9f53dec61a9d7bee320d57649fb6b",
      "conflicts": [],
      "number": 2,
      "redactions": {},
      "run": "67ce47bf-0922-4bd5-9541-37398ff549b0",
      "session": "63d76e70-146d-412c-b9b1-5a858772f090",
      "status": "succeeded"
    }
    [exit 0]
    "#);
    env.fsck();
}

#[test]
fn an_empty_name_names_no_run() {
    let env = TestEnv::with_session();
    begin(&env, "Try");
    let refused = env.run(&["finish", ""]);
    assert!(refused.ends_with("[exit 2]"), "an empty name is malformed: {refused}");
    assert_eq!(env.json(&["status"])["open"].as_array().expect("list").len(), 1, "the run must stay open");
}

#[test]
fn abort_records_the_run_as_cancelled() {
    let env = TestEnv::with_session();
    let (_, context) = begin(&env, "Try");
    fs::write(context.join("notes.md"), "- kept\n").expect("written");
    insta::assert_snapshot!(env.run(&["abort", "-m", "Gave up"]), @"
    80edf5b6 #1 cancelled in fix-the-login-test-63d76e70: context changed: notes.md
    [exit 0]
    ");
    begin(&env, "Again");
    insta::assert_snapshot!(env.run(&["abort", "--discard", "--json"]), @r#"
    {
      "discarded": true,
      "run": "708d13c8-4919-4f3f-bc78-04f3f400d1fa",
      "session": "63d76e70-146d-412c-b9b1-5a858772f090"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["abort"]), @"
    [stderr]
    error: session fix-the-login-test-63d76e70 has no open run
    hint: begin one with 'git session begin'
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       #  STATUS     SUMMARY  TIME  FINISHED
    80edf5b6  1  cancelled  Gave up   0ms  0 seconds ago
    [exit 0]
    ");
    assert_eq!(env.git(&["for-each-ref", "refs/open"]), "", "no open ref is left");
    env.fsck();
}

#[test]
fn runs_that_changed_the_same_leave_a_conflict() {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "80"]);
    let (first, one) = begin(&env, "First");
    let (second, two) = begin(&env, "Second");
    fs::write(one.join("knowledge/port.md"), "8080\n").expect("written");
    fs::write(two.join("knowledge/port.md"), "9090\n").expect("written");
    env.ok(&["finish", &first]);
    insta::assert_snapshot!(env.run(&["finish", &second]), @"
    708d13c8 #2 succeeded in fix-the-login-test-63d76e70: context changed: knowledge/port.md, knowledge/port.md.conflict-5dfa4357, 1 conflict
    [stderr]
    hint: 'git session status' lists the conflicts, 'git session resolve PATH --keep …' settles one
    [exit 3]
    ");
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    2 runs, 2 succeeded, 0ms
    last run 708d13c8 succeeded, 0 seconds ago: Second

    open conflicts (git session resolve PATH --keep current|other|FILE):
      knowledge/port.md  the other version is knowledge/port.md.conflict-5dfa4357

    2 runs in this store exist only here (not pushed anywhere)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY   VALUE  RUN
    port  9090   708d13c8
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["brief"]), @r#"
    # Fix the login test

    Status: active. Runs so far: 2 (2 succeeded, 0 failed).

    ## Open conflicts

    - `knowledge/port.md`: the other version is in `knowledge/port.md.conflict-5dfa4357`

    ## Knowledge

    - `port`: 9090

    ## Last runs

    - 708d13c8 succeeded: Second
    - 67ce47bf succeeded: First

    ---
    Learned something the next run needs? `git session know KEY "VALUE"` (such as `know build.command "make -j8"`)
    Chose between options? `git session decide "WHAT" --because "WHY" --instead-of "OTHER"`
    Anything else worth keeping? `git session note "TEXT"`
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["resolve", "nothing", "--keep", "current"]), @"
    [stderr]
    error: there is no open conflict at 'nothing'
    hint: in conflict are: knowledge/port.md
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["resolve", "port", "--keep", "other"]), @"
    [stderr]
    settled 1 conflict, 0 left
    [exit 0]
    ");
    assert_eq!(env.ok(&["know", "port"]), "8080\n");
    insta::assert_snapshot!(env.run(&["resolve", "port", "--keep", "other"]), @"
    [stderr]
    error: there is no open conflict at 'port'
    hint: nothing is in conflict; 'git session status' shows what is
    [exit 1]
    ");
    env.fsck();
}

/// Leaves two conflicts: knowledge "port" and the file docs/plan.md.
fn with_two_conflicts() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "80"]);
    let (first, one) = begin(&env, "First");
    let (second, two) = begin(&env, "Second");
    for (folder, text) in [(one, "one\n"), (two, "two\n")] {
        fs::create_dir_all(folder.join("docs")).expect("made");
        fs::write(folder.join("docs/plan.md"), text).expect("written");
        fs::write(folder.join("knowledge/port.md"), text).expect("written");
    }
    env.ok(&["finish", &first]);
    let second = env.run(&["finish", &second]);
    assert!(second.ends_with("[exit 3]"), "conflicts that are left exit 3: {second}");
    env
}

#[test]
fn resolve_keeps_what_it_is_told_to_keep() {
    let env = with_two_conflicts();
    insta::assert_snapshot!(env.run(&["resolve", "docs/plan.md", "--keep", "current"]), @"
    [stderr]
    settled 1 conflict, 1 left
    [exit 3]
    ");
    let merged = env.write("merged.md", "both\n");
    insta::assert_snapshot!(env.run(&["resolve", "knowledge/port.md", "--keep", &merged, "--json"]), @r#"
    {
      "left": 0,
      "settled": 1
    }
    [exit 0]
    "#);
    assert_eq!(env.ok(&["know", "port"]), "both\n");
    assert_eq!(env.ok(&["context", "cat", "docs/plan.md"]), "two\n");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        4  docs/plan.md
        5  knowledge/port.md
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn resolve_refuses_what_it_cannot_read() {
    let env = with_two_conflicts();
    let before = env.store_files();
    insta::assert_snapshot!(env.run(&["resolve", "port", "--keep", "nowhere"]), @"
    [stderr]
    error: could not read nowhere
    caused by: No such file or directory (os error 2)
    hint: name a regular file, or '-' and hand it in on stdin
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["resolve", "port"]), @"
    [stderr]
    error: the following required arguments were not provided:
      --keep <current|other|FILE>

    Usage: git session resolve --keep <current|other|FILE> <PATH>

    For more information, try '--help'.
    [exit 2]
    ");
    assert!(env.store_files() == before, "a refused resolve must leave the store as it was");
}

#[test]
fn a_field_that_two_sides_changed_is_resolved_by_its_name() {
    let env = TestEnv::with_session();
    // As a merge of two clones leaves it.
    let manifest = env.git(&["show", &format!("{}:session.yaml", env.branch())]);
    let theirs =
        "conflicts:\n- field: title\n  kind: field\n  ours: Fix the login test\n  theirs: \"Fix \\e[2J\"\n";
    env.plant(env.branch(), &[("session.yaml", format!("{manifest}{theirs}").as_bytes())]);
    insta::assert_snapshot!(env.run(&["status"]), @r#"
    63d76e70 Fix the login test  (active, chosen with switch)
    0 runs

    open conflicts (git session resolve PATH --keep current|other|FILE):
      title  the other value is "Fix \u001b[2J"

    0 runs in this store exist only here (not pushed anywhere)
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run_fed("Fix every test\n", &["resolve", "title", "--keep", "-"]), @"
    [stderr]
    settled 1 conflict, 0 left
    [exit 0]
    ");
    assert_eq!(env.json(&["status"])["title"], "Fix every test");
    env.fsck();
}

#[test]
fn what_was_committed_since_begin_is_recorded() {
    let env = TestEnv::with_session();
    env.ok(&["begin", "-m", "Try"]);
    env.project_git(&["commit", "--allow-empty", "-m", "one"]);
    let head = env.project_git(&["rev-parse", "HEAD"]);
    env.ok(&["finish"]);
    let code = &env.json(&["runs"])[0]["code"];
    assert_eq!(code["commits"], serde_json::json!([head.trim()]), "{code:#}");
    assert_eq!((&code["head_after"], &code["dirty"]), (&head.trim().into(), &false.into()), "{code:#}");
}

#[test]
fn a_state_that_is_saved_twice_within_a_second_is_saved() {
    let env = TestEnv::with_session();
    env.ok(&["begin", "-m", "Try it"]);
    let first = env.json(&["checkpoint"]);
    assert_eq!(env.json(&["checkpoint"]), first, "it is the same commit");
    env.ok(&["finish"]);
    env.fsck();
}
