//! What differs beside the files: the runs, the session, what was learned.

use anstyle::Style;

use super::ends::ends;
use crate::ops::{
    DecisionChange, DecisionChangeKind, Diff, FactChange, FieldChange, FileChangeKind, FileDiff,
};
use crate::render::field_values::{cut, field_change};
use crate::render::table::{GAP, cell_width, column};
use crate::render::wrap::going_on;
use crate::render::{Look, count, safe_line, style};

/// The longest value of a fact that is told in its line, in characters.
const FACT_CHARS: usize = 60;
/// Where a line that is too long goes on.
const INDENT: usize = 8;

/// Tells what differs beside the files.
pub(super) fn head(diff: &Diff, look: Look) -> String {
    let mut out = ends(diff, look);
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            out.push_str(&format!("\n{}\n{body}", style::paint(style::STRONG, title)));
        }
    };
    let facts = |changes: &[FactChange]| changes.iter().map(|change| fact_line(change, look)).collect();
    section("run", field_lines(&diff.run, look));
    section("session", field_lines(&diff.manifest, look));
    section("knowledge", facts(&diff.knowledge));
    section("preferences", facts(&diff.preferences));
    section("decisions", diff.decisions.iter().map(|change| decision_lines(change, look)).collect());
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

fn field_lines(changes: &[FieldChange], look: Look) -> String {
    let name = |change: &FieldChange| cut(&safe_line(&change.name));
    let width = changes.iter().map(|change| cell_width(&name(change))).max().unwrap_or(0);
    let line = |change: &FieldChange| {
        let value = field_change(change, GAP + width + GAP, look);
        format!("  {}  {value}\n", column(&name(change), width))
    };
    changes.iter().map(line).collect()
}

fn fact_line(fact: &FactChange, look: Look) -> String {
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
    let head = format!("  {}", style::paint(color, format!("{sign} {}", fact.key)));
    going_on(&head, &what, Style::new(), INDENT, look) + "\n"
}

fn is_short(fact: &FactChange) -> bool {
    let short = |value: &String| !value.contains('\n') && value.chars().count() <= FACT_CHARS;
    fact.old.iter().chain(&fact.new).all(short)
}

fn decision_lines(change: &DecisionChange, look: Look) -> String {
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
            let head = format!("      {name} ");
            out.push_str(&going_on(&head, &safe_line(value), Style::new(), INDENT, look));
            out.push('\n');
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
