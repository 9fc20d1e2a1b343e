//! Where the store is, help, completion, manual pages.

use std::fs;

use crate::env::{BINARY, Change, TestEnv, output};

#[test]
fn the_store_is_found_in_five_ways() {
    let env = TestEnv::new();
    let data = env.path("data");
    let outside = env.path("home");
    let path = |args: &[&str], change: Change| {
        let mut command = env.command(&[&["path"], args].concat());
        change(&mut command);
        env.text(&output(&mut command))
    };
    insta::assert_snapshot!(path(&[], &|c| c.current_dir(&outside)), @"
    $TMP/home/.local/share/git-session/sessions.git
    [exit 0]
    ");
    insta::assert_snapshot!(path(&[], &|c| c.current_dir(&outside).env("XDG_DATA_HOME", &data)), @"
    $TMP/data/git-session/sessions.git
    [exit 0]
    ");
    insta::assert_snapshot!(path(&[], &|c| c), @"
    $TMP/project/.git/sessions.git
    [exit 0]
    ");
    env.project_git(&["config", "session.store", "~/by-config.git"]);
    insta::assert_snapshot!(path(&[], &|c| c), @"
    $TMP/home/by-config.git
    [exit 0]
    ");
    insta::assert_snapshot!(path(&[], &|c| c.env("GIT_SESSION_STORE", env.path("by-variable.git"))), @"
    $TMP/by-variable.git
    [exit 0]
    ");
    let by_option = env.arg("by-option.git");
    let args = ["--store", by_option.as_str(), "--json"];
    insta::assert_snapshot!(path(&args, &|c| c.env("GIT_SESSION_STORE", env.path("by-variable.git"))), @r#"
    {
      "exists": false,
      "path": "$TMP/by-option.git"
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(path(&["--store", ""], &|c| c), @"
    [stderr]
    error: a value is required for '--store <DIR>' but none was supplied

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn linked_work_trees_share_the_store_but_not_the_choice() {
    let env = TestEnv::with_session();
    env.project_git(&["worktree", "add", "-q", &env.arg("linked"), "-b", "linked"]);
    let there = |args: &[&str]| env.text(&output(env.command(args).current_dir(env.path("linked"))));
    insta::assert_snapshot!(there(&["path"]), @"
    $TMP/project/.git/sessions.git
    [exit 0]
    ");
    insta::assert_snapshot!(there(&["status"]), @"
    no session is current
    [stderr]
    hint: start one with 'git session new TITLE'
    [exit 0]
    ");
    insta::assert_snapshot!(there(&["switch", "fix-the"]), @"
    [stderr]
    switched to 63d76e70 Fix the login test
    [exit 0]
    ");
}

#[test]
fn the_store_s_path_works_for_every_verb() {
    let env = TestEnv::new();
    let elsewhere = env.arg("elsewhere.git");
    env.ok(&["--store", &elsewhere, "new", "Elsewhere"]);
    assert!(!env.store().exists(), "the project's own store must not be made");
    assert_eq!(env.json(&["status", "--store", &elsewhere])["title"], "Elsewhere");
    let removed = env.run(&["rm", "@", "--store", &elsewhere]);
    let (_, printed) = removed.split_once("get it back with: ").expect("the command is printed");
    let printed = printed.lines().next().expect("line").replace("$TMP", env.base().to_str().expect("UTF-8"));
    let out = output(env.program("sh").args(["-c", &printed]));
    assert!(out.status.success(), "the printed command must work with another store too: {out:?}");
}

#[test]
fn git_finds_the_program_as_its_own() {
    let env = TestEnv::with_session();
    let out = output(env.program("git").args(["-c", "session.store=/nowhere/else.git", "session", "path"]));
    insta::assert_snapshot!(env.text(&out), @"
    /nowhere/else.git
    [exit 0]
    ");
    let out = output(env.program("git").args(["-C", &env.arg("project"), "session", "list", "--ndjson"]));
    assert!(out.status.success(), "{}", env.text(&out));
}

#[test]
fn help_shows_the_essential_verbs_or_all() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["-h"]), @"
    A versioned store for AI-agent sessions, kept in Git

    Usage: git session VERB

    Work
      new         Start a session and make it current
      run         Run a command as one run of the session
      record      Record a finished run

    Learn
      know        Note, show or list what is known, one fact a key
      decide      Make a decision, or list them
      brief       Print what the next run should know, as Markdown

    Look
      status      Tell where the current session stands
      list        List sessions, the last changed first
      show        Show a session, a run, a decision, or the runs of a commit
      runs        List the runs of a session, newest first
      log         Tell the history of a session as a story, newest first
      diff        Show what a run changed, or how two runs differ
      compare     Show runs side by side
      search      Find words in what sessions hold and their runs said

    Branch
      switch      Make a session the current one
      fork        Start a session from a run of another and make it current
      merge       Bring another session's runs and context into this one

    Share
      push        Send the current session to a remote
      pull        Bring in what a remote has of the current session

    Keep
      hooks       Let git and agents record runs by themselves

    Every verb takes -s SESSION, --store DIR, --json, --color WHEN, --no-pager, -q.
    'git session help --all' lists all verbs, 'git session VERB -h' explains one.
    [exit 0]
    ");
    assert_eq!(env.run(&[]), env.run(&["-h"]), "without a verb there is help");
    assert_eq!(env.run(&["help"]), env.run(&["-h"]));
    insta::assert_snapshot!(env.run(&["help", "--all"]), @"
    A versioned store for AI-agent sessions, kept in Git

    Usage: git session VERB

    Work
      new         Start a session and make it current
      run         Run a command as one run of the session
      record      Record a finished run
      begin       Begin a run by hand, to be ended with finish or abort
      checkpoint  Save the state of an open run
      finish      Record an open run and what it changed
      abort       End an open run as cancelled

    Learn
      know        Note, show or list what is known, one fact a key
      decide      Make a decision, or list them
      note        Add a line to the session's notes
      context     List, read and change the files of the context
      brief       Print what the next run should know, as Markdown

    Look
      status      Tell where the current session stands
      list        List sessions, the last changed first
      show        Show a session, a run, a decision, or the runs of a commit
      runs        List the runs of a session, newest first
      log         Tell the history of a session as a story, newest first
      diff        Show what a run changed, or how two runs differ
      compare     Show runs side by side
      blame       Tell which run wrote each line of a fact, a file or a decision
      search      Find words in what sessions hold and their runs said

    Branch
      switch      Make a session the current one
      fork        Start a session from a run of another and make it current
      merge       Bring another session's runs and context into this one
      rewind      Make the context as it was after a run; nothing is lost
      undo        Take back the last change of context or fields, or put a removed session back
      resolve     Settle a conflict
      edit        Change a session's title, labels or state
      rm          Move a session to the trash

    Share
      remote      Name the repositories that sessions are shared with
      push        Send the current session to a remote
      pull        Bring in what a remote has of the current session
      sync        Pull and push until the remote and this store have the same
      clone       Bring in all sessions of a remote, or a part of them
      export      Write sessions into a file, for who shares no server with you
      import      Import sessions from a bundle, or those that another tool kept
      purge       Take a value, a file or a run out of everything that is stored, for good

    Keep
      hooks       Let git and agents record runs by themselves
      check       Look for damage in the store
      repair      Mend the store; what cannot be used is put aside, never removed
      gc          Drop what is out of date and pack what piled up
      redact      Keep secrets out of what is stored
      path        Print where the store is
      completion  Print a script that completes git-session in a shell
      man         Print the manual page, or write all of them

    Every verb takes -s SESSION, --store DIR, --json, --color WHEN, --no-pager, -q.
    'git session help --all' lists all verbs, 'git session VERB -h' explains one.
    [exit 0]
    ");
    assert!(env.ok(&["--version"]).starts_with("git-session "), "--version names the program");
}

#[test]
fn help_explains_a_verb() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["switch", "-h"]), @"
    Make a session the current one

    Usage: git session switch [OPTIONS] <NAME>

    Arguments:
      <NAME>  The session, by its name, id, title or the start of one

    Options:
          --bind  Whenever the code branch that is checked out now is checked out
      -h, --help  Print help (see more with '--help')

    Global options:
          --store <DIR>        Use the store at DIR
      -s, --session <SESSION>  Work on this session instead of the current one
          --json               Print JSON
          --ndjson             Print one JSON object a line
          --color <WHEN>       When to use colours [possible values: auto, always, never]
          --no-pager           Do not start a pager
      -q, --quiet              Print no messages, only results
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["help", "path"]), @"
    Print where the store is

    Usage: git session path [OPTIONS]

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Global options:
          --store <DIR>
              Use the store at DIR

      -s, --session <SESSION>
              Work on this session instead of the current one

          --json
              Print JSON

          --ndjson
              Print one JSON object a line

          --color <WHEN>
              When to use colours

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

          --no-pager
              Do not start a pager

      -q, --quiet
              Print no messages, only results
    [exit 0]
    ");
    let unknown = env.run(&["help", "dance"]);
    assert!(
        unknown.contains("'dance'") && unknown.ends_with("[exit 2]"),
        "the unknown word is 'dance': {unknown}"
    );
    insta::assert_snapshot!(env.run(&["dance"]), @"
    [stderr]
    error: unrecognized subcommand 'dance'

      tip: some similar subcommands exist: 'decide', 'redact'

    Usage: git session [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["swich"]), @"
    [stderr]
    error: unrecognized subcommand 'swich'

      tip: some similar subcommands exist: 'search', 'switch'

    Usage: git session [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn completion_is_a_script_the_shell_accepts() {
    let env = TestEnv::with_session();
    let script = env.ok(&["completion", "bash"]);
    let checked = output(env.program("bash").args(["-n", "-c", &script]));
    assert!(checked.status.success(), "{checked:?}");
    insta::assert_snapshot!(env.run(&["completion", "dosshell"]), @"
    [stderr]
    error: there is no completion for 'dosshell'
    hint: use bash, elvish, fish, powershell, zsh
    [exit 2]
    ");
    let mut command = env.program(BINARY);
    command
        .args(["--", "git-session", "switch", "fix"])
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "2");
    let completed = env.text(&output(&mut command));
    assert!(completed.contains("fix-the-login-test-63d76e70"), "session names are completed: {completed}");
}

#[test]
fn completion_is_silent_where_nothing_is() {
    let env = TestEnv::new();
    env.write("project/.git/sessions.git", "no store");
    let mut command = env.program(BINARY);
    command
        .args(["--", "git-session", "switch", ""])
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "2");
    let out = output(&mut command);
    assert_eq!(String::from_utf8_lossy(&out.stderr), "", "completion must not print errors");
}

#[test]
fn man_writes_a_page_for_each_verb() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["man", "--out", &env.arg("man1")]), @"
    [stderr]
    wrote the manual pages to $TMP/man1
    [exit 0]
    ");
    for page in ["git-session.1", "git-session-run.1", "git-session-context-put.1"] {
        let text = env.read(&format!("man1/{page}"));
        assert!(text.contains(".SH NAME"), "{page} must be a manual page");
    }
    let page = env.ok(&["man"]);
    assert_eq!(page, env.read("man1/git-session.1"), "man prints the page of the whole program");
    let files = fs::read_dir(env.path("man1")).expect("folder").count();
    assert!(files > 25, "each verb has a page: {files}");
}
