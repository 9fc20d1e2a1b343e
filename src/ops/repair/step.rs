//! What a repair does, step by step.

use serde::Serialize;

use crate::model::SessionName;
use crate::store::CommitId;

/// One step of a repair. The names are those of `repair --json`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Remove what a dead process left: a lock, a temporary file, an object without content.
    Sweep {
        /// The files, below the store.
        paths: Vec<String>,
    },
    /// Make the index of a pack anew.
    Reindex {
        /// The pack, below the store.
        path: String,
    },
    /// Keep the lines of packed-refs that can be read; the file as it is is put aside.
    MendPackedRefs,
    /// Take out of a damaged pack what can be read, and put the pack aside.
    Salvage {
        /// The pack, below the store.
        path: String,
    },
    /// Put a file aside that cannot be used.
    PutFileAside {
        /// The file, below the store.
        path: String,
    },
    /// Fetch objects that are missing.
    Fetch {
        /// The remote's name.
        remote: String,
        /// The objects.
        objects: Vec<String>,
    },
    /// Put a session's tip aside, and let its branch point to the newest intact commit.
    Restore {
        /// The branch's name.
        session: SessionName,
        /// What is wrong with the tip.
        why: String,
        /// The commit that the branch points to afterwards.
        to: CommitId,
        /// What came after it, as the reflog tells, oldest first.
        lost: Vec<String>,
    },
    /// Put a ref aside that cannot be used and has no intact commit to go back to.
    PutRefAside {
        /// The ref's full name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Keep a commit that a branch lost, under a ref of its own.
    Keep {
        /// The ref's full name.
        name: String,
        /// The commit.
        commit: CommitId,
    },
    /// Take lost files of a session's newest state from older commits, as a new commit.
    Mend {
        /// The branch's name.
        session: SessionName,
        /// The files.
        paths: Vec<String>,
    },
    /// Write the totals, runs and conflicts as they are counted, as a new commit.
    Recount {
        /// The branch's name.
        session: SessionName,
    },
}

impl Step {
    /// Steps of a smaller rank are done first: what they bring back may make later ones needless.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Sweep { .. } | Self::MendPackedRefs | Self::Reindex { .. } => 0,
            Self::Salvage { .. } | Self::PutFileAside { .. } => 1,
            Self::Fetch { .. } => 2,
            Self::Restore { .. } | Self::PutRefAside { .. } | Self::Keep { .. } => 3,
            Self::Mend { .. } => 4,
            Self::Recount { .. } => 5,
        }
    }
}
