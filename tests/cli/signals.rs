//! `run -- COMMAND` when somebody is killed.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::env::{TestEnv, output};

/// Starts a run whose command does something, says that it is up, and goes on with something that
/// lasts as long as its stdin. Returns when it is up.
fn start(env: &TestEnv, first: &str, lasting: &str) -> Child {
    let up = env.path("up");
    assert!(output(env.program("mkfifo").arg(&up)).status.success());
    let script = format!("{first}\necho up > '{}'; {lasting}", up.display());
    let mut command = env.command(&["run", "-m", "Wait", "--", "sh", "-c", &script]);
    // A group of its own, so that the test can end all of it.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("started");
    let mut said = String::new();
    File::open(up).expect("opened").read_to_string(&mut said).expect("read");
    assert_eq!(said, "up\n");
    child
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("pid")).expect("pid")
}

/// Signals a run and waits for its end. Its command keeps its stdin until then: what ends it is
/// the signal.
fn signalled(mut child: Child, signal: Signal) -> Output {
    let stdin = child.stdin.take();
    kill_process(pid(&child), signal).expect("signalled");
    child.wait().expect("waited");
    drop(stdin);
    child.wait_with_output().expect("read")
}

#[test]
fn a_signal_is_handed_on_and_the_run_is_cancelled() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let env = TestEnv::with_session();
        let child = start(&env, "echo begun > \"$GIT_SESSION_CONTEXT/notes.md\"", "exec cat");
        let out = signalled(child, signal);
        assert_eq!(out.status.code(), Some(code), "{signal:?}: {}", env.text(&out));
        let run = &env.json(&["runs"])[0];
        assert_eq!((&run["status"], &run["exit_code"]), (&"cancelled".into(), &code.into()), "{signal:?}");
        assert_eq!(env.ok(&["context", "cat", "notes.md"]), "begun\n", "what it had done is kept");
        env.fsck();
    }
}

#[test]
fn a_command_may_end_in_its_own_way() {
    let env = TestEnv::with_session();
    // `wait` is what a trapped signal interrupts.
    let child = start(&env, "trap 'echo stopped; exit 0' TERM; exec 3<&0", "cat <&3 & wait");
    let out = signalled(child, Signal::TERM);
    assert_eq!((out.status.code(), out.stdout.as_slice()), (Some(0), b"stopped\n".as_slice()));
    assert_eq!(env.json(&["runs"])[0]["status"], "succeeded", "the command said that all is well");
}

#[test]
fn a_run_whose_recorder_was_killed_stays_open() {
    let env = TestEnv::with_session();
    let mut child = start(&env, "echo half > \"$GIT_SESSION_CONTEXT/notes.md\"", "exec cat");
    kill_process(pid(&child), Signal::KILL).expect("killed");
    child.wait().expect("waited");
    // Its command has lost its stdin and ends by itself; the group is there until then.
    let _ = kill_process_group(pid(&child), Signal::KILL);
    insta::assert_snapshot!(env.run(&["status"]), @"
    63d76e70 Fix the login test  (active, chosen with switch)
    0 runs

    open runs (git session finish RUN, or git session abort RUN):
      80edf5b6  began 0 seconds ago  Wait

    0 runs in this store exist only here (not pushed anywhere)
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["runs"]), @"
    RUN       STATUS   SUMMARY  FINISHED
    80edf5b6  running  Wait     began 0 seconds ago
    [exit 0]
    ");
    insta::assert_snapshot!(env.run(&["record", "-m", "Meanwhile"]), @"
    0b062d71 #1 succeeded in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    env.fsck();
    env.advance(300);
    insta::assert_snapshot!(env.run(&["finish", "--status", "interrupted"]), @"
    80edf5b6 #2 interrupted in fix-the-login-test-63d76e70: context changed: notes.md
    [exit 0]
    ");
    assert_eq!(env.ok(&["context", "cat", "notes.md"]), "half\n", "what it had done is kept");
    assert!(!env.run(&["status"]).contains("open runs"), "nothing is open any more");
    env.fsck();
}

#[test]
fn an_aborted_run_of_a_killed_recorder_is_cancelled() {
    let env = TestEnv::with_session();
    let mut child = start(&env, ":", "exec cat");
    kill_process(pid(&child), Signal::KILL).expect("killed");
    child.wait().expect("waited");
    let _ = kill_process_group(pid(&child), Signal::KILL);
    insta::assert_snapshot!(env.run(&["abort"]), @"
    80edf5b6 #1 cancelled in fix-the-login-test-63d76e70: context unchanged
    [exit 0]
    ");
    assert_eq!(fs::read_dir(env.store().join("git-session/runs")).expect("folder").count(), 0);
    env.fsck();
}

/// Types Ctrl-C into the terminal of a run, as people do: the whole foreground group gets it.
const TYPE_CTRL_C: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
while b"up" not in seen:
    seen += os.read(terminal, 1024)
os.write(terminal, b"\x03")
try:
    while True:
        more = os.read(terminal, 1024)
        if not more:
            break
        seen += more
except OSError:
    pass
_, status = os.waitpid(pid, 0)
print(seen.count(b"interrupted"), os.waitstatus_to_exitcode(status))
"#;

#[test]
fn ctrl_c_reaches_the_command_once() {
    let env = TestEnv::with_session();
    if !env.program("python3").args(["-c", "import pty"]).output().is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: only python3 can type into a terminal here");
        return;
    }
    let script = "trap 'echo interrupted' INT; sh -c 'echo up; exec cat'; exit 7";
    let command = env.command(&["run", "-q", "--", "sh", "-c", script]);
    let mut with_terminal = env.program("python3");
    with_terminal.arg("-c").arg(TYPE_CTRL_C).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            with_terminal.env(name, value);
        }
    }
    insta::assert_snapshot!(env.text(&output(&mut with_terminal)), @"
    1 7
    [exit 0]
    ");
    assert_eq!(env.json(&["runs"])[0]["status"], "cancelled", "somebody asked it to end");
}
