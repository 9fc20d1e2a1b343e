//! Sessions as text.

use anstyle::Style;

use super::table::{Align, cell_width, table, table_without};
use super::wrap::{ended, going_on, hanging};
use super::{Look, ago, count, duration, money, redactions, runs_table, safe_line, style, unpushed};
use crate::model::{Conflict, Origin, SessionName, Totals};
use crate::ops::{CommitRuns, ContextEntry, Listed, SessionRow, SessionView, Status, TreeRow};
use crate::sync::Unpushed;

const LIST: [(&str, Align); 7] = [
    ("", Align::Left),
    ("SESSION", Align::Left),
    ("TITLE", Align::Flexible),
    ("RUNS", Align::Right),
    ("COST", Align::Right),
    ("LAST RUN", Align::Left),
    ("UPDATED", Align::Left),
];
/// What a narrow terminal does without.
const SPARE: [&str; 1] = ["COST"];
/// How wide the names of what a session says of itself are.
const NAME_WIDTH: usize = 10;
const FILES: [(&str, Align); 2] = [("BYTES", Align::Right), ("FILE", Align::Flexible)];

/// Lists sessions.
pub(crate) fn list_table(listed: &Listed, look: Look) -> String {
    let rows: Vec<_> = listed.rows.iter().map(|row| list_row(row, "", look)).collect();
    sessions_table(&rows, &listed.damaged, look)
}

/// Lists sessions, forks below what they were forked from.
pub(crate) fn tree_table(rows: &[TreeRow], damaged: &[(SessionName, String)], look: Look) -> String {
    let line = |(index, row): (usize, &TreeRow)| list_row(&row.row, &branches(rows, index), look);
    let lines: Vec<_> = rows.iter().enumerate().map(line).collect();
    sessions_table(&lines, damaged, look)
}

// The lines that lead to a row from the one that it was forked from.
fn branches(rows: &[TreeRow], index: usize) -> String {
    let depth = rows.get(index).map_or(0, |row| row.depth);
    let goes_on = |level: usize| {
        let below = rows.iter().skip(index + 1).map(|row| row.depth);
        below.take_while(|depth| *depth >= level).any(|depth| depth == level)
    };
    let line = |level: usize| match (level == depth, goes_on(level)) {
        (true, true) => "├─ ",
        (true, false) => "└─ ",
        (false, true) => "│  ",
        (false, false) => "   ",
    };
    (1..=depth).map(line).collect()
}

fn sessions_table(rows: &[Vec<String>], damaged: &[(SessionName, String)], look: Look) -> String {
    let mut out =
        if rows.is_empty() { String::new() } else { table_without(&LIST, &SPARE, rows, look.width) };
    for (name, why) in damaged {
        let mark = format!("{} ", style::paint(style::BAD, "damaged"));
        let text = format!("{name}: {}", safe_line(why));
        out.push_str(&going_on(&mark, &text, Style::new(), cell_width(&mark), look));
        out.push('\n');
    }
    out
}

fn list_row(row: &SessionRow, branches: &str, look: Look) -> Vec<String> {
    let mark = if row.current { style::paint(style::GOOD, "*") } else { String::new() };
    let mut title = format!("{branches}{}", safe_line(&row.title));
    if let (false, Some(run)) = (branches.is_empty(), row.origin.as_ref().and_then(|origin| origin.run)) {
        title.push_str(&format!(" (from {})", run.short()));
    }
    if row.status != crate::model::SessionStatus::Active {
        title.push_str(&format!(" [{}]", row.status));
    }
    for tag in &row.tags {
        title.push_str(&format!(" #{}", safe_line(tag)));
    }
    if row.conflicts > 0 {
        title.push_str(&format!(" !{}", count(row.conflicts as u64, "conflict")));
    }
    let last = match (&row.last_run, row.open_runs) {
        (_, open) if open > 0 => style::paint(style::LIVE, format!("{open} open")),
        (Some(run), _) => style::paint(style::of_status(run.status), run.status),
        (None, _) => String::new(),
    };
    let cost = row.totals.cost_usd.map(money).unwrap_or_default();
    let id = style::paint(style::ID, row.id.short());
    vec![mark, id, title, row.runs.to_string(), cost, last, ago(row.updated_at, look.now)]
}

/// Tells where a session stands. `source` says why it is the current one.
pub(crate) fn status(
    status: &Status,
    source: &str,
    remotes: &[Unpushed],
    only_here: u64,
    look: Look,
) -> String {
    let session = &status.session;
    let id = format!("{} ", style::paint(style::ID, session.id.short()));
    let how = style::paint(style::FAINT, format!(" ({}, {})", session.status, safe_line(source)));
    let title = going_on(&id, &safe_line(&session.title), style::STRONG, cell_width(&id), look);
    let mut out = ended(&title, &how, cell_width(&id), look);
    out.push_str(&format!("{}\n", totals_line(&session.totals)));
    if let Some(run) = &session.last_run {
        let status = style::paint(style::of_status(run.status), run.status);
        let when = run.finished_at.map(|time| format!(", {}", ago(time, look.now))).unwrap_or_default();
        let head = format!("last run {} {status}{when}: ", run.id.short());
        out.push_str(&going_on(&head, &safe_line(&run.summary), Style::new(), NAME_WIDTH, look));
        out.push('\n');
    }
    if let Some(removed) = redactions(&status.redactions) {
        out.push_str(&format!("redacted {removed}\n"));
    }
    out.push_str(&open_runs(status, look));
    out.push_str(&conflicts(&status.open_conflicts));
    out.push_str(&unpushed(remotes));
    let verb = if only_here == 1 { "exists" } else { "exist" };
    let runs = count(only_here, "run");
    out.push_str(&format!("\n{runs} in this store {verb} only here (not pushed anywhere)\n"));
    out
}

fn open_runs(status: &Status, look: Look) -> String {
    if status.open.is_empty() {
        return String::new();
    }
    let mut out = "\nopen runs (git session finish RUN, or git session abort RUN):\n".to_owned();
    for run in &status.open {
        let since = run.started_at.map(|time| format!("began {}", ago(time, look.now))).unwrap_or_default();
        let head = format!("  {}  {since}  ", style::paint(style::LIVE, run.id.short()));
        out.push_str(&going_on(&head, &safe_line(&run.summary), Style::new(), NAME_WIDTH, look));
        out.push('\n');
    }
    out
}

fn conflicts(open: &[Conflict]) -> String {
    if open.is_empty() {
        return String::new();
    }
    let mut out = "\nopen conflicts (git session resolve PATH --keep current|other|FILE):\n".to_owned();
    for conflict in open {
        let other = match (&conflict.copy, &conflict.field, &conflict.theirs) {
            (Some(copy), ..) => format!("the other version is {}", safe_line(copy)),
            (None, Some(_), Some(theirs)) => format!("the other value is {}", safe_line(&theirs.to_string())),
            _ => "one side removed it, the other changed it".to_owned(),
        };
        out.push_str(&format!("  {}  {other}\n", style::paint(style::BAD, safe_line(conflict.subject()))));
    }
    out
}

/// Tells the sums over a session's runs.
pub(super) fn totals_line(totals: &Totals) -> String {
    let mut parts = vec![count(totals.runs, "run")];
    let ends = [
        (totals.succeeded, "succeeded"),
        (totals.failed, "failed"),
        (totals.cancelled, "cancelled"),
        (totals.interrupted(), "interrupted"),
    ];
    parts.extend(
        ends.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")),
    );
    parts.extend(totals.duration_s.map(duration));
    parts.extend(totals.cost_usd.map(money));
    let tokens = totals.input_tokens.unwrap_or(0) + totals.output_tokens.unwrap_or(0);
    if tokens > 0 {
        parts.push(count(tokens, "token"));
    }
    parts.join(", ")
}

/// Shows a session in full.
pub(crate) fn session_view(view: &SessionView, look: Look) -> String {
    let manifest = &view.manifest;
    let mut out = String::new();
    let mut line = |name: &str, value: String| out.push_str(&format!("{name:<NAME_WIDTH$}{value}\n"));
    line("session", style::paint(style::ID, manifest.id));
    line("title", hanging(&safe_line(&manifest.title), style::STRONG, NAME_WIDTH, look));
    line("branch", view.branch.clone());
    line("status", manifest.status.to_string());
    line("created", format!("{} ({})", manifest.created_at, ago(manifest.created_at, look.now)));
    if let Some(by) = &manifest.created_by {
        line("by", safe_line(&format!("{} <{}>", by.name, by.email)));
    }
    if let Some(project) = &manifest.project {
        line("project", safe_line(&project.name));
    }
    if let Some(origin) = &manifest.origin {
        line("origin", origin_line(origin, view));
    }
    if !manifest.tags.is_empty() {
        line("tags", safe_line(&manifest.tags.iter().cloned().collect::<Vec<_>>().join(" ")));
    }
    if let Some(limit) = manifest.budget.as_ref().and_then(|budget| budget.max_cost_usd) {
        line("budget", money(limit));
    }
    line("totals", totals_line(&manifest.totals));
    out.push_str(&conflicts(&manifest.conflicts));
    if !view.newest_runs.is_empty() {
        out.push_str(&format!("\n{}", runs_table(&view.newest_runs, CommitRuns::Folded, look)));
    }
    if !view.context.is_empty() {
        out.push_str(&format!("\n{}", context_table(&view.context, look)));
    }
    out
}

fn origin_line(origin: &Origin, view: &SessionView) -> String {
    let run = origin.run.map(|run| format!("{} of ", style::paint(style::ID, run.short())));
    let session = match &view.origin_branch {
        Some(branch) => safe_line(branch.trim_start_matches("session/")),
        None => format!("{}, which was removed", origin.session.short()),
    };
    let inherited = count(view.inherited_runs as u64, "run");
    format!("{}{session} ({inherited} inherited)", run.unwrap_or_default())
}

/// Lists context files.
pub(crate) fn context_table(entries: &[ContextEntry], look: Look) -> String {
    let row = |entry: &ContextEntry| vec![entry.bytes.to_string(), safe_line(entry.path.as_str())];
    table(&FILES, &entries.iter().map(row).collect::<Vec<_>>(), look.width)
}
