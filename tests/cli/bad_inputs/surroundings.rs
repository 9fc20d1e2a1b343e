//! Rows 54 to 59 and 61: what is around the program: git, variables, folders, clocks, limits.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::Row;
use crate::env::{BINARY, TestEnv, output};

pub fn rows() -> Vec<Row> {
    let mut rows = gits();
    rows.extend(places());
    rows.extend(same_id());
    rows.extend(outer_git());
    rows.extend(clocks());
    rows.extend(limits());
    rows
}

/// Puts a program called git before the real one.
fn fake_git(env: &TestEnv, script: &str) {
    let path = env.write("fake/git", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
}

fn with_fake_git(env: &TestEnv, command: &mut Command) {
    let path = std::env::var_os("PATH").expect("PATH");
    let folders = std::iter::once(env.path("fake")).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("joined"));
}

// What git would tell is left out of the record. That of `run` is asked of git, within 10 s.
fn gits() -> Vec<Row> {
    let mut rows = Vec::new();
    for (what, script) in [
        ("git 2.20", "echo 'git version 2.20.0'"),
        ("garbage", r"printf '\033[2J\377garbage\0\n'"),
        ("an error that steers", r"printf '\033]0;x\007' >&2; exit 128"),
        ("ends by signal", "kill -9 $$"),
        ("leaves something running", "sleep 1000 & exit 0"),
        ("prints without end", "exec cat /dev/zero"),
        ("hangs", "exec sleep 1000"),
    ] {
        let row = |arguments: &[&str]| {
            Row::new(54, arguments).what(what).given(move |env| fake_git(env, script)).with(with_fake_git)
        };
        rows.push(row(&["run", "-q", "--", "true"]).records().once());
        rows.push(row(&["record", "-m", "x"]).records());
        rows.push(row(&["list"]).works());
    }
    let absent = |env: &TestEnv, c: &mut Command| {
        c.env("PATH", env.path("nothing"));
    };
    let folder = |env: &TestEnv| fs::create_dir_all(env.path("fake/git")).expect("made");
    let only_fake = |env: &TestEnv, c: &mut Command| {
        c.env("PATH", env.path("fake"));
    };
    for arguments in [&["record", "-m", "x"][..], &["know", "a", "b"], &["run", "-q", "--", "/bin/true"]] {
        rows.push(Row::new(54, arguments).what("git is absent").with(absent).records());
        rows.push(Row::new(54, arguments).what("git is a folder").given(folder).with(only_fake).records());
    }
    for arguments in [&["list"][..], &["show"], &["log"], &["brief"], &["runs"]] {
        rows.push(Row::new(54, arguments).what("git is absent").with(absent).works());
    }
    rows
}

/// Runs the command through a shell that does something first.
fn after(script: &'static str) -> impl Fn(&TestEnv, &mut Command) + Send + 'static {
    move |env, command| {
        let mut shell = env.program("sh");
        shell.arg("-c").arg(format!("{script}\nexec \"$@\"")).arg("sh");
        wrap(command, shell);
    }
}

/// Lets another program start the command.
fn wrap(command: &mut Command, mut by: Command) {
    by.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => by.env(name, value),
            None => by.env_remove(name),
        };
    }
    by.current_dir(command.get_current_dir().expect("a folder"));
    *command = by;
}

fn places() -> Vec<Row> {
    let mut rows = vec![
        Row::new(55, &["path"])
            .what("no HOME")
            .with(|_, c| {
                c.env_remove("HOME").current_dir("/");
            })
            .says("HOME"),
        Row::new(55, &["record", "-m", "x"])
            .what("no HOME")
            .with(|_, c| {
                c.env_remove("HOME");
            })
            .records(),
        Row::new(55, &["list"])
            .what("HOME is no folder")
            .with(|_, c| {
                c.env("HOME", "/dev/null");
            })
            .works(),
        Row::new(55, &["record", "-m", "x"])
            .what("no TMPDIR")
            .with(|_, c| {
                c.env("TMPDIR", "/nowhere");
            })
            .records(),
        Row::new(55, &["run", "-q", "--", "true"])
            .what("no TMPDIR")
            .with(|_, c| {
                c.env("TMPDIR", "/nowhere");
            })
            .records(),
        Row::new(55, &["status"])
            .what("odd variables")
            .with(|_, c| {
                c.env("GIT_SESSION_RUN", "\x1b[2J").env("COLUMNS", "x").env("LANG", "\x1b");
            })
            .works(),
        Row::new(55, &["status"])
            .what("GIT_SESSION")
            .with(|_, c| {
                c.env("GIT_SESSION", "\x1b[2J\u{202e}");
            })
            .works(),
        Row::new(55, &["list"])
            .what("deleted folder")
            .with(after("mkdir -p gone && cd gone && rmdir ../gone"))
            .says("cannot be read"),
        Row::new(55, &["list"]).what("stdin is closed").with(after("exec <&-")).works(),
        Row::new(55, &["context", "put", "a.md"])
            .what("stdin is closed")
            .with(after("exec <&-"))
            .exits(&[0, 1])
            .records(),
    ];
    for arguments in [&["list"][..], &["-h"], &["log"]] {
        rows.push(Row::new(55, arguments).what("stdout is closed").with(after("exec >&-")).works());
        rows.push(
            Row::new(55, arguments).what("stdout is full").with(after("exec >/dev/full")).exits(&[0, 1]),
        );
    }
    // The exit code says whether it was recorded, whoever listens.
    rows.push(
        Row::new(55, &["record", "-m", "x"]).what("stdout is closed").with(after("exec >&-")).records(),
    );
    rows.push(
        Row::new(55, &["record", "-m", "x"]).what("stderr is closed").with(after("exec 2>&-")).records(),
    );
    rows.push(
        Row::new(55, &["list"])
            .what("nobody reads on")
            .with(|env, command| {
                let mut shell = env.program("sh");
                shell.arg("-c").arg("\"$@\" | head -c 0; exit 0").arg("sh");
                wrap(command, shell);
            })
            .works(),
    );
    rows
}

fn same_id() -> Vec<Row> {
    let id = "aaaaaaaa-10b1-426f-9247-bb680e5fe0c1";
    let concurrently = move |given: &'static str| {
        move |env: &TestEnv| {
            let children: Vec<_> = (0..8)
                .map(|_| {
                    let mut command = env.command(&["record", "-m", "x", "--id", given, "--json"]);
                    command.stdout(std::process::Stdio::piped());
                    command.spawn().expect("started")
                })
                .collect();
            let told = children.into_iter().map(|child| {
                let out = child.wait_with_output().expect("waited");
                assert!(out.status.success(), "each must be told that it is recorded");
                let told: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
                (told["run"].clone(), told["number"].clone(), told["commit"].clone())
            });
            let mut told: Vec<_> = told.map(|told| format!("{told:?}")).collect();
            told.dedup();
            assert_eq!(told.len(), 1, "all must be told of the same run: {told:?}");
            assert_eq!(env.json(&["runs"]).as_array().map(Vec::len), Some(1), "it is one run");
            env.fsck();
        }
    };
    vec![
        Row::new(57, &["record", "-m", "x", "--id", id]).given(concurrently(id)).works().says("aaaaaaaa"),
        Row::new(57, &["record", "-m", "x", "--id", "../../x"])
            .what("a foreign id")
            .given(concurrently("../../x"))
            .works(),
    ]
}

/// Points everything that an outer git may export at another repository.
fn hostile(env: &TestEnv, command: &mut Command) {
    for (name, path) in [
        ("GIT_DIR", "victim/.git"),
        ("GIT_WORK_TREE", "victim"),
        ("GIT_INDEX_FILE", "victim/.git/index"),
        ("GIT_OBJECT_DIRECTORY", "victim/.git/objects"),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "victim/.git/objects"),
        ("GIT_QUARANTINE_PATH", "victim/.git/objects"),
        ("GIT_COMMON_DIR", "victim/.git"),
        ("GIT_SHALLOW_FILE", "victim/.git/shallow"),
        ("GIT_GRAFT_FILE", "victim/.git/grafts"),
        ("GIT_TRACE", "victim/trace"),
    ] {
        command.env(name, env.path(path));
    }
    let touch = format!("touch {}", env.arg("canary"));
    for name in [
        "GIT_SSH_COMMAND",
        "GIT_EDITOR",
        "GIT_ASKPASS",
        "GIT_EXTERNAL_DIFF",
        "GIT_SEQUENCE_EDITOR",
        "GIT_PROXY_COMMAND",
    ] {
        command.env(name, &touch);
    }
    command
        .env("GIT_EXEC_PATH", env.path("victim"))
        .env("GIT_PREFIX", "../../")
        .env("GIT_NAMESPACE", "victim");
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.fsmonitor")
        .env("GIT_CONFIG_VALUE_0", &touch);
}

fn victim(env: &TestEnv) -> Vec<u8> {
    let mut find = env.program("find");
    find.arg(env.path("victim")).args(["-type", "f", "-exec", "cksum", "{}", "+"]);
    output(&mut find).stdout
}

fn outer_git() -> Vec<Row> {
    let plant = |env: &TestEnv| {
        env.project_git(&["init", "-q", &env.arg("victim")]);
        env.write("before", victim(env));
    };
    let untouched = |env: &TestEnv| {
        assert_eq!(
            victim(env),
            fs::read(env.path("before")).expect("read"),
            "the other repository must be as it was"
        );
    };
    let row = |arguments: &[&str]| Row::new(58, arguments).given(plant).with(hostile).then(untouched);
    let writing: [&[&str]; 5] = [
        &["record", "-m", "Try"],
        &["know", "a", "b"],
        &["run", "-q", "--", "true"],
        &["begin", "-m", "x"],
        &["context", "put", "a.md"],
    ];
    let reading: [&[&str]; 4] = [&["list"], &["path"], &["show"], &["brief"]];
    let mut rows: Vec<Row> = writing.map(|arguments| row(arguments).records()).into();
    rows.extend(reading.map(|arguments| row(arguments).works()));
    rows.push(row(&["path"]).works().says("$TMP/project/.git/sessions.git"));
    let hooks = ["post-commit", "post-merge", "post-rewrite", "pre-push", "prepare-commit-msg"];
    rows.extend(hooks.map(|event| row(&["hook", event]).once().works()));
    rows
}

fn clocks() -> Vec<Row> {
    let earlier = |env: &TestEnv| drop(env.ok(&["record", "-m", "Before"]));
    let in_order = |env: &TestEnv| {
        let runs = env.json(&["runs"]);
        let said: Vec<_> = runs.as_array().expect("list").iter().map(|run| run["summary"].clone()).collect();
        assert_eq!(said, ["Clock", "Before"], "runs are in the order in which they were recorded");
        let story = env.run(&["log"]);
        assert!(story.ends_with("[exit 0]"), "{story}");
        env.ok(&["record", "-m", "After"]);
        assert_eq!(env.json(&["runs"])[0]["summary"], "After");
        env.fsck();
    };
    let mut rows = Vec::new();
    for now in [
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2038-01-19T03:14:08Z",
        "2106-02-07T06:28:16Z",
        "9999-12-31T23:59:59Z",
        "2026-11-22T10:00:00-12:00",
        "2026-11-22T10:00:00+14:00",
    ] {
        let clock = move |_: &TestEnv, c: &mut Command| {
            c.env("GIT_SESSION_DEBUG_NOW", now);
        };
        rows.push(
            Row::new(59, &["record", "-m", "Clock"])
                .what(now)
                .given(earlier)
                .with(clock)
                .records()
                .then(in_order),
        );
        rows.push(Row::new(59, &["status"]).what(now).given(earlier).with(clock).works());
    }
    for zone in ["America/St_Johns", "Europe/Berlin", "Pacific/Kiritimati", "UTC-23:59", "\x1b[2J"] {
        let there = move |_: &TestEnv, c: &mut Command| {
            c.env("TZ", zone);
        };
        rows.push(
            Row::new(59, &["record", "-m", "Clock"])
                .what(zone)
                .given(earlier)
                .with(there)
                .records()
                .then(in_order),
        );
    }
    let wrong = |_: &TestEnv, c: &mut Command| {
        c.env("GIT_SESSION_DEBUG_NOW", "yesterday");
    };
    rows.push(Row::new(59, &["record", "-m", "x"]).with(wrong).exits(&[2]).says("yesterday"));
    rows
}

/// Tells whether a limit can be set here.
fn has(tool: &str) -> bool {
    let found =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|f| f.join(tool).exists());
    if !found {
        eprintln!("skipped: there is no {tool} here");
    }
    found
}

fn limits() -> Vec<Row> {
    let mut rows = Vec::new();
    for (limit, what) in [("ulimit -n 16", "16 files"), ("ulimit -v 262144", "256 MB")] {
        for arguments in [&["record", "-m", "x"][..], &["know", "a", "b"], &["run", "-q", "--", "true"]] {
            rows.push(Row::new(61, arguments).what(what).with(after(limit)).records());
        }
        for arguments in [&["list"][..], &["show"], &["log"], &["brief"]] {
            rows.push(Row::new(61, arguments).what(what).with(after(limit)).works());
        }
    }
    let mut large = vec![0; 3 << 20];
    // What can be compressed would fit.
    let mut number = 1u32;
    large.iter_mut().for_each(|byte| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (number >> 24) as u8;
    });
    // 2,048 blocks of 512 bytes: a megabyte.
    let full = "ulimit -f 2048";
    rows.push(Row::new(61, &["record", "-m", "x"]).what("files of 1 MB").with(after(full)).records());
    rows.push(
        Row::new(61, &["context", "put", "a.bin"])
            .what("files of 1 MB")
            .fed(&large)
            .with(after(full))
            .moves_nothing()
            .says("File too large"),
    );
    rows.push(
        Row::new(61, &["record", "-m", "x"])
            .what("files of 0 bytes")
            .with(after("ulimit -f 0"))
            .moves_nothing()
            .says("File too large"),
    );
    if has("strace") && can_trace() {
        rows.push(
            Row::new(61, &["record", "-m", "x", "--context", "$TMP/in"])
                .what("no openat2")
                .given(|env| drop(env.write("in/sub/a.md", "x")))
                .with(|env, command| {
                    let mut strace = env.program("strace");
                    strace.args(["-f", "-o", "/dev/null", "-e", "inject=openat2:error=ENOSYS"]);
                    wrap(command, strace);
                })
                .records(),
        );
    }
    rows
}

fn can_trace() -> bool {
    let arguments: [OsString; 4] =
        ["-o".into(), "/dev/null".into(), "-e".into(), "inject=openat2:error=ENOSYS".into()];
    let works = Command::new("strace").args(arguments).arg(Path::new(BINARY)).arg("--version").output();
    let works = works.is_ok_and(|out| out.status.success());
    if !works {
        eprintln!("skipped: strace may not trace here");
    }
    works
}
