//! What recording a run costs, against git and against the disk, in one run of the program.
//!
//! `cargo bench --bench record` prints medians in milliseconds: in process and as a whole process,
//! at run 5 and at run 5,000; the same work by git's plumbing, by `git fast-import`, by gix without
//! syncs, and two floors: its bytes in two files that are synced, and its files, written as a record
//! writes them, without anything else; then 8 processes at once.
//! `cargo bench --bench record -- scale 100000` records that many runs with maintenance as it
//! comes, and prints what the store takes and what a record and a list cost then.
//! `cargo bench --bench record -- inside 5000` records in process in a session of that many runs,
//! again and again, for a profiler to look at.
//! Nothing is asserted: the numbers depend on the machine.

mod crowd;
mod floor;
mod others;
mod ours;
#[path = "../program/mod.rs"]
mod program;
mod scale;

use std::rc::Rc;
use std::time::Duration;

use git_session::store::Durability;

use others::Extent;
use ours::Bench;

/// How many files a context has, how many of them change in a run, and their size in bytes.
const FILES: usize = 50;
const CHANGED: usize = 3;
const BYTES: usize = 4096;
const SAMPLES: usize = 200;
/// How many samples of one kind are taken in a row.
const ROW: usize = 10;
const EARLY: u64 = 5;
const LATE: u64 = 5000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match arguments.as_slice() {
        [word, runs] if word == "scale" => scale::run(runs.parse().expect("a number of runs")),
        [word, runs] if word == "inside" => inside(runs.parse().expect("a number of runs")),
        _ => records(),
    }
}

fn inside(runs: u64) {
    let bench = Bench::at(runs).copy(Durability::Off);
    let time = median((0..SAMPLES * ROW).map(|_| bench.in_process()).collect());
    println!("in process, nothing synced  {}", millis(time));
}

/// Does the work once and tells how long that took.
type Sample<'a> = Box<dyn FnMut() -> Duration + 'a>;

fn records() {
    // All folders stay until the end: what is deleted slows down what is measured next.
    let mut others = [
        others::plumbing(Extent::Context),
        others::plumbing(Extent::Everything),
        others::fast_import(),
        others::gix_unsynced(),
        floor::two_files(),
        floor::all_files(),
    ];
    let [plumbing, same, import, gix, two_files, all_files] = in_turns(&mut others);
    println!("git plumbing, 5 processes, not synced    {}", millis(plumbing));
    println!("git plumbing, 6 processes, our objects   {}", millis(same));
    println!("git fast-import, 1 process, git's syncs  {}", millis(import));
    println!("gix in process, not synced               {}", millis(gix));
    println!("floor: the same bytes in 2 synced files  {}", millis(two_files));
    println!("floor: its 11 files, and nothing else    {}", millis(all_files));
    let [plumbing, same, _, gix, ..] = others;
    let made = [Bench::at(EARLY), Bench::at(LATE)];
    let mut compared = [plumbing, same, gix];
    let kept =
        [Durability::Batch, Durability::Off].map(|durability| recorded(durability, &made, &mut compared));
    crowd::run();
    drop(kept);
}

fn recorded(durability: Durability, made: &[Bench; 2], compared: &mut [Sample<'_>; 3]) -> [Rc<Bench>; 2] {
    let [early, late] = made.each_ref().map(|bench| Rc::new(bench.copy(durability)));
    let sample = |bench: &Rc<Bench>, work: fn(&Bench) -> Duration| -> Sample<'_> {
        let bench = Rc::clone(bench);
        Box::new(move || work(&bench))
    };
    let [plumbing, same, gix] = compared;
    let mut samples: [Sample<'_>; 10] = [
        Box::new(gix),
        sample(&early, Bench::in_process),
        sample(&late, Bench::in_process),
        sample(&late, Bench::of_what_changed),
        Box::new(plumbing),
        Box::new(same),
        sample(&early, Bench::whole_process),
        sample(&late, Bench::whole_process),
        sample(&early, Bench::with_an_id),
        sample(&late, Bench::with_an_id),
    ];
    let [gix, early_inside, late_inside, changed, plumbing, same, early_whole, late_whole, early_id, late_id] =
        in_turns(&mut samples);
    let inside = told(early_inside, late_inside);
    println!("{durability:?}, in process     {inside}, {:.2} times gix", ratio(late_inside, gix));
    println!("{durability:?}, only what changed  {}, {:.2} times gix", millis(changed), ratio(changed, gix));
    let whole = told(early_whole, late_whole);
    let (less, same) = (ratio(late_whole, plumbing), ratio(late_whole, same));
    println!(
        "{durability:?}, whole process  {whole}, {less:.2} times plumbing, {same:.2} times of our objects"
    );
    println!("{durability:?}, with an id     {}", told(early_id, late_id));
    [early, late]
}

fn told(early: Duration, late: Duration) -> String {
    let times = ratio(late, early);
    format!("{} at run {EARLY}, {} at run {LATE} ({times:.2} times)", millis(early), millis(late))
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// Takes samples of each in turns, a row of them each time, so that what else the machine does hits
/// all alike, and what was deleted before too: ext4 looks for a new file's place past each file that
/// was deleted in the last minutes (`recently_deleted` in its ialloc.c). Returns the medians.
fn in_turns<const N: usize>(works: &mut [Sample<'_>; N]) -> [Duration; N] {
    let mut taken = [const { Vec::new() }; N];
    for _ in 0..SAMPLES / ROW {
        works.iter_mut().zip(&mut taken).for_each(|(work, taken)| taken.extend((0..ROW).map(|_| work())));
    }
    taken.map(median)
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples[samples.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
