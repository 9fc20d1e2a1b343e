//! Telling the history of sessions.

use crate::env::{TestEnv, output};

fn with_runs() -> TestEnv {
    let env = TestEnv::with_session();
    let runs: [&[&str]; 3] = [
        &["-m", "Raise the timeout", "--status", "failed", "--agent", "codex"],
        &["-m", "Add a retry", "--tag", "flaky", "--agent", "claude-code", "--usage", "cost_usd=0.25"],
        &["-m", "Tidy up\n\nRemoves the sleep.", "--tag", "flaky", "--tag", "chore"],
    ];
    for run in runs {
        env.ok(&[&["record"], run].concat());
        env.advance(3600);
    }
    env
}

fn told(env: &TestEnv, options: &[&str]) -> String {
    env.ok(&[&["log", "--oneline"], options].concat())
}

#[test]
fn one_line_each() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["log", "--oneline"]), @"
    708d13c8 succeeded Tidy up
    67ce47bf succeeded Add a retry
    80edf5b6 failed Raise the timeout
    create   Fix the login test
    [exit 0]
    ");
}

#[test]
fn conditions_leave_entries_out() {
    let env = with_runs();
    let all = [
        told(&env, &["--status", "failed"]),
        told(&env, &["--status", "failed", "--status", "succeeded", "-n", "2"]),
        told(&env, &["--agent", "CLAUDE"]),
        told(&env, &["--tag", "flaky", "--tag", "chore"]),
        told(&env, &["--grep", "retry", "--grep", "SLEEP"]),
        told(&env, &["--since", "90 minutes ago"]),
        told(&env, &["--until", "2026-11-22T10:00:00Z"]),
        told(&env, &["--after", "2026-11-22 10:30", "--before", "2026-11-22 11:30"]),
    ];
    insta::assert_snapshot!(all.join("--\n"), @"
    80edf5b6 failed Raise the timeout
    --
    708d13c8 succeeded Tidy up
    67ce47bf succeeded Add a retry
    --
    67ce47bf succeeded Add a retry
    --
    708d13c8 succeeded Tidy up
    --
    708d13c8 succeeded Tidy up
    67ce47bf succeeded Add a retry
    --
    708d13c8 succeeded Tidy up
    --
    80edf5b6 failed Raise the timeout
    create   Fix the login test
    --
    67ce47bf succeeded Add a retry
    ");
    insta::assert_snapshot!(env.run(&["log", "--status", "cancelled"]), @"
    [stderr]
    hint: there is nothing to tell; leave conditions out to see more
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "--since", "yesterdayish"]), @"
    [stderr]
    error: --since 'yesterdayish' is not a date
    hint: give it as 2026-11-22, 2026-11-22T07:22:23Z, '2 weeks ago' or yesterday
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["log", "--status", "broken"]), @"
    [stderr]
    error: invalid value 'broken' for '--status <STATUS>': 'broken' is not a run status (succeeded, failed, cancelled or interrupted)

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn runs_and_ranges_say_where_it_begins() {
    let env = with_runs();
    let all = [told(&env, &["@2"]), told(&env, &["@1..@3"]), told(&env, &["@3..@1"])];
    insta::assert_snapshot!(all.join("--\n"), @"
    67ce47bf succeeded Add a retry
    80edf5b6 failed Raise the timeout
    create   Fix the login test
    --
    708d13c8 succeeded Tidy up
    67ce47bf succeeded Add a retry
    --
    ");
    insta::assert_snapshot!(env.run(&["log", "@1...@3"]), @"
    [stderr]
    error: '@1...@3' is not a range of runs: it has three dots
    hint: a range is A..B, with two runs such as @-1..@
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["log", "@1..@9"]), @"
    [stderr]
    error: no run '@9'
    hint: session fix-the-login-test-63d76e70 has 3 runs
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["log", "build.command"]), @"
    [stderr]
    error: no session 'build.command'
    hint: 'git session list' shows all sessions
    hint: for a key or a path: 'git session log -- build.command'
    [exit 1]
    ");
}

#[test]
fn a_format_prints_what_it_names() {
    let env = with_runs();
    insta::assert_snapshot!(
        env.run(&["log", "-n", "3", "--format", "%(run:short) %(status) [%(cost)] %(at:short)%09%(summary) 100%%"]),
        @"
    708d13c8 succeeded [] 2026-11-22	Tidy up 100%
    67ce47bf succeeded [$0.25] 2026-11-22	Add a retry 100%
    80edf5b6 failed [] 2026-11-22	Raise the timeout 100%
    [exit 0]
    "
    );
    assert_eq!(env.ok(&["log", "-n", "1", "--format=%(change)%00"]), "run\0\n", "a NUL is printed as it is");
    insta::assert_snapshot!(env.run(&["log", "--format", "%(sumary)"]), @"
    [stderr]
    error: there is no field 'sumary'
    hint: did you mean %(summary)?
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["log", "--format", "%h %s"]), @"
    [stderr]
    error: '%h ' is not a field
    hint: a field is %(name), such as %(run:short) %(summary); 'git session log --help' lists them
    [exit 2]
    ");
    let help = env.ok(&["help", "log"]);
    let words: String = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for field in ["session_branch", "cost_usd", "values", "damaged", "at:relative", "parents:short"] {
        assert!(words.contains(field), "the help names the field {field}");
    }
}

#[test]
fn a_fact_s_values_are_told_over_time() {
    let env = with_runs();
    env.ok(&["know", "build.command", "make"]);
    env.advance(3600);
    env.ok(&["record", "-m", "Use all cores", "--context", &folder(&env, "make -j8")]);
    env.advance(3600);
    env.ok(&["know", "build.command", "--rm"]);
    env.ok(&["note", "something else"]);
    insta::assert_snapshot!(env.run(&["log", "--", "build.command"]), @"
    context  forget build.command
             0 seconds ago
             - knowledge/build.command.md

    ef9cd360 succeeded Use all cores
             60 minutes ago
             ~ knowledge/build.command.md
               make -j8

    context  know build.command
             2 hours ago
             + knowledge/build.command.md
               make
    [exit 0]
    ");
    let json = env.ok(&["log", "--json", "-n", "2", "--", "knowledge/build.command.md"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    insta::assert_snapshot!(json[1]["values"].to_string(), @r#"[{"key":"build.command","kind":"knowledge","value":"make -j8"}]"#);
    insta::assert_snapshot!(env.run(&["log", "--", "build.comand"]), @"
    [stderr]
    error: nothing in the history of session fix-the-login-test-63d76e70 is called 'build.comand'
    hint: name a key, a file of the context or a decision; 'git session context ls' lists all files
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["log", "--", "notes.md", "../x"]), @"
    [stderr]
    error: path '../x' is outside the context
    hint: use a path below context/, such as notes.md or docs/plan.md
    [exit 1]
    ");
}

fn folder(env: &TestEnv, value: &str) -> String {
    env.write("folder/knowledge/build.command.md", format!("{value}\n"));
    env.arg("folder")
}

#[test]
fn a_graph_shows_what_follows_what() {
    let env = with_runs();
    let branch = env.branch();
    let message =
        env.git(&["log", "-1", "--format=%B", "--grep=Add a retry", branch]).replace("retry", "side");
    let tree = format!("{branch}^{{tree}}");
    let commit = |parents: &[&str], message: &str| {
        let mut command = env.program("git");
        command.arg("--git-dir").arg(env.store()).args(["commit-tree", "-m", message, &tree]);
        command.args(parents.iter().flat_map(|parent| ["-p", parent]));
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Bob").env(format!("GIT_{who}_EMAIL"), "bob@example.com");
            command.env(format!("GIT_{who}_DATE"), "2026-11-22T10:00:00Z");
        }
        String::from_utf8(output(&mut command).stdout).expect("an id").trim().to_owned()
    };
    let side = commit(&[&format!("{branch}~1")], &message);
    let merge = commit(&[branch, &side], "Join");
    env.git(&["update-ref", branch, &merge]);
    insta::assert_snapshot!(env.run(&["log", "--graph"]), @r"
    o   foreign  Join
    |\           3 hours ago
    | |
    * | 708d13c8 succeeded Tidy up
    | |          60 minutes ago
    | |
    | * 67ce47bf succeeded Add a side
    |/           2 hours ago, $0.25, claude-code
    |
    * 67ce47bf succeeded Add a retry
    |          2 hours ago, $0.25, claude-code
    |
    * 80edf5b6 failed Raise the timeout
    |          3 hours ago, codex
    |
    o create   Fix the login test
               3 hours ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "--graph", "--oneline", "--status", "succeeded"]), @"
    * 708d13c8 succeeded Tidy up
    | * 67ce47bf succeeded Add a side
    |/
    * 67ce47bf succeeded Add a retry
    [exit 0]
    ");
}

#[test]
fn all_sessions_are_told_as_one_story() {
    let env = with_runs();
    env.ok(&["new", "Another"]);
    env.ok(&["record", "-m", "Elsewhere"]);
    env.ok(&["record", "-m", "Last", "-s", "fix-the"]);
    insta::assert_snapshot!(env.run(&["log", "--all", "--oneline"]), @"
    ef9cd360 succeeded Elsewhere (another-0b062d71)
    b036c3b6 succeeded Last (fix-the-login-test-63d76e70)
    create   Another (another-0b062d71)
    708d13c8 succeeded Tidy up (fix-the-login-test-63d76e70)
    67ce47bf succeeded Add a retry (fix-the-login-test-63d76e70)
    80edf5b6 failed Raise the timeout (fix-the-login-test-63d76e70)
    create   Fix the login test (fix-the-login-test-63d76e70)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "--all", "-n", "2"]), @"
    ef9cd360 succeeded Elsewhere
             0 seconds ago, in another-0b062d71

    b036c3b6 succeeded Last
             0 seconds ago, in fix-the-login-test-63d76e70
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "--all", "another"]), @"
    [stderr]
    error: the argument '--all' cannot be used with '[SESSION|RUN|A..B]'

    Usage: git session log --all [SESSION|RUN|A..B] [-- <KEY|PATH>...]

    For more information, try '--help'.
    [exit 2]
    ");
}
