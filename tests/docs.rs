//! The command reference is what the program itself says, and the documents name only verbs that
//! there are.
//!
//! `UPDATE_DOCS=1 cargo test --test docs` writes `docs/reference.md` anew.

#![cfg(feature = "cli")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const HEAD: &str = "\
# Command reference

What `git session help` prints for every verb. This page is generated:
`UPDATE_DOCS=1 cargo test --test docs` writes it, and `cargo test` fails when it is out of date.

Options under \"Global options\" are the same for every verb, so they are listed once, at the end.
";
/// Where the part of a help text begins that is the same for every verb.
const GLOBAL: &str = "\nGlobal options:\n";

/// Returns what the program prints, at a fixed width and without colours.
fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-session"));
    command.args(words).env("COLUMNS", "100").env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    let output = command.output().expect("the program can be run");
    assert!(output.status.success(), "{words:?} ends with {}", output.status);
    String::from_utf8(output.stdout).expect("help is UTF-8")
}

/// Lists the verbs that a help text names: the first word of each line that is indented by two.
fn verbs(text: &str) -> Vec<String> {
    let indented = text.lines().filter_map(|line| line.strip_prefix("  "));
    let words = indented.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    words.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

/// Lists the subcommands of a verb, such as `ls` of `context`.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.split_once("\nCommands:\n").map(|(_, rest)| rest);
    let list = list.and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    verbs(list)
}

fn without_global(help: &str) -> &str {
    help.split_once(GLOBAL).map_or(help, |(own, _)| own).trim_end()
}

fn section(level: &str, words: &[&str]) -> String {
    let text = help(&[&["help"], words].concat());
    format!("\n{level} git session {}\n\n```text\n{}\n```\n", words.join(" "), without_global(&text))
}

fn reference() -> String {
    let all = help(&["help", "--all"]);
    let mut out = format!("{HEAD}\n```text\n{}\n```\n", all.trim_end());
    for verb in verbs(&all) {
        out.push_str(&section("##", &[&verb]));
        for sub in subcommands(&help(&["help", &verb])) {
            out.push_str(&section("###", &[&verb, &sub]));
        }
    }
    let any = help(&["help", "status"]);
    let (_, global) = any.split_once(GLOBAL).expect("every verb has the global options");
    out.push_str(&format!("\n## Global options\n\n```text\n{}\n```\n", global.trim_end()));
    out
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).expect("docs/ is there").flatten();
    let pages = docs.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "md"));
    pages.chain([root().join("README.md")]).collect()
}

#[test]
fn the_command_reference_is_up_to_date() {
    let path = root().join("docs/reference.md");
    let expected = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/reference.md is out of date; run: UPDATE_DOCS=1 cargo test --test docs");
}

/// The table of forms, as it stands in the page about redaction.
fn table_of_forms() -> String {
    let mut out = String::from("| rule | starts with | source |\n|---|---|---|\n");
    for row in git_session::redact::form_rows() {
        let starts: Vec<String> = row.starts.iter().map(|start| format!("`{start}`")).collect();
        out.push_str(&format!("| `{}` | {} | {} |\n", row.rule, starts.join(" "), row.source));
    }
    out
}

#[test]
fn the_table_of_forms_is_up_to_date() {
    let path = root().join("docs/REDACTION.md");
    let page = fs::read_to_string(&path).expect("docs/REDACTION.md is there");
    let (before, rest) = page.split_once("<!-- table -->\n").expect("the table has a start");
    let (_, after) = rest.split_once("<!-- end of table -->").expect("the table has an end");
    let expected = format!("{before}<!-- table -->\n{}<!-- end of table -->{after}", table_of_forms());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).expect("written");
    }
    assert!(
        page == expected || std::env::var_os("UPDATE_DOCS").is_some(),
        "docs/REDACTION.md is out of date; run: UPDATE_DOCS=1 cargo test --test docs"
    );
}

#[test]
fn documents_name_only_verbs_that_there_are() {
    let mut known: BTreeSet<String> = verbs(&help(&["help", "--all"])).into_iter().collect();
    known.extend(["help", "list-runs", "ls"].map(str::to_owned));
    let mut unknown = Vec::new();
    for path in documents() {
        let text = fs::read_to_string(&path).expect("readable");
        for code in text.split("`git session ").chain(text.split("\n$ git session ")).skip(1) {
            let word: String = code.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            if !word.is_empty() && !word.starts_with('-') && !known.contains(&word) {
                unknown.push(format!("{}: git session {word}", path.display()));
            }
        }
    }
    assert!(unknown.is_empty(), "these verbs are documented and not there:\n{}", unknown.join("\n"));
}

#[test]
fn readme_shows_its_two_commands_at_the_top() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let top: Vec<&str> = readme.lines().take(12).collect();
    assert!(top.iter().any(|line| line.starts_with("cargo run ")), "the first command must be at the top");
    assert!(top.contains(&"cargo test"), "the command that runs the tests must be at the top");
}
