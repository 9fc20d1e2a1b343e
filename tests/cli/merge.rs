//! Bringing another session's runs and context into one.

use crate::env::TestEnv;

/// Two sessions that both set `port` and noted something; the first is current.
fn with_fork() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "1"]);
    env.ok(&["fork", "--title", "Another way"]);
    env.ok(&["record", "-m", "Add a retry"]);
    env.ok(&["know", "port", "2"]);
    env.ok(&["know", "host", "localhost"]);
    env.ok(&["note", "it works there"]);
    env.ok(&["switch", "fix-the"]);
    env.advance(60);
    env.ok(&["know", "port", "3"]);
    env.ok(&["note", "it works here"]);
    env
}

#[test]
fn merge_tells_what_it_would_do_and_does_it() {
    let env = with_fork();
    insta::assert_snapshot!(env.run(&["merge", "another-way", "--dry-run"]), @"
    would merge another-way-67ce47bf into fix-the-login-test-63d76e70: 1 run, context changed: knowledge/host.md and 2 more, 1 conflict
      added         knowledge/host.md
      conflict      knowledge/port.md  (the other version is knowledge/port.md.conflict-0cfbf088)
      merged        notes.md
    [exit 3]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-way"]), @"
    merged another-way-67ce47bf into fix-the-login-test-63d76e70: 1 run, context changed: knowledge/host.md and 2 more, 1 conflict
      conflict      knowledge/port.md  (the other version is knowledge/port.md.conflict-0cfbf088)
    [stderr]
    hint: 1 open conflict; settle with 'git session resolve PATH --keep current|other|FILE'
    [exit 3]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-way"]), @"
    fix-the-login-test-63d76e70 has all of another-way-67ce47bf already
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       #  STATUS     SUMMARY      FINISHED        FROM
    708d13c8  1  succeeded  Add a retry  60 seconds ago  another-way-67ce47bf
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "cat", "notes.md"]), @"
    - it works here
    - it works there
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["resolve", "port", "--keep", "other"]), @"
    [stderr]
    settled 1 conflict, 0 left
    [exit 0]
    ");
    insta::assert_snapshot!(env.git(&["log", "--graph", "--format=%s", env.branch()]), @r#"
    * resolve knowledge/port.md
    *   merge another-way-67ce47bf
    |\  
    | * note
    | * know host
    | * know port
    | * Add a retry
    | * Another way
    * | note
    * | know port
    |/  
    * know port
    * Fix the login test
    "#);
    env.fsck();
}

#[test]
fn merge_takes_only_what_is_asked_for() {
    let env = with_fork();
    insta::assert_snapshot!(env.run(&["merge", "another-way", "--only", "port", "notes", "--theirs", "-m", "Take the port", "--json"]), @r#"
    {
      "branch": "session/fix-the-login-test-63d76e70",
      "commit": "4b12d9c1d35afa47cf1f46c9ecb8da84ed8b9b2c",
      "conflicts": [],
      "dry_run": false,
      "files": [
        {
          "how": "theirs",
          "path": "knowledge/port.md"
        },
        {
          "how": "merged",
          "path": "notes.md"
        }
      ],
      "from": {
        "branch": "session/another-way-67ce47bf",
        "commit": "4992fcabe71aec351e59f0010d712ef151c60d7b",
        "run": null
      },
      "new_runs": 1,
      "nothing": null,
      "open_conflicts": 0
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY   VALUE  RUN
    port  2      -
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn merge_of_nothing_says_so() {
    let env = with_fork();
    insta::assert_snapshot!(env.run(&["merge", "@"]), @"
    fix-the-login-test-63d76e70 is the session itself; nothing to merge
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["merge", "fix-the", "--into", "another-way", "--ours"]), @"
    merged fix-the-login-test-63d76e70 into another-way-67ce47bf: 0 runs, context changed: knowledge/port.md, notes.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["merge", "fix-the", "--into", "another-way"]), @"
    another-way-67ce47bf has all of fix-the-login-test-63d76e70 already
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-way@1", "--into", "another-way"]), @"
    another-way-67ce47bf is the session itself; nothing to merge
    [exit 0]
    ");
}

#[test]
fn merge_refuses_what_makes_no_sense() {
    let env = with_fork();
    insta::assert_snapshot!(env.run(&["merge"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <SESSION|RUN>

    Usage: git session merge <SESSION|RUN>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-way", "--ours", "--theirs"]), @"
    [stderr]
    error: the argument '--ours' cannot be used with '--theirs'

    Usage: git session merge --ours <SESSION|RUN>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-way", "--only", "prot"]), @"
    [stderr]
    error: there is no file 'prot' in the context of another-way-67ce47bf
    hint: 'git session context ls' lists all files
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-wya"]), @"
    [stderr]
    error: no run 'another-wya'
    hint: did you mean another-way-67ce47bf?
    [exit 1]
    ");
}
