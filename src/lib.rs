//! A versioned store for AI-agent and orchestration sessions, kept in Git.

pub mod model;
pub mod ops;
pub mod store;
