//! `git session gc`

use crate::env::TestEnv;

/// Makes a store with some runs, a session in the trash and an open run.
fn used() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "one"]);
    env.ok(&["record", "-m", "two"]);
    env.ok(&["begin", "-m", "still open"]);
    env.ok(&["new", "Thrown away", "--no-switch"]);
    env.ok(&["rm", "thrown-away"]);
    env
}

/// Hides sizes: they are those of the file system's blocks.
fn without_sizes(text: &str) -> String {
    let words = text.replace(" KiB", "_KiB").replace(" MiB", "_MiB");
    let hidden = |word: &str| if word.ends_with("iB,") { "SIZE,".to_owned() } else { word.to_owned() };
    let line = |line: &str| line.split(' ').map(hidden).collect::<Vec<_>>().join(" ");
    words.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn gc_tells_what_it_did_and_the_store_reads_as_before() {
    let env = used();
    let (runs, status) = (env.run(&["runs"]), env.run(&["status"]));
    insta::assert_snapshot!(without_sizes(&env.run(&["gc"])), @"
    packed      20 objects
    before      SIZE, 20 loose objects, 0 packs
    after       SIZE, 0 loose objects, 1 pack
    [exit 0]
    ");
    insta::assert_snapshot!(without_sizes(&env.run(&["gc"])), @"
    before      SIZE, 0 loose objects, 1 pack
    after       SIZE, 0 loose objects, 1 pack
    [exit 0]
    ");
    assert_eq!((env.run(&["runs"]), env.run(&["status"])), (runs, status));
    env.fsck();
}

#[test]
fn gc_drops_the_trash_after_the_days_that_are_set() {
    let env = used();
    env.project_git(&["config", "session.keepDays", "3"]);
    env.advance(2 * 86400);
    assert!(!env.ok(&["gc"]).contains("trash"), "two days are not three");
    env.advance(2 * 86400);
    let before = env.store_files();
    insta::assert_snapshot!(without_sizes(&env.run(&["gc", "--dry-run"])), @"
    trash       refs/trash/0b062d71-ff89-4320-b3a1-eb05740abb7d/20261122T100000Z-44d44a36
    before      SIZE, 0 loose objects, 1 pack
    nothing was changed
    [exit 0]
    ");
    assert!(env.store_files() == before, "a dry run changes nothing");
    let done = env.json(&["gc", "--all"]);
    assert_eq!(done["trash"].as_array().map(Vec::len), Some(1));
    assert_eq!((&done["all"], &done["dry_run"]), (&true.into(), &false.into()));
    assert_eq!(done["after"]["loose_objects"], 0);
    env.project_git(&["config", "session.keepDays", "soon"]);
    insta::assert_snapshot!(env.run(&["gc"]), @"
    [stderr]
    error: git config session.keepDays is 'soon' in $TMP/project/.git/config:11: use a number of days, such as 14
    hint: set it with 'git config session.keepDays VALUE'
    [exit 2]
    ");
}

#[test]
fn gc_without_a_store_says_so() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["gc"]), @"
    [stderr]
    error: there is no session store at $TMP/project/.git/sessions.git
    hint: start a session with 'git session new TITLE'; that makes the store
    [exit 1]
    ");
}

#[test]
fn gc_is_refused_while_another_one_works() {
    let env = used();
    // What a plain `git gc` writes while it runs.
    std::fs::write(env.store().join("gc.pid"), format!("{} here", std::process::id())).expect("written");
    insta::assert_snapshot!(env.run(&["gc"]), @"
    [stderr]
    error: another process maintains the store
    hint: try again when it has ended
    [exit 1]
    ");
    insta::assert_snapshot!(env.run(&["gc", "--auto"]), @"[exit 0]");
}
