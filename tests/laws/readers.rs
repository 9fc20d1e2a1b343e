//! Other readers see what we see: plain git, PyYAML.

use std::process::Command;

use git_session::ops;

use crate::lab::Lab;

#[test]
fn plain_git_log_is_the_history_of_runs() {
    let lab = Lab::new();
    for summary in ["first", "second", "third"] {
        lab.record(lab.fresh_run(summary));
    }
    let subjects = lab.git(&["log", "--first-parent", "--format=%s", &lab.session.name.branch()]);
    assert_eq!(subjects, "third\nsecond\nfirst\nLab\n");
    let trailers =
        lab.git(&["log", "-1", "--format=%(trailers:key=Run-Status,valueonly)", &lab.session.name.branch()]);
    assert_eq!(trailers.trim(), "succeeded");
    let runs = lab.store.session_runs(&lab.tip()).expect("readable");
    let ids: Vec<String> = runs.iter().rev().map(|run| run.run.id.to_string()).collect();
    let logged =
        lab.git(&["log", "--format=%(trailers:key=Run-Id,valueonly,separator=)", &lab.session.name.branch()]);
    assert_eq!(logged.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>(), ids);
    lab.fsck();
}

#[test]
fn pyyaml_reads_the_manifest_as_we_do() {
    let lab = Lab::new();
    let options = ops::EditOptions::default().with_title(Some("no".to_owned()));
    let traps =
        ["yes", "on", "1:30", "1_000", "12e4567", "2026-11-22", "0x1f", "~", "null", "=", "é", "a: b", "- x"];
    let options = options.with_tags(traps.map(str::to_owned).to_vec(), Vec::new());
    ops::edit(&lab.store, &lab.env, &lab.session, &options).expect("edited");
    let mut record = lab.fresh_run("on");
    record.metrics.insert("big".to_owned(), 1e300);
    record.prompt = Some("line one\nline two: x\n".to_owned());
    lab.record(record);
    for file in ["session.yaml", "run/run.yaml"] {
        let text = lab.git(&["show", &format!("{}:{file}", lab.session.name.branch())]);
        let path = lab.dir.path().join("document.yaml");
        std::fs::write(&path, &text).expect("written");
        let script =
            "import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8'))))";
        let python = Command::new("python3").args(["-c", script]).arg(&path).output();
        let Some(python) = python.ok().filter(|out| out.status.success() || !is_missing(&out.stderr)) else {
            println!("skipped: python3 with PyYAML is not here");
            return;
        };
        let theirs: serde_json::Value = serde_json::from_slice(&python.stdout).expect("PyYAML reads it");
        let ours: serde_json::Value =
            git_session::model::yaml::parse(file, text.as_bytes()).expect("we read it");
        assert_eq!(theirs, ours, "{file}");
    }
}

fn is_missing(stderr: &[u8]) -> bool {
    String::from_utf8_lossy(stderr).contains("No module named")
}
