//! Histories as text.

use anstyle::Style;

use super::graph::Graph;
use super::table::{GAP, cell_width, cut};
use super::words::{NOT_PUSHED, legend};
use super::wrap::going_on;
use super::{FileParts, FilesPrinter, Look, ago, count, duration, money, safe, safe_line, style};
use crate::model::SessionId;
use crate::ops::{ChangedFile, CommitRuns, FactValue, LogEntry, Logged};

/// The most lines that are shown of what a fact said.
const VALUE_LINES: usize = 10;
/// Where the lines below the first begin.
const INDENT: &str = "         ";
/// So much of a summary is told in any case where an entry is one line, in columns.
const SUMMARY_WIDTH: usize = 20;

/// How the entries of a history look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogForm {
    /// In several lines.
    Full,
    /// In one line.
    Line,
}

/// Tells a history. Entries of other sessions say whose they are.
pub(crate) fn log(
    logged: &Logged,
    form: LogForm,
    commits: CommitRuns,
    parts: FileParts,
    look: Look,
) -> String {
    let mut teller = Teller::new(logged, form, parts, look);
    let is_same = |a: &LogEntry, b: &LogEntry| {
        let is_foldable = |entry: &LogEntry| {
            entry.is_commit && entry.context.is_empty() && entry.values.is_empty() && entry.damaged.is_none()
        };
        commits == CommitRuns::Folded && is_foldable(a) && is_foldable(b) && a.session == b.session
    };
    let groups = logged.entries.chunk_by(is_same);
    let blocks = groups.map(|group| teller.group(group).join("\n") + "\n");
    let between = if form == LogForm::Full { "\n" } else { "" };
    blocks.collect::<Vec<_>>().join(between) + &below(logged, form)
}

/// Tells a history beside the lines that show what follows what.
pub(crate) fn log_graph(logged: &Logged, form: LogForm, parts: FileParts, look: Look) -> String {
    let mut teller = Teller::new(logged, form, parts, look);
    let mut graph = Graph::default();
    let mut out = String::new();
    let parents = logged.shown_parents();
    for (index, (entry, parents)) in logged.entries.iter().zip(&parents).enumerate() {
        let mark = if entry.run.is_some() { '*' } else { 'o' };
        let rows = graph.add(entry.commit, parents, mark);
        teller.look = look.beside(rows.width() + " ".len());
        let mut texts = teller.lines(entry);
        if form == LogForm::Full && index + 1 < logged.entries.len() {
            texts.push(String::new());
        }
        let beside = rows.turns.iter().chain(std::iter::repeat(&rows.rest));
        let beside: Vec<&String> = std::iter::once(&rows.first)
            .chain(beside.take(rows.turns.len().max(texts.len().saturating_sub(1))))
            .collect();
        let width = beside.iter().map(|row| row.len()).max().unwrap_or(0);
        for (row, text) in beside.iter().zip(texts.iter().map(String::as_str).chain(std::iter::repeat(""))) {
            let line = format!("{}{} {text}", marked(row, entry), " ".repeat(width - row.len()));
            out.push_str(&format!("{}\n", line.trim_end()));
        }
    }
    out + &below(logged, form)
}

// A line each is for lists and scripts.
fn below(logged: &Logged, form: LogForm) -> String {
    match legend(logged.entries.iter().map(|entry| entry.pushed)) {
        legend if form == LogForm::Full && !legend.is_empty() => format!("\n{legend}"),
        _ => String::new(),
    }
}

// The mark has the colour of what it stands for, as the status has.
fn marked(row: &str, entry: &LogEntry) -> String {
    let look = entry.status.map_or(style::LIVE, style::of_status);
    match row.split_once(['*', 'o']) {
        Some((left, right)) => {
            let mark = if entry.run.is_some() { '*' } else { 'o' };
            format!("{left}{}{right}", style::paint(look, mark))
        }
        None => row.to_owned(),
    }
}

/// Tells entries in lines.
struct Teller {
    form: LogForm,
    own: Option<SessionId>,
    files: FilesPrinter,
    look: Look,
}

impl Teller {
    fn new(logged: &Logged, form: LogForm, parts: FileParts, look: Look) -> Self {
        Self { form, own: logged.own, files: FilesPrinter::new(parts), look }
    }

    /// Tells commits that follow each other as one entry; the newest comes first.
    fn group(&mut self, group: &[LogEntry]) -> Vec<String> {
        match group {
            [newest, .., oldest] => {
                let told = count(group.len() as u64, "commit");
                let summary = format!("{told}: {} … {}", oldest.summary, newest.summary);
                self.lines(&LogEntry { summary, ..newest.clone() })
            }
            [one] => self.lines(one),
            [] => Vec::new(),
        }
    }

    fn lines(&mut self, entry: &LogEntry) -> Vec<String> {
        let mut lines = lines(entry, self.form, self.own, self.look);
        if self.form == LogForm::Full {
            let files = entry.context.iter().filter(|_| !self.files.shows_more());
            lines.extend(files.flat_map(|file| changed_file(file, self.look)));
            lines.extend(entry.values.iter().flat_map(|fact| value(fact, self.look)));
            lines.extend(entry.damaged.iter().flat_map(|why| damaged(why, self.look)));
        }
        let files = self.files.print(&entry.diff, self.look);
        if !files.is_empty() {
            lines.extend(Some(String::new()).filter(|_| self.form == LogForm::Full));
            lines.extend(files.lines().map(str::to_owned));
        }
        lines
    }
}

fn damaged(why: &str, look: Look) -> Vec<String> {
    let head = format!("{INDENT}{} ", style::paint(style::BAD, "damaged:"));
    told(&head, &safe_line(why), Style::new(), INDENT.len(), look)
}

fn lines(entry: &LogEntry, form: LogForm, own: Option<SessionId>, look: Look) -> Vec<String> {
    let id = match entry.run {
        Some(run) => style::paint(style::ID, run.short()),
        None => style::paint(style::FAINT, format!("{:<8}", entry.change)),
    };
    let status = entry.status.map(|s| format!("{} ", style::paint(style::of_status(s), s)));
    let summary = safe_line(&entry.summary);
    let head = format!("{id} {}", status.unwrap_or_default());
    let mark = match entry.pushed {
        Some(false) => format!(" {}", style::paint(style::LIVE, NOT_PUSHED)),
        _ => String::new(),
    };
    if form == LogForm::Line {
        let most = look.width.map_or(usize::MAX, |width| width / 3);
        let whose = whose(entry, own).map(|name| format!(" ({})", cut(&name, most)));
        let whose = whose.map(|whose| style::paint(style::FAINT, whose));
        let tail = mark + &whose.unwrap_or_default();
        return vec![format!("{head}{}{tail}", fitting(&summary, &head, &tail, look)).trim_end().to_owned()];
    }
    // A long summary goes on where the lines below it begin.
    let mut lines = told(&head, &summary, style::STRONG, INDENT.len(), look.beside(cell_width(&mark)));
    if let Some(last) = lines.last_mut() {
        last.push_str(&mark);
    }
    let mut facts = vec![ago(entry.at, look.now)];
    facts.extend(entry.duration_s.map(duration));
    facts.extend(entry.cost_usd.map(money));
    facts.extend(entry.agent.as_deref().map(safe_line));
    facts.extend(whose(entry, own).map(|name| format!("in {name}")));
    lines.extend(told(INDENT, &facts.join(", "), style::FAINT, INDENT.len(), look));
    lines
}

// Where a line each is told, one that the terminal would break is none.
fn fitting(summary: &str, head: &str, tail: &str, look: Look) -> String {
    let room = |width: usize| width.saturating_sub(cell_width(head) + cell_width(tail)).max(SUMMARY_WIDTH);
    look.width.map_or_else(|| summary.to_owned(), |width| cut(summary, room(width)))
}

// What is longer than the terminal is wide goes on below.
fn told(head: &str, text: &str, style: Style, indent: usize, look: Look) -> Vec<String> {
    going_on(head, text, style, indent, look).lines().map(str::to_owned).collect()
}

// The session of an entry, where it is another one than that whose history is told.
fn whose(entry: &LogEntry, own: Option<SessionId>) -> Option<String> {
    let session = entry.session.filter(|session| Some(*session) != own)?;
    let name = entry.session_branch.as_deref().map(|branch| branch.trim_start_matches("session/"));
    Some(name.map(safe_line).unwrap_or_else(|| session.short()))
}

fn value(fact: &FactValue, look: Look) -> Vec<String> {
    let Some(value) = fact.value.as_deref().map(safe) else { return Vec::new() };
    let more = value.lines().count().saturating_sub(VALUE_LINES);
    let head = format!("{INDENT}  ");
    let shown = value.lines().take(VALUE_LINES);
    let mut lines: Vec<String> =
        shown.flat_map(|line| told(&head, line, Style::new(), head.len(), look)).collect();
    if more > 0 {
        lines.push(format!("{head}{}", style::paint(style::FAINT, format!("… {more} more lines"))));
    }
    lines
}

fn changed_file(file: &ChangedFile, look: Look) -> Vec<String> {
    let (sign, style) = match file.change {
        "added" => ("+", style::GOOD),
        "removed" => ("-", style::BAD),
        _ => ("~", style::LIVE),
    };
    let line = format!("{sign} {}", safe_line(&file.path));
    told(INDENT, &line, style, INDENT.len() + GAP, look)
}
