//! Recording a run in one go.

use crate::env::{TestEnv, output};

#[test]
fn record_prints_one_line() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["record", "-m", "Raise the timeout"]), @"
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "Raise it more", "--status", "failed", "--json"]), @r#"
    {
      "already": false,
      "branch": "session/fix-the-login-test-63d76e70",
      "changed": [],
      "commit": "83f02a6f33279b538363eab716241cbc65f7fbad",
      "conflicts": [],
      "number": 2,
      "redactions": {},
      "run": "67ce47bf-0922-4bd5-9541-37398ff549b0",
      "session": "63d76e70-146d-412c-b9b1-5a858772f090",
      "status": "failed"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["record", "-m", "Silent", "-q"]), @"
    708d13c8 #3 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn record_takes_all_that_can_be_said_of_a_run() {
    let env = TestEnv::with_session();
    let conversation = env.write("talk.md", "# Asked\nWhy?\n");
    env.ok(&[
        "record",
        "-m",
        "Raise the timeout",
        "--status",
        "failed",
        "--prompt",
        "Make it pass",
        "--conversation",
        &conversation,
        "--agent",
        "claude",
        "--model",
        "opus",
        "--usage",
        "input_tokens=1200",
        "--usage",
        "cost_usd=0.0125",
        "--metric",
        "tests=12",
        "--metric",
        "seconds=1.5",
        "--tag",
        "ci",
    ]);
    env.advance(60);
    insta::assert_snapshot!(env.run(&["show", "@1"]), @"
    run       80edf5b6-d72a-461b-87c4-8eb8c7980800
    number    1
    session   session/fix-the-login-test-63d76e70
    status    failed
    summary   Raise the timeout
    finished  2026-11-22T10:00:00Z (60 seconds ago)
    agent     claude opus
    usage     $0.0125, 1200 input tokens
    by        Ann <ann@example.com>
    commit    0dfff9713caaca99c6f968db80b253cb8eb03bfe
    code      main 595ff6b6
    metric    seconds = 1.5
    metric    tests = 12

    prompt
      Make it pass

    conversation
      # Asked
      Why?
    [exit 0]
    ");
    insta::assert_snapshot!(env.git(&["show", "session/fix-the-login-test-63d76e70:run/run.yaml"]), @r#"
    schema: 1
    id: 80edf5b6-d72a-461b-87c4-8eb8c7980800
    session: 63d76e70-146d-412c-b9b1-5a858772f090
    status: failed
    summary: Raise the timeout
    prompt: Make it pass
    finished_at: "2026-11-22T10:00:00Z"
    trigger: record
    operator:
      name: Ann
      email: ann@example.com
    agent:
      name: claude
      model: opus
    usage:
      input_tokens: 1200
      cost_usd: 0.0125
    metrics:
      seconds: 1.5
      tests: 12.0
    tags:
    - ci
    code:
      repo: project
      branch: main
      head_after: 595ff6b666c3fddd33b6049ce24f5f0668ccb4e7
    redaction_table: 1
    "#);
    insta::assert_snapshot!(env.git(&["log", "-1", "--format=%B", "session/fix-the-login-test-63d76e70"]), @"
    Raise the timeout

    Session-Id: 63d76e70-146d-412c-b9b1-5a858772f090
    Run-Id: 80edf5b6-d72a-461b-87c4-8eb8c7980800
    Run-Status: failed
    Run-Finished: 2026-11-22T10:00:00Z
    Run-Cost: 0.0125 USD
    Agent: claude
    Code-Commit: 595ff6b666c3fddd33b6049ce24f5f0668ccb4e7
    Session-Change: run
    ");
}

#[test]
fn record_reads_a_run_as_json() {
    let env = TestEnv::with_session();
    let json = r#"{"summary": "By script", "status": "cancelled", "prompt": "Go on", "own_field": {"a": [1]},
        "usage": {"output_tokens": 7}, "metrics": {"score": 0.5}}"#;
    insta::assert_snapshot!(env.run_fed(json, &["record", "--from", "-"]), @"
    80edf5b6 #1 cancelled in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    let run = env.json(&["show", "@1"]);
    assert_eq!(run["own_field"]["a"][0], 1, "unknown fields survive: {run:#}");
    insta::assert_snapshot!(env.run_fed("{\"summary\": ", &["record", "--from", "-"]), @r#"
    [stderr]
    error: the run record is not valid: EOF while parsing a value at line 1 column 12
    hint: it is one JSON object with the fields of run/run.yaml, such as {"summary": "fix the test"}
    [exit 1]
    "#);
    insta::assert_snapshot!(env.run_fed("[1]", &["record", "--from", "-"]), @r#"
    [stderr]
    error: the run record is not valid: invalid type: sequence, expected a map at line 1 column 0
    hint: it is one JSON object with the fields of run/run.yaml, such as {"summary": "fix the test"}
    [exit 1]
    "#);
    insta::assert_snapshot!(env.run_fed(r#"{"schema": 99}"#, &["record", "--from", "-"]), @"
    [stderr]
    error: the run record has a newer schema
    hint: update git-session
    [exit 1]
    ");
    insta::assert_snapshot!(env.run_fed(r#"{"summary": "x", "status": "running"}"#, &["record", "--from", "-"]), @"
    [stderr]
    error: the run record is not valid: status 'running' is no end of a run
    hint: docs/FORMAT.md says what a run record may hold
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["record", "--from", "nowhere.json"]), @"
    [stderr]
    error: could not read nowhere.json
    caused by: No such file or directory (os error 2)
    hint: name a regular file, or '-' and hand it in on stdin
    [exit 1]
    ");
    assert_eq!(env.json(&["runs"]).as_array().expect("list").len(), 1, "what is refused is not recorded");
    env.fsck();
}

#[test]
fn a_run_with_the_same_id_is_recorded_once() {
    let env = TestEnv::with_session();
    let id = "0e0c9dbd-7b63-4c44-a5a8-5a8a2d1d3f10";
    insta::assert_snapshot!(env.run(&["record", "-m", "Once", "--id", id]), @"
    0e0c9dbd #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    env.ok(&["record", "-m", "Another"]);
    insta::assert_snapshot!(env.run(&["record", "-m", "Twice", "--id", id]), @"
    0e0c9dbd #1 succeeded in fix-the-login-test-63d76e70 (was recorded before)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "Theirs", "--id", "Build/42"]), @"
    c47b92c9 #3 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "Theirs", "--id", "Build/42", "--json"]), @r#"
    {
      "already": true,
      "branch": "session/fix-the-login-test-63d76e70",
      "changed": [],
      "commit": "7b903c3ac1d44b1fa63a967e1246ba4177dd9454",
      "conflicts": [],
      "number": 3,
      "redactions": {},
      "run": "c47b92c9-ba9e-5b7e-9eec-f83d3e5292d6",
      "session": "63d76e70-146d-412c-b9b1-5a858772f090",
      "status": "succeeded"
    }
    [exit 0]
    "#);
    assert_eq!(env.json(&["runs"]).as_array().expect("list").len(), 3);
    env.fsck();
}

#[test]
fn record_refuses_what_cannot_be() {
    let env = TestEnv::with_session();
    let before = env.store_files();
    insta::assert_snapshot!(env.run(&["record"]), @"
    [stderr]
    error: the following required arguments were not provided:
      --message <SUMMARY>

    Usage: git session record --message <SUMMARY>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--metric", "a=NaN"]), @"
    [stderr]
    error: --metric a=NaN is not a number
    hint: give it as NAME=NUMBER, such as --metric coverage=81.5
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--metric", "a"]), @"
    [stderr]
    error: invalid value 'a' for '--metric <NAME=VALUE>': 'a' is not NAME=VALUE

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--usage", "input_tokens=-1"]), @"
    [stderr]
    error: --usage input_tokens=-1 is not a whole number
    hint: give it as NAME=NUMBER, such as --usage input_tokens=1200
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--usage", "coffee=1"]), @"
    [stderr]
    error: --usage knows no 'coffee'
    hint: use one of input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--usage", "cost_usd=inf"]), @"
    [stderr]
    error: --usage cost_usd=inf is not an amount in USD
    hint: give it as NAME=NUMBER, such as --usage input_tokens=1200
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--status", "great"]), @"
    [stderr]
    error: invalid value 'great' for '--status <STATUS>': 'great' is not a run status (succeeded, failed, cancelled or interrupted)

    For more information, try '--help'.
    [exit 2]
    ");
    let running = env.run(&["record", "-m", "x", "--status", "running"]);
    assert!(running.ends_with("[exit 2]"), "'running' is no value of --status: {running}");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--id", ""]), @"
    [stderr]
    error: the run id is empty
    hint: leave --id out for a new one
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--context", "nowhere"]), @"
    [stderr]
    error: could not read the folder $TMP/project/nowhere
    caused by: No such file or directory (os error 2)
    hint: check the path and who may read and write it
    [exit 1]
    ");
    assert!(env.store_files() == before, "a refused record must leave the store as it was");
}

#[test]
fn context_of_a_record_overlays_or_mirrors() {
    let env = TestEnv::with_session();
    env.write("a/docs/plan.md", "plan\n");
    env.write("a/knowledge/build.command.md", "make\n");
    env.write("b/docs/other.md", "other\n");
    insta::assert_snapshot!(env.run(&["record", "-m", "One", "--context", &env.arg("a")]), @"
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context changed: docs/plan.md, knowledge/build.command.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "Two", "--context", &env.arg("b")]), @"
    67ce47bf #2 succeeded in fix-the-login-test-63d76e70: context changed: docs/other.md
    [exit 0]
    ");
    assert_eq!(env.json(&["context", "ls"]).as_array().expect("list").len(), 3, "an overlay removes nothing");
    insta::assert_snapshot!(env.run(&["record", "-m", "Three", "--context-mirror", &env.arg("b")]), @"
    0b062d71 #3 succeeded in fix-the-login-test-63d76e70: context changed: docs/plan.md, knowledge/build.command.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        6  docs/other.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x", "--context", "a", "--context-mirror", "b"]), @"
    [stderr]
    error: the argument '--context <DIR>' cannot be used with '--context-mirror <DIR>'

    Usage: git session record --message <SUMMARY> --context <DIR>

    For more information, try '--help'.
    [exit 2]
    ");
    env.fsck();
}

#[test]
fn a_record_of_many_files_keeps_few_open() {
    let env = TestEnv::with_session();
    (0..50).for_each(|file| _ = env.write(&format!("many/f{file}.md"), format!("{file}\n")));
    let program = env.command(&["record", "-m", "x", "--context", &env.arg("many")]);
    let mut limited = env.program("sh");
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited
        .args(["-c", "ulimit -n 32 && exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args());
    insta::assert_snapshot!(env.text(&output(&mut limited)), @"
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context changed: f0.md and 49 more
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn what_looks_like_a_secret_is_withheld_and_told() {
    let env = TestEnv::with_session();
    env.write("a/.env", "TOKEN=canary");
    env.write("a/notes.md", "- fine\n");
    insta::assert_snapshot!(env.run(&["record", "-m", "One", "--context-mirror", &env.arg("a")]), @"
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context changed: notes.md
    [stderr]
    warning: not stored: .env: it looks sensitive (--allow-sensitive stores it)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        7  notes.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "Two", "--context", &env.arg("a"), "--allow-sensitive"]), @"
    708d13c8 #2 succeeded in fix-the-login-test-63d76e70: context changed: .env
    [exit 0]
    ");
    env.fsck();
}
