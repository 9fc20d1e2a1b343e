//! Row 60: settings that cannot be.

use super::Row;
use crate::env::TestEnv;

pub fn rows() -> Vec<Row> {
    let mut rows = values();
    rows.extend(files());
    rows.extend(on_the_command_line());
    rows.extend(rules());
    rows
}

// Rules that cannot be used withhold all text, and lose no run.
fn rules() -> Vec<Row> {
    let mut rows = Vec::new();
    for (what, text) in [
        ("no TOML", "[[rules]"),
        ("no id", "[[rules]]\nregex = 'x'\n"),
        ("a number", "rules = 1"),
        ("an empty pattern", "[[rules]]\nid = 'a'\nregex = ''\n"),
        ("a huge pattern", "[[rules]]\nid = 'a'\nregex = '((x{1000}){1000}){1000}'\n"),
        ("an open group", "[[rules]]\nid = '\u{202e}'\nregex = '('\n"),
        ("bytes", "\0\u{1}\x1b[2J"),
    ] {
        let given = move |env: &TestEnv| {
            let file = env.write("rules.toml", text);
            env.project_git(&["config", "session.redactRules", &file]);
        };
        let row = |arguments: &[&str]| Row::new(60, arguments).what(what).given(given).says("rules.toml");
        rows.push(row(&["record", "-m", "x"]).records());
        rows.push(row(&["redact", "check", "code.txt"]).exits(&[1]));
        rows.push(row(&["redact", "scan"]).exits(&[1]));
    }
    let missing =
        |env: &TestEnv| drop(env.project_git(&["config", "session.redactRules", "/nowhere/r.toml"]));
    rows.push(Row::new(60, &["record", "-m", "x"]).what("missing").given(missing).says("r.toml").records());
    for digest in ["", "sha256:", "sha256:zz", "12", "\u{202e}"] {
        rows.push(Row::new(60, &["redact", "allow", digest]).exits(&[2]));
    }
    rows.push(Row::new(60, &["redact", "add"]).fed(b"").exits(&[2]));
    rows.push(Row::new(60, &["redact", "add"]).fed(b"postgres").exits(&[1]));
    rows.push(Row::new(60, &["redact", "check", "."]).exits(&[1]));
    rows
}

fn values() -> Vec<Row> {
    let mut rows = Vec::new();
    for (key, value) in [
        ("session.fsync", "maybe"),
        ("session.fsync", ""),
        ("session.fsync", "FULL"),
        ("session.fsync", "\x1b[2J"),
        ("session.redact", "perhaps"),
        ("session.redact", "\x1b[3J"),
        ("session.redactAllow", "12"),
        ("session.redactAllow", "sha256:\u{e9}"),
        ("session.maxFileBytes", "x"),
        ("session.maxFileBytes", "-1"),
        ("session.maxFileBytes", "1e9"),
        ("session.maxFileBytes", "99999999999999999999"),
        ("session.autoPush", "always"),
        ("session.autoPush", "\x1b[2J"),
    ] {
        let plant = move |env: &TestEnv| {
            env.project_git(&["config", "--unset-all", "session.fsync"]);
            env.project_git(&["config", key, value]);
        };
        for arguments in [&["list"][..], &["record", "-m", "x"]] {
            let row = Row::new(60, arguments).what(value).given(plant).exits(&[2]).says(key);
            rows.push(row.says("$TMP/project/.git/config").says("hint").exits(&[2]));
        }
    }
    rows.iter_mut().for_each(|row| row.says.retain(|words| words != "hint"));
    let line = |env: &TestEnv| {
        env.project_git(&["config", "--unset-all", "session.fsync"]);
        env.write("home/.gitconfig", "# mine\n[session]\n\n\tfsync = sometimes\n");
    };
    rows.push(
        Row::new(60, &["list"]).given(line).exits(&[2]).says("$TMP/home/.gitconfig:4").says("'sometimes'"),
    );
    // Git itself knows no list of keys either: an unknown one may be a newer version's.
    let unknown = |env: &TestEnv| drop(env.project_git(&["config", "session.fsycn", "off"]));
    rows.push(Row::new(60, &["list"]).what("an unknown key").given(unknown).works());
    rows
}

fn files() -> Vec<Row> {
    let broken = "the git configuration";
    let mut rows = Vec::new();
    for (what, text, line) in [
        ("an open section", "[core\n", "line 1"),
        ("a broken name", "[user]\n\tname = x\n\n\x1b[2J = y\n", "line"),
        ("bytes", "\0\u{1}\u{2}", "line 1"),
    ] {
        let global = move |env: &TestEnv| drop(env.write("home/.gitconfig", text));
        let local = move |env: &TestEnv| {
            let old = env.read("project/.git/config");
            env.write("project/.git/config", old + text);
        };
        for arguments in [&["list"][..], &["path"], &["record", "-m", "x"]] {
            let row = Row::new(60, arguments).what(what).exits(&[2]).says(broken);
            rows.push(row.given(global).says("$TMP/home/.gitconfig").says(line));
        }
        if text.starts_with('[') {
            // Taken for no project, it would have another store.
            rows.push(
                Row::new(60, &["path"])
                    .what(what)
                    .given(local)
                    .exits(&[2])
                    .says("$TMP/project/.git/config")
                    .says("line"),
            );
            rows.push(
                Row::new(60, &["new", "x"])
                    .what(what)
                    .given(local)
                    .exits(&[2])
                    .says("$TMP/project/.git/config")
                    .says("line"),
            );
        }
    }
    rows
}

fn on_the_command_line() -> Vec<Row> {
    let given = |parameters: &'static str| {
        move |_: &TestEnv, c: &mut std::process::Command| {
            c.env("GIT_CONFIG_PARAMETERS", parameters);
        }
    };
    vec![
        Row::new(60, &["list"]).with(given("'session.fsync'='maybe'")).exits(&[2]).says("'maybe'"),
        Row::new(60, &["list"]).with(given("'session.fsync")).works(),
        Row::new(60, &["list"]).with(given("'\x1b[2J'='x' ''='' '='")).works(),
        Row::new(60, &["list", "--color", "sometimes"]).exits(&[2]).says("sometimes"),
    ]
}
