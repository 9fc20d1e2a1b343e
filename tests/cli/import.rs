//! `import babysitter`: what it prints, and what it leaves alone.

use std::fs;

use crate::env::TestEnv;

/// A babysitter project with one session of one run, at `folder` in the environment.
fn project(env: &TestEnv, folder: &str) {
    let write = |path: &str, text: &str| {
        let path = env.path(folder).join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    write(
        "state/s1.md",
        "---\nactive: true\nrun_id: R1\nstarted_at: 2026-01-01T00:00:00Z\n---\n\nbuild a lamp\n",
    );
    write(".a5c/runs/R1/run.json", r#"{"runId":"R1","processId":"lamp","createdAt":"2026-01-01T00:00:00Z"}"#);
    let event =
        |kind: &str| format!(r#"{{"type":"{kind}","recordedAt":"2026-01-01T00:01:00Z","data":{{}}}}"#);
    write(".a5c/runs/R1/journal/000001.A.json", &event("RUN_CREATED"));
    write(".a5c/runs/R1/journal/000002.B.json", &event("RUN_COMPLETED"));
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let env = TestEnv::new();
    project(&env, "lamp");
    let folder = env.path("lamp");
    insta::assert_snapshot!(env.run(&["import", "babysitter", folder.to_str().expect("text"), "--dry-run"]), @"
    95b84167 build a lamp (1 new run, 0 known)
    would import 1 new session and 1 new run
    [exit 0]
    ");
    assert!(!env.store().exists(), "a plan makes no store");
}

#[test]
fn importing_again_adds_nothing() {
    let env = TestEnv::new();
    project(&env, "lamp");
    let folder = env.path("lamp");
    let import = || env.run(&["import", "babysitter", folder.to_str().expect("text")]);
    insta::assert_snapshot!(import(), @"
    95b84167 build a lamp (1 new run, 0 known)
    imported 1 new session and 1 new run
    [exit 0]
    ");
    insta::assert_snapshot!(import(), @"
    95b84167 build a lamp (0 new runs, 1 known)
    imported 0 new sessions and 0 new runs
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs", "build"]), @"
    RUN       #  STATUS     SUMMARY                     TIME  FINISHED
    94187694  1  succeeded  lamp: completed (0 tasks)  1m00s  11 months ago
    [exit 0]
    ");
    env.fsck();
}

#[test]
fn a_damaged_file_is_named_and_the_rest_imported() {
    let env = TestEnv::new();
    project(&env, "lamp");
    fs::create_dir_all(env.path("lamp/.a5c/runs/R2")).expect("made");
    fs::write(env.path("lamp/.a5c/runs/R2/run.json"), "{ not json").expect("written");
    let folder = env.path("lamp");
    insta::assert_snapshot!(env.run(&["import", "babysitter", folder.to_str().expect("text")]), @"
    95b84167 build a lamp (1 new run, 0 known)
    imported 1 new session and 1 new run
    [stderr]
    warning: skipped: $TMP/lamp/.a5c/runs/R2/run.json is not valid JSON: key must be a string at line 1 column 3
    [exit 1]
    ");
    env.fsck();
}

#[test]
fn a_folder_with_nothing_to_import_is_told() {
    let env = TestEnv::new();
    insta::assert_snapshot!(env.run(&["import", "babysitter", "."]), @"
    [stderr]
    error: no babysitter sessions or runs found in $TMP/project/.
    hint: name a folder with .a5c/runs or session state
    [exit 1]
    ");
    assert!(!env.store().exists(), "nothing was made");
}
