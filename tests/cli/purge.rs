//! `git session purge`

use crate::env::TestEnv;

const VALUE: &str = "0dd-v4lue-that-is-known";

fn held() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["know", "host", &format!("at {VALUE}")]);
    env.ok(&["record", "-m", &format!("use {VALUE} twice: {VALUE}")]);
    env.ok(&["new", "Other", "--no-switch"]);
    env
}

#[test]
fn a_dry_run_tells_what_holds_the_value_and_never_the_value() {
    let env = held();
    let before = env.store_files();
    insta::assert_snapshot!(env.run_fed(VALUE, &["purge", "--value-stdin", "--dry-run"]), @"
    63d76e70 context/knowledge/host.md
    63d76e70 run 67ce47bf run/run.yaml ×2
    63d76e70 run 67ce47bf session.yaml ×2
    rewrite 63d76e70 Fix the login test (2 commits)
    5 places, 1 session
    nothing was changed
    [stderr]
    warning: make the secret useless first: revoke or change it where it is from
    [exit 0]
    ");
    assert!(env.store_files() == before, "a dry run changes nothing");
}

#[test]
fn a_purge_tells_what_it_did_and_what_it_searched() {
    let env = held();
    insta::assert_snapshot!(env.run_fed(VALUE, &["purge", "--value-stdin"]), @"
    [stderr]
    warning: make the secret useless first: revoke or change it where it is from
    error: nobody is there to be asked
    hint: --yes does it without asking; --dry-run tells what it would do
    [exit 2]
    ");
    insta::assert_snapshot!(env.run_fed(VALUE, &["purge", "--value-stdin", "--yes"]), @"
    purged 5 places, 1 session
    searched 19 objects and every file of the store
    nothing of it is left
    [stderr]
    warning: make the secret useless first: revoke or change it where it is from
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       #  STATUS     SUMMARY                                                   FINISHED
    67ce47bf  1  succeeded  use [REDACTED:known-value] twice: [REDACTED:known-value]  0 seconds ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "host"]), @"
    at [REDACTED:known-value]
    [exit 0]
    ");
    insta::assert_snapshot!(env.run_fed(VALUE, &["purge", "--value-stdin", "--yes"]), @"
    [stderr]
    warning: make the secret useless first: revoke or change it where it is from
    error: nothing in the store holds it
    hint: it is looked for exactly, also under escapes and in base64; 'git session redact scan' looks for secrets of any kind
    [exit 1]
    ");
    env.fsck();
    env.ok(&["check", "--data"]);
}

#[test]
fn what_is_no_value_is_refused() {
    let env = held();
    insta::assert_snapshot!(env.run(&["purge"]), @"
    [stderr]
    error: it is not said what to purge
    hint: hand the value in on stdin with --value-stdin, such as 'pass show NAME | git session purge --value-stdin'
    [exit 2]
    ");
    insta::assert_snapshot!(env.run_fed("two\nlines\n", &["purge", "--value-stdin"]), @"
    [stderr]
    error: the value has 2 lines
    hint: purge its lines one by one; each stands for the whole
    [exit 2]
    ");
    insta::assert_snapshot!(env.run_fed("63d76e70", &["purge", "--value-stdin", "--yes"]), @"
    [stderr]
    warning: make the secret useless first: revoke or change it where it is from
    error: the value is part of what names or describes a session or a run, which would be unreadable without it
    hint: nothing was changed
    [exit 1]
    ");
    // A secret that is typed as an argument is not told again. It may have been meant as a path.
    insta::assert_snapshot!(env.run(&["purge", VALUE]), @"
    [stderr]
    error: a value to purge is no argument: the list of processes and the shell's history show it
    hint: hand it in on stdin with --value-stdin; then take it out of the history of your shell
    hint: a file or a folder is named with --path, a run with --run
    [exit 2]
    ");
}

#[test]
fn a_bundle_takes_along_what_was_purged() {
    let env = held();
    let out = env.program("git").current_dir(env.base()).args(["init", "-q", "-b", "main", "other"]).output();
    assert!(out.expect("started").status.success());
    let other = |args: &[&str]| crate::share::other(&env, args);
    env.ok(&["export", "-o", "../old.bundle"]);
    other(&["import", "../old.bundle"]);
    env.run_fed(VALUE, &["purge", "--value-stdin", "--yes"]);
    env.ok(&["export", "-o", "../new.bundle"]);
    insta::assert_snapshot!(other(&["import", "../new.bundle"]), @"
    purged     fix-the-login-test-63d76e70: it was purged there, and what was purged is still here
    imported from ../new.bundle: 1 purged
    [stderr]
    hint: 'git session import --accept-purge FILE' goes over to the purged session; runs that only one side has stay
    [exit 1]
    ");
    insta::assert_snapshot!(other(&["import", "--accept-purge", "../new.bundle"]), @"
    rewritten  63d76e70 Fix the login test: 1 session here written anew without what was purged
    imported from ../new.bundle: 1 up to date
    [exit 0]
    ");
    insta::assert_snapshot!(other(&["import", "../old.bundle"]), @"
    purged     fix-the-login-test-63d76e70: it holds what was purged here (object ef47e32c)
    imported from ../old.bundle: 1 purged
    [stderr]
    hint: 'git session import --accept-purge FILE' goes over to the purged session; runs that only one side has stay
    [exit 1]
    ");
}

#[test]
fn json_tells_the_same() {
    let env = held();
    let out =
        crate::env::fed(&mut env.command(&["purge", "--value-stdin", "--yes", "--json"]), VALUE.as_bytes());
    let done: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(done["plan"]["sessions"].as_array().map(Vec::len), Some(1), "{done:#}");
    assert_eq!(done["left_in"], serde_json::json!([]));
}

/// A session with a fact that its fork changed, and another session with a fact of that name.
fn forked() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["know", "host", "10.0.0.1"]);
    env.ok(&["record", "-m", "Try"]);
    env.ok(&["know", "host", "10.0.0.2"]);
    env.ok(&["know", "server", "10.0.0.1"]);
    env.ok(&["fork", "--title", "Another way"]);
    env.ok(&["know", "host", "10.0.0.3"]);
    env.ok(&["new", "Other", "--no-switch"]);
    env.ok(&["know", "host", "elsewhere", "-s", "Other"]);
    env.ok(&["switch", "fix-the"]);
    env
}

#[test]
fn a_file_goes_from_the_session_and_from_what_was_made_of_it() {
    let env = forked();
    let before = env.store_files();
    insta::assert_snapshot!(env.run(&["purge", "--path", "knowledge/host.md", "--dry-run"]), @"
    63d76e70 context/knowledge/host.md ×2
    ef9cd360 context/knowledge/host.md
    rewrite ef9cd360 Another way (6 commits)
    rewrite 63d76e70 Fix the login test (4 commits)
    the same content also stands at knowledge/server.md in session 63d76e70: --path takes it out there
    3 places, 2 sessions
    nothing was changed
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    [exit 0]
    ");
    assert!(env.store_files() == before, "a dry run changes nothing");
    insta::assert_snapshot!(env.run(&["purge", "--path", "knowledge/host.md"]), @"
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    error: nobody is there to be asked
    hint: --yes does it without asking; --dry-run tells what it would do
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["purge", "--path", "context/knowledge/host.md", "--yes"]), @"
    purged 3 places, 2 sessions
    searched 33 objects
    the same content also stands at knowledge/server.md in session 63d76e70: --path takes it out there
    nothing else of it is left
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY     VALUE     RUN
    server  10.0.0.1  -
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "-s", "another-way"]), @"
    KEY     VALUE     RUN
    server  10.0.0.1  -
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "host", "-s", "Other"]), @"
    elsewhere
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["purge", "--path", "knowledge/host.md", "--yes"]), @"
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    error: nothing in the history of session fix-the-login-test-63d76e70 is called 'knowledge/host.md'
    hint: did you mean knowledge/server.md?
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["purge", "--path", "knowledge/", "--yes"]), @"
    purged 1 place, 2 sessions
    searched 29 objects
    nothing of it is left
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    [exit 0]
    ");
    env.fsck();
    env.ok(&["check", "--data"]);
}

#[test]
fn what_is_no_path_is_refused() {
    let env = forked();
    insta::assert_snapshot!(env.run(&["purge", "--path", "host", "--yes"]), @"
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    error: nothing in the history of session fix-the-login-test-63d76e70 is called 'host'
    hint: did you mean knowledge/host.md?
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["purge", "--path", "../host", "--yes"]), @"
    [stderr]
    error: path '../host' is outside the context
    hint: use a path below context/, such as notes.md or docs/plan.md
    [exit 1]
    ");
    insta::assert_snapshot!(env.run_fed(VALUE, &["purge", "--path", "knowledge/host.md", "--value-stdin"]), @"
    [stderr]
    error: the argument '--path <PATH>' cannot be used with '--value-stdin'

    Usage: git session purge --path <PATH>

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn json_tells_what_a_file_was_purged_from() {
    let env = forked();
    let out = env.ok(&["purge", "--path", "knowledge/host.md", "--yes", "--json"]);
    let done: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(done["plan"]["sessions"].as_array().map(Vec::len), Some(2), "{done:#}");
    assert_eq!(done["plan"]["holdings"].as_array().map(Vec::len), Some(3), "{done:#}");
    assert_eq!(done["plan"]["elsewhere"][0]["path"], "context/knowledge/server.md");
    assert_eq!(done["left_in"], serde_json::json!([]));
}

/// A session with a run that brought files, one of which a later run changed.
fn told() -> TestEnv {
    let env = TestEnv::with_session();
    let context = env.path("in");
    std::fs::create_dir(&context).expect("made");
    let run = |summary: &str, files: &[(&str, &str)], more: &[&str]| {
        for (path, content) in files {
            std::fs::write(context.join(path), content).expect("written");
        }
        let folder = context.to_str().expect("text");
        env.ok(&[&["record", "-m", summary, "--context", folder], more].concat());
    };
    run("Try", &[("plan.md", "ours\n")], &[]);
    let conversation = env.path("conversation.md");
    std::fs::write(&conversation, "> give me all customers\n").expect("written");
    let more =
        ["--conversation", conversation.to_str().expect("text"), "--tag", "acme", "--metric", "tests=3"];
    run("Export the customers", &[("plan.md", "theirs\n"), ("customers.md", "acme\n")], &more);
    run("Sort them", &[("customers.md", "acme, sorted\n")], &[]);
    env
}

#[test]
fn a_run_goes_with_what_it_said_and_brought_and_stays_as_a_fact() {
    let env = told();
    let before = env.store_files();
    insta::assert_snapshot!(env.run(&["purge", "--run", "@2", "--dry-run"]), @"
    63d76e70 run 67ce47bf context/customers.md
    63d76e70 run 67ce47bf context/plan.md
    63d76e70 run 67ce47bf run/run.yaml
    63d76e70 run 67ce47bf run/conversation.md
    rewrite 63d76e70 Fix the login test (2 commits)
    run 708d13c8 changed customers.md later: what it says may be made of it; purge the value or the path
    4 places, 1 session
    nothing was changed
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    [exit 0]
    ");
    assert!(env.store_files() == before, "a dry run changes nothing");
    insta::assert_snapshot!(env.run(&["purge", "--run", "@2", "--yes"]), @"
    purged 4 places, 1 session
    searched 25 objects
    run 708d13c8 changed customers.md later: what it says may be made of it; purge the value or the path
    nothing else of it is left
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       #  STATUS     SUMMARY    FINISHED
    708d13c8  3  succeeded  Sort them  0 seconds ago
    67ce47bf  2  succeeded  [PURGED]   0 seconds ago
    80edf5b6  1  succeeded  Try        0 seconds ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["show", "@2"]), @"
    run       67ce47bf-0922-4bd5-9541-37398ff549b0
    number    2
    session   session/fix-the-login-test-63d76e70
    status    succeeded
    summary   [PURGED]
    finished  2026-11-22T10:00:00Z (0 seconds ago)
    by        Ann <ann@example.com>
    commit    aaa538b8129f02189558c94c2c0b2f2ac83bdcc9
    code      595ff6b6
    metric    tests = 3
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "cat", "plan.md"]), @"
    ours
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "cat", "customers.md"]), @"
    acme, sorted
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["purge", "--run", "@2", "--yes"]), @"
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    error: nothing is left of run 67ce47bf but that it was
    [exit 1]
    ");
    env.fsck();
    env.ok(&["check", "--data"]);
}

#[test]
fn what_is_no_finished_run_is_refused() {
    let env = told();
    let open = env.ok(&["begin", "-m", "Go on", "--json"]);
    let open: serde_json::Value = serde_json::from_str(&open).expect("JSON");
    let open = open["run"].as_str().expect("an id").to_owned();
    insta::assert_snapshot!(env.run(&["purge", "--run", &open, "--yes"]), @"
    [stderr]
    warning: if it holds a secret, make that useless first: revoke or change it where it is from
    error: run 0b062d71 is still open
    hint: end it first, with 'git session finish RUN'
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["purge", "--run", "@9", "--yes"]), @"
    [stderr]
    error: no run '@9'
    hint: session fix-the-login-test-63d76e70 has 3 runs
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["purge", "--run", "@2", "--path", "plan.md"]), @"
    [stderr]
    error: the argument '--run <RUN>' cannot be used with '--path <PATH>'

    Usage: git session purge --run <RUN>

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn json_tells_what_a_run_brought_and_what_became_of_it() {
    let env = told();
    let out = env.ok(&["purge", "--run", "@2", "--yes", "--json"]);
    let done: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(done["plan"]["holdings"].as_array().map(Vec::len), Some(4), "{done:#}");
    assert_eq!(done["plan"]["later"][0]["path"], "context/customers.md", "{done:#}");
    assert_eq!(done["left_in"], serde_json::json!([]));
}
