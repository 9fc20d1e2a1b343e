//! Looking for damage, and mending it.

use std::fs;

use crate::env::TestEnv;

/// Two sessions; the tip commit of the first one is gone.
fn damaged() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "8080"]);
    env.ok(&["record", "-m", "Add a retry"]);
    env.ok(&["new", "Speed up the build", "--no-switch"]);
    let tip = env.git(&["rev-parse", env.branch()]);
    let (folder, name) = tip.trim().split_at(2);
    fs::remove_file(env.store().join("objects").join(folder).join(name)).expect("removed");
    env
}

#[test]
fn check_of_a_sound_store() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Add a retry"]);
    insta::assert_snapshot!(env.run(&["check"]), @"
    no damage; 1 session, 1 run and 5 objects looked at
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["check", "--data", "--json"]), @r#"
    {
      "level": "data",
      "sessions": 1,
      "runs": 1,
      "objects": 8,
      "problems": []
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["repair", "--dry-run"]), @"
    [stderr]
    there is nothing to repair
    [exit 0]
    ");
}

#[test]
fn check_of_a_damaged_store() {
    let env = damaged();
    insta::assert_snapshot!(env.run(&["check"]), @"
    damage fix-the-login-test-63d76e70, refs/heads/session/fix-the-login-test-63d76e70: it points to a2911d9e, which is not there
      'git session repair' restores the newest intact commit
    1 thing damaged; 2 sessions, 0 runs and 3 objects looked at
    [exit 1]
    ");
    let json: serde_json::Value =
        serde_json::from_slice(&env.command(&["check", "--json"]).output().expect("runs").stdout)
            .expect("JSON");
    insta::assert_snapshot!(json["problems"][0].to_string(), @r#"{"branch":"session/fix-the-login-test-63d76e70","commit":null,"kind":"ref","message":"it points to a2911d9e, which is not there","object":"a2911d9ee66979dde77927b73ae77b3383f36490","path":"refs/heads/session/fix-the-login-test-63d76e70","remedy":"'git session repair' restores the newest intact commit","run":null,"severity":"damage"}"#);
    insta::assert_snapshot!(env.run(&["list"]), @"
    SESSION   TITLE               RUNS  UPDATED
    708d13c8  Speed up the build     0  0 seconds ago
    damaged fix-the-login-test-63d76e70: commit a2911d9ee66979dde77927b73ae77b3383f36490 is missing from the store
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x"]), @"
    [stderr]
    error: commit a2911d9ee66979dde77927b73ae77b3383f36490 is missing from the store
    hint: 'git session check' tells what is damaged, 'git session repair' mends what can be mended
    [exit 1]
    ");
}

#[test]
fn repair_of_a_damaged_store() {
    let env = damaged();
    let before = env.store_files();
    insta::assert_snapshot!(env.run(&["repair", "--dry-run"]), @"
    would put the tip of fix-the-login-test-63d76e70 aside (it points to a2911d9e, which is not there) and go back to commit 4f9ac0cd; lost after it: run: Add a retry
    [exit 1]
    ");
    assert!(env.store_files() == before, "a plan changes nothing");
    insta::assert_snapshot!(env.run(&["repair"]), @"
    done: put the tip of fix-the-login-test-63d76e70 aside (it points to a2911d9e, which is not there) and go back to commit 4f9ac0cd; lost after it: run: Add a retry
    backup: $TMP/project/.git/sessions.git/git-session/backup/20261122T100000Z-fix-the-login-test-63d76e70-4f9ac0cd.bundle
    no damage; 2 sessions, 0 runs and 11 objects looked at
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know", "port"]), @"
    8080
    [exit 0]
    ");
    assert!(env.run(&["record", "-m", "Go on"]).ends_with("[exit 0]"));
    insta::assert_snapshot!(env.run(&["check", "--objects"]), @"
    no damage; 2 sessions, 1 run and 16 objects looked at
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn repair_as_json() {
    let env = damaged();
    let planned: serde_json::Value = serde_json::from_slice(
        &env.command(&["repair", "--dry-run", "--json"]).output().expect("runs").stdout,
    )
    .expect("JSON");
    insta::assert_snapshot!(planned["steps"].to_string(), @r#"[{"action":"restore","lost":["run: Add a retry"],"session":"fix-the-login-test-63d76e70","to":"4f9ac0cd2ac9f742bb121ab806c05c53a2ed2f41","why":"it points to a2911d9e, which is not there"}]"#);
    let done = env.json(&["repair"]);
    assert_eq!(done["done"], planned["steps"]);
    assert_eq!(
        (&done["failed"], &done["check"]["problems"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    assert_eq!(done["backups"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_cannot_be_checked() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["check"]), @"
    [stderr]
    error: there is no session store at $TMP/project/.git/sessions.git
    hint: start a session with 'git session new TITLE'; that makes the store
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["repair", "--fix"]), @"
    [stderr]
    error: unexpected argument '--fix' found

    Usage: git session repair [OPTIONS]

    For more information, try '--help'.
    [exit 2]
    ");
}
