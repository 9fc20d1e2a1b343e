//! Rows 18 to 26 and 29: paths in the context, and files that are named on the command line.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::Row;
use super::runner::SECRET;
use crate::env::{TestEnv, output};

const OUTSIDE: &str = "is outside the context";
const RESERVED: &str = "that Git reserves";
const IRREGULAR: &str = "not a regular file";

/// What leads out of the context, or is Git's: its row, the path, and a word of the message.
const LEADING_OUT: [(u8, &str, &str); 13] = [
    (18, "../x", OUTSIDE),
    (18, "a/../../b", OUTSIDE),
    (18, "..", OUTSIDE),
    (18, "a/..", OUTSIDE),
    (19, "/etc/passwd", OUTSIDE),
    (19, "//etc/passwd", OUTSIDE),
    (19, "/", OUTSIDE),
    (20, ".git/config", RESERVED),
    (20, ".GIT/config", RESERVED),
    (20, "git~1/x", RESERVED),
    (20, "x/.git/hooks/y", RESERVED),
    (20, ".gitmodules", RESERVED),
    (20, ".gitattributes", RESERVED),
];

/// What some system cannot hold: its row, the path, and a word of the message.
const UNFIT: [(u8, &str, &str); 24] = [
    (22, "", "empty"),
    (22, "a\nb", "\\n"),
    (22, "a\x1b[2Jb", "\\x1b"),
    (22, "a\u{202e}b", "\\u{202e}"),
    (22, "a\u{200b}b", "\\u{200b}"),
    (22, "a//b", "empty component"),
    (22, "./a", "empty component"),
    (22, "a/", "empty component"),
    (22, "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "16 components"),
    (24, "C:\\x", "':'"),
    (24, "\\\\srv\\x", "'\\'"),
    (24, "a\\b", "'\\'"),
    (24, "x:stream", "':'"),
    (24, "c:x", "':'"),
    (25, "NUL", "reserved on Windows"),
    (25, "con.md", "reserved on Windows"),
    (25, "a/aux", "reserved on Windows"),
    (25, "com0", "reserved on Windows"),
    (25, "com\u{b9}.txt", "reserved on Windows"),
    (25, "nul .txt", "reserved on Windows"),
    (25, "a ", "a dot or a space"),
    (25, "a.", "a dot or a space"),
    (25, "a /b", "a dot or a space"),
    (25, "a./b", "a dot or a space"),
];

/// Options that take a text file, but for its name.
const READING: [&[&str]; 4] = [
    &["record", "-m", "x", "--conversation"],
    &["record", "--from"],
    &["resolve", "a.md", "--keep"],
    &["context", "put", "a.md"],
];

/// Options that take a folder.
const FOLDERS: [&[&str]; 4] = [
    &["record", "-m", "x", "--context"],
    &["record", "-m", "x", "--context-mirror"],
    &["context", "import"],
    &["import", "babysitter"],
];

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (number, path, words) in LEADING_OUT {
        rows.extend(
            ["put", "cat", "rm", "ls"].map(|verb| Row::new(number, &["context", verb, path]).says(words)),
        );
    }
    let (long, deep) = ("x".repeat(300), "x".repeat(4097));
    for (number, path, words) in
        UNFIT.into_iter().chain([(22, long.as_str(), "255 bytes"), (22, &deep, "4096 bytes")])
    {
        let verbs = ["put", "cat", "rm", "ls"];
        rows.extend(verbs.map(|verb| Row::new(number, &["context", verb, path]).exits(&[2]).says(words)));
    }
    rows.extend(links());
    rows.extend(special_files());
    rows.extend(collisions());
    rows.extend(secrets());
    rows
}

fn plant_links(env: &TestEnv) {
    env.write("home/.ssh/id_ed25519", SECRET);
    env.write("home/.ssh/other", SECRET);
    env.write("home/.ssh/in/other", SECRET);
    symlink(env.path("home/.ssh/other"), env.path("project/link.md")).expect("linked");
    symlink(env.path("home/.ssh"), env.path("project/docs")).expect("linked");
    symlink(env.path("home/.ssh/id_ed25519"), env.path("project/talk.md")).expect("linked");
    fs::create_dir(env.path("project/sub")).expect("made");
}

fn links() -> Vec<Row> {
    let refused = |arguments: &[&str]| Row::new(21, arguments).given(plant_links);
    let link = "it is a symbolic link";
    vec![
        refused(&["context", "put", "a.md", "link.md"]).says(link).says("link.md"),
        refused(&["context", "put", "a.md", "docs/other"]).says(link),
        refused(&["context", "put", "a.md", "sub/../docs/other"]).says(link),
        refused(&["context", "put", "a.md", "$TMP/project/docs/other"]).says(link),
        refused(&["context", "put", "a.md", "docs/in/other"]).says(link),
        refused(&["context", "put", "a.md", "docs/id_ed25519"]).says("looks sensitive"),
        refused(&["context", "put", "a.md", "talk.md", "--allow-sensitive"]).says(link),
        refused(&["record", "-m", "x", "--context", "docs"]).says(link),
        refused(&["record", "-m", "x", "--context", "docs/"]).says(link),
        refused(&["record", "-m", "x", "--context-mirror", "docs/in"]).says(link),
        refused(&["context", "import", "docs"]).says(link),
        // A text is followed as `cat` would, but not to a key.
        refused(&["record", "-m", "x", "--conversation", "talk.md"]).says("looks sensitive"),
        refused(&["resolve", "a.md", "--keep", "talk.md"]).says("looks sensitive"),
    ]
}

fn plant_special_files(env: &TestEnv) {
    assert!(output(env.program("mkfifo").arg(env.path("pipe"))).status.success());
    // The file stays when the listener goes.
    drop(UnixListener::bind(env.path("socket")).expect("bound"));
    fs::create_dir(env.path("folder")).expect("made");
}

fn special_files() -> Vec<Row> {
    let files = ["$TMP/pipe", "$TMP/socket", "/dev/zero", "/dev/null", "/dev/full", "/proc/self/environ"];
    let more = ["$TMP/folder", "/", ".", "/sys/kernel/uevent_seqnum", "/proc/self/mem", "/dev/tty"];
    let mut rows = Vec::new();
    for file in files.into_iter().chain(more) {
        // What this system does not have is not there to be refused.
        let exists = file.starts_with("$TMP") || std::path::Path::new(file).exists();
        for option in READING {
            let arguments = [option, &[file]].concat();
            let row = Row::new(23, &arguments).given(plant_special_files);
            let row = if file == "." { row } else { row.says(file) };
            rows.push(if exists { row.says(IRREGULAR) } else { row });
        }
    }
    for file in ["$TMP/pipe", "$TMP/socket", "/dev/zero", "/proc/self/environ", "$TMP/missing"] {
        for option in FOLDERS {
            let arguments = [option, &[file]].concat();
            rows.push(Row::new(23, &arguments).given(plant_special_files).says(file));
        }
    }
    rows.push(
        Row::new(23, &["context", "import", "$TMP"]).given(plant_special_files).says("pipe").says(IRREGULAR),
    );
    rows
}

fn collisions() -> Vec<Row> {
    let readme = |env: &TestEnv| drop(env.ok(&["context", "put", "README.md", &env.write("in", "x")]));
    let accent = |env: &TestEnv| drop(env.ok(&["context", "put", "\u{e9}.md", &env.write("in", "x")]));
    let both = |env: &TestEnv| {
        env.write("in/A.md", "x");
        env.write("in/a.md", "y");
    };
    let collide = "would collide with";
    vec![
        Row::new(26, &["context", "put", "readme.md"]).given(readme).exits(&[2]).says(collide),
        Row::new(26, &["context", "put", "ReadMe.MD"]).given(readme).exits(&[2]).says(collide),
        Row::new(26, &["context", "put", "e\u{301}.md"]).given(accent).exits(&[2]).says(collide),
        Row::new(26, &["context", "put", "readme.md/x"]).given(readme).exits(&[1, 2]),
        Row::new(26, &["context", "put", "README.md/x"]).given(readme).exits(&[1, 2]).says("there already"),
        Row::new(26, &["context", "import", "$TMP/in"]).given(both).says("would collide"),
        // One of the two is recorded, and the other is told: exit 1 would read as "not recorded".
        Row::new(26, &["record", "-m", "x", "--context", "$TMP/in"])
            .given(both)
            .records()
            .says("would collide"),
    ]
}

fn secrets() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in [
        ".env",
        ".env.local",
        "id_rsa",
        "id_ed25519_sk",
        "server.pem",
        ".netrc",
        ".git-credentials",
        "x.key",
        ".aws/credentials",
        ".npmrc",
        "ID_RSA",
    ] {
        let plant = move |env: &TestEnv| drop(env.write(&format!("in/{name}"), SECRET));
        let file = format!("$TMP/in/{name}");
        let secret =
            |arguments: &[&str]| Row::new(29, arguments).what(name).given(plant).says("looks sensitive");
        rows.push(secret(&["context", "put", "a.md", &file]).says("--allow-sensitive"));
        if !name.starts_with(".git") {
            rows.push(secret(&["context", "put", name]).says("--allow-sensitive"));
        }
        rows.push(secret(&["record", "-m", "x", "--conversation", &file]));
        rows.push(secret(&["resolve", "a.md", "--keep", &file]));
        rows.push(secret(&["context", "import", "$TMP/in"]).exits(&[1]));
        // The run is recorded without the file, and that is told: exit 1 would read as "not recorded",
        // and the caller would record it again.
        rows.push(secret(&["record", "-m", "x", "--context", "$TMP/in"]).records().says("not stored"));
    }
    // `.git-credentials` starts with `.git`, which is said first.
    rows.iter_mut()
        .filter(|row| row.arguments.contains(&"import".into()) || row.arguments.contains(&"--context".into()))
        .for_each(|row| row.says.retain(|words| words != "looks sensitive"));
    rows
}
