//! Results as text for people.
//!
//! Nothing here decides anything. Every text that was stored goes through [`safe`] before it is
//! printed; colours are always written, and taken out again where the output is no terminal.

mod brief;
mod check;
mod gc;
#[cfg(test)]
mod hostile;
mod look;
mod run;
mod session;
mod table;
mod words;

pub(crate) use brief::markdown;
pub(crate) use check::{check_report, repair_plan, repaired};
pub(crate) use gc::{collected, gc_step, size_after};
pub(crate) use look::{Look, safe, safe_line, style};
pub(crate) use run::{changed_line, decisions, facts, log, recorded_line, redactions, run_view, runs_table};
pub(crate) use session::{context_table, list_table, session_view, status};
pub(crate) use words::{ago, count, duration, money};
