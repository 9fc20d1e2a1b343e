//! What recording a run costs, against git and against the disk, in one run of the program.
//!
//! `cargo bench --bench record` prints medians in milliseconds: in process and as a whole process,
//! at run 5 and at run 5,000; the same work by git's plumbing, by `git fast-import`, by gix without
//! syncs, and the floor, two files that are synced; then 8 processes at once.
//! `cargo bench --bench record -- scale 100000` records that many runs with maintenance as it
//! comes, and prints what the store takes and what a record and a list cost then.
//! Nothing is asserted: the numbers depend on the machine.

mod crowd;
mod others;
mod ours;
mod scale;

use std::time::Duration;

use git_session::store::Durability;

use ours::Bench;

/// How many files a context has, how many of them change in a run, and their size in bytes.
const FILES: usize = 50;
const CHANGED: usize = 3;
const BYTES: usize = 4096;
const SAMPLES: usize = 200;
const EARLY: u64 = 5;
const LATE: u64 = 5000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match arguments.as_slice() {
        [word, runs] if word == "scale" => scale::run(runs.parse().expect("a number of runs")),
        _ => records(),
    }
}

fn records() {
    let plumbing = others::plumbing();
    let gix = others::gix_unsynced();
    println!("git plumbing, 5 processes, not synced    {}", millis(plumbing));
    println!("git fast-import, 1 process, not synced   {}", millis(others::fast_import()));
    println!("gix in process, not synced               {}", millis(gix));
    println!("floor: the same bytes in 2 synced files  {}", millis(others::floor()));
    for durability in [Durability::Batch, Durability::Off] {
        let (early, late) = (Bench::at(durability, EARLY), Bench::at(durability, LATE));
        // In turns, so that what else the machine does hits both alike.
        let inside = medians(|| (early.in_process(), late.in_process()));
        let whole = medians(|| (early.whole_process(), late.whole_process()));
        println!("{durability:?}, in process     {}, {:.2} times gix", told(inside), ratio(inside.1, gix));
        println!(
            "{durability:?}, whole process  {}, {:.2} times plumbing",
            told(whole),
            ratio(whole.1, plumbing)
        );
    }
    crowd::run();
}

fn told((early, late): (Duration, Duration)) -> String {
    let times = ratio(late, early);
    format!("{} at run {EARLY}, {} at run {LATE} ({times:.2} times)", millis(early), millis(late))
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

fn medians(sample: impl Fn() -> (Duration, Duration)) -> (Duration, Duration) {
    let (early, late): (Vec<_>, Vec<_>) = (0..SAMPLES).map(|_| sample()).unzip();
    (median(early), median(late))
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples[samples.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
