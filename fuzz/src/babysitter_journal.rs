//! `run.json` and the events of a run.

/// The inputs to start from: files with a NUL in between, `run.json` first.
pub const SEEDS: [&[u8]; 3] = [
    b"{\"runId\":\"R1\",\"processId\":\"p/b\",\"createdAt\":\"2026-01-01T00:00:00Z\",\"cwd\":\"C:\\\\w\",\"nested\":{\"sessionId\":\"s\"}}\0\
      {\"type\":\"RUN_CREATED\",\"recordedAt\":\"2026-01-01T00:00:00Z\",\"data\":{\"prompt\":\"x\",\"sessionId\":\"s1\"}}\0\
      {\"type\":\"EFFECT_REQUESTED\",\"recordedAt\":\"2026-01-01T00:01:00Z\",\"data\":{\"effectId\":\"e1\",\"kind\":\"breakpoint\",\"label\":\"l\"}}\0\
      {\"type\":\"EFFECT_RESOLVED\",\"recordedAt\":\"2026-01-01T00:02:00Z\",\"data\":{\"effectId\":\"e1\",\"status\":\"error\",\"error\":{\"message\":\"m\"}}}\0\
      {\"type\":\"RUN_COMPLETED\",\"recordedAt\":\"2026-01-01T00:03:00Z\",\"data\":{\"completionProof\":\"proof-12345\",\"costStats\":{\"totalUsd\":1.5}}}",
    b"{\"runId\":\"R2\",\"prompt\":\"say proof-12345\"}\0{\"type\":\"COST_TRACKED\",\"data\":{\"model\":\"m\",\"costUsd\":0.5,\"inputTokens\":1e300,\"usage\":{\"outputTokens\":-1}}}\0\
      {\"type\":\"RUN_FAILED\",\"data\":{\"error\":[1,null]}}",
    b"{}\0{\"type\":\"RUN_HALTED\",\"data\":null}\0{\"type\":\"PROCESS_RUNTIME_ERROR\",\"data\":{\"error\":\"x\"}}\0{\"type\":\"EFFECT_CANCELLED\",\"data\":{}}",
];

/// Reads a run folder.
pub fn run(data: &[u8]) {
    let mut parts = data.split(|byte| *byte == 0).take(64);
    let mut files = vec![("p/.a5c/runs/R1/run.json".to_owned(), parts.next().unwrap_or_default())];
    files
        .extend(parts.enumerate().map(|(n, part)| (format!("p/.a5c/runs/R1/journal/{n:06}.01X.json"), part)));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, part)| (name.as_str(), *part)).collect();
    crate::imported::check(&files);
}
