//! Telling who wrote what.

use crate::env::TestEnv;

fn with_facts() -> TestEnv {
    let env = TestEnv::with_session();
    env.write("one/knowledge/build.command.md", "make\n");
    env.write("one/docs/plan.md", "# Plan\n\nBuild it.\nTest it.\nShip it.\n");
    env.ok(&["record", "-m", "Look around", "--context", &env.arg("one")]);
    env.advance(3600);
    env.write("two/knowledge/build.command.md", "make -j8\n");
    env.write("two/plan.md", "# Plan\n\nBuild it.\nTest it twice.\nShip it.\n");
    env.ok(&["record", "-m", "Use all cores", "--agent", "codex", "--context-mirror", &env.arg("two")]);
    env.advance(3600);
    env
}

#[test]
fn a_fact_is_told_with_its_run() {
    let env = with_facts();
    insta::assert_snapshot!(env.run(&["blame", "build.command"]), @"
    67ce47bf Ann 2026-11-22 11:00 1  make -j8
      67ce47bf succeeded Use all cores
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["blame", "build.command", "--at", "@1"]), @"
    80edf5b6 Ann 2026-11-22 10:00 1  make
      80edf5b6 succeeded Look around
    [exit 0]
    ");
    env.ok(&["know", "build.command", "ninja"]);
    insta::assert_snapshot!(env.run(&["blame", "knowledge/build.command.md"]), @"
    context  Ann 2026-11-22 12:00 1  ninja
      context  know build.command
    [exit 0]
    ");
}

#[test]
fn a_file_is_told_by_lines_also_under_its_old_name() {
    let env = with_facts();
    insta::assert_snapshot!(env.run(&["blame", "plan.md"]), @"
    80edf5b6 docs/plan.md Ann 2026-11-22 10:00 1  # Plan
    80edf5b6 docs/plan.md Ann 2026-11-22 10:00 2
    80edf5b6 docs/plan.md Ann 2026-11-22 10:00 3  Build it.
    67ce47bf plan.md      Ann 2026-11-22 11:00 4  Test it twice.
    80edf5b6 docs/plan.md Ann 2026-11-22 10:00 5  Ship it.
    [exit 0]
    ");
    let json = env.json(&["blame", "plan.md"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&json["lines"][0]).expect("JSON"), @r##"
    {
      "agent": null,
      "at": "2026-11-22T10:00:00Z",
      "by": {
        "email": "ann@example.com",
        "name": "Ann"
      },
      "change": "run",
      "commit": "adb378dc1752e79cc3e8fe71ed606aa8c490b1d3",
      "line": 1,
      "line_then": 1,
      "path_then": "docs/plan.md",
      "run": "80edf5b6-d72a-461b-87c4-8eb8c7980800",
      "session": "63d76e70-146d-412c-b9b1-5a858772f090",
      "status": "succeeded",
      "summary": "Look around",
      "text": "# Plan"
    }
    "##);
    let names: Vec<&String> = json.as_object().expect("object").keys().collect();
    insta::assert_snapshot!(format!("{names:?}"), @r#"["commit", "content", "decision", "key", "kind", "lines", "path", "session_branch"]"#);
}

#[test]
fn a_decision_is_told_with_the_prompt_of_its_run() {
    let env = with_facts();
    let begun = env.json(&["begin", "-m", "Choose a cache", "--prompt", "Builds are slow.\nFind out why."]);
    let run = begun["run"].as_str().expect("id").to_owned();
    let decide =
        ["decide", "Cache the downloads", "--because", "they take 30 s", "--instead-of", "a smaller image"];
    let mut command = env.command(&decide);
    assert!(command.env("GIT_SESSION_RUN", &run).output().expect("runs").status.success());
    env.ok(&["finish", &run]);
    env.advance(3600);
    insta::assert_snapshot!(env.run(&["blame", "cache-the-downloads"]), @r#"
    Cache the downloads (accepted)
      because     they take 30 s
      instead of  a smaller image
      id          2026-11-22-cache-the-downloads-0b06
      made in     708d13c8 succeeded Choose a cache
      code        595ff6b6

      prompt
        Builds are slow.
        Find out why.

    708d13c8 Ann 2026-11-22 12:00  1  ---
    708d13c8 Ann 2026-11-22 12:00  2  title: Cache the downloads
    708d13c8 Ann 2026-11-22 12:00  3  status: accepted
    708d13c8 Ann 2026-11-22 12:00  4  because: they take 30 s
    708d13c8 Ann 2026-11-22 12:00  5  instead_of:
    708d13c8 Ann 2026-11-22 12:00  6  - a smaller image
    708d13c8 Ann 2026-11-22 12:00  7  decided_at: "2026-11-22T12:00:00Z"
    708d13c8 Ann 2026-11-22 12:00  8  decided_by:
    708d13c8 Ann 2026-11-22 12:00  9    name: Ann
    708d13c8 Ann 2026-11-22 12:00 10    email: ann@example.com
    708d13c8 Ann 2026-11-22 12:00 11  run: 708d13c8-4919-4f3f-bc78-04f3f400d1fa
    708d13c8 Ann 2026-11-22 12:00 12  ---
    [exit 0]
    "#);
    let json = env.json(&["blame", "cache-the-downloads"]);
    insta::assert_snapshot!(json["decision"]["made_in"].to_string(), @r#"{"agent":null,"code_commits":["595ff6b666c3fddd33b6049ce24f5f0668ccb4e7"],"commit":"8ae19c4a868dc3ed0ae26d0e32ef2301378f92cb","id":"708d13c8-4919-4f3f-bc78-04f3f400d1fa","prompt":"Builds are slow.\nFind out why.","status":"succeeded","summary":"Choose a cache"}"#);
    env.ok(&["decide", "Use a smaller image", "--supersedes", "cache-the-downloads"]);
    insta::assert_snapshot!(env.run(&["blame", "smaller"]), @r#"
    Use a smaller image (accepted)
      supersedes  2026-11-22-cache-the-downloads-0b06
      id          2026-11-22-use-a-smaller-image-304a

    context  Ann 2026-11-22 13:00  1  ---
    context  Ann 2026-11-22 13:00  2  title: Use a smaller image
    context  Ann 2026-11-22 13:00  3  status: accepted
    context  Ann 2026-11-22 13:00  4  supersedes:
    context  Ann 2026-11-22 13:00  5  - 2026-11-22-cache-the-downloads-0b06
    context  Ann 2026-11-22 13:00  6  decided_at: "2026-11-22T13:00:00Z"
    context  Ann 2026-11-22 13:00  7  decided_by:
    context  Ann 2026-11-22 13:00  8    name: Ann
    context  Ann 2026-11-22 13:00  9    email: ann@example.com
    context  Ann 2026-11-22 13:00 10  ---
    [exit 0]
    "#);
}

#[test]
fn what_is_not_there_is_told() {
    let env = with_facts();
    insta::assert_snapshot!(env.run(&["blame", "build.comand"]), @"
    [stderr]
    error: nothing in the context of session fix-the-login-test-63d76e70 is called 'build.comand'
    hint: did you mean build.command?
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["blame", "docs/plan.md"]), @"
    [stderr]
    error: nothing in the context of session fix-the-login-test-63d76e70 is called 'docs/plan.md'
    hint: did you mean plan.md?
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["blame", "../plan.md"]), @"
    [stderr]
    error: path '../plan.md' is outside the context
    hint: use a path below context/, such as notes.md or docs/plan.md
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["blame", "plan.md", "--at", "@7"]), @"
    [stderr]
    error: no run '@7'
    hint: session fix-the-login-test-63d76e70 has 2 runs
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["blame", "plan.md", "-s", "other"]), @"
    [stderr]
    error: no session 'other'
    hint: 'git session list' shows all sessions
    [exit 1]
    ");
}
