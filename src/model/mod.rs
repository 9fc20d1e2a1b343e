//! What a session is: ids, names, keys, the manifest, run records, decisions and how they merge.
//!
//! This room owns the words of the data model and their text forms. It does no I/O, reads no
//! clock and knows nothing of Git's library; every other room may use it. Only `yaml` names the
//! YAML crate.

mod amount;
mod conflict;
mod decision;
mod decision_merge;
mod id;
mod key;
mod line_diff;
mod manifest;
mod manifest_merge;
mod message;
mod path;
mod person;
#[cfg(test)]
mod properties;
mod remote;
mod run;
mod run_trace;
mod session_name;
mod session_pattern;
mod shown;
mod text_merge;
mod time;
mod totals;
mod word_diff;
pub mod yaml;

pub use amount::{Seconds, Usd};
pub use conflict::{Conflict, ConflictKind};
pub use decision::{Decision, DecisionError, DecisionId, DecisionStatus};
pub use decision_merge::{DecisionMerge, merge_decisions};
pub use id::{IdError, RunId, SessionId};
pub use key::{FactKind, Key, KeyError};
pub use line_diff::{Hunk, LineDiff, LineSign, count_lines};
pub use manifest::{
    Budget, Manifest, Origin, Project, RECENT_EXTERNAL_IDS, RECENT_RUNS, RecentRun, SessionStatus,
    UnknownSessionStatus,
};
pub use manifest_merge::{ManifestMerge, join_manifests, merge_manifests, merge_on_contested};
pub use message::{Change, CommitMessage, RunTrailers, SUBJECT_CHARS};
pub use path::{ContextPath, PathError, is_sensitive_name};
pub use person::Person;
pub use remote::{RemoteName, RemoteNameError, RemoteUrl, UrlError, may_be_allowed};
pub use run::{
    Agent, COMMIT_TRIGGER, Code, CodeLink, MOST_LINKS, RunRecord, RunStatus, SUMMARY_CHARS, UnknownRunStatus,
    Usage, Withheld,
};
pub use run_trace::PURGED;
pub use session_name::{NameError, SessionName, slug};
pub use session_pattern::SessionPattern;
pub use shown::{escape_char, escape_text, push_escaped, shown};
pub use text_merge::{Additions, TextMerge, is_binary, merge_text};
pub use time::{TimeError, Timestamp};
pub use totals::Totals;
pub use word_diff::{WordDiff, WordPart, word_diff};

/// Fields that this version does not know, kept so that they survive a round trip.
pub type Extra = std::collections::BTreeMap<String, serde_json::Value>;

/// The schema number of `session.yaml` and `run/run.yaml` that this build writes.
pub const SCHEMA: u32 = 1;
