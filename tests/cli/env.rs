//! A temporary place to run the program in: own HOME, a Git project, a clock and ids that are fixed.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

pub const BINARY: &str = env!("CARGO_BIN_EXE_git-session");

/// Where one test runs the program.
pub struct TestEnv {
    root: tempfile::TempDir,
    base: PathBuf,
    seed: Cell<u32>,
    now: Cell<DateTime<Utc>>,
}

impl TestEnv {
    /// Makes a place with a Git project that has one commit, and no store yet.
    pub fn new() -> Self {
        let root = tempfile::tempdir().expect("temporary folder");
        let base = root.path().canonicalize().expect("real path");
        let now = "2026-11-22T10:00:00Z".parse().expect("time");
        let env = Self { root, base, seed: Cell::new(0), now: Cell::new(now) };
        fs::create_dir(env.path("home")).expect("made");
        fs::create_dir(env.path("project")).expect("made");
        env.project_git(&["init", "-q", "-b", "main"]);
        for (key, value) in [("user.name", "Ann"), ("user.email", "ann@example.com")] {
            env.project_git(&["config", key, value]);
        }
        // What a power cut leaves is tested elsewhere; here it would only wait for the disk.
        env.project_git(&["config", "session.fsync", "off"]);
        env.write("project/code.txt", "one\n");
        env.project_git(&["add", "."]);
        env.project_git(&["commit", "-q", "-m", "Begin"]);
        env
    }

    /// Makes a place with a store and a session "Fix the login test", which is current.
    pub fn with_session() -> Self {
        let env = Self::new();
        env.ok(&["new", "Fix the login test"]);
        env
    }

    /// Returns a path in the place.
    pub fn path(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    /// Returns a path in the place as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// Returns the project's store.
    pub fn store(&self) -> PathBuf {
        self.path("project/.git/sessions.git")
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("made");
        fs::write(&path, content).expect("written");
        self.arg(name)
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("readable")
    }

    /// Advances the clock that the program sees.
    pub fn advance(&self, seconds: i64) {
        self.now.set(self.now.get() + TimeDelta::seconds(seconds));
    }

    /// Makes a command that runs in the project and sees nothing of the user's surroundings.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let foreign = ["GIT_", "XDG_", "LC_", "CLICOLOR"].iter().any(|start| name.starts_with(start));
            if foreign || ["NO_COLOR", "PAGER", "COLUMNS", "COMPLETE", "EDITOR"].contains(&name.as_str()) {
                command.env_remove(name);
            }
        }
        let mut folders = vec![Path::new(BINARY).parent().expect("folder").to_owned()];
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").expect("PATH")));
        command
            .current_dir(self.path("project"))
            .env("PATH", std::env::join_paths(folders).expect("joined"))
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// Makes a command that runs git-session with a seed of its own.
    pub fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        self.seed.set(self.seed.get() + 1);
        let mut command = self.program(BINARY);
        command
            .args(args)
            .env("GIT_SESSION_DEBUG_NOW", self.now.get().to_rfc3339_opts(SecondsFormat::Secs, true))
            .env("GIT_SESSION_DEBUG_SEED", self.seed.get().to_string());
        command
    }

    /// Runs git-session; returns what it printed and its exit code as one text.
    pub fn run(&self, args: &[&str]) -> String {
        self.text(&output(&mut self.command(args)))
    }

    /// Runs git-session with text on its stdin.
    pub fn run_fed(&self, stdin: impl AsRef<[u8]>, args: &[&str]) -> String {
        self.text(&fed(&mut self.command(args), stdin.as_ref()))
    }

    /// Runs git-session, which must succeed; returns its stdout.
    pub fn ok(&self, args: &[&str]) -> String {
        let out = output(&mut self.command(args));
        assert!(out.status.success(), "{args:?} must succeed:\n{}", self.text(&out));
        String::from_utf8(out.stdout).expect("UTF-8")
    }

    /// Runs git-session with `--json`, which must succeed; returns what it printed.
    pub fn json(&self, args: &[&str]) -> serde_json::Value {
        let mut with_json = args.to_vec();
        with_json.push("--json");
        serde_json::from_str(&self.ok(&with_json)).expect("JSON")
    }

    /// Returns output and exit code as one text, the same in every temporary folder.
    pub fn text(&self, out: &Output) -> String {
        let base = self.base.to_str().expect("UTF-8");
        let mut text = String::from_utf8_lossy(&out.stdout).into_owned();
        if !out.stderr.is_empty() {
            text.push_str("[stderr]\n");
            text.push_str(&String::from_utf8_lossy(&out.stderr));
        }
        text.push_str(&match out.status.code() {
            Some(code) => format!("[exit {code}]"),
            None => format!("[{}]", out.status),
        });
        text.replace(base, "$TMP")
    }

    /// Runs plain git on the store, which must succeed; returns its stdout.
    pub fn git(&self, args: &[&str]) -> String {
        let mut command = self.program("git");
        command.arg("--git-dir").arg(self.store()).args(args);
        must(&mut command)
    }

    /// Runs git in the project, which must succeed; returns its stdout.
    pub fn project_git(&self, args: &[&str]) -> String {
        let mut command = self.program("git");
        // Fixed, so that the ids of the project's commits are.
        let date = "2026-11-22T09:00:00Z";
        command.args(args).env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
        must(&mut command)
    }

    /// Returns the ref of the session that `with_session` makes.
    pub fn branch(&self) -> &'static str {
        "refs/heads/session/fix-the-login-test-63d76e70"
    }

    /// Commits files onto a session's branch with plain git, as a teammate's program might.
    pub fn plant(&self, branch: &str, files: &[(&str, &[u8])]) {
        let index = self.path("index");
        let git = |args: &[&str]| {
            let mut command = self.program("git");
            command.arg("--git-dir").arg(self.store()).args(args).env("GIT_INDEX_FILE", &index);
            for who in ["AUTHOR", "COMMITTER"] {
                command
                    .env(format!("GIT_{who}_NAME"), "Bob")
                    .env(format!("GIT_{who}_EMAIL"), "bob@example.com");
                command.env(format!("GIT_{who}_DATE"), "2026-11-22T10:00:00Z");
            }
            must(&mut command).trim().to_owned()
        };
        git(&["read-tree", branch]);
        for (path, content) in files {
            let blob = git(&["hash-object", "-w", &self.write("planted", content)]);
            git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")]);
        }
        let tree = git(&["write-tree"]);
        let commit = git(&["commit-tree", "-p", branch, "-m", "Planted", &tree]);
        git(&["update-ref", branch, &commit]);
    }

    /// Asserts that git finds nothing wrong with the store.
    pub fn fsck(&self) {
        let mut command = self.program("git");
        command.arg("--git-dir").arg(self.store()).args(["fsck", "--strict", "--no-dangling"]);
        let out = output(&mut command);
        let said =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        // HEAD points to no branch in a store, and git says so.
        let said: Vec<&str> = said.lines().filter(|line| !line.starts_with("notice:")).collect();
        assert!(out.status.success() && said.is_empty(), "git fsck --strict must be clean: {said:?}");
    }

    /// Returns every file of the store with its content, but for the permanent lock files.
    pub fn store_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.store(), &mut files);
        files.sort();
        files
    }

    /// Returns the root of the place.
    pub fn base(&self) -> &Path {
        debug_assert!(self.root.path().exists());
        &self.base
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.ends_with("git-session/locks") {
            continue;
        }
        match entry.file_type().expect("type").is_dir() {
            true => collect(&path, files),
            false => files.push((path.clone(), fs::read(&path).unwrap_or_default())),
        }
    }
}

/// What a test changes about a command before it runs.
pub type Change<'a> = &'a dyn Fn(&mut Command) -> &mut Command;

/// Runs a command to its end.
pub fn output(command: &mut Command) -> Output {
    command.output().expect("started")
}

/// Runs a command with text on its stdin.
pub fn fed(command: &mut Command, stdin: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    let mut pipe = child.stdin.take().expect("piped");
    let text = stdin.to_vec();
    // A program that does not read all of it closes the pipe, which is its right.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&text)));
    let out = child.wait_with_output().expect("waited");
    writer.join().expect("written");
    out
}

fn must(command: &mut Command) -> String {
    let out = output(command);
    let error = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{command:?} must succeed: {error}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}
