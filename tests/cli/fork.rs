//! Going on from a run in a session of its own.

use crate::env::TestEnv;

fn with_run() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Raise the timeout"]);
    env.ok(&["know", "port", "8080"]);
    env
}

#[test]
fn fork_makes_the_new_session_current() {
    let env = with_run();
    insta::assert_snapshot!(env.run(&["fork", "--title", "Another way", "--tag", "try"]), @"
    708d13c8 Another way, forked from fix-the-login-test-63d76e70 at 80edf5b6
    [exit 0]
    ");
    env.ok(&["record", "-m", "Add a retry"]);
    insta::assert_snapshot!(env.run(&["show"]), @"
    session   708d13c8-4919-4f3f-bc78-04f3f400d1fa
    title     Another way
    branch    session/another-way-708d13c8
    status    active
    created   2026-11-22T10:00:00Z (0 seconds ago)
    by        Ann <ann@example.com>
    project   project
    origin    80edf5b6 of fix-the-login-test-63d76e70 (1 run inherited)
    tags      try
    totals    1 run, 1 succeeded

    RUN       #  STATUS     SUMMARY      FINISHED
    0b062d71  1  succeeded  Add a retry  0 seconds ago

    BYTES  FILE
        5  knowledge/port.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs", "--inherited"]), @"
    RUN       #  STATUS     SUMMARY            FINISHED       FROM
    0b062d71  1  succeeded  Add a retry        0 seconds ago
    80edf5b6     succeeded  Raise the timeout  0 seconds ago  fix-the-login-test-63d76e70
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs", "--inherited", "-n", "1"]), @"
    RUN       #  STATUS     SUMMARY      FINISHED
    0b062d71  1  succeeded  Add a retry  0 seconds ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.git(&["log", "--format=%s", "--branches"]), @"
    Add a retry
    know port
    Another way
    Raise the timeout
    Fix the login test
    ");
    env.fsck();
}

#[test]
fn fork_of_a_run_can_leave_the_current_session_as_it_is() {
    let env = with_run();
    insta::assert_snapshot!(env.run(&["fork", "@1", "--no-switch", "--json"]), @r#"
    {
      "branch": "session/fix-the-login-test-fork-708d13c8",
      "commit": "2ac503869cb73318f6a4ef00abf4ff6829d86af2",
      "current": false,
      "origin": {
        "commit": "b1cde5589f72ab4501768928dcd12bd15f92a1e8",
        "run": "80edf5b6-d72a-461b-87c4-8eb8c7980800",
        "session": "63d76e70-146d-412c-b9b1-5a858772f090"
      },
      "session": "708d13c8-4919-4f3f-bc78-04f3f400d1fa"
    }
    [exit 0]
    "#);
    assert_eq!(env.json(&["status"])["title"], "Fix the login test");
}

#[test]
fn fork_refuses_what_cannot_be_forked() {
    let env = with_run();
    insta::assert_snapshot!(env.run(&["fork", "nothing-like-it"]), @"
    [stderr]
    error: no run or session 'nothing-like-it'
    hint: 'git session runs' shows all runs, 'git session list' all sessions
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["fork", "@7"]), @"
    [stderr]
    error: no run '@7'
    hint: session fix-the-login-test-63d76e70 has 1 run
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["fork", "--title", " "]), @"
    [stderr]
    error: the title is empty
    hint: say what the session is about, such as 'fix the login test'
    [exit 2]
    ");
    env.ok(&["begin", "-m", "Try"]);
    let open = env.json(&["status"])["open"][0]["id"].as_str().expect("id").to_owned();
    insta::assert_snapshot!(env.run(&["fork", &open]), @"
    [stderr]
    error: run b036c3b6 is still open
    hint: end it first, with 'git session finish RUN'
    [exit 1]
    ");
    env.ok(&["abort", "--discard"]);
    env.ok(&["fork"]);
    env.ok(&["rm", "63d76e70"]);
    insta::assert_snapshot!(env.run(&["fork", "Fix the login test"]), @"
    [stderr]
    error: 'Fix the login test' was removed with session fix-the-login-test-63d76e70
    hint: 'git session undo' puts the session that was removed last back
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["show"]), @"
    session   b40b029e-574b-40c9-9a0d-e6bd62a21999
    title     Fix the login test (fork)
    branch    session/fix-the-login-test-fork-b40b029e
    status    active
    created   2026-11-22T10:00:00Z (0 seconds ago)
    by        Ann <ann@example.com>
    project   project
    origin    80edf5b6 of 63d76e70, which was removed (1 run inherited)
    totals    0 runs

    BYTES  FILE
        5  knowledge/port.md
    [exit 0]
    ");
}
