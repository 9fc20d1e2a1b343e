//! Installing beside what is there, and taking it away again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::{commit, files, git, ok, summaries, with_hooks};
use crate::env::{TestEnv, output};

fn hook(env: &TestEnv, path: &str, content: &str, mode: u32) {
    env.write(path, content);
    fs::set_permissions(env.path(path), fs::Permissions::from_mode(mode)).expect("set");
}

#[test]
fn each_hook_is_told_of_and_installing_twice_changes_nothing() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["hooks", "install", "--dry-run"]), @"
    prepare-commit-msg  left out  $TMP/project/.git/hooks/prepare-commit-msg
    post-commit         added     $TMP/project/.git/hooks/post-commit
    post-rewrite        added     $TMP/project/.git/hooks/post-rewrite
    post-merge          added     $TMP/project/.git/hooks/post-merge
    pre-push            added     $TMP/project/.git/hooks/pre-push
    [exit 0]
    ");
    assert!(!env.path("project/.git/hooks/post-commit").exists(), "nothing was done");
    env.ok(&["hooks", "install"]);
    let before = files(&env.path("project/.git/hooks"));
    assert!(env.ok(&["hooks", "install"]).lines().skip(1).all(|line| line.contains("unchanged")));
    assert_eq!(files(&env.path("project/.git/hooks")), before);
}

#[test]
fn hooks_that_are_there_run_as_before_and_come_back_byte_for_byte() {
    let env = TestEnv::new();
    let hooks = "project/.git/hooks";
    let log = env.arg("log");
    hook(
        &env,
        &format!("{hooks}/post-commit"),
        &format!("#!/bin/sh -e\nset -u\necho sh >>'{log}'\nexit 0\n"),
        0o755,
    );
    hook(
        &env,
        &format!("{hooks}/pre-push"),
        &format!("#!/usr/bin/env bash\ncat >>'{log}'\nexec true\n"),
        0o555,
    );
    let python =
        format!("#!/usr/bin/env python3\nimport sys\nopen('{log}', 'a').write(sys.argv[0] + '\\n')\n");
    hook(&env, &format!("{hooks}/post-merge"), &python, 0o700);
    hook(&env, "scripts/rewrite", &format!("#!/bin/sh\ncat >>'{log}'\n"), 0o755);
    std::os::unix::fs::symlink("../../../scripts/rewrite", env.path(&format!("{hooks}/post-rewrite")))
        .expect("linked");
    hook(&env, &format!("{hooks}/prepare-commit-msg"), "#!/bin/sh\nexit 1\n", 0o644);
    ok(&env, &["config", "session.trailers", "true"]);
    let before = files(&env.path(hooks));
    let installed = env.ok(&["hooks", "install"]);
    let words: Vec<&str> = installed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(words, ["wrapped", "chained", "wrapped", "wrapped", "chained"]);

    commit(&env, "project", "one");
    ok(&env, &["checkout", "-q", "-b", "topic"]);
    commit(&env, "project", "two");
    ok(&env, &["commit", "-q", "--amend", "-m", "two, better"]);
    ok(&env, &["checkout", "-q", "main"]);
    ok(&env, &["merge", "-q", "topic"]);
    ok(&env, &["init", "-q", "--bare", &env.arg("remote")]);
    ok(&env, &["push", "-q", &env.arg("remote"), "main"]);
    let log = env.read("log");
    let lines: Vec<&str> = log.lines().collect();
    let (commits, rest): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| **line == "sh");
    assert_eq!(commits.len(), 3, "each commit and the amend ran the old hook: {log}");
    let [rewritten, merged, pushed] = rest.as_slice() else { panic!("three hooks more: {log}") };
    assert_eq!(rewritten.split(' ').count(), 2, "an old id and a new one: {log}");
    assert!(merged.ends_with("/post-merge"), "the name it had: {log}");
    assert!(pushed.starts_with("refs/heads/main "), "{log}");

    let removed = env.ok(&["hooks", "uninstall"]);
    let words: Vec<&str> = removed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(words, ["restored", "unchained", "restored", "restored", "unchained"]);
    assert_eq!(files(&env.path(hooks)), before, "byte for byte and mode for mode");
}

#[test]
fn a_folder_that_core_hooks_path_names_is_honoured() {
    let env = TestEnv::new();
    hook(&env, "project/.husky/_/post-commit", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"\n", 0o755);
    hook(&env, "project/.husky/_/h", "#!/usr/bin/env sh\nexit 0\n", 0o755);
    ok(&env, &["config", "core.hooksPath", ".husky/_"]);
    let before = files(&env.path("project/.husky"));
    let out = env.run(&["hooks", "install"]);
    assert!(out.contains("post-commit         chained"), "{out}");
    assert!(out.contains("warning:"), "the folder lies in the work tree: {out}");
    commit(&env, "project", "one");
    assert_eq!(summaries(&env), ["one"]);
    env.ok(&["hooks", "uninstall"]);
    assert_eq!(files(&env.path("project/.husky")), before);
}

#[test]
fn a_program_that_is_gone_is_silence() {
    let env = with_hooks();
    let path = "project/.git/hooks/post-commit";
    let script = env.read(path).replace(env!("CARGO_BIN_EXE_git-session"), "/gone/git-session");
    env.write(path, script);
    commit(&env, "project", "one");
    assert_eq!(
        env.ok(&["list", "--json"]).matches("\"title\"").count(),
        1,
        "the next command makes up for it"
    );
    assert_eq!(summaries(&env), ["one"]);
}

#[test]
fn after_uninstalling_commits_count_no_more() {
    let env = with_hooks();
    commit(&env, "project", "one");
    env.ok(&["hooks", "uninstall"]);
    commit(&env, "project", "two");
    assert_eq!(summaries(&env), ["one"]);
}

#[test]
fn hooks_need_a_project() {
    let env = TestEnv::new();
    let mut command = env.command(&["hooks", "install"]);
    let out = crate::env::output(command.current_dir(env.path("home")));
    assert_snapshot!(env.text(&out), @"
    [stderr]
    error: there is no git project here
    hint: change to a folder of a project
    [exit 1]
    ");
}

#[test]
fn a_folder_for_all_projects_is_used_where_there_is_one_and_never_made() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["hooks", "install", "--global"]), @"
    [stderr]
    error: there is no folder of hooks for all projects
    hint: run 'git session hooks install' in each project; what git runs there already stays
    hint: where you want such a folder, 'git config --global core.hooksPath DIR' takes it in the place of each project's own hooks
    [exit 1]
    ");
    assert!(!env.path("home/.gitconfig").exists());
    ok(&env, &["config", "--global", "core.hooksPath", "~/hooks"]);
    let before = files(&env.path("home"));
    let mut install = env.command(&["hooks", "install", "--global"]);
    let out = output(install.current_dir(env.path("home")));
    assert!(env.text(&out).contains("post-commit         added     $TMP/home/hooks/post-commit"));
    commit(&env, "project", "without a store");
    assert!(!env.store().exists(), "nobody wants this project recorded");
    env.ok(&["new", "Work"]);
    commit(&env, "project", "with one");
    assert_eq!(summaries(&env), ["with one"]);
    env.ok(&["hooks", "uninstall", "--global"]);
    assert_eq!(files(&env.path("home")), before);
}

#[test]
fn hooks_that_are_switched_off_are_not_switched_on() {
    let env = TestEnv::new();
    ok(&env, &["config", "core.hooksPath", "/dev/null"]);
    assert_snapshot!(env.run(&["hooks", "install"]), @"
    [stderr]
    error: /dev/null cannot be changed: core.hooksPath names it, and it is no folder: hooks are switched off here
    hint: nothing was changed
    [exit 1]
    ");
}

#[test]
fn the_status_tells_what_each_hook_did_when_git_ran_it() {
    let env = with_hooks();
    assert_snapshot!(env.run(&["hooks", "status"]), @"
    prepare-commit-msg  left out  $TMP/project/.git/hooks/prepare-commit-msg
    post-commit         works     $TMP/project/.git/hooks/post-commit
    post-rewrite        works     $TMP/project/.git/hooks/post-rewrite
    post-merge          works     $TMP/project/.git/hooks/post-merge
    pre-push            works     $TMP/project/.git/hooks/pre-push
    claude-code         missing   $TMP/project/.claude/settings.json
    [exit 0]
    ");
    ok(&env, &["config", "session.trailers", "true"]);
    env.ok(&["hooks", "install"]);
    assert!(env.ok(&["hooks", "status"]).contains("prepare-commit-msg  works"));
    ok(&env, &["config", "session.trailers", "false"]);
    env.ok(&["hooks", "install"]);
    // What others have in the same file is not run.
    let path = "project/.git/hooks/pre-push";
    let log = env.arg("log");
    let script = env.read(path);
    env.write(path, format!("{script}echo others >>'{log}'\n"));
    fs::set_permissions(env.path("project/.git/hooks/post-merge"), fs::Permissions::from_mode(0o644))
        .expect("set");
    fs::remove_file(env.path("project/.git/hooks/post-rewrite")).expect("removed");
    let out = env.run(&["hooks", "status"]);
    let words: Vec<&str> = out.lines().filter_map(|line| line.split_whitespace().nth(1)).take(5).collect();
    assert_eq!(words, ["left", "works", "missing", "silent", "works"]);
    assert!(!env.path("log").exists() && out.ends_with("[exit 1]"), "{out}");
    assert_eq!(env.json(&["list"]).as_array().map(Vec::len), Some(0), "nothing of it is in the project");
}

#[test]
fn the_hook_for_trailers_comes_and_goes_with_the_setting() {
    let env = with_hooks();
    let hook = env.path("project/.git/hooks/prepare-commit-msg");
    assert!(!hook.exists(), "nothing is started for what nobody asked for");
    ok(&env, &["config", "session.trailers", "true"]);
    env.write("project/code.txt", "first\n");
    let out = output(&mut git(&env, "project", &["commit", "-q", "-a", "-m", "one"]));
    assert_snapshot!(env.text(&out), @"
    [stderr]
    git-session: session.trailers is on; 'git session hooks install' lets it work
    [exit 0]
    ");
    assert_eq!(summaries(&env), ["one"], "it is recorded all the same");
    assert!(env.run(&["hooks", "status"]).contains("prepare-commit-msg  missing"));
    assert!(env.ok(&["hooks", "install"]).contains("prepare-commit-msg  added"));
    commit(&env, "project", "two");
    assert!(ok(&env, &["log", "-1", "--format=%B"]).contains("Run-Id: "));
    ok(&env, &["config", "session.trailers", "false"]);
    assert!(env.ok(&["hooks", "install"]).contains("prepare-commit-msg  removed"));
    assert!(!hook.exists());
}
