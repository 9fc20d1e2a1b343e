//! The command line: what was typed, exit codes, pager, completions. Behaviour lives in `ops`.

mod app;
mod args;
mod commands;
mod error;
mod help;
mod input;
mod process;
mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{FromArgMatches as _, error::ErrorKind};

use app::App;
use args::Cli;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    // What is stored is nobody else's business, whatever the user's umask.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    clap_complete::CompleteEnv::with_factory(help::command).bin("git-session").complete();
    match std::panic::catch_unwind(|| run(std::env::args_os().collect())) {
        Ok(code) => ExitCode::from(code),
        Err(_) => {
            eprintln!("error: internal error\nhint: please report this, with the lines above");
            ExitCode::from(error::INTERNAL)
        }
    }
}

fn run(arguments: Vec<OsString>) -> u8 {
    if let Some(text) = help::asked_for(&arguments) {
        return ui::print_and_exit(&text);
    }
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let is_json = cli.global.json || cli.global.ndjson;
    let outcome = App::new(cli.global).and_then(|mut app| commands::run(&mut app, cli.command));
    match outcome {
        Ok(code) => code,
        Err(error) if error.is_broken_pipe() => 0,
        Err(error) => ui::report(&error, is_json),
    }
}

fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let matches = help::command().try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

fn usage(error: &clap::Error) -> u8 {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked {
        return ui::print_and_exit(&error.render().ansi().to_string());
    }
    let text = error.render().ansi().to_string();
    anstream::eprint!("{}", ui::visible(&text));
    error::USAGE
}
