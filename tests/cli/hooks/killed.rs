//! Hooks that are killed, that have no time, and many at once.

use std::fs;
use std::time::{Duration, Instant};

use super::{commit, git, ok, summaries, times, with_hooks};
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

/// Returns moments within a time, in seconds, that follow no pattern.
fn moments(within: Duration) -> impl Iterator<Item = f64> {
    let mut seed: u32 = 20_261_122;
    std::iter::from_fn(move || {
        // The constants of Numerical Recipes; the high bits are the random ones.
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Never 0, which means no limit to `timeout`.
        Some(within.as_secs_f64() * f64::from((seed >> 16) + 1) / 65_536.0)
    })
}

#[test]
fn every_commit_whose_hook_was_killed_is_recorded_once() {
    let env = with_hooks();
    let hooks =
        ["post-commit", "post-rewrite"].map(|hook| (hook, env.read(&format!("project/.git/hooks/{hook}"))));
    // How long a hook takes differs by machine and build; a commit with its hook is a little longer.
    let mut expected: Vec<String> = (0..3).map(|n| format!("nobody is killed {n}")).collect();
    let took = expected.iter().map(|message| {
        let begin = Instant::now();
        commit(&env, "project", message);
        begin.elapsed()
    });
    let within = took.min().expect("three were made");
    let mut killed = 0;
    for (n, moment) in moments(within).take(32 * times()).enumerate() {
        for (hook, original) in &hooks {
            env.write(&format!("project/.git/hooks/{hook}"), original);
            start_by(&env, hook, &format!("timeout -s KILL {moment:.6} "));
        }
        env.write("project/code.txt", format!("{n}\n"));
        let message = format!("commit {n}");
        let is_amend = n % 4 == 3;
        let how: &[&str] = if is_amend { &["--amend"] } else { &[] };
        // What the shell says of the killed program goes to stderr.
        let out = output(git(&env, "project", &["commit", "-q", "-a", "-m", &message]).args(how));
        assert!(out.status.success(), "{}", env.text(&out));
        killed += usize::from(env.text(&out).contains("Killed"));
        if !is_amend {
            expected.push(message);
        }
    }
    assert!(killed > 0, "a hook in the middle of its work must have been killed");
    println!("{killed} of {} commits had a hook that was killed", 32 * times());
    assert_eq!(summaries(&env), expected);
    env.fsck();
    let checked = env.run(&["check", "--objects"]);
    assert!(checked.ends_with("[exit 0]"), "{checked}");
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
    const TREES: usize = 8;
    let commits = 6 * times();
    let env = with_hooks();
    for n in 0..TREES {
        ok(&env, &["worktree", "add", "-q", "-b", &format!("side{n}"), &env.arg(&format!("side{n}"))]);
    }
    std::thread::scope(|scope| {
        for n in 0..TREES {
            let folder = env.path(&format!("side{n}"));
            let mut commands: Vec<_> = (0..commits)
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
    assert_eq!(counts, [commits as u64; TREES], "{sessions}");
    env.fsck();
}
