//! Other tools' sessions, read into the types that `ops::import` records.
//!
//! This room owns the foreign formats. It reads files and hands back values: it writes nothing,
//! prints nothing, and reads neither clock nor environment. What it cannot read it reports by
//! path and leaves alone. The command line calls it; it may use `model` and `ops` only.

pub mod babysitter;
mod problem;

pub use problem::{IngestError, Problem};
