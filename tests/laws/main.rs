//! The laws of the store, on real repositories: what is recorded stays, in its order, exactly once.

mod check;
mod context;
mod durable;
mod faults;
mod finish;
mod import;
mod lab;
mod order;
mod processes;
mod readers;
mod samples;
mod totals;
