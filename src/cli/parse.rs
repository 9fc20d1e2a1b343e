//! What was typed, read by clap.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser};

use super::args::{Cli, Global};
use super::help;

/// The program without its verbs; of what `Cli` says besides, only what changes how a line is read.
#[derive(Debug, Parser)]
#[command(name = "git-session", args_override_self = true)]
struct Verbless {
    #[command(flatten)]
    global: Global,
}

/// Reads what was typed.
pub(super) fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&match with_one_verb(&arguments) {
        Some(matches) => matches,
        None => with_all_verbs(arguments)?,
    })
}

// A parser of all verbs gives the global options to each of them, which takes longer than some verbs
// do. Only options stand before a verb, so what the parser of one verb understands, the parser of all
// understands in the same way; what it does not, and each request for help, is left to that one.
fn with_one_verb(arguments: &[OsString]) -> Option<ArgMatches> {
    let all = help::parser();
    let verb = arguments.iter().skip(1).find_map(|word| all.find_subcommand(word))?;
    Verbless::command().subcommand(verb.clone()).try_get_matches_from(arguments).ok()
}

fn with_all_verbs(arguments: Vec<OsString>) -> Result<ArgMatches, clap::Error> {
    match help::parser().try_get_matches_from(&arguments) {
        // What is shown of all verbs is built only where it is asked for.
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            help::command().try_get_matches_from(arguments)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn one_verb_is_read_as_all_verbs_read_it() {
        for line in [
            "git-session list",
            "git-session ls --json",
            "git-session -s a record -m x -s b --metric x=1 --quiet",
            "git-session record -q -m list -s list",
            "git-session run -m list -- git session --json list",
            "git-session context ls --json",
            "git-session --color never remote add list url",
            "git-session list --color never --quiet --color always --quiet",
        ] {
            let one = with_one_verb(&words(line)).map(|matches| Cli::from_arg_matches(&matches));
            let all = with_all_verbs(words(line)).map(|matches| Cli::from_arg_matches(&matches));
            assert_eq!(format!("{:?}", one.expect(line)), format!("{:?}", all.expect(line)));
        }
    }

    #[test]
    fn what_looks_like_a_verb_before_the_verb_is_left_to_the_parser_of_all_verbs() {
        let line = "git-session --store list record -m x";
        assert!(with_one_verb(&words(line)).is_none());
        let cli = parse(words(line)).expect("understood");
        assert!(matches!(cli.command, crate::cli::args::Command::Record(_)));
    }

    #[test]
    fn mistakes_and_help_are_left_to_the_parser_of_all_verbs() {
        for line in ["git-session", "git-session lst", "git-session list --help", "git-session list -x"] {
            assert!(with_one_verb(&words(line)).is_none(), "{line}");
        }
    }
}
