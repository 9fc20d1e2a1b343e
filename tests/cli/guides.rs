//! What the documents show in a terminal is what happens.
//!
//! `UPDATE_DOCS=1 cargo test --test cli guides` writes the outputs anew.

use std::path::Path;

use crate::env::{TestEnv, output};

const BEGIN: &str = "```console\n";
const END: &str = "```\n";

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

fn guide(path: &str) {
    let text = read(path);
    let env = TestEnv::new();
    let mut new = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (block, after) = after.split_once(END).expect("each block ends");
        new.push_str(&format!("{before}{BEGIN}{}{END}", told(&env, block)));
        rest = after;
    }
    new.push_str(rest);
    expect(path, &text, &new);
    env.fsck();
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
