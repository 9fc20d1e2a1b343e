//! What differs beside the files: the runs, the session, what was learned.

use crate::ops::{
    DecisionChange, DecisionChangeKind, Diff, DiffEnd, FactChange, FieldChange, FileChangeKind, FileDiff,
};
use crate::render::field_values::{cut, field_change};
use crate::render::table::{self, GAP, cell_width};
use crate::render::{Look, ago, count, safe_line, style};

/// The longest value of a fact that is told in its line, in characters.
const FACT_CHARS: usize = 60;
/// How wide the names of the two ends are.
const NAME_WIDTH: usize = 6;
/// So much of a summary is told in any case, in columns.
const SUMMARY_WIDTH: usize = 20;

/// Tells what differs beside the files.
pub(super) fn head(diff: &Diff, look: Look) -> String {
    let mut out = end("from", diff.from.as_ref(), look);
    out.push_str(&end("to", Some(&diff.to), look));
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            out.push_str(&format!("\n{}\n{body}", style::paint(style::STRONG, title)));
        }
    };
    section("run", field_lines(&diff.run));
    section("session", field_lines(&diff.manifest));
    section("knowledge", diff.knowledge.iter().map(fact_line).collect());
    section("preferences", diff.preferences.iter().map(fact_line).collect());
    section("decisions", diff.decisions.iter().map(decision_lines).collect());
    out
}

/// Tells whether the head tells all of what differs in a file.
pub(super) fn tells(diff: &Diff, file: &FileDiff) -> bool {
    let facts = || diff.knowledge.iter().chain(&diff.preferences);
    let of_fact = |fact: &FactChange| {
        let name = format!("/{}.md", fact.key);
        is_short(fact)
            && file.path.ends_with(&name)
            && file.path.split('/').count() == name.split('/').count()
    };
    let of_decision = |change: &DecisionChange| change.is_told && change.id.path().as_str() == file.path;
    let same_mode = match (&file.old, &file.new) {
        (Some(old), Some(new)) => old.executable == new.executable,
        _ => true,
    };
    same_mode
        && file.change != FileChangeKind::Renamed
        && (facts().any(of_fact) || diff.decisions.iter().any(of_decision))
}

fn end(name: &str, end: Option<&DiffEnd>, look: Look) -> String {
    let Some(end) = end else {
        return format!("{name:<NAME_WIDTH$}{}\n", style::paint(style::FAINT, "nothing"));
    };
    let mut parts = vec![match end.run {
        Some(run) => style::paint(style::ID, run.short()),
        None => style::paint(style::FAINT, "before the first run"),
    }];
    parts.extend(end.status.map(|status| style::paint(style::of_status(status), status)));
    let time = end.finished_at.map(|time| style::paint(style::FAINT, ago(time, look.now)));
    let others = parts.iter().chain(&time).map(|part| cell_width(part) + GAP).sum::<usize>();
    parts.extend(
        end.summary.as_deref().map(|summary| fitting(&safe_line(summary), NAME_WIDTH + others, look)),
    );
    parts.extend(time);
    let mut out = format!("{name:<NAME_WIDTH$}{}\n", parts.join(&" ".repeat(GAP)));
    if let Some(why) = &end.damaged {
        out.push_str(&format!("      {} {}\n", style::paint(style::BAD, "damaged:"), safe_line(why)));
    }
    out
}

// In a terminal, the line that the summary is part of does not wrap.
fn fitting(summary: &str, others: usize, look: Look) -> String {
    match look.width {
        Some(width) => table::cut(summary, width.saturating_sub(others).max(SUMMARY_WIDTH)),
        None => cut(summary),
    }
}

fn field_lines(changes: &[FieldChange]) -> String {
    let name = |change: &FieldChange| cut(&safe_line(&change.name));
    let width = changes.iter().map(|change| name(change).chars().count()).max().unwrap_or(0);
    changes.iter().map(|change| format!("  {:<width$}  {}\n", name(change), field_change(change))).collect()
}

fn fact_line(fact: &FactChange) -> String {
    let value = |value: &Option<String>| safe_line(value.as_deref().unwrap_or_default());
    let what = match (fact.change, is_short(fact)) {
        (FileChangeKind::Added, true) => format!(" = {}", value(&fact.new)),
        (FileChangeKind::Removed, true) => format!(" (was {})", value(&fact.old)),
        (_, true) => format!(": {} → {}", value(&fact.old), value(&fact.new)),
        (_, false) => {
            let lines = fact.new.as_ref().or(fact.old.as_ref()).map_or(0, |text| text.lines().count());
            format!(" ({})", count(lines as u64, "line"))
        }
    };
    let (sign, color) = match fact.change {
        FileChangeKind::Added => ('+', style::GOOD),
        FileChangeKind::Removed => ('-', style::BAD),
        _ => ('~', style::LIVE),
    };
    format!("  {}{what}\n", style::paint(color, format!("{sign} {}", fact.key)))
}

fn is_short(fact: &FactChange) -> bool {
    let short = |value: &String| !value.contains('\n') && value.chars().count() <= FACT_CHARS;
    fact.old.iter().chain(&fact.new).all(short)
}

fn decision_lines(change: &DecisionChange) -> String {
    let (sign, word, color) = match change.change {
        DecisionChangeKind::Made => ('+', "made", style::GOOD),
        DecisionChangeKind::Superseded => ('~', "superseded", style::WARN),
        DecisionChangeKind::Rejected => ('-', "rejected", style::BAD),
        DecisionChangeKind::Accepted => ('+', "accepted again", style::GOOD),
        DecisionChangeKind::Removed => ('-', "removed", style::BAD),
        _ => ('~', "changed", style::LIVE),
    };
    let decision = &change.decision;
    let title = safe_line(&decision.title);
    let mut out = format!("  {} {title} {}\n", style::paint(color, format!("{sign} {word}")), id(change));
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.push_str(&format!("      {name} {}\n", safe_line(value)));
        }
    };
    line("because", decision.because.as_deref());
    decision.instead_of.iter().for_each(|option| line("instead of", Some(option)));
    line("superseded by", decision.superseded_by.as_ref().map(|id| id.as_str()));
    line("rejected because", decision.rejected_because.as_deref());
    out
}

fn id(change: &DecisionChange) -> String {
    style::paint(style::FAINT, format!("({})", change.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_summary_is_cut_where_the_line_would_wrap() {
        let look = |width| Look { width, now: crate::model::Timestamp::from_unix(0) };
        let long = "An-idempotency-key-for-each-payment-".repeat(5);
        assert_eq!(cell_width(&fitting(&long, 30, look(Some(80)))), 50);
        assert_eq!(
            cell_width(&fitting(&long, 30, look(Some(10)))),
            SUMMARY_WIDTH,
            "some of it is always told"
        );
        assert!(cell_width(&fitting(&long, 30, look(None))) > 50, "a file has no width");
    }
}
