//! Rows 17, 22, 28, 39, 47 and 64 for what tells of histories: dates, formats, names that never
//! were, and contents that are hostile or huge.

use super::Row;
use crate::env::TestEnv;

pub fn rows() -> Vec<Row> {
    let mut rows = dates();
    rows.extend(formats());
    rows.extend(names());
    rows.extend(words());
    rows.extend(contents());
    rows
}

fn two_runs(env: &TestEnv) {
    for summary in ["Try", "Try again"] {
        env.ok(&["record", "-m", summary]);
    }
}

fn dates() -> Vec<Row> {
    let mut rows = Vec::new();
    for date in [
        "",
        " ",
        "yesterdayish",
        "soon",
        "2026-13-01",
        "2026-02-30",
        "2026-11-22T25:00:00Z",
        "12",
        "-1",
        "99999999999999999999",
        "5 moons",
        "2 weeks from",
        "\x1b[2J",
        "2026-11-22\n",
        "$(touch $TMP/canary)",
        "é",
        "0000-00-00",
    ] {
        for option in ["--since", "--until"] {
            let typed = format!("{option}={date}");
            let exits: &[i32] = if date.ends_with('\n') { &[0] } else { &[2] };
            rows.push(Row::new(64, &["log", &typed]).given(two_runs).exits(exits));
        }
    }
    // Dates at the ends of what there is are dates.
    for date in ["1970-01-01", "9999-12-31", "@0", "@-62135596800", "900000 years ago"] {
        rows.push(Row::new(59, &["log", &format!("--since={date}")]).given(two_runs).exits(&[0, 2]));
    }
    rows
}

fn formats() -> Vec<Row> {
    let mut rows = Vec::new();
    for (format, why) in [
        ("", "names no field"),
        ("oneline", "names no field"),
        ("%%", "names no field"),
        ("%(", "not closed"),
        ("%(status", "not closed"),
        ("%()", "no field"),
        ("%(sumary)", "%(summary)"),
        ("%(run", "not closed"),
        ("%(run:long)", "no field"),
        ("%h %s", "not a field"),
        ("%", "not a field"),
        ("%ad", "not a field"),
        ("%é", "not a field"),
        ("%(\x1b[2J)", "\\x1b[2J"),
    ] {
        rows.push(
            Row::new(64, &["log", &format!("--format={format}")]).given(two_runs).exits(&[2]).says(why),
        );
    }
    for options in [["--format=%(run)", "--oneline"], ["--format=%(run)", "--graph"]] {
        rows.push(Row::new(64, &[&["log"], &options[..]].concat()).given(two_runs).exits(&[2]));
    }
    rows.push(Row::new(64, &["log", "--all", "fix-the"]).given(two_runs).exits(&[2]).says("--all"));
    for status in ["", "running late", "\x1b[2J"] {
        rows.push(Row::new(64, &["log", &format!("--status={status}")]).given(two_runs).exits(&[2]));
    }
    rows
}

fn names() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in ["@9", "ffffffff", "nothing@1", "@1..@9", "nothing..@1", "\x1b[2J", "a\u{202e}b"] {
        rows.push(Row::new(17, &["log", name]).given(two_runs).exits(&[1, 2]));
        rows.push(Row::new(17, &["blame", "notes.md", "--at", name]).given(two_runs).exits(&[1, 2]));
    }
    for (name, exits) in [
        ("nowhere.md", 1),
        ("no.key", 1),
        ("2026-11-22-nothing-0000", 1),
        ("../x", 1),
        ("/etc/passwd", 1),
        ("", 2),
        (".git/config", 1),
        ("a\x1b[2J", 2),
        ("a\nb", 2),
        ("$(touch $TMP/canary)", 1),
    ] {
        let told = |verb: &[&str]| Row::new(22, verb).given(two_runs).exits(&[1, exits, 2]);
        rows.push(told(&["blame", name]));
        rows.push(told(&["log", "--", name]));
        rows.push(told(&["log", "--all", "--", name]));
    }
    let latin = b"caf\xe9.md";
    rows.push(Row::new(28, &["log", "--"]).given(two_runs).bytes(latin).exits(&[2]));
    rows.push(Row::new(28, &["blame"]).given(two_runs).bytes(latin).exits(&[2]));
    rows.push(Row::new(64, &["search"]).given(two_runs).bytes(latin).exits(&[2]));
    rows
}

fn words() -> Vec<Row> {
    let none: [&[&str]; 3] = [&["search"], &["search", ""], &["search", " ", "\t"]];
    let mut rows: Vec<Row> =
        none.iter().map(|words| Row::new(64, words).given(two_runs).exits(&[2])).collect();
    let many: Vec<String> = (0..2000).map(|number| format!("word{number}")).collect();
    let many: Vec<&str> = ["search"].into_iter().chain(many.iter().map(String::as_str)).collect();
    rows.push(Row::new(64, &many).given(two_runs).what("2,000 words").works());
    for word in ["\x1b[2J", ".*", "[", "(?R)", "\u{202e}", "İ"] {
        rows.push(Row::new(39, &["search", word]).given(hostile).what("hostile words").works());
    }
    rows
}

/// What must steer no terminal, wherever it is read.
const RAW: &str = "one\x1b]0;x\x07\x1b[2J\x1b]52;c;eA==\x07 \u{202e}\u{200b}\u{9b}1m\x7f\r\ntwo\n";

/// A session in which texts, files and commits are hostile.
fn hostile(env: &TestEnv) {
    env.write("talk.md", RAW);
    let run = ["record", "-m", RAW, "--prompt", RAW, "--agent", "x\x1b[2J", "--tag", "t\x1b[2J"];
    env.ok(&[&run[..], &["--conversation", &env.arg("talk.md")]].concat());
    env.plant(
        env.branch(),
        &[
            ("context/notes.md", RAW.as_bytes()),
            ("context/knowledge/raw.md", RAW.as_bytes()),
            ("context/latin.md", b"caf\xe9\n\xff\xfe\n"),
            ("context/binary.bin", b"a\0b\x1b[2J\n"),
            (
                "context/decisions/2026-11-22-x-0000.md",
                format!("---\ntitle: x\ndecided_at: 2026-11-22T10:00:00Z\n---\n{RAW}").as_bytes(),
            ),
            ("context/decisions/2026-11-22-y-0000.md", RAW.as_bytes()),
        ],
    );
}

/// Every way to read it.
const READING: [&[&str]; 15] = [
    &["log"],
    &["log", "--graph"],
    &["log", "--oneline"],
    &["log", "--all"],
    &["log", "--format=%(summary)%(agent)%(context)%(damaged)"],
    &["log", "--", "raw"],
    &["log", "--grep", "one", "--agent", "x"],
    &["blame", "notes.md"],
    &["blame", "raw"],
    &["blame", "latin.md"],
    &["blame", "binary.bin"],
    &["blame", "2026-11-22-x-0000"],
    &["blame", "2026-11-22-y-0000"],
    &["search", "one"],
    &["search", "two", "--all"],
];

/// A line of 50 MB, which may just be kept, and a file of 100 MB, which another program left there.
fn huge(env: &TestEnv) {
    let mut line = vec![b'x'; 50 * 1024 * 1024 - 1];
    line.push(b'\n');
    env.plant(env.branch(), &[("context/line.md", &line), ("context/over.md", &line.repeat(2))]);
    line[7] = b'y';
    env.plant(env.branch(), &[("context/line.md", &line)]);
}

fn contents() -> Vec<Row> {
    let mut rows: Vec<Row> =
        READING.iter().map(|verb| Row::new(39, verb).given(hostile).what("hostile texts").works()).collect();
    let huge_row = |verb: &[&str]| Row::new(28, verb).given(huge).what("50 and 100 MB");
    rows.push(huge_row(&["blame", "over.md"]).says("session.maxFileBytes").says("52428800"));
    rows.push(huge_row(&["blame", "line.md"]).works().says("foreign").says("xxxxxxxyxxx"));
    rows.push(huge_row(&["log", "--", "line.md"]).works().says("line.md"));
    rows.push(huge_row(&["search", "xyx"]).works());
    rows
}
