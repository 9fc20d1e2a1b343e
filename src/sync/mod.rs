//! Sharing sessions by a remote: any Git repository that both sides can reach.
//!
//! Only branches `session/…` are read and written there, and lists of what was purged; no push is
//! forced but the one that publishes a purge. Where two people
//! went on with the same session, both tips are merged by `ops::sync_merge`, which gives everybody
//! the same commit. This room neither touches Git's library nor runs anything itself: it asks
//! `store`. Only `cli` calls it.

mod accept;
mod ahead;
mod auto;
mod bundle;
mod case;
mod clone;
mod error;
mod export;
mod find;
mod gate;
mod pull;
mod push;
mod remote;
mod settle;

pub use accept::AcceptPurge;
pub use ahead::{Unpushed, mark_pushed_entries, mark_pushed_runs, unpushed};
pub use auto::{push_by_itself, queue_finished, queued_sessions};
pub use bundle::{ImportedBundle, import_bundle};
pub use case::Case;
pub use clone::{CloneOptions, clone};
pub use error::SyncError;
pub use export::{ExportOutcome, ExportPlan, ExportedSession, export_bundle, plan_export};
pub use find::find_there;
pub use gate::Gate;
pub use pull::{PullOutcome, Pulled, PulledSession, pull, pull_accepting};
pub use push::{PushOutcome, Pushed, PushedSession, plan_push, push};
pub use remote::{Remote, add_remote, choose_remote, remove_remote, set_remote_url};
pub use settle::{Synced, sync};

use crate::model::SessionName;

/// Which sessions are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted {
    /// These.
    Named(Vec<SessionName>),
    /// All there are.
    All,
}
