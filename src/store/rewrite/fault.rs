//! Why something cannot be purged. Nothing was changed then.

use crate::model::shown;

/// Why something cannot be purged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PurgeFault {
    /// What is to go is part of an id, or of a word that the program itself writes.
    #[error("the value is part of what names or describes {0}, which would be unreadable without it")]
    Needed(String),
    /// Two files would have one name.
    #[error("two files in '{}' would have the same name without the value", shown(.0))]
    Collision(String),
    /// It is still there afterwards.
    #[error("the value could not be taken out of {0}")]
    StillHeld(String),
    /// What a run said cannot be told from what must stay.
    #[error("the record of run {0} cannot be read, so what is in it cannot be taken out")]
    BadRecord(String),
    /// A document is of a newer version.
    #[error("{0} was written by a newer version, and would have to be changed")]
    Newer(String),
    /// A ref cannot be used.
    #[error("{} cannot be read, so what it leads to is not known", shown(.0))]
    BadRef(String),
    /// A ref leads to something that is no commit.
    #[error("{} leads to what is no commit", shown(.0))]
    NoCommit(String),
    /// A pull is going on.
    #[error("a pull or a repair is fetching into the store")]
    Fetching,
    /// What was packed anew does not hold all that refs lead to.
    #[error("the new pack lacks {0}; the old ones were kept")]
    BadPack(String),
}
