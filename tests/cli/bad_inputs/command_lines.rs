//! Row 64, and the end of 22 and 28: arguments that are no text, far too long, or no number.

use super::Row;
use crate::env::TestEnv;

pub fn rows() -> Vec<Row> {
    let mut rows = no_text();
    rows.extend(long());
    rows.extend(numbers());
    rows
}

fn no_text() -> Vec<Row> {
    let latin = b"caf\xe9";
    let no_text: [&[&str]; 9] = [
        &[],
        &["help"],
        &["new"],
        &["know", "key"],
        &["show"],
        &["context", "cat"],
        &["record", "-m"],
        &["-s"],
        &["list", "--limit"],
    ];
    let mut rows: Vec<Row> =
        no_text.iter().map(|arguments| Row::new(64, arguments).bytes(latin).exits(&[2])).collect();
    // A path may be any bytes; there is only nothing there.
    rows.push(Row::new(28, &["record", "-m", "x", "--context"]).bytes(latin).says("caf"));
    rows.push(Row::new(28, &["context", "put", "a.md"]).bytes(latin).says("caf"));
    rows.push(Row::new(28, &["runs", "--store"]).bytes(latin).says("caf"));
    let printed = Row::new(64, &["run", "-q", "--", "printf", "%s"]).bytes(b"caf\xc3\xa9");
    rows.push(printed.records());
    rows
}

/// An argument of 100 KB; one may have 128 KB.
fn word(c: &str) -> String {
    c.repeat(100_000)
}

fn long() -> Vec<Row> {
    let many: Vec<String> = (0..18).map(|_| word("x")).collect();
    let two_megabytes = |first: &[&str]| {
        let arguments: Vec<&str> = first.iter().copied().chain(many.iter().map(String::as_str)).collect();
        Row::new(64, &arguments).exits(&[2]).what("2 MB").then(|_| ())
    };
    let tags: Vec<String> = many.iter().map(|tag| format!("--tag={tag}")).collect();
    let tagged: Vec<&str> =
        ["record", "-m", "x"].into_iter().chain(tags.iter().map(String::as_str)).collect();
    vec![
        two_megabytes(&["new"]),
        two_megabytes(&["know", "a"]),
        two_megabytes(&["list"]),
        Row::new(64, &tagged).what("2 MB").records().then(readable),
        Row::new(64, &["list", &format!("--{}", word("x"))]).exits(&[2]).says("…"),
        Row::new(64, &[&word("x")]).exits(&[2]).says("…"),
        Row::new(64, &["know", &word("x"), "v"]).exits(&[2]).says("100000"),
        Row::new(64, &["switch", &word("x")]).says("no session"),
        Row::new(22, &["context", "put", &word("x")]).exits(&[2]).says("100000"),
        Row::new(64, &["record", "-m", &word("x"), "--prompt", &word("y")]).records(),
        Row::new(64, &["know", "key", &word("x")]).records().then(whole),
    ]
}

fn readable(env: &TestEnv) {
    assert_eq!(env.json(&["runs"])[0]["summary"], "x", "what was recorded can be read");
}

fn whole(env: &TestEnv) {
    assert_eq!(env.ok(&["know", "key"]).trim_end(), word("x"), "a value is stored whole");
}

fn numbers() -> Vec<Row> {
    let mut rows = Vec::new();
    for verb in ["list", "runs", "log"] {
        for limit in ["-1", "1e9", "x", "", "1.5", "18446744073709551616", "\x1b[2J"] {
            rows.push(Row::new(64, &[verb, &format!("--limit={limit}")]).exits(&[2]).says("--limit"));
        }
    }
    for (option, value) in [
        ("--usage", "input_tokens=1e99"),
        ("--usage", "input_tokens=-1"),
        ("--usage", "cost_usd=-1"),
        ("--usage", "cost_usd=1e300"),
        ("--usage", "cost_usd=NaN"),
        ("--usage", "steps=1"),
        ("--usage", "cost_usd"),
        ("--metric", "=1"),
        ("--metric", "x=inf"),
        ("--metric", "\x1b[2J=x"),
        ("--status", "running"),
        ("--status", "\x1b[2J"),
        ("--id", ""),
    ] {
        rows.push(Row::new(64, &["record", "-m", "x", option, value]).exits(&[2]));
    }
    rows.push(Row::new(64, &["record", "-m", ""]).exits(&[2]));
    rows.push(Row::new(64, &["record", "-m", "x", "--from", "-"]).exits(&[2]).says("--from"));
    rows.push(Row::new(64, &["brief", "--max-tokens", "-1"]).exits(&[2]));
    rows.push(Row::new(64, &["list", "--since", "yesterdayish"]).exits(&[2]).says("--since"));
    rows
}
