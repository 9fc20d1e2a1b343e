//! What can be done with a store: one verb a file.
pub mod import;
