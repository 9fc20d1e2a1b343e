//! What broken and hostile stores look like to people. `bad_inputs` tries each kind.

use std::fs;
use std::process::Stdio;

use crate::bad_inputs::assert_clean;
use crate::env::{TestEnv, output};

/// Verbs that only read.
pub const READING: [&[&str]; 14] = [
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
