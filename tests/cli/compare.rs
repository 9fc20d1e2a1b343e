//! Runs side by side.

use crate::env::TestEnv;

fn with_runs() -> TestEnv {
    let env = TestEnv::with_session();
    env.write("one/plan.md", "slowly\n");
    env.ok(&["know", "port", "8080"]);
    let record = |summary: &str, more: &[&str]| {
        env.ok(&[&["record", "-m", summary], more].concat());
    };
    record("Raise the timeout", &["--status", "failed", "--usage", "cost_usd=0.12", "--metric", "tests=10"]);
    env.ok(&["know", "port", "9090"]);
    env.ok(&["decide", "Use SQLite"]);
    record("Add a retry", &["--usage", "cost_usd=0.3", "--metric", "tests=12", "--metric", "errors=1"]);
    record("Tidy up", &["--context", &env.arg("one"), "--metric", "tests=12", "--metric", "errors=0"]);
    env
}

#[test]
fn compare_of_a_session_puts_its_runs_side_by_side() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["compare"]), @"
                                  67ce47bf #1                               ef9cd360 #2                               b036c3b6 #3
    run
      status                      failed                                    succeeded                                 succeeded
      summary                     Raise the timeout                         Add a retry                               Tidy up
      code.branch                 main                                      main                                      main
      code.head_after             595ff6b666c3fddd33b6049ce24f5f0668ccb4e7  595ff6b666c3fddd33b6049ce24f5f0668ccb4e7  595ff6b666c3fddd33b6049ce24f5f0668ccb4e7
      code.repo                   project                                   project                                   project
      operator.email              ann@example.com                           ann@example.com                           ann@example.com
      operator.name               Ann                                       Ann                                       Ann
      trigger                     record                                    record                                    record
    usage
      cost_usd                    $0.12 *                                   $0.30                                     -
    metrics
      errors                      -                                         1                                         0 *
      tests                       10                                        12 *                                      12 *
    knowledge
      port                        8080                                      9090                                      9090
    decisions
      2026-11-22-use-sqlite-0b06  -                                         accepted                                  accepted
    files
      plan.md                     -                                         -                                         7 B 6b926187
    [exit 0]
    ");
    assert_eq!(env.run(&["compare"]), env.run(&["compare", "fix-the"]));
    assert_eq!(env.run(&["compare"]), env.run(&["compare", "@1", "@2", "@3"]));
}

#[test]
fn runs_of_several_sessions_are_told_by_their_session() {
    let env = with_runs();
    env.ok(&["new", "Fix | the <logout> test"]);
    env.ok(&["record", "-m", "=1+2|*", "--metric", "tests=7"]);
    let (ours, other) = ("fix-the-logout", "fix-the-login@2");
    insta::assert_snapshot!(env.run(&["compare", other, ours, "--diff-only"]), @"
                                  ef9cd360 #2                  304a2db2 #1
                                  fix-the-login-test-63d76e70  fix-the-logout-test-bf37db79
    run
      summary                     Add a retry                  =1+2|*
    usage
      cost_usd                    $0.30                        -
    metrics
      errors                      1                            -
      tests                       12 *                         7
    knowledge
      port                        9090                         -
    decisions
      2026-11-22-use-sqlite-0b06  accepted                     -
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["compare", ours, other, "--csv", "--lower", "tests"]), @"
    section,name,304a2db2-34ef-4733-94c8-0c4ba2c7394b,ef9cd360-10ca-408a-8d8a-0519c049f935,best
    run,status,succeeded,succeeded,
    run,summary,'=1+2|*,Add a retry,
    run,code.branch,main,main,
    run,code.head_after,595ff6b666c3fddd33b6049ce24f5f0668ccb4e7,595ff6b666c3fddd33b6049ce24f5f0668ccb4e7,
    run,code.repo,project,project,
    run,operator.email,ann@example.com,ann@example.com,
    run,operator.name,Ann,Ann,
    run,trigger,record,record,
    usage,cost_usd,,0.3,
    metrics,errors,,1,
    metrics,tests,7,12,304a2db2-34ef-4733-94c8-0c4ba2c7394b
    knowledge,port,,9090,
    decisions,2026-11-22-use-sqlite-0b06,,accepted,
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["compare", ours, other, "--markdown", "--diff-only"]), @r#"
    | | 304a2db2 \#1 | ef9cd360 \#2 |
    |---|---|---|
    | run summary | =1+2\|\* | Add a retry |
    | usage cost\_usd |  | $0.30 |
    | metrics errors |  | 1 |
    | metrics tests | 7 | **12** |
    | knowledge port |  | 9090 |
    | decisions 2026-11-22-use-sqlite-0b06 |  | accepted |
    [exit 0]
    "#);
}

#[test]
fn json_has_a_value_for_each_run_and_the_places_of_the_best() {
    let env = with_runs();
    let compared = env.json(&["compare", "@1", "@2", "@3"]);
    let row = |name: &str| {
        let rows = compared["rows"].as_array().expect("list");
        rows.iter().find(|row| row["name"] == name).expect(name).to_string()
    };
    insta::assert_snapshot!([row("tests"), row("errors"), row("port"), row("plan.md")].join("\n"), @r#"
    {"best":[1,2],"better":"higher","differs":true,"name":"tests","section":"metrics","values":[10.0,12.0,12.0]}
    {"best":[2],"better":"lower","differs":true,"name":"errors","section":"metrics","values":[null,1.0,0.0]}
    {"best":[],"better":null,"differs":true,"name":"port","section":"knowledge","values":["8080","9090","9090"]}
    {"best":[],"better":null,"differs":true,"name":"plan.md","section":"files","values":[null,null,{"blob":"6b926187a9984dc32edf1c2730e307adbad0eb22","bytes":7,"executable":false}]}
    "#);
    assert_eq!(compared["runs"][1]["summary"], "Add a retry");
}

#[test]
fn what_cannot_be_compared_is_told() {
    let env = with_runs();
    insta::assert_snapshot!(env.run(&["compare", "@1"]), @"
    [stderr]
    error: 2 to 8 runs are compared (got 1)
    hint: name 2 to 8 runs, or one session that has several; 'git session runs' shows them
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["compare", "@1", "@2", "@3", "@1", "@2", "@3", "@1", "@2", "@3"]), @"
    [stderr]
    error: 2 to 8 runs are compared (got 9)
    hint: name 2 to 8 runs, or one session that has several; 'git session runs' shows them
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["compare", "@1", "@7"]), @"
    [stderr]
    error: no run '@7'
    hint: session fix-the-login-test-63d76e70 has 3 runs
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["compare", "@1", "@2", "--higher", "speed"]), @"
    [stderr]
    error: none of the runs has a number 'speed'
    hint: there are: usage.cost_usd, metrics.errors, metrics.tests
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["compare", "@1", "@2", "--higher", "tests", "--lower", "metrics.tests"]), @"
    [stderr]
    error: 'metrics.tests' cannot be best both where it is highest and where it is lowest
    hint: name it with --higher or with --lower
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["compare", "@1", "@2", "--csv", "--markdown"]), @"
    [stderr]
    error: the argument '--csv' cannot be used with '--markdown'

    Usage: git session compare --csv <RUN>...

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn a_long_session_is_compared_by_its_newest_runs() {
    let env = TestEnv::with_session();
    for number in 1..=10 {
        env.ok(&["record", "-m", &format!("run {number}")]);
    }
    let compared = env.json(&["compare"]);
    let numbers: Vec<u64> =
        compared["runs"].as_array().expect("list").iter().filter_map(|run| run["number"].as_u64()).collect();
    assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10]);
    assert!(env.run(&["compare"]).contains("the newest 8 of 10 runs"), "what is left out is told");
}
