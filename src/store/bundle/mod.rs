//! Bundles: sessions in one file that plain `git` reads, and that takes the place of a remote.
//!
//! What is in a bundle is trusted no more than what a server sends. It is unpacked into a repository
//! of its own, from which sessions are then fetched and examined like those of any remote.

mod error;
mod header;
mod open;
mod write;

pub use error::BundleError;
pub use open::Bundle;
