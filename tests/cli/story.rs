//! The one minute that shows what this is for, as the README tells it.

use crate::env::TestEnv;

#[test]
fn the_one_minute_story() {
    let env = TestEnv::new();
    let run = |args: &[&str]| {
        env.advance(60);
        env.run(args)
    };
    let a = ["sh", "-c", "git-session know build.command 'make' && false"];
    let b = ["sh", "-c", "git-session know build.command 'make -j8'"];
    run(&[&["run", "--new", "Flaky login", "-m", "Raise the timeout", "--"][..], &a].concat());
    insta::assert_snapshot!(run(&["fork", "--title", "Add a retry"]), @"
    80edf5b6 Add a retry, forked from flaky-login-63d76e70 at 03aa0b54
    [exit 0]
    ");
    run(&[&["run", "-m", "Retry three times", "--"][..], &b].concat());
    insta::assert_snapshot!(untimed(&run(&["compare", "--forks"])), @"
                                  63d76e70                  80edf5b6
    title                         Flaky login               Add a retry
    status                        active                    active
    runs                          1                         1
    succeeded                     0                         1
    last run                      failed Raise the timeout  succeeded Retry three times
    time                          Nms                       Nms
    since the fork
      knowledge/build.command.md                            ~ make -j8
    [exit 0]
    ");
    insta::assert_snapshot!(run(&["switch", "Flaky login"]), @"
    [stderr]
    switched to 63d76e70 Flaky login
    [exit 0]
    ");
    insta::assert_snapshot!(run(&["merge", "Add a retry"]), @"
    merged add-a-retry-80edf5b6 into flaky-login-63d76e70: 1 run, context changed: knowledge/build.command.md
    [exit 0]
    ");
    insta::assert_snapshot!(run(&["blame", "build.command"]), @"
    67ce47bf Ann 2026-11-22 10:03 1  make -j8
      67ce47bf succeeded Retry three times
    [exit 0]
    ");
    insta::assert_snapshot!(untimed(&run(&["diff", "@1"])), @"
    from  before the first run
    to    03aa0b54  failed  Raise the timeout  7 minutes ago

    run
      status            - → failed
      summary           - → Raise the timeout
      duration_s        - → Nms
      exit_code         - → 1
      code.branch       - → main
      code.dirty        - → false
      code.head_after   - → 595ff6b666c3fddd33b6049ce24f5f0668ccb4e7
      code.head_before  - → 595ff6b666c3fddd33b6049ce24f5f0668ccb4e7
      code.repo         - → project
      command           - → sh, -c, git-session know build.command 'make' && false
      operator.email    - → ann@example.com
      operator.name     - → Ann
      trigger           - → run

    knowledge
      + build.command = make
    [exit 0]
    ");
    insta::assert_snapshot!(env.git(&["log", "--graph", "--format=%s", "--branches"]), @r#"
    *   merge add-a-retry-80edf5b6
    |\  
    | * Retry three times
    | * Add a retry
    |/  
    * Raise the timeout
    * Flaky login
    "#);
    let runs = env.json(&["runs"]);
    let told = |run: &serde_json::Value| format!("{} {} {}", run["number"], run["summary"], run["source"]);
    let told: Vec<String> = runs.as_array().expect("list").iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    2 "Retry three times" "merged"
    1 "Raise the timeout" "own"
    "#);
    assert_eq!(env.json(&["status"])["runs_only_here"], 2, "what both sessions have is counted once");
    env.fsck();
}

// A run that was really run takes a time of its own.
fn untimed(text: &str) -> String {
    let is_time = |word: &&str| word.ends_with("ms") && word.trim_end_matches("ms").parse::<u32>().is_ok();
    let words = |line: &str| {
        let time = line.split_whitespace().find(is_time).map(str::to_owned);
        time.map_or(line.to_owned(), |time| line.replace(&time, "Nms"))
    };
    text.lines().map(words).collect::<Vec<_>>().join("\n")
}
