//! A versioned store for AI-agent and orchestration sessions, kept in Git.
//!
//! A **session** is one intent and a branch; a **run** is one attempt at it and a commit that
//! updates the session's manifest and context files. Open a [`store::Store`], then call the verbs
//! in [`ops`]; `examples/harness.rs` does so in a few lines.

#[cfg(feature = "cli")]
pub mod cli;
pub mod hooks;
pub mod ingest;
pub mod model;
pub mod ops;
pub mod redact;
#[cfg(feature = "cli")]
mod render;
pub mod store;
pub mod sync;
