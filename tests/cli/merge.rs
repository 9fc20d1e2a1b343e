//! Bringing another session's runs and context into one.

use crate::env::{TestEnv, output};

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
    - it works there
    - it works here
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
      "commit": "03802ae1f57ea8fd7d6f3a5f72b2972a78365f8b",
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
        "commit": "a4b2b3e6269eb2fb5358fed4b12f9922a4ed593f",
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
    error: no run or session 'another-wya'
    hint: did you mean another-way-67ce47bf?
    [exit 1]
    ");
}

#[test]
fn resolve_asks_which_of_several_versions_is_meant() {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "0"]);
    for (title, value) in [("One", "1"), ("Two", "2")] {
        env.ok(&["fork", "fix-the", "--title", title]);
        env.ok(&["know", "port", value]);
    }
    env.ok(&["switch", "fix-the"]);
    env.ok(&["know", "port", "3"]);
    for from in ["One", "Two"] {
        env.run(&["merge", from]);
    }
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    0 runs

    open conflicts (git session resolve PATH --keep current|other|FILE):
      knowledge/port.md  the other version is knowledge/port.md.conflict-0cfbf088
      knowledge/port.md  the other version is knowledge/port.md.conflict-d00491fd

    0 runs in this store exist only here (not pushed anywhere)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["resolve", "port", "--keep", "other"]), @"
    [stderr]
    error: 'knowledge/port.md' has 2 other versions
    hint: name the one to keep instead of the path: knowledge/port.md.conflict-0cfbf088, knowledge/port.md.conflict-d00491fd
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["resolve", "knowledge/port.md.conflict-0cfbf088", "--keep", "other"]), @"
    [stderr]
    settled 1 conflict, 1 left
    [exit 3]
    ");
    insta::assert_snapshot!(env.run(&["know", "port"]), @"
    2
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["resolve", "port", "--keep", "current"]), @"
    [stderr]
    settled 1 conflict, 0 left
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        2  knowledge/port.md
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn resolve_opens_all_versions_in_the_editor() {
    let env = with_fork();
    env.run(&["merge", "another-way"]);
    let resolve = |editor: &str, path: &str| {
        let mut command = env.command(&["resolve", path, "--edit"]);
        env.text(&output(command.env("GIT_EDITOR", editor)))
    };
    insta::assert_snapshot!(resolve("false", "port"), @"
    [stderr]
    error: the editor 'false' failed; nothing was changed
    hint: choose one with GIT_EDITOR or 'git config core.editor', or use --keep FILE
    [exit 1]
    ");
    insta::assert_snapshot!(resolve("cat", "host"), @"
    [stderr]
    error: there is no open conflict at 'host'
    hint: in conflict are: knowledge/port.md
    [exit 1]
    ");
    let editor = env.write("editor.sh", "cat \"$@\"; for file; do basename \"$file\"; done; echo 4 > \"$1\"");
    insta::assert_snapshot!(resolve(&format!("sh {editor}"), "port"), @"
    3
    2
    current.md
    other-1.md
    [stderr]
    settled 1 conflict, 0 left
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "port"]), @"
    4
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["resolve", "port"]), @"
    [stderr]
    error: the following required arguments were not provided:
      --keep <current|other|FILE>

    Usage: git session resolve --keep <current|other|FILE> <PATH>

    For more information, try '--help'.
    [exit 2]
    ");
    env.fsck();
}
