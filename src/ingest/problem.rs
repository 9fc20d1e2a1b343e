//! What could not be read.

use std::io;
use std::path::{Path, PathBuf};

use crate::model::escape_text;

/// Why nothing at all could be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The path could not be opened.
    #[error("could not read {}", named(.path))]
    Read {
        /// The path as it was given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The path holds nothing that this source writes.
    #[error("no babysitter sessions or runs found in {}", named(.path))]
    NothingFound {
        /// The path as it was given.
        path: PathBuf,
    },
}

/// One thing that could not be read while the rest was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it, in lower case and without the path.
    pub message: String,
}

fn named(path: &Path) -> String {
    escape_text(&path.to_string_lossy())
}
