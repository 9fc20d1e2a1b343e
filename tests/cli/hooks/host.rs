//! The repository that we are guests of: it is what it is without us, and git says what it says.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::{commit, git, ok, ok_in, with_hooks};
use crate::env::{TestEnv, fed, output};

/// Every hook that git runs in these tests.
const HOOKS: [&str; 20] = [
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "push-to-checkout",
    "reference-transaction",
    "update",
];

/// A step of a script: where, what the file holds from then on, the words after `git`, and what is
/// typed.
type Step<'a> = (&'a str, &'a str, &'a [&'a str], &'a str);

/// What somebody does in a project, in its second work tree, and with two remotes.
const SCRIPT: [Step<'_>; 53] = [
    ("project", "1", &["commit", "-a", "-m", "all"], ""),
    ("project", "2", &["commit", "-p", "-m", "a hunk"], "y\n"),
    ("project", "3", &["commit", "-p", "-m", "no hunk"], "n\n"),
    ("project", "", &["commit", "-m", "nothing"], ""),
    ("project", "", &["commit", "-q", "-a", "--amend", "-m", "amended"], ""),
    ("project", "4", &["commit", "code.txt", "-m", "only this"], ""),
    ("project", "5", &["stash"], ""),
    ("project", "", &["stash", "list"], ""),
    ("project", "", &["stash", "pop"], ""),
    ("project", "", &["stash", "-u"], ""),
    ("project", "", &["branch", "early", "HEAD~1"], ""),
    ("project", "", &["format-patch", "-1", "-o", "../patches"], ""),
    ("project", "", &["checkout", "-b", "topic", "HEAD~1"], ""),
    ("project", "", &["am", "../patches/0001-only-this.patch"], ""),
    ("project", "", &["am", "../patches/0001-only-this.patch"], ""),
    ("project", "", &["am", "--abort"], ""),
    ("project", "", &["commit", "--allow-empty", "-m", "on topic"], ""),
    ("project", "", &["init", "-q", "--bare", "-b", "main", "../hub.git"], ""),
    ("project", "", &["remote", "add", "hub", "../hub.git"], ""),
    ("project", "", &["push", "-u", "hub", "main", "topic"], ""),
    ("project", "", &["push", "hub", "main"], ""),
    ("project", "", &["push", "--force", "hub", "main~1:main"], ""),
    ("project", "", &["push", "hub", "topic:early"], ""),
    ("project", "", &["push", "hub", "early:topic"], ""),
    ("project", "", &["push", "hub", ":topic"], ""),
    ("project", "", &["worktree", "add", "-q", "-b", "side", "../side", "main"], ""),
    ("side", "6", &["commit", "-a", "-m", "in the side"], ""),
    ("side", "7", &["commit", "-p", "-m", "a hunk of the side"], "y\n"),
    ("side", "", &["commit", "--allow-empty", "-m", "in the side too"], ""),
    ("side", "", &["push", "hub", "side"], ""),
    ("side", "", &["rebase", "-f", "HEAD~2"], ""),
    ("side", "", &["push", "hub", "side"], ""),
    ("side", "", &["push", "--force-with-lease", "hub", "side"], ""),
    ("project", "", &["checkout", "-q", "--detach", "main"], ""),
    ("project", "", &["cherry-pick", "side~2..side~1"], ""),
    ("project", "", &["cherry-pick", "--abort"], ""),
    ("project", "", &["cherry-pick", "--allow-empty", "side~1..side"], ""),
    ("project", "", &["checkout", "main"], ""),
    ("project", "", &["merge", "--no-ff", "-m", "joined", "topic"], ""),
    ("project", "8", &["commit", "-a", "-m", "in the way"], ""),
    ("project", "", &["merge", "side"], ""),
    ("project", "9", &["commit", "-a", "-m", "joined too"], ""),
    ("project", "", &["rebase", "--force-rebase", "early"], ""),
    ("project", "", &["rebase", "--abort"], ""),
    ("project", "", &["revert", "--no-edit", "HEAD^2~1..HEAD^2"], ""),
    ("project", "", &["clone", "-q", "../hub.git", "../other"], ""),
    ("other", "", &["config", "receive.denyCurrentBranch", "updateInstead"], ""),
    ("project", "", &["push", "../other", "main:main"], ""),
    ("project", "", &["checkout", "-q", "-b", "late", "early"], ""),
    ("project", "10", &["commit", "-a", "-m", "late"], ""),
    ("project", "", &["pull", "--rebase", "-s", "ours", "hub", "side"], ""),
    ("project", "", &["status"], ""),
    ("project", "", &["log", "--format=%H %s", "--all"], ""),
];

/// Plays a step in a place; returns what git said, and its exit code.
fn play(env: &TestEnv, number: usize, (folder, text, args, typed): Step<'_>) -> String {
    if !text.is_empty() {
        env.write(&format!("{folder}/code.txt"), format!("{text}\n"));
    }
    let mut command = git(env, folder, args);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ann").env(format!("GIT_{who}_EMAIL"), "ann@example.com");
        command.env(format!("GIT_{who}_DATE"), format!("2026-11-22T09:00:{number:02}Z"));
    }
    env.text(&fed(&mut command, typed.as_bytes()))
}

/// Plays the script in two places at once; after each step git must have said the same in both, and
/// all files must be the same.
fn assert_the_same(with: &TestEnv, without: &TestEnv, prepare: &dyn Fn(&TestEnv)) {
    for (number, step) in SCRIPT.into_iter().enumerate() {
        let [ours, theirs] = [with, without].map(|env| play(env, number, step));
        assert_eq!(ours, theirs, "git {:?}", step.2);
        [with, without].into_iter().for_each(prepare);
        assert!(state(with) == state(without), "after git {:?}: {}", step.2, differing(with, without));
    }
}

fn differing(with: &TestEnv, without: &TestEnv) -> String {
    let (ours, theirs) = (state(with), state(without));
    let only = |found: &State, other: &State| -> Vec<String> {
        let new = found.iter().filter(|file| !other.contains(file));
        new.map(|(path, text)| format!("{}: {}", path.display(), String::from_utf8_lossy(text))).collect()
    };
    format!("with us {:#?}, without {:#?}", only(&ours, &theirs), only(&theirs, &ours))
}

type State = Vec<(PathBuf, Vec<u8>)>;

/// What the repositories of a place are: their objects, refs, logs, settings and files.
fn state(env: &TestEnv) -> State {
    let mut found = Vec::new();
    for folder in ["project", "side", "hub.git", "other", "patches"] {
        for (path, content, _) in super::files(&env.path(folder)) {
            let path = path.strip_prefix(env.base()).expect("below").to_owned();
            if is_of_the_host(&path) {
                found.push((path, in_any_place(env, content)));
            }
        }
    }
    found
}

fn is_of_the_host(path: &Path) -> bool {
    let is = |name: &str| path.components().any(|part| part.as_os_str() == name);
    // The index holds the times of files.
    !is("sessions.git") && !is("hooks") && !path.ends_with("index")
}

fn in_any_place(env: &TestEnv, content: Vec<u8>) -> Vec<u8> {
    let base = env.base().to_str().expect("UTF-8");
    match String::from_utf8(content) {
        Ok(text) => text.replace(base, "$TMP").into_bytes(),
        Err(binary) => binary.into_bytes(),
    }
}

#[test]
fn git_does_and_says_the_same_as_without_us() {
    let (with, without) = (with_hooks(), TestEnv::new());
    with.project_git(&["config", "session.trailers", "false"]);
    for (key, value) in [("session.hookDeadline", "60000"), ("session.trailers", "false")] {
        without.project_git(&["config", key, value]);
    }
    assert_the_same(&with, &without, &|_| ());
    let runs = with.json(&["list"]);
    assert!(runs.as_array().is_some_and(|sessions| sessions.len() >= 3), "it was recorded: {runs}");
    with.fsck();
}

/// Puts a script into each hook of a repository, unless ours is in it.
fn put_hooks(env: &TestEnv, repository: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    for name in HOOKS {
        let hook = format!("{repository}/hooks/{name}");
        if env.path(repository).exists() && !env.path(&hook).exists() {
            env.write(&hook, format!("#!/bin/sh\n{}\n", script.replace("HOOK", name)));
            let executable = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(env.path(&hook), executable).expect("set");
        }
    }
}

/// What each hook does: it tells that it was run, and records with PROGRAM where there is one.
const SCRIPT_OF_HOOKS: &str = r#"
echo HOOK >>'TOLD'
# Git leaves it to this one to do what was pushed.
[ HOOK != push-to-checkout ] || git read-tree -u -m HEAD "$1"
[ -x 'PROGRAM' ] || exit 0
case HOOK$1 in
reference-transactionprepared | reference-transactionaborted) ;;
# There are hundreds of these.
reference-transaction* | post-index-change*) 'PROGRAM' know a.b HOOK ;;
*) 'PROGRAM' new HOOK && 'PROGRAM' record -m HOOK && 'PROGRAM' hook post-commit ;;
esac </dev/null >/dev/null 2>&1
exit 0"#;

/// Returns the hooks that were run, but for one that git runs whenever it looks at the times of files.
fn told(env: &TestEnv) -> Vec<String> {
    env.read("told").lines().filter(|hook| *hook != "post-index-change").map(str::to_owned).collect()
}

#[test]
fn what_is_recorded_inside_of_any_hook_of_git_touches_nothing_of_the_host() {
    let (with, without) = (TestEnv::new(), TestEnv::new());
    let ours = with.base().to_owned();
    let prepare = |env: &TestEnv| {
        let program = if env.base() == ours { crate::env::BINARY } else { "" };
        let script = SCRIPT_OF_HOOKS.replace("TOLD", &env.arg("told")).replace("PROGRAM", program);
        for repository in ["project/.git", "hub.git", "other/.git"] {
            put_hooks(env, repository, &script);
        }
    };
    [&with, &without].into_iter().for_each(&prepare);
    assert_the_same(&with, &without, &prepare);
    assert_eq!(told(&with), told(&without), "each hook ran as often, and none for what we did");
    for hook in HOOKS {
        assert!(with.read("told").lines().any(|line| line == hook), "{hook} must have been run");
    }
    let recorded = with.json(&["list"]);
    assert!(recorded.as_array().is_some_and(|sessions| sessions.len() >= 10), "{recorded}");
    with.fsck();
}

#[test]
fn hostile_variables_reach_neither_the_project_nor_another_repository() {
    let env = with_hooks();
    ok(&env, &["init", "-q", "--bare", &env.arg("victim.git")]);
    let before = super::files(&env.path("victim.git"));
    let victim = env.arg("victim.git");
    for (name, value) in [
        ("GIT_OBJECT_DIRECTORY", format!("{victim}/objects").into()),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", format!("{victim}/objects").into()),
        ("GIT_INDEX_FILE", format!("{victim}/index").into()),
        ("GIT_QUARANTINE_PATH", OsString::from(&victim)),
        ("GIT_COMMON_DIR", OsString::from(&victim)),
        ("GIT_NAMESPACE", "other".into()),
        ("GIT_CONFIG_COUNT", "999".into()),
        ("GIT_CONFIG_PARAMETERS", "'core.hooksPath=/".into()),
        ("GIT_CONFIG_PARAMETERS", OsString::from_vec(b"'\xff=".to_vec())),
        ("GIT_CEILING_DIRECTORIES", "/".into()),
    ] {
        commit(&env, "project", &format!("beside {name}"));
        env.write("project/code.txt", name);
        ok_in(&env, "project", &["commit", "-q", "-a", "-m", name]);
        let state_before = state(&env);
        let mut hook = env.program(crate::env::BINARY);
        let out = output(hook.args(["hook", "post-commit"]).env(name, &value));
        assert!(out.status.success() && out.stdout.is_empty(), "{name}: {}", env.text(&out));
        assert!(state(&env) == state_before, "{name}");
        assert_eq!(super::files(&env.path("victim.git")), before, "{name}");
    }
    env.fsck();
}
