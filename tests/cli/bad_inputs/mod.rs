//! The table "Bad inputs to try" of docs and threat model: what people, agents, files and
//! surroundings get wrong, or mean to, and what must come of it.
//!
//! Each row is run twice, for people and with `--json`. Whatever it is, the program must end in
//! time and by itself, print nothing that steers a terminal, name what is wrong and a way out, and
//! leave the store as it was unless the row says that something is recorded.

mod branches;
mod bundles;
mod command_lines;
mod differences;
mod documents;
mod events;
mod folders;
mod histories;
mod names;
mod paths;
mod purges;
mod remotes;
mod runner;
mod settings;
mod stores;
mod surroundings;

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::process::Command;

use crate::env::TestEnv;

use runner::Reader;
pub use runner::assert_clean;

/// The rows of the table that this build can be held to: all.
const COVERED: [std::ops::RangeInclusive<u8>; 1] = [1..=64];

/// What a row does to a place.
type Doing = Box<dyn Fn(&TestEnv) + Send>;
/// What a row does to its command.
type Changing = Box<dyn Fn(&TestEnv, &mut Command) + Send>;

/// What becomes of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// It is byte for byte what it was.
    Unchanged,
    /// Its refs are what they were. Objects that nothing points to may have come.
    Unmoved,
    /// Something was recorded, and git finds nothing wrong with it.
    Recorded,
}

/// One bad input.
struct Row {
    number: u8,
    what: String,
    set_up: Option<(TypeId, Doing)>,
    arguments: Vec<OsString>,
    change: Option<Changing>,
    stdin: Vec<u8>,
    exits: Vec<i32>,
    says: Vec<String>,
    after: After,
    then: Option<Doing>,
    readers: &'static [Reader],
}

impl Row {
    /// A row whose command line is this; `$TMP` in it is the place that it runs in.
    fn new(number: u8, arguments: &[&str]) -> Self {
        Self {
            number,
            what: String::new(),
            set_up: None,
            arguments: arguments.iter().map(OsString::from).collect(),
            change: None,
            stdin: b"x".to_vec(),
            exits: vec![1],
            says: Vec::new(),
            after: After::Unchanged,
            then: None,
            readers: &[Reader::Person, Reader::Program],
        }
    }

    /// Says what is bad about it, where the command line does not.
    fn what(mut self, what: &str) -> Self {
        self.what = what.to_owned();
        self
    }

    /// Prepares the place. Rows that change nothing share it: those with the same function here
    /// and the same `what`, which must therefore tell apart what a closure holds.
    fn given<F: Fn(&TestEnv) + Send + 'static>(mut self, set_up: F) -> Self {
        self.set_up = Some((TypeId::of::<F>(), Box::new(set_up)));
        self
    }

    /// Tries it for people only, because it takes long.
    fn once(mut self) -> Self {
        self.readers = &[Reader::Person];
        self
    }

    /// Changes the command.
    fn with(mut self, change: impl Fn(&TestEnv, &mut Command) + Send + 'static) -> Self {
        self.change = Some(Box::new(change));
        self
    }

    /// Adds an argument that is no text.
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.arguments.push(OsString::from_vec(bytes.to_vec()));
        self
    }

    /// Hands this in on stdin.
    fn fed(mut self, stdin: &[u8]) -> Self {
        self.stdin = stdin.to_vec();
        self
    }

    /// Says how it must end; 1 where nothing is said.
    fn exits(mut self, codes: &[i32]) -> Self {
        self.exits = codes.to_vec();
        self
    }

    /// Says what must be printed.
    fn says(mut self, words: &str) -> Self {
        self.says.push(words.to_owned());
        self
    }

    /// Says that something is recorded.
    fn records(mut self) -> Self {
        self.after = After::Recorded;
        self.exits = vec![0];
        self
    }

    /// Says that it fails after objects were written, which is harmless.
    fn moves_nothing(mut self) -> Self {
        self.after = After::Unmoved;
        self
    }

    /// Says that it is no failure, though nothing is recorded.
    fn works(mut self) -> Self {
        self.exits = vec![0];
        self
    }

    /// Adds what must hold afterwards.
    fn then(mut self, check: impl Fn(&TestEnv) + Send + 'static) -> Self {
        self.then = Some(Box::new(check));
        self
    }
}

#[test]
fn bad_inputs_are_refused_and_leave_the_store_alone() {
    let tables: [fn() -> Vec<Row>; 15] = [
        names::rows,
        paths::rows,
        folders::rows,
        documents::rows,
        stores::rows,
        surroundings::rows,
        settings::rows,
        command_lines::rows,
        differences::rows,
        histories::rows,
        branches::rows,
        remotes::rows,
        purges::rows,
        bundles::rows,
        events::rows,
    ];
    let counts: Vec<BTreeMap<u8, usize>> = std::thread::scope(|scope| {
        let running: Vec<_> = tables.map(|rows| scope.spawn(move || runner::run(rows()))).into();
        running.into_iter().map(|table| table.join().expect("each row of the table must hold")).collect()
    });
    let mut total: BTreeMap<u8, usize> = BTreeMap::new();
    for (number, count) in counts.into_iter().flatten() {
        *total.entry(number).or_default() += count;
    }
    let expected: BTreeSet<u8> = COVERED.into_iter().flatten().collect();
    let missing: Vec<u8> = expected.iter().filter(|number| !total.contains_key(number)).copied().collect();
    assert!(missing.is_empty(), "each row of the table must be tried: {missing:?} is not");
    let inputs: usize = total.values().sum();
    println!(
        "{inputs} bad inputs of rows 1-64: none crashed, hung or steered a terminal, \
         and what was refused left the store unchanged"
    );
    println!("inputs by row: {total:?}");
}
