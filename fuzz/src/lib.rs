//! What each fuzz target does with its bytes: it reads them as a stranger's, and fails where that
//! panics or where what was read is not what is printed.

pub mod babysitter_journal;
pub mod babysitter_state;
pub mod manifest;
pub mod names;
pub mod redact;
pub mod run_record;
pub mod run_spec;

mod document;
mod imported;

/// A target: its name, what it does, and the inputs to start from.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// What it does with its bytes.
    pub run: fn(&[u8]),
    /// The inputs to start from.
    pub seeds: &'static [&'static [u8]],
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target { name: "manifest", run: manifest::run, seeds: &manifest::SEEDS },
    Target { name: "redact", run: redact::run, seeds: &redact::SEEDS },
    Target { name: "run_record", run: run_record::run, seeds: &run_record::SEEDS },
    Target { name: "names", run: names::run, seeds: &names::SEEDS },
    Target { name: "run_spec", run: run_spec::run, seeds: &run_spec::SEEDS },
    Target { name: "babysitter_journal", run: babysitter_journal::run, seeds: &babysitter_journal::SEEDS },
    Target { name: "babysitter_state", run: babysitter_state::run, seeds: &babysitter_state::SEEDS },
];
