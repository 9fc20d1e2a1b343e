//! Names, keys, paths and arguments that people and agents get wrong, or mean to: the rows of the
//! table "Bad inputs to try" that can be typed.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::symlink;
use std::process::Output;

use crate::env::{TestEnv, fed, output};

/// Asserts that nothing steers a terminal, and that it was no crash.
pub fn assert_clean(what: &str, out: &Output) {
    for text in [&out.stdout, &out.stderr] {
        let text = String::from_utf8_lossy(text);
        let steers = |c: &char| {
            matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        assert_eq!(text.chars().find(steers), None, "{what} must not print a control character: {text:?}");
        assert!(
            !text.contains("panicked") && !text.contains("internal error"),
            "{what} must not crash: {text}"
        );
    }
}

/// Runs something that must be refused with one of these exit codes, and changes nothing.
fn refused(env: &TestEnv, args: &[&str], codes: &[i32]) -> String {
    let before = env.store_files();
    let out = fed(&mut env.command(args), b"x");
    let shown: Vec<String> = args.iter().map(|arg| arg.escape_debug().take(60).collect()).collect();
    let what = format!("{shown:?}");
    assert_clean(&what, &out);
    let text = env.text(&out);
    assert!(
        out.status.code().is_some_and(|code| codes.contains(&code)),
        "{what} must exit {codes:?}: {text}"
    );
    assert!(out.stdout.is_empty() && text.contains("error: "), "{what} must be told on stderr: {text}");
    assert!(env.store_files() == before, "{what} must leave the store as it was");
    text
}

/// Rows 1 to 16: what is no key, and a word that the message must have.
fn bad_keys() -> Vec<(String, &'static str)> {
    let rows: &[(&str, &str)] = &[
        ("", "empty"),
        ("..", "'..'"),
        ("a..b", "'..'"),
        ("a@{1}", "'@'"),
        ("@@", "@"),
        ("@x", "@"),
        ("-x", "-x"),
        ("--upload-pack=touch /tmp/P", "--upload-pack"),
        ("a b", "' '"),
        ("a~1", "'~'"),
        ("a^", "'^'"),
        ("a:b", "':'"),
        ("a?b", "'?'"),
        ("a*", "'*'"),
        ("a[b", "'['"),
        ("a\\b", "'\\'"),
        ("a.lock", ".lock"),
        ("a.md", ".md"),
        (".a", "'.a'"),
        ("a.", "'a.'"),
        ("/a", "empty segment"),
        ("a/", "empty segment"),
        ("a//b", "empty segment"),
        ("a/../b", "'..'"),
        ("HEAD", "'head'"),
        ("a\nb", "\\n"),
        ("a\x1b[2Jb", "\\x1b"),
        ("a\x7fb", "\\x7f"),
        ("a\u{9b}b", "\\u{9b}"),
        ("\u{e9}", "a-z 0-9 . _ -"),
        ("e\u{301}", "a-z 0-9 . _ -"),
        ("\u{430}", "a-z 0-9 . _ -"),
        ("\u{1f600}", "a-z 0-9 . _ -"),
        ("a\u{202e}b", "\\u{202e}"),
        ("a\u{200b}b", "\\u{200b}"),
        ("\u{feff}a", "\\u{feff}"),
        ("CON", "reserved on Windows"),
        ("aux.txt", "reserved on Windows"),
        ("a/com1", "reserved on Windows"),
        ("nul", "reserved on Windows"),
        ("A", "'a'"),
        ("$(touch /tmp/P)", "'$'"),
        ("`id`", "'`'"),
        ("a;b", "';'"),
        ("a'b", "'''"),
        ("%2e%2e", "'%'"),
        ("a/b/c/d/e/f/g/h/i", "8 segments"),
    ];
    let mut rows: Vec<(String, &str)> = rows.iter().map(|(key, word)| ((*key).to_owned(), *word)).collect();
    rows.push(("a".repeat(101), "100 characters at most (got 101)"));
    rows.push(("a".repeat(10_000), "100 characters at most (got 10000)"));
    rows
}

#[test]
fn what_is_no_key_is_refused_wherever_a_key_is_taken() {
    let env = TestEnv::with_session();
    for (key, word) in bad_keys() {
        let set = refused(&env, &["know", "--", &key, "value"], &[2]);
        assert!(set.contains(word), "{key:?} must be refused for {word:?}: {set}");
        for args in [
            &["know", "--preference", "--", &key, "-"][..],
            &["know", "--rm", "--", &key],
            &["know", "--", &key],
        ] {
            refused(&env, args, &[2]);
        }
    }
}

#[test]
fn an_option_where_a_key_is_expected_is_refused() {
    let env = TestEnv::with_session();
    for args in [
        &["know", "-x", "v"][..],
        &["know", "--upload-pack=touch P", "v"],
        &["show", "-x"],
        &["rm", "--force"],
    ] {
        refused(&env, args, &[2]);
    }
    assert!(!env.path("project/P").exists(), "nothing may be executed");
}

#[test]
fn a_bad_name_names_no_session_and_no_run() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Try"]);
    env.ok(&["begin", "-m", "Open"]);
    let forty = "a".repeat(40);
    let mut names: Vec<String> = bad_keys().into_iter().map(|(key, _)| key).collect();
    names.extend([forty, "a/b".to_owned(), "refs/heads/x".to_owned(), "FETCH_HEAD".to_owned()]);
    for name in names {
        for verb in ["switch", "runs", "log", "brief", "rm", "show", "finish", "abort", "checkpoint"] {
            let text = refused(&env, &[verb, "--", &name], &[1, 2]);
            assert!(
                text.contains("no session '") || text.contains("no run '") || text.contains("[exit 2]"),
                "{verb} {name:?}: {text}"
            );
        }
        let option = format!("--session={name}");
        refused(&env, &[&option, "record", "-m", "x"], &[1, 2]);
        refused(&env, &["context", "ls", &format!("--at={name}")], &[1, 2]);
    }
}

#[test]
fn run_places_that_cannot_be_are_refused() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Try"]);
    for place in ["@0", "@x", "@-x", "@1.5", "@@1", "@+", "fix-the@@", "@18446744073709551616"] {
        refused(&env, &["show", place], &[2]);
    }
    for place in ["@2", "@-1", "@18446744073709551615", "@-18446744073709551615", "nothing@1"] {
        refused(&env, &["show", place], &[1]);
    }
}

#[test]
fn paths_that_lead_out_of_the_context_are_refused() {
    let env = TestEnv::with_session();
    let paths = [
        "../x",
        "a/../../b",
        "..",
        "/etc/passwd",
        ".git/config",
        ".GIT/config",
        "git~1/x",
        "x/.git/hooks/y",
        ".gitmodules",
    ];
    for path in paths {
        for verb in ["put", "cat", "rm", "ls"] {
            let text = refused(&env, &["context", verb, path], &[1]);
            assert!(
                text.contains("is outside the context") || text.contains("that Git reserves"),
                "{path}: {text}"
            );
        }
    }
    let json = refused_json(&env, &["context", "cat", "../x", "--json"]);
    assert_eq!(json["error"]["code"], "bad_path", "programs read a word: {json}");
}

fn refused_json(env: &TestEnv, args: &[&str]) -> serde_json::Value {
    let out = output(&mut env.command(args));
    serde_json::from_slice(&out.stderr)
        .unwrap_or_else(|_| panic!("{args:?} must fail as JSON: {}", env.text(&out)))
}

#[test]
fn a_mistyped_command_fails_as_json_where_json_is_wanted() {
    let env = TestEnv::with_session();
    for args in
        [&["know", "Bad", "x", "--json"][..], &["list", "--limit", "1e9", "--json"], &["--json", "dance"]]
    {
        let json = refused_json(&env, args);
        assert!(
            json["error"]["code"].is_string() && json["error"]["message"].is_string(),
            "{args:?}: {json}"
        );
    }
}

#[test]
fn paths_that_some_system_cannot_hold_are_refused() {
    let env = TestEnv::with_session();
    let (long, deep) = ("x".repeat(300), "x/".repeat(2048) + "x");
    let paths = [
        "",
        "a\nb",
        "a\x1b[2Jb",
        "a\u{202e}b",
        &long,
        &deep,
        "C:\\x",
        "\\\\srv\\x",
        "a\\b",
        "x:stream",
        "NUL",
        "con.md",
        "a ",
        "a.",
        "a//b",
        "./a",
        "a/",
    ];
    for path in paths {
        for verb in ["put", "cat", "rm"] {
            refused(&env, &["context", verb, path], &[2]);
        }
    }
}

#[test]
fn files_that_are_no_files_are_not_stored() {
    let env = TestEnv::with_session();
    for file in ["/dev/zero", "/dev/null", "/proc/self/environ", "/", "."] {
        let text = refused(&env, &["context", "put", "a.md", file], &[1]);
        assert!(text.contains("not a regular file"), "{file}: {text}");
    }
}

#[test]
fn what_cannot_be_stored_is_withheld_from_a_run() {
    let env = TestEnv::with_session();
    let canary = env.write("home/.ssh/id_ed25519", "canary");
    let folder = env.path("in");
    fs::create_dir_all(folder.join("sub")).expect("made");
    symlink(&canary, folder.join("link")).expect("linked");
    symlink(env.path("home/.ssh"), folder.join("linked-folder")).expect("linked");
    fs::write(folder.join(OsString::from_vec(b"latin-\xe9.md".to_vec())), "x").expect("written");
    fs::File::create(folder.join("sparse")).expect("made").set_len(1 << 30).expect("sized");
    for (name, text) in [
        ("empty", &b""[..]),
        ("bytes", b"\xff\xfe\0"),
        (".netrc", b"canary"),
        ("sub/NUL", b"x"),
        ("a\x1b[2J", b"x"),
    ] {
        fs::write(folder.join(name), text).expect("written");
    }
    assert!(output(env.program("mkfifo").arg(folder.join("pipe"))).status.success());
    let out = output(&mut env.command(&["record", "-m", "Try", "--context-mirror", &env.arg("in")]));
    assert_clean("record", &out);
    insta::assert_snapshot!(env.text(&out), @r"
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context changed: bytes, empty
    [stderr]
    warning: not stored: .netrc: it looks sensitive (--allow-sensitive stores it)
    warning: not stored: a\x1b[2J: path 'a\x1b[2J' cannot be used: it contains '\x1b'
    warning: not stored: latin-�.md: its name is not UTF-8
    warning: not stored: link: it is a symbolic link
    warning: not stored: linked-folder: it is a symbolic link
    warning: not stored: pipe: it is not a regular file
    warning: not stored: sparse: it has 1073741824 bytes (session.maxFileBytes is 52428800)
    warning: not stored: sub/NUL: path 'sub/NUL' cannot be used: 'NUL' is reserved on Windows
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        3  bytes
        0  empty
    [exit 0]
    ");
    let objects = env.git(&["cat-file", "--batch-all-objects", "--batch", "--buffer"]);
    assert!(!objects.contains("canary"), "the secret must not be in the store");
    env.fsck();
}

#[test]
fn arguments_that_are_no_text_are_refused() {
    let env = TestEnv::with_session();
    let bad = || OsString::from_vec(b"caf\xe9".to_vec());
    let cases: [Vec<OsString>; 6] = [
        vec![bad()],
        vec!["help".into(), bad()],
        vec!["new".into(), bad()],
        vec!["know".into(), "key".into(), bad()],
        vec!["show".into(), bad()],
        vec!["context".into(), "cat".into(), bad()],
    ];
    for args in cases {
        let before = env.store_files();
        let out = output(&mut env.command(&args));
        assert_clean(&format!("{args:?}"), &out);
        assert_eq!(out.status.code(), Some(2), "{args:?} is no text: {}", env.text(&out));
        assert!(env.store_files() == before, "{args:?} must leave the store as it was");
    }
}

#[test]
fn a_command_s_arguments_may_be_any_bytes() {
    let env = TestEnv::with_session();
    let bad = OsString::from_vec(b"caf\xe9".to_vec());
    let args: Vec<OsString> =
        ["run", "-q", "--", "printf", "%s"].iter().map(OsString::from).chain([bad]).collect();
    let out = output(&mut env.command(&args));
    assert_eq!(out.stdout, b"caf\xe9", "the command gets what was typed");
    env.fsck();
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let env = TestEnv::with_session();
    for verb in ["list", "runs", "log"] {
        for limit in ["-1", "1e9", "x", "", "18446744073709551616"] {
            refused(&env, &[verb, &format!("--limit={limit}")], &[2]);
        }
    }
    refused(&env, &["record", "-m", "x", "--usage", "input_tokens=1e99"], &[2]);
    refused(&env, &["record", "-m", "x", "--usage", "cost_usd=-1"], &[2]);
    refused(&env, &["record", "-m", "x", "--usage", "cost_usd=1e300"], &[2]);
    refused(&env, &["record", "-m", "x", "--metric", "=1"], &[2]);
    refused(&env, &["record", "-m", "x", "--metric", "\x1b[2J=x"], &[2]);
}

#[test]
fn long_arguments_are_cut_or_stored_whole() {
    let env = TestEnv::new();
    let long = "word ".repeat(25_000);
    assert!(env.run(&["new", &long]).ends_with("[exit 0]"));
    assert!(env.json(&["status"])["title"].as_str().expect("title").chars().count() <= 200);
    assert!(env.run(&["record", "-m", &long, "--prompt", &long, "-t", "x"]).ends_with("[exit 0]"));
    assert!(env.run(&["know", "key", &long]).ends_with("[exit 0]"));
    assert_eq!(env.ok(&["know", "key"]).trim_end(), long.trim_end(), "a value is stored whole");
    assert!(env.run(&["status"]).ends_with("[exit 0]"));
    env.fsck();
}
