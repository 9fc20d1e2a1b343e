//! Hooks that are killed, that have no time, and many at once.

use std::fs;

use super::{commit, git, ok, summaries, with_hooks};
use crate::env::{TestEnv, output};

/// Lets a hook's script start the program in another way.
fn start_by(env: &TestEnv, hook: &str, prefix: &str) {
    let path = format!("project/.git/hooks/{hook}");
    let script = env.read(&path);
    let call = format!("'{}' hook", crate::env::BINARY);
    let last = format!("    exec {call}");
    assert!(script.contains(&last), "{script}");
    fs::write(env.path(&path), script.replace(&last, &format!("    {prefix}{call}"))).expect("written");
}

#[test]
fn every_commit_whose_hook_was_killed_is_recorded_once() {
    let env = with_hooks();
    let original = env.read("project/.git/hooks/post-commit");
    let mut expected = Vec::new();
    for n in 0..30 {
        env.write("project/.git/hooks/post-commit", &original);
        start_by(&env, "post-commit", &format!("timeout -s KILL 0.0{:02} ", (n * 7) % 25 + 1));
        env.write("project/code.txt", format!("{n}\n"));
        // What the shell says of the killed program goes to stderr.
        let out = output(&mut git(&env, "project", &["commit", "-q", "-a", "-m", &format!("commit {n}")]));
        assert!(out.status.success());
        expected.push(format!("commit {n}"));
    }
    assert_eq!(summaries(&env), expected);
    env.fsck();
    assert!(
        env.ok(&["check", "--objects"]).contains("no problems") || env.run(&["check"]).ends_with("[exit 0]")
    );
}

#[test]
fn an_event_without_time_is_done_later_and_once() {
    let env = with_hooks();
    ok(&env, &["config", "session.hookDeadline", "0"]);
    for n in 0..4 {
        commit(&env, "project", &format!("commit {n}"));
    }
    ok(&env, &["commit", "-q", "--amend", "-m", "commit 3, better"]);
    // Waits for the process that a hook started.
    let settled = output(env.program(crate::env::BINARY).args(["hook", "settle"]).arg(env.store()));
    assert_eq!(env.text(&settled), "[exit 0]");
    assert_eq!(summaries(&env), ["commit 0", "commit 1", "commit 2", "commit 3"]);
    assert_eq!(fs::read_dir(env.store().join("spool/events")).map_or(0, Iterator::count), 0);
    env.fsck();
}

#[test]
fn commits_in_many_work_trees_at_once_are_all_recorded() {
    const TREES: usize = 4;
    const COMMITS: usize = 8;
    let env = with_hooks();
    ok(&env, &["config", "session.hookDeadline", "60000"]);
    for n in 0..TREES {
        ok(&env, &["worktree", "add", "-q", "-b", &format!("side{n}"), &env.arg(&format!("side{n}"))]);
    }
    std::thread::scope(|scope| {
        for n in 0..TREES {
            let folder = env.path(&format!("side{n}"));
            let mut commands: Vec<_> = (0..COMMITS)
                .map(|c| {
                    let mut command = env.program("git");
                    command.current_dir(&folder).args([
                        "commit",
                        "-q",
                        "--allow-empty",
                        "-m",
                        &format!("{n} {c}"),
                    ]);
                    command
                })
                .collect();
            scope.spawn(move || {
                for command in &mut commands {
                    assert!(output(command).status.success());
                }
            });
        }
    });
    let sessions = env.json(&["list"]);
    let counts: Vec<u64> =
        sessions.as_array().expect("a list").iter().filter_map(|s| s["runs"].as_u64()).collect();
    assert_eq!(counts, [COMMITS as u64; TREES], "{sessions}");
    env.fsck();
}
