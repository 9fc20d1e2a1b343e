//! Help: the essential verbs with `-h`, all of them with `help --all`.

use std::ffi::OsString;

use clap::{Command, CommandFactory as _};

use super::args::Cli;
use super::error::CliError;

/// The verbs by what they are for; the second list holds those that `-h` shows.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Work", &["new", "run", "record", "begin", "checkpoint", "finish", "abort"]),
    ("Learn", &["know", "decide", "note", "context", "brief"]),
    ("Look", &["status", "list", "show", "runs", "log", "diff", "compare", "blame", "search"]),
    ("Branch", &["switch", "fork", "merge", "rewind", "undo", "resolve", "edit", "rm"]),
    ("Share", &["remote", "push", "pull", "sync", "clone", "export", "import", "purge"]),
    ("Keep", &["hooks", "check", "repair", "gc", "redact", "path", "completion", "man"]),
];
const ESSENTIAL: [&str; 20] = [
    "new", "run", "record", "know", "decide", "brief", "status", "list", "show", "runs", "log", "diff",
    "compare", "search", "switch", "fork", "merge", "push", "pull", "hooks",
];

/// Returns the whole command line, with the help that is shown for it.
pub(crate) fn command() -> Command {
    let help = help(&plain_command(), &ESSENTIAL);
    parser().override_help(help)
}

/// Returns the command line for parsing, in which each verb is built only when it is the one.
pub(super) fn parser() -> Command {
    let command = Cli::command();
    match std::env::args_os().next() {
        Some(name) if !name.to_string_lossy().ends_with("cargo") => command.bin_name("git session"),
        _ => command,
    }
}

/// Returns the whole command line as clap explains it, for manual pages.
pub(super) fn plain_command() -> Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// Returns the text for `help`, `help --all` and `help VERB`.
pub(super) fn asked_for(arguments: &[OsString]) -> Option<Result<String, CliError>> {
    let words: Vec<&str> = arguments.iter().skip(1).map(|word| word.to_str()).collect::<Option<_>>()?;
    match words.as_slice() {
        [] | ["help"] => Some(Ok(help(&plain_command(), &ESSENTIAL))),
        ["help", "--all" | "-a"] => Some(Ok(help(&plain_command(), &[]))),
        ["help", verbs @ ..] => Some(help_of(verbs)),
        _ => None,
    }
}

fn help_of(verbs: &[&str]) -> Result<String, CliError> {
    let mut command = command();
    for verb in verbs {
        command.build();
        let found = command.find_subcommand(verb).cloned();
        command = found.ok_or_else(|| {
            CliError::usage(format!("there is no verb '{}'", crate::model::shown(verb)))
                .hint("'git session help --all' lists all verbs")
        })?;
    }
    Ok(command.render_long_help().ansi().to_string())
}

fn help(command: &Command, only: &[&str]) -> String {
    let mut out =
        String::from("A versioned store for AI-agent sessions, kept in Git\n\nUsage: git session VERB\n");
    for (group, verbs) in GROUPS {
        let shown = verbs.iter().filter(|verb| only.is_empty() || only.contains(verb));
        let lines: String = shown.map(|verb| line(command, verb)).collect();
        if !lines.is_empty() {
            out.push_str(&format!(
                "\n{}\n{lines}",
                crate::render::style::paint(crate::render::style::STRONG, group)
            ));
        }
    }
    out.push_str("\nEvery verb takes -s SESSION, --store DIR, --json, --color WHEN, --no-pager, -q.\n");
    out.push_str("'git session help --all' lists all verbs, 'git session VERB -h' explains one.\n");
    out
}

fn line(command: &Command, verb: &str) -> String {
    let about = command.find_subcommand(verb).and_then(Command::get_about);
    let about = about.map(|about| about.to_string()).unwrap_or_default();
    format!("  {verb:<12}{about}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_is_in_one_group_and_explained() {
        let command = plain_command();
        let listed: Vec<&str> = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter().copied()).collect();
        for verb in command.get_subcommands() {
            let count = listed.iter().filter(|name| **name == verb.get_name()).count();
            assert_eq!(count, 1, "{} must be in one group", verb.get_name());
            assert!(verb.get_about().is_some(), "{} must be explained", verb.get_name());
        }
        assert_eq!(listed.len(), command.get_subcommands().count());
    }
}
