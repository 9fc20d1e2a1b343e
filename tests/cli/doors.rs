//! Secrets through every door: none gets into the store.

use crate::env::{TestEnv, output};
use crate::redact::{KNOWN, run, token};

/// Returns all bytes of the store: its files, their names, and what its objects hold.
pub fn everything(env: &TestEnv) -> Vec<u8> {
    let mut all = Vec::new();
    for (path, content) in env.store_files() {
        all.extend_from_slice(path.to_string_lossy().as_bytes());
        all.extend_from_slice(&content);
    }
    let mut git = env.program("git");
    git.arg("--git-dir").arg(env.store()).args(["cat-file", "--batch-all-objects", "--unordered", "--batch"]);
    all.extend(output(&mut git).stdout);
    all
}

/// Fails where a secret, or a piece of one, is anywhere in the store: as it is, or as a branch would be named after it.
pub fn assert_nothing_secret(env: &TestEnv, secrets: &[&str]) {
    let all = everything(env).to_ascii_lowercase();
    for secret in secrets {
        let lower = secret.to_lowercase();
        let slug: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        for part in [lower.as_str(), slug.as_str()] {
            for piece in part.as_bytes().windows(part.len().min(12)) {
                let found = all.windows(piece.len()).position(|window| window == piece);
                if let Some(at) = found {
                    let around = &all[at.saturating_sub(80)..(at + 80).min(all.len())];
                    panic!(
                        "{} is in the store: {}",
                        String::from_utf8_lossy(piece),
                        String::from_utf8_lossy(around)
                    );
                }
            }
        }
    }
}

fn import_project(env: &TestEnv, both: &str, token: &str) {
    let event = |kind: &str| {
        serde_json::json!({"type": kind, "recordedAt": "2026-01-01T00:01:00Z", "data": {"error": both}})
            .to_string()
    };
    let run = serde_json::json!({"runId": "R1", "processId": both, "prompt": both, "createdAt": "2026-01-01T00:00:00Z"});
    env.write(
        "lamp/state/s1.md",
        format!("---\nactive: true\nrun_id: R1\nstarted_at: 2026-01-01T00:00:00Z\n---\n\nbuild {both}\n"),
    );
    env.write(
        "lamp/state/s1.context.json",
        serde_json::json!({"notes": [both], "sharedKnowledge": {"a": both, token: "x"}}).to_string(),
    );
    env.write("lamp/.a5c/runs/R1/run.json", run.to_string());
    env.write(
        "lamp/.a5c/runs/R1/inputs.json",
        serde_json::json!({"password": KNOWN, token: token}).to_string(),
    );
    env.write("lamp/.a5c/runs/R1/journal/000001.A.json", event("RUN_CREATED"));
    env.write("lamp/.a5c/runs/R1/journal/000002.B.json", event("RUN_FAILED"));
}

/// Tells a fork of the secrets, and settles what both sides know of them.
fn fork_and_merge(env: &TestEnv, both: &str, token: &str, file: &str) {
    let run = |args: &[&str]| run(env, args);
    run(&["know", "port", "1"]);
    run(&["know", "host", "1"]);
    let forked = run(&["fork", "--title", both, "--tag", token]);
    assert!(forked.contains("forked from"), "{forked}");
    let fork = env.json(&["status"])["branch"].as_str().expect("a branch").to_owned();
    run(&["know", "port", &format!("2 {both}")]);
    run(&["know", "host", &format!("2 {both}")]);
    run(&["know", "--preference", "style", both]);
    run(&["note", both]);
    run(&["record", "-m", both]);
    let origin = env.json(&["list"]);
    let origin = origin.as_array().expect("a list").iter().find(|row| row["origin"].is_null());
    run(&["switch", origin.expect("the first")["branch"].as_str().expect("a branch")]);
    run(&["know", "port", &format!("3 {both}")]);
    run(&["know", "host", &format!("3 {both}")]);
    run(&["note", &format!("also {both}")]);
    let merged = run(&["merge", &fork, "-m", both]);
    assert!(merged.contains("2 conflicts") && merged.contains("[exit 3]"), "{merged}");
    let settled = run(&["resolve", "knowledge/port.md", "--keep", file]);
    assert!(settled.ends_with("[exit 3]") || settled.contains("1 open conflict"), "{settled}");
    run(&["resolve", "knowledge/host.md", "--keep", "other"]);
    run(&["undo"]);
    run(&["rewind", "@1"]);
}

#[test]
fn a_secret_goes_through_no_door() {
    let env = TestEnv::new();
    let token = token();
    let both = format!("with {token} and {KNOWN}");
    env.project_git(&["config", "user.name", &format!("Ann {token}")]);
    env.project_git(&["config", "user.email", &format!("{KNOWN}@example.com")]);
    env.project_git(&["remote", "add", "origin", &format!("https://x.example/{token}/r")]);
    let run = |args: &[&str]| run(&env, args);
    let text = run(&["new", &both, "--tag", &token]);
    assert!(text.contains("secrets were left out of what is stored: github-token, known-value"), "{text}");
    let name = env.json(&["list"])[0]["branch"].as_str().expect("a branch").to_owned();
    assert!(name.contains("with-redacted-github-token-and-redacted-known-value"), "{name}");

    let conversation = env.write("talk.md", format!("# {both}\n{{\"password\": \"{KNOWN}\"}}\n"));
    env.write(&format!("given/{token}.md"), "x");
    env.write("given/plain.md", &both);
    env.write("given/image.bin", format!("\0\u{1}{token}\0"));
    let given = env.arg("given");
    let record =
        ["record", "-m", &both, "--prompt", &both, "--tag", &both, "--agent", &both, "--model", &both];
    let metric = format!("{token}=1");
    let more = ["--metric", &metric, "--id", &token, "--conversation", &conversation, "--context", &given];
    let text = run(&[record.as_slice(), &more].concat());
    assert!(text.contains("not stored: [REDACTED:github-token].md: its name would tell a secret"), "{text}");
    let record = serde_json::json!({
        "summary": both, "prompt": both, "command": ["curl", "-u", format!("ann:{KNOWN}x"), "--token", "s3cret-option"],
        "unknown": {token.clone(): both, "client_secret": "s3cret-field"}, "tags": [both], "id": both,
        "agent": {"name": both, "version": token}, "code": {"repo": both, "branch": both, "head_after": token},
        "external_id": token, "trigger": both, "process": both, "metrics": {token.clone(): 1},
        "operator": {"name": both, "email": token},
    });
    let file = env.write("record.json", record.to_string());
    run(&["record", "--from", &file]);

    let script = format!(
        "echo '{both}' > $GIT_SESSION_CONTEXT/in-run.md; echo x > $GIT_SESSION_CONTEXT/{token}; git session note '{both}'; git session know in.run '{both}'"
    );
    run(&["run", "-m", &both, "--agent", &token, "--", "sh", "-c", &script]);
    run(&["begin", "-m", &both]);
    let begun = env.json(&["status"])["open"][0]["id"].as_str().map(str::to_owned);
    if let Some(begun) = &begun {
        env.write(&format!("project/.git/sessions.git/git-session/runs/{begun}/context/open.md"), &both);
        run(&["checkpoint", "-m", &both]);
        run(&["finish", "-m", &both]);
    }

    run(&["know", "a.fact", &both]);
    let text = run(&["know", KNOWN, "value"]);
    assert!(
        text.contains("the name 'context/knowledge/[REDACTED:known-value].md' would tell a secret"),
        "{text}"
    );
    run(&["decide", &both, "--because", &both, "--instead-of", &both]);
    let id = env.json(&["decide"])[0]["id"].as_str().expect("a decision").to_owned();
    run(&["decide", "--reject", &id, "--because", &both]);
    run(&["note", &both]);
    let plain = env.arg("given/plain.md");
    run(&["context", "put", "docs/plain.md", &plain]);
    let text = run(&["context", "put", &format!("docs/{token}.md"), &plain]);
    assert!(text.contains("would tell a secret") && text.contains("[exit 1]"), "{text}");
    run(&["context", "import", &given]);
    fork_and_merge(&env, &both, &token, &plain);
    run(&["edit", "--title", &both, "--tag", &both]);
    import_project(&env, &both, &token);
    let text = run(&["import", "babysitter", &env.arg("lamp")]);
    assert!(text.contains("imported 1 new session and 1 new run"), "{text}");
    run(&["switch", &name]);
    run(&["rm", "build"]);
    run(&["gc"]);

    assert_nothing_secret(&env, &[&token, KNOWN, "s3cret-option", "s3cret-field"]);
    env.fsck();
    let check = env.run(&["check", "--objects"]);
    assert!(check.contains("[exit 0]"), "{check}");
}
