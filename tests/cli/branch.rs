//! Choosing, changing and removing sessions.

use crate::env::{TestEnv, output};

#[test]
fn switch_makes_another_session_current() {
    let env = TestEnv::with_session();
    env.ok(&["new", "Speed up the build"]);
    insta::assert_snapshot!(env.run(&["switch", "fix-the"]), @"
    [stderr]
    switched to 63d76e70 Fix the login test
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["switch", "Speed up the build", "--json"]), @r#"
    {
      "bound_to": null,
      "branch": "session/speed-up-the-build-80edf5b6",
      "session": "80edf5b6-d72a-461b-87c4-8eb8c7980800"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["switch", "speed-up-the-bilud"]), @"
    [stderr]
    error: no session 'speed-up-the-bilud'
    hint: did you mean speed-up-the-build-80edf5b6?
    [exit 1]
    ");
    assert_eq!(env.json(&["status"])["title"], "Speed up the build", "an unknown name changes nothing");
}

#[test]
fn a_bound_session_is_current_on_its_code_branch() {
    let env = TestEnv::with_session();
    env.ok(&["new", "Speed up the build"]);
    env.project_git(&["checkout", "-q", "-b", "login"]);
    insta::assert_snapshot!(env.run(&["switch", "fix-the", "--bind"]), @"
    [stderr]
    switched to 63d76e70 Fix the login test, bound to code branch login
    [exit 0]
    ");
    env.project_git(&["checkout", "-q", "main"]);
    env.ok(&["switch", "speed-up"]);
    env.project_git(&["checkout", "-q", "login"]);
    let there = env.json(&["status"]);
    assert_eq!(
        (&there["title"], &there["source"]),
        (&"Fix the login test".into(), &"bound to code branch login".into())
    );
    env.project_git(&["checkout", "-q", "main"]);
    let back = env.json(&["status"]);
    assert_eq!(
        (&back["title"], &back["source"]),
        (&"Speed up the build".into(), &"chosen with switch".into())
    );
    env.project_git(&["checkout", "-q", "--detach"]);
    insta::assert_snapshot!(env.run(&["switch", "fix-the", "--bind"]), @"
    [stderr]
    error: no code branch is checked out here
    hint: use --bind in a Git project, on a branch
    [exit 1]
    ");
    assert_eq!(env.json(&["status"])["title"], "Speed up the build", "a refused switch changes nothing");
}

#[test]
fn the_session_is_chosen_by_option_then_variable_then_switch() {
    let env = TestEnv::with_session();
    for title in ["By variable", "By option"] {
        env.ok(&["new", title, "--no-switch"]);
    }
    let status = |variable: &str, args: &[&str]| {
        let args = [&["status", "--json"], args].concat();
        let out = output(env.command(&args).env("GIT_SESSION", variable));
        let json: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
        format!("{} ({}) {}", json["title"], json["source"], String::from_utf8_lossy(&out.stderr))
    };
    insta::assert_snapshot!(status("by-variable", &["-s", "by-option"]), @r#""By option" ("chosen with --session")"#);
    insta::assert_snapshot!(status("by-variable", &[]), @r#""By variable" ("from GIT_SESSION")"#);
    insta::assert_snapshot!(status("\x1b[2Jelsewhere", &[]), @r#""Fix the login test" ("chosen with switch") warning: GIT_SESSION is '\x1b[2Jelsewhere', which is not in this store; it is ignored"#);
}

#[test]
fn edit_changes_what_people_set_and_keeps_the_branch() {
    let env = TestEnv::with_session();
    let edit = ["edit", "--title", "Fix all tests", "--tag", "ci", "--status", "done"];
    insta::assert_snapshot!(env.run(&edit), @"
    [stderr]
    changed 63d76e70 Fix all tests
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&edit), @"
    [stderr]
    is so already: 63d76e70 Fix all tests
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["edit", "--untag", "ci", "--json"]), @r#"
    {
      "changed": true,
      "session": "63d76e70-146d-412c-b9b1-5a858772f090",
      "status": "done",
      "tags": [],
      "title": "Fix all tests"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["edit"]), @"
    [stderr]
    error: nothing to change
    hint: use --title, --tag, --untag or --status
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["edit", "nothing-like-it", "--title", "x"]), @"
    [stderr]
    error: no session 'nothing-like-it'
    hint: 'git session list' shows all sessions
    [exit 1]
    ");
    assert_eq!(
        env.git(&["branch", "--format=%(refname)"]),
        "refs/heads/session/fix-the-login-test-63d76e70\n"
    );
    env.fsck();
}

#[test]
fn rm_prints_the_command_that_brings_it_back() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Try"]);
    let removed = env.run(&["rm", "@"]);
    insta::assert_snapshot!(removed, @r#"
    [stderr]
    removed 63d76e70 Fix the login test
    hint: get it back with: git --git-dir='$TMP/project/.git/sessions.git' update-ref refs/heads/session/fix-the-login-test-63d76e70 refs/trash/63d76e70-146d-412c-b9b1-5a858772f090/20261122T100000Z-39e64dc5
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["list", "--json"]), @"
    []
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["status"]), @"
    no session is current
    [stderr]
    hint: start one with 'git session new TITLE'
    [exit 0]
    ");
    env.fsck();
    let (_, printed) = removed.split_once("get it back with: ").expect("the command is printed");
    let printed = printed.lines().next().expect("line").replace("$TMP", env.base().to_str().expect("UTF-8"));
    let out = output(env.program("sh").args(["-c", &printed]));
    assert!(out.status.success(), "the printed command must work: {out:?}");
    insta::assert_snapshot!(env.run(&["runs", "fix-the"]), @"
    RUN       #  STATUS     SUMMARY  FINISHED
    80edf5b6  1  succeeded  Try      0 seconds ago
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn rm_refuses_a_session_with_open_runs() {
    let env = TestEnv::with_session();
    env.ok(&["begin", "-m", "Try"]);
    insta::assert_snapshot!(env.run(&["rm", "@"]), @"
    [stderr]
    error: session fix-the-login-test-63d76e70 has open runs: 80edf5b6
    hint: end them first, with 'git session finish RUN' or 'git session abort RUN'
    [exit 1]
    ");
    env.ok(&["abort", "--discard"]);
    insta::assert_snapshot!(env.run(&["rm", "fix-the", "--json"]), @r#"
    {
      "branch": "session/fix-the-login-test-63d76e70",
      "commit": "f1aad1df449325c97a848645b361490ecc5bcbff",
      "session": "63d76e70-146d-412c-b9b1-5a858772f090",
      "trash": "refs/trash/63d76e70-146d-412c-b9b1-5a858772f090/20261122T100000Z-f1aad1df"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["rm", "fix-the"]), @"
    [stderr]
    error: no session 'fix-the'
    hint: 'git session list' shows all sessions
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["rm"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <NAME>

    Usage: git session rm <NAME>

    For more information, try '--help'.
    [exit 2]
    ");
    env.fsck();
}

/// Says in a session's manifest that it is a fork of another at its first run.
fn fork_of(env: &TestEnv, fork: &str, of: &str) {
    let (of, id) = (env.json(&["show", of]), env.json(&["show", fork])["branch"].clone());
    let run = env.json(&["runs", "-s", of["id"].as_str().expect("id")])[0].clone();
    let branch = format!("refs/heads/{}", id.as_str().expect("branch"));
    let manifest = env.git(&["show", &format!("{branch}:session.yaml")]);
    let origin =
        format!("origin:\n  session: {}\n  run: {}\n  commit: {}\n", of["id"], run["id"], run["commit"]);
    env.plant(&branch, &[("session.yaml", format!("{manifest}{origin}").as_bytes())]);
}

#[test]
fn forks_are_listed_below_their_sessions() {
    let env = TestEnv::with_session();
    for title in ["Use a cache", "Use more cores", "Use a RAM disk", "Something else"] {
        env.ok(&["record", "-m", "A run"]);
        env.advance(60);
        env.ok(&["new", title]);
    }
    env.ok(&["record", "-m", "A run"]);
    fork_of(&env, "use-a-cache", "fix-the");
    fork_of(&env, "use-more-cores", "fix-the");
    fork_of(&env, "use-a-ram", "use-a-cache");
    insta::assert_snapshot!(env.run(&["list", "--tree"]), @"
       SESSION   TITLE                                 RUNS  LAST RUN   UPDATED
    *  304a2db2  Something else                           1  succeeded  0 seconds ago
       63d76e70  Fix the login test                       1  succeeded  4 minutes ago
       67ce47bf  ├─ Use a cache (from 80edf5b6)           1  succeeded  4 minutes ago
       b036c3b6  │  └─ Use a RAM disk (from 708d13c8)     1  succeeded  4 minutes ago
       0b062d71  └─ Use more cores (from 80edf5b6)        1  succeeded  4 minutes ago
    [exit 0]
    ");
    let depths = env.json(&["list", "--tree"]);
    let depths: Vec<_> =
        depths.as_array().expect("list").iter().map(|row| row["depth"].to_string()).collect();
    assert_eq!(depths.join(" "), "0 0 1 2 1", "programs get the same order");
    env.ok(&["edit", "fix-the", "--status", "archived"]);
    insta::assert_snapshot!(env.run(&["list", "--tree"]), @"
       SESSION   TITLE                              RUNS  LAST RUN   UPDATED
    *  304a2db2  Something else                        1  succeeded  0 seconds ago
       67ce47bf  Use a cache                           1  succeeded  4 minutes ago
       b036c3b6  └─ Use a RAM disk (from 708d13c8)     1  succeeded  4 minutes ago
       0b062d71  Use more cores                        1  succeeded  4 minutes ago
    [exit 0]
    ");
    fork_of(&env, "fix-the", "use-a-ram");
    assert_eq!(
        env.json(&["list", "--tree", "--all"]).as_array().expect("list").len(),
        5,
        "a circle hides nothing"
    );
}
