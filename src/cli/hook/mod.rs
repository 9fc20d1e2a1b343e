//! `git session hook EVENT`: what the installed scripts call.
//!
//! Whatever happens, the exit code is 0, stdout stays empty (but for the brief that an agent asks
//! for) and at most one line goes to stderr. What takes longer than the deadline is left to another
//! process.

mod event;
mod place;
mod settle;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::error::CliError;
use super::process;
use super::secrets::Sources;
use crate::hooks::redacted;
use crate::store::{SpooledEvent, spool_event};

pub(super) use settle::settle;

/// How long a hook may take to find out where the event could be left: one that cannot be left is lost.
const FIRST_DEADLINE: Duration = Duration::from_secs(2);

/// What the one who does the event tells the one who watches the clock.
enum Told {
    /// What is needed to do the event later.
    Ready(Box<Ready>),
    /// Another process is to do it.
    Later,
    /// It is done; this goes to stdout.
    Done(Result<Option<String>, CliError>),
}

/// An event that could be done later.
#[derive(Clone)]
struct Ready {
    name: String,
    store: PathBuf,
    event: SpooledEvent,
    deadline: Duration,
    sources: Sources,
}

impl Ready {
    /// Keeps the event in the store until it is done, without what is secret in it.
    fn keep(&self) -> Result<(), CliError> {
        let clean = redacted(&self.event, &self.sources.redactor());
        Ok(spool_event(&self.store, &self.name, &clean)?)
    }
}

/// Handles what git or an agent tells.
pub(super) fn main(arguments: &[OsString]) -> u8 {
    let started = Instant::now();
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    // A defect must not print its backtrace into somebody's `git commit`.
    std::panic::set_hook(Box::new(|_| ()));
    if let [first, store] = words.as_slice()
        && first == "settle"
    {
        // A process of its own, for which nobody waits. What it cannot do stays.
        let _ = std::panic::catch_unwind(|| settle::settle_store(std::path::Path::new(store)));
        return 0;
    }
    let (sender, told) = channel();
    std::thread::spawn(move || {
        let done = std::panic::catch_unwind(|| event::handle(&words, &sender));
        let defect = || Err(CliError::failed("internal error in a hook; please report this"));
        // Nobody listens any more where it took too long.
        let _ = sender.send(Told::Done(done.unwrap_or_else(|_| defect())));
    });
    match watch(&told, started) {
        Ok(Some(text)) => drop(std::io::stdout().write_all(text.as_bytes())),
        Ok(None) => {}
        Err(error) => complain(&error),
    }
    0
}

fn watch(told: &Receiver<Told>, started: Instant) -> Result<Option<String>, CliError> {
    let mut deadline = FIRST_DEADLINE;
    let mut ready: Option<Box<Ready>> = None;
    loop {
        let left = deadline.saturating_sub(started.elapsed());
        match told.recv_timeout(left) {
            Ok(Told::Ready(event)) => {
                deadline = event.deadline;
                ready = Some(event);
            }
            Ok(Told::Later) => return leave(ready.as_deref()),
            Ok(Told::Done(Err(error))) if error.code == "locked" => return leave(ready.as_deref()),
            Ok(Told::Done(done)) => return done,
            Err(RecvTimeoutError::Timeout) => return leave(ready.as_deref()),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

/// Leaves an event to another process.
fn leave(ready: Option<&Ready>) -> Result<Option<String>, CliError> {
    let Some(ready) = ready else {
        return Err(CliError::failed("there was no time to look at this event"));
    };
    ready.keep()?;
    // Where it cannot be started, the next command does it.
    let _ = process::start_detached(&["hook", "settle"], &ready.store);
    Ok(None)
}

fn complain(error: &CliError) {
    let cause = error.cause.as_ref().map(|cause| format!(": {}", cause.root_cause())).unwrap_or_default();
    let line = super::ui::visible(&format!("{}{cause}", error.message)).replace('\n', " ");
    let _ = writeln!(std::io::stderr(), "git-session: {line}");
}
