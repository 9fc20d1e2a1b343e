//! The laws of the store, on real repositories: what is recorded stays, in its order, exactly once.

mod check;
mod clocks;
mod context;
mod copies;
mod disk_errors;
mod disk_full;
mod durable;
mod faults;
mod finish;
mod gc;
mod gc_beside;
mod gc_killed;
mod import;
mod kills;
mod lab;
mod leftovers;
mod mounts;
mod order;
mod place;
mod processes;
mod read_only;
mod readers;
mod repair_killed;
mod samples;
mod totals;
mod trial;
