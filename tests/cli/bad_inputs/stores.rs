//! Rows 40 to 47: stores that are none, that are not safe, and that are broken.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::Row;
use super::folders::{rights_can_be_lost, without_rights};
use crate::env::TestEnv;

pub fn rows() -> Vec<Row> {
    let mut rows = no_stores();
    rows.extend(unsafe_stores());
    rows.extend(formats());
    rows.extend(broken_files());
    rows.extend(locks());
    rows.extend(branches());
    rows
}

fn plant_no_stores(env: &TestEnv) {
    env.write("file", "data");
    env.write("folder/data", "data");
    fs::create_dir(env.path("empty")).expect("made");
    env.project_git(&["init", "-q", "--bare", &env.arg("foreign.git")]);
    env.project_git(&["init", "-q", &env.arg("worktree")]);
    env.ok(&["new", "x", "--store", &env.arg("newer.git"), "--no-switch"]);
    env.project_git(&["config", "-f", &env.arg("newer.git/config"), "session.storeFormat", "2"]);
    env.ok(&["new", "x", "--store", &env.arg("headless.git"), "--no-switch"]);
    fs::remove_file(env.path("headless.git/HEAD")).expect("removed");
}

fn no_stores() -> Vec<Row> {
    let no_store = "is not a session store";
    let mut rows = Vec::new();
    for (name, words) in [
        ("nothing", "there is no session store at"),
        ("file", no_store),
        ("folder", no_store),
        ("empty", "there is no session store at"),
        ("foreign.git", no_store),
        ("worktree", no_store),
        ("worktree/.git", no_store),
        ("headless.git", no_store),
        ("newer.git", "was made by a newer version (format 2)"),
    ] {
        let store = format!("$TMP/{name}");
        let left_alone = |env: &TestEnv| {
            assert_eq!((env.read("file"), env.read("folder/data")), ("data".to_owned(), "data".to_owned()));
            assert!(
                !env.path("nothing").exists() && !env.path("folder/HEAD").exists(),
                "looking makes no store"
            );
            assert!(!env.path("headless.git/HEAD").exists(), "what is broken is not made anew");
        };
        let row = |verb: &[&str]| {
            let arguments = [verb, &["--store", &store]].concat();
            Row::new(40, &arguments).given(plant_no_stores).says(words).says(&store).then(left_alone)
        };
        rows.push(row(&["runs"]));
        rows.push(row(&["record", "-m", "x"]));
        // What is not there yet is made.
        if !matches!(name, "nothing" | "empty") {
            rows.push(row(&["new", "x"]));
        }
    }
    rows.push(Row::new(40, &["list", "--store", ""]).exits(&[2]).says("--store"));
    rows.push(Row::new(40, &["list", "--store", "/dev/zero"]).says(no_store));
    rows.push(
        Row::new(40, &["list"])
            .with(|_, c| {
                c.env("GIT_SESSION_STORE", "");
            })
            .exits(&[2])
            .says("empty"),
    );
    rows
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

fn unsafe_stores() -> Vec<Row> {
    let unsafe_to_use = "is not safe to use";
    let linked = |env: &TestEnv| symlink(env.store(), env.path("link.git")).expect("linked");
    let mut rows = vec![
        Row::new(41, &["list"]).what("0777").given(|env| mode(&env.store(), 0o777)).says(unsafe_to_use),
        Row::new(41, &["record", "-m", "x"])
            .what("0775")
            .given(|env| mode(&env.store(), 0o775))
            .says("chmod go-w"),
        Row::new(42, &["status", "--store", "$TMP/link.git"])
            .given(linked)
            .works()
            .says("Fix the login test"),
        Row::new(42, &["record", "-m", "x", "--store", "$TMP/link.git"]).given(linked).records(),
        Row::new(42, &["new", "x", "--store", "$TMP/project/inside.git"])
            .given(|env| fs::create_dir(env.path("project/inside.git")).expect("made"))
            .once()
            .works()
            .says("the store lies in the work tree"),
        Row::new(42, &["new", "x", "--store", "$TMP/project/.git/other.git"]).given(|_| ()).once().works(),
    ];
    if rustix::process::geteuid().is_root() {
        let of_nobody =
            |env: &TestEnv| std::os::unix::fs::chown(env.store(), Some(65534), None).expect("given away");
        rows.push(Row::new(41, &["list"]).given(of_nobody).says("another user owns it"));
        rows.push(Row::new(41, &["record", "-m", "x"]).given(of_nobody).says("another user owns it"));
    } else {
        eprintln!("skipped: only root can give a store to another user");
    }
    if rights_can_be_lost() {
        let read_only = |env: &TestEnv| {
            for folder in ["objects", "refs/heads/session", "git-session/locks", "git-session", ""] {
                mode(&env.store().join(folder), 0o555);
            }
        };
        let limited = |arguments: &[&str]| Row::new(41, arguments).given(read_only).with(without_rights);
        rows.push(limited(&["record", "-m", "x"]).what("read-only").says("Permission denied"));
        rows.push(limited(&["list"]).what("read-only").works().says("Fix the login test"));
        for file in ["HEAD", "config", "objects", "refs"] {
            let closed = move |env: &TestEnv| mode(&env.store().join(file), 0);
            rows.push(Row::new(41, &["record", "-m", "x"]).what(file).given(closed).with(without_rights));
        }
    }
    rows
}

fn config(env: &TestEnv, args: &[&str]) {
    let file = env.arg("project/.git/sessions.git/config");
    env.project_git(&[&["config", "-f", file.as_str()], args].concat());
}

/// What breaks a store.
type Breaking = fn(&TestEnv);

fn formats() -> Vec<Row> {
    let breakages: [(&str, Breaking); 6] = [
        ("reftable", |env| {
            config(env, &["core.repositoryFormatVersion", "1"]);
            config(env, &["extensions.refStorage", "reftable"]);
        }),
        ("promisor", |env| {
            config(env, &["core.repositoryFormatVersion", "1"]);
            config(env, &["extensions.partialClone", "origin"]);
        }),
        ("shallow", |env| drop(env.write("project/.git/sessions.git/shallow", "0000\n"))),
        ("alternates", |env| {
            drop(env.write("project/.git/sessions.git/objects/info/alternates", "/nowhere\n"))
        }),
        ("sha256", |env| {
            config(env, &["core.repositoryFormatVersion", "1"]);
            config(env, &["extensions.objectFormat", "sha256"]);
        }),
        ("version 7", |env| config(env, &["core.repositoryFormatVersion", "7"])),
    ];
    let verbs: [&[&str]; 3] = [&["list"], &["record", "-m", "x"], &["new", "x"]];
    let row = |(what, breaks): (&'static str, Breaking)| {
        verbs.map(|verb| {
            let row = Row::new(43, verb).what(what).given(breaks).says("sessions.git");
            if what == "version 7" { row } else { row.says("unsupported repository format") }
        })
    };
    breakages.into_iter().flat_map(row).collect()
}

/// How a file of the repository is broken: which, its content, and whether that is told.
const BROKEN: [(&str, &str, &[i32]); 7] = [
    ("HEAD", "garbage\n", &[0, 1]),
    ("HEAD", "", &[0, 1]),
    ("HEAD", "ref: refs/heads/../../x\n", &[0, 1]),
    ("packed-refs", "\x1b[2J garbage\n", &[0, 1]),
    (
        "packed-refs",
        "0123456789012345678901234567890123456789 refs/heads/session/\x1b[2J-00000009\n",
        &[0, 1],
    ),
    ("config", "[core\n\x1b[2J", &[1]),
    ("config", "\0\0\0", &[1]),
];

fn broken_files() -> Vec<Row> {
    let mut rows = Vec::new();
    for (file, content, exits) in BROKEN {
        let what = format!("{file}: {content}");
        let plant = move |env: &TestEnv| {
            fs::write(env.store().join(file), content).expect("written");
            hooks(env);
        };
        for arguments in [&["list"][..], &["show"]] {
            rows.push(Row::new(44, arguments).what(&what).given(plant).exits(exits));
        }
        // What it can still do, it may; the store is whole then.
        let mut record = Row::new(44, &["record", "-m", "x"]).what(&what).given(plant).exits(exits);
        record.after = super::After::Unchanged;
        if exits == [1] {
            rows.push(record);
        }
    }
    let missing = |env: &TestEnv| fs::remove_file(env.store().join("HEAD")).expect("removed");
    rows.push(Row::new(44, &["list"]).what("no HEAD").given(missing).says("is not a session store"));
    rows.push(Row::new(44, &["new", "x"]).what("no HEAD").given(missing).says("is not a session store"));
    let not_bare = |env: &TestEnv| config(env, &["core.bare", "false"]);
    rows.push(Row::new(44, &["list"]).what("core.bare=false").given(not_bare).says("is not a session store"));
    rows.push(Row::new(44, &["list"]).what("hostile settings").given(hostile_settings).works());
    // Git itself cannot read such a store any more.
    let endless = |env: &TestEnv| config(env, &["include.path", "/dev/zero"]);
    rows.push(Row::new(44, &["list"]).what("an endless include").given(endless).works());
    rows.push(
        Row::new(44, &["record", "-m", "x"]).what("hostile settings").given(hostile_settings).records(),
    );
    rows.push(
        Row::new(44, &["run", "-q", "--", "true"]).what("hostile settings").given(hostile_settings).records(),
    );
    rows
}

fn hooks(env: &TestEnv) {
    let hook = env.write("project/.git/sessions.git/hooks/reference-transaction", "");
    fs::write(&hook, format!("#!/bin/sh\ntouch '{}'\n", env.arg("canary"))).expect("written");
    mode(Path::new(&hook), 0o755);
}

fn hostile_settings(env: &TestEnv) {
    hooks(env);
    let touch = format!("touch {}", env.arg("canary"));
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "gpg.program",
        "core.alternateRefsCommand",
    ] {
        config(env, &[key, &touch]);
    }
    config(env, &["core.hooksPath", "hooks"]);
}

fn locks() -> Vec<Row> {
    let stale = "waited 10 s for another process";
    vec![
        // The lock of a branch is only taken by who holds the session's lock, so a stale one is removed.
        Row::new(45, &["record", "-m", "x"])
            .what("a branch's lock file")
            .given(move |env| lock(env, &format!("{}.lock", env.branch())))
            .records(),
        Row::new(45, &["record", "-m", "x"])
            .what("packed-refs.lock of a dead process")
            .given(move |env| lock(env, "packed-refs.lock"))
            .records(),
        Row::new(45, &["record", "-m", "x"])
            .what("packed-refs.lock that is written to")
            .given(move |env| live_lock(env, "packed-refs.lock"))
            .moves_nothing()
            .says(stale)
            .says("packed-refs.lock"),
        Row::new(45, &["rm", "@"])
            .what("packed-refs.lock that is written to")
            .given(move |env| live_lock(env, "packed-refs.lock"))
            .says(stale)
            .says("packed-refs.lock"),
        Row::new(45, &["record", "-m", "x"])
            .what("config.lock and HEAD.lock")
            .given(move |env| {
                lock(env, "config.lock");
                lock(env, "HEAD.lock");
            })
            .records(),
    ]
}

fn lock(env: &TestEnv, name: &str) {
    std::fs::write(env.store().join(name), "").expect("written");
}

/// A lock file that is young whenever it is looked at, as if its owner lived.
fn live_lock(env: &TestEnv, name: &str) {
    lock(env, name);
    let file = std::fs::File::options().write(true).open(env.store().join(name)).expect("there");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    file.set_modified(later).expect("dated");
}

/// Branches that no program of ours made, with what their refs hold.
fn plant_branches(env: &TestEnv) {
    let blob = env.git(&["hash-object", "-w", &env.write("blob", "x")]);
    let tree = env.git(&["rev-parse", &format!("{}^{{tree}}", env.branch())]);
    for (name, content) in [
        ("empty-00000001", String::new()),
        ("missing-00000002", "0123456789012345678901234567890123456789\n".to_owned()),
        ("blob-00000003", blob),
        ("tree-00000004", tree),
        ("loop-00000005", "ref: refs/heads/session/loop-00000005\n".to_owned()),
        ("garbage-00000006", "\x1b[2J\n".to_owned()),
    ] {
        env.write(&format!("project/.git/sessions.git/refs/heads/session/{name}"), content);
    }
}

fn branches() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in [
        "empty-00000001",
        "missing-00000002",
        "blob-00000003",
        "tree-00000004",
        "loop-00000005",
        "garbage-00000006",
    ] {
        rows.push(Row::new(46, &["show", name]).given(plant_branches));
        rows.push(Row::new(46, &["record", "-m", "x", "-s", name]).given(plant_branches));
    }
    rows.push(Row::new(46, &["list"]).given(plant_branches).works().says("Fix the login test"));
    rows.push(Row::new(46, &["status"]).given(plant_branches).works());
    // What is recorded beside them is whole, though git cannot say so of the store.
    rows.push(
        Row::new(46, &["list"])
            .given(|env| {
                plant_branches(env);
                env.ok(&["record", "-m", "x"]);
                env.ok(&["new", "y"]);
            })
            .works()
            .says("Fix the login test"),
    );
    rows.extend(foreign_commits());
    rows
}

fn plant_foreign(env: &TestEnv) {
    let tree = env.git(&["rev-parse", &format!("{}^{{tree}}", env.branch())]).trim().to_owned();
    let empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    env.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let commit = |tree: &str, parents: &[&str]| {
        let parents = parents.iter().flat_map(|parent| ["-p", parent]);
        let mut args =
            vec!["-c", "user.name=Bob", "-c", "user.email=b@x", "commit-tree", "-m", "Foreign \u{202e}"];
        args.extend(parents);
        args.push(tree);
        env.git(&args).trim().to_owned()
    };
    let bare = [commit(empty, &[]), commit(empty, &[env.branch()])];
    let octopus = commit(&tree, &[env.branch(), &bare[0], &bare[1]]);
    env.git(&["update-ref", env.branch(), &octopus]);
    env.git(&["update-ref", "refs/heads/session/foreign-00000007", &bare[0]]);
}

fn foreign_commits() -> Vec<Row> {
    let row = |arguments: &[&str]| Row::new(47, arguments).what("foreign commits").given(plant_foreign);
    vec![
        row(&["runs"]).works(),
        row(&["log"]).works(),
        row(&["list"]).works().says("Fix the login test"),
        row(&["record", "-m", "x"]).records(),
        row(&["show", "foreign-00000007"]),
        row(&["record", "-m", "x", "-s", "foreign-00000007"]),
    ]
}
