//! Finding words.

use crate::env::TestEnv;

fn with_texts() -> TestEnv {
    let env = TestEnv::with_session();
    env.write("talk.md", "## User\n\nWhy is the cache cold?\n\n## Agent\n\nThe runner drops it.\n");
    let run = ["record", "-m", "Warm the cache\n\nCold caches cost 30 s.", "--prompt", "Make the cache fast"];
    env.ok(&[&run[..], &["--conversation", &env.arg("talk.md")]].concat());
    env.ok(&["know", "cache.folder", "/var/cache/builds"]);
    env.ok(&["know", "cache.size", "2 GB", "--preference"]);
    env.ok(&["decide", "Cache the downloads", "--because", "they take 30 s"]);
    env.ok(&["note", "the linker is slow; a cache would not help"]);
    env.ok(&["new", "Drop the cache"]);
    env.ok(&["record", "-m", "Look at the Cache"]);
    env
}

#[test]
fn words_are_found_wherever_they_are() {
    let env = with_texts();
    insta::assert_snapshot!(env.run(&["search", "cache", "-s", "fix-the"]), @"
    -        decision 0b06   Cache the downloads
    -        knowledge       cache.folder: /var/cache/builds
    -        preference      cache.size: 2 GB
    -        notes:1         - the linker is slow; a cache would not help
    80edf5b6 summary         Warm the cache
    80edf5b6 prompt          Make the cache fast
    80edf5b6 conversation:3  Why is the cache cold?
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["search", "CACHE", "cold", "-s", "fix-the"]), @"
    80edf5b6 summary         Cold caches cost 30 s.
    80edf5b6 conversation:3  Why is the cache cold?
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["search", "--all", "cache", "-n", "4"]), @"
    drop-the-cache-b036c3b6
    -        title          Drop the cache
    bf37db79 summary        Look at the Cache
    fix-the-login-test-63d76e70
    -        decision 0b06  Cache the downloads
    -        knowledge      cache.folder: /var/cache/builds
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["search", "warm"]), @"
    [stderr]
    hint: nothing was found; --all searches all sessions
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["search", "nowhere", "--json"]), @"
    []
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["search", "30 s", "downloads", "--all", "--json"]), @r#"
    [
      {
        "session": "63d76e70-146d-412c-b9b1-5a858772f090",
        "session_branch": "session/fix-the-login-test-63d76e70",
        "run": null,
        "at": null,
        "where": "decision",
        "path": "decisions/2026-11-22-cache-the-downloads-0b06.md",
        "line": null,
        "snippet": "Cache the downloads"
      }
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(env.run(&["search"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <WORDS>...

    Usage: git session search <WORDS>...

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(env.run(&["search", " "]), @"
    [stderr]
    error: the search is empty
    hint: name the words to find, such as 'git session search cache'
    [exit 2]
    ");
    assert_eq!(env.ok(&["search", "cache", "--all", "--ndjson"]).lines().count(), 9);
}

#[test]
fn a_run_that_joined_sessions_share_is_found_once() {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "Needle"]);
    let branch = env.branch();
    env.git(&["update-ref", "refs/heads/session/copy-63d76e70", branch]);
    assert_eq!(env.json(&["search", "needle", "--all"]).as_array().expect("list").len(), 1);
}
