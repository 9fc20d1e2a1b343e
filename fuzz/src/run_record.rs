//! `run/run.yaml`, decisions and commit messages.

use git_session::model::{CommitMessage, Decision, RunRecord};

/// The inputs to start from.
pub const SEEDS: [&[u8]; 4] = [
    b"schema: 1\nid: 67e55044-10b1-426f-9247-bb680e5fe0c8\nsession: 67e55044-10b1-426f-9247-bb680e5fe0c9\nstatus: failed\n",
    b"schema: 1\nid: 67e55044-10b1-426f-9247-bb680e5fe0c8\nsession: 67e55044-10b1-426f-9247-bb680e5fe0c9\nstatus: succeeded\n\
      summary: \"a\\nb\"\nprompt: |\n  x\n  y\nstarted_at: 2026-11-22T07:22:23Z\nduration_s: 1.5\ncommand: [a, \"\\0\", ~]\nexit_code: -1\n\
      score: 1e300\nusage: {input_tokens: 1, cost_usd: 0.000001}\nmetrics: {x: .inf, y: 3}\ncode: {dirty: true, commits: [a]}\n\
      withheld: [{path: a, reason: b, bytes: 3}]\n",
    b"---\ntitle: Use it\nstatus: rejected\ndecided_at: 2026-11-22T07:22:23Z\ninstead_of: [a]\n---\nbody\n",
    b"fix\n\nSession-Id: 67e55044-10b1-426f-9247-bb680e5fe0c8\nRun-Id: 67e55044-10b1-426f-9247-bb680e5fe0c8\n\
      Run-Status: failed\nRun-Duration: 1.5s\nRun-Cost: 0.0081 USD\nSession-Change: run\n",
];

/// Reads and prints a run record, a decision and a commit message.
pub fn run(data: &[u8]) {
    crate::document::check::<RunRecord>("run/run.yaml", data);
    decision(data);
    message(&String::from_utf8_lossy(data));
}

fn decision(data: &[u8]) {
    let Ok(read) = Decision::parse("decision", data) else { return };
    let Ok(printed) = read.print("decision") else { return };
    let again = Decision::parse("decision", printed.as_bytes()).expect("what is printed can be read");
    assert_eq!(again.print("decision").expect("printable"), printed, "a decision must not change");
}

fn message(text: &str) {
    let Some(read) = CommitMessage::parse(text) else { return };
    let printed = read.print();
    let again = CommitMessage::parse(&printed).expect("what is printed can be read");
    assert_eq!(again.print(), printed, "a message must not change");
}
