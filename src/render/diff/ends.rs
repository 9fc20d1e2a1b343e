//! The two ends of a difference.

use crate::ops::{Diff, DiffEnd};
use crate::render::field_values::VALUE_CHARS;
use crate::render::table::{GAP, cell_width, column};
use crate::render::{Look, ago, safe_line, style};

/// How wide the names of the two ends are.
const NAME_WIDTH: usize = 6;
/// So much of a summary is told in any case, in columns.
const SUMMARY_WIDTH: usize = 20;

/// Tells which two states are compared; what they say stands below each other.
pub(super) fn ends(diff: &Diff, look: Look) -> String {
    let both =
        [("from", diff.from.as_ref()), ("to", Some(&diff.to))].map(|(name, end)| (name, End::of(end, look)));
    let widest =
        |part: fn(&End) -> &String| both.iter().map(|(_, end)| cell_width(part(end))).fold(0, usize::max);
    let (run, status, time) = (widest(|end| &end.run), widest(|end| &end.status), widest(|end| &end.time));
    let others = NAME_WIDTH + run + GAP + status + GAP + GAP + time;
    let summary = widest(|end| &end.summary).min(summary_room(others, look));
    let line = |(name, end): &(&str, End)| {
        let cells = [(&end.run, run), (&end.status, status), (&end.summary, summary), (&end.time, time)];
        let cells = cells.iter().filter(|(_, width)| *width > 0).map(|(cell, width)| column(cell, *width));
        let told = end.without.clone().unwrap_or_else(|| cells.collect::<Vec<_>>().join(&" ".repeat(GAP)));
        format!("{name:<NAME_WIDTH$}{}\n{}", told.trim_end(), end.damaged)
    };
    both.iter().map(line).collect()
}

/// What is told of an end.
#[derive(Default)]
struct End {
    /// What is told where there is no run.
    without: Option<String>,
    run: String,
    status: String,
    summary: String,
    time: String,
    damaged: String,
}

impl End {
    fn of(end: Option<&DiffEnd>, look: Look) -> Self {
        let Some(end) = end else { return Self::without("nothing") };
        let Some(run) = end.run else { return Self::without("before the first run") };
        let status = end.status.map(|status| style::paint(style::of_status(status), status));
        let time = end.finished_at.map(|time| style::paint(style::FAINT, ago(time, look.now)));
        let damaged = |why| format!("      {} {}\n", style::paint(style::BAD, "damaged:"), safe_line(why));
        Self {
            without: None,
            run: style::paint(style::ID, run.short()),
            status: status.unwrap_or_default(),
            summary: end.summary.as_deref().map(safe_line).unwrap_or_default(),
            time: time.unwrap_or_default(),
            damaged: end.damaged.as_deref().map(damaged).unwrap_or_default(),
        }
    }

    fn without(what: &str) -> Self {
        Self { without: Some(style::paint(style::FAINT, what)), ..Self::default() }
    }
}

// In a terminal, the line that the summary is part of does not wrap.
fn summary_room(others: usize, look: Look) -> usize {
    look.width.map_or(VALUE_CHARS, |width| width.saturating_sub(others).max(SUMMARY_WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_summary_is_cut_where_the_line_would_wrap() {
        let look = |width| Look { width, now: crate::model::Timestamp::from_unix(0) };
        assert_eq!(summary_room(30, look(Some(80))), 50);
        assert_eq!(summary_room(30, look(Some(10))), SUMMARY_WIDTH, "some of it is always told");
        assert!(summary_room(30, look(None)) > 50, "a file has no width");
    }
}
