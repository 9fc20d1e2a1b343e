//! `git session clone`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::env::TestEnv;
use crate::share::{other, share};

/// Two projects, and a remote with two sessions of the first one's.
fn hub() -> TestEnv {
    let env = TestEnv::with_session();
    share(&env);
    env.ok(&["record", "-m", "one"]);
    env.ok(&["new", "Build the docs"]);
    env.ok(&["record", "-m", "two"]);
    env.ok(&["push", "--all"]);
    env
}

/// Lists what lies in the other project, but for its code.
fn beside(env: &TestEnv) -> Vec<String> {
    let names = fs::read_dir(env.path("other")).expect("listed").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name != ".git").collect()
}

#[test]
fn a_project_s_store_is_filled_and_made_where_there_is_none() {
    let env = hub();
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git"]), @"
    new        708d13c8 Build the docs: 1 new run
    new        63d76e70 Fix the login test: 1 new run
    pulled from origin: 2 new
    [stderr]
    hint: choose one to go on with by 'git session switch SESSION'
    [exit 0]
    ");
    insta::assert_snapshot!(other(&env, &["remote", "list"]), @"
    origin  $TMP/hub.git
    [exit 0]
    ");
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git"]), @"
    pulled from origin: 2 up to date
    [stderr]
    hint: choose one to go on with by 'git session switch SESSION'
    [exit 0]
    ");
    // What is known by another name keeps it.
    insta::assert_snapshot!(env.run(&["clone", "../hub.git"]), @"
    pulled from team: 2 up to date
    [exit 0]
    ");
    assert_eq!(env.json(&["remote", "list"]).as_array().expect("a list").len(), 1);
    let body = env.json(&["clone", "../hub.git"]);
    assert_eq!((&body["remote"], &body["left_out"]), (&"team".into(), &0.into()));
    assert!(body["store"].as_str().expect("a path").ends_with("project/.git/sessions.git"));
    env.fsck();
}

#[test]
fn a_remote_of_the_same_name_with_another_url_is_left_alone() {
    let env = hub();
    other(&env, &["remote", "add", "origin", "https://example.com/x"]);
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git"]), @"
    [stderr]
    error: there is a remote 'origin' already: https://example.com/x
    hint: 'git session remote set-url NAME URL' changes it
    hint: --origin NAME gives the new one another name
    [exit 1]
    ");
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git", "--origin", "team"]), @"
    new        708d13c8 Build the docs: 1 new run
    new        63d76e70 Fix the login test: 1 new run
    pulled from team: 2 new
    [stderr]
    hint: choose one to go on with by 'git session switch SESSION'
    [exit 0]
    ");
}

#[test]
fn a_store_of_a_part_is_made_in_a_folder() {
    let env = hub();
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git", "part", "-s", "build-*"]), @"
    new        708d13c8 Build the docs: 1 new run
    pulled from origin: 1 new, 1 left out
    [stderr]
    warning: the store lies in the work tree; keep it out of your commits with .gitignore
    hint: use it with 'git session --store part VERB', or set 'git config session.store'
    [exit 0]
    ");
    insta::assert_snapshot!(other(&env, &["--store", "part", "pull", "--all"]), @"
    708d13c8 Build the docs is up to date
    [exit 0]
    ");
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git", "part"]), @"
    [stderr]
    error: $TMP/other/part is there already, and is not an empty folder
    hint: name a folder that is empty or not there yet
    [exit 1]
    ");
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git", "none", "--session", "nothing"]), @"
    [stderr]
    error: remote 'origin' has no session 'nothing'
    hint: 'git ls-remote URL' lists what is there
    [exit 1]
    ");
    insta::assert_snapshot!(other(&env, &["clone", "../hub.git", "late", "--since", "2030-01-01"]), @"
    pulled from origin: 2 left out
    [stderr]
    warning: the store lies in the work tree; keep it out of your commits with .gitignore
    hint: use it with 'git session --store late VERB', or set 'git config session.store'
    [exit 0]
    ");
    assert_eq!(beside(&env).len(), 2, "what failed left nothing");
}

#[test]
fn what_cannot_be_cloned_leaves_nothing() {
    let env = hub();
    insta::assert_snapshot!(other(&env, &["clone", "../nowhere.git", "dir"]), @"
    [stderr]
    error: could not reach 'origin': there is no repository at that place
      fatal: '$TMP/other/../nowhere.git' does not appear to be a git repository
      fatal: Could not read from remote repository.
    hint: make it there first, and check that you may see it
    [exit 1]
    ");
    for bad in [
        &["clone", "../nowhere.git"][..],
        &["clone", "-x"],
        &["clone", "ext::sh -c id"],
        &["clone", "git://localhost/x"],
        &["clone", "../hub.git", ""],
        &["clone", "../hub.git", "-s", ""],
        &["clone", "../hub.git", "-s", "A*"],
        &["clone", "../hub.git", "--since", "never"],
        &["clone", "../hub.git", "--origin", "a b"],
    ] {
        let text = other(&env, bad);
        assert!(text.contains("error: "), "{bad:?}: {text}");
        assert!(text.ends_with("[exit 1]") || text.ends_with("[exit 2]"), "{bad:?}: {text}");
    }
    assert_eq!(beside(&env), [] as [&str; 0]);
    assert!(!env.path("other/.git/sessions.git").exists());
}

#[test]
fn an_interrupted_clone_leaves_nothing() {
    let env = hub();
    // A remote helper that says that it was asked, and then nothing more.
    env.write("bin/git-remote-slow", "#!/bin/sh\nread line\n: > \"$ASKED\"\nread line\n");
    fs::set_permissions(env.path("bin/git-remote-slow"), fs::Permissions::from_mode(0o755)).expect("set");
    env.project_git(&["config", "--global", "--add", "session.transport", "slow"]);
    for signal in [Signal::INT, Signal::TERM] {
        let asked = env.path("asked");
        let _ = fs::remove_file(&asked);
        let mut command = env.command(&["clone", "slow::there", "dir"]);
        let path = format!("{}:{}", env.arg("bin"), std::env::var("PATH").expect("PATH"));
        command.current_dir(env.path("other")).env("PATH", path).env("ASKED", &asked).process_group(0);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        while !asked.exists() {
            assert!(child.try_wait().expect("known").is_none(), "it waits for the remote");
            std::thread::yield_now();
        }
        let group = Pid::from_raw(i32::try_from(child.id()).expect("in range")).expect("a process");
        kill_process_group(group, signal).expect("sent");
        assert_eq!(child.wait().expect("ended").code(), Some(128 + signal.as_raw()));
        assert_eq!(beside(&env), [] as [&str; 0]);
    }
}
