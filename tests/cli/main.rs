//! The command line as people and scripts meet it: the real binary, in a place of its own.
#![allow(clippy::unwrap_used, clippy::panic)]
#![expect(clippy::too_many_lines, reason = "the snapshots are long, not the tests")]

mod bad_inputs;
mod bad_store;
mod branch;
mod brief;
mod check;
mod context;
mod env;
mod facts;
mod gc;
mod harness;
mod import;
mod odd_input;
mod open_run;
mod program;
mod record;
mod redact;
mod run;
mod show;
mod signals;
mod start;
