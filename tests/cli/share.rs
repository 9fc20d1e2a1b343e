//! `git session remote`, `push`, `pull` and `sync`

use crate::env::TestEnv;

/// Two projects that share sessions by a bare repository: `project` and `other`.
fn team() -> TestEnv {
    let env = TestEnv::with_session();
    share(&env);
    env
}

/// Sets up what `team` has, for a project that is there.
pub fn share(env: &TestEnv) {
    let git = |args: &[&str]| {
        let out = env.program("git").current_dir(env.base()).args(args).output().expect("started");
        assert!(out.status.success(), "{args:?}");
    };
    git(&["init", "-q", "--bare", "hub.git"]);
    git(&["init", "-q", "-b", "main", "other"]);
    for (key, value) in [("session.transport", "file"), ("session.fsync", "off")] {
        git(&["config", "--global", key, value]);
    }
    env.ok(&["remote", "add", "team", "../hub.git"]);
}

/// Runs git-session in the other project.
pub fn other(env: &TestEnv, args: &[&str]) -> String {
    let mut command = env.command(args);
    env.text(&command.current_dir(env.path("other")).output().expect("started"))
}

#[test]
fn without_a_remote_push_prints_the_two_lines_that_set_one_up() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["push"]), @"
    [stderr]
    error: no remote to share sessions with is set up
    hint: git session remote add team git@example.com:team/sessions.git
    hint: git session push
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["remote", "list"]), @"
    [stderr]
    hint: add one with 'git session remote add NAME URL'
    [exit 0]
    ");
}

#[test]
fn remotes_are_added_listed_changed_and_removed() {
    let env = team();
    env.ok(&["remote", "add", "work", "git@example.com:team/sessions.git"]);
    insta::assert_snapshot!(env.run(&["remote", "list"]), @"
    team  $TMP/hub.git
    work  git@example.com:team/sessions.git
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["push"]), @"
    [stderr]
    error: there are 2 remotes: team, work
    hint: name one with --remote, or for good with 'git config session.remote NAME'
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["remote", "add", "team", "https://example.com/x"]), @"
    [stderr]
    error: there is a remote 'team' already: $TMP/hub.git
    hint: 'git session remote set-url NAME URL' changes it
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["remote", "set-url", "work", "https://example.com/x"]), @"
    [stderr]
    set work https://example.com/x
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["remote", "remove", "work"]), @"
    [stderr]
    removed work
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["remote", "remove", "work"]), @"
    [stderr]
    error: there is no remote 'work'
    hint: there are: team
    [exit 1]
    ");
    assert_eq!(env.json(&["remote", "list"])[0]["remote"], "team");
}

#[test]
fn a_transport_is_used_only_where_the_user_allows_it() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(env.run(&["remote", "add", "team", "/srv/sessions.git"]), @"
    [stderr]
    error: /srv/sessions.git is reached by 'file', which is not allowed
    hint: 'git config --global --add session.transport file' allows it
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["remote", "add", "team", "https://ann:hunter2@example.com/x"]), @"
    [stderr]
    error: the URL holds a password
    hint: leave it out; git asks for it, or takes it from its credential helper
    [exit 2]
    ");
}

#[test]
fn a_session_goes_to_the_remote_and_comes_from_there() {
    let env = team();
    env.ok(&["record", "-m", "one"]);
    insta::assert_snapshot!(env.run(&["push", "--dry-run"]), @"
    would push 63d76e70 Fix the login test: 1 new run
    would push 1 session to team
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["push"]), @"
    pushed     63d76e70 Fix the login test: 1 new run
    pushed 1 session to team
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["push"]), @"
    63d76e70 Fix the login test is up to date on team
    [exit 0]
    ");
    other(&env, &["remote", "add", "team", "../hub.git"]);
    insta::assert_snapshot!(other(&env, &["pull", "--all"]), @"
    new        63d76e70 Fix the login test: 1 new run
    pulled from team: 1 new
    [exit 0]
    ");
    insta::assert_snapshot!(other(&env, &["pull", "63d7"]), @"
    63d76e70 Fix the login test is up to date
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn what_both_changed_is_joined_by_sync() {
    let env = team();
    env.ok(&["push"]);
    other(&env, &["remote", "add", "team", "../hub.git"]);
    other(&env, &["pull", "--all"]);
    env.ok(&["know", "build.command", "make"]);
    env.ok(&["record", "-m", "here"]);
    env.ok(&["push"]);
    env.advance(60);
    other(&env, &["know", "build.command", "make -j8", "-s", "63d7"]);
    other(&env, &["record", "-m", "there", "-s", "63d7"]);
    insta::assert_snapshot!(other(&env, &["push", "63d7"]), @"
    behind     63d76e70 Fix the login test: the remote has something newer
    pushed 0 sessions to team
    [stderr]
    hint: 'git session sync' joins what is here with what is there
    [exit 1]
    ");
    insta::assert_snapshot!(other(&env, &["sync", "63d7"]), @"
    merged     63d76e70 Fix the login test: 1 new run, 1 conflict
    pulled from team: 1 merged
    pushed     63d76e70 Fix the login test: 1 new run
    pushed 1 session to team
    [exit 3]
    ");
    env.ok(&["record", "-m", "here again"]);
    insta::assert_snapshot!(env.run(&["sync"]), @"
    merged     63d76e70 Fix the login test: 1 new run, 1 conflict
    pulled from team: 1 merged
    pushed     63d76e70 Fix the login test: 1 new run
    pushed 1 session to team
    [exit 3]
    ");
    env.ok(&["record", "-m", "not pushed"]);
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    4 runs, 4 succeeded
    last run 6934e48a succeeded, 0 seconds ago: not pushed

    open conflicts (git session resolve PATH --keep current|other|FILE):
      knowledge/build.command.md  the other version is knowledge/build.command.md.conflict-8f58e6df
    remote team: 1 run to push

    1 run in this store exists only here (not pushed anywhere)
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn a_remote_that_is_not_there_is_told_of_with_what_to_do() {
    let env = team();
    env.ok(&["remote", "set-url", "team", "../nowhere.git"]);
    insta::assert_snapshot!(env.run(&["push"]), @"
    [stderr]
    error: could not reach 'team': there is no repository at that place
      fatal: '$TMP/project/../nowhere.git' does not appear to be a git repository
      fatal: Could not read from remote repository.
    hint: make it there first, and check that you may see it
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["pull", "--all"]), @"
    [stderr]
    error: could not reach 'team': there is no repository at that place
      fatal: '$TMP/project/../nowhere.git' does not appear to be a git repository
      fatal: Could not read from remote repository.
    hint: make it there first, and check that you may see it
    [exit 1]
    ");
}

#[test]
fn what_is_not_pushed_yet_is_marked() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "one"]);
    assert!(!env.run(&["log"]).contains('↑'), "without a remote, there is nothing to tell");
    assert_eq!(env.json(&["log"])[0].get("pushed"), None);
    share(&env);
    assert!(env.run(&["runs"]).contains("↑ not pushed yet"), "nothing is there yet");
    env.ok(&["push"]);
    assert!(!env.run(&["log"]).contains('↑'));
    env.advance(60);
    env.ok(&["know", "build.command", "make"]);
    env.ok(&["record", "-m", "two"]);
    env.ok(&["begin", "-m", "three"]);
    insta::assert_snapshot!(env.run(&["log"]), @"
    22bdb8ad succeeded two ↑
             0 seconds ago

    context  know build.command ↑
             0 seconds ago
             + knowledge/build.command.md

    80edf5b6 succeeded one
             60 seconds ago

    create   Fix the login test
             60 seconds ago

    ↑ not pushed yet
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "--oneline"]), @"
    22bdb8ad succeeded two ↑
    context  know build.command ↑
    80edf5b6 succeeded one
    create   Fix the login test
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["log", "--graph", "-n", "2"]), @"
    * 22bdb8ad succeeded two ↑
    |          0 seconds ago
    |
    o context  know build.command ↑
    |          0 seconds ago
    |          + knowledge/build.command.md

    ↑ not pushed yet
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
       RUN       #  STATUS     SUMMARY  FINISHED
       b40b029e     running    three    began 0 seconds ago
    ↑  22bdb8ad  2  succeeded  two      0 seconds ago
       80edf5b6  1  succeeded  one      60 seconds ago
    ↑ not pushed yet
    [exit 0]
    ");
    let pushed = |verb: &str| {
        let body = env.json(&[verb]);
        let rows = body.as_array().expect("a list").iter();
        rows.map(|row| row["pushed"].as_bool().expect("told")).collect::<Vec<_>>()
    };
    assert_eq!(pushed("log"), [false, false, true, true]);
    assert_eq!(pushed("runs"), [false, false, true]);
    env.ok(&["push"]);
    assert_eq!(pushed("log"), [true, true, true, true]);
    // What is merged from another session is where that session is.
    env.ok(&["new", "Another"]);
    env.ok(&["merge", "63d7"]);
    assert_eq!(pushed("log"), [false, true, true, true, true, false]);
}
