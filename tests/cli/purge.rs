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
    // A secret that is typed as an argument is not told again.
    insta::assert_snapshot!(env.run(&["purge", VALUE]), @"
    [stderr]
    error: a value to purge is no argument: the list of processes and the shell's history show it
    hint: hand it in on stdin with --value-stdin; then take it out of the history of your shell
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
