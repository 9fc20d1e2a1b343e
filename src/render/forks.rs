//! The forks of a session side by side.

use super::table::{Align, table};
use super::{Look, duration, money, safe_line, style};
use crate::ops::{ForkComparison, ForkOutcome};

/// The narrowest column of a session.
const NARROWEST: usize = 12;
/// The widest column of a session where lines are not cut to a terminal.
const WIDEST: usize = 40;

/// Shows a session and its forks: a column for each, then what the context of each became since.
pub(crate) fn forks_table(comparison: &ForkComparison, look: Look) -> String {
    let all: Vec<&ForkOutcome> = std::iter::once(&comparison.session).chain(&comparison.forks).collect();
    let mut rows = numbers(&all);
    let paths: std::collections::BTreeSet<&str> =
        all.iter().flat_map(|outcome| &outcome.context).map(|file| file.path.as_str()).collect();
    if !paths.is_empty() {
        rows.push(vec![style::paint(style::STRONG, "since the fork")]);
    }
    rows.extend(paths.into_iter().map(|path| context_row(path, &all)));
    let name_width =
        rows.iter().filter_map(|row| row.first()).map(|name| super::table::cell_width(name)).max();
    let left = look.width.map(|width| width.saturating_sub(name_width.unwrap_or(0)));
    let width = left.map_or(WIDEST, |left| (left / all.len()).saturating_sub(2).clamp(NARROWEST, WIDEST));
    for row in &mut rows {
        row.iter_mut().skip(1).for_each(|cell| *cell = super::table::cut(cell, width));
        row.resize(all.len() + 1, String::new());
    }
    let heads: Vec<String> = all.iter().map(|outcome| outcome.id.short()).collect();
    let mut columns = vec![("", Align::Left)];
    columns.extend(heads.iter().map(|head| (head.as_str(), Align::Left)));
    table(&columns, &rows, None)
}

fn numbers(all: &[&ForkOutcome]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: &dyn Fn(&ForkOutcome) -> Option<String>| {
        let cells: Vec<String> = all.iter().map(|outcome| value(outcome).unwrap_or_default()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
        }
    };
    row("title", &|o| Some(style::paint(style::STRONG, safe_line(&o.title))));
    row("status", &|o| Some(format!("{}{}", o.status, if o.merged { ", merged" } else { "" })));
    row("runs", &|o| Some(o.totals.runs.to_string()));
    row("succeeded", &|o| Some(o.totals.succeeded_attempts().to_string()));
    row("last run", &|o| {
        let run = o.last_run.as_ref()?;
        Some(format!(
            "{} {}",
            style::paint(style::of_status(run.status), run.status),
            safe_line(&run.summary)
        ))
    });
    row("cost", &|o| o.totals.cost_usd.map(money));
    row("time", &|o| o.totals.duration_s.map(duration));
    row("input tokens", &|o| o.totals.input_tokens.map(|tokens| tokens.to_string()));
    row("output tokens", &|o| o.totals.output_tokens.map(|tokens| tokens.to_string()));
    row("score", &|o| o.score.map(|score| score.to_string()));
    let metrics: std::collections::BTreeSet<&String> = all.iter().flat_map(|o| o.metrics.keys()).collect();
    for name in metrics {
        row(&safe_line(name), &|o| o.metrics.get(name).map(f64::to_string));
    }
    row("conflicts", &|o| (o.conflicts > 0).then(|| style::paint(style::BAD, o.conflicts)));
    rows
}

fn context_row(path: &str, all: &[&ForkOutcome]) -> Vec<String> {
    let cell = |outcome: &&ForkOutcome| {
        let Some(file) = outcome.context.iter().find(|file| file.path.as_str() == path) else {
            return String::new();
        };
        let (look, sign) = match file.change {
            "added" => (style::GOOD, "+"),
            "removed" => (style::BAD, "-"),
            _ => (style::LIVE, "~"),
        };
        let value = file.value.as_deref().and_then(|value| value.lines().next()).unwrap_or(file.change);
        style::paint(look, format!("{sign} {}", safe_line(value)))
    };
    std::iter::once(format!("  {}", safe_line(path))).chain(all.iter().map(cell)).collect()
}
