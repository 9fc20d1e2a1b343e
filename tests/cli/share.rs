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

/// How large a file is that a remote sends: a gigabyte where `LAWS_TIMES` is set, for it takes half a
/// minute.
fn large() -> u64 {
    if std::env::var_os("LAWS_TIMES").is_some() { 1 << 30 } else { 1 << 27 }
}

#[test]
fn what_is_too_large_is_refused_by_its_size_without_the_room_for_it() {
    let env = team();
    env.ok(&["record", "-m", "one"]);
    env.ok(&["push"]);
    other(&env, &["remote", "add", "team", "../hub.git"]);
    add_zeros(&env, large());
    // 64 MiB a file, and 768 MiB of memory, which is not all used.
    let limited = |args: &[&str]| {
        let program = env.command::<&str>(&[]);
        let line = "ulimit -f 131072 && ulimit -v 786432 && exec git-session \"$@\"";
        let mut sh = env.program("sh");
        for (name, value) in program.get_envs() {
            if let Some(value) = value {
                sh.env(name, value);
            }
        }
        sh.args(["-c", line, "sh"]).args(args).current_dir(env.path("other"));
        env.text(&sh.output().expect("started"))
    };
    let text = limited(&["pull", "--all"]).replace(&large().to_string(), "LARGE");
    insta::assert_snapshot!(text, @"
    refused    fix-the-login-test-63d76e70: 'context/zeros' has LARGE bytes, over the limit of 104857600 (session.maxIncomingBytes)
    pulled from team: 1 refused
    [exit 1]
    ");
    let store = env.path("other/.git/sessions.git");
    let out = env.program("git").arg("--git-dir").arg(&store).args(["count-objects", "-v"]).output();
    let counted = String::from_utf8(out.expect("started").stdout).expect("text");
    assert!(counted.contains("count: 0\n") && counted.contains("in-pack: 0\n"), "{counted}");
    let left = std::fs::read_dir(&store).expect("listed").flatten();
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().starts_with("tmp_")));
}

/// Lets the session on the remote go on to a file of so many zeros, which take little room there.
fn add_zeros(env: &TestEnv, bytes: u64) {
    let zeros = env.path("zeros");
    std::fs::File::create(&zeros).and_then(|file| file.set_len(bytes)).expect("made");
    let git = |args: &[&str]| {
        let mut git = env.program("git");
        git.arg("--git-dir").arg(env.path("hub.git")).args(["-c", "core.bigFileThreshold=1m"]).args(args);
        git.env("GIT_INDEX_FILE", env.path("zeros-index"));
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Eve").env(format!("GIT_{who}_EMAIL"), "eve@example.com");
        }
        let out = git.output().expect("started");
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("text").trim().to_owned()
    };
    git(&["read-tree", env.branch()]);
    let blob = git(&["hash-object", "-w", "--no-filters", &env.arg("zeros")]);
    git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},context/zeros")]);
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", "-p", env.branch(), "-m", "Zeros", &tree]);
    git(&["update-ref", env.branch(), &commit]);
    std::fs::remove_file(zeros).expect("removed");
}
