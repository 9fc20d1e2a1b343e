//! Rows 48 to 53: remotes that are no remotes, cannot be reached, or have nothing to offer. What they
//! can send is tried in `tests/laws/hostile_remote.rs`.

use super::Row;
use crate::env::{TestEnv, output};

/// What a URL would leave if it were run.
const CANARY: &str = "canary";

pub fn rows() -> Vec<Row> {
    let mut rows = urls();
    rows.extend(transports());
    rows.extend(unreachable());
    rows.extend(of_no_use());
    rows.extend(damaged_notes());
    rows
}

fn unharmed(env: &TestEnv) {
    assert!(!env.path(CANARY).exists(), "nothing of a URL is ever run");
}

fn not_made(env: &TestEnv) {
    unharmed(env);
    assert!(!env.path("project/dir").exists(), "nothing is made for what cannot be cloned");
}

fn allow_all(env: &TestEnv) {
    for transport in ["file", "http", "git"] {
        env.project_git(&["config", "--add", "session.transport", transport]);
    }
}

/// Plants a remote, as somebody could who writes to the store's folder.
fn planted(url: &str) -> impl Fn(&TestEnv) + Send + 'static {
    let url = url.to_owned();
    move |env: &TestEnv| {
        allow_all(env);
        let url = url.replace("$TMP", &env.base().display().to_string());
        env.write("project/.git/sessions.git/git-session/remotes", format!("team {url}\n"));
    }
}

fn urls() -> Vec<Row> {
    let long = format!("https://h/{}", "x".repeat(10_000));
    let mut rows = Vec::new();
    for (number, url) in [
        (48, "ext::sh -c 'touch $TMP/canary'"),
        (48, "fd::3"),
        (48, "-oProxyCommand=touch $TMP/canary"),
        (48, "--upload-pack=touch $TMP/canary"),
        (48, "ssh://-oProxyCommand=touch$IFS$TMP/canary/x"),
        (48, "ssh://-l@host/x"),
        (48, "-x@host:y"),
        (48, "host:-y"),
        (48, "ftp://host/x"),
        (48, "../\x1b[2J"),
        (49, "https://host/x\nHost: evil"),
        (49, "https://host/%0d%0aHost:%20evil"),
        (49, "https://host/a b"),
        (49, "https://ann:hunter2@host/x"),
        (49, "ssh://ann:hunter2@host/x"),
        (49, "ann:hunter2@host:x"),
        (49, "https://\u{202e}host/x"),
        (49, ""),
        (49, "sessions.git"),
        (49, &long),
    ] {
        rows.push(Row::new(number, &["remote", "add", "team", url]).exits(&[2]).then(unharmed));
        rows.push(Row::new(number, &["remote", "set-url", "team", url]).exits(&[2]).then(unharmed));
        rows.push(Row::new(number, &["clone", url]).exits(&[2]).then(unharmed));
        rows.push(Row::new(number, &["clone", url, "dir"]).exits(&[2]).then(not_made));
        if !url.contains('\n') {
            for verb in ["push", "pull", "sync"] {
                let row = Row::new(number, &[verb]).what(url).given(planted(url)).exits(&[2]);
                rows.push(row.then(unharmed));
            }
        }
    }
    for name in ["", "-x", "a/b", "..", "A", "x y", "\x1b[2J", "a.lock"] {
        rows.push(Row::new(48, &["remote", "add", "--", name, "https://host/x"]).exits(&[2]));
    }
    rows
}

fn transports() -> Vec<Row> {
    let mut rows = Vec::new();
    for url in ["http://host/x", "git://host/x", "file:///srv/x", "/srv/x", "codecommit::x"] {
        rows.push(
            Row::new(48, &["remote", "add", "team", url])
                .exits(&[2])
                .says("not allowed")
                .says("session.transport"),
        );
    }
    for value in ["ext", "fd", "file,ext", "-c", "A"] {
        let set = move |env: &TestEnv| drop(env.project_git(&["config", "session.transport", value]));
        let row = Row::new(48, &["remote", "add", "team", "https://host/x"]).what(value).given(set);
        rows.push(row.exits(&[2]).says("session.transport"));
    }
    rows
}

fn unreachable() -> Vec<Row> {
    let mut rows = Vec::new();
    for (url, says) in [
        ("http://127.0.0.1:1/x", "cannot be reached"),
        ("git://127.0.0.1:1/x", "cannot be reached"),
        ("ssh://127.0.0.1:1/x", "cannot be reached"),
        ("https://nowhere.invalid/x", "the host is not known"),
        ("$TMP/nowhere.git", "there is no repository"),
        ("$TMP/project/code.txt", "there is no repository"),
    ] {
        for verb in [&["push"][..], &["pull"], &["pull", "--all"], &["sync", "--all"]] {
            rows.push(Row::new(50, verb).what(url).given(planted(url)).says(says).once());
        }
    }
    rows
}

/// Makes a bare repository, with a pre-receive hook where there is one, and a remote for it.
fn hub(hook: Option<&'static str>) -> impl Fn(&TestEnv) + Send + 'static {
    move |env: &TestEnv| {
        planted("$TMP/hub.git")(env);
        let out = output(env.program("git").args(["init", "-q", "--bare"]).arg(env.path("hub.git")));
        assert!(out.status.success());
        if let Some(text) = hook {
            let path = env.write("hub.git/hooks/pre-receive", text);
            let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(path, executable).expect("set");
        }
    }
}

// What is noted of remotes can be done without, so damage to it stops nothing.
fn damaged_notes() -> Vec<Row> {
    let mut rows = Vec::new();
    for text in ["", "{", "\0\u{1}", "session \x1b[2J\nsince never\nleft x y\nleft\n", "{\"failures\":-1}"] {
        let notes = move |env: &TestEnv| {
            hub(None)(env);
            let store = "project/.git/sessions.git";
            env.write(&format!("{store}/git-session/chosen/team"), text);
            env.write(&format!("{store}/git-session/push-tries.json"), text);
            env.write(&format!("{store}/spool/push/x.json"), text);
        };
        for verb in [&["status"][..], &["pull", "--all"]] {
            rows.push(Row::new(51, verb).what("damaged notes").given(notes).works());
        }
    }
    rows
}

fn of_no_use() -> Vec<Row> {
    let code = |env: &TestEnv| planted("$TMP/project")(env);
    vec![
        Row::new(51, &["pull", "--all"]).what("an empty repository").given(hub(None)).works(),
        Row::new(51, &["pull", "--all"]).what("a repository of code").given(code).works(),
        Row::new(51, &["pull", "nowhere-00000001"]).what("absent").given(hub(None)).works(),
        Row::new(51, &["pull", "nowhere"]).what("no such").given(hub(None)).says("no session"),
        Row::new(52, &["push"])
            .what("a hook that says no")
            .given(hub(Some("#!/bin/sh\nprintf 'no \\033[2Jway\\n'\nexit 1\n")))
            .moves_nothing()
            .says("[2Jway")
            .once(),
        Row::new(52, &["push", "--remote", "nowhere"]).given(hub(None)).says("there is no remote 'nowhere'"),
        // What a session can hold is tried elsewhere; here it is no repository at all.
        Row::new(53, &["pull", "--all"])
            .what("a file")
            .given(planted("$TMP/project/.git/config"))
            .says("could not reach 'team'"),
    ]
}
