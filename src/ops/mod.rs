//! What can be done with a store: one verb a file.
//!
//! Each verb takes the store, its arguments and an [`Env`] (clock, ids, identity, limits) and
//! returns what it did. Nothing here prints or reads the environment.

mod brief;
mod change;
mod check;
mod context;
mod create;
mod decide;
mod edit;
mod env;
mod error;
mod fact;
mod finish;
mod folder;
mod gc;
pub mod import;
mod list;
mod log;
mod merge_context;
mod note;
mod open_run;
mod plain_file;
mod record;
mod remove;
mod repair;
mod resolve;
mod runs;
mod scan;
mod show;
mod status;

pub use brief::{BriefOptions, brief};
pub use change::{ContextChanged, Place};
pub use check::{CheckLevel, CheckReport, Problem, ProblemKind, Severity, check};
pub use context::{
    ContextEntry, ExportOptions, Overwrite, Sensitive, cat_context, check_sensitive, describe_withheld,
    export_context, import_context, list_context, put_context, read_for_context, remove_context,
};
pub use create::{CreateOptions, Created, create};
pub use decide::{DecideOptions, Decided, DecisionRow, decide, find_decision, list_decisions, reject};
pub use edit::{EditOptions, edit};
pub use env::{Env, Limits};
pub use error::OpError;
pub use fact::{FactRow, list_facts, read_fact, remove_fact, set_fact};
pub use finish::{FinishOptions, abort, discard, finish};
pub use folder::{FolderFile, FolderScan, scan_folder, scan_named};
pub use gc::{Collected, Expired, GcExtent, GcOptions, GcStep, GcWork, gc, plan_gc};
pub use import::{ImportPlan, Imported, import, plan_import};
pub use list::{AllSessions, ListOptions, Listed, SessionRow, list};
pub use log::{ChangedFile, LogEntry, log};
pub use merge_context::Winner;
pub use note::note;
pub use open_run::{BeginOptions, Begun, begin, checkpoint, open_record};
pub use plain_file::{NamedPath, open_text};
pub use record::{ContextInput, IdOrigin, RecordInput, Recorded, record};
pub use remove::{Removed, remove};
pub use repair::{RepairOptions, RepairPlan, Repaired, Step, plan_repair, repair};
pub use resolve::{Keep, resolve};
pub use runs::{RunRow, run_row, runs};
pub use scan::{SecretScan, StoredSecret, scan};
pub use show::{RunView, SessionView, show_run, show_session};
pub use status::{OpenRunView, Status, status};
