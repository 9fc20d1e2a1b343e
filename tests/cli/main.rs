//! The command line as people and scripts meet it: the real binary, in a place of its own.
#![allow(clippy::unwrap_used, clippy::panic)]
#![expect(clippy::too_many_lines, reason = "the snapshots are long, not the tests")]

mod bad_inputs;
mod bad_store;
mod blame;
mod branch;
mod brief;
mod check;
mod compare;
mod context;
mod diff;
mod doors;
mod env;
mod facts;
mod fork;
mod gc;
mod guides;
mod harness;
mod hooks;
mod import;
mod log;
mod merge;
mod odd_input;
mod open_run;
mod program;
mod record;
mod redact;
mod rewind;
mod run;
mod search;
mod share;
mod show;
mod signals;
mod start;
mod story;
mod undo;
