//! Agents that are killed, that work at the same time, and what they really send.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use git_session::store::{Store, StoreOptions};
use serde_json::{Value, json};

use super::claude::{Agent, agent, with_agent};
use super::{ok, ok_in, runs, times};
use crate::env::{TestEnv, fed, output};

/// Makes a call of the agent's hook in a folder, and what it is fed.
fn call(env: &TestEnv, folder: &str, payload: &Value) -> (Command, Vec<u8>) {
    let mut command = env.program(crate::env::BINARY);
    command.args(["hook", "claude-code"]).current_dir(env.path(folder));
    (command, payload.to_string().into_bytes())
}

#[test]
fn a_turn_whose_hooks_were_killed_is_recorded_all_the_same() {
    let env = with_agent();
    agent(&env, "s1").ask("begin");
    agent(&env, "s1").answer("Begun.");
    let store = Store::open(&env.store(), StoreOptions::default()).expect("opened");
    for (event, more) in [("UserPromptSubmit", "prompt"), ("Stop", "last_assistant_message")] {
        // It goes no further than to this lock, and is killed there.
        let turn = store.lock_agent("claude-code", "s1", Duration::from_secs(60)).expect("free");
        let payload = json!({"session_id": "s1", "hook_event_name": event, more: "Build it."});
        let (mut command, payload) = call(&env, "project", &payload);
        let mut hook = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("started");
        let mut stdin = hook.stdin.take().expect("piped");
        std::io::Write::write_all(&mut stdin, &payload).expect("written");
        drop(stdin);
        let started = Instant::now();
        while store.spooled_events().expect("listed").is_empty() {
            assert!(started.elapsed() < Duration::from_secs(60), "{event} must be kept before it is done");
            std::thread::yield_now();
        }
        hook.kill().expect("killed");
        hook.wait().expect("waited");
        drop(turn);
        if event == "UserPromptSubmit" {
            assert_eq!(runs(&env)[0]["status"], "running");
        }
    }
    let found = runs(&env);
    let told: Vec<&Value> = found.iter().map(|run| &run["summary"]).collect();
    assert_eq!(
        (told, &found[0]["status"]),
        (vec![&json!("Build it."), &json!("Begun.")], &json!("succeeded"))
    );
    assert!(store.spooled_events().expect("listed").is_empty());
    env.fsck();
}

#[test]
fn a_prompt_that_was_begun_already_goes_on() {
    let env = with_agent();
    let agent = agent(&env, "s1");
    agent.ask("one");
    // As a hook leaves it that was killed between the run and what it knows of the agent.
    for (path, content, _) in super::files(&env.store().join("git-session")) {
        let text = String::from_utf8_lossy(&content);
        if let Ok(mut state) = serde_json::from_str::<Value>(&text)
            && state["id"] == "s1"
        {
            state["run"] = Value::Null;
            std::fs::write(path, state.to_string()).expect("written");
        }
    }
    agent.ask("one");
    agent.answer("Done.");
    let found = runs(&env);
    let [run] = found.as_slice() else { panic!("one run: {found:?}") };
    assert_eq!((&run["prompt"], &run["status"]), (&json!("one"), &json!("succeeded")));
}

/// Returns the calls of some turns, in each of which something is committed.
fn turns(env: &TestEnv, folder: &str, id: &str, count: usize) -> Vec<(Command, Vec<u8>)> {
    let event = |name: &str, more: (&str, String)| {
        let payload = json!({"session_id": id, "hook_event_name": name, more.0: more.1});
        call(env, folder, &payload)
    };
    let one = |n: usize| {
        let mut commit = super::git(env, folder, &["commit", "-q", "--allow-empty", "-m"]);
        commit.arg(format!("{id} commits {n}"));
        [
            event("SessionStart", ("source", "resume".to_owned())),
            event("UserPromptSubmit", ("prompt", format!("{id} asks {n}"))),
            (commit, Vec::new()),
            event("Stop", ("last_assistant_message", format!("{id} answers {n}"))),
        ]
    };
    (0..count).flat_map(one).collect()
}

#[test]
fn agents_at_once_in_two_work_trees_record_each_turn_once() {
    let env = with_agent();
    ok(&env, &["worktree", "add", "-q", "-b", "side", &env.arg("side")]);
    let count = 4 * times();
    std::thread::scope(|scope| {
        for (folder, id) in [("project", "s1"), ("side", "s2")] {
            let calls = turns(&env, folder, id, count);
            scope.spawn(move || {
                for (mut command, payload) in calls {
                    assert!(fed(&mut command, &payload).status.success());
                }
            });
        }
    });
    for (folder, id) in [("project", "s1"), ("side", "s2")] {
        let mut list = env.command(&["runs", "--json"]);
        let out = output(list.current_dir(env.path(folder)));
        let found: Value = serde_json::from_slice(&out.stdout).expect("JSON");
        let told = |run: &Value| {
            let subject = run["code"]["links"][0]["subject"].as_str().unwrap_or_default().to_owned();
            (run["prompt"].as_str().unwrap_or_default().to_owned(), run["summary"].to_string(), subject)
        };
        let told: Vec<_> = found.as_array().expect("a list").iter().rev().map(told).collect();
        let turn = |n: usize| {
            (format!("{id} asks {n}"), format!("\"{id} answers {n}\""), format!("{id} commits {n}"))
        };
        assert_eq!(told, (0..count).map(turn).collect::<Vec<_>>());
    }
    env.fsck();
}

#[test]
fn an_agent_in_another_work_tree_of_the_same_session_reads_what_the_first_learned() {
    let env = with_agent();
    ok(&env, &["worktree", "add", "-q", "-b", "side", &env.arg("side")]);
    let here = agent(&env, "s1");
    here.ask("Find out how it is built");
    env.ok(&["know", "build.command", "make -j8"]);
    here.answer("It is built with make.");
    let name = env.json(&["show"])["branch"].as_str().expect("text").to_owned();
    let mut switch = env.command(&["switch", &name]);
    assert!(output(switch.current_dir(env.path("side"))).status.success());
    let there = Agent { env: &env, folder: "side", id: "s2" };
    let told = there.start("startup");
    assert!(told.contains("make -j8") && told.contains("It is built with make."), "{told}");
    ok_in(&env, "side", &["status", "--short"]);
}

#[test]
fn the_payloads_of_real_agents_are_understood() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/hook-payloads/claude-v1.json");
    let Ok(text) = std::fs::read_to_string(file) else {
        println!("skipped: ../shared/data/hook-payloads is not here");
        return;
    };
    let sent: Value = serde_json::from_str(&text).expect("JSON");
    let env = with_agent();
    let mut turns = Vec::new();
    for event in sent["events"].as_array().expect("a list") {
        let name = event["nativeEventName"].as_str().expect("a name");
        // These end a turn; what begins it is in no file.
        if ["Stop", "StopFailure", "SessionEnd"].contains(&name) {
            let prompt = format!("ended by {name}");
            let ask = json!({"session_id": event["stdin"]["session_id"], "prompt": prompt});
            let (mut ask, payload) = call(&env, "project", &ask);
            assert!(fed(ask.arg("UserPromptSubmit"), &payload).status.success());
            turns.push(prompt);
        }
        for payload in [event["stdin"].clone(), json!({"version": "a5c.hooks.v1", "raw": event["stdin"]})] {
            let (mut hook, payload) = call(&env, "project", &payload);
            let out = fed(hook.arg(name), &payload);
            assert!(out.status.success() && out.stderr.is_empty(), "{name}: {}", env.text(&out));
            assert!(out.stdout.is_empty() || name == "SessionStart", "{name}: {}", env.text(&out));
        }
    }
    assert!(turns.len() >= 2, "{turns:?}");
    let ended = |prompt: &str| {
        let found = runs(&env);
        let of = found.iter().filter(|run| run["prompt"] == prompt).map(|run| run["status"].clone());
        of.collect::<Vec<_>>()
    };
    assert_eq!(ended("ended by Stop"), ["succeeded"]);
    assert_eq!(ended("ended by StopFailure"), ["failed"]);
    env.fsck();
}
