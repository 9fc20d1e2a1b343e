//! What can be done with a store: one verb a file.
//!
//! Each verb takes the store, its arguments and an [`Env`] (clock, ids, identity, limits) and
//! returns what it did. Nothing here prints or reads the environment.

mod adopt;
mod arrived;
mod blame;
mod brief;
mod change;
mod changes;
mod check;
mod code_runs;
mod compare;
mod context;
mod create;
mod decide;
mod diff;
mod edit;
mod env;
mod error;
mod export;
mod fact;
mod fields;
mod finish;
mod folder;
mod fork;
mod forks;
mod gc;
pub mod import;
mod import_names;
mod link;
mod list;
mod log;
mod merge;
mod merge_context;
mod note;
mod open_run;
mod plain_file;
mod point;
mod purge;
mod record;
mod remove;
mod repair;
mod resolve;
mod rewind;
mod runs;
mod scan;
mod search;
mod select;
mod show;
mod status;
mod topic;
mod tree;
mod undo;

pub use adopt::adopt;
pub use arrived::is_shared;
#[cfg(test)]
pub(crate) use blame::SourcedLine;
pub use blame::{Blame, BlameSource, BlamedLine, BlamedLines, DecisionStory, RunStory, blame};
pub use brief::{BriefOptions, brief};
pub use change::{ContextChanged, Place};
pub use changes::{ChangeRow, changes};
pub use check::{CheckLevel, CheckReport, Problem, ProblemKind, Severity, check};
pub use code_runs::{CodeRun, FoundBy, RunCodeCommit, commits_of_runs, runs_of_commits};
pub use compare::{
    Better, CompareOptions, CompareRow, CompareSection, ComparedRun, Comparison, MOST_RUNS, compare,
};
pub use context::{
    ContextEntry, ExportOptions, Overwrite, Sensitive, cat_context, check_sensitive, describe_withheld,
    export_context, import_context, list_context, put_context, read_for_context, remove_context,
};
pub use create::{CreateOptions, Created, create};
pub use decide::{DecideOptions, Decided, DecisionRow, decide, find_decision, list_decisions, reject};
pub use diff::{
    CONTEXT_LINES, ContentKind, DecisionChange, DecisionChangeKind, Detail, Diff, DiffEnd, DiffOptions,
    Extent, FactChange, FileChangeKind, FileDiff, FileVersion, PathKind, Renames, TextHunk, TextLine, diff,
};
pub use edit::{EditOptions, edit};
pub use env::{Env, Limits};
pub use error::OpError;
pub use export::{FileEntry, RunExport, SessionExport, export_session};
pub use fact::{FactRow, list_facts, read_fact, remove_fact, set_fact};
pub use fields::{Field, FieldChange, changed_fields, manifest_fields, run_fields};
pub use finish::{FinishOptions, abort, discard, finish};
pub use folder::{FolderContent, FolderFile, FolderScan, scan_folder, scan_for, scan_named};
pub use fork::{ForkOptions, Forked, fork};
pub use forks::{ContextSince, ForkComparison, ForkOutcome, compare_forks};
pub use gc::{Collected, Expired, GcExtent, GcOptions, GcStep, GcWork, gc, plan_gc};
pub use import::{ImportPlan, Imported, import, plan_import};
pub use link::{link_commit, note_merged};
pub use list::{AllSessions, ListOptions, Listed, SessionRow, list};
pub use log::{ChangedFile, FactValue, LogDetail, LogEntry, LogFilter, LogOptions, LogScope, Logged, log};
pub use merge::{Again, KeepSide, MergeOptions, Merged, Nothing, SyncMerge, merge, plan_merge, sync_merge};
pub use merge_context::{MergedAs, MergedFile, Winner};
pub use note::note;
pub use open_run::{BeginOptions, Begun, begin, checkpoint, open_record};
pub use plain_file::{NamedPath, open_text};
pub use point::{Point, find_point};
pub use purge::{
    Consent, PurgeHolding, PurgePlan, PurgeSession, PurgeTarget, Purged, accept_purge, plan_purge, purge,
};
pub use record::{ContextInput, IdOrigin, RecordInput, Recorded, record};
pub use remove::{Removed, remove};
pub use repair::{RepairOptions, RepairPlan, Repaired, Step, plan_repair, repair};
pub use resolve::{Keep, Side, conflict_sides, resolve};
pub use rewind::{Rewound, rewind};
pub use runs::{CommitRuns, RunRow, RunSource, add_commits, inherited_runs, run_row, runs};
pub use scan::{ScanScope, SecretScan, StoredSecret, scan};
pub use search::{Found, Hit, SearchPlace, SearchScope, search};
pub use select::Selection;
pub use show::{RunView, SessionView, show_run, show_session};
pub use status::{OpenRunView, Status, status};
pub use topic::Topic;
pub use tree::{TreeRow, fork_tree};
pub use undo::{CHANGES, UndoTarget, Undone, UndoneChange, undo};
