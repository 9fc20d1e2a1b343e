//! What forking, merging and going back did, as text.

use super::{safe_line, style};
use crate::ops::{Forked, Point};

/// Tells in one line what was forked, and where.
pub(crate) fn forked_line(forked: &Forked, from: &Point) -> String {
    let id = style::paint(style::ID, forked.manifest.id.short());
    let at = match forked.origin.run {
        Some(run) => format!(" at {}", style::paint(style::ID, run.short())),
        None => String::new(),
    };
    format!("{id} {}, forked from {}{at}\n", safe_line(&forked.manifest.title), from.session.name)
}
