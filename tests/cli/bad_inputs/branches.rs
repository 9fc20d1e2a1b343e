//! Rows 17, 18, 22, 39 and 64 for what branches off and comes back: forks, merges, rewinds and undos
//! of what is not there, of what is open or removed, and of what is in conflict.

use std::process::Command;

use super::Row;
use crate::env::{TestEnv, output};

pub fn rows() -> Vec<Row> {
    let mut rows = names();
    rows.extend(titles());
    rows.extend(open_runs());
    rows.extend(removed_sessions());
    rows.extend(twins());
    rows.extend(merges());
    rows.extend(conflicts());
    rows.extend(rewinds());
    rows.extend(undos());
    rows
}

/// A session and its fork, which disagree on a fact. The session is current.
fn forked(env: &TestEnv) {
    env.ok(&["record", "-m", "Try"]);
    env.ok(&["fork", "--title", "Another way"]);
    env.ok(&["record", "-m", "Try there"]);
    env.ok(&["know", "port", "2"]);
    env.ok(&["switch", "fix-the"]);
    env.ok(&["know", "port", "1"]);
}

fn in_conflict(env: &TestEnv) {
    forked(env);
    let merged = output(&mut env.command(&["merge", "another-way"]));
    assert_eq!(merged.status.code(), Some(3), "{}", env.text(&merged));
}

fn names() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in [
        "nothing",
        "@9",
        "@-9",
        "nothing@1",
        "ffffffff",
        "@1..@1",
        "",
        " ",
        "HEAD",
        "refs/heads/session/nothing",
        "../another-way",
        "a\nb",
        "\x1b[2J",
        "a\u{202e}b",
        "$(touch $TMP/canary)",
        "--upload-pack=touch $TMP/canary",
    ] {
        let verbs: [&[&str]; 6] = [
            &["fork", name],
            &["merge", name],
            &["merge", "another-way", "--into", name],
            &["rewind", name],
            &["compare", "--forks", name],
            &["undo", name],
        ];
        rows.extend(verbs.map(|verb| Row::new(17, verb).given(forked).exits(&[1, 2])));
    }
    for verb in [&["fork"][..], &["merge"], &["rewind"], &["undo"]] {
        rows.push(Row::new(64, verb).given(forked).bytes(b"caf\xe9").exits(&[2]));
    }
    rows
}

fn titles() -> Vec<Row> {
    let mut rows: Vec<Row> = ["", " ", "\t", "\u{200b}", "\x1b"]
        .map(|title| Row::new(64, &["fork", "--title", title]).given(forked).exits(&[2]).says("empty"))
        .into();
    let long = "x".repeat(10_000);
    for title in ["../../etc", "\x1b[2Jwiped", "a\nb", "$(touch $TMP/canary)", "-x", "@", &long] {
        let title = format!("--title={title}");
        rows.push(Row::new(39, &["fork", &title]).given(forked).records());
    }
    rows.push(Row::new(64, &["fork", "--tag", ""]).given(forked).exits(&[2]));
    rows
}

/// Names the open run at the end of the command line.
fn name_open_run(env: &TestEnv, command: &mut Command) {
    let open = env.json(&["status"])["open"][0]["id"].as_str().expect("an id").to_owned();
    command.arg(open);
}

fn open_runs() -> Vec<Row> {
    let verbs: [&[&str]; 3] = [&["fork"], &["merge"], &["rewind"]];
    let begun = |env: &TestEnv| {
        forked(env);
        env.ok(&["begin", "-m", "Not over"]);
    };
    let row = |verb: &[&str]| {
        Row::new(17, verb).what("an open run").given(begun).with(name_open_run).says("still open")
    };
    verbs.map(row).into()
}

fn removed_sessions() -> Vec<Row> {
    let fork_removed = |env: &TestEnv| {
        forked(env);
        env.ok(&["rm", "another-way"]);
    };
    let origin_removed = |env: &TestEnv| {
        forked(env);
        env.ok(&["switch", "another-way"]);
        env.ok(&["rm", "fix-the"]);
    };
    let mut rows = Vec::new();
    for name in ["another-way", "Another way", "another-way@1"] {
        let verbs: [&[&str]; 3] = [&["fork", name], &["merge", name], &["rewind", name]];
        rows.extend(verbs.map(|verb| Row::new(17, verb).given(fork_removed).says("was removed")));
        rows.push(Row::new(17, &["compare", "--forks", name]).given(fork_removed));
    }
    let about: [&[&str]; 6] = [
        &["show"],
        &["list", "--tree"],
        &["log", "--graph"],
        &["runs", "--inherited"],
        &["undo", "--list"],
        &["check"],
    ];
    rows.extend(
        about.map(|verb| Row::new(17, verb).what("of a removed origin").given(origin_removed).works()),
    );
    for verb in [&["merge", "fix-the"][..], &["fork", "fix-the@1"]] {
        rows.push(Row::new(17, verb).what("of a removed origin").given(origin_removed).says("removed"));
    }
    let on = Row::new(17, &["fork"]).what("of a removed origin").given(origin_removed).records();
    rows.push(
        on.then(|env| assert_eq!(env.json(&["runs", "--inherited"]).as_array().map(Vec::len), Some(2))),
    );
    rows
}

fn twins() -> Vec<Row> {
    let twins = |env: &TestEnv| {
        for _ in 0..2 {
            env.ok(&["fork", "--title", "Twin", "--no-switch"]);
        }
    };
    let verbs: [&[&str]; 5] =
        [&["fork", "Twin"], &["merge", "Twin"], &["switch", "Twin"], &["rm", "Twin"], &["show", "Twin"]];
    verbs.map(|verb| Row::new(17, verb).what("of two of one title").given(twins).says("twin-")).into()
}

fn merges() -> Vec<Row> {
    let mut rows = Vec::new();
    for itself in ["@", "@1", "fix-the", "Fix the login test"] {
        rows.push(Row::new(17, &["merge", itself]).given(forked).works().says("itself"));
    }
    rows.push(Row::new(17, &["merge", "fix-the@1", "--into", "another-way"]).given(forked).works());
    let merged =
        |options: &[&str]| Row::new(64, &[&["merge", "another-way"], options].concat()).given(forked);
    rows.extend([
        Row::new(64, &["merge"]).given(forked).exits(&[2]),
        merged(&["--ours", "--theirs"]).exits(&[2]),
        merged(&["--both", "--theirs"]).exits(&[2]),
        merged(&["--only"]).exits(&[2]),
        merged(&["--only", "nothing.like.it"]).exits(&[1, 2]),
        merged(&["--only", "../x"]).exits(&[1, 2]),
        merged(&["--only", "\x1b[2J"]).exits(&[1, 2]),
        merged(&["--ours", "-m", "\x1b[2Jwiped\nRun-Id: 1"]).records(),
    ]);
    rows
}

fn conflicts() -> Vec<Row> {
    let resolve = |arguments: &[&str]| Row::new(17, &[&["resolve"], arguments].concat());
    let mut rows = Vec::new();
    for path in [
        "port",
        "knowledge/port.md",
        "nothing",
        "title",
        "",
        "../x",
        "/etc/passwd",
        "\x1b[2J",
        "a\nb",
        ".git",
    ] {
        for keep in ["current", "other"] {
            rows.push(resolve(&[path, "--keep", keep]).given(forked).exits(&[1, 2]));
            if !path.contains("port") {
                rows.push(resolve(&[path, "--keep", keep]).given(in_conflict).exits(&[1, 2]));
            }
        }
    }
    rows.extend([
        resolve(&["port"]).given(in_conflict).exits(&[2]),
        resolve(&[]).given(in_conflict).exits(&[2]),
        resolve(&["port", "--keep"]).given(in_conflict).exits(&[2]),
        resolve(&["port", "--keep", "theirs"]).given(in_conflict),
        resolve(&["port", "--keep", "$TMP/nothing"]).given(in_conflict),
        resolve(&["port", "--keep", "$TMP"]).given(in_conflict),
        resolve(&["port", "--keep", "other", "--edit"]).given(in_conflict).exits(&[2]),
        resolve(&["port", "--edit"]).given(in_conflict).with(|_, command| {
            command.env("EDITOR", "false");
        }),
        // What is open stays open, and is no reason to refuse.
        Row::new(17, &["merge", "another-way"]).what("again").given(in_conflict).works(),
        Row::new(17, &["fork"]).what("in conflict").given(in_conflict).records(),
    ]);
    let third = |env: &TestEnv| {
        forked(env);
        env.ok(&["fork", "@1", "--title", "Third"]);
        env.ok(&["know", "port", "3"]);
        env.ok(&["switch", "fix-the"]);
        env.run(&["merge", "another-way"]);
    };
    let merged = Row::new(17, &["merge", "third"]).what("over an open conflict").given(third);
    let both = |env: &TestEnv| {
        assert_eq!(env.json(&["status"])["open_conflicts"].as_array().map(Vec::len), Some(2));
        let unsaid = env.run(&["resolve", "port", "--keep", "other"]);
        assert!(unsaid.contains("port.md.conflict-"), "of several others one must be named: {unsaid}");
    };
    rows.push(merged.records().exits(&[3]).once().then(both));
    let two = move |env: &TestEnv| {
        third(env);
        env.run(&["merge", "third"]);
    };
    rows.push(resolve(&["host", "--keep", "other"]).what("of two sides").given(two).then(|env| {
        let said = env.run(&["resolve", "host", "--keep", "other"]);
        assert_eq!(said.matches("knowledge/port.md").count(), 1, "a path is named once: {said}");
    }));
    rows
}

fn rewinds() -> Vec<Row> {
    let rewind = |arguments: &[&str]| Row::new(18, &[&["rewind"], arguments].concat()).given(forked);
    vec![
        rewind(&[]).exits(&[2]),
        rewind(&["another-way"]).says("fix-the"),
        rewind(&["another-way@1"]).says("fix-the"),
        rewind(&["@1", "--only"]).exits(&[2]),
        rewind(&["@1", "--only", "nothing.like.it"]).exits(&[1, 2]),
        rewind(&["@1", "--only", "../../etc/passwd"]).exits(&[1, 2]),
        rewind(&["@1", "--only", ".git/config"]).exits(&[1, 2]),
        Row::new(63, &["context", "export", "--at", "another-way@9", "$TMP/out"]).given(forked),
    ]
}

fn undos() -> Vec<Row> {
    let undone = |env: &TestEnv| {
        forked(env);
        env.ok(&["undo"]);
    };
    vec![
        Row::new(17, &["undo"]).says("nothing"),
        Row::new(17, &["undo", "fff"]).given(forked),
        Row::new(17, &["undo", "@1"]).given(forked),
        Row::new(64, &["undo", "--list", "ffff"]).given(forked).exits(&[2]),
        Row::new(17, &["undo"]).what("again").given(undone).says("nothing"),
        Row::new(17, &["merge", "another-way", "--again"])
            .what("of nothing")
            .given(undone)
            .exits(&[0])
            .records(),
    ]
}
