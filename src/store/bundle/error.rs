//! Why a bundle cannot be read.

use crate::model::shown;
use crate::store::StoreError;

/// The most commits that a message lists.
const LISTED: usize = 3;

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It has no bytes.
    #[error("it is empty")]
    Empty,
    /// It is something else.
    #[error("it is no git bundle")]
    NotABundle,
    /// It wants something that is not known here.
    #[error("it is a git bundle of a kind that is not read: {}", shown(.0))]
    Unsupported(String),
    /// It begins like a bundle and goes on like none.
    #[error("it is damaged: {}", shown(.0))]
    Damaged(String),
    /// Its end is missing.
    #[error("it is cut off")]
    CutOff,
    /// It is larger than is taken.
    #[error("it has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// It goes on from commits that are not here.
    #[error("it goes on from {}, which this store does not have", listed(.commits))]
    Incomplete {
        /// The commits that are missing.
        commits: Vec<String>,
    },
    /// It holds no session.
    #[error("it holds no session")]
    NoSessions,
}

fn listed(commits: &[String]) -> String {
    let shown: Vec<String> = commits.iter().take(LISTED).map(|id| shown(id)).collect();
    let more = match commits.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}
