//! Runs side by side: as a table, as CSV and as Markdown.

use anstyle::Style;
use serde_json::Value;

use super::brief::markdown_text;
use super::field_values::field_value;
use super::side::{Cell, Row, side_by_side};
use super::words::bytes;
use super::{Look, safe, safe_line, style};
use crate::ops::{CompareRow, CompareSection, ComparedRun, Comparison};

/// Shows a comparison as a table: a column for each run, best values marked with `*`.
pub(crate) fn compare_table(comparison: &Comparison, look: Look) -> String {
    let heads: Vec<String> = comparison.runs.iter().map(head).collect();
    let mut rows: Vec<Row> = session_row(comparison).into_iter().collect();
    for section in comparison.rows.chunk_by(|a, b| a.section == b.section) {
        rows.extend(section.first().map(|row| Row::title(title(row.section))));
        rows.extend(section.iter().map(row));
    }
    side_by_side(&heads, &rows, look)
}

/// Shows a comparison as CSV (RFC 4180): section, name, a column for each run, and the best of them.
pub(crate) fn compare_csv(comparison: &Comparison) -> String {
    let ids: Vec<String> = comparison.runs.iter().map(|run| run.id.to_string()).collect();
    let mut out = csv_line(
        ["section", "name"].into_iter().map(str::to_owned).chain(ids.clone()).chain(["best".to_owned()]),
    );
    for row in &comparison.rows {
        let best: Vec<&str> =
            row.best.iter().filter_map(|place| ids.get(*place).map(String::as_str)).collect();
        let values = row.values.iter().map(|value| value.as_ref().map(plain).unwrap_or_default());
        let fields = [title(row.section).to_owned(), row.name.clone()].into_iter().chain(values);
        out.push_str(&csv_line(fields.chain([best.join(" ")])));
    }
    out
}

/// Shows a comparison as a table in Markdown, best values in bold.
pub(crate) fn compare_markdown(comparison: &Comparison) -> String {
    let heads: Vec<String> = comparison.runs.iter().map(|run| markdown_text(&head(run))).collect();
    let mut out = format!("| | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for row in &comparison.rows {
        let cell = |(place, value): (usize, &Option<Value>)| {
            let text = value.as_ref().map(|value| markdown_text(&cell_text(row, value))).unwrap_or_default();
            if row.best.contains(&place) { format!("**{text}**") } else { text }
        };
        let cells: Vec<String> = row.values.iter().enumerate().map(cell).collect();
        let name = markdown_text(&format!("{} {}", title(row.section), name(row)));
        out.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    out
}

fn head(run: &ComparedRun) -> String {
    let number = run.number.map(|number| format!(" #{number}")).unwrap_or_default();
    format!("{}{number}", run.id.short())
}

// Which session a run is of is told where they are of several.
fn session_row(comparison: &Comparison) -> Option<Row> {
    let session = |run: &ComparedRun| match &run.session_branch {
        Some(branch) => safe_line(branch.trim_start_matches("session/")),
        None => run.session.short(),
    };
    let differs =
        comparison.runs.windows(2).any(|pair| pair.first().map(session) != pair.last().map(session));
    let is_damaged = comparison.runs.iter().any(|run| run.damaged.is_some());
    let cell = |run: &ComparedRun| match run.damaged {
        Some(_) => Cell::new("damaged", style::BAD),
        None => Cell::new(session(run), Style::new()),
    };
    let cells = comparison.runs.iter().map(cell).collect();
    (differs || is_damaged).then(|| Row::new("", Style::new(), cells))
}

fn row(row: &CompareRow) -> Row {
    let look = if row.differs { Style::new() } else { style::FAINT };
    let cell = |(place, value): (usize, &Option<Value>)| {
        let text = value.as_ref().map_or_else(|| "-".to_owned(), |value| cell_text(row, value));
        if row.best.contains(&place) { Cell::best(text) } else { Cell::new(text, look) }
    };
    Row::new(name(row), look, row.values.iter().enumerate().map(cell).collect()).below()
}

fn name(row: &CompareRow) -> String {
    safe_line(&row.name)
}

fn cell_text(row: &CompareRow, value: &Value) -> String {
    match (value.get("bytes").and_then(Value::as_u64), value.get("blob").and_then(Value::as_str)) {
        (Some(size), Some(blob)) => format!("{} {}", bytes(size), safe_line(blob.get(..8).unwrap_or(blob))),
        _ => field_value(&row.name, value),
    }
}

fn title(section: CompareSection) -> &'static str {
    match section {
        CompareSection::Run => "run",
        CompareSection::Usage => "usage",
        CompareSection::Metrics => "metrics",
        CompareSection::Knowledge => "knowledge",
        CompareSection::Preferences => "preferences",
        CompareSection::Decisions => "decisions",
        CompareSection::Files => "files",
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => unlike_formula(text),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        Value::Object(_) => value.get("blob").and_then(Value::as_str).unwrap_or_default().to_owned(),
        other => other.to_string(),
    }
}

// A spreadsheet would take such a text for a formula, and run it.
fn unlike_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn csv_line(fields: impl Iterator<Item = String>) -> String {
    let field = |field: String| {
        let text = safe(&field);
        match text.contains([',', '"', '\n']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text,
        }
    };
    format!("{}\n", fields.map(field).collect::<Vec<_>>().join(","))
}
