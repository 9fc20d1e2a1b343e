//! What a process costs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a process took.
pub struct Cost {
    pub time: Duration,
    /// The most memory that it had at once.
    pub kibibytes: u64,
}

/// Runs a command to its end; what it prints goes nowhere.
pub fn cost(command: &mut Command) -> Cost {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let child = command.spawn().expect("started");
    let (succeeded, kibibytes) = wait(child.id());
    assert!(succeeded, "{command:?} must succeed");
    Cost { time: started.elapsed(), kibibytes }
}

#[expect(unsafe_code, reason = "the memory of one child is told by wait4(2) alone")]
fn wait(id: u32) -> (bool, u64) {
    let id = libc::pid_t::try_from(id).expect("a process id");
    let mut status = 0;
    // SAFETY: a rusage is numbers alone, for which all zeros are valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers lead to values that live until the call returns.
    let waited = unsafe { libc::wait4(id, &raw mut status, 0, &raw mut usage) };
    assert_eq!(waited, id, "the child is ours and is waited for once");
    (status == 0, u64::try_from(usage.ru_maxrss).unwrap_or(0))
}
