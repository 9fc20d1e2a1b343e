//! What becomes of commits.

use std::fs;

use serde_json::Value;

use super::{commit, git, ok, ok_in, runs, summaries, with_hooks};
use crate::env::{TestEnv, output};

fn link_lines(env: &TestEnv) -> usize {
    let files = super::files(&env.store().join("git-session/links"));
    files
        .iter()
        .map(|(_, text, _)| String::from_utf8_lossy(text).lines().filter(|l| !l.is_empty()).count())
        .sum()
}

#[test]
fn a_commit_without_an_open_run_is_a_run_of_its_own() {
    let env = with_hooks();
    commit(&env, "project", "Fix the login");
    let runs = runs(&env);
    let [run] = runs.as_slice() else { panic!("one run: {runs:?}") };
    assert_eq!(run["summary"], "Fix the login");
    assert_eq!(run["trigger"], "post-commit");
    assert_eq!(run["status"], "succeeded");
    let code = &run["code"];
    assert_eq!(
        (&code["branch"], &code["files_changed"], &code["insertions"]),
        (&"main".into(), &1.into(), &1.into())
    );
    assert_eq!(code["links"][0]["commit"], ok(&env, &["rev-parse", "HEAD"]).trim());
    assert_eq!(code["links"][0]["tree"], ok(&env, &["rev-parse", "HEAD^{tree}"]).trim());
    assert_eq!(env.json(&["status"])["title"], "main", "it is titled after the branch");
    env.fsck();
}

#[test]
fn a_session_belongs_to_a_branch_and_is_made_once() {
    let env = with_hooks();
    commit(&env, "project", "one");
    ok(&env, &["checkout", "-q", "-b", "topic"]);
    commit(&env, "project", "two");
    assert_eq!(summaries(&env), ["two"]);
    ok(&env, &["checkout", "-q", "main"]);
    commit(&env, "project", "three");
    assert_eq!(summaries(&env), ["one", "three"]);
    ok(&env, &["config", "session.autoSession", "off"]);
    ok(&env, &["checkout", "-q", "-b", "other"]);
    commit(&env, "project", "four");
    assert_eq!(env.json(&["list"]).as_array().expect("a list").len(), 2);
}

#[test]
fn no_session_is_made_where_no_branch_is_checked_out() {
    let env = with_hooks();
    ok(&env, &["checkout", "-q", "--detach"]);
    commit(&env, "project", "one");
    assert_eq!(env.json(&["list"]).as_array().expect("a list").len(), 0);
    ok(&env, &["checkout", "-q", "main"]);
    commit(&env, "project", "two");
    assert_eq!(summaries(&env), ["two"]);
}

#[test]
fn a_commit_in_an_open_run_is_linked_to_it() {
    let env = with_hooks();
    env.ok(&["new", "Work"]);
    let script =
        "echo x >>code.txt && git commit -q -a -m inside && echo y >>code.txt && git commit -q -a -m again";
    env.ok(&["run", "-m", "do it", "--", "sh", "-c", script]);
    let found = runs(&env);
    let [run] = found.as_slice() else { panic!("one run: {found:?}") };
    let links = run["code"]["links"].as_array().expect("links");
    let subjects: Vec<&str> = links.iter().filter_map(|link| link["subject"].as_str()).collect();
    assert_eq!((run["summary"].as_str(), subjects), (Some("do it"), vec!["inside", "again"]));
    env.fsck();
}

#[test]
fn an_amended_commit_stays_with_its_run() {
    let env = with_hooks();
    commit(&env, "project", "one");
    ok(&env, &["commit", "-q", "--amend", "-m", "one, better"]);
    assert_eq!(summaries(&env), ["one"], "no run more");
    assert_eq!(link_lines(&env), 2);
}

#[test]
fn a_rebase_and_a_squash_make_no_runs() {
    let env = with_hooks();
    ok(&env, &["checkout", "-q", "-b", "topic"]);
    for n in 0..3 {
        env.write(&format!("project/topic{n}.txt"), "x\n");
        ok(&env, &["add", "."]);
        ok(&env, &["commit", "-q", "-m", &format!("topic {n}")]);
    }
    ok(&env, &["checkout", "-q", "main"]);
    commit(&env, "project", "main moves");
    ok(&env, &["checkout", "-q", "topic"]);
    ok(&env, &["rebase", "-q", "main"]);
    assert_eq!(summaries(&env), ["topic 0", "topic 1", "topic 2"]);
    assert_eq!(link_lines(&env), 4 + 3, "each rebased commit has a link");
    let mut squash = git(&env, "project", &["rebase", "-q", "-i", "main"]);
    squash.env("GIT_SEQUENCE_EDITOR", "sed -i '2,$s/^pick/squash/'").env("GIT_EDITOR", "true");
    assert!(output(&mut squash).status.success());
    assert_eq!(summaries(&env).len(), 3);
    let squashed = ok(&env, &["rev-parse", "HEAD"]);
    let links =
        fs::read_to_string(env.store().join("git-session/links").join(&squashed[..2])).expect("links");
    assert_eq!(links.matches(&format!("\n{}", squashed.trim())).count(), 3, "it belongs to all three runs");
}

/// Makes a branch with some commits beside a main branch that moved on, and checks it out.
fn topic(env: &TestEnv, commits: usize) {
    ok(env, &["checkout", "-q", "-b", "topic"]);
    for n in 0..commits {
        env.write(&format!("project/topic{n}.txt"), "x\n");
        ok(env, &["add", "."]);
        ok(env, &["commit", "-q", "-m", &format!("topic {n}")]);
    }
    ok(env, &["checkout", "-q", "main"]);
    commit(env, "project", "main moves");
    ok(env, &["checkout", "-q", "topic"]);
}

/// Returns the summaries of the runs that a commit leads to.
fn runs_of(env: &TestEnv, commit: &str) -> Vec<String> {
    let found = env.json(&["log", "--code", commit]);
    let text = |run: &Value| run["summary"].as_str().unwrap_or_default().to_owned();
    found.as_array().expect("a list").iter().map(text).collect()
}

/// Rebases what is checked out onto main, with a change of the list of what is to be done.
fn rebase(env: &TestEnv, change: &str) {
    let mut command = git(env, "project", &["rebase", "-q", "-i", "main"]);
    command.env("GIT_SEQUENCE_EDITOR", format!("sed -i '{change}'")).env("GIT_EDITOR", "sed -i 1s/^t/T/");
    let out = output(&mut command);
    assert!(out.status.success() && !env.text(&out).contains("git-session"), "{}", env.text(&out));
}

#[test]
fn what_is_made_or_changed_on_the_way_of_a_rebase_has_its_run() {
    let env = with_hooks();
    topic(&env, 3);
    rebase(&env, "1s/^pick/reword/; 2a exec echo y >new.txt && git add . && git commit -q -m made");
    assert_eq!(summaries(&env), ["topic 0", "topic 1", "topic 2", "made"]);
    let subjects = ok(&env, &["log", "--format=%s", "main..HEAD"]);
    assert_eq!(subjects, "topic 2\nmade\ntopic 1\nTopic 0\n");
    for (n, run) in ["topic 2", "made", "topic 1", "topic 0"].iter().enumerate() {
        assert_eq!(runs_of(&env, &format!("HEAD~{n}")), [*run]);
    }
    ok(&env, &["commit", "-q", "--allow-empty", "-m", "one more"]);
    rebase(&env, "1a exec git commit -q --amend -m amended");
    let mut edit = git(&env, "project", &["rebase", "-q", "-i", "HEAD~2"]);
    assert!(output(edit.env("GIT_SEQUENCE_EDITOR", "sed -i 1s/^pick/edit/")).status.success());
    env.write("project/new.txt", "z\n");
    ok(&env, &["commit", "-q", "-a", "-m", "where it stopped"]);
    let so_far = env.json(&["runs", "-s", "topic"]);
    assert_eq!(so_far.as_array().map(Vec::len), Some(5), "a rebase that goes on says nothing yet");
    ok(&env, &["rebase", "--continue"]);
    assert_eq!(summaries(&env), ["topic 0", "topic 1", "topic 2", "made", "one more"]);
    // Git says that what was edited became what was committed where it stopped.
    let expected = ["one more", "topic 2", "topic 2", "made", "topic 1", "topic 0"];
    for (n, run) in expected.iter().enumerate() {
        assert_eq!(runs_of(&env, &format!("HEAD~{n}")), [*run]);
    }
    env.fsck();
}

#[test]
fn a_long_rebase_is_looked_at_by_another_process() {
    let env = with_hooks();
    topic(&env, 20);
    ok(&env, &["rebase", "-q", "main"]);
    for n in 0..20 {
        assert_eq!(runs_of(&env, &format!("HEAD~{n}")), [format!("topic {}", 19 - n)]);
    }
    assert_eq!(summaries(&env).len(), 20, "and made no run");
    ok(&env, &["rebase", "-q", "--apply", "--force-rebase", "main~1"]);
    assert_eq!((summaries(&env).len(), runs_of(&env, "HEAD~3")), (20, vec!["topic 16".to_owned()]));
}

#[test]
fn commits_that_are_picked_one_after_the_other_are_told_by_the_last() {
    let env = with_hooks();
    topic(&env, 3);
    ok(&env, &["checkout", "-q", "main"]);
    env.write("project/topic1.txt", "in the way\n");
    ok(&env, &["add", "."]);
    ok(&env, &["commit", "-q", "-m", "in the way"]);
    let mut picks = git(&env, "project", &["cherry-pick", "main..topic"]);
    assert!(!output(&mut picks).status.success(), "the second is in conflict");
    env.write("project/topic1.txt", "x\n");
    ok(&env, &["commit", "-q", "-a", "-m", "topic 1, solved"]);
    ok(&env, &["cherry-pick", "--continue"]);
    let picked = ["topic 0", "topic 1, solved", "topic 2"];
    assert_eq!(summaries(&env), [&["main moves", "in the way"][..], &picked].concat());
    ok(&env, &["revert", "--no-edit", "HEAD~2.."]);
    assert_eq!(summaries(&env).len(), 7);
    env.fsck();
}

#[test]
fn a_picked_commit_and_a_merge_are_runs() {
    let env = with_hooks();
    ok(&env, &["checkout", "-q", "-b", "topic"]);
    env.write("project/topic.txt", "x\n");
    ok(&env, &["add", "."]);
    ok(&env, &["commit", "-q", "-m", "topic"]);
    ok(&env, &["checkout", "-q", "main"]);
    commit(&env, "project", "main moves");
    ok(&env, &["cherry-pick", "topic"]);
    ok(&env, &["revert", "--no-edit", "HEAD"]);
    ok(&env, &["merge", "-q", "-m", "Join topic", "topic"]);
    assert_eq!(summaries(&env), ["main moves", "topic", "Revert \"topic\"", "Join topic"]);
}

#[test]
fn what_a_merge_brings_in_is_noted_in_the_open_run() {
    let env = with_hooks();
    ok(&env, &["checkout", "-q", "-b", "topic"]);
    commit(&env, "project", "topic");
    let topic = ok(&env, &["rev-parse", "HEAD"]);
    ok(&env, &["checkout", "-q", "main"]);
    env.ok(&["new", "Work"]);
    env.ok(&["run", "--", "git", "merge", "-q", "topic"]);
    assert_eq!(runs(&env)[0]["code"]["merged"][0], topic.trim());
}

#[test]
fn a_hook_that_never_ran_is_made_up_for() {
    let env = with_hooks();
    let hooks = env.arg("project/.git/hooks");
    for n in 0..3 {
        commit(&env, "project", &format!("seen {n}"));
        ok(&env, &["checkout", "-q", "-B", "aside"]);
        fs::rename(&hooks, env.path("hooks")).expect("moved");
        commit(&env, "project", &format!("unseen {n}"));
        fs::rename(env.path("hooks"), &hooks).expect("moved back");
        ok(&env, &["checkout", "-q", "main"]);
    }
    commit(&env, "project", "last");
    assert_eq!(summaries(&env), ["seen 0", "seen 1", "seen 2", "last"]);
    ok(&env, &["checkout", "-q", "aside"]);
    assert_eq!(summaries(&env), ["unseen 0", "unseen 1", "unseen 2"], "on the branch on which it was made");
}

#[test]
fn without_git_s_own_log_each_commit_still_counts() {
    let env = with_hooks();
    ok(&env, &["config", "core.logAllRefUpdates", "false"]);
    fs::remove_file(env.path("project/.git/logs/HEAD")).expect("removed");
    for message in ["one", "two"] {
        commit(&env, "project", message);
    }
    assert_eq!(summaries(&env), ["one", "two"]);
}

#[test]
fn work_trees_have_a_log_each_and_share_the_store() {
    let env = with_hooks();
    ok(&env, &["worktree", "add", "-q", "-b", "side", &env.arg("side")]);
    commit(&env, "side", "in the side");
    commit(&env, "project", "in the first");
    assert_eq!(summaries(&env), ["in the first"]);
    let mut there = env.command(&["runs", "--json"]);
    let out = output(there.current_dir(env.path("side")));
    assert!(String::from_utf8_lossy(&out.stdout).contains("in the side"));
    ok_in(&env, "side", &["status", "--short"]);
}

#[test]
fn a_submodule_has_sessions_of_its_own() {
    let env = TestEnv::new();
    ok(&env, &["init", "-q", "-b", "main", &env.arg("library")]);
    env.write("library/code.txt", "x\n");
    for (key, value) in [("user.name", "Ann"), ("user.email", "ann@example.com")] {
        ok(&env, &["config", "--global", key, value]);
    }
    ok_in(&env, "library", &["add", "."]);
    ok_in(&env, "library", &["commit", "-q", "-m", "Begin"]);
    ok(&env, &["-c", "protocol.file.allow=always", "submodule", "-q", "add", &env.arg("library"), "library"]);
    let mut install = env.command(&["hooks", "install"]);
    assert!(output(install.current_dir(env.path("project/library"))).status.success());
    commit(&env, "project/library", "in the submodule");
    let mut there = env.command(&["runs", "--json"]);
    let out = output(there.current_dir(env.path("project/library")));
    assert!(String::from_utf8_lossy(&out.stdout).contains("in the submodule"));
    assert!(env.path("project/.git/modules/library/sessions.git").exists());
    assert!(!env.store().exists(), "the project around it has none");
}
