//! Row 63 and beyond: files that sessions are to be written to, and bundles that are none. What a bundle
//! can hold is tried in `tests/laws/bundle.rs`.

use super::Row;
use crate::env::{TestEnv, output};

pub fn rows() -> Vec<Row> {
    let mut rows = targets();
    rows.extend(formats());
    rows.extend(no_bundles());
    rows
}

fn is_untouched(env: &TestEnv) {
    assert_eq!(env.read("project/there.bundle"), "mine");
}

fn targets() -> Vec<Row> {
    let there = |env: &TestEnv| drop(env.write("project/there.bundle", "mine"));
    let linked = |env: &TestEnv| {
        env.write("project/there.bundle", "mine");
        std::os::unix::fs::symlink("there.bundle", env.path("project/link.bundle")).expect("linked");
        std::os::unix::fs::symlink("nowhere", env.path("project/dangling.bundle")).expect("linked");
    };
    let to = |target: &str| Row::new(63, &["export", "--format", "bundle", "-o", target]);
    vec![
        to("there.bundle").given(there).says("--force").then(is_untouched),
        to("link.bundle").given(linked).says("--force").then(is_untouched),
        to("dangling.bundle").given(linked).says("--force"),
        to(".").says("a folder"),
        to("/").says("a folder"),
        to("").exits(&[2]),
        to("nowhere/x.bundle").says("no such folder"),
        to("there.bundle/x").given(there).says("no such folder"),
        to("/dev/null").says("no file"),
        to("/proc/self/x.bundle"),
        to(".git/sessions.git/x.bundle").says("in the store"),
        to(".git/sessions.git/refs/heads/x").says("in the store"),
        to("a\x1b[2Jb/x.bundle"),
        to(&"x".repeat(300)),
    ]
}

fn formats() -> Vec<Row> {
    let mut rows = vec![
        Row::new(63, &["export"]).exits(&[2]).says("--format"),
        Row::new(63, &["export", "-o", "x"]).exits(&[2]).says("'x'"),
        Row::new(63, &["export", "-o", "x.zip"]).exits(&[2]).says("--format"),
        Row::new(63, &["export", "nowhere", "--format", "bundle"]).says("no session"),
        Row::new(63, &["export", "--all", "nowhere", "--format", "bundle"]).exits(&[2]),
        Row::new(63, &["export", "--format", "bundle", "--store", "nowhere.git"]).says("no session store"),
    ];
    for format in ["", "zip", "Bundle", "-x", "bundle,tar", "\x1b[2J"] {
        rows.push(Row::new(63, &["export", "--format", format, "-o", "x"]).exits(&[2]));
    }
    rows
}

fn no_bundles() -> Vec<Row> {
    let mut rows = Vec::new();
    for (content, says) in [
        (&b""[..], "it is empty"),
        (b"hi\n", "no git bundle"),
        (b"PACK\0\0\0\x02", "no git bundle"),
        (b"# v2 git bundle", "no git bundle"),
        (b"# v2 git bundle\n", "cut off"),
        (b"# v2 git bundle\n\n", "no session"),
        (b"# v2 git bundle\n\x1b[2J\n\n", "damaged"),
        (b"# v2 git bundle\n\xff\n\n", "damaged"),
        (b"# v2 git bundle\n0123456789012345678901234567890123456789 refs/heads/main\n\n", "no session"),
        (
            b"# v2 git bundle\n0123456789012345678901234567890123456789 refs/heads/session/a-00000001\n\n",
            "cut off",
        ),
        (b"# v2 git bundle\n-0123456789012345678901234567890123456789 x\n\n", "does not have"),
        (b"# v3 git bundle\n@filter=blob:none\n\n", "filter"),
        (b"# v4 git bundle\n\n", "version 4"),
    ] {
        let written = move |env: &TestEnv| drop(env.write("project/x.bundle", content));
        let what = String::from_utf8_lossy(content).escape_default().to_string();
        rows.push(Row::new(63, &["import", "x.bundle"]).what(&what).given(written).says(says));
        rows.push(Row::new(63, &["import", "-"]).what(&what).fed(content).says(says));
    }
    let pipe = |env: &TestEnv| {
        assert!(output(env.program("mkfifo").arg(env.path("project/pipe"))).status.success());
    };
    rows.extend([
        Row::new(63, &["import", "nowhere.bundle"]).says("nowhere.bundle"),
        Row::new(63, &["import", "."]).says("not a regular file"),
        Row::new(63, &["import", "/dev/zero"]).says("not a regular file"),
        Row::new(63, &["import", "pipe"]).given(pipe).says("not a regular file"),
        Row::new(63, &["import"]).exits(&[2]),
        Row::new(63, &["import", ""]).exits(&[2]),
        Row::new(63, &["import", "a", "b"]).exits(&[2]),
        Row::new(63, &["import", "babysitter"]).exits(&[2]),
        Row::new(63, &["import", "x\x1b[2J"]),
        Row::new(63, &["import"]).bytes(b"\xff.bundle"),
    ]);
    rows
}
