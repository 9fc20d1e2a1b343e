//! What a run changed, and how two runs differ.

use crate::env::TestEnv;

/// Three runs: one that leaves files, one that changes them, one that does nothing. Between the
/// first and the second, something is learned.
fn with_runs() -> TestEnv {
    let env = TestEnv::with_session();
    env.write("one/plan.md", "look\nthink\ndo it slowly\n");
    env.write("one/data.bin", b"\0\x01");
    env.write("one/long.md", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    env.ok(&[
        "record",
        "-m",
        "Raise the timeout",
        "--status",
        "failed",
        "--context",
        &env.arg("one"),
        "--usage",
        "cost_usd=0.12",
        "--metric",
        "tests=10",
        "--tag",
        "slow",
    ]);
    env.ok(&["know", "port", "8080"]);
    env.ok(&["know", "style", "short", "--preference"]);
    env.ok(&["decide", "Use SQLite", "--because", "it is one file", "--instead-of", "Postgres"]);
    env.advance(600);
    env.write("two/plan.md", "look\nthink\ndo it quickly\n");
    env.write("two/data.bin", b"\0\x01\x02");
    env.write("two/steps/long.md", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    env.write("two/new.md", "\x1b[2Jno feed");
    env.write("two/knowledge/port.md", "9090\n");
    env.ok(&[
        "record",
        "-m",
        "Add a retry",
        "--context-mirror",
        &env.arg("two"),
        "--usage",
        "cost_usd=0.3",
        "--metric",
        "tests=12",
        "--metric",
        "flaky=0",
    ]);
    env.ok(&["record", "-m", "Tidy up"]);
    env
}

#[test]
fn diff_of_a_run_tells_the_records_first_and_then_the_files() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["diff", "@2"]), @r#"
    from  80edf5b6  failed     Raise the timeout  10 minutes ago
    to    ef9cd360  succeeded  Add a retry        0 seconds ago

    run
      status          failed → succeeded
      summary         Raise the timeout → Add a retry
      usage.cost_usd  $0.12 → $0.30 (+$0.18)
      metrics.flaky   - → 0
      metrics.tests   10 → 12 (+2)
      tags            slow → -

    knowledge
      ~ port: 8080 → 9090

    preferences
      - style (was short)

    decisions
      - removed Use SQLite (2026-11-22-use-sqlite-0b06)
          because it is one file
          instead of Postgres

    diff --git a/data.bin b/data.bin
    Binary files a/data.bin (2 B) and b/data.bin (3 B) differ
    diff --git a/new.md b/new.md
    new file mode 100644
    --- /dev/null
    +++ b/new.md
    @@ -0,0 +1 @@
    +\x1b[2Jno feed
    \ No newline at end of file
    diff --git a/plan.md b/plan.md
    --- a/plan.md
    +++ b/plan.md
    @@ -1,3 +1,3 @@
     look
     think
    -do it slowly
    +do it quickly
    diff --git a/long.md b/steps/long.md
    similarity index 76%
    rename from long.md
    rename to steps/long.md
    --- a/long.md
    +++ b/steps/long.md
    @@ -6,4 +6,4 @@
     6
     7
     8
    -9
    +nine
    [exit 0]
    "#);
}

#[test]
fn diff_without_a_run_is_what_the_last_one_changed() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["diff"]), @"
    from  ef9cd360  succeeded  Add a retry  0 seconds ago
    to    b036c3b6  succeeded  Tidy up      0 seconds ago

    run
      summary         Add a retry → Tidy up
      usage.cost_usd  $0.30 → -
      metrics.flaky   0 → -
      metrics.tests   12 → -
    [exit 0]
    ");
    assert_eq!(env.run(&["diff"]), env.run(&["diff", "@3"]));
    assert_eq!(env.run(&["diff", "--context-only"]), "[exit 0]");
}

#[test]
fn a_range_is_two_runs() {
    let env = with_runs();
    assert_eq!(env.run(&["diff", "@1..@3"]), env.run(&["diff", "@1", "@3"]));
    insta::assert_snapshot!(env.run(&["diff", "@1..@2", "--stat"]), @"
     data.bin                 | binary 2 B → 3 B
     knowledge/port.md        | 1 +
     new.md                   | 1 +
     plan.md                  | 2 +-
     long.md => steps/long.md | 2 +-
     5 files changed, 4 insertions(+), 2 deletions(-)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["diff", "@1..@2", "--name-status"]), @"
    M	data.bin
    A	knowledge/port.md
    A	new.md
    M	plan.md
    R076	long.md	steps/long.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["diff", "@2..@1", "--name-only", "--no-renames"]), @"
    data.bin
    knowledge/port.md
    long.md
    new.md
    plan.md
    steps/long.md
    [exit 0]
    ");
}

#[test]
fn words_that_differ_stand_out() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["diff", "@1", "@2", "--word-diff", "-U0", "--", "plan.md", "steps"]), @"
    diff --git a/plan.md b/plan.md
    --- a/plan.md
    +++ b/plan.md
    @@ -3 +3 @@
    do it [-slowly-]{+quickly+}
    diff --git a/steps/long.md b/steps/long.md
    new file mode 100644
    --- /dev/null
    +++ b/steps/long.md
    @@ -0,0 +1,9 @@
    {+1+}
    {+2+}
    {+3+}
    {+4+}
    {+5+}
    {+6+}
    {+7+}
    {+8+}
    {+nine+}
    [exit 0]
    ");
    let colored = env.run(&["diff", "@1", "@2", "--color", "always", "-U0", "--", "plan.md"]);
    insta::assert_snapshot!(colored.replace('\x1b', "^["), @"
    ^[[1mdiff --git a/plan.md b/plan.md^[[0m
    ^[[1m--- a/plan.md^[[0m
    ^[[1m+++ b/plan.md^[[0m
    ^[[36m@@ -3 +3 @@^[[0m
    ^[[31m-^[[0m^[[31mdo it ^[[0m^[[7m^[[31mslowly^[[0m
    ^[[32m+^[[0m^[[32mdo it ^[[0m^[[7m^[[32mquickly^[[0m
    [exit 0]
    ");
}

#[test]
fn the_exit_code_tells_whether_the_context_differs() {
    let env = with_runs();
    let exit = |args: &[&str]| env.run(args).lines().last().map(str::to_owned);
    assert_eq!(exit(&["diff", "@2", "--exit-code", "--stat"]).as_deref(), Some("[exit 1]"));
    assert_eq!(exit(&["diff", "@3", "--exit-code"]).as_deref(), Some("[exit 0]"));
    assert_eq!(
        exit(&["diff", "@1", "@2", "--exit-code", "--name-only", "--", "long.md"]).as_deref(),
        Some("[exit 1]")
    );
}

#[test]
fn json_has_every_file_with_its_sides_and_lines() {
    let env = with_runs();
    let diff = env.json(&["diff", "@1", "@2", "-U1"]);
    let file = |path: &str| {
        diff["context"]
            .as_array()
            .expect("list")
            .iter()
            .find(|file| file["path"] == path)
            .expect(path)
            .clone()
    };
    insta::assert_snapshot!(format!("{:#}", file("plan.md")), @r#"
    {
      "change": "modified",
      "content": "text",
      "deletions": 1,
      "hunks": [
        {
          "lines": [
            " think",
            "-do it slowly",
            "+do it quickly"
          ],
          "new_lines": 2,
          "new_start": 2,
          "old_lines": 2,
          "old_start": 2
        }
      ],
      "insertions": 1,
      "kind": "file",
      "new": {
        "blob": "43d1517dbbd61b0e62f4cf18058d11e527a43956",
        "bytes": 25,
        "executable": false,
        "path": "plan.md"
      },
      "old": {
        "blob": "690d169fed2d3f2b86a97503a33be1ab1eba27ca",
        "bytes": 24,
        "executable": false,
        "path": "plan.md"
      },
      "path": "plan.md"
    }
    "#);
    let renamed = file("steps/long.md");
    assert_eq!(
        (&renamed["change"], &renamed["similarity"], &renamed["old"]["path"]),
        (&"renamed".into(), &76.into(), &"long.md".into())
    );
    let binary = file("data.bin");
    assert_eq!(
        (&binary["content"], &binary["insertions"], &binary["hunks"]),
        (&"binary".into(), &serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(file("new.md")["hunks"][0]["lines"][0], "+\u{1b}[2Jno feed\n\\ No newline at end of file");
    assert_eq!(diff["run"]["usage.cost_usd"], serde_json::json!({"old": 0.12, "new": 0.3}));
    insta::assert_snapshot!(diff["knowledge"].to_string(), @r#"[{"change":"added","key":"port","new":"9090","old":null}]"#);
    assert_eq!(env.json(&["diff", "@2", "--stat"])["context"][0]["hunks"], serde_json::Value::Null);
}

#[test]
fn a_wrong_range_or_path_is_told() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["diff", "@1...@2"]), @"
    [stderr]
    error: '@1...@2' is not a range of runs: it has three dots
    hint: a range is A..B, with two runs such as @-1..@
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["diff", "@1..@2", "@3"]), @"
    [stderr]
    error: a range and another run are too much
    hint: name two runs as 'A B' or as 'A..B'
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["diff", "--", "nowhere.md"]), @"
    [stderr]
    error: there is no file 'nowhere.md' in the context of either side
    hint: 'git session context ls' lists all files
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["diff", "@9"]), @"
    [stderr]
    error: no run '@9'
    hint: session fix-the-login-test-63d76e70 has 3 runs
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["diff", "plan.md"]), @"
    [stderr]
    error: no run or session 'plan.md'
    hint: 'git session runs' shows all runs, 'git session list' all sessions
    hint: to compare a file: git session diff -- plan.md
    [exit 1]
    ");
}

#[test]
fn decisions_that_replace_each_other_are_told_and_not_repeated() {
    let env = TestEnv::with_session();
    env.ok(&["decide", "Use SQLite", "--because", "it is one file"]);
    env.ok(&["record", "-m", "Try it"]);
    env.ok(&["decide", "Use Postgres", "--because", "several writers", "--supersedes", "use-sqlite"]);
    env.ok(&["decide", "Use flat files"]);
    env.ok(&["decide", "--reject", "use-flat", "--because", "no index"]);
    env.ok(&["record", "-m", "Try the other"]);
    insta::assert_snapshot!(env.run(&["diff", "@1", "@2"]), @"
    from  67ce47bf  succeeded  Try it         0 seconds ago
    to    b036c3b6  succeeded  Try the other  0 seconds ago

    run
      summary  Try it → Try the other

    decisions
      - rejected Use flat files (2026-11-22-use-flat-files-0b06)
          rejected because no index
      + made Use Postgres (2026-11-22-use-postgres-708d)
          because several writers
      ~ superseded Use SQLite (2026-11-22-use-sqlite-80ed)
          because it is one file
          superseded by 2026-11-22-use-postgres-708d
    [exit 0]
    ");
}

#[test]
fn log_and_show_tell_the_same_of_files() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["log", "@2", "-n", "1", "--stat", "-U0"]), @r#"
    ef9cd360 succeeded Add a retry
             0 seconds ago, $0.30

     data.bin                                | binary 2 B → 3 B
     decisions/2026-11-22-use-sqlite-0b06.md | 11 -----------
     knowledge/port.md                       |  2 +-
     new.md                                  |  1 +
     plan.md                                 |  2 +-
     preferences/style.md                    |  1 -
     long.md => steps/long.md                |  2 +-
     7 files changed, 4 insertions(+), 15 deletions(-)

    diff --git a/data.bin b/data.bin
    Binary files a/data.bin (2 B) and b/data.bin (3 B) differ
    diff --git a/decisions/2026-11-22-use-sqlite-0b06.md b/decisions/2026-11-22-use-sqlite-0b06.md
    deleted file mode 100644
    --- a/decisions/2026-11-22-use-sqlite-0b06.md
    +++ /dev/null
    @@ -1,11 +0,0 @@
    ----
    -title: Use SQLite
    -status: accepted
    -because: it is one file
    -instead_of:
    -- Postgres
    -decided_at: "2026-11-22T10:00:00Z"
    -decided_by:
    -  name: Ann
    -  email: ann@example.com
    ----
    diff --git a/knowledge/port.md b/knowledge/port.md
    --- a/knowledge/port.md
    +++ b/knowledge/port.md
    @@ -1 +1 @@
    -8080
    +9090
    diff --git a/new.md b/new.md
    new file mode 100644
    --- /dev/null
    +++ b/new.md
    @@ -0,0 +1 @@
    +\x1b[2Jno feed
    \ No newline at end of file
    diff --git a/plan.md b/plan.md
    --- a/plan.md
    +++ b/plan.md
    @@ -3 +3 @@
    -do it slowly
    +do it quickly
    diff --git a/preferences/style.md b/preferences/style.md
    deleted file mode 100644
    --- a/preferences/style.md
    +++ /dev/null
    @@ -1 +0,0 @@
    -short
    diff --git a/long.md b/steps/long.md
    similarity index 76%
    rename from long.md
    rename to steps/long.md
    --- a/long.md
    +++ b/steps/long.md
    @@ -9 +9 @@
    -9
    +nine
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["log", "@2", "-n", "2", "--graph", "--oneline", "-p", "--", "plan.md"]), @"
    * ef9cd360 succeeded Add a retry
    | diff --git a/plan.md b/plan.md
    | --- a/plan.md
    | +++ b/plan.md
    | @@ -1,3 +1,3 @@
    |  look
    |  think
    | -do it slowly
    | +do it quickly
    * 80edf5b6 failed Raise the timeout
    | diff --git a/plan.md b/plan.md
    | new file mode 100644
    | --- /dev/null
    | +++ b/plan.md
    | @@ -0,0 +1,3 @@
    | +look
    | +think
    | +do it slowly
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["show", "@2"]), @"
    run       ef9cd360-10ca-408a-8d8a-0519c049f935
    number    2
    session   session/fix-the-login-test-63d76e70
    status    succeeded
    summary   Add a retry
    finished  2026-11-22T10:10:00Z (0 seconds ago)
    usage     $0.30
    by        Ann <ann@example.com>
    commit    7f99e21be4fda02fc6b57701cceb2fa0c00644fa
    code      main 595ff6b6
    metric    flaky = 0
    metric    tests = 12

    context
      ~ data.bin binary 2 B → 3 B
      - decisions/2026-11-22-use-sqlite-0b06.md +0 -11
      ~ knowledge/port.md +1 -1
      + new.md +1 -0
      ~ plan.md +1 -1
      - preferences/style.md +0 -1
      ~ long.md → steps/long.md +1 -1
    [exit 0]
    ");
    let diff = env.run(&["diff", "@2", "--context-only"]);
    let shown = env.run(&["show", "@2", "-p"]);
    assert!(shown.ends_with(&format!("files\n{diff}")), "show -p ends with the diff: {shown}");
    let logged = env.run(&["log", "@2", "-n", "1", "-p"]);
    assert!(logged.ends_with(&diff), "log -p has the diff: {logged}");
    let json = env.json(&["log", "@2", "-n", "1", "--stat"]);
    assert_eq!(json[0]["diff"][0]["path"], "data.bin");
    assert_eq!(
        env.json(&["log", "@2", "-n", "1"])[0].get("diff"),
        None,
        "files are compared only when asked for"
    );
}
