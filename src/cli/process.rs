//! Running somebody's command as if we were not there.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::error::CliError;
use crate::store::UserConfig;

/// The signals that ask a command to end.
const HANDED_ON: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// How often it is tried to remove a folder that others may still write into.
const REMOVALS: usize = 1000;

/// What to run.
pub(super) struct Job {
    pub(super) command: Vec<OsString>,
    pub(super) variables: Vec<(&'static str, OsString)>,
    /// What is fed to it on stdin; its stdin is ours where this is `None`.
    pub(super) stdin: Option<String>,
}

/// How it ended.
pub(super) struct Ended {
    /// Its exit code, or 128 and the number of the signal that ended it.
    pub(super) code: u8,
    /// Whether somebody asked it to end.
    pub(super) was_interrupted: bool,
}

/// Opens files in the user's editor and waits for its end.
pub(super) fn edit(config: &UserConfig, files: &[PathBuf]) -> Result<(), CliError> {
    let editor = editor(config);
    // The user's own setting, run as Git runs it: it may hold options and quotes.
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor).args(files);
    let failed = || {
        CliError::failed(format!("the editor '{}' failed; nothing was changed", crate::model::shown(&editor)))
            .hint("choose one with GIT_EDITOR or 'git config core.editor', or use --keep FILE")
    };
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(failed()),
        Err(error) => Err(failed().because(error)),
    }
}

/// Chooses the editor as Git does: `GIT_EDITOR`, `core.editor`, `VISUAL`, `EDITOR`, `vi`.
fn editor(config: &UserConfig) -> String {
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    environment("GIT_EDITOR")
        .or_else(|| config.string("core.editor"))
        .or_else(|| environment("VISUAL"))
        .or_else(|| environment("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned())
}

/// Runs a command and waits for its end. Signals that we get are handed on to it.
pub(super) fn run(job: Job) -> std::io::Result<Ended> {
    let (program, arguments) = job.command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    // Before the command starts: a Ctrl-C in between must not end us and leave it running.
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in HANDED_ON {
        // In the handler itself: the command may be gone before the watcher wakes up.
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let mut signals = Signals::new(HANDED_ON)?;
    let handle = signals.handle();
    let mut command = Command::new(program);
    command.args(arguments).envs(job.variables);
    if job.stdin.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn()?;
    let pid = child.id();
    let watcher = std::thread::spawn(move || {
        for signal in signals.forever() {
            hand_on(pid, signal);
        }
    });
    feed(&mut child, job.stdin);
    let status = child.wait();
    handle.close();
    let _ = watcher.join();
    Ok(Ended { code: code(status?), was_interrupted: interrupted.load(Ordering::SeqCst) })
}

/// Starts this program again, apart from the terminal, and does not wait for it.
///
/// It keeps its priority: it holds locks that others wait for, and a recorder must not wait until
/// nobody else wants the processor.
pub(super) fn start_detached(arguments: &[&str], path: &Path) -> std::io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    // A group of its own, so that a Ctrl-C at the terminal does not end it.
    command.args(arguments).arg(path).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
}

/// What git exports to hooks. A process that outlives the hook looks for its repository itself.
const OF_HOOKS: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
];

/// Starts this program again in a folder, to work on a store, and does not wait for it. It is to
/// call [`leave_terminal`] first of all.
pub(super) fn start_unattended(arguments: &[&str], store: &Path, folder: &Path) -> std::io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    for name in OF_HOOKS {
        command.env_remove(name);
    }
    command.args(arguments).arg(store).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
}

/// Leaves the terminal, so that ssh cannot ask for anything there and a Ctrl-C does not end us.
pub(super) fn leave_terminal() {
    // Where we lead a group, we were not started by ourselves, and stay.
    let _ = rustix::process::setsid();
}

/// Looks out for who asks us to end; then a folder is removed first.
pub(super) struct Lookout {
    was_interrupted: Arc<AtomicBool>,
}

impl Lookout {
    /// Looks out from now on.
    pub(super) fn start(folder: &Path) -> std::io::Result<Self> {
        let folder = folder.to_owned();
        let was_interrupted = Arc::new(AtomicBool::new(false));
        for signal in HANDED_ON {
            // In the handler itself: what we wait for may end of the same signal, and be told as a failure.
            signal_hook::flag::register(signal, Arc::clone(&was_interrupted))?;
        }
        let mut signals = Signals::new(HANDED_ON)?;
        std::thread::spawn(move || {
            let Some(signal) = signals.forever().next() else { return };
            // A git that has not ended yet may still write into it.
            let mut tries = 0..REMOVALS;
            while tries.next().is_some() && std::fs::remove_dir_all(&folder).is_err() && folder.exists() {
                std::thread::yield_now();
            }
            std::process::exit(128 + signal);
        });
        Ok(Self { was_interrupted })
    }

    /// Goes on where nobody asked us to end.
    pub(super) fn check(&self) {
        while self.was_interrupted.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

// A Ctrl-C reaches everybody in the foreground, so the command has it already; a second one would
// make many programs give up at once.
fn hand_on(pid: u32, signal: i32) {
    if matches!(signal, SIGINT | SIGQUIT) && is_in_foreground() {
        return;
    }
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    let signal = rustix::process::Signal::from_named_raw(signal);
    if let (Some(pid), Some(signal)) = (pid, signal) {
        // It may have ended meanwhile, which is what was asked of it.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn is_in_foreground() -> bool {
    let Ok(terminal) = std::fs::File::open("/dev/tty") else { return false };
    rustix::termios::tcgetpgrp(&terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}

// A command that does not read its stdin must not make us wait.
fn feed(child: &mut Child, text: Option<String>) {
    if let (Some(mut pipe), Some(text)) = (child.stdin.take(), text) {
        std::thread::spawn(move || {
            let _ = pipe.write_all(text.as_bytes());
        });
    }
}

fn code(status: ExitStatus) -> u8 {
    let signal = || status.signal().map(|signal| 128 + signal);
    let code = status.code().or_else(signal).unwrap_or(255);
    u8::try_from(code).unwrap_or(u8::MAX)
}
