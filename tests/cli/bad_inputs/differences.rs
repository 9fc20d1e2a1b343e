//! Rows 17, 22, 28, 39 and 64 for what compares: ranges, paths, and contents that are hostile or huge.

use super::Row;
use crate::env::TestEnv;

pub fn rows() -> Vec<Row> {
    let mut rows = names();
    rows.extend(topics());
    rows.extend(options());
    rows.extend(contents());
    rows
}

/// The verbs that show differences, as people type them.
const SHOWING: [&[&str]; 16] = [
    &["diff", "@1", "@2"],
    &["diff", "@2..@1", "--context-only"],
    &["diff", "@1", "@2", "--word-diff"],
    &["diff", "@1", "@2", "--color=never", "-U0"],
    &["diff", "@1", "@2", "--stat"],
    &["diff", "@1", "@2", "--name-only"],
    &["diff", "@1", "@2", "--name-status"],
    &["diff", "@1", "@2", "--no-renames"],
    &["log", "-p"],
    &["log", "-p", "--graph"],
    &["log", "--stat", "--oneline"],
    &["show", "@2", "-p"],
    &["show", "@2", "--stat"],
    &["compare", "@1", "@2"],
    &["compare", "@1", "@2", "--csv"],
    &["compare", "@1", "@2", "--markdown"],
];

fn two_runs(env: &TestEnv) {
    for summary in ["Try", "Try again"] {
        env.ok(&["record", "-m", summary, "--metric", "tests=1"]);
    }
}

fn names() -> Vec<Row> {
    let mut rows = Vec::new();
    for (range, why) in [
        ("@1..", "no run after"),
        ("..@1", "no run before"),
        ("..", "no run before"),
        ("@1...@2", "three dots"),
        ("@1..@2..@1", "more than one"),
        ("\x1b[2J..", "\\x1b[2J"),
    ] {
        rows.push(Row::new(17, &["diff", range]).given(two_runs).exits(&[2]).says(why));
        rows.push(Row::new(17, &["log", range]).given(two_runs).exits(&[2]).says(why));
    }
    for name in ["@9", "ffffffff", "nothing@1", "@1..@9", "nothing..@1", "\x1b[2J", "a\u{202e}b"] {
        rows.push(Row::new(17, &["diff", name]).given(two_runs).says("no "));
        rows.push(Row::new(17, &["diff", "@1", name]).given(two_runs).exits(&[1, 2]));
        rows.push(Row::new(17, &["compare", "@1", name]).given(two_runs).exits(&[1, 2]));
    }
    let many: Vec<&str> = ["compare"].into_iter().chain(["@1"; 9]).collect();
    rows.extend([
        Row::new(17, &["diff"]).says("no run"),
        Row::new(17, &["diff", "@1..@2", "@1"]).given(two_runs).exits(&[2]).says("range"),
        Row::new(17, &["diff", "@1", "@2", "@1"]).given(two_runs).exits(&[2]),
        Row::new(17, &many).given(two_runs).exits(&[2]).says("got 9"),
        Row::new(17, &["compare"]).exits(&[2]).says("got 0"),
        Row::new(17, &["compare", "@1"]).given(two_runs).exits(&[2]).says("got 1"),
        Row::new(17, &["compare", "nothing"]).given(two_runs).says("no "),
    ]);
    rows
}

fn topics() -> Vec<Row> {
    let mut rows = Vec::new();
    for (path, exit) in [
        ("nowhere.md", 1),
        ("../x", 2),
        ("/etc/passwd", 2),
        ("", 2),
        (".git/config", 2),
        ("a\x1b[2J", 2),
        ("a\nb", 2),
        ("$(touch $TMP/canary)", 2),
    ] {
        for verb in [["diff", "@1", "@2", "--", path], ["diff", "@2", "--stat", "--", path]] {
            rows.push(Row::new(22, &verb).given(two_runs).exits(&[1, exit]));
        }
    }
    let latin = b"caf\xe9.md";
    rows.push(Row::new(28, &["diff", "@1", "@2", "--"]).given(two_runs).bytes(latin).exits(&[2]));
    rows.push(Row::new(64, &["diff"]).given(two_runs).bytes(latin).exits(&[2]));
    rows.push(Row::new(64, &["compare", "@1"]).given(two_runs).bytes(latin).exits(&[2]));
    rows
}

fn options() -> Vec<Row> {
    let mut rows = Vec::new();
    for number in ["-1", "1e9", "x", "", "1.5", "18446744073709551616", "\x1b[2J"] {
        let option = format!("--unified={number}");
        rows.push(Row::new(64, &["diff", &option]).given(two_runs).exits(&[2]).says("--unified"));
        rows.push(Row::new(64, &["log", &option]).given(two_runs).exits(&[2]).says("--unified"));
    }
    let most = "--unified=18446744073709551615";
    rows.push(Row::new(64, &["diff", "@1", "@2", most]).given(hostile).works());
    for name in ["", "speed", "status", "\x1b[2J", "tests=1"] {
        let option = format!("--higher={name}");
        rows.push(Row::new(64, &["compare", "@1", "@2", &option]).given(two_runs).exits(&[2]).says("number"));
    }
    let both = ["compare", "@1", "@2", "--higher=tests", "--lower=metrics.tests"];
    rows.push(Row::new(64, &both).given(two_runs).exits(&[2]).says("metrics.tests"));
    for two in [["--stat", "--name-only"], ["--name-status", "--context-only"]] {
        rows.push(Row::new(64, &["diff", two[0], two[1]]).given(two_runs).exits(&[2]).says(two[1]));
    }
    rows.push(Row::new(64, &["compare", "--csv", "--markdown"]).given(two_runs).exits(&[2]));
    rows
}

/// Two runs between which files came that no careful program would write.
fn hostile(env: &TestEnv) {
    env.ok(&["record", "-m", "Try"]);
    let raw = "one\x1b]0;x\x07\x1b[2J\x1b]52;c;eA==\x07 \u{202e}\u{200b}\u{9b}1m\x7f\r\ntwo\n";
    env.plant(
        env.branch(),
        &[
            ("context/knowledge/esc.md", raw.as_bytes()),
            ("context/preferences/esc.md", b"\x1b[2J\n"),
            ("context/notes.md", raw.as_bytes()),
            ("context/latin.md", b"caf\xe9\n\xff\xfe\n\xc3"),
            ("context/data.bin", b"\0\x1b[2J"),
            ("context/a\x1b[2J\u{202e}.md", b"x\n"),
            ("context/decisions/2026-11-22-bad-0000.md", format!("---\n{raw}: [\n").as_bytes()),
            (
                "context/decisions/2026-11-22-worse-0000.md",
                b"---\ntitle: \"\\e[2J\"\nbecause: \"\\u202e\"\ndecided_at: 2026-11-22T10:00:00Z\n---\n",
            ),
        ],
    );
    env.ok(&[
        "record",
        "-m",
        "a\x1b[2J\u{202e}",
        "--agent",
        "\x1b[2J",
        "-t",
        "\x1b[2J",
        "--metric",
        "\u{202e}=1",
    ]);
}

fn huge(env: &TestEnv) {
    env.ok(&["record", "-m", "Try"]);
    let line = vec![b'x'; 50 << 20];
    env.plant(env.branch(), &[("context/line.txt", &line)]);
    env.ok(&["record", "-m", "Write a line of 50 MB"]);
}

fn larger(env: &TestEnv) {
    env.ok(&["record", "-m", "Try"]);
    env.plant(env.branch(), &[("context/large.txt", &b"0123456789abcde\n".repeat((100 << 20) / 16))]);
    env.ok(&["record", "-m", "Write 100 MB"]);
}

fn contents() -> Vec<Row> {
    let shown = SHOWING.iter().map(|verb| Row::new(39, verb).given(hostile).works());
    let mut rows: Vec<Row> = shown.collect();
    rows.extend([
        Row::new(28, &["diff", "@1", "@2", "--context-only"]).given(huge).once().works().says("bytes more]"),
        Row::new(28, &["diff", "@1", "@2", "--word-diff"]).given(huge).once().works(),
        Row::new(28, &["diff", "@1", "@2"]).given(larger).once().works().says("100.0 MiB"),
        Row::new(28, &["compare", "@1", "@2"]).given(larger).once().works().says("100.0 MiB"),
        Row::new(28, &["log", "-p"]).given(larger).once().works().says("100.0 MiB"),
    ]);
    rows
}
