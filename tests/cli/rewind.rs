//! Taking context back.

use crate::env::TestEnv;

fn with_runs() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "1"]);
    env.ok(&["record", "-m", "Raise the timeout"]);
    env.ok(&["know", "port", "2"]);
    env.ok(&["know", "host", "localhost"]);
    env.ok(&["record", "-m", "Add a retry"]);
    env
}

#[test]
fn rewind_makes_the_context_as_it_was() {
    let env = with_runs();
    env.ok(&["begin", "-m", "Try"]);
    insta::assert_snapshot!(env.run(&["rewind", "@1"]), @"
    2 files of fix-the-login-test-63d76e70 as 67ce47bf Raise the timeout left it:
      removed       knowledge/host.md
      changed       knowledge/port.md
    [stderr]
    hint: run b036c3b6 began before this; what it changes is merged when it finishes
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["rewind", "@1"]), @"
    fix-the-login-test-63d76e70 is as 67ce47bf Raise the timeout left it already
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY   VALUE  RUN
    port  1      -
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "-n", "1"]), @"
    rewind   rewind to 67ce47bf Raise the timeout
             0 seconds ago
             - knowledge/host.md
             ~ knowledge/port.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["rewind", "@2", "--only", "port", "--json"]), @r#"
    {
      "branch": "session/fix-the-login-test-63d76e70",
      "commit": "efc271883fc357ff3bae040d99c00f741cc0e77d",
      "files": [
        {
          "how": "changed",
          "path": "knowledge/port.md"
        }
      ],
      "open_runs": [
        "b036c3b6-dd0c-4432-a041-4b10f24dff59"
      ],
      "run": "ef9cd360-10ca-408a-8d8a-0519c049f935"
    }
    [exit 0]
    "#);
    env.fsck();
}

#[test]
fn rewind_refuses_what_is_not_there() {
    let env = with_runs();
    env.ok(&["new", "Other"]);
    env.ok(&["record", "-m", "Elsewhere"]);
    insta::assert_snapshot!(env.run(&["rewind", "@1", "-s", "fix-the", "--only", "prot"]), @"
    [stderr]
    error: there is no file 'prot' in the context of fix-the-login-test-63d76e70
    hint: 'git session context ls' lists all files
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["rewind", "other@1", "-s", "fix-the"]), @"
    [stderr]
    error: run bf37db79 is not in the history of session fix-the-login-test-63d76e70
    hint: go on from it in a session of its own with 'git session fork RUN', or merge it first
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["rewind", "@9"]), @"
    [stderr]
    error: no run '@9'
    hint: session other-b036c3b6 has 1 run
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["rewind"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <RUN>

    Usage: git session rewind <RUN>

    For more information, try '--help'.
    [exit 2]
    ");
}
