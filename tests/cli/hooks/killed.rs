//! Hooks that are killed, that have no time, and many at once.

use std::fs;
use std::path::Path;

use super::{commit, git, ok, ok_in, summaries, with_hooks};
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

/// What a repository is: its objects, refs, logs and settings.
fn state(env: &TestEnv, folder: &str) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let top = env.path(folder).join(".git");
    let kept = |path: &Path| {
        let name = path.to_string_lossy();
        // The index holds the times of files.
        !["sessions.git", "hooks/", "index"].iter().any(|part| name.starts_with(part))
    };
    let files = super::files(&top).into_iter();
    let below = files.map(|(path, content, _)| (path.strip_prefix(&top).expect("below").to_owned(), content));
    below.filter(|(path, _)| kept(path)).collect()
}

#[test]
fn git_does_and_says_the_same_as_without_us() {
    let (with, without) = (with_hooks(), TestEnv::new());
    without.project_git(&["config", "session.hookDeadline", "60000"]);
    let script: [&[&str]; 16] = [
        &["commit", "-a", "-m", "all"],
        &["commit", "--allow-empty", "-m", "empty"],
        &["commit", "-q", "--allow-empty", "--amend", "-m", "amended"],
        &["checkout", "-b", "topic", "HEAD~1"],
        &["commit", "--allow-empty", "-m", "on topic"],
        &["stash"],
        &["stash", "list"],
        &["format-patch", "-1", "main~1", "-o", "patches"],
        &["checkout", "-q", "--detach"],
        &["cherry-pick", "main~1"],
        &["checkout", "main"],
        &["merge", "-m", "joined", "topic"],
        &["rebase", "--force-rebase", "HEAD~1"],
        &["revert", "--no-edit", "HEAD"],
        &["commit", "-m", "nothing"],
        &["status"],
    ];
    for (n, args) in script.iter().enumerate() {
        let mut said = Vec::new();
        for env in [&with, &without] {
            env.write("project/code.txt", format!("{}\n", n.min(6)));
            let mut command = git(env, "project", args);
            for who in ["AUTHOR", "COMMITTER"] {
                command.env(format!("GIT_{who}_DATE"), format!("2026-11-22T09:00:{n:02}Z"));
            }
            said.push(env.text(&output(&mut command)));
        }
        let [ours, theirs] = said.as_slice() else { unreachable!("two") };
        assert_eq!(ours, theirs, "git {args:?}");
        assert_eq!(state(&with, "project"), state(&without, "project"), "after git {args:?}");
    }
}

#[test]
fn hostile_variables_reach_neither_the_project_nor_another_repository() {
    let env = with_hooks();
    ok(&env, &["init", "-q", "--bare", &env.arg("victim.git")]);
    let before = super::files(&env.path("victim.git"));
    let victim = env.arg("victim.git");
    for (name, value) in [
        ("GIT_OBJECT_DIRECTORY", format!("{victim}/objects")),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", format!("{victim}/objects")),
        ("GIT_INDEX_FILE", format!("{victim}/index")),
        ("GIT_QUARANTINE_PATH", victim.clone()),
        ("GIT_COMMON_DIR", victim.clone()),
        ("GIT_NAMESPACE", "other".to_owned()),
        ("GIT_CONFIG_COUNT", "999".to_owned()),
        ("GIT_CONFIG_PARAMETERS", "'core.hooksPath=/".to_owned()),
        ("GIT_CEILING_DIRECTORIES", "/".to_owned()),
    ] {
        commit(&env, "project", &format!("beside {name}"));
        env.write("project/code.txt", name);
        ok_in(&env, "project", &["commit", "-q", "-a", "-m", name]);
        let state_before = state(&env, "project");
        let mut hook = env.program(crate::env::BINARY);
        let out = output(hook.args(["hook", "post-commit"]).env(name, &value));
        assert!(out.status.success() && out.stdout.is_empty(), "{name}: {}", env.text(&out));
        assert_eq!(state(&env, "project"), state_before, "{name}");
        assert_eq!(super::files(&env.path("victim.git")), before, "{name}");
    }
    env.fsck();
}
