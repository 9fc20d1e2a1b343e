//! Results as text for people.
//!
//! Nothing here decides anything. Every text that was stored goes through [`safe`] before it is
//! printed; colours are always written, and taken out again where the output is no terminal.

mod blame;
mod branch;
mod brief;
mod check;
mod code;
mod compare;
mod diff;
pub(crate) mod export;
mod field_values;
mod fields;
mod forks;
mod gc;
mod graph;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_branches;
#[cfg(test)]
mod hostile_export;
#[cfg(test)]
mod hostile_share;
#[cfg(test)]
mod hostile_width;
mod log;
mod look;
mod purge;
mod run;
mod search;
mod session;
mod share;
mod side;
mod table;
mod words;
mod wrap;

pub(crate) use blame::blame;
pub(crate) use branch::{changes_table, forked_line, merged, rewound, undone};
pub(crate) use brief::markdown;
pub(crate) use check::{check_report, repair_plan, repaired};
pub(crate) use code::{code_runs, run_commits};
pub(crate) use compare::{compare_csv, compare_markdown, compare_table};
pub(crate) use diff::{
    FileParts, FilesPrinter, Words, context_diff, diff, file_line, name_only, name_status, stat,
};
pub(crate) use fields::{Format, FormatError};
pub(crate) use forks::forks_table;
pub(crate) use gc::{collected, gc_step, size_after};
pub(crate) use log::{LogForm, log, log_graph};
pub(crate) use look::{Look, ascii_controls, push_safe, safe, safe_line, style};
pub(crate) use purge::{purge_plan, purged, rotate};
pub(crate) use run::{changed_line, decisions, facts, recorded_line, redactions, run_view, runs_table};
pub(crate) use search::hits;
pub(crate) use session::{context_table, list_table, session_view, status, tree_table};
pub(crate) use share::{exported, imported, pulled, push_queue, pushed, unpushed};
pub(crate) use table::cut as cut_to_width;
pub(crate) use words::{ago, count, duration, money};
