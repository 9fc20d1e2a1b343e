//! A session's state file and the JSON files beside it.

/// The names of the files, in the order of the parts of an input.
const NAMES: [&str; 6] = [
    "state/s1.md",
    "state/s1.context.json",
    "state/s1.history.json",
    "state/s1.cost.json",
    "state/s1.persistent.json",
    "state/s1.continuity.json",
];

/// The inputs to start from: files with a NUL in between.
pub const SEEDS: [&[u8]; 2] = [
    b"---\nactive: true\niteration: 3\nrun_id: \"R2\"\nrun_dir: \"C:\\\\w \\\"x\\\"\"\nrun_ids: R1, R2,,R3\n\
      started_at: \"2026-11-22T07:14:10Z\"\nlast_iteration_at: x\n---\n\nfix: the lamp\n---\nmore\n\0\
      {\"notes\":[\"a\",1],\"sharedKnowledge\":{\"buildCmd\":\"make\",\"A/B\":[1,{\"x\":null}]},\"worktree\":{\"workspacePath\":\"/w\",\"repoAlias\":\"r\"}}\0\
      {\"decisions\":[{\"description\":\"d\",\"rationale\":\"r\",\"runId\":\"R1\",\"timestamp\":\"2026-01-01T00:00:00Z\"},5],\"runSummaries\":[{\"runId\":\"R1\",\"score\":0.5}]}\0\
      {\"runCosts\":[{\"runId\":\"R1\",\"costUsd\":1.5,\"inputTokens\":3}],\"budget\":{\"maxCostUsd\":2,\"alertThresholds\":[50],\"autoPause\":true},\"lastUpdatedAt\":\"2026-01-01T00:00:00Z\"}\0\
      {\"findings\":[{\"content\":\"c\",\"category\":\"bug\",\"runId\":\"R1\"}],\"preferences\":{\"tone\":\"dry\"}}\0\
      {\"updatedAt\":\"x\",\"decisions\":[{\"key\":\"k\",\"value\":[1],\"madeAt\":\"2026-01-01T00:00:00Z\"}],\"workingContext\":{\"focus\":\"f\",\"blockers\":[1],\"nextSteps\":[\"n\"]}}",
    b"---\nactive: false\nrun_id: \nrun_ids: \n---\0{\"notes\":null}\0{}\0{\"budget\":null}\0[]\0{\"workingContext\":null}",
];

/// Reads a folder of state files.
pub fn run(data: &[u8]) {
    let parts = data.splitn(NAMES.len(), |byte| *byte == 0);
    let files: Vec<(&str, &[u8])> = NAMES.into_iter().zip(parts).collect();
    crate::imported::check(&files);
}
