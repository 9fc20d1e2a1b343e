//! `export`, and `import` of a bundle: what they print, and how they are refused.

use std::fs;

use crate::env::TestEnv;

/// A project with a session of one run, and another project beside it.
fn two() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Raise the timeout"]);
    let out = env.program("git").current_dir(env.base()).args(["init", "-q", "-b", "main", "other"]).output();
    assert!(out.expect("started").status.success());
    env
}

#[test]
fn a_session_goes_into_a_bundle_and_comes_out_of_it() {
    let env = two();
    insta::assert_snapshot!(env.run(&["export", "-o", "../login.bundle"]), @"
    exported 1 session with 1 run to ../login.bundle (1 KiB)
    [exit 0]
    ");
    insta::assert_snapshot!(crate::share::other(&env, &["import", "../login.bundle"]), @"
    new        63d76e70 Fix the login test: 1 new run
    imported from ../login.bundle: 1 new
    [exit 0]
    ");
    insta::assert_snapshot!(crate::share::other(&env, &["import", "../login.bundle"]), @"
    63d76e70 Fix the login test is up to date
    [exit 0]
    ");
    env.advance(60);
    env.ok(&["record", "-m", "Retry"]);
    env.ok(&["export", "-o", "../login.bundle", "--force"]);
    insta::assert_snapshot!(crate::share::other(&env, &["import", "../login.bundle", "--json"]), @r#"
    {
      "file": "../login.bundle",
      "sessions": [
        {
          "branch": "session/fix-the-login-test-63d76e70",
          "session": "63d76e70-146d-412c-b9b1-5a858772f090",
          "title": "Fix the login test",
          "outcome": "fast_forward",
          "before": "b1cde5589f72ab4501768928dcd12bd15f92a1e8",
          "after": "0b33e9db8fe0b6f9b254ab8c2e68b31acaf90ed3",
          "new_runs": 1,
          "conflicts": 0,
          "rescued": null,
          "why": null
        }
      ],
      "foreign": []
    }
    [exit 0]
    "#);
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force() {
    let env = two();
    env.write("project/notes.bundle", "mine");
    insta::assert_snapshot!(env.run(&["export", "-o", "notes.bundle"]), @"
    [stderr]
    error: $TMP/project/notes.bundle exists already
    hint: --force replaces it
    [exit 1]
    ");
    assert_eq!(env.read("project/notes.bundle"), "mine");
    env.ok(&["export", "-o", "notes.bundle", "--force"]);
    assert_ne!(fs::read(env.path("project/notes.bundle")).expect("there"), b"mine");
    let left = fs::read_dir(env.path("project")).expect("listed").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().contains(".tmp"));
    assert_eq!(left.count(), 0, "nothing half-written is left");
}

#[test]
fn what_holds_a_secret_stays_here() {
    let env = two();
    env.ok(&["new", "Clean"]);
    env.project_git(&["config", "--global", "session.redact", "off"]);
    env.ok(&["record", "-s", "Fix the login test", "-m", "Use ghp_0123456789abcdefghijklmnopqrstuvwxyz"]);
    env.project_git(&["config", "--global", "session.redact", "on"]);
    insta::assert_snapshot!(env.run(&["export", "Fix the login test", "-o", "../x.bundle"]), @"
    held back  63d76e70 Fix the login test: it holds 3 secrets
      message:6 of 0b9ad149 github-token sha256:6675cd0c365d2c7d9027a150ec24850631369632248b4b346210ebdf1a59d6b7
      session.yaml:19 of 0b9ad149 github-token sha256:6675cd0c365d2c7d9027a150ec24850631369632248b4b346210ebdf1a59d6b7
      run/run.yaml:5 of 0b9ad149 github-token sha256:6675cd0c365d2c7d9027a150ec24850631369632248b4b346210ebdf1a59d6b7
    nothing was exported
    [stderr]
    hint: make the secret useless first: revoke it where it is from; then --allow RULE sends it all the same
    hint: what is no secret passes for good with 'git session redact allow DIGEST'
    [exit 1]
    ");
    assert!(!env.path("x.bundle").exists());
    let told = env.run(&["export", "--all", "-o", "../x.bundle", "-q"]);
    assert!(told.contains("held back") && told.ends_with("[exit 1]"), "{told}");
    assert!(told.contains("exported 1 session with 0 runs to ../x.bundle"), "the others leave: {told}");
    assert!(env.path("x.bundle").exists());
}
