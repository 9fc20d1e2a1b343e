//! Rows 30 to 39: documents in the store that were written by something else.

use std::fs;

use super::Row;
use super::runner::{SECRET, assert_clean};
use crate::bad_store::READING;
use crate::env::{TestEnv, fed, output};

/// Verbs that must not write over a document that they cannot read.
const REFUSING: [&[&str]; 5] =
    [&["record", "-m", "x"], &["know", "a", "b"], &["show"], &["status"], &["begin"]];

pub fn rows() -> Vec<Row> {
    let mut rows = manifests();
    rows.extend(newer());
    rows.extend(accepted());
    rows.extend(foreign_records());
    rows.extend(trees());
    rows.extend(hostile_text());
    rows
}

fn manifest(env: &TestEnv) -> String {
    env.git(&["show", &format!("{}:session.yaml", env.branch())])
}

/// What stands where bytes that are no text come.
const NO_TEXT: &[u8] = b"NO-TEXT";

/// What makes a bad manifest of a good one.
type Breaking = fn(String) -> String;

/// How a manifest is broken: its row, what is wrong, how, and a word of the message.
fn breakages() -> Vec<(u8, &'static str, Breaking, &'static str)> {
    vec![
        (30, "empty", |_| String::new(), "session.yaml"),
        (30, "null", |_| "~\n".to_owned(), "session.yaml"),
        (30, "scalar", |_| "text\n".to_owned(), "session.yaml:1:1"),
        (30, "list", |_| "- a\n".to_owned(), "session.yaml:1:1"),
        (31, "truncated", |good| good[..good.len() / 2].to_owned() + "\"", "session.yaml:"),
        (31, "tab", |good| good.replace("  name", "\tname"), "session.yaml:"),
        (31, "not UTF-8", |good| good + "x: NO-TEXT", "session.yaml:"),
        (32, "alias bomb", |good| good + "a: &a [x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n", "session.yaml:"),
        (32, "100,000 brackets", |_| "[".repeat(100_000), "session.yaml:"),
        (
            32,
            "a map 3,000 deep",
            |good| good + &(0..3000).map(|n| " ".repeat(n % 300) + "a:\n").collect::<String>(),
            "session.yaml:",
        ),
        (32, "a scalar of 5 MB", |good| good + "x: " + &"y".repeat(5_000_000) + "\n", "limit"),
        (32, "30,000 items", |good| good + "x:\n" + &"- y\n".repeat(30_000), "session.yaml:"),
        (33, "a key twice", |good| good + "title: again\n", "duplicate"),
        (33, "a key twice in a free map", |good| good + "free: {a: 1, a: 2}\n", "duplicate"),
        (34, "schema: one", |good| good.replace("schema: 1", "schema: one"), "session.yaml:1:9"),
        (34, "schema: -1", |good| good.replace("schema: 1", "schema: -1"), "session.yaml:1:9"),
        (34, "schema: 1.5", |good| good.replace("schema: 1", "schema: 1.5"), "session.yaml:1:9"),
        (
            34,
            "schema: 10^23",
            |good| good.replace("schema: 1", "schema: 100000000000000000000000"),
            "session.yaml:1:9",
        ),
        (34, "schema: 010", |good| good.replace("schema: 1", "schema: 010"), "session.yaml:1:9"),
        (34, "tags: {}", |good| good + "tags: {}\n", "session.yaml"),
        (34, "runs: one", |good| good.replace("runs: 0", "runs: one"), "session.yaml"),
        (34, "created_at: yesterday", |good| good.replace("2026-11-22T10", "yesterday"), "session.yaml"),
        (36, "a tag", |good| good + "x: !!python/object:os.system {}\n", "session.yaml:"),
        (36, "a merge key", |good| good + "x: {<<: {a: 1}}\n", "session.yaml:"),
        (36, "a second document", |good| good + "---\nschema: 1\n", "session.yaml:"),
        (
            39,
            "a status that steers",
            |good| good.replace("status: active", "status: \"\\e]0;x\\a\\e[2J\""),
            "session.yaml",
        ),
    ]
}

fn manifests() -> Vec<Row> {
    let mut rows = Vec::new();
    for (number, what, breaking, words) in breakages() {
        let plant = move |env: &TestEnv| {
            env.ok(&["new", "Speed up the build", "--no-switch"]);
            let bad = breaking(manifest(env)).into_bytes();
            let bad = if bad.ends_with(NO_TEXT) { [bad, b"\xff\xfe\n".to_vec()].concat() } else { bad };
            env.plant(env.branch(), &[("session.yaml", &bad)]);
        };
        let row = |arguments: &[&str]| Row::new(number, arguments).what(what).given(plant);
        rows.extend(REFUSING.map(|arguments| row(arguments).says(words)));
        rows.push(
            row(&["list"])
                .works()
                .says("Speed up the build")
                .says("damaged fix-the-login-test")
                .then(others_work),
        );
        rows.push(row(&["show", "Speed up the build"]).works());
    }
    // With JSON, what is damaged is in a list of its own; it is told to people only.
    rows.iter_mut()
        .filter(|row| row.arguments == ["list"])
        .for_each(|row| row.says.retain(|words| !words.starts_with("damaged")));
    rows
}

fn others_work(env: &TestEnv) {
    for args in [&["runs", "speed-up"][..], &["brief", "speed-up"], &["log", "speed-up"]] {
        let text = env.run(args);
        assert!(text.ends_with("[exit 0]"), "{args:?} is another session: {text}");
    }
}

fn newer() -> Vec<Row> {
    let plant = |env: &TestEnv| {
        let newer = manifest(env).replace("schema: 1", "schema: 99") + "shape: {of: things, to: [come]}\n";
        env.plant(env.branch(), &[("session.yaml", newer.as_bytes())]);
    };
    let words = "was written by a newer version (schema 99";
    let refused =
        |arguments: &[&str]| Row::new(35, arguments).given(plant).says(words).says("update git-session");
    vec![
        refused(&["record", "-m", "x"]),
        refused(&["know", "a", "b"]),
        refused(&["edit", "--title", "x"]),
        Row::new(35, &["list"]).given(plant).works().says("Fix the login test"),
        Row::new(35, &["record", "--from", "-"])
            .fed(br#"{"schema": 99, "summary": "x"}"#)
            .says("newer schema"),
    ]
}

fn accepted() -> Vec<Row> {
    let marked = |env: &TestEnv| {
        let text = format!("\u{feff}{}", manifest(env)).replace('\n', "\r\n");
        env.plant(env.branch(), &[("session.yaml", text.as_bytes())]);
    };
    let absent = |env: &TestEnv| {
        let runs = "runs:\n- {id: 67e55044-10b1-426f-9247-bb680e5fe0c8, status: failed}\n";
        let text = manifest(env) + runs;
        env.plant(env.branch(), &[("session.yaml", text.as_bytes()), ("unlisted/file", b"x")]);
    };
    let lost = |env: &TestEnv| {
        env.ok(&["context", "put", "a.md", &env.write("in", "some text")]);
        let blob = env.git(&["rev-parse", &format!("{}:context/a.md", env.branch())]);
        let (folder, file) = blob.trim().split_at(2);
        fs::remove_file(env.store().join("objects").join(folder).join(file)).expect("removed");
    };
    let garbled = |env: &TestEnv| {
        env.ok(&["context", "put", "a.md", &env.write("in", "some text")]);
        let blob = env.git(&["rev-parse", &format!("{}:context/a.md", env.branch())]);
        let (folder, file) = blob.trim().split_at(2);
        let path = env.store().join("objects").join(folder).join(file);
        fs::remove_file(&path).expect("removed");
        fs::write(&path, b"\x78\x01garbage").expect("written");
    };
    vec![
        Row::new(31, &["status"])
            .what("byte order mark and CRLF")
            .given(marked)
            .works()
            .says("Fix the login test"),
        Row::new(31, &["record", "-m", "x"]).what("byte order mark and CRLF").given(marked).records(),
        Row::new(37, &["show"]).what("the manifest lists a run that is not there").given(absent).works(),
        Row::new(37, &["show", "@1"])
            .what("the manifest lists a run that is not there")
            .given(absent)
            .says("no run"),
        Row::new(37, &["record", "-m", "x"]).what("a file that is nobody's").given(absent).records(),
        Row::new(37, &["context", "cat", "a.md"]).what("a blob is lost").given(lost),
        Row::new(37, &["context", "cat", "a.md"]).what("a blob is garbled").given(garbled),
        Row::new(37, &["context", "export", "$TMP/out"]).what("a blob is lost").given(lost),
    ]
}

fn foreign_records() -> Vec<Row> {
    let fed = |number: u8, what: &str, text: &[u8]| {
        Row::new(number, &["record", "--from", "-"]).what(what).fed(text)
    };
    let deep = "[".repeat(100_000);
    let wide = format!("{{\"summary\":\"x\",\"x\":{}1{}}}", "{\"a\":".repeat(60), "}".repeat(60));
    let many = format!("{{\"summary\":\"x\",\"x\":[{}1]}}", "1,".repeat(30_000));
    let mut rows = vec![
        fed(30, "empty", b""),
        fed(30, "a list", b"[]"),
        fed(30, "null", b"null"),
        fed(31, "truncated", b"{\"summary\": \"x").says("line 1"),
        fed(31, "garbage", b"\xff\xfe\0{}").exits(&[1]),
        fed(32, "100,000 brackets", deep.as_bytes()),
        fed(32, "60 levels", wide.as_bytes()).says("run.yaml"),
        fed(32, "30,000 items", many.as_bytes()).says("run.yaml"),
        fed(39, "a status that steers", b"{\"status\": \"\\u001b[2J\\u202e\"}").says("not valid"),
        fed(39, "a field that steers", b"{\"agent\": {\"name\": 1, \"\\u001b[2J\": 2}}"),
    ];
    for field in [
        "\"status\": \"one\"",
        "\"status\": \"running\"",
        "\"schema\": -1",
        "\"schema\": 1.5",
        "\"id\": 5",
        "\"usage\": {\"input_tokens\": -1}",
        "\"usage\": {\"cost_usd\": 1e300}",
        "\"exit_code\": 1e99",
        "\"metrics\": [1]",
        "\"metrics\": {\"a\": 1e999}",
        "\"duration_s\": -5",
        "\"started_at\": \"yesterday\"",
        "\"tags\": {}",
        "\"code\": {\"commits\": 1}",
    ] {
        rows.push(fed(34, field, format!("{{\"summary\": \"x\", {field}}}").as_bytes()).says("not valid"));
    }
    rows
}

/// Plants a tree of raw entries below `context/`, such as no plain git would make.
fn plant_raw(env: &TestEnv, names: &[&[u8]]) {
    let blob = env.git(&["hash-object", "-w", &env.write("blob", "x")]);
    let hex = blob.trim();
    let id: Vec<u8> =
        (0..20).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).expect("hexadecimal")).collect();
    let entry = |name: &&[u8]| [b"100644 ", *name, b"\0", &id].concat();
    let raw: Vec<u8> = names.iter().flat_map(entry).collect();
    let mut git = env.program("git");
    git.arg("--git-dir").arg(env.store()).args(["hash-object", "-t", "tree", "--literally", "-w", "--stdin"]);
    let tree = String::from_utf8(fed(&mut git, &raw).stdout).expect("id").trim().to_owned();
    let listed = env.git(&["ls-tree", env.branch()]);
    let mut git = env.program("git");
    git.arg("--git-dir").arg(env.store()).arg("mktree");
    let listed: String =
        listed.lines().filter(|line| !line.ends_with("\tcontext")).map(|l| format!("{l}\n")).collect();
    let root = fed(&mut git, format!("{listed}040000 tree {tree}\tcontext\n").as_bytes()).stdout;
    let root = String::from_utf8(root).expect("id").trim().to_owned();
    let mut git = env.program("git");
    git.arg("--git-dir").arg(env.store()).args([
        "-c",
        "user.name=Bob",
        "-c",
        "user.email=b@x",
        "commit-tree",
    ]);
    git.args(["-p", env.branch(), "-m", "Planted", &root]);
    let commit = String::from_utf8(output(&mut git).stdout).expect("id").trim().to_owned();
    env.git(&["update-ref", env.branch(), &commit]);
}

/// Names of entries below `context/`, one tree each.
const HOSTILE_NAMES: [&[&[u8]]; 6] = [
    &[b".."],
    &[b".git"],
    &[b"../../.ssh/authorized_keys"],
    &[b"a/../../b"],
    &[b"/etc/x"],
    &[b"a\\b", b"c:x"],
];

fn trees() -> Vec<Row> {
    let mut rows = Vec::new();
    for names in HOSTILE_NAMES {
        let plant = move |env: &TestEnv| plant_raw(env, names);
        let what = String::from_utf8_lossy(names[0]).into_owned();
        let nothing = |env: &TestEnv| {
            assert!(!env.path("home/.ssh").exists() && !env.path("b").exists() && !env.path("c").exists());
            let written = fs::read_dir(env.path("out")).map_or(0, Iterator::count);
            assert_eq!(written, 0, "a name that is no context path is never written");
        };
        let row = |arguments: &[&str]| Row::new(38, arguments).what(&what).given(plant).then(nothing);
        rows.push(row(&["context", "export", "$TMP/out"]).exits(&[0, 1]));
        rows.push(row(&["context", "ls"]).exits(&[0, 1]));
        rows.push(row(&["show"]).exits(&[0, 1]));
    }
    rows
}

fn poison(env: &TestEnv) {
    env.ok(&["record", "-m", "Try", "--agent", "a", "--prompt", "p", "-t", "t", "--metric", "x=1"]);
    let hostile = "\\e]0;x\\a\\e[2J\\e]52;c;eA==\\a\\e]8;;http://x\\e\\\\ \\u202e\\u200b\\x9b1m\\x7f";
    let raw = "\x1b]0;x\x07\x1b[2J\x1b]52;c;eA==\x07 \u{202e}\u{200b}\u{9b}1m\x7f\r";
    let run = env.git(&["show", &format!("{}:run/run.yaml", env.branch())]);
    let run = run
        .replace("summary: Try", &format!("summary: \"{hostile}\""))
        .replace("prompt: p", &format!("prompt: \"{hostile}\""));
    let session = manifest(env).replace("title: Fix the login test", &format!("title: \"{hostile}\""));
    assert!(session.contains("\\e[2J") && run.contains("\\e[2J"), "the documents must be poisoned");
    env.plant(
        env.branch(),
        &[
            ("session.yaml", session.as_bytes()),
            ("run/run.yaml", run.as_bytes()),
            ("run/conversation.md", raw.as_bytes()),
            ("context/knowledge/esc.md", raw.as_bytes()),
            ("context/notes.md", raw.as_bytes()),
            ("context/decisions/2026-11-22-bad-0000.md", format!("---\n{raw}: [\n").as_bytes()),
            ("context/a\x1b[2J\u{202e}.md", b"x\n"),
            ("run/artifacts/a\x1b[2J.md", b"x\n"),
        ],
    );
}

fn hostile_text() -> Vec<Row> {
    let reading = READING.iter().copied().chain([&["edit"][..]]);
    let mut rows: Vec<Row> =
        reading.map(|arguments| Row::new(39, arguments).given(poison).exits(&[0, 1, 2])).collect();
    for row in rows.iter_mut().filter(|row| row.arguments == ["edit"]) {
        row.exits = vec![0, 2];
    }
    rows.push(
        Row::new(
            39,
            &["record", "-m", "a\x1b[2J\u{202e}", "--agent", SECRET.get(..3).unwrap_or("c"), "-t", "\x1b[2J"],
        )
        .records()
        .then(|env| assert_clean("runs", &output(&mut env.command(&["runs"])))),
    );
    rows
}
