//! The example of a harness that uses the library.

use crate::env::TestEnv;

#[allow(dead_code)]
#[path = "../../examples/harness.rs"]
mod example;

#[test]
fn the_example_harness_records_a_run() {
    let env = TestEnv::new();
    let printed = example::run(&env.store()).expect("recorded");
    let commit = env.git(&["rev-parse", "--branches"]);
    assert_eq!(printed, format!("#1 {}", commit.trim()), "it prints the run's number and commit");
    assert_eq!(env.json(&["list"])[0]["title"], "Fix the login test");
    let run = &env.json(&["runs", "fix-the"])[0];
    assert_eq!(
        (&run["usage"]["cost_usd"], &run["metrics"]["tests"]),
        (&0.25.into(), &12.0.into()),
        "{run:#}"
    );
    assert_eq!(env.ok(&["context", "cat", "notes.md", "-s", "fix-the"]), "- the server is slow\n");
    assert_eq!(env.git(&["for-each-ref", "refs/open"]), "", "no open ref is left");
    env.fsck();
}
