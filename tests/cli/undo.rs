//! Taking back what was done last.

use crate::env::TestEnv;

#[test]
fn undo_takes_back_the_last_change_and_lists_all() {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "1"]);
    env.ok(&["edit", "--title", "Fix all tests"]);
    env.advance(60);
    env.ok(&["know", "port", "2"]);
    insta::assert_snapshot!(env.run(&["undo"]), @"
    took back 6f15d6a5 know port
      changed       knowledge/port.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "port"]), @"
    1
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["undo", "--json"]), @r#"
    {
      "branch": "session/fix-the-login-test-63d76e70",
      "commit": "1e1760c36faeb9f48524f1a9ca3dabb9a93199d9",
      "conflicts": [],
      "files": [],
      "pushed_to": [],
      "undone": {
        "at": "2026-11-22T10:00:00Z",
        "before": "85a85d3d77f5ef8404825dfc261a676d134f022c",
        "commit": "ff84f7a2ec872cb82e814cde90a1aacf8ece50e0",
        "summary": "title: Fix all tests",
        "undoes": null,
        "undone": false,
        "verb": "edit",
        "who": "Ann"
      }
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["undo", "--list"]), @"
    CHANGE    WHAT     SUMMARY                         WHO  WHEN
    1e1760c3  undo     undo edit title: Fix all tests  Ann  0 seconds ago
    dc72ae01  undo     undo know port                  Ann  0 seconds ago
    6f15d6a5  context  know port [undone]              Ann  0 seconds ago
    ff84f7a2  edit     title: Fix all tests [undone]   Ann  60 seconds ago
    85a85d3d  context  know port                       Ann  60 seconds ago
    f1aad1df  create   Fix the login test              Ann  60 seconds ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["undo"]), @"
    took back 85a85d3d know port
      removed       knowledge/port.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["undo"]), @"
    [stderr]
    error: there is nothing to undo
    hint: 'git session undo --list' shows the changes; an undo is taken back by naming its own change
    [exit 1]
    ");
    let first = env.json(&["undo", "--list"])[0]["commit"].as_str().expect("commit").to_owned();
    insta::assert_snapshot!(env.run(&["undo", &first[..8]]), @"
    took back 58340ed4 undo know port
      added         knowledge/port.md
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn undo_of_a_merge_says_how_to_merge_again() {
    let env = TestEnv::with_session();
    env.ok(&["fork", "--title", "Another way"]);
    env.ok(&["record", "-m", "Try"]);
    env.ok(&["know", "port", "1"]);
    env.ok(&["switch", "fix-the"]);
    env.ok(&["merge", "another-way"]);
    insta::assert_snapshot!(env.run(&["undo"]), @"
    took back f5fe4374 merge another-way-80edf5b6
      removed       knowledge/port.md
    [stderr]
    hint: its runs stay; merging the same once more needs 'git session merge --again'
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-way"]), @"
    another-way-80edf5b6 was merged and taken back; 'git session merge --again' merges it once more
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["merge", "another-way", "--again"]), @"
    merged another-way-80edf5b6 into fix-the-login-test-63d76e70: 0 runs, context changed: knowledge/port.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY   VALUE  RUN
    port  1      -
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn undo_puts_a_removed_session_back() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Try"]);
    env.ok(&["rm", "@"]);
    insta::assert_snapshot!(env.run(&["undo", "--list"]), @"
    CHANGE    WHAT  SUMMARY             WHO  WHEN
    39e64dc5  rm    Fix the login test  Ann  0 seconds ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["undo"]), @"
    fix-the-login-test-63d76e70 is back
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       #  STATUS     SUMMARY  FINISHED
    80edf5b6  1  succeeded  Try      0 seconds ago
    [exit 0]
    ");
    env.ok(&["rm", "@"]);
    insta::assert_snapshot!(env.run(&["undo", "--json"]), @r#"
    {
      "commit": "39e64dc54b9d84b96d06431625aa04d9fcb4bdcd",
      "restored": "session/fix-the-login-test-63d76e70"
    }
    [exit 0]
    "#);
    env.fsck();
}

#[test]
fn undo_refuses_what_it_cannot_take_back() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["undo"]), @"
    [stderr]
    error: there is nothing to undo
    hint: 'git session undo --list' shows the changes; an undo is taken back by naming its own change
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["undo", "nothing"]), @"
    [stderr]
    error: no change 'nothing' among the last ones
    hint: 'git session undo --list' shows the changes that can be named
    [exit 1]
    ");
    let created = env.json(&["undo", "--list"])[0]["commit"].as_str().expect("commit").to_owned();
    insta::assert_snapshot!(env.run(&["undo", &created]), @"
    [stderr]
    error: 'Fix the login test' began the session and cannot be taken back
    hint: 'git session rm' removes a session
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["undo", &created, "--list"]), @"
    [stderr]
    error: the argument '[CHANGE]' cannot be used with '--list'

    Usage: git session undo <CHANGE>

    For more information, try '--help'.
    [exit 2]
    ");
}
