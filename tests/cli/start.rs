//! Starting, listing, choosing, changing and removing sessions.

use crate::env::TestEnv;

#[test]
fn new_makes_the_store_and_a_current_session() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["new", "Fix the login test", "-t", "ci", "-t", "auth"]), @"
    63d76e70 Fix the login test
    [stderr]
    hint: run something in it with 'git session run -- COMMAND'
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    0 runs

    0 runs in this store exist only here (not pushed anywhere)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["new", "Other", "--no-switch", "--json"]), @r#"
    {
      "branch": "session/other-67ce47bf",
      "commit": "1a18a62b1b8282ea121dc8152e263d0d4e5b97ce",
      "current": false,
      "session": "67ce47bf-0922-4bd5-9541-37398ff549b0"
    }
    [exit 0]
    "#);
    env.fsck();
}

#[test]
fn new_needs_a_title_with_something_in_it() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["new"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <TITLE>

    Usage: git session new <TITLE>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["new", " \u{1b} "]), @"
    [stderr]
    error: the title is empty
    hint: say what the session is about, such as 'fix the login test'
    [exit 2]
    ");
    env.ok(&["new", "Two\nlines\x1b[2J and   spaces"]);
    let listed = env.json(&["list"]);
    assert_eq!(listed[0]["title"], "Two lines [2J and spaces", "a title is one line of visible text");
    env.fsck();
}

#[test]
fn the_store_is_private_and_read_by_plain_git() {
    use std::os::unix::fs::MetadataExt as _;
    let env = TestEnv::with_session();
    let mode = std::fs::metadata(env.store()).expect("there").mode() & 0o777;
    assert_eq!(mode, 0o700, "nobody else may read a store");
    insta::assert_snapshot!(env.git(&["log", "--all", "--format=%an <%ae> %ct%n%B"]), @"
    Ann <ann@example.com> 1795341600
    Fix the login test

    Session-Id: 63d76e70-146d-412c-b9b1-5a858772f090
    Session-Change: create
    ");
    insta::assert_snapshot!(env.git(&["for-each-ref"]), @"f1aad1df449325c97a848645b361490ecc5bcbff commit	refs/heads/session/fix-the-login-test-63d76e70");
}

#[test]
fn status_without_a_store_or_a_session_says_what_to_do() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["status"]), @"
    there is no session store yet
    [stderr]
    hint: start one with 'git session new TITLE'
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["status", "--json"]), @"
    null
    [exit 0]
    ");
    assert!(!env.store().exists(), "looking must not make a store");
    env.ok(&["new", "Elsewhere", "--no-switch"]);
    insta::assert_snapshot!(env.run(&["status"]), @"
    no session is current
    [stderr]
    hint: start one with 'git session new TITLE'
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    [stderr]
    error: no session is current
    hint: start one with 'git session new TITLE', or choose one with 'git session switch SESSION'
    [exit 1]
    ");
}

#[test]
fn status_shows_runs_and_open_runs() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Try a longer timeout", "--status", "failed"]);
    env.advance(3600);
    env.ok(&["begin", "-m", "Try a retry"]);
    env.advance(120);
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    1 run, 1 failed
    last run 80edf5b6 failed, 62 minutes ago: Try a longer timeout

    open runs (git session finish RUN, or git session abort RUN):
      67ce47bf  began 2 minutes ago  Try a retry

    1 run in this store exists only here (not pushed anywhere)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["status", "--json"]), @r#"
    {
      "branch": "session/fix-the-login-test-63d76e70",
      "budget": null,
      "conflicts": 0,
      "created_at": "2026-11-22T10:00:00Z",
      "current": true,
      "id": "63d76e70-146d-412c-b9b1-5a858772f090",
      "last_run": {
        "finished_at": "2026-11-22T10:00:00Z",
        "id": "80edf5b6-d72a-461b-87c4-8eb8c7980800",
        "status": "failed",
        "summary": "Try a longer timeout"
      },
      "open": [
        {
          "id": "67ce47bf-0922-4bd5-9541-37398ff549b0",
          "started_at": "2026-11-22T11:00:00Z",
          "summary": "Try a retry",
          "trigger": "begin"
        }
      ],
      "open_conflicts": [],
      "open_runs": 1,
      "origin": null,
      "push_queue": {
        "next_at": null,
        "sessions": [],
        "since": null,
        "tries": null
      },
      "redactions": {},
      "remotes": [],
      "runs": 1,
      "runs_only_here": 1,
      "source": "chosen with switch",
      "status": "active",
      "store": "$TMP/project/.git/sessions.git",
      "tags": [],
      "title": "Fix the login test",
      "totals": {
        "cancelled": 0,
        "failed": 1,
        "runs": 1,
        "succeeded": 0
      },
      "updated_at": "2026-11-22T10:00:00Z"
    }
    [exit 0]
    "#);
}

#[test]
fn list_of_nothing_is_an_empty_list() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["list", "--json"]), @"
    []
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["ls"]), @"
    [stderr]
    hint: no sessions to list; 'git session new TITLE' starts one, --all lists archived ones
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["list", "--ndjson"]), @"[exit 0]");
}

#[test]
fn list_shows_the_last_changed_first() {
    let env = TestEnv::new();
    env.ok(&["new", "Fix the login test", "-t", "ci"]);
    env.advance(60);
    env.ok(&["new", "Speed up the build"]);
    env.advance(60);
    env.ok(&["record", "-m", "Cache it", "--usage", "cost_usd=0.25"]);
    env.advance(60);
    env.ok(&["edit", "fix-the", "--status", "done"]);
    env.advance(60);
    insta::assert_snapshot!(env.run(&["list"]), @"
       SESSION   TITLE                          RUNS   COST  LAST RUN   UPDATED
       63d76e70  Fix the login test [done] #ci     0                    60 seconds ago
    *  80edf5b6  Speed up the build                1  $0.25  succeeded  2 minutes ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["list", "--tag", "ci", "--json"]), @r#"
    [
      {
        "id": "63d76e70-146d-412c-b9b1-5a858772f090",
        "branch": "session/fix-the-login-test-63d76e70",
        "title": "Fix the login test",
        "status": "done",
        "tags": [
          "ci"
        ],
        "created_at": "2026-11-22T10:00:00Z",
        "updated_at": "2026-11-22T10:03:00Z",
        "current": false,
        "runs": 0,
        "open_runs": 0,
        "last_run": null,
        "totals": {
          "runs": 0,
          "succeeded": 0,
          "failed": 0,
          "cancelled": 0
        },
        "budget": null,
        "conflicts": 0,
        "origin": null
      }
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["list", "--status", "active"]), @"
       SESSION   TITLE               RUNS   COST  LAST RUN   UPDATED
    *  80edf5b6  Speed up the build     1  $0.25  succeeded  2 minutes ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["list", "--status", "asleep"]), @"
    [stderr]
    error: invalid value 'asleep' for '--status <STATUS>': 'asleep' is not a session status (active, done or archived)

    For more information, try '--help'.
    [exit 2]
    ");
    assert_eq!(env.ok(&["list", "--ndjson"]).lines().count(), 2, "--ndjson prints one object a line");
    assert_eq!(env.ok(&["list", "-n", "1", "--ndjson"]).lines().count(), 1, "-n limits the list");
}

#[test]
fn archived_sessions_are_listed_only_when_asked_for() {
    let env = TestEnv::with_session();
    env.ok(&["edit", "--status", "archived"]);
    insta::assert_snapshot!(env.run(&["list", "--json"]), @"
    []
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["list", "--all"]), @"
       SESSION   TITLE                          RUNS  UPDATED
    *  63d76e70  Fix the login test [archived]     0  0 seconds ago
    [exit 0]
    ");
}

#[test]
fn a_damaged_session_does_not_hide_the_others() {
    let env = TestEnv::with_session();
    env.ok(&["new", "Speed up the build", "--no-switch"]);
    std::fs::write(env.store().join("refs/heads/session/broken-0123abcd"), "no commit\n").expect("written");
    let tip = env.git(&["rev-parse", "refs/heads/session/speed-up-the-build-80edf5b6"]);
    let tip = tip.trim();
    let object = env.store().join("objects").join(&tip[..2]).join(&tip[2..]);
    std::fs::remove_file(&object).expect("removed");
    std::fs::write(&object, "").expect("written");
    insta::assert_snapshot!(env.run(&["list"]), @"
       SESSION   TITLE               RUNS  UPDATED
    *  63d76e70  Fix the login test     0  0 seconds ago
    damaged broken-0123abcd: its branch cannot be read
    damaged speed-up-the-build-80edf5b6: could not read commit 131f70115e0ca8f2f36afe3ee7f39eb242a2747b: Could not read l…
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["list", "--json"]), @r#"
    [
      {
        "id": "63d76e70-146d-412c-b9b1-5a858772f090",
        "branch": "session/fix-the-login-test-63d76e70",
        "title": "Fix the login test",
        "status": "active",
        "tags": [],
        "created_at": "2026-11-22T10:00:00Z",
        "updated_at": "2026-11-22T10:00:00Z",
        "current": true,
        "runs": 0,
        "open_runs": 0,
        "last_run": null,
        "totals": {
          "runs": 0,
          "succeeded": 0,
          "failed": 0,
          "cancelled": 0
        },
        "budget": null,
        "conflicts": 0,
        "origin": null
      }
    ]
    [stderr]
    warning: session broken-0123abcd is damaged: its branch cannot be read
    warning: session speed-up-the-build-80edf5b6 is damaged: could not read commit 131f70115e0ca8f2f36afe3ee7f39eb242a2747b: Could not read l…
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["show", "speed-up"]), @r#"
    [stderr]
    error: could not read commit 131f70115e0ca8f2f36afe3ee7f39eb242a2747b
    caused by: Could not read loose object, path="$TMP/project/.git/sessions.git/objects/13/1f70115e0ca8f2f36afe3ee7f39eb242a2747b"
    caused by: Empty loose object file
    hint: 'git session check' tells what is damaged, 'git session repair' mends what can be mended
    [exit 1]
    "#);
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    0 runs

    0 runs in this store exist only here (not pushed anywhere)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "Still works"]), @"
    b036c3b6 #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
}
