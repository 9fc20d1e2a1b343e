//! The forks of a session side by side.

use std::collections::BTreeSet;

use anstyle::Style;

use super::side::{Cell, Row, side_by_side};
use super::{Look, duration, money, safe_line, style};
use crate::ops::{ForkComparison, ForkOutcome};

/// Shows a session and its forks: a column for each, then what the context of each became since.
pub(crate) fn forks_table(comparison: &ForkComparison, look: Look) -> String {
    let all: Vec<&ForkOutcome> = std::iter::once(&comparison.session).chain(&comparison.forks).collect();
    let heads: Vec<String> = all.iter().map(|outcome| outcome.id.short()).collect();
    let paths: BTreeSet<&str> =
        all.iter().flat_map(|outcome| &outcome.context).map(|file| file.path.as_str()).collect();
    let mut rows = numbers(&all);
    rows.extend((!paths.is_empty()).then(|| Row::title("since the fork")));
    rows.extend(paths.into_iter().map(|path| context_row(path, &all)));
    side_by_side(&heads, &rows, look)
}

fn numbers(all: &[&ForkOutcome]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |name: &str, look: Style, value: &dyn Fn(&ForkOutcome) -> Option<String>| {
        let texts: Vec<String> = all.iter().map(|outcome| value(outcome).unwrap_or_default()).collect();
        if texts.iter().any(|text| !text.is_empty()) {
            let cells = texts.into_iter().map(|text| Cell::new(text, look)).collect();
            rows.push(Row::new(name, Style::new(), cells));
        }
    };
    let plain = Style::new();
    row("title", style::STRONG, &|o| Some(safe_line(&o.title)));
    row("status", plain, &|o| Some(format!("{}{}", o.status, if o.merged { ", merged" } else { "" })));
    row("runs", plain, &|o| Some(o.totals.runs.to_string()));
    row("succeeded", plain, &|o| Some(o.totals.succeeded_attempts().to_string()));
    row("last run", plain, &|o| {
        let run = o.last_run.as_ref()?;
        let status = style::paint(style::of_status(run.status), run.status);
        Some(format!("{status} {}", safe_line(&run.summary)))
    });
    row("cost", plain, &|o| o.totals.cost_usd.map(money));
    row("time", plain, &|o| o.totals.duration_s.map(duration));
    row("input tokens", plain, &|o| o.totals.input_tokens.map(|tokens| tokens.to_string()));
    row("output tokens", plain, &|o| o.totals.output_tokens.map(|tokens| tokens.to_string()));
    row("score", plain, &|o| o.score.map(|score| score.to_string()));
    let metrics: BTreeSet<&String> = all.iter().flat_map(|o| o.metrics.keys()).collect();
    for name in metrics {
        row(&safe_line(name), plain, &|o| o.metrics.get(name).map(f64::to_string));
    }
    row("conflicts", style::BAD, &|o| (o.conflicts > 0).then(|| o.conflicts.to_string()));
    rows
}

fn context_row(path: &str, all: &[&ForkOutcome]) -> Row {
    let cell = |outcome: &&ForkOutcome| {
        let Some(file) = outcome.context.iter().find(|file| file.path.as_str() == path) else {
            return Cell::new("", Style::new());
        };
        let (look, sign) = match file.change {
            "added" => (style::GOOD, "+"),
            "removed" => (style::BAD, "-"),
            _ => (style::LIVE, "~"),
        };
        let value = file.value.as_deref().and_then(|value| value.lines().next()).unwrap_or(file.change);
        Cell::new(format!("{sign} {}", safe_line(value)), look)
    };
    Row::new(safe_line(path), Style::new(), all.iter().map(cell).collect()).below()
}
