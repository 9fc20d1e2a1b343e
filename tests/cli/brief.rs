//! What the next run is told.

use crate::env::TestEnv;

fn full() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["decide", "Use a retry", "--because", "the server is slow", "--instead-of", "a longer timeout"]);
    env.ok(&["know", "build.command", "make -j8"]);
    env.ok(&["know", "style", "short commits", "--preference"]);
    env.ok(&["note", "Slow on Mondays"]);
    env.run_fed("plan\n", &["context", "put", "docs/plan.md"]);
    env.ok(&["record", "-m", "Raise the timeout\n\nIt failed the same way.", "--status", "failed"]);
    env.ok(&["record", "-m", "Add a retry"]);
    env
}

#[test]
fn a_brief_has_all_sections_and_ends_with_what_to_do() {
    let env = full();
    insta::assert_snapshot!(env.run(&["brief"]), @r#"
    # Fix the login test

    Status: active. Runs so far: 2 (1 succeeded, 1 failed).

    ## Decisions

    - Use a retry — because the server is slow (not: a longer timeout)

    ## Knowledge

    - `build.command`: make -j8

    ## Preferences

    - `style`: short commits

    ## Last runs

    - bf37db79 succeeded: Add a retry
    - b036c3b6 failed: Raise the timeout
      It failed the same way.

    ## Notes

    - Slow on Mondays

    ## Files in the context folder

    - `docs/plan.md`

    ---
    Learned something the next run needs? `git session know KEY "VALUE"` (such as `know build.command "make -j8"`)
    Chose between options? `git session decide "WHAT" --because "WHY" --instead-of "OTHER"`
    Anything else worth keeping? `git session note "TEXT"`
    [exit 0]
    "#);
}

#[test]
fn a_short_brief_says_what_it_left_out() {
    let env = full();
    insta::assert_snapshot!(env.run(&["brief", "--max-tokens", "220"]), @r#"
    # Fix the login test

    Status: active. Runs so far: 2 (1 succeeded, 1 failed).

    ## Decisions

    - Use a retry — because the server is slow (not: a longer timeout)

    ## Knowledge

    - `build.command`: make -j8

    ## Preferences

    - `style`: short commits

    ## Last runs

    - bf37db79 succeeded: Add a retry
    - b036c3b6 failed: Raise the timeout
      It failed the same way.

    ## Notes

    - Slow on Mondays

    Left out to stay short: 1 of files in the context folder.

    ---
    Learned something the next run needs? `git session know KEY "VALUE"` (such as `know build.command "make -j8"`)
    Chose between options? `git session decide "WHAT" --because "WHY" --instead-of "OTHER"`
    Anything else worth keeping? `git session note "TEXT"`
    [exit 0]
    "#);
    let tiny = env.ok(&["brief", "--max-tokens", "1"]);
    assert!(tiny.contains("Left out to stay short"), "{tiny}");
    assert_eq!(tiny.lines().rev().take(4).last(), Some("---"), "the three lines always come last: {tiny}");
    let huge = env.run(&["brief", "--max-tokens", "18446744073709551615"]);
    assert!(huge.ends_with("[exit 0]") && !huge.contains("Left out"), "there is room for all: {huge}");
}

#[test]
fn a_brief_within_a_limit_stays_within_it() {
    let env = full();
    env.ok(&["edit", "--title", &"Long title ".repeat(18)]);
    for tokens in [200, 250, 300, 400] {
        let brief = env.ok(&["brief", "--max-tokens", &tokens.to_string()]);
        let chars = brief.chars().count();
        assert!(chars <= tokens * 4, "{chars} characters are more than {tokens} tokens of 4:\n{brief}");
    }
}

#[test]
fn a_brief_names_the_session_or_takes_the_current_one() {
    let env = full();
    env.ok(&["new", "Speed up the build", "--no-switch"]);
    insta::assert_snapshot!(env.run(&["brief", "speed-up", "--json"]), @r##"
    {
      "branch": "session/speed-up-the-build-304a2db2",
      "brief": "# Speed up the build\n\nStatus: active.\n\n---\nLearned something the next run needs? `git session know KEY \"VALUE\"` (such as `know build.command \"make -j8\"`)\nChose between options? `git session decide \"WHAT\" --because \"WHY\" --instead-of \"OTHER\"`\nAnything else worth keeping? `git session note \"TEXT\"`\n"
    }
    [exit 0]
    "##);
    insta::assert_snapshot!(env.run(&["brief", "nothing"]), @"
    [stderr]
    error: no session 'nothing'
    hint: 'git session list' shows all sessions
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["brief", "--max-tokens", "-1"]), @"
    [stderr]
    error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: git session brief [OPTIONS] [NAME]

    For more information, try '--help'.
    [exit 2]
    ");
}
