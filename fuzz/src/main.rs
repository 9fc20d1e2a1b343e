//! Fuzzing without a nightly toolchain: mutates the seeds of each target for some seconds.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml -- [SECONDS [TARGET]]`; `-- seeds fuzz/corpus` writes
//! the seeds to where `cargo fuzz` starts from. It sees no coverage, so
//! `cargo fuzz` finds more; but it runs anywhere, and the same seed makes the same inputs.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use git_session_fuzz::{TARGETS, Target};

/// How long each target runs where nothing is said, in seconds.
const SECONDS: u64 = 10;
/// The longest input, in bytes.
const LONGEST: usize = 16 * 1024;
/// How many mutated inputs are kept to mutate further.
const KEPT: usize = 64;
/// What hostile input is made of, besides bytes.
const PIECES: [&str; 24] = [
    "..",
    "/",
    "@",
    "@-1",
    "\u{202e}",
    "\x1b[2J",
    "\0",
    "\r\n",
    "\n---\n",
    "\n\n",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "null",
    "1e999",
    "-9223372036854775808",
    "18446744073709551616",
    "&a *a",
    "!!x",
    "\u{feff}",
];

/// A generator of numbers that are the same in every run (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or_default() % limit.max(1)
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (first, wanted) = (arguments.next(), arguments.next());
    if first.as_deref() == Some("seeds") {
        return write_seeds(wanted.as_deref().unwrap_or("fuzz/corpus"));
    }
    let seconds = first.and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let chosen = |target: &&Target| wanted.as_deref().is_none_or(|name| name == target.name);
    let mut finds = 0;
    for target in TARGETS.iter().filter(chosen) {
        let (executions, found) = fuzz(target, Duration::from_secs(seconds));
        println!("{}: {executions} executions in {seconds} s, {found} finds", target.name);
        finds += found;
    }
    if finds == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write_seeds(folder: &str) -> ExitCode {
    let write = |target: &Target| -> std::io::Result<()> {
        let folder = std::path::Path::new(folder).join(target.name);
        std::fs::create_dir_all(&folder)?;
        let mut seeds = target.seeds.iter().enumerate();
        seeds.try_for_each(|(n, seed)| std::fs::write(folder.join(n.to_string()), seed))
    };
    match TARGETS.iter().try_for_each(write) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("could not write the seeds: {error}");
            ExitCode::FAILURE
        }
    }
}

// One find is enough: what follows is most often the same again.
fn fuzz(target: &Target, limit: Duration) -> (u64, u32) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut kept: VecDeque<Vec<u8>> = target.seeds.iter().map(|seed| seed.to_vec()).collect();
    let (begun, mut executions) = (Instant::now(), 0);
    while begun.elapsed() < limit {
        let mut input = kept[random.below(kept.len())].clone();
        for _ in 0..=random.below(6) {
            mutate(&mut input, &kept, &mut random);
        }
        input.truncate(LONGEST);
        executions += 1;
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            eprintln!("{} fails with: {:?}", target.name, String::from_utf8_lossy(&input));
            return (executions, 1);
        }
        // The seeds stay, so that not everything drifts into garbage.
        if executions % 16 == 0 {
            if kept.len() >= KEPT {
                kept.remove(target.seeds.len());
            }
            kept.push_back(input);
        }
    }
    (executions, 0)
}

fn mutate(input: &mut Vec<u8>, kept: &VecDeque<Vec<u8>>, random: &mut Random) {
    let at = random.below(input.len() + 1);
    let end = (at + random.below(16)).min(input.len());
    match random.below(7) {
        0 => drop(input.splice(at..at, [random.below(256) as u8])),
        1 => drop(input.drain(at..end)),
        2 => drop(input.splice(at..end, PIECES[random.below(PIECES.len())].bytes())),
        3 if at < input.len() => input[at] ^= 1 << random.below(8),
        4 => {
            let piece = input[at..end].repeat(1 + random.below(200));
            drop(input.splice(at..at, piece));
        }
        5 => {
            let other = &kept[random.below(kept.len())];
            let from = random.below(other.len() + 1);
            let to = (from + random.below(200)).min(other.len());
            drop(input.splice(at..end, other[from..to].to_vec()));
        }
        _ => input.truncate(at),
    }
}
