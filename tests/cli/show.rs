//! Looking at sessions, runs and histories.

use crate::env::TestEnv;

fn with_runs() -> TestEnv {
    let env = TestEnv::with_session();
    for (summary, status) in
        [("Raise the timeout", "failed"), ("Add a retry", "succeeded"), ("Tidy up", "succeeded")]
    {
        env.ok(&["record", "-m", summary, "--status", status]);
        env.advance(600);
    }
    env
}

#[test]
fn show_of_a_session() {
    let env = with_runs();
    env.ok(&["know", "port", "8080"]);
    insta::assert_snapshot!(env.run(&["show"]), @"
    session   63d76e70-146d-412c-b9b1-5a858772f090
    title     Fix the login test
    branch    session/fix-the-login-test-63d76e70
    status    active
    created   2026-11-22T10:00:00Z (30 minutes ago)
    by        Ann <ann@example.com>
    project   project
    totals    3 runs, 2 succeeded, 1 failed

    RUN       #  STATUS     SUMMARY            FINISHED
    708d13c8  3  succeeded  Tidy up            10 minutes ago
    67ce47bf  2  succeeded  Add a retry        20 minutes ago
    80edf5b6  1  failed     Raise the timeout  30 minutes ago

    BYTES  FILE
        5  knowledge/port.md
    [exit 0]
    ");
    let json = env.json(&["show", "63d76e70"]);
    let names: Vec<&String> = json.as_object().expect("object").keys().collect();
    insta::assert_snapshot!(format!("{names:?}"), @r#"["branch", "commit", "context", "created_at", "created_by", "id", "inherited_runs", "newest_runs", "origin_branch", "project", "runs", "schema", "status", "title", "totals"]"#);
}

#[test]
fn a_run_is_named_by_id_or_place() {
    let env = with_runs();
    let summary = |name: &str| env.json(&["show", name])["summary"].as_str().expect("text").to_owned();
    let all: Vec<String> = ["fix-the@1", "@1", "@2", "fix-the@", "@-1", "63d76e70@-2"]
        .iter()
        .map(|name| summary(name))
        .collect();
    insta::assert_snapshot!(all.join("\n"), @"
    Raise the timeout
    Raise the timeout
    Add a retry
    Tidy up
    Add a retry
    Raise the timeout
    ");
    let id = env.json(&["runs"])[1]["id"].as_str().expect("id").to_owned();
    assert_eq!(summary(&id[..8]), "Add a retry");
    assert_eq!(summary(&id), "Add a retry");
    insta::assert_snapshot!(env.run(&["show", "@3"]), @"
    run       708d13c8-4919-4f3f-bc78-04f3f400d1fa
    number    3
    session   session/fix-the-login-test-63d76e70
    status    succeeded
    summary   Tidy up
    finished  2026-11-22T10:20:00Z (10 minutes ago)
    by        Ann <ann@example.com>
    commit    524fc56c1ca43779fc48df345a11bd898acf5fc3
    code      main 595ff6b6
    [exit 0]
    ");
}

#[test]
fn an_unknown_or_ambiguous_name_is_told() {
    let env = with_runs();
    env.ok(&["new", "Fix the logout test"]);
    env.ok(&["decide", "Use SQLite"]);
    env.ok(&["decide", "Use Postgres"]);
    insta::assert_snapshot!(env.run(&["show", "fix-the-lo"]), @"
    [stderr]
    error: 'fix-the-lo' is ambiguous: fix-the-login-test-63d76e70, fix-the-logout-test-0b062d71
    hint: give more characters
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["show", "fix-the-logn-test"]), @"
    [stderr]
    error: no run or session 'fix-the-logn-test'
    hint: did you mean fix-the-login-test-63d76e70, fix-the-logout-test-0b062d71?
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["show", "fix-the-login@9"]), @"
    [stderr]
    error: no run 'fix-the-login@9'
    hint: session fix-the-login-test-63d76e70 has 3 runs
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["show", "ffffffff"]), @"
    [stderr]
    error: no run or session 'ffffffff'
    hint: 'git session runs' shows all runs, 'git session list' all sessions
    [exit 1]
    ");
    let decisions = env.run(&["show", "use-"]);
    assert!(decisions.contains("'use-' is ambiguous: 2026-11-22-use-"), "two decisions have it: {decisions}");
    insta::assert_snapshot!(env.run(&["show", "@x"]), @"
    [stderr]
    error: '@x' is not a name of a session or run: after '@' comes a number, such as @3 or @-1
    hint: name a run by its id, as SESSION@3, as @-1, or by its session for the last run
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["show", "@0", "--json"]), @r#"
    [stderr]
    {"error":{"causes":[],"code":"bad_name","hints":["name a run by its id, as SESSION@3, as @-1, or by its session for the last run"],"message":"'@0' is not a name of a session or run: runs are counted from 1"}}
    [exit 2]
    "#);
    insta::assert_snapshot!(env.run(&["show", ""]), @"
    [stderr]
    error: '' is not a name of a session or run: it is empty
    hint: name a run by its id, as SESSION@3, as @-1, or by its session for the last run
    [exit 2]
    ");
}

#[test]
fn a_longer_prefix_must_be_the_session_s_own() {
    let env = TestEnv::with_session();
    assert_eq!(env.json(&["show", "63d76e70-146d"])["title"], "Fix the login test");
    for other in ["63d76e70-0000", "63d76e70ffff"] {
        let said = env.run(&["show", other]);
        assert!(said.ends_with("[exit 1]"), "{other} is no prefix of the session's id: {said}");
    }
}

#[test]
fn runs_are_listed_newest_first() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       #  STATUS     SUMMARY            FINISHED
    708d13c8  3  succeeded  Tidy up            10 minutes ago
    67ce47bf  2  succeeded  Add a retry        20 minutes ago
    80edf5b6  1  failed     Raise the timeout  30 minutes ago
    [exit 0]
    ");
    assert_eq!(env.run(&["list-runs"]), env.run(&["runs"]), "both names are one verb");
    insta::assert_snapshot!(env.run(&["runs", "-n", "1", "--json"]), @r#"
    [
      {
        "schema": 1,
        "id": "708d13c8-4919-4f3f-bc78-04f3f400d1fa",
        "session": "63d76e70-146d-412c-b9b1-5a858772f090",
        "status": "succeeded",
        "summary": "Tidy up",
        "finished_at": "2026-11-22T10:20:00Z",
        "trigger": "record",
        "operator": {
          "name": "Ann",
          "email": "ann@example.com"
        },
        "code": {
          "repo": "project",
          "branch": "main",
          "head_after": "595ff6b666c3fddd33b6049ce24f5f0668ccb4e7"
        },
        "redaction_table": 1,
        "number": 3,
        "commit": "524fc56c1ca43779fc48df345a11bd898acf5fc3",
        "session_branch": "session/fix-the-login-test-63d76e70",
        "source": "own"
      }
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["runs", "--limit", "-1"]), @"
    [stderr]
    error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: git session runs [OPTIONS] [NAME]

    For more information, try '--help'.
    [exit 2]
    ");
    env.ok(&["new", "Empty"]);
    insta::assert_snapshot!(env.run(&["runs"]), @"
    [stderr]
    hint: there are no runs yet; 'git session run -- COMMAND' makes one
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs", "--json"]), @"
    []
    [exit 0]
    ");
}

#[test]
fn log_tells_runs_and_changes() {
    let env = with_runs();
    env.ok(&["know", "port", "8080"]);
    env.ok(&["edit", "--status", "done"]);
    env.advance(7200);
    insta::assert_snapshot!(env.run(&["log"]), @"
    edit     status: done
             2 hours ago

    context  know port
             2 hours ago
             + knowledge/port.md

    708d13c8 succeeded Tidy up
             2 hours ago

    67ce47bf succeeded Add a retry
             2 hours ago

    80edf5b6 failed Raise the timeout
             3 hours ago

    create   Fix the login test
             3 hours ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "fix-the", "-n", "1", "--json"]), @r#"
    [
      {
        "commit": "5f68abfd3456e97126a1d720e5ec86473943cee9",
        "parents": [
          "710903c8e5de09bdb42476ffdcd038c0d59897d4"
        ],
        "change": "edit",
        "summary": "status: done",
        "at": "2026-11-22T10:30:00Z",
        "session": "63d76e70-146d-412c-b9b1-5a858772f090",
        "session_branch": "session/fix-the-login-test-63d76e70",
        "run": null,
        "status": null,
        "duration_s": null,
        "cost_usd": null,
        "agent": null,
        "context": []
      }
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["log", "nothing"]), @"
    [stderr]
    error: no session 'nothing'
    hint: 'git session list' shows all sessions
    hint: for a key or a path: 'git session log -- nothing'
    [exit 1]
    ");
    let ids = env.git(&[
        "log",
        "--format=%(trailers:key=Run-Id,valueonly,separator=)",
        "--first-parent",
        "session/fix-the-login-test-63d76e70",
    ]);
    let runs: Vec<String> = ids.split_whitespace().map(str::to_owned).collect();
    let ours: Vec<String> = env
        .json(&["runs"])
        .as_array()
        .expect("list")
        .iter()
        .map(|run| run["id"].as_str().expect("id").to_owned())
        .collect();
    assert_eq!(runs, ours, "git log and runs show the same runs in the same order");
}
