//! Pushing by itself: `session.autoPush`. The process that does it is nobody's child, so what it
//! leaves is waited for.

use std::fs;
use std::time::{Duration, Instant};

use crate::env::TestEnv;
use crate::share::share;

/// How long a process of its own may take, on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(60);

fn team(when: &str) -> TestEnv {
    let env = TestEnv::with_session();
    share(&env);
    env.project_git(&["config", "session.autoPush", when]);
    env
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Tells whether the remote has what is here.
fn is_there(env: &TestEnv) -> bool {
    let tip = |git: &str| {
        let out =
            env.program("git").args(["--git-dir", git, "rev-parse", "-q", "--verify", env.branch()]).output();
        String::from_utf8(out.expect("started").stdout).expect("text")
    };
    tip(&env.arg("hub.git")) == tip(env.store().to_str().expect("UTF-8"))
}

fn is_idle(env: &TestEnv) -> bool {
    env.json(&["status"])["push_queue"]["sessions"] == serde_json::json!([])
}

/// Returns how often it was tried, and whether the last try is over.
fn tries(env: &TestEnv) -> (u64, bool) {
    let text = fs::read(env.store().join("git-session/push-tries.json")).unwrap_or_default();
    let tries: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    (tries["failures"].as_u64().unwrap_or_default(), tries["why"].is_string())
}

#[test]
fn a_finished_run_is_pushed_and_nothing_is_said_of_it() {
    let env = team("on-finish");
    insta::assert_snapshot!(env.run(&["record", "-m", "one"]), @"
    67ce47bf #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    wait_for("it is pushed", || is_there(&env) && is_idle(&env));
    env.ok(&["run", "-m", "two", "--", "true"]);
    wait_for("it is pushed", || is_there(&env) && is_idle(&env));
    let run = env.json(&["begin", "-m", "three"]);
    env.ok(&["finish", run["run"].as_str().expect("an id")]);
    wait_for("it is pushed", || is_there(&env) && is_idle(&env));
    let log = env.read("project/.git/sessions.git/git-session/push.log");
    assert!(
        log.starts_with("2026-11-22T10:00:00Z done: session/fix-the-login-test-63d76e70 to team\n"),
        "{log}"
    );
    env.fsck();
}

#[test]
fn without_the_setting_or_a_remote_nothing_is_queued() {
    let env = team("off");
    env.ok(&["record", "-m", "one"]);
    assert!(is_idle(&env) && !is_there(&env));
    env.project_git(&["config", "session.autoPush", "on-git-push"]);
    env.ok(&["record", "-m", "two"]);
    assert!(is_idle(&env) && !is_there(&env));
    env.project_git(&["config", "session.autoPush", "on-finish"]);
    env.ok(&["remote", "remove", "team"]);
    env.ok(&["record", "-m", "three"]);
    assert!(is_idle(&env));
    env.project_git(&["config", "session.autoPush", "always"]);
    insta::assert_snapshot!(env.run(&["record", "-m", "four"]), @"
    [stderr]
    error: git config session.autoPush is 'always' in $TMP/project/.git/config:11: use off, on-finish or on-git-push
    hint: set it with 'git config session.autoPush VALUE'
    [exit 2]
    ");
}

#[test]
fn a_remote_that_is_away_is_tried_again_after_a_pause() {
    let env = team("on-finish");
    fs::rename(env.path("hub.git"), env.path("away.git")).expect("moved");
    env.ok(&["record", "-m", "one"]);
    wait_for("the first try is over", || tries(&env) == (1, true));
    env.advance(30);
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    1 run, 1 succeeded
    last run 67ce47bf succeeded, 30 seconds ago: one

    1 run in this store exists only here (not pushed anywhere)
    1 session waits to be pushed, since 30 seconds ago
      the last try, 30 seconds ago, failed: could not reach 'team': there is no repository at that place
      a command in 30s or later tries it again
    [exit 0]
    ");
    env.advance(29);
    env.ok(&["status"]);
    assert_eq!(tries(&env), (1, true), "it is too soon");
    env.advance(1);
    env.ok(&["list"]);
    assert_eq!(tries(&env).0, 2, "the next command starts it");
    wait_for("the second try is over", || tries(&env) == (2, true));
    env.advance(299);
    env.ok(&["record", "-m", "two"]);
    assert_eq!(tries(&env), (2, true), "a new run does not make it sooner");
    insta::assert_snapshot!(env.json(&["status"])["push_queue"], @r#"{"next_at":"2026-11-22T10:06:00Z","sessions":["63d76e70-146d-412c-b9b1-5a858772f090"],"since":"2026-11-22T10:00:00Z","tries":{"failures":2,"tried_at":"2026-11-22T10:01:00Z","why":"could not reach 'team': there is no repository at that place"}}"#);
    fs::rename(env.path("away.git"), env.path("hub.git")).expect("moved");
    env.advance(1);
    env.ok(&["list"]);
    wait_for("it is pushed", || is_there(&env) && is_idle(&env));
    assert_eq!(tries(&env), (0, false));
}

#[test]
fn a_push_by_hand_ends_the_pause() {
    let env = team("on-finish");
    fs::rename(env.path("hub.git"), env.path("away.git")).expect("moved");
    env.ok(&["record", "-m", "one"]);
    wait_for("the try is over", || tries(&env) == (1, true));
    fs::rename(env.path("away.git"), env.path("hub.git")).expect("moved");
    insta::assert_snapshot!(env.run(&["push", "--queued"]), @"
    pushed     63d76e70 Fix the login test: 1 new run
    pushed 1 session to team
    [exit 0]
    ");
    assert!(is_idle(&env) && is_there(&env));
    assert_eq!(tries(&env), (0, false));
}

#[test]
fn sessions_go_where_their_code_goes() {
    let env = team("on-git-push");
    env.ok(&["hooks", "install"]);
    let git = |args: &[&str]| env.project_git(args);
    env.program("git").args(["init", "-q", "--bare"]).arg(env.path("code.git")).status().expect("started");
    git(&["remote", "add", "origin", &env.arg("code.git")]);
    env.write("project/code.txt", "two\n");
    git(&["commit", "-qam", "Two"]);
    assert!(!is_there(&env));
    git(&["push", "-q", "origin", "main"]);
    wait_for("it is pushed", || is_there(&env) && is_idle(&env));
    env.fsck();
}

#[test]
fn a_commit_is_a_finished_run_too() {
    let env = team("on-finish");
    env.ok(&["hooks", "install"]);
    env.write("project/code.txt", "two\n");
    env.project_git(&["commit", "-qam", "Two"]);
    wait_for("it is pushed", || is_there(&env) && is_idle(&env));
}
