//! The command line: what was typed, exit codes, pager, completions. Behaviour lives in `ops`.

mod app;
mod args;
mod auto_push;
mod code;
mod commands;
mod error;
mod help;
mod hidden;
mod hook;
mod input;
mod output_file;
mod parse;
mod process;
mod progress;
mod secrets;
mod sync_error;
mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use app::App;
use args::Command;
use error::CliError;

use crate::store::claim_maintenance;

/// The longest line of a message about what was typed.
const LINE_CHARS: usize = 400;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    outlive_full_files();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // Git waits for its hooks, and must not hear of what is wrong with them.
    if let Some((_, [verb, event @ ..])) = arguments.split_first()
        && verb == "hook"
    {
        return ExitCode::from(hook::main(event));
    }
    clap_complete::CompleteEnv::with_factory(help::command).bin("git-session").complete();
    match std::panic::catch_unwind(|| run(arguments)) {
        Ok(code) => ExitCode::from(code),
        Err(_) => {
            eprintln!("error: internal error\nhint: please report this, with the lines above");
            ExitCode::from(error::INTERNAL)
        }
    }
}

// A file over `ulimit -f` would end us without a word; handled, it is an error of the write. A
// handler, unlike an ignored signal, is not handed on to the commands that we start.
fn outlive_full_files() {
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    // Where it cannot be had, writing works as long as there is no limit.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
}

fn run(arguments: Vec<OsString>) -> u8 {
    // What follows `--` is somebody else's command.
    let ours = || arguments.iter().take_while(|argument| *argument != "--");
    let wants_json = ours().any(|argument| argument == "--json" || argument == "--ndjson");
    match help::asked_for(&arguments) {
        Some(Ok(text)) => return ui::print_and_exit(&text),
        Some(Err(error)) => return ui::report(&error, wants_json),
        None => {}
    }
    let cli = match parse::parse(arguments) {
        Ok(cli) => cli,
        Err(error) if wants_json && error.use_stderr() => {
            return ui::report(&usage_error(&error), wants_json);
        }
        Err(error) => return usage(&error),
    };
    let is_json = cli.global.json || cli.global.ndjson;
    match App::new(cli.global).and_then(|app| run_verb(app, cli.command)) {
        Ok(code) => code,
        Err(error) if error.is_broken_pipe() => 0,
        Err(error) => ui::report(&error, is_json),
    }
}

fn run_verb(mut app: App, command: Command) -> commands::Outcome {
    let may_write = command.may_write();
    let starts_pushes = command.sees_sessions() && !command.reaches_remotes();
    if command.sees_sessions() {
        hook::settle(&app);
    }
    let outcome = commands::run(&mut app, command);
    if may_write {
        app.tell_redactions();
        start_maintenance(&app);
    }
    if let (true, Ok(store)) = (starts_pushes, app.store_path()) {
        auto_push::start(&app, &store);
    }
    outcome
}

// What was asked for is done and printed; that this fails is not worth a message.
fn start_maintenance(app: &App) {
    let (Some(limits), Ok(store)) = (app.growth_limits, app.store_path()) else { return };
    if claim_maintenance(&store, limits) {
        let _ = process::start_detached(&["gc", "--auto", "--store"], &store);
    }
}

fn usage_error(error: &clap::Error) -> CliError {
    let text = error.render().to_string();
    CliError::usage(cut_lines(&text).lines().next().unwrap_or_default().trim_start_matches("error: "))
        .hint("for more information, try '--help'")
}

fn usage(error: &clap::Error) -> u8 {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked {
        return ui::print_and_exit(&error.render().ansi().to_string());
    }
    let text = error.render().ansi().to_string();
    anstream::eprint!("{}", ui::visible(&cut_lines(&text)));
    error::USAGE
}

// What was typed is quoted whole, and may be megabytes.
fn cut_lines(text: &str) -> String {
    let cut = |line: &str| match line.char_indices().nth(LINE_CHARS) {
        Some((end, _)) => format!("{}…\n", line.get(..end).unwrap_or_default()),
        None => format!("{line}\n"),
    };
    text.lines().map(cut).collect()
}
