//! What reading costs, against git on the same store, in one run of the program.
//!
//! `cargo bench --bench read` prints medians in milliseconds of whole processes, and the most memory
//! that each took, in sessions of 5 and of 5,000 runs.
//! Nothing is asserted: the numbers depend on the machine.

mod differences;
mod process;
#[path = "../program/mod.rs"]
mod program;
mod session;

use std::time::Duration;

use process::{Cost, cost};
use session::Session;

/// How many runs the sessions have.
const RUNS: [usize; 2] = [5, 5000];
/// How often each command is run.
const SAMPLES: usize = 15;

/// The same question to us and to git.
struct Question {
    what: &'static str,
    ours: Vec<String>,
    gits: Vec<String>,
}

fn main() {
    for runs in RUNS {
        let session = Session::with_runs(runs);
        println!("{runs} runs");
        for question in questions(&session) {
            ask(&session, &question);
        }
    }
}

fn ask(session: &Session, question: &Question) {
    // In turns, so that what else the machine does hits both alike.
    let (ours, gits): (Vec<Cost>, Vec<Cost>) = (0..SAMPLES)
        .map(|_| (cost(&mut session.ours(&question.ours)), cost(&mut session.git(&question.gits))))
        .unzip();
    let (our_time, git_time) = (median(&ours), median(&gits));
    println!(
        "  {:<28} {:>8.2} ms  {:>4} MiB   git {:>8.2} ms  {:>4} MiB   {:.2} times",
        question.what,
        millis(our_time),
        most(&ours),
        millis(git_time),
        most(&gits),
        our_time.as_secs_f64() / git_time.as_secs_f64(),
    );
}

fn questions(session: &Session) -> Vec<Question> {
    let branch = session.branch();
    let ask = |what, ours: &[&str], gits: &[&str]| Question {
        what,
        ours: ours.iter().map(|word| (*word).to_owned()).collect(),
        gits: gits.iter().map(|word| (*word).to_owned()).collect(),
    };
    let trailers = "%h %(trailers:key=Run-Id,valueonly) %(trailers:key=Run-Status,valueonly) %s";
    let runs = format!("--format={trailers}");
    let mut questions = vec![
        ask("log, git log", &["log"], &["log", &branch]),
        ask("log, git log --name-status", &["log"], &["log", "--name-status", &branch, "--", "context"]),
        ask("log --oneline", &["log", "--oneline"], &["log", "--oneline", &branch]),
        ask("log -n 20", &["log", "-n", "20"], &["log", "-n", "20", &branch]),
        ask("log -- KEY", &["log", "--", "build.command"], &["log", &branch, "--", "context/knowledge"]),
        ask("runs, git log --format", &["runs"], &["log", &runs, &branch]),
        ask("runs -n 20", &["runs", "-n", "20"], &["log", "-n", "20", &runs, &branch]),
        ask("show RUN, git show --stat", &["show", "@1"], &["show", "--stat", &branch]),
        ask("blame of 5,000 lines", &["blame", "plan.md"], &["blame", &branch, "--", "context/plan.md"]),
        ask(
            "blame KEY",
            &["blame", "build.command"],
            &["blame", &branch, "--", "context/knowledge/build.command.md"],
        ),
        ask("search", &["-q", "search", "retry"], &["log", "--grep=retry", &branch]),
    ];
    questions.extend(differences::questions(&branch));
    questions
}

fn median(costs: &[Cost]) -> Duration {
    let mut times: Vec<Duration> = costs.iter().map(|cost| cost.time).collect();
    times.sort();
    times[times.len() / 2]
}

fn most(costs: &[Cost]) -> u64 {
    costs.iter().map(|cost| cost.kibibytes).max().unwrap_or(0) / 1024
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
