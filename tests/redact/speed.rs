//! How fast it is. Told, not asked for: other programs run beside the tests.

use std::time::Instant;

use git_session::redact::{Counts, Redactor};

use crate::corpus::logs;

#[test]
fn redact_tells_its_speed_and_cold_start() {
    let started = Instant::now();
    let redactor = Redactor::default();
    let made = started.elapsed();
    redactor.clean_text("fix the login test", &mut Counts::default());
    let first = started.elapsed();
    println!("redact | cold start | redactor {:.2} ms, with its first text {:.2} ms |", ms(made), ms(first));
    for (what, content) in [("prose and code", sources()), ("logs of JSON lines", json_lines())] {
        let mut counts = Counts::default();
        let started = Instant::now();
        let mut bytes = 0;
        while started.elapsed().as_millis() < 300 {
            redactor.clean(&content, &mut counts);
            bytes += content.len();
        }
        let rate = bytes as f64 / 1e6 / started.elapsed().as_secs_f64();
        println!(
            "redact | speed on {what} | {:.1} MB | {rate:.0} MB/s{}",
            content.len() as f64 / 1e6,
            built()
        );
    }
}

fn built() -> &'static str {
    if cfg!(debug_assertions) { " (not optimised: see with --release)" } else { "" }
}

fn ms(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn sources() -> Vec<u8> {
    let readme = include_bytes!("../../README.md").to_vec();
    let architecture = include_bytes!("../../docs/ARCHITECTURE.md");
    [readme, architecture.to_vec(), include_bytes!("../architecture.rs").to_vec()].concat().repeat(40)
}

// Those that are at hand, less the lines that have a hit; else lines like them.
fn json_lines() -> Vec<u8> {
    let redactor = Redactor::default();
    let logs = logs();
    let lines = logs.iter().flat_map(|log| log.content.split_inclusive(|b| *b == b'\n'));
    let lines = lines.filter(|line| line.starts_with(b"{") && line.ends_with(b"\n"));
    let found: Vec<u8> =
        lines.filter(|line| redactor.find(line).unwrap().is_empty()).flatten().copied().collect();
    if found.len() > 1_000_000 {
        return found;
    }
    let line = serde_json::json!({
        "type": "assistant", "uuid": "0b1c2d3e-0000-4000-8000-000000000000",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "I ran the tests.\nAll of them pass now; see src/main.rs:12."}],
            "usage": {"input_tokens": 12, "cache_read_input_tokens": 51234, "output_tokens": 99}},
        "toolUseResult": {"stdout": "running 12 tests\ntest a ... ok\n".repeat(20), "stderr": ""},
    });
    format!("{line}\n").repeat(2000).into_bytes()
}
