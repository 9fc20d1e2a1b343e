//! Rows 1 to 17: names, keys and titles.

use super::Row;
use crate::env::TestEnv;

/// What is no key: its row, the key, and a word that the message must have.
const KEYS: [(u8, &str, &str); 58] = [
    (1, "", "empty"),
    (2, "..", "must not contain '..'"),
    (2, "a..b", "must not contain '..'"),
    (2, "a/../b", "must not contain '..'"),
    (3, "a@{1}", "'@'"),
    (3, "@@", "'@'"),
    (3, "@x", "'@'"),
    (4, "-x", "-x"),
    (4, "--upload-pack=touch $TMP/canary", "--upload-pack"),
    (5, "a b", "' '"),
    (5, "a~1", "'~'"),
    (5, "a^", "'^'"),
    (5, "a:b", "':'"),
    (5, "a?b", "'?'"),
    (5, "a*", "'*'"),
    (5, "a[b", "'['"),
    (5, "a\\b", "'\\'"),
    (6, "a.lock", ".lock"),
    (6, ".a", "'.a'"),
    (6, "a.", "'a.'"),
    (6, "a.md", ".md"),
    (7, "/a", "empty segment"),
    (7, "a/", "empty segment"),
    (7, "a//b", "empty segment"),
    (7, "a/b/c/d/e/f/g/h/i", "8 segments"),
    (8, "HEAD", "'head'"),
    (8, "FETCH_HEAD", "'fetch_head'"),
    (9, "a\nb", "\\n"),
    (9, "a\rb", "\\r"),
    (9, "a\tb", "\\t"),
    (9, "a\x1b[2Jb", "\\x1b"),
    (9, "a\x07b", "\\x07"),
    (9, "a\x7fb", "\\x7f"),
    (9, "a\u{9b}b", "\\u{9b}"),
    (10, "\u{e9}", "a-z 0-9 . _ -"),
    (10, "e\u{301}", "a-z 0-9 . _ -"),
    (10, "\u{430}", "a-z 0-9 . _ -"),
    (10, "\u{1f600}", "a-z 0-9 . _ -"),
    (10, "\u{212a}ey", "use 'key'"),
    (11, "a\u{202e}b", "\\u{202e}"),
    (11, "a\u{200b}b", "\\u{200b}"),
    (11, "\u{feff}a", "\\u{feff}"),
    (11, "a\u{2066}b", "\\u{2066}"),
    (12, "CON", "reserved on Windows"),
    (12, "aux.txt", "reserved on Windows"),
    (12, "a/com1", "reserved on Windows"),
    (12, "nul", "reserved on Windows"),
    (12, "lpt0", "reserved on Windows"),
    (12, "prn.a.b", "reserved on Windows"),
    (13, "A", "use 'a'"),
    (13, "Build/Command", "use 'build/command'"),
    (16, "$(touch $TMP/canary)", "'$'"),
    (16, "`touch canary`", "'`'"),
    (16, "a;touch canary", "';'"),
    (16, "a'b", "'''"),
    (16, "%2e%2e", "'%'"),
    (16, "a&b", "'&'"),
    (16, "a\"b", "'\"'"),
];

/// Verbs that take the name of a session or a run.
const LOOKING: [&[&str]; 9] = [
    &["switch", "--"],
    &["runs", "--"],
    &["log", "--"],
    &["brief", "--"],
    &["rm", "--"],
    &["show", "--"],
    &["finish", "--"],
    &["abort", "--"],
    &["checkpoint", "--"],
];

fn long_keys() -> Vec<(u8, String, &'static str)> {
    vec![
        (14, "a".repeat(101), "100 characters at most (got 101)"),
        (14, "a".repeat(10_000), "100 characters at most (got 10000)"),
        (14, "\u{e9}".repeat(5_000), "100 characters at most (got 5000)"),
    ]
}

fn keys() -> Vec<(u8, String, &'static str)> {
    let typed = KEYS.iter().map(|(number, key, word)| (*number, (*key).to_owned(), *word));
    typed.chain(long_keys()).collect()
}

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, (number, key, word)) in keys().into_iter().enumerate() {
        rows.extend(as_key(number, &key, word));
        // Each is looked for by two of the verbs in turn, which are all the same to a name.
        let verbs = as_name(number, &key);
        let tried = [index % verbs.len(), (index + 5) % verbs.len()];
        rows.extend(verbs.into_iter().enumerate().filter(|(n, _)| tried.contains(n)).map(|(_, row)| row));
    }
    // A key may have a slash, and may look like a commit: it names a file, not a branch. So these
    // are tried as names only.
    for (number, name) in [
        (7, "a/b".to_owned()),
        (7, "refs/heads/x".to_owned()),
        (8, "head".to_owned()),
        (8, "ORIG_HEAD".to_owned()),
        (15, "a".repeat(40)),
        (15, "0123456789abcdef".repeat(4)),
    ] {
        rows.extend(as_name(number, &name));
    }
    rows.extend(titles());
    rows.extend(runs());
    rows
}

fn as_key(number: u8, key: &str, word: &str) -> Vec<Row> {
    let refused = |arguments: &[&str]| Row::new(number, arguments).exits(&[2]);
    vec![
        refused(&["know", "--", key, "value"]).says(word),
        refused(&["know", "--", key]),
        refused(&["know", "--rm", "--", key]),
        refused(&["know", "--preference", "--", key, "-"]),
    ]
}

/// Given as a name, it is a title that nobody has, or no name at all.
fn as_name(number: u8, name: &str) -> Vec<Row> {
    let looked_for = |arguments: &[&str]| Row::new(number, arguments).exits(&[1, 2]);
    let verbs = LOOKING.iter().map(|verb| looked_for(&[verb, &[name][..]].concat()));
    let session = format!("--session={name}");
    let at = format!("--at={name}");
    let options = [
        looked_for(&[&session, "record", "-m", "x"]),
        looked_for(&["context", "ls", &at]),
        looked_for(&["decide", "x", &format!("--supersedes={name}")]),
    ];
    // `@` and what leaves the name empty mean the current session.
    verbs.chain(options).filter(|_| name != "@").collect()
}

fn titles() -> Vec<Row> {
    let empty =
        ["", " ", "\n\t", "\u{202e}\u{200b}"].map(|title| Row::new(1, &["new", title]).exits(&[0, 2]));
    let mut rows: Vec<Row> = empty.into_iter().filter(|row| row.arguments[1].len() < 3).collect();
    rows.iter_mut().for_each(|row| row.exits = vec![2]);
    // A title is free text: it is cleaned, and nothing in it is executed or shown as it is.
    for (number, title) in [
        (4, "--upload-pack=touch $TMP/canary"),
        (9, "a\x1b[2Jb\x07"),
        (11, "a\u{202e}b\u{200b}"),
        (12, "CON"),
        (14, &"long ".repeat(2_000)),
        (15, &"a".repeat(40)),
        (16, "$(touch $TMP/canary)"),
    ] {
        rows.push(Row::new(number, &["new", "--", title]).records());
    }
    for arguments in [
        &["know", "-x", "v"][..],
        &["know", "--upload-pack=touch canary", "v"],
        &["show", "-x"],
        &["rm", "--force"],
    ] {
        rows.push(Row::new(4, arguments).exits(&[2]));
    }
    rows
}

fn alike(env: &TestEnv) {
    env.ok(&["new", "Fix the login page"]);
    for n in 1..=2 {
        let id = format!("--id=aaaaaaaa-10b1-426f-9247-bb680e5fe0c{n}");
        env.ok(&["record", "-m", "Try", &id]);
    }
}

fn runs() -> Vec<Row> {
    let mut rows: Vec<Row> = ["@0", "@x", "@-x", "@1.5", "@@1", "@+", "fix-the@@", "@18446744073709551616"]
        .iter()
        .map(|place| Row::new(17, &["show", place]).exits(&[2]).says("SESSION@3"))
        .collect();
    for place in ["@2", "@-1", "@18446744073709551615", "@-18446744073709551615"] {
        rows.push(Row::new(17, &["show", place]).says("no run"));
    }
    rows.extend([
        Row::new(17, &["show", "nothing@1"]).says("no session 'nothing'"),
        Row::new(17, &["switch", "fix-the-logn"]).says("did you mean fix-the-login-test"),
        Row::new(17, &["switch", "fix"]).says("no session 'fix'"),
        Row::new(17, &["switch", "fix-the"]).given(alike).says("ambiguous").says("fix-the-login-page"),
        Row::new(17, &["show", "aaaaaaaa"]).given(alike).says("ambiguous").says("bb680e5fe0c2"),
        Row::new(17, &["switch", "00000000-0000-0000-0000-000000000000"]).says("no session"),
        Row::new(17, &["finish", "0000"]).says("no run '0000'"),
    ]);
    rows
}
