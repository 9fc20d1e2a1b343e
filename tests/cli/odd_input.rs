//! Odd input that is taken: what becomes of it. What is refused is in `bad_inputs`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::symlink;

use crate::bad_inputs::assert_clean;
use crate::env::{TestEnv, output};

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
