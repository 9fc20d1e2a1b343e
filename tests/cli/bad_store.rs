//! Stores and surroundings that are broken or hostile.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use crate::bad_input::assert_clean;
use crate::env::{BINARY, Change, TestEnv, output};

/// What breaks a store.
type Breakage<'a> = &'a dyn Fn(&TestEnv);

/// Verbs that only read.
const READING: [&[&str]; 14] = [
    &["status"],
    &["list"],
    &["show"],
    &["show", "fix-the@"],
    &["runs"],
    &["log"],
    &["brief"],
    &["know"],
    &["know", "--preference"],
    &["know", "esc"],
    &["decide"],
    &["context", "ls"],
    &["runs", "nothing"],
    &["resolve", "nothing", "--keep", "current"],
];

fn manifest(env: &TestEnv) -> String {
    env.git(&["show", &format!("{}:session.yaml", env.branch())])
}

#[test]
fn a_newer_schema_is_listed_and_not_written_over() {
    let env = TestEnv::with_session();
    let newer = manifest(&env).replace("schema: 1", "schema: 99") + "shape: {of: things, to: [come]}\n";
    env.plant(env.branch(), &[("session.yaml", newer.as_bytes())]);
    env.ok(&["new", "Speed up the build", "--no-switch"]);
    let before = env.store_files();
    let listed = env.run(&["list"]);
    assert!(listed.contains("Speed up the build") && listed.ends_with("[exit 0]"), "{listed}");
    insta::assert_snapshot!(env.run(&["record", "-m", "x"]), @"
    [stderr]
    warning: session fix-the-login-test-63d76e70 was written by a newer version (schema 99)
    error: a document of commit 1bacb498 could not be read
    caused by: session.yaml was written by a newer version (schema 99; this build reads up to 1)
    hint: update git-session
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["know", "key", "x", "--json"]), @r#"
    [stderr]
    warning: session fix-the-login-test-63d76e70 was written by a newer version (schema 99)
    {"error":{"causes":["session.yaml was written by a newer version (schema 99; this build reads up to 1)"],"code":"newer_schema","hints":["update git-session"],"message":"a document of commit 1bacb498 could not be read"}}
    [exit 1]
    "#);
    assert!(env.store_files() == before, "what cannot be read must be left alone");
}

#[test]
fn an_unreadable_manifest_is_left_alone() {
    let env = TestEnv::with_session();
    env.ok(&["new", "Speed up the build", "--no-switch"]);
    let good = manifest(&env);
    let cases: [(&str, String); 9] = [
        ("empty", String::new()),
        ("scalar", "~\n".to_owned()),
        ("truncated", good.split_at(good.len() / 2).0.to_owned() + "\""),
        ("tab", good.replace("  name", "\tname")),
        ("twice", format!("{good}title: again\n")),
        ("wrong type", good.replace("schema: 1", "schema: one")),
        ("status", good.replace("status: active", "status: \"\\e]0;x\\a\\e[2J\"")),
        ("bomb", "[".repeat(100_000)),
        ("tag", format!("{good}x: !!python/object:os.system {{}}\n")),
    ];
    for (what, text) in cases {
        let tip = env.git(&["rev-parse", env.branch()]);
        env.plant(env.branch(), &[("session.yaml", text.as_bytes())]);
        let before = env.store_files();
        for args in [&["list"][..], &["list", "--json"]] {
            let out = output(&mut env.command(args));
            assert_clean(what, &out);
            assert!(env.text(&out).contains("Speed up the build"), "{what}: the others are listed");
            assert!(out.status.success(), "{what}: {}", env.text(&out));
        }
        for args in
            [&["record", "-m", "x"][..], &["know", "a", "b"], &["show"], &["status", "--json"], &["begin"]]
        {
            let out = output(&mut env.command(args));
            assert_clean(&format!("{what}: {args:?}"), &out);
            assert_eq!(out.status.code(), Some(1), "{what}: {args:?}: {}", env.text(&out));
        }
        assert!(env.store_files() == before, "{what}: nothing may be written");
        for args in [&["runs", "speed-up"][..], &["show", "Speed up the build"], &["brief", "speed-up"]] {
            let text = env.run(args);
            assert!(text.ends_with("[exit 0]"), "{what}: {args:?} is another session: {text}");
        }
        env.git(&["update-ref", env.branch(), tip.trim()]);
    }
}

#[test]
fn stored_text_cannot_steer_a_terminal() {
    let env = TestEnv::with_session();
    env.ok(&[
        "record", "-m", "Try", "--agent", "a", "--model", "m", "--prompt", "p", "-t", "t", "--metric", "x=1",
    ]);
    env.ok(&["decide", "Use a retry", "--because", "b", "--instead-of", "o"]);
    let hostile = "\\e]0;x\\a\\e[2J\\e]8;;http://x\\e\\\\ \\u202e\\u200b\\x9b1m";
    let raw = "\x1b]0;x\x07\x1b[2J\x1b]52;c;eA==\x07 \u{202e}\u{200b}\u{9b}1m\x7f\r";
    let poison = |path: &str, names: &[&str]| -> Vec<u8> {
        let mut text = env.git(&["show", &format!("{}:{path}", env.branch())]);
        for name in names {
            let from = text.find(name).unwrap_or_else(|| panic!("{path} has {name}: {text}")) + name.len();
            let to = from + text[from..].find('\n').expect("line");
            text.replace_range(from..to, &format!(" \"{hostile}\""));
        }
        text.into_bytes()
    };
    let decision = env.git(&["ls-tree", "-r", "--name-only", env.branch(), "context/decisions"]);
    let session = poison("session.yaml", &["\ntitle:", "  name:", "summary:"]);
    let session = [session, format!("tags: [\"{hostile}\"]\n").into_bytes()].concat();
    let run = poison(
        "run/run.yaml",
        &["\nsummary:", "\nprompt:", "  name:", "model:", "branch:", "  repo:", "\n-"],
    );
    let decided = poison(decision.trim(), &["\ntitle:", "because:", "\n-"]);
    env.plant(
        env.branch(),
        &[
            ("session.yaml", &session),
            ("run/run.yaml", &run),
            (decision.trim(), &decided),
            ("context/knowledge/esc.md", raw.as_bytes()),
            ("context/preferences/esc.md", raw.as_bytes()),
            ("context/notes.md", raw.as_bytes()),
            ("context/decisions/2026-11-22-bad-0000.md", format!("---\n{raw}: [\n").as_bytes()),
            ("run/conversation.md", raw.as_bytes()),
        ],
    );
    for args in READING {
        for more in [&[][..], &["--json"]] {
            let args = [args, more].concat();
            assert_clean(&format!("{args:?}"), &output(&mut env.command(&args)));
        }
    }
    let title = env.json(&["show"])["title"].as_str().expect("title").to_owned();
    assert!(
        title.contains("\x1b]0;x\x07") && title.contains('\u{202e}'),
        "JSON keeps the text itself: {title:?}"
    );
}

#[test]
fn file_names_from_elsewhere_cannot_steer_a_terminal() {
    let env = TestEnv::with_session();
    env.plant(
        env.branch(),
        &[("context/a\x1b[2J\u{202e}.md", b"x\n"), ("run/artifacts/a\x1b[2J.md", b"x\n")],
    );
    for args in [
        &["context", "ls"][..],
        &["show"],
        &["log"],
        &["brief"],
        &["begin"],
        &["context", "export", "../out"],
        &["list"],
    ] {
        for more in [&[][..], &["--json"]] {
            let args = [args, more].concat();
            assert_clean(&format!("{args:?}"), &output(&mut env.command(&args)));
        }
    }
    let names = |folder: &str| fs::read_dir(env.path(folder)).map_or(0, Iterator::count);
    assert_eq!(names("out"), 0, "a name that is no context path is never written");
}

#[test]
fn what_is_no_store_is_told_and_left_alone() {
    let env = TestEnv::with_session();
    env.write("file", "data");
    env.write("folder/data", "data");
    fs::create_dir(env.path("empty")).expect("made");
    env.project_git(&["init", "-q", "--bare", &env.arg("foreign.git")]);
    env.project_git(&["init", "-q", &env.arg("worktree")]);
    let newer = env.arg("newer.git");
    env.ok(&["new", "x", "--store", &newer]);
    env.project_git(&["config", "-f", &env.arg("newer.git/config"), "session.storeFormat", "2"]);
    let mut told = String::new();
    for name in
        ["nothing", "file", "folder", "empty", "foreign.git", "worktree", "worktree/.git", "newer.git"]
    {
        let runs = env.run(&["runs", "--store", &env.arg(name)]);
        assert!(runs.ends_with("[exit 1]"), "{name}: {runs}");
        told.push_str(runs.lines().nth(1).expect("error"));
        told.push('\n');
    }
    insta::assert_snapshot!(told, @"
    error: there is no session store at $TMP/nothing
    error: $TMP/file is not a session store: it is a file
    error: $TMP/folder is not a session store: it is no bare repository
    error: there is no session store at $TMP/empty
    error: $TMP/foreign.git is not a session store: it is a repository of something else
    error: $TMP/worktree is not a session store: it is no bare repository
    error: $TMP/worktree/.git is not a session store: it is a repository of something else
    error: the store $TMP/newer.git was made by a newer version (format 2)
    ");
    for name in ["file", "folder", "foreign.git", "worktree", "newer.git"] {
        let new = env.run(&["new", "x", "--store", &env.arg(name)]);
        assert!(new.ends_with("[exit 1]"), "{name} must not become a store: {new}");
    }
    assert_eq!((env.read("file"), env.read("folder/data")), ("data".to_owned(), "data".to_owned()));
    assert!(!env.path("nothing").exists() && !env.path("folder/HEAD").exists(), "looking makes no store");
    assert!(
        env.run(&["new", "x", "--store", &env.arg("empty")]).ends_with("[exit 0]"),
        "an empty folder may become one"
    );
}

#[test]
fn a_store_that_others_may_write_to_is_refused() {
    let env = TestEnv::with_session();
    fs::set_permissions(env.store(), fs::Permissions::from_mode(0o777)).expect("set");
    insta::assert_snapshot!(env.run(&["list"]), @"
    [stderr]
    error: the store $TMP/project/.git/sessions.git is not safe to use: other users may write to it (chmod go-w)
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "x"]), @"
    [stderr]
    error: the store $TMP/project/.git/sessions.git is not safe to use: other users may write to it (chmod go-w)
    [exit 1]
    ");
    fs::set_permissions(env.store(), fs::Permissions::from_mode(0o755)).expect("set");
    assert!(env.run(&["list"]).ends_with("[exit 0]"), "others may read a store");
}

#[test]
fn a_store_behind_a_link_is_used() {
    let env = TestEnv::with_session();
    symlink(env.store(), env.path("link.git")).expect("linked");
    let there = env.run(&["status", "--store", &env.arg("link.git")]);
    assert!(there.contains("Fix the login test"), "{there}");
    assert!(env.run(&["record", "-m", "x", "--store", &env.arg("link.git")]).ends_with("[exit 0]"));
    env.fsck();
}

#[test]
fn formats_that_cannot_be_kept_safe_are_refused() {
    let config = |env: &TestEnv, args: &[&str]| {
        let file = env.arg("project/.git/sessions.git/config");
        env.project_git(&[&["config", "-f", file.as_str()], args].concat());
    };
    let breakages: [(&str, Breakage); 4] = [
        ("reftable", &|env| {
            config(env, &["core.repositoryFormatVersion", "1"]);
            config(env, &["extensions.refStorage", "reftable"]);
        }),
        ("promisor", &|env| {
            config(env, &["core.repositoryFormatVersion", "1"]);
            config(env, &["extensions.partialClone", "origin"]);
        }),
        ("shallow", &|env| drop(env.write("project/.git/sessions.git/shallow", "0000\n"))),
        ("alternates", &|env| {
            drop(env.write("project/.git/sessions.git/objects/info/alternates", "/nowhere\n"))
        }),
    ];
    for (what, breaks) in breakages {
        let env = TestEnv::with_session();
        breaks(&env);
        let before = env.store_files();
        for args in [&["list"][..], &["record", "-m", "x"], &["new", "x"]] {
            let text = env.run(args);
            assert!(
                text.contains("unsupported repository format") && text.ends_with("[exit 1]"),
                "{what}: {text}"
            );
        }
        assert!(env.store_files() == before, "{what}: nothing may be written");
    }
}

#[test]
fn broken_repository_files_fail_clearly_and_execute_nothing() {
    let canary = "touch /tmp/should-not-be";
    let hostile = format!(
        "[core]\n\tfsmonitor = \"{canary}\"\n\thooksPath = hooks\n\tsshCommand = \"{canary}\"\n\tpager = \"{canary}\"\n[include]\n\tpath = /dev/zero\n"
    );
    for (file, content, may_fail) in [
        ("HEAD", "garbage\n", true),
        ("HEAD", "ref: refs/heads/../../x\n", true),
        ("packed-refs", "\x1b[2J garbage\n", true),
        ("config", "[core\n\x1b[2J", true),
        ("config", hostile.as_str(), false),
    ] {
        let env = TestEnv::with_session();
        let path = env.store().join(file);
        let old = fs::read_to_string(&path).unwrap_or_default();
        let keeps = content.starts_with("[core]\n");
        fs::write(&path, if keeps { old + content } else { content.to_owned() }).expect("written");
        fs::create_dir_all(env.store().join("hooks")).expect("made");
        let hook = env.store().join("hooks/reference-transaction");
        fs::write(&hook, format!("#!/bin/sh\ntouch '{}'\n", env.arg("canary"))).expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
        for args in [&["list"][..], &["record", "-m", "x"]] {
            let out = output(&mut env.command(args));
            assert_clean(&format!("{file}: {args:?}"), &out);
            let code = out.status.code().expect("code");
            assert!(code == 0 || (may_fail && code == 1), "{file} {content:?}: {}", env.text(&out));
        }
        assert!(!env.path("canary").exists(), "{file}: nothing may be executed");
    }
}

#[test]
fn a_store_without_head_is_not_made_anew() {
    let env = TestEnv::with_session();
    fs::remove_file(env.store().join("HEAD")).expect("removed");
    let before = env.store_files();
    for args in [&["list"][..], &["new", "x"]] {
        let text = env.run(args);
        assert!(text.ends_with("[exit 1]"), "{text}");
    }
    assert!(env.store_files() == before, "data must be left alone");
}

#[test]
fn a_broken_branch_hides_no_other() {
    let env = TestEnv::with_session();
    let folder = env.store().join("refs/heads/session");
    let blob = env.git(&["hash-object", "-w", &env.write("blob", "x")]);
    let tree = env.git(&["rev-parse", &format!("{}^{{tree}}", env.branch())]);
    let missing = "0123456789012345678901234567890123456789\n".to_owned();
    let broken = [
        ("empty-00000001", String::new()),
        ("missing-00000002", missing),
        ("blob-00000003", blob),
        ("tree-00000004", tree),
        ("loop-00000005", "ref: refs/heads/session/loop-00000005\n".to_owned()),
    ];
    for (name, content) in &broken {
        fs::write(folder.join(name), content).expect("written");
    }
    let out = output(&mut env.command(&["list"]));
    assert_clean("list", &out);
    let listed = env.text(&out);
    assert!(listed.contains("Fix the login test") && listed.ends_with("[exit 0]"), "{listed}");
    for (name, _) in &broken {
        assert!(listed.contains(&format!("damaged {name}")), "{name} is told: {listed}");
        let out = output(&mut env.command(&["show", name]));
        assert_clean(name, &out);
        assert_eq!(out.status.code(), Some(1), "{name}: {}", env.text(&out));
    }
    for args in [&["record", "-m", "x"][..], &["new", "y"], &["status"]] {
        let text = env.run(args);
        assert!(text.ends_with("[exit 0]"), "{args:?} must work beside broken branches: {text}");
    }
}

#[test]
fn variables_of_an_outer_git_are_ignored() {
    let env = TestEnv::with_session();
    env.project_git(&["init", "-q", &env.arg("victim")]);
    let victim = || {
        output(env.program("find").arg(env.path("victim")).args(["-type", "f", "-exec", "cksum", "{}", "+"]))
            .stdout
    };
    let before = victim();
    let hostile = |command: &mut Command| {
        for (name, path) in [
            ("GIT_DIR", "victim/.git"),
            ("GIT_WORK_TREE", "victim"),
            ("GIT_INDEX_FILE", "victim/.git/index"),
            ("GIT_OBJECT_DIRECTORY", "victim/.git/objects"),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "victim/.git/objects"),
            ("GIT_QUARANTINE_PATH", "victim/.git/objects"),
            ("GIT_COMMON_DIR", "victim/.git"),
        ] {
            command.env(name, env.path(path));
        }
        command.env("GIT_NAMESPACE", "victim").env("GIT_CONFIG_COUNT", "1");
        command
            .env("GIT_CONFIG_KEY_0", "core.fsmonitor")
            .env("GIT_CONFIG_VALUE_0", format!("touch {}", env.arg("canary")));
    };
    for args in [&["record", "-m", "Try"][..], &["know", "a", "b"], &["path"], &["run", "-q", "--", "true"]] {
        let mut command = env.command(args);
        hostile(&mut command);
        let out = output(&mut command);
        assert!(out.status.success(), "{args:?}: {}", env.text(&out));
    }
    assert_eq!(victim(), before, "the other repository must be as it was");
    assert!(!env.path("canary").exists(), "nothing may be executed");
    assert_eq!(env.json(&["runs"]).as_array().expect("list").len(), 2);
    env.fsck();
}

#[test]
fn surroundings_that_lack_something_are_told() {
    let env = TestEnv::with_session();
    let without = |args: &[&str], change: Change| {
        let mut command = env.command(args);
        change(&mut command);
        let out = output(&mut command);
        assert_clean(&format!("{args:?}"), &out);
        env.text(&out)
    };
    insta::assert_snapshot!(without(&["path"], &|c| c.env_remove("HOME").current_dir("/")), @"
    [stderr]
    error: there is no place for the store: HOME is not set
    hint: name one with --store, GIT_SESSION_STORE or git config session.store
    [exit 1]
    ");
    assert!(without(&["record", "-m", "x"], &|c| c.env_remove("HOME")).ends_with("[exit 0]"));
    assert!(without(&["record", "-m", "x"], &|c| c.env("TMPDIR", "/nowhere")).ends_with("[exit 0]"));
    assert!(without(&["record", "-m", "x"], &|c| c.env("PATH", "/nowhere")).ends_with("[exit 0]"));
    assert!(
        without(&["status"], &|c| c.env("GIT_SESSION_RUN", "\x1b[2J").env("COLUMNS", "x"))
            .ends_with("[exit 0]")
    );
    insta::assert_snapshot!(without(&["list"], &|c| c.env("GIT_SESSION_STORE", "")), @"
    [stderr]
    error: the store's path is empty
    [exit 2]
    ");
    fs::create_dir(env.path("gone")).expect("made");
    let script = format!("cd '{0}' && rmdir '{0}' && exec '{BINARY}' status", env.arg("gone"));
    let out = output(env.program("sh").args(["-c", &script]));
    assert_clean("status", &out);
    assert_eq!(out.status.code(), Some(1), "a folder that is gone is told: {}", env.text(&out));
}

#[test]
fn nobody_reading_is_no_failure() {
    let env = TestEnv::with_session();
    env.run_fed(vec![b'x'; 1 << 20], &["context", "put", "big"]);
    for args in [
        &["list"][..],
        &["log", "--json"],
        &["context", "cat", "big"],
        &["-h"],
        &["man"],
        &["completion", "bash"],
    ] {
        let (reader, writer) = std::io::pipe().expect("pipe");
        drop(reader);
        let mut command = env.command(args);
        let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("started");
        let out = child.wait_with_output().expect("waited");
        assert_eq!(
            (out.status.code(), env.text(&out)),
            (Some(0), "[exit 0]".to_owned()),
            "{args:?} into a closed pipe"
        );
    }
}
