//! Projects of all kinds, with the tools that people have for hooks: each is used for a while with our
//! hooks, and its twin without them. Git must say and make the same, each commit must have its run, and
//! in the end every file must be as it was.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use super::{files, git, ok, ok_in, times};
use crate::env::{TestEnv, output};

/// A kind of project: how it is made in a place, and the folder that is worked in.
struct Kind {
    make: fn(&TestEnv),
    folder: &'static str,
}

/// Works in two projects of a kind, one of them with our hooks.
fn work_in(kind: &Kind) {
    let (with, without) = (place(), place());
    (kind.make)(&with);
    (kind.make)(&without);
    let before = host_files(&with);
    let mut install = with.command(&["hooks", "install"]);
    let installed = with.text(&output(install.current_dir(with.path(kind.folder))));
    assert!(installed.ends_with("[exit 0]"), "{installed}");
    let mut work = Work { with: &with, without: &without, folder: kind.folder, number: 0 };
    let base = with.text(&output(&mut git(&with, kind.folder, &["rev-parse", "HEAD"])));
    let made = work.commit_and_rewrite();
    each_commit_has_its_run(&with, kind.folder, base.lines().next().unwrap_or_default(), made);
    let log = |env: &TestEnv| env.path("log").exists().then(|| env.read("log"));
    assert_eq!(log(&with), log(&without), "the hooks of others ran as often");
    let mut uninstall = with.command(&["hooks", "uninstall"]);
    assert!(output(uninstall.current_dir(with.path(kind.folder))).status.success());
    assert_eq!(host_files(&with), before, "every file is as it was");
}

/// Makes a place in which a submodule can be cloned, and whose commits have a name.
fn place() -> TestEnv {
    let env = TestEnv::new();
    for (key, value) in [
        ("user.name", "Ann"),
        ("user.email", "ann@example.com"),
        ("protocol.file.allow", "always"),
        // What a busy machine leaves for later is tested where that is meant.
        ("session.hookDeadline", "60000"),
    ] {
        ok(&env, &["config", "--global", key, value]);
    }
    env
}

/// Returns the files in which hooks may be, wherever they lie.
fn host_files(env: &TestEnv) -> Vec<(PathBuf, Vec<u8>, u32)> {
    let of_hooks = |path: &PathBuf| {
        let path = path.strip_prefix(env.base()).expect("below").to_string_lossy().into_owned();
        let is_hook = ["/hooks/", ".husky/"].iter().any(|part| path.contains(part));
        is_hook || path.ends_with(".git/config") || path.ends_with(".gitconfig")
    };
    let mut found = files(env.base());
    found.retain(|(path, ..)| of_hooks(path) && !path.to_string_lossy().contains("sessions.git"));
    found
}

/// Two projects that are used in the same way.
struct Work<'a> {
    with: &'a TestEnv,
    without: &'a TestEnv,
    folder: &'a str,
    number: usize,
}

impl Work<'_> {
    /// Commits, amends, rebases, squashes, picks and merges; returns how many runs that makes.
    fn commit_and_rewrite(&mut self) -> usize {
        let commits = 6 * times();
        for n in 0..commits {
            self.commit(&format!("commit {n}"));
        }
        self.git(&["commit", "-q", "--amend", "-m", "amended"]);
        self.git(&["checkout", "-q", "-b", "topic", "HEAD~1"]);
        for n in 0..3 {
            self.write(&format!("topic{n}.txt"), "x\n");
            self.git(&["add", &format!("topic{n}.txt")]);
            self.git(&["commit", "-q", "-m", &format!("topic {n}")]);
        }
        self.git(&["rebase", "-q", "-"]);
        self.git(&["-c", "sequence.editor=sed -i 2s/^pick/squash/", "rebase", "-q", "-i", "HEAD~3"]);
        self.git(&["checkout", "-q", "-b", "picked", "HEAD~2"]);
        self.git(&["cherry-pick", "topic~1", "topic"]);
        self.git(&["checkout", "-q", "-b", "merged", "HEAD~3"]);
        self.commit("beside");
        self.git(&["merge", "-q", "--no-ff", "-X", "ours", "-m", "merged", "topic"]);
        let [ours, theirs] = [self.with, self.without]
            .map(|env| ok_in(env, self.folder, &["log", "--all", "--format=%H %an %ad %cd %B"]));
        assert_eq!(ours, theirs, "no commit is another one");
        // Those of the topic became two; two were picked; one was made beside and one by the merge.
        commits + 3 + 2 + 2
    }

    fn commit(&mut self, message: &str) {
        self.write("code.txt", &format!("{message}\n"));
        self.git(&["add", "code.txt"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    fn write(&self, name: &str, text: &str) {
        for env in [self.with, self.without] {
            env.write(&format!("{}/{name}", self.folder), text);
        }
    }

    /// Runs git in both, which must succeed and say the same.
    fn git(&mut self, args: &[&str]) {
        self.number += 1;
        let [ours, theirs] = [self.with, self.without].map(|env| {
            let mut command = git(env, self.folder, args);
            for who in ["AUTHOR", "COMMITTER"] {
                command.env(format!("GIT_{who}_DATE"), format!("{} +0000", 1_795_000_000 + self.number));
            }
            env.text(&output(command.env("GIT_EDITOR", "true")))
        });
        assert!(ours.ends_with("[exit 0]"), "git {args:?}: {ours}");
        assert_eq!(ours, theirs, "git {args:?}");
    }
}

fn each_commit_has_its_run(env: &TestEnv, folder: &str, base: &str, made: usize) {
    let run = |args: &[&str]| -> Value {
        let out = output(env.command(args).current_dir(env.path(folder)));
        assert!(out.status.success(), "{args:?}: {}", env.text(&out));
        serde_json::from_slice(&out.stdout).expect("JSON")
    };
    let mut with_run = BTreeSet::new();
    for branch in ok_in(env, folder, &["for-each-ref", "--format=%(refname)", "refs/heads"]).lines() {
        let found = run(&["log", "--code", &format!("{base}..{branch}"), "--json"]);
        let commits = found.as_array().expect("a list").iter();
        let linked = commits.filter(|found| found["run"].is_string());
        with_run.extend(linked.filter_map(|found| found["commit"].as_str().map(str::to_owned)));
    }
    let all = ok_in(env, folder, &["rev-list", "--branches", &format!("^{base}")]);
    let without: Vec<&str> = all.lines().filter(|commit| !with_run.contains(*commit)).collect();
    assert!(without.is_empty(), "each commit must have its run: {without:?} of {} have none", with_run.len());
    let sessions = run(&["list", "--json"]);
    let runs: u64 = sessions.as_array().expect("a list").iter().filter_map(|s| s["runs"].as_u64()).sum();
    assert_eq!(runs, made as u64, "and none has two: {sessions}");
}

fn script(env: &TestEnv, path: &str, text: &str) {
    env.write(path, text);
    fs::set_permissions(env.path(path), fs::Permissions::from_mode(0o755)).expect("set");
}

/// Puts a line into the place's log.
fn tell(env: &TestEnv, what: &str) -> String {
    format!("#!/bin/sh\necho {what} >>'{}'\n", env.arg("log"))
}

#[test]
fn a_project_without_anything() {
    work_in(&Kind {
        make: |env| fs::remove_dir_all(env.path("project/.git/hooks")).expect("removed"),
        folder: "project",
    });
}

#[test]
fn a_project_with_hooks_of_its_own() {
    work_in(&Kind {
        make: |env| {
            for hook in ["pre-commit", "post-commit", "post-rewrite", "post-merge"] {
                script(env, &format!("project/.git/hooks/{hook}"), &tell(env, hook));
            }
        },
        folder: "project",
    });
}

#[test]
fn a_folder_of_hooks_for_all_projects() {
    work_in(&Kind {
        make: |env| {
            for hook in ["pre-commit", "post-commit", "post-rewrite"] {
                script(env, &format!("home/hooks/{hook}"), &tell(env, hook));
            }
            ok(env, &["config", "--global", "core.hooksPath", "~/hooks"]);
        },
        folder: "project",
    });
}

#[test]
fn a_second_work_tree() {
    work_in(&Kind {
        make: |env| drop(ok(env, &["worktree", "add", "-q", "-b", "side", &env.arg("side")])),
        folder: "side",
    });
}

#[test]
fn a_submodule() {
    work_in(&Kind {
        make: |env| {
            ok(env, &["init", "-q", "-b", "main", &env.arg("library")]);
            env.write("library/code.txt", "x\n");
            ok_in(env, "library", &["add", "."]);
            let mut first = git(env, "library", &["commit", "-q", "-m", "Begin"]);
            for who in ["AUTHOR", "COMMITTER"] {
                first.env(format!("GIT_{who}_DATE"), "2026-11-22T09:00:00Z");
            }
            assert!(output(&mut first).status.success());
            ok(env, &["submodule", "-q", "add", &env.arg("library"), "library"]);
        },
        folder: "project/library",
    });
}

/// What husky 9.1.7 writes; what is worked with is in the folder above.
fn as_husky(env: &TestEnv) {
    let hooks = ["pre-commit", "prepare-commit-msg", "post-commit", "post-merge", "post-rewrite", "pre-push"];
    for hook in hooks {
        script(env, &format!("project/.husky/_/{hook}"), "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"");
    }
    env.write(
        "project/.husky/_/h",
        "#!/usr/bin/env sh\n[ \"$HUSKY\" = \"2\" ] && set -x\nn=$(basename \"$0\")\n\
         s=$(dirname \"$(dirname \"$0\")\")/$n\n\n[ ! -f \"$s\" ] && exit 0\n\n\
         export PATH=\"node_modules/.bin:$PATH\"\nsh -e \"$s\" \"$@\"\nc=$?\n\n\
         [ $c != 0 ] && echo \"husky - $n script failed (code $c)\"\nexit $c\n",
    );
    env.write("project/.husky/_/.gitignore", "*");
    ok(env, &["config", "core.hooksPath", ".husky/_"]);
}

fn husky_scripts(env: &TestEnv) {
    for hook in ["pre-commit", "post-commit"] {
        env.write(&format!("project/.husky/{hook}"), tell(env, hook));
    }
}

#[test]
fn a_project_with_what_husky_writes() {
    work_in(&Kind {
        make: |env| {
            as_husky(env);
            husky_scripts(env);
        },
        folder: "project",
    });
}

#[test]
fn a_project_with_husky_itself() {
    if !is_here("husky") {
        println!("skipped: husky is not on PATH");
        return;
    }
    work_in(&Kind {
        make: |env| {
            let mut husky = env.program("husky");
            let out = output(&mut husky);
            assert!(out.status.success(), "{}", env.text(&out));
            husky_scripts(env);
        },
        folder: "project",
    });
}

/// What `pre-commit install` writes, with a program of ours in the place of Python.
fn as_pre_commit(env: &TestEnv, hook: &str) {
    script(env, "python", &format!("{}exit 0\n", tell(env, "\"$3\"")));
    let text = format!(
        "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n\
         # ID: 138fd403232d2ddd5efb44317e38bf03\n\n# start templated\nINSTALL_PYTHON='{}'\n\
         ARGS=(hook-impl --config=.pre-commit-config.yaml --hook-type={hook})\n# end templated\n\n\
         HERE=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\nARGS+=(--hook-dir \"$HERE\" -- \"$@\")\n\n\
         if [ -x \"$INSTALL_PYTHON\" ]; then\n    exec \"$INSTALL_PYTHON\" -mpre_commit \"${{ARGS[@]}}\"\n\
         else\n    exit 1\nfi\n",
        env.arg("python")
    );
    script(env, &format!("project/.git/hooks/{hook}"), &text);
}

#[test]
fn a_project_with_what_pre_commit_writes() {
    work_in(&Kind {
        make: |env| {
            ["pre-commit", "post-commit", "post-rewrite"].iter().for_each(|hook| as_pre_commit(env, hook))
        },
        folder: "project",
    });
}

#[test]
fn what_pre_commit_puts_aside_of_ours_goes_when_ours_is_installed_anew() {
    let env = super::with_hooks();
    let hook = |name: &str| env.path(&format!("project/.git/hooks/{name}"));
    fs::rename(hook("post-commit"), hook("post-commit.legacy")).expect("put aside");
    as_pre_commit(&env, "post-commit");
    let before = env.read("project/.git/hooks/post-commit");
    let installed = env.ok(&["hooks", "install"]);
    assert!(installed.contains("post-commit         chained"), "{installed}");
    assert!(!hook("post-commit.legacy").exists(), "it must not run twice: {installed}");
    super::commit(&env, "project", "one");
    assert_eq!(super::summaries(&env), ["one"]);
    fs::rename(hook("post-merge"), hook("post-merge.legacy")).expect("put aside");
    env.ok(&["hooks", "uninstall"]);
    assert_eq!(env.read("project/.git/hooks/post-commit"), before);
    assert!(!hook("post-merge.legacy").exists(), "nothing of ours is left");
}

fn pre_commit(env: &TestEnv, arguments: &[&str]) {
    let out = output(env.program("pre-commit").args(arguments));
    assert!(out.status.success(), "{arguments:?}: {}", env.text(&out));
}

#[test]
fn a_project_with_pre_commit_itself() {
    if !is_here("pre-commit") {
        println!("skipped: pre-commit is not on PATH");
        return;
    }
    work_in(&Kind {
        make: |env| {
            env.write(
                "project/.pre-commit-config.yaml",
                format!(
                    "repos:\n- repo: local\n  hooks:\n  - {{id: told, name: told, language: system, always_run: true, \
                     pass_filenames: false, entry: 'sh -c \"echo told >>{}\"'}}\n",
                    env.arg("log")
                ),
            );
            env.write("project/.git/info/exclude", ".pre-commit-config.yaml\n");
            pre_commit(env, &["install", "-t", "pre-commit", "-t", "post-commit"]);
        },
        folder: "project",
    });
}

fn is_here(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
