//! What `redact` prints, and what is told of secrets that were left out.

use std::fs;

use crate::doors::{assert_nothing_secret, everything};
use crate::env::{TestEnv, output};

/// A token of a form of the table; made here, so that none stands in the sources.
pub fn token() -> String {
    ["gh", "p_", "q7Rk2WmZx9Lc4Vn8Bt3Yh6Jd1Fs5Gp0TaUe"].concat() + "1"
}

/// A value that only a variable of the environment tells of.
pub const KNOWN: &str = "0dd-v4lue-of-a-variable";

/// Runs the program with the variable.
pub fn run(env: &TestEnv, args: &[&str]) -> String {
    let mut command = env.command(args);
    command.env("DEPLOY_API_TOKEN", KNOWN);
    let out = output(&mut command);
    let text = env.text(&out);
    assert!(!text.contains("panicked") && out.status.code() != Some(101), "{args:?}: {text}");
    text
}

#[test]
fn show_and_status_tell_how_many_were_removed() {
    let env = TestEnv::with_session();
    let token = token();
    insta::assert_snapshot!(run(&env, &["record", "-m", &format!("use {token}"), "--prompt", &format!("{token} {KNOWN}")]), @"
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [stderr]
    warning: secrets were left out of what is stored: github-token, known-value
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["show", "@1"]), @"
    run       80edf5b6-d72a-461b-87c4-8eb8c7980800
    number    1
    session   session/fix-the-login-test-63d76e70
    status    succeeded
    summary   use [REDACTED:github-token]
    finished  2026-11-22T10:00:00Z (0 seconds ago)
    by        Ann <ann@example.com>
    commit    359835c66eb6b2fe7668612618e20789c3c99a34
    code      main 595ff6b6
    redacted  3 secrets (github-token 2, known-value 1)

    prompt
      [REDACTED:github-token] [REDACTED:known-value]
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    1 run, 1 succeeded
    last run 80edf5b6 succeeded, 0 seconds ago: use [REDACTED:github-token]
    redacted 3 secrets (github-token 2, known-value 1)

    1 run in this store exists only here (not pushed anywhere)
    [exit 0]
    ");
    let run = &env.json(&["runs"])[0];
    assert_eq!(run["redactions"], serde_json::json!({"github-token": 2, "known-value": 1}));
    assert_eq!(run["redaction_table"], 1);
}

#[test]
fn a_secret_in_a_folder_is_counted_once_however_often_it_is_looked_at() {
    let env = TestEnv::with_session();
    let begun = env.json(&["begin", "-m", "x"]);
    let folder = begun["context_dir"].as_str().expect("a folder");
    fs::write(format!("{folder}/a.md"), token()).expect("written");
    env.ok(&["checkpoint"]);
    env.ok(&["checkpoint"]);
    let mut note = env.command(&["note", &token()]);
    note.env("GIT_SESSION_RUN", begun["run"].as_str().expect("an id"));
    assert!(output(&mut note).status.success());
    let finished = env.json(&["finish"]);
    assert_eq!(finished["redactions"], serde_json::json!({"github-token": 2}), "the file and the note");
    env.fsck();
}

#[test]
fn check_tells_place_rule_and_digest() {
    let env = TestEnv::new();
    let file = env.write("log.txt", format!("one\nuse {} now\nDB_PASSWORD=hunter2\n", token()));
    insta::assert_snapshot!(env.run(&["redact", "check", &file]), @"
    $TMP/log.txt:2:5: github-token sha256:e3b4bf53457f80bb58d889c29208bfdc7665fde6f96a88c1d704ef72ad4b2c3f
    $TMP/log.txt:3:13: assignment sha256:f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7
    [stderr]
    2 secrets would be removed
    [exit 1]
    ");
    insta::assert_snapshot!(env.run_fed("nothing here\n", &["redact", "check", "-"]), @"
    [stderr]
    0 secrets would be removed
    [exit 0]
    ");
    let out = output(&mut env.command(&["redact", "check", &file, "--json"]));
    let found: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(
        (&found[1]["line"], &found[1]["column"], &found[1]["rule"]),
        (&3.into(), &13.into(), &"assignment".into())
    );
    insta::assert_snapshot!(env.run(&["redact", "check", "missing.txt"]), @"
    [stderr]
    error: could not read missing.txt
    caused by: No such file or directory (os error 2)
    hint: name a regular file, or '-' and hand it in on stdin
    [exit 1]
    ");
}

#[test]
fn what_is_allowed_passes_and_what_is_added_does_not() {
    let env = TestEnv::with_session();
    let token = token();
    let told = env.run_fed(format!("{token}\n"), &["redact", "allow", "-"]);
    assert!(told.contains(" passes from now on") && told.ends_with("[exit 0]"), "{told}");
    assert!(env.read("home/.gitconfig").contains("redactAllow = sha256:"), "only a digest is kept");
    assert!(!env.read("home/.gitconfig").contains(&token));
    insta::assert_snapshot!(env.run_fed("0dd-val-8\n", &["redact", "add"]), @"
    [stderr]
    added to $TMP/home/.config/git-session/known-values
    [exit 0]
    ");
    env.ok(&["record", "-m", &format!("{token} 0dd-val-8")]);
    let runs = env.json(&["runs"]);
    assert_eq!(runs[0]["summary"], format!("{token} [REDACTED:known-value]"));
    insta::assert_snapshot!(env.run(&["redact", "allow", "12"]), @"
    [stderr]
    error: '12' is not sha256: and 64 digits
    hint: 'git session redact check FILE' prints digests; '-' takes the value itself from stdin
    [exit 2]
    ");
    insta::assert_snapshot!(env.run_fed("", &["redact", "add"]), @"
    [stderr]
    error: there is no value on stdin
    hint: feed it, such as with 'pass show NAME |'
    [exit 2]
    ");
}

#[test]
fn a_common_word_cannot_be_added() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run_fed("postgres\n", &["redact", "add"]), @"
    [stderr]
    error: the value is too short or too common to be removed wherever it stands
    hint: a value has 8 characters or more, and is no word, path or number
    [exit 1]
    ");
    assert!(!env.path("home/.config").exists());
}

#[test]
fn scan_finds_what_was_let_through() {
    let env = TestEnv::with_session();
    env.program("git").args(["config", "--global", "session.redact", "off"]).output().expect("set");
    env.ok(&["record", "-m", &format!("use {}", token())]);
    env.program("git").args(["config", "--global", "--unset", "session.redact"]).output().expect("unset");
    let is_stored = memchr::memmem::find(&everything(&env), token().as_bytes()).is_some();
    assert!(is_stored, "a search that finds nothing proves nothing");
    env.ok(&["record", "-m", "clean"]);
    let text = env.run(&["redact", "scan"]);
    assert!(text.contains("run/run.yaml:5: github-token") && text.contains("message:"), "{text}");
    assert!(text.ends_with("revoke it where it is from\n[exit 1]"), "{text}");
    assert!(!text.contains(&token()), "what is found is not printed");
    let other = TestEnv::with_session();
    insta::assert_snapshot!(other.run(&["redact", "scan"]), @"
    0 secrets in 1 commit and 1 file
    [exit 0]
    ");
}

#[test]
fn a_project_adds_rules_and_takes_none_away() {
    let env = TestEnv::with_session();
    env.project_git(&["config", "session.redact", "off"]);
    env.write("project/.git-session/redact.toml", "[[rules]]\nid = 'ours'\nregex = 'ours-[0-9]{4}'\nkeywords = ['ours-']\n[allowlist]\nregexes = ['.*']\n");
    insta::assert_snapshot!(run(&env, &["record", "-m", &format!("ours-1234 {}", token())]), @"
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [stderr]
    warning: secrets were left out of what is stored: github-token, ours
    warning: session.redact is ignored in the repository's own configuration
    hint: what takes redaction away is yours alone: git config --global session.redact
    [exit 0]
    ");
    assert_eq!(env.json(&["runs"])[0]["summary"], "[REDACTED:ours] [REDACTED:github-token]");
}

#[test]
fn rules_that_cannot_be_used_withhold_text_and_the_run_is_recorded() {
    for rules in [
        "[[rules]",
        "[[rules]]\nid = 'e'\nregex = ''\n",
        "[[rules]]\nid = 'e'\nregex = 'a*'\n",
        "[[rules]]\nid='r'\nregex='((a{1000}){1000}){1000}'\n",
    ] {
        let env = TestEnv::with_session();
        let file = env.write("rules.toml", rules);
        env.program("git").args(["config", "--global", "session.redactRules", &file]).output().expect("set");
        env.write("given/a.md", "raw words");
        let text =
            run(&env, &["record", "-m", "raw summary", "--context", &env.arg("given"), "--prompt", &token()]);
        assert!(
            text.contains("nothing could be searched for secrets") && text.contains("rules.toml"),
            "{text}"
        );
        assert!(text.contains("#1 succeeded"), "the run is recorded all the same: {text}");
        assert_nothing_secret(&env, &[&token(), "raw summary", "raw words"]);
        let checked = env.run(&["redact", "check", &file]);
        assert!(checked.contains("rules.toml") && checked.ends_with("[exit 1]"), "{checked}");
        env.fsck();
    }
}

#[test]
fn a_line_without_end_is_read_in_flat_memory() {
    let env = TestEnv::new();
    let script = format!("head -c 300000000 /dev/zero | tr '\\0' x; printf '\\n{}\\n'", token());
    let program =
        format!("({script}) | (ulimit -v 600000; exec {} redact check - --json)", crate::env::BINARY);
    let out = output(env.program("sh").args(["-c", &program]));
    let found: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let rules: Vec<_> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["line"].clone(), one["rule"].clone()))
        .collect();
    assert_eq!(rules, [(1.into(), "withheld-long-line".into()), (2.into(), "github-token".into())]);
}
