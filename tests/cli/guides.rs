//! What the documents show in a terminal is what happens.
//!
//! `UPDATE_DOCS=1 cargo test --test cli guides` writes the outputs anew.

use std::path::Path;

use crate::env::{TestEnv, output};

const BEGIN: &str = "```console\n";
const END: &str = "```\n";
/// Where the guide to reading goes on to its second session.
const ANOTHER: &str = "The examples from here on are of another session.";

#[test]
fn the_story_of_the_readme_is_told_as_it_is() {
    let path = "README.md";
    let text = read(path);
    let (before, rest) = text.split_once(BEGIN).expect("it begins with a story");
    let (story, after) = rest.split_once(END).expect("that ends");
    let told = told(&TestEnv::new(), story);
    expect(path, &text, &format!("{before}{BEGIN}{told}{END}{after}"));
}

#[test]
fn the_guide_to_forking_is_told_as_it_is() {
    guide("docs/guides/forking.md");
}

#[test]
fn the_guide_to_hooks_is_told_as_it_is() {
    guide("docs/guides/hooks.md");
}

#[test]
fn the_guide_to_claude_code_is_told_as_it_is() {
    guide("docs/guides/claude-code.md");
}

#[test]
fn the_guide_to_sharing_is_told_as_it_is() {
    guide("docs/guides/sharing.md");
}

/// Runs all of a guide in one place.
fn guide(path: &str) {
    let text = read(path);
    let env = TestEnv::new();
    expect(path, &text, &retold(&env, &text));
    env.fsck();
}

#[test]
fn the_guide_to_reading_is_told_as_it_is() {
    let path = "docs/guides/reading.md";
    let text = read(path);
    let (first, second) = text.split_once(ANOTHER).expect("its examples are of two sessions");
    let new = format!("{}{ANOTHER}{}", retold(&linked(), first), retold(&measured(), second));
    expect(path, &text, &new);
}

/// The first session of the guide to reading.
fn linked() -> TestEnv {
    let env = TestEnv::with_session();
    // What the code was like is not what it tells of.
    env.project_git(&["update-ref", "-d", "HEAD"]);
    let record = |summary: &str, plan: &str, arguments: &str| {
        env.write("context/plan.md", plan);
        let arguments = arguments.split(' ').collect::<Vec<_>>();
        let agent = ["--agent", "claude-code", "--context", &env.arg("context")];
        env.ok(&[&["record", "-m", summary][..], &agent, &arguments].concat());
    };
    let plan = "Build with make -j4.\nThe linker is slow.\nTests take 40 s.\n";
    let usage = "--usage cost_usd=0.12 --usage input_tokens=12000 --usage output_tokens=900";
    let metrics = "--metric build_s=61 --metric tests=212 --metric tests_failed=3";
    record("Measure the build", plan, &format!("--status failed {usage} {metrics}"));
    env.ok(&["know", "build.command", "make -j8"]);
    env.ok(&["decide", "Link with gold", "--because", "it is installed", "--instead-of", "mold"]);
    let because = ["--because", "gold crashes on debug builds", "--supersedes", "link-with-gold"];
    env.ok(&[&["decide", "Link with mold"][..], &because].concat());
    env.advance(20 * 60);
    let plan =
        "Build with make -j8.\nThe linker is fast with mold.\nTests take 40 s.\nCache the downloads.\n";
    let usage = "--usage cost_usd=0.31 --usage input_tokens=31000 --usage output_tokens=2100";
    record(
        "Link with mold",
        plan,
        &format!("{usage} --metric build_s=38 --metric tests=212 --metric tests_failed=0"),
    );
    env.advance(10 * 60);
    env
}

/// The second one.
fn measured() -> TestEnv {
    let env = TestEnv::with_session();
    env.advance(10 * 60);
    env.write("context/knowledge/build.command.md", "make\n");
    env.write("context/plan.md", "# Plan\n\nMeasure.\n");
    let told = ["--status", "failed", "--usage", "cost_usd=0.12", "--context", &env.arg("context")];
    env.ok(&[&["record", "-m", "Measure the build"][..], &told].concat());
    env.advance(30 * 60);
    let prompt = "The build uses one core. Make it use all of them.";
    let begun = env.json(&["begin", "-m", "Use all cores", "--agent", "claude-code", "--prompt", prompt]);
    let (run, context) = (begun["run"].as_str().expect("an id"), &begun["context_dir"]);
    let context = Path::new(context.as_str().expect("a folder"));
    for (file, content) in [
        ("knowledge/build.command.md", "make -j8\n"),
        ("plan.md", "# Plan\n\nMeasure.\nUse 8 jobs.\nCache the downloads.\n"),
    ] {
        std::fs::write(context.join(file), content).expect("written");
    }
    let mut decide = env.command(&["decide", "Cache the downloads", "--because", "they take 30 s"]);
    decide.args(["--instead-of", "a smaller image"]).env("GIT_SESSION_RUN", run);
    assert!(output(&mut decide).status.success());
    env.advance(5 * 60);
    env.ok(&["finish", run]);
    env.advance(30 * 60);
    env.ok(&["know", "build.command", "ninja"]);
    env.advance(20 * 60);
    env
}

/// Returns a text in which each story is told anew.
fn retold(env: &TestEnv, text: &str) -> String {
    let mut new = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (block, after) = after.split_once(END).expect("each block ends");
        new.push_str(&format!("{before}{BEGIN}{}{END}", told(env, block)));
        rest = after;
    }
    new + rest
}

/// Runs each line that starts with `$ `; returns the lines with what they print.
fn told(env: &TestEnv, block: &str) -> String {
    let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
    commands.map(|command| format!("$ {command}\n{}", said(env, command))).collect()
}

fn said(env: &TestEnv, command: &str) -> String {
    env.advance(60);
    let shell = env.command::<&str>(&[]);
    let variables: Vec<_> =
        shell.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    let mut sh = env.program("sh");
    for (name, value) in variables {
        if let Some(value) = value {
            sh.env(name, value);
        }
    }
    let out = output(sh.arg("-c").arg(format!("{{ {command}\n}} 2>&1")));
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    text.replace(env.base().to_str().expect("UTF-8"), "~")
}

fn expect(path: &str, text: &str, new: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(path), new).expect("written");
        return;
    }
    assert_eq!(untimed(text), untimed(new), "{path} is out of date; UPDATE_DOCS=1 writes it anew");
}

// How long a command takes is not the same twice.
fn untimed(text: &str) -> String {
    let words = |line: &str| {
        let word = |word: &str| match word.strip_suffix("ms").is_some_and(|ms| ms.parse::<u32>().is_ok()) {
            true => "0ms".to_owned(),
            false => word.to_owned(),
        };
        line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(words).collect::<Vec<_>>().join("\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("readable")
}
