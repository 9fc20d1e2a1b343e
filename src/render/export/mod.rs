//! Sessions as files, for programs and people without this program.
//!
//! Each writer takes the sessions one after the other and holds no more than one file at a time.

mod facts;
mod html;
mod json;
mod markdown;
mod tar;
mod text;

pub(crate) use html::html;
pub(crate) use json::{json, ndjson};
pub(crate) use markdown::markdown;
pub(crate) use tar::tar;

use std::io;

use crate::ops::{OpError, SessionExport};

/// Why sessions could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// Something of a session cannot be read.
    #[error(transparent)]
    Op(#[from] OpError),
    /// It cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It cannot be told as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// The sessions that are written, in their order.
pub(crate) type Sessions<'a> = dyn Iterator<Item = Result<SessionExport<'a>, OpError>> + 'a;
