//! The files of the context: listing, reading, adding, removing, whole folders.

use std::fs;
use std::os::unix::fs::symlink;

use crate::env::{TestEnv, fed, output};

#[test]
fn files_are_put_listed_printed_and_removed() {
    let env = TestEnv::with_session();
    let plan = env.write("plan", "plan\n");
    insta::assert_snapshot!(env.run(&["context", "put", "docs/plan.md", &plan]), @"
    [stderr]
    context changed: docs/plan.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run_fed("two", &["context", "put", "docs/other.md", "--json"]), @r#"
    {
      "changed": [
        "docs/other.md"
      ],
      "commit": "eb4ba626dbcbf855b0143b203dd63539986d266a"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["context", "put", "docs/plan.md", &plan]), @"
    [stderr]
    context unchanged
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        3  docs/other.md
        5  docs/plan.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls", "docs", "--json"]), @r#"
    [
      {
        "path": "docs/other.md",
        "bytes": 3,
        "blob": "64c5e5885a4b06010b3a0c20edb7900dd0311025"
      },
      {
        "path": "docs/plan.md",
        "bytes": 5,
        "blob": "856cc8f41a38e0996e155d01b5ee3124d58ecc47"
      }
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["context", "cat", "docs/plan.md"]), @"
    plan
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "cat", "docs/plan.md", "--json"]), @r#"
    {
      "bytes": 5,
      "path": "docs/plan.md",
      "text": "plan\n"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["context", "cat", "docs"]), @"
    [stderr]
    error: there is no file 'docs' in the context of Fix the login test
    hint: 'git session context ls' lists all files
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["context", "rm", "docs"]), @"
    [stderr]
    context changed: docs/other.md, docs/plan.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "rm", "docs"]), @"
    [stderr]
    error: there is no file 'docs' in the context of Fix the login test
    hint: 'git session context ls' lists all files
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    [stderr]
    there are no context files
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context"]).lines().last().expect("line").to_owned(), @"[exit 2]");
    env.fsck();
}

#[test]
fn a_pipe_gets_the_bytes_of_a_file() {
    let env = TestEnv::with_session();
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let out = fed(&mut env.command(&["context", "put", "blob.bin"]), &bytes);
    assert!(out.status.success(), "{}", env.text(&out));
    let out = output(&mut env.command(&["context", "cat", "blob.bin"]));
    assert!(out.stdout == bytes, "what was put comes back byte for byte");
    env.fsck();
}

#[test]
fn context_is_read_as_it_was_after_a_run() {
    let env = TestEnv::with_session();
    env.run_fed("one\n", &["context", "put", "a.md"]);
    env.ok(&["record", "-m", "First"]);
    env.run_fed("two\n", &["context", "put", "a.md"]);
    env.ok(&["context", "put", "b.md", &env.write("b", "b\n")]);
    assert_eq!(env.ok(&["context", "cat", "a.md", "--at", "@1"]), "one\n");
    assert_eq!(env.json(&["context", "ls", "--at", "@1"]).as_array().expect("list").len(), 1);
    insta::assert_snapshot!(env.run(&["context", "export", &env.arg("out"), "--at", "@1"]), @"
    [stderr]
    wrote 1 file
    [exit 0]
    ");
    assert_eq!(env.read("out/a.md"), "one\n");
    assert!(!env.path("out/b.md").exists());
}

#[test]
fn export_writes_only_where_it_may() {
    let env = TestEnv::with_session();
    env.run_fed("one\n", &["context", "put", "docs/a.md"]);
    env.write("full/docs/a.md", "mine\n");
    symlink(env.path("full"), env.path("link")).expect("linked");
    env.write("file", "");
    let export = |folder: &str, more: &[&str]| env.run(&[&["context", "export", folder], more].concat());
    insta::assert_snapshot!(export(&env.arg("new/deep"), &["--json"]), @r#"
    {
      "files": 1,
      "folder": "$TMP/new/deep"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(export(&env.arg("full"), &[]), @"
    [stderr]
    error: $TMP/full is not empty
    hint: --force replaces files of the same name
    [exit 1]
    ");
    insta::assert_snapshot!(export(&env.arg("link"), &["--force"]), @"
    [stderr]
    error: $TMP/link is not a folder to export to: it is a symbolic link
    hint: name a folder of its own, empty or not there yet
    [exit 1]
    ");
    insta::assert_snapshot!(export(&env.arg("file"), &[]), @"
    [stderr]
    error: $TMP/file is not a folder to export to: it is a file
    hint: name a folder of its own, empty or not there yet
    [exit 1]
    ");
    insta::assert_snapshot!(export(&env.arg("project"), &["--force"]), @"
    [stderr]
    error: $TMP/project is not a folder to export to: it is a Git work tree
    hint: name a folder of its own, empty or not there yet
    [exit 1]
    ");
    insta::assert_snapshot!(export("/", &["--force"]), @"
    [stderr]
    error: / is not a folder to export to: it is the root of the file system
    hint: name a folder of its own, empty or not there yet
    [exit 1]
    ");
    insta::assert_snapshot!(export(&env.arg("project/.git/sessions.git/out"), &[]), @"
    [stderr]
    error: $TMP/project/.git/sessions.git/out is not a folder to export to: it lies in the session store
    hint: name a folder of its own, empty or not there yet
    [exit 1]
    ");
    assert_eq!(env.read("full/docs/a.md"), "mine\n", "a refused export writes nothing");
    insta::assert_snapshot!(export(&env.arg("full"), &["--force"]), @"
    [stderr]
    wrote 1 file
    [exit 0]
    ");
    assert_eq!(env.read("full/docs/a.md"), "one\n");
}

#[test]
fn export_finds_the_store_on_a_crooked_path() {
    let env = TestEnv::with_session();
    env.run_fed("one\n", &["context", "put", "docs/a.md"]);
    symlink(env.store(), env.path("store-link")).expect("linked");
    fs::create_dir(env.path("project/sub")).expect("made");
    let before = env.store_files();
    for folder in ["store-link/out", "project/sub/../.git/sessions.git/out", "store-link/a/b"] {
        let said = env.run(&["context", "export", &env.arg(folder)]);
        assert!(said.contains("it lies in the session store"), "{folder} is in the store: {said}");
        assert!(env.store_files() == before, "{folder}: nothing may be written into the store");
    }
}

#[test]
fn export_follows_no_link_in_its_folder() {
    let env = TestEnv::with_session();
    env.run_fed("one\n", &["context", "put", "docs/a.md"]);
    env.write("outside/a.md", "mine\n");
    fs::create_dir(env.path("out")).expect("made");
    symlink(env.path("outside"), env.path("out/docs")).expect("linked");
    insta::assert_snapshot!(env.run(&["context", "export", &env.arg("out"), "--force"]), @"
    [stderr]
    error: $TMP/out/docs is not a folder to export to: it is a symbolic link
    hint: name a folder of its own, empty or not there yet
    [exit 1]
    ");
    assert_eq!(env.read("outside/a.md"), "mine\n", "nothing is written outside the folder");
}

#[test]
fn import_adds_and_changes_files() {
    let env = TestEnv::with_session();
    env.run_fed("old\n", &["context", "put", "a.md"]);
    env.run_fed("kept\n", &["context", "put", "kept.md"]);
    env.write("in/a.md", "new\n");
    env.write("in/docs/b.md", "b\n");
    insta::assert_snapshot!(env.run(&["context", "import", &env.arg("in")]), @"
    [stderr]
    context changed: a.md, docs/b.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        4  a.md
        2  docs/b.md
        5  kept.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "import", &env.arg("nowhere")]), @"
    [stderr]
    error: could not read the folder $TMP/nowhere
    caused by: No such file or directory (os error 2)
    hint: check the path and who may read and write it
    [exit 1]
    ");
    env.fsck();
}

#[test]
fn import_takes_all_files_or_none() {
    let env = TestEnv::with_session();
    let canary = env.write("home/.ssh/id_ed25519", "canary\n");
    let before = env.store_files();
    let import = |name: &str| env.run(&["context", "import", &env.arg(name)]);
    env.write("link/fine.md", "fine\n");
    symlink(&canary, env.path("link/notes.md")).expect("linked");
    insta::assert_snapshot!(import("link"), @"
    [stderr]
    error: notes.md is not stored: it is a symbolic link
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    env.write("secret/.env", "TOKEN=canary\n");
    env.write("secret/x/server.pem", "canary\n");
    insta::assert_snapshot!(import("secret"), @"
    [stderr]
    error: .env is not stored: it looks sensitive (--allow-sensitive stores it) (and 1 more file)
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    env.write("case/README.md", "a\n");
    env.write("case/readme.md", "b\n");
    insta::assert_snapshot!(import("case"), @"
    [stderr]
    error: readme.md is not stored: it would collide with 'README.md' on macOS or Windows
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    env.write("git/.gitmodules", "x\n");
    insta::assert_snapshot!(import("git"), @"
    [stderr]
    error: .gitmodules is not stored: path '.gitmodules' contains a name that Git reserves ('.gitmodules')
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    env.write("esc/a\x1b[2J.md", "x\n");
    insta::assert_snapshot!(import("esc"), @r"
    [stderr]
    error: a\x1b[2J.md is not stored: path 'a\x1b[2J.md' cannot be used: it contains '\x1b'
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    let status = output(env.program("mkfifo").arg(env.path("pipe"))).status;
    assert!(status.success());
    fs::create_dir(env.path("fifo")).expect("made");
    fs::rename(env.path("pipe"), env.path("fifo/pipe")).expect("moved");
    insta::assert_snapshot!(import("fifo"), @"
    [stderr]
    error: pipe is not stored: it is not a regular file
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    assert!(env.store_files() == before, "a refused import must leave the store as it was");
}

#[test]
fn put_reads_only_plain_files_that_hold_no_secret() {
    let env = TestEnv::with_session();
    let canary = env.write("home/.ssh/id_ed25519", "canary\n");
    symlink(&canary, env.path("link")).expect("linked");
    symlink(env.path("home/.ssh"), env.path("folder")).expect("linked");
    assert!(output(env.program("mkfifo").arg(env.path("pipe"))).status.success());
    let before = env.store_files();
    insta::assert_snapshot!(env.run(&["context", "put", "a.md", &env.arg("link")]), @"
    [stderr]
    error: $TMP/link is not stored: it is a symbolic link
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["context", "put", "a.md", &env.arg("pipe")]), @"
    [stderr]
    error: $TMP/pipe is not stored: it is not a regular file
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["context", "put", "a.md", &env.arg("home")]), @"
    [stderr]
    error: $TMP/home is not stored: it is not a regular file
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["context", "put", "a.md", "/dev/zero"]), @"
    [stderr]
    error: /dev/zero is not stored: it is not a regular file
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    let said = env.run(&["context", "put", ".env", &env.write("plain", "x")]);
    assert!(said.contains("sensitive") && said.ends_with("[exit 1]"), ".env is a secret's name: {said}");
    insta::assert_snapshot!(env.run(&["context", "put", "a.md", &env.arg("nowhere")]), @"
    [stderr]
    error: $TMP/nowhere is not stored: No such file or directory (os error 2)
    hint: name a plain file; '-' takes what is handed in on stdin
    [exit 1]
    ");
    assert!(env.store_files() == before, "a refused file must leave the store as it was");
}

#[test]
fn a_secret_is_known_by_either_of_its_names() {
    let env = TestEnv::with_session();
    env.write("home/.ssh/id_ed25519", "canary\n");
    symlink(env.path("home/.ssh"), env.path("folder")).expect("linked");
    let before = env.store_files();
    for file in ["home/.ssh/id_ed25519", "folder/id_ed25519"] {
        let said = env.run(&["context", "put", "docs/setup.md", &env.arg(file)]);
        assert!(said.contains("sensitive") && said.ends_with("[exit 1]"), "{file} is a key: {said}");
    }
    let said = env.run_fed("TOKEN=canary", &["context", "put", ".env"]);
    assert!(
        said.contains("sensitive") && said.ends_with("[exit 1]"),
        ".env is refused from stdin too: {said}"
    );
    assert!(env.store_files() == before, "a refused secret must leave the store as it was");
    let said = env.run_fed("TOKEN=1", &["context", "put", ".env", "--allow-sensitive"]);
    assert!(said.ends_with("[exit 0]"), "{said}");
}

#[test]
fn names_that_are_one_elsewhere_are_refused() {
    let env = TestEnv::with_session();
    env.run_fed("a\n", &["context", "put", "README.md"]);
    env.run_fed("a\n", &["context", "put", "docs/caf\u{e9}.md"]);
    let before = env.store_files();
    insta::assert_snapshot!(env.run_fed("b\n", &["context", "put", "readme.md"]), @"
    [stderr]
    error: path 'readme.md' would collide with 'README.md' on macOS or Windows
    hint: choose another path
    [exit 2]
    ");
    insta::assert_snapshot!(env.run_fed("b\n", &["context", "put", "docs/cafe\u{301}.md"]), @"
    [stderr]
    error: path 'docs/café.md' would collide with 'docs/café.md' on macOS or Windows
    hint: choose another path
    [exit 2]
    ");
    insta::assert_snapshot!(env.run_fed("b\n", &["context", "put", "Docs/other.md"]), @"
    [stderr]
    error: path 'Docs/other.md' would collide with 'docs' on macOS or Windows
    hint: choose another path
    [exit 2]
    ");
    insta::assert_snapshot!(env.run_fed("b\n", &["context", "put", "README.md/x"]), @"
    [stderr]
    error: path 'README.md/x' cannot be added: 'README.md' is there already
    hint: choose another path
    [exit 1]
    ");
    insta::assert_snapshot!(env.run_fed("b\n", &["context", "put", "docs"]), @"
    [stderr]
    error: path 'docs' cannot be added: 'docs' is there already
    hint: choose another path
    [exit 1]
    ");
    assert!(env.store_files() == before, "a refused file must leave the store as it was");
}
