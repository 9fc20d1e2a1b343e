//! Knowledge, preferences, decisions and notes.

use std::process::Command;

use crate::env::{TestEnv, output};

#[test]
fn know_sets_prints_lists_and_forgets() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["know", "build.command", "make -j8"]), @"
    [stderr]
    noted: build.command
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "build.command", "make -j8"]), @"
    [stderr]
    known already: build.command
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "build.command"]), @"
    make -j8
    [exit 0]
    ");
    insta::assert_snapshot!(env.run_fed("line one\nline two\n", &["know", "db/schema", "-", "--json"]), @r#"
    {
      "changed": [
        "knowledge/db/schema.md"
      ],
      "commit": "587bef106d9f5a07d960fa63ea9a6538d3a6f001",
      "key": "db/schema"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY            VALUE               RUN
    build.command  make -j8            -
    db/schema      line one (+1 line)  -
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "--json"]), @r#"
    [
      {
        "key": "build.command",
        "kind": "knowledge",
        "value": "make -j8",
        "run": null
      },
      {
        "key": "db/schema",
        "kind": "knowledge",
        "value": "line one\nline two",
        "run": null
      }
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["know", "build.comand"]), @"
    [stderr]
    error: nothing is known under 'build.comand'
    hint: did you mean build.command?
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["know", "build.command", "--rm"]), @"
    [stderr]
    forgot: build.command
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "build.command", "--rm"]), @"
    [stderr]
    error: nothing is known under 'build.command'
    hint: 'git session know' lists all keys
    [exit 1]
    ");
    env.fsck();
}

#[test]
fn a_fact_is_a_plain_file_that_ends_in_one_line_feed() {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "8080"]);
    env.run_fed("a\n\n", &["know", "text", "-"]);
    let tip = "session/fix-the-login-test-63d76e70";
    assert_eq!(env.git(&["show", &format!("{tip}:context/knowledge/port.md")]), "8080\n");
    assert_eq!(env.git(&["show", &format!("{tip}:context/knowledge/text.md")]), "a\n");
    assert_eq!(env.ok(&["know", "text"]), "a\n");
}

#[test]
fn preferences_stand_beside_knowledge() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["know", "style", "short commits", "--preference"]), @"
    [stderr]
    noted: style
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "style"]), @"
    [stderr]
    error: nothing is known under 'style'
    hint: 'git session know' lists all keys
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["know", "--preference"]), @"
    KEY    VALUE          RUN
    style  short commits  -
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know"]), @"
    [stderr]
    hint: note something with 'git session know KEY VALUE'
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "style", "--rm"]), @"
    [stderr]
    error: nothing is known under 'style'
    hint: 'git session know' lists all keys
    [exit 1]
    ");
}

#[test]
fn bad_keys_are_refused_with_what_would_do() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["know", "Build.Command", "x"]), @"
    [stderr]
    error: key 'Build.Command' is not valid: upper case would collide on macOS and Windows
    hint: use 'build.command'
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["know", "a b", "x"]), @"
    [stderr]
    error: key 'a b' is not valid: it contains ' ' (use a-z 0-9 . _ -)
    hint: a key is made of a-z 0-9 . _ - in segments joined by '/', such as build.command
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["know", "a b", "x", "--json"]), @r#"
    [stderr]
    {"error":{"causes":[],"code":"bad_key","hints":["a key is made of a-z 0-9 . _ - in segments joined by '/', such as build.command"],"message":"key 'a b' is not valid: it contains ' ' (use a-z 0-9 . _ -)"}}
    [exit 2]
    "#);
    insta::assert_snapshot!(env.run(&["know", "key", ""]), @"
    [stderr]
    error: a value is required for '[VALUE]' but none was supplied

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn a_fact_as_it_was_is_read_by_run() {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "80"]);
    env.ok(&["record", "-m", "One"]);
    env.ok(&["know", "port", "8080"]);
    assert_eq!(env.ok(&["know", "port", "--at", "@1"]), "80\n");
    assert_eq!(env.ok(&["know", "port"]), "8080\n");
    insta::assert_snapshot!(env.run(&["know", "port", "--at", "@7"]), @"
    [stderr]
    error: no run '@7'
    hint: session fix-the-login-test-63d76e70 has 1 run
    [exit 1]
    ");
}

#[test]
fn what_a_run_learns_stays_in_it_until_it_is_finished() {
    let env = TestEnv::with_session();
    let begun = env.json(&["begin"]);
    let run = begun["run"].as_str().expect("run");
    let inside = |args: &[&str]| {
        let mut command: Command = env.command(args);
        env.text(&output(command.env("GIT_SESSION_RUN", run)))
    };
    insta::assert_snapshot!(inside(&["know", "port", "8080"]), @"
    [stderr]
    noted: port
    [exit 0]
    ");
    insta::assert_snapshot!(inside(&["decide", "Use Postgres", "--json"]), @r#"
    {
      "commit": "50a1ebbeda88c844063d10d50053247224ba1fc1",
      "id": "2026-11-22-use-postgres-708d",
      "status": "accepted"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(inside(&["note", "Slow on Mondays"]), @"
    [stderr]
    noted
    [exit 0]
    ");
    insta::assert_snapshot!(inside(&["know"]), @"
    KEY   VALUE  RUN
    port  8080   80edf5b6
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know"]), @"
    [stderr]
    hint: note something with 'git session know KEY VALUE'
    [exit 0]
    ");
    env.ok(&["finish"]);
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY   VALUE  RUN
    port  8080   80edf5b6
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["show", "@1"]), @"
    run       80edf5b6-d72a-461b-87c4-8eb8c7980800
    number    1
    session   session/fix-the-login-test-63d76e70
    status    succeeded
    summary   run 80edf5b6
    started   2026-11-22T10:00:00Z
    finished  2026-11-22T10:00:00Z (0 seconds ago)
    took      0ms
    by        Ann <ann@example.com>
    commit    7b6d38231896cb9b754f027f7822a076d1e7bf34
    code      main 595ff6b6

    context
      + decisions/2026-11-22-use-postgres-708d.md +9 -0
      + knowledge/port.md +1 -0
      + notes.md +1 -0
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn decide_makes_supersedes_and_rejects() {
    let env = TestEnv::with_session();
    let first = [
        "decide",
        "Use SQLite",
        "--because",
        "one file",
        "--instead-of",
        "Postgres",
        "--instead-of",
        "a log",
    ];
    insta::assert_snapshot!(env.run(&first), @"
    2026-11-22-use-sqlite-80ed Use SQLite (accepted)
    [exit 0]
    ");
    env.advance(60);
    insta::assert_snapshot!(env.run(&["decide", "Use Postgres", "--supersedes", "use-sqlite"]), @"
    2026-11-22-use-postgres-67ce Use Postgres (accepted)
    [exit 0]
    ");
    env.advance(60);
    env.ok(&["decide", "Write it in C"]);
    insta::assert_snapshot!(env.run(&["decide", "--reject", "write-it", "--because", "no"]), @"
    2026-11-22-write-it-in-c-708d Write it in C (rejected)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["decide"]), @"
    Use SQLite (superseded)
      because     one file
      instead of  Postgres
      instead of  a log
      superseded  2026-11-22-use-postgres-67ce
      id          2026-11-22-use-sqlite-80ed

    Use Postgres (accepted)
      supersedes  2026-11-22-use-sqlite-80ed
      id          2026-11-22-use-postgres-67ce

    Write it in C (rejected)
      rejected    no
      id          2026-11-22-write-it-in-c-708d
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["decide", "--json"]), @r#"
    [
      {
        "id": "2026-11-22-use-sqlite-80ed",
        "title": "Use SQLite",
        "status": "superseded",
        "because": "one file",
        "instead_of": [
          "Postgres",
          "a log"
        ],
        "superseded_by": "2026-11-22-use-postgres-67ce",
        "decided_at": "2026-11-22T10:00:00Z",
        "decided_by": {
          "name": "Ann",
          "email": "ann@example.com"
        }
      },
      {
        "id": "2026-11-22-use-postgres-67ce",
        "title": "Use Postgres",
        "status": "accepted",
        "supersedes": [
          "2026-11-22-use-sqlite-80ed"
        ],
        "decided_at": "2026-11-22T10:01:00Z",
        "decided_by": {
          "name": "Ann",
          "email": "ann@example.com"
        }
      },
      {
        "id": "2026-11-22-write-it-in-c-708d",
        "title": "Write it in C",
        "status": "rejected",
        "rejected_because": "no",
        "decided_at": "2026-11-22T10:02:00Z",
        "decided_by": {
          "name": "Ann",
          "email": "ann@example.com"
        }
      }
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["show", "use-postgres"]), @"
    Use Postgres (accepted)
      supersedes  2026-11-22-use-sqlite-80ed
      id          2026-11-22-use-postgres-67ce
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn decide_refuses_what_names_nothing() {
    let env = TestEnv::with_session();
    env.ok(&["decide", "Use SQLite"]);
    let before = env.store_files();
    insta::assert_snapshot!(env.run(&["decide", "--reject", "nothing"]), @"
    [stderr]
    error: no decision 'nothing'
    hint: 'git session decide' without a text lists all decisions
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["decide", "x", "--supersedes", "nothing"]), @"
    [stderr]
    error: no decision 'nothing'
    hint: 'git session decide' without a text lists all decisions
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["decide", " "]), @"
    [stderr]
    error: the decision is empty
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["decide", "x", "--reject", "use-sqlite"]), @"
    [stderr]
    error: the argument '[TEXT]' cannot be used with '--reject <ID>'

    Usage: git session decide <TEXT>

    For more information, try '--help'.
    [exit 2]
    ");
    let empty = env.run(&["decide", "--reject", ""]);
    assert!(
        empty.ends_with("[exit 1]") || empty.ends_with("[exit 2]"),
        "an empty name names nothing: {empty}"
    );
    let because = env.run(&["decide", "--because", "nobody asked"]);
    assert!(because.ends_with("[exit 2]"), "a reason without a decision is refused: {because}");
    assert!(env.store_files() == before, "a refused decision must leave the store as it was");
}

#[test]
fn note_adds_a_line_to_the_notes() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["note", "Slow on Mondays"]), @"
    [stderr]
    noted
    [exit 0]
    ");
    env.advance(60);
    insta::assert_snapshot!(env.run_fed("two\nlines\n", &["note", "-", "--json"]), @r#"
    {
      "changed": [
        "notes.md"
      ],
      "commit": "c2ab6707b416322fcf5ec0d40b5580ba863eb3c1"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["context", "cat", "notes.md"]), @"
    - Slow on Mondays
    - two
      lines
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["note", " "]), @"
    [stderr]
    error: the note is empty
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["note"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <TEXT>

    Usage: git session note <TEXT>

    For more information, try '--help'.
    [exit 2]
    ");
    env.fsck();
}
