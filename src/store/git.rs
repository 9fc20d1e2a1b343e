//! The one place that runs `git`.
//!
//! Fixed arguments, `--` before names, a cleared environment, nothing on stdin but what we hand in,
//! and a time limit: the user's hooks and settings must not run through us, and a `git` that hangs
//! must not hang us.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::heard::Heard;
use super::remote_fault::RemoteFault;
use super::{CodeProject, Store};

/// How long one call in a code repository may take: a run waits for it.
const PROJECT_LIMIT: Duration = Duration::from_secs(10);
/// How long one call on the store may take: maintenance of a large one takes minutes.
const STORE_LIMIT: Duration = Duration::from_secs(3600);

/// How long a git that was asked to end may take.
const END: Duration = Duration::from_secs(1);

/// How long one call that reaches a remote may take.
const REMOTE_LIMIT: Duration = Duration::from_secs(3600);

/// How long a remote may say nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// The most of what git prints that is read, in bytes.
const OUTPUT_BYTES: u64 = 64 * 1024 * 1024;

/// Settings that keep the user's hooks and background work out of our calls.
const SETTINGS: [&str; 5] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// Settings of a call that reaches a remote, whatever the user's own say: nothing but what is named
/// is sent or fetched, objects are checked, and no password is taken from a URL. What is fetched is
/// thrown away once it is stored, so nothing of it need be on disk.
const REMOTE_SETTINGS: [&str; 13] = [
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "fetch.unpackLimit=1",
    "push.recurseSubmodules=no",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.pushOption=",
    "transfer.bundleURI=false",
    "transfer.fsckObjects=true",
    "fetch.fsckObjects=true",
    "transfer.credentialsInUrl=die",
    "core.fsync=none",
    "core.bigFileThreshold=16m",
];

/// What of the environment a call that reaches a remote keeps: how the user reaches hosts, and where
/// their settings are.
const REMOTE_VARIABLES: [&str; 8] = [
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_ASKPASS",
    "GIT_PROXY_COMMAND",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
];

/// Whether the user may be asked for a password or about a host's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// They sit at a terminal.
    Allow,
    /// Nobody is there to answer.
    Never,
}

/// Why `git` gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// It could not be started.
    #[error("could not run git")]
    Start(#[source] std::io::Error),
    /// It took too long.
    #[error("git {command} took over {seconds} s")]
    Timeout {
        /// The subcommand.
        command: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// It failed.
    #[error("git {command} failed: {stderr}")]
    Failed {
        /// The subcommand.
        command: &'static str,
        /// What it said.
        stderr: String,
    },
    /// A remote could not be reached, or refused what was asked of it.
    #[error("{fault}{}", said_below(.words))]
    Remote {
        /// What went wrong, as far as it is known.
        fault: RemoteFault,
        /// What git and the server said, safe to print.
        words: Vec<String>,
    },
}

fn said_below(words: &[String]) -> String {
    words.iter().map(|line| format!("\n  {line}")).collect()
}

/// One call of `git`.
pub(super) struct Git {
    command: &'static str,
    arguments: Vec<OsString>,
    place: Vec<OsString>,
    isolation: Isolation,
    input: Input,
    // Where what it prints goes, if not to us.
    output: Option<File>,
    limit: Duration,
    is_trial: bool,
    // How long it may say nothing.
    silence: Duration,
}

/// What a call said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: ExitStatus,
    pub(super) out: String,
    pub(super) err: String,
}

impl Said {
    fn text_of(self, command: &'static str) -> Result<String, GitError> {
        match self.status.success() {
            true => Ok(self.out),
            false => Err(GitError::Failed { command, stderr: crate::model::shown(self.err.trim()) }),
        }
    }
}

/// What a call reads on stdin.
enum Input {
    None,
    Bytes(Vec<u8>),
    File(File),
}

/// Whose settings a call sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Isolation {
    /// Those of the user and of the repository.
    User,
    /// Those of the repository alone.
    Repository,
    /// Those of the user, and how they reach hosts.
    Remote(Prompt),
}

impl Git {
    fn new(command: &'static str, arguments: &[&str], place: Vec<OsString>, isolation: Isolation) -> Self {
        let limit = if isolation == Isolation::Repository { STORE_LIMIT } else { PROJECT_LIMIT };
        Self {
            command,
            arguments: arguments.iter().map(OsString::from).collect(),
            place,
            isolation,
            input: Input::None,
            output: None,
            limit,
            silence: limit,
            is_trial: false,
        }
    }

    /// Prepares a call in a code repository, with the user's settings.
    pub(super) fn in_project(project: &CodeProject, command: &'static str, arguments: &[&str]) -> Self {
        let folder = project.work_dir.as_ref().unwrap_or(&project.git_dir);
        let place = vec!["--no-optional-locks".into(), "-C".into(), folder.into()];
        Self::new(command, arguments, place, Isolation::User)
    }

    /// Prepares a call on the user's own configuration, in no repository.
    pub(super) fn for_user(command: &'static str, arguments: &[&str]) -> Self {
        Self::new(command, arguments, Vec::new(), Isolation::User)
    }

    /// Prepares a call on a bare repository, with no settings but its own.
    pub(super) fn in_store(dir: &Path, command: &'static str, arguments: &[&str]) -> Self {
        let mut place = OsString::from("--git-dir=");
        place.push(dir);
        Self::new(command, arguments, vec![place], Isolation::Repository)
    }

    /// Prepares a call that reaches a remote, with the user's settings (so that credentials, ssh and
    /// proxies just work) but only by these transports.
    pub(super) fn to_remote(
        dir: &Path,
        transports: &[String],
        prompt: Prompt,
        command: &'static str,
        arguments: &[&str],
    ) -> Self {
        let mut place: Vec<OsString> = vec!["-c".into(), "protocol.allow=never".into()];
        place.extend(REMOTE_SETTINGS.iter().flat_map(|setting| ["-c".into(), setting.into()]));
        for transport in transports {
            place.extend(["-c".into(), format!("protocol.{transport}.allow=always").into()]);
        }
        let call = Self::in_store(dir, command, arguments);
        place.extend(call.place);
        // Somebody who types a password takes their time.
        let silence = if prompt == Prompt::Allow { REMOTE_LIMIT } else { SILENCE };
        Self { place, isolation: Isolation::Remote(prompt), limit: REMOTE_LIMIT, silence, ..call }
    }

    /// Lets it run the hooks of a folder, which know that they are tried.
    pub(super) fn with_hooks(mut self, folder: &Path) -> Self {
        let mut setting = OsString::from("core.hooksPath=");
        setting.push(folder);
        self.place.extend(["-c".into(), setting]);
        self.is_trial = true;
        self
    }

    /// Hands text in on stdin.
    pub(super) fn fed(mut self, input: Vec<u8>) -> Self {
        self.input = Input::Bytes(input);
        self
    }

    /// Hands a file in on stdin.
    pub(super) fn fed_file(mut self, file: File) -> Self {
        self.input = Input::File(file);
        self
    }

    /// Lets what it prints go into a file.
    pub(super) fn into_file(mut self, file: File) -> Self {
        self.output = Some(file);
        self
    }

    /// Adds a word as an argument.
    pub(super) fn word(mut self, word: &str) -> Self {
        self.arguments.push(word.into());
        self
    }

    /// Adds a path as an argument.
    pub(super) fn path(mut self, path: &Path) -> Self {
        self.arguments.push(path.into());
        self
    }

    /// Runs it; that it fails is an answer too.
    pub(super) fn run(self) -> Result<Said, GitError> {
        let command = self.command;
        let said = self.run_unless(|| false)?;
        said.ok_or(GitError::Failed { command, stderr: "it was stopped".to_owned() })
    }

    /// Runs it, asking `gives_up` every millisecond; `None` where it was ended for that.
    pub(super) fn run_unless(self, gives_up: impl FnMut() -> bool) -> Result<Option<Said>, GitError> {
        self.run_heard(&Arc::default(), gives_up)
    }

    /// Runs it as [`Git::run_unless`] does; what it says can be heard meanwhile.
    pub(super) fn run_heard(
        self,
        heard: &Arc<Heard>,
        mut gives_up: impl FnMut() -> bool,
    ) -> Result<Option<Said>, GitError> {
        let mut git = self.prepare();
        let (stdin, bytes) = match self.input {
            Input::None => (Stdio::null(), Vec::new()),
            Input::Bytes(bytes) => (Stdio::piped(), bytes),
            Input::File(file) => (file.into(), Vec::new()),
        };
        if let Some(file) = self.output {
            git.stdout(file);
        }
        let mut child = git.stdin(stdin).spawn().map_err(GitError::Start)?;
        let out = reader(child.stdout.take(), None);
        let err = reader(child.stderr.take(), Some(Arc::clone(heard)));
        write(child.stdin.take(), bytes);
        let started = Instant::now();
        let deadline = started + self.limit;
        let timeout = || GitError::Timeout { command: self.command, seconds: self.limit.as_secs() };
        let mut is_silent = false;
        let mut gives_up = || {
            let last = heard.at().unwrap_or(started);
            is_silent = self.silence < self.limit && last.elapsed() >= self.silence;
            is_silent || gives_up()
        };
        let ended = wait(&mut child, deadline, &mut gives_up)?;
        if is_silent {
            return Err(GitError::Remote { fault: RemoteFault::Silent, words: Vec::new() });
        }
        let status = match ended {
            End::Exited(status) => status,
            End::GivenUp => return Ok(None),
            End::Overdue => return Err(timeout()),
        };
        // What git leaves running may hold the pipes open for ever. One that fails early closes
        // them, and says why on stderr.
        let rest = |text: Receiver<String>| {
            let left = deadline.saturating_duration_since(Instant::now());
            text.recv_timeout(left).map_err(|_| timeout())
        };
        let (out, err) = (rest(out)?, rest(err)?);
        Ok(Some(Said { status, out, err }))
    }

    /// Runs it and returns what it printed; that it fails is an error.
    pub(super) fn text(self) -> Result<String, GitError> {
        let command = self.command;
        self.run()?.text_of(command)
    }

    /// Runs it as [`Git::run_unless`] does and returns what it printed; that it fails is an error.
    pub(super) fn text_unless(self, gives_up: impl FnMut() -> bool) -> Result<Option<String>, GitError> {
        let command = self.command;
        self.run_unless(gives_up)?.map(|said| said.text_of(command)).transpose()
    }

    fn prepare(&self) -> Command {
        let mut git = Command::new("git");
        // What a hook or an outer git exports would make a child git open another repository.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("GIT_") && !self.keeps(&name) {
                git.env_remove(name.as_ref());
            }
        }
        git.env_remove("LC_ALL").env("LC_MESSAGES", "C").env("GIT_NO_LAZY_FETCH", "1");
        if self.isolation != Isolation::Remote(Prompt::Allow) {
            git.env("GIT_TERMINAL_PROMPT", "0");
        }
        match self.isolation {
            Isolation::Repository => {
                git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
            }
            // Nobody is there to answer in a window either.
            Isolation::Remote(Prompt::Never) => {
                git.env("GIT_ASKPASS", "").env_remove("SSH_ASKPASS").env("SSH_ASKPASS_REQUIRE", "never");
            }
            Isolation::Remote(Prompt::Allow) | Isolation::User => {}
        }
        if self.is_trial {
            git.env("GIT_SESSION_PROBE", "1");
        }
        git.stdout(Stdio::piped()).stderr(Stdio::piped());
        git.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        git.arg("--no-pager").args(&self.place).arg(self.command).args(&self.arguments);
        git
    }

    fn keeps(&self, variable: &str) -> bool {
        let is_kept = REMOTE_VARIABLES.contains(&variable) || variable.starts_with("GIT_SSL_");
        matches!(self.isolation, Isolation::Remote(_)) && is_kept
    }
}

impl Store {
    /// Prepares a call on this store.
    pub(super) fn git(&self, command: &'static str, arguments: &[&str]) -> Git {
        Git::in_store(&self.dir, command, arguments)
    }
}

// Both pipes are emptied while git runs; a full one would make it wait for ever. One that prints
// without end is cut off, and ends of it.
fn reader(pipe: Option<impl Read + Send + 'static>, heard: Option<Arc<Heard>>) -> Receiver<String> {
    let (said, text) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let _ = read_all(pipe.take(OUTPUT_BYTES), &mut bytes, heard.as_deref());
        }
        // Nobody may listen any more, once it took too long.
        let _ = said.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}

fn read_all(mut pipe: impl Read, bytes: &mut Vec<u8>, heard: Option<&Heard>) -> std::io::Result<()> {
    let mut part = vec![0; 64 * 1024];
    loop {
        let new = match pipe.read(&mut part) {
            Ok(0) => return Ok(()),
            Ok(count) => part.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        bytes.extend_from_slice(new);
        if let Some(heard) = heard {
            heard.note(new);
        }
    }
}

fn write(pipe: Option<std::process::ChildStdin>, input: Vec<u8>) {
    std::thread::spawn(move || {
        if let Some(mut pipe) = pipe {
            let _ = pipe.write_all(&input);
        }
    });
}

/// How a call ended.
enum End {
    Exited(ExitStatus),
    GivenUp,
    Overdue,
}

fn wait(child: &mut Child, deadline: Instant, mut gives_up: impl FnMut() -> bool) -> Result<End, GitError> {
    loop {
        if let Some(status) = child.try_wait().map_err(GitError::Start)? {
            return Ok(End::Exited(status));
        }
        if gives_up() {
            return end(child).map(|()| End::GivenUp);
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(End::Overdue);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

// A git that is asked to end removes its lock files; one that is killed leaves them.
fn end(child: &mut Child) -> Result<(), GitError> {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended meanwhile.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    let deadline = Instant::now() + END;
    while child.try_wait().map_err(GitError::Start)?.is_none() {
        if Instant::now() >= deadline {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
