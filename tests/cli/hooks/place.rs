//! Where a hook works, whatever the surroundings say.

use super::{commit, git, ok, ok_in, summaries, with_hooks};
use crate::env::{TestEnv, output};

fn second_project(env: &TestEnv) {
    ok(env, &["init", "-q", "-b", "main", &env.arg("second")]);
    for (key, value) in [("user.name", "Ann"), ("user.email", "ann@example.com")] {
        ok_in(env, "second", &["config", key, value]);
    }
    env.write("second/code.txt", "x\n");
    ok_in(env, "second", &["add", "."]);
    ok_in(env, "second", &["commit", "-q", "-m", "Begin"]);
}

#[test]
fn variables_of_a_run_in_another_repository_are_ignored() {
    let env = with_hooks();
    second_project(&env);
    let mut install = env.command(&["hooks", "install"]);
    assert!(output(install.current_dir(env.path("second"))).status.success());
    env.ok(&["new", "Work"]);
    let script = "cd ../second && echo y >>code.txt && git commit -q -a -m elsewhere";
    env.ok(&["run", "-m", "do it", "--", "sh", "-c", script]);
    assert_eq!(summaries(&env), ["do it"]);
    let mut there = env.command(&["runs", "--json"]);
    let out = output(there.current_dir(env.path("second")));
    assert!(String::from_utf8_lossy(&out.stdout).contains("elsewhere"), "{}", env.text(&out));
}

#[test]
fn a_work_tree_far_from_its_repository_is_found() {
    let env = with_hooks();
    std::fs::create_dir(env.path("far")).expect("made");
    let mut far =
        git(&env, "far", &["--git-dir", &env.arg("project/.git"), "--work-tree", ".", "commit", "-q"]);
    let out = output(far.args(["--allow-empty", "-m", "from afar"]));
    assert_eq!(env.text(&out), "[exit 0]");
    assert_eq!(summaries(&env), ["from afar"]);
}

#[test]
fn without_a_store_nothing_happens() {
    let env = with_hooks();
    std::fs::remove_dir_all(env.store()).expect("removed");
    commit(&env, "project", "one");
    assert!(!env.store().exists());
}

#[test]
fn a_store_that_cannot_be_used_costs_one_line() {
    for (file, content, said) in [
        (
            "config",
            "[session]\n\tstoreFormat = 99\n[core]\n\tbare = true\n\trepositoryformatversion = 0\n",
            "newer version",
        ),
        ("config", "garbage [[[", "git-session: "),
    ] {
        let env = with_hooks();
        std::fs::write(env.store().join(file), content).expect("written");
        env.write("project/code.txt", "two\n");
        let out = output(&mut git(&env, "project", &["commit", "-q", "-a", "-m", "two"]));
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success() && out.stdout.is_empty());
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_hook_that_is_called_by_hand_never_fails() {
    let env = with_hooks();
    for words in
        [&["hook"][..], &["hook", "nonsense"], &["hook", "prepare-commit-msg"], &["hook", "post-rewrite"]]
    {
        let out = output(&mut env.command(words));
        assert!(out.status.success() && out.stdout.is_empty(), "{words:?}: {}", env.text(&out));
        assert!(String::from_utf8_lossy(&out.stderr).lines().count() <= 1, "{words:?}");
    }
}
