//! `run -- COMMAND`: what the command sees, what is recorded, and what stays untouched.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::env::{TestEnv, fed, output};

/// Runs a shell script as a run.
fn sh(env: &TestEnv, script: &str) -> String {
    env.run(&["run", "--", "sh", "-c", script])
}

fn from_line(first: &str, text: &str) -> String {
    text.lines().skip_while(|line| *line != first).collect::<Vec<_>>().join("\n")
}

fn only_line(start: &str, text: &str) -> String {
    text.lines().filter(|line| line.starts_with(start)).collect()
}

#[test]
fn run_records_the_command_and_its_end() {
    let env = TestEnv::with_session();
    insta::assert_snapshot!(sh(&env, "echo out; echo err >&2"), @"
    out
    [stderr]
    err
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["run", "-m", "Try", "--agent", "claude", "--", "false"]), @"
    [stderr]
    67ce47bf #2 failed in fix-the-login-test-63d76e70: context unchanged
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       #  STATUS     SUMMARY                       TIME  AGENT   FINISHED
    67ce47bf  2  failed     Try                            0ms  claude  0 seconds ago
    80edf5b6  1  succeeded  sh -c echo out; echo err >&2   0ms          0 seconds ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["show", "@1"]), @"
    run       80edf5b6-d72a-461b-87c4-8eb8c7980800
    number    1
    session   session/fix-the-login-test-63d76e70
    status    succeeded
    summary   sh -c echo out; echo err >&2
    started   2026-11-22T10:00:00Z
    finished  2026-11-22T10:00:00Z (0 seconds ago)
    took      0ms
    command   sh -c echo out; echo err >&2
    exit code 0
    by        Ann <ann@example.com>
    commit    21beecddfef39cfa67d72881efbe3597830b2a73
    code      main 595ff6b6
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn run_can_start_the_session_and_the_store() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["run", "--", "true"]), @"
    [stderr]
    error: there is no session store at $TMP/project/.git/sessions.git
    hint: start a session with 'git session new TITLE'; that makes the store
    [exit 125]
    ");
    insta::assert_snapshot!(env.run(&["run", "--new", "Fix the login test", "--", "true"]), @"
    [stderr]
    5fe0fa81 #1 succeeded in fix-the-login-test-80edf5b6: context unchanged
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["run", "--new", "x", "-s", "fix-the", "--", "true"]), @"
    [stderr]
    error: the argument '--new <TITLE>' cannot be used with '--session <SESSION>'

    Usage: git session run --new <TITLE> -- <COMMAND>...

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["run"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <COMMAND>...

    Usage: git session run -- <COMMAND>...

    For more information, try '--help'.
    [exit 2]
    ");
    assert_eq!(env.json(&["status"])["title"], "Fix the login test", "the new session is current");
    env.fsck();
}

#[test]
fn json_of_a_run_leaves_stdout_to_the_command() {
    let env = TestEnv::with_session();
    let out = output(&mut env.command(&["run", "--json", "--", "echo", "mine"]));
    assert_eq!(String::from_utf8_lossy(&out.stdout), "mine\n");
    let told: serde_json::Value = serde_json::from_slice(&out.stderr).expect("JSON on stderr");
    assert_eq!((&told["number"], &told["status"]), (&1.into(), &"succeeded".into()));
    let quiet = output(&mut env.command(&["run", "-q", "--", "echo", "mine"]));
    assert_eq!((quiet.stdout.as_slice(), quiet.stderr.as_slice()), (b"mine\n".as_slice(), b"".as_slice()));
}

#[test]
fn stdin_goes_to_the_command() {
    let env = TestEnv::with_session();
    let bytes: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let out = fed(&mut env.command(&["run", "-q", "--", "cat"]), &bytes);
    assert!(out.stdout == bytes, "1 MB must pass through unchanged");
    assert_eq!(out.stderr, b"", "stderr is the command's too");
    let unread = fed(&mut env.command(&["run", "-q", "--", "true"]), &bytes);
    assert!(unread.status.success(), "a command need not read its stdin");
}

#[test]
fn stdout_and_stderr_are_the_command_s() {
    let env = TestEnv::with_session();
    let bytes: Vec<u8> = (0..=255).rev().cycle().take(1 << 20).collect();
    fs::write(env.path("blob"), &bytes).expect("written");
    let script = format!("cat '{0}'; cat '{0}' >&2", env.arg("blob"));
    let out = output(&mut env.command(&["run", "-q", "--", "sh", "-c", &script]));
    assert!(out.stdout == bytes && out.stderr == bytes, "1 MB on each must come out unchanged");
}

#[test]
fn the_exit_code_is_the_command_s() {
    let env = TestEnv::with_session();
    env.write("project/no-script", "x");
    fs::set_permissions(env.path("project/no-script"), fs::Permissions::from_mode(0o644)).expect("set");
    let code = |args: &[&str]| output(&mut env.command(&[&["run", "--"], args].concat())).status.code();
    for (script, expected) in [("exit 0", 0), ("exit 3", 3), ("exit 125", 125), ("exit 255", 255)] {
        assert_eq!(code(&["sh", "-c", script]), Some(expected), "{script}");
    }
    for (signal, number) in [("TERM", 15), ("KILL", 9), ("INT", 2)] {
        let script = format!("kill -{signal} $$");
        assert_eq!(code(&["sh", "-c", &script]), Some(128 + number), "{signal}");
    }
    let runs = env.json(&["runs"]);
    let told = runs.as_array().expect("list").iter();
    let told: Vec<String> = told.map(|run| format!("{} {}", run["status"], run["exit_code"])).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    "failed" 130
    "failed" 137
    "failed" 143
    "failed" 255
    "failed" 125
    "failed" 3
    "succeeded" 0
    "#);
    env.fsck();
}

#[test]
fn a_command_that_does_not_start_is_no_run() {
    let env = TestEnv::with_session();
    env.write("project/no-script", "x");
    insta::assert_snapshot!(env.run(&["run", "--", "no-such-command-\x1b[2J"]), @r"
    [stderr]
    error: command not found: no-such-command-\x1b[2J
    [exit 127]
    ");
    insta::assert_snapshot!(env.run(&["run", "--", "./no-script"]), @"
    [stderr]
    error: cannot run ./no-script
    caused by: Permission denied (os error 13)
    [exit 126]
    ");
    insta::assert_snapshot!(env.run(&["run", "--", "/"]), @"
    [stderr]
    error: cannot run /
    caused by: Permission denied (os error 13)
    [exit 126]
    ");
    insta::assert_snapshot!(env.run(&["run", "-s", "nothing", "--", "true"]), @"
    [stderr]
    error: no session 'nothing'
    hint: 'git session list' shows all sessions
    [exit 125]
    ");
    insta::assert_snapshot!(env.run(&["runs", "--json"]), @"
    []
    [exit 0]
    ");
    assert_eq!(env.git(&["for-each-ref", "refs/open"]), "", "no open ref is left");
    let folders = fs::read_dir(env.store().join("git-session/runs")).map_or(0, Iterator::count);
    assert_eq!(folders, 0, "no folder is left");
}

#[test]
fn the_command_is_told_where_it_is() {
    let env = TestEnv::with_session();
    env.ok(&["know", "port", "8080"]);
    let script = "env | grep '^GIT_SESSION' | grep -v DEBUG | sort; cat \"$GIT_SESSION_CONTEXT/knowledge/port.md\"; \
        head -1 \"$GIT_SESSION_BRIEF\"; git session path; git session status --json | grep -e source -e trigger";
    insta::assert_snapshot!(sh(&env, script), @r#"
    GIT_SESSION=fix-the-login-test-63d76e70
    GIT_SESSION_BRIEF=$TMP/project/.git/sessions.git/git-session/runs/67ce47bf-0922-4bd5-9541-37398ff549b0/brief.md
    GIT_SESSION_CONTEXT=$TMP/project/.git/sessions.git/git-session/runs/67ce47bf-0922-4bd5-9541-37398ff549b0/context
    GIT_SESSION_RUN=67ce47bf-0922-4bd5-9541-37398ff549b0
    GIT_SESSION_STORE=$TMP/project/.git/sessions.git
    8080
    # Fix the login test
    $TMP/project/.git/sessions.git
          "summary": "sh -c env | grep '^GIT_SESSION' | grep -v DEBUG | sort; cat \"$GIT_SESSION_CONTEXT/knowledge/port.md\"; head -1 \"$GIT_SESSION_BRIEF\"; git session path; git session status --json | grep -e source -e trigger",
          "trigger": "run"
      "source": "from GIT_SESSION",
    [stderr]
    67ce47bf #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    "#);
}

#[test]
fn the_command_runs_as_if_alone() {
    let env = TestEnv::with_session();
    let script = r#"umask; pwd; printf '%s\n' "$0" "$1""#;
    let alone = output(env.program("sh").args(["-c", script, "a  b", "*"]));
    let run = output(&mut env.command(&["run", "-q", "--", "sh", "-c", script, "a  b", "*"]));
    let (alone, run) = (String::from_utf8_lossy(&alone.stdout), String::from_utf8_lossy(&run.stdout));
    assert_eq!(run, alone, "umask, folder and arguments must be as without us");
}

#[test]
fn the_brief_comes_on_stdin_when_asked_for() {
    let env = TestEnv::with_session();
    env.ok(&["know", "build.command", "make -j8"]);
    let brief = env.ok(&["brief"]);
    let out = fed(&mut env.command(&["run", "-q", "--brief=stdin", "--", "cat"]), b"not this");
    assert_eq!(String::from_utf8_lossy(&out.stdout), brief, "the command reads the brief, and only it");
    insta::assert_snapshot!(env.run(&["run", "--brief=paper", "--", "true"]), @"
    [stderr]
    error: invalid value 'paper' for '--brief <WHERE>'
      [possible values: stdin]

    For more information, try '--help'.
    [exit 2]
    ");
    let long = output(&mut env.command(&["run", "-q", "--brief=stdin", "--max-tokens", "1", "--", "cat"]));
    assert!(String::from_utf8_lossy(&long.stdout).contains("Left out to stay short"));
}

#[test]
fn what_changes_in_the_folder_is_recorded() {
    let env = TestEnv::with_session();
    for name in ["gone.md", "kept.md", "docs/changed.md"] {
        env.run_fed("old\n", &["context", "put", name]);
    }
    let script = "cd \"$GIT_SESSION_CONTEXT\" && rm gone.md && echo new > docs/changed.md && echo '- a' >> notes.md \
        && echo x > run.sh && chmod +x run.sh && ln -s /etc/passwd link && echo T=canary > .env";
    insta::assert_snapshot!(sh(&env, script), @"
    [stderr]
    warning: not stored: .env: it looks sensitive (--allow-sensitive stores it)
    warning: not stored: link: it is a symbolic link
    0b062d71 #1 succeeded in fix-the-login-test-63d76e70: context changed: docs/changed.md and 3 more
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        4  docs/changed.md
        4  kept.md
        4  notes.md
        2  run.sh
    [exit 0]
    ");
    insta::assert_snapshot!(from_line("context", &env.run(&["show", "fix-the@"])), @"
    context
      ~ docs/changed.md +1 -1
      - gone.md +0 -1
      + notes.md +1 -0
      + run.sh +1 -0

    withheld
      .env: it looks sensitive (--allow-sensitive stores it)
      link: it is a symbolic link
    [exit 0]
    ");
    insta::assert_snapshot!(sh(&env, "ls -l \"$GIT_SESSION_CONTEXT/run.sh\" | cut -c1-10; rm -r \"$GIT_SESSION_CONTEXT\""), @"
    -rwxr-xr-x
    [stderr]
    bf37db79 #2 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    assert_eq!(env.ok(&["context", "cat", "kept.md"]), "old\n", "a folder that was removed changes nothing");
    env.fsck();
}

#[test]
fn what_is_learned_by_command_and_by_file_is_merged() {
    let env = TestEnv::with_session();
    env.ok(&["know", "old", "1"]);
    let script = "git session know port 8080 -q && git session note 'by command' -q && \
        cd \"$GIT_SESSION_CONTEXT\" && mkdir -p knowledge && echo 2 > knowledge/host.md && rm knowledge/old.md && ls -R";
    insta::assert_snapshot!(sh(&env, script), @"
    .:
    knowledge

    ./knowledge:
    host.md
    [stderr]
    67ce47bf #1 succeeded in fix-the-login-test-63d76e70: context changed: knowledge/host.md and 3 more
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["know"]), @"
    KEY   VALUE  RUN
    host  2      67ce47bf
    port  8080   67ce47bf
    [exit 0]
    ");
    assert_eq!(env.ok(&["context", "cat", "notes.md"]), "- by command\n");
    env.fsck();
}

#[test]
fn runs_side_by_side_both_land() {
    let env = TestEnv::with_session();
    // The second run begins and ends while the first is open.
    let inner = env.store().display().to_string();
    let script = format!(
        "echo a > \"$GIT_SESSION_CONTEXT/a.md\"; GIT_SESSION_DEBUG_SEED=inner env -u GIT_SESSION_RUN git session --store '{inner}' \
         run -q -- sh -c 'echo b > \"$GIT_SESSION_CONTEXT/b.md\"'"
    );
    insta::assert_snapshot!(sh(&env, &script), @"
    [stderr]
    80edf5b6 #2 succeeded in fix-the-login-test-63d76e70: context changed: a.md
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["context", "ls"]), @"
    BYTES  FILE
        2  a.md
        2  b.md
    [exit 0]
    ");
    assert_eq!(env.json(&["runs"]).as_array().expect("list").len(), 2);
    env.fsck();
}

#[test]
fn what_the_command_commits_is_told() {
    let env = TestEnv::with_session();
    let date = "GIT_AUTHOR_DATE=2026-11-22T09:30:00Z GIT_COMMITTER_DATE=2026-11-22T09:30:00Z";
    let script = format!(
        "printf 'two\\nthree\\n' > code.txt && echo x > new.txt && git add . && \
         {date} git commit -q -m Change && echo y > loose.txt"
    );
    insta::assert_snapshot!(sh(&env, &script), @"
    [stderr]
    80edf5b6 #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    insta::assert_snapshot!(format!("{:#}", env.json(&["show", "fix-the@"])["code"]), @r#"
    {
      "branch": "main",
      "commits": [
        "33f8b42da8bce3260b44d2942701ce95b80fd2ba"
      ],
      "deletions": 1,
      "dirty": true,
      "files_changed": 2,
      "head_after": "33f8b42da8bce3260b44d2942701ce95b80fd2ba",
      "head_before": "595ff6b666c3fddd33b6049ce24f5f0668ccb4e7",
      "insertions": 3,
      "repo": "project"
    }
    "#);
    insta::assert_snapshot!(only_line("code", &env.run(&["show", "fix-the@"])), @"code      main 595ff6b6..33f8b42d, 2 files (+3 -1), uncommitted changes");
    let head = env.project_git(&["rev-parse", "HEAD"]);
    let message = env.git(&["log", "-1", "--format=%B", "session/fix-the-login-test-63d76e70"]);
    assert!(message.contains(&format!("Code-Commit: {}", head.trim())), "{message}");
    env.fsck();
}

#[test]
fn a_run_outside_of_a_project_has_no_code() {
    let env = TestEnv::new();
    let there = |args: &[&str]| env.text(&output(env.command(args).current_dir(env.path("home"))));
    insta::assert_snapshot!(there(&["run", "--new", "Write a letter", "--", "true"]), @"
    [stderr]
    03aa0b54 #1 succeeded in write-a-letter-63d76e70: context unchanged
    [exit 0]
    ");
    let shown = there(&["show", "write-a@", "--json"]);
    assert!(shown.contains("\"status\": \"succeeded\"") && !shown.contains("\"code\""), "{shown}");
}
