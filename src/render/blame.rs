//! Who wrote what, as text.

use std::collections::HashMap;

use anstyle::Style;

use super::run::indented;
use super::table::{cell_width, column, cut, cut_start};
use super::wrap::going_on;
use super::{Look, decisions, safe_line, style};
use crate::model::Timestamp;
use crate::ops::{Blame, BlameSource, BlamedLine, ContentKind, RunStory};
use crate::store::CommitId;

/// The most columns that a name takes.
const NAME_WIDTH: usize = 20;
/// The same on a terminal that is not roomy.
const NARROW: usize = NAME_WIDTH / 2;
/// From how many columns on a terminal is roomy.
const ROOMY: usize = 100;
/// The most characters of a line that are shown.
const LINE_CHARS: usize = 4096;
/// Where a summary that is too long goes on.
const SUMMARY_INDENT: usize = 14;
/// How many digits of a code commit are shown.
const COMMIT_DIGITS: usize = 8;

/// Tells who wrote each line of a file, and of a decision how it was made.
pub(crate) fn blame(blame: &Blame, look: Look) -> String {
    let mut out = String::new();
    if let Some(story) = &blame.decision {
        let mut row = story.decision.clone();
        // Its run is told below, with more.
        row.decision.run.take_if(|_| story.made_in.is_some());
        out.push_str(&decisions(&[row], look));
        out.push_str(&story.made_in.as_ref().map(|run| made_in(run, look)).unwrap_or_default());
        out.push('\n');
    }
    out.push_str(&lines(blame, look));
    if blame.key.is_some() {
        out.push_str(&summaries(&blame.lines.sources, look));
    }
    out
}

fn made_in(run: &RunStory, look: Look) -> String {
    let summary = safe_line(run.summary.lines().next().unwrap_or_default());
    let head = format!("  {:<12}{} ", "made in", run_title(run));
    let mut out = going_on(&head, &summary, Style::new(), SUMMARY_INDENT, look) + "\n";
    let mut line = |name: &str, value: String| out.push_str(&format!("  {name:<12}{value}\n"));
    if let Some(agent) = &run.agent {
        let parts = [Some(&agent.name), agent.version.as_ref(), agent.model.as_ref()];
        line("agent", safe_line(&parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")));
    }
    for commit in &run.code_commits {
        line("code", safe_line(&commit.chars().take(COMMIT_DIGITS).collect::<String>()));
    }
    if let Some(prompt) = &run.prompt {
        out.push_str(&format!(
            "\n  {}\n{}",
            style::paint(style::STRONG, "prompt"),
            indented(&indented(prompt))
        ));
    }
    out
}

fn run_title(run: &RunStory) -> String {
    let status = style::paint(style::of_status(run.status), run.status);
    format!("{} {status}", style::paint(style::ID, run.id.short()))
}

// As `git blame` does it: who, when, the number, the line.
fn lines(blame: &Blame, look: Look) -> String {
    let is_renamed = blame.lines.sources.iter().any(|source| source.path_then != blame.path);
    let widest = |of: &dyn Fn(&BlameSource) -> String| {
        let widths = blame.lines.sources.iter().map(|source| cell_width(&of(source)));
        // Beside a name and a path, something of the line must be seen too.
        let most =
            if is_renamed && look.width.is_some_and(|width| width < ROOMY) { NARROW } else { NAME_WIDTH };
        widths.max().unwrap_or(0).min(most)
    };
    let (name_width, path_width) = (widest(&|source| safe_line(&source.by.name)), widest(&path));
    let number_width = blame.lines.iter().count().to_string().len();
    let head = |source: &BlameSource| {
        let path =
            is_renamed.then(|| format!("{} ", column(&cut_start(&path(source), path_width), path_width)));
        let name = column(&safe_line(&source.by.name), name_width);
        let at = style::paint(style::FAINT, minute(source.at));
        format!("{} {}{name} {at} ", id(source), path.unwrap_or_default())
    };
    // Once for all lines of a run.
    let key = |source: &BlameSource| (source.commit, source.path_then.clone());
    let heads: HashMap<(CommitId, String), String> =
        blame.lines.sources.iter().map(|source| (key(source), head(source))).collect();
    let line = |line: BlamedLine<'_>| {
        let head = heads.get(&key(line.source)).map_or("", String::as_str);
        let number = format!("{:>number_width$}", line.line);
        let text = match blame.content {
            ContentKind::Text => shown(line.text, cell_width(head) + number.len(), look),
            _ => style::paint(style::FAINT, "(not text)"),
        };
        format!("{}\n", format!("{head}{}  {text}", style::paint(style::FAINT, number)).trim_end())
    };
    blame.lines.iter().map(line).collect()
}

fn path(source: &BlameSource) -> String {
    safe_line(&source.path_then)
}

fn id(source: &BlameSource) -> String {
    match source.run {
        Some(run) => style::paint(style::ID, run.short()),
        None => style::paint(style::FAINT, format!("{:<8}", source.change)),
    }
}

fn minute(time: Timestamp) -> String {
    time.utc().format("%Y-%m-%d %H:%M").to_string()
}

// On a terminal a line ends where the terminal does: what is looked at is who wrote it.
fn shown(text: &str, head: usize, look: Look) -> String {
    let start: String = text.chars().take(LINE_CHARS).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    let text = safe_line(&start).replace("\\t", "    ") + more;
    match look.width {
        Some(width) => cut(&text, width.saturating_sub(head + 2).max(NAME_WIDTH)),
        None => text,
    }
}

// What the runs were about that set a fact, newest first.
fn summaries(sources: &[BlameSource], look: Look) -> String {
    let line = |source: &BlameSource| {
        let status = source.status.map(|s| format!("{} ", style::paint(style::of_status(s), s)));
        let head = format!("  {} {}", id(source), status.unwrap_or_default());
        going_on(&head, &safe_line(&source.summary), Style::new(), SUMMARY_INDENT, look) + "\n"
    };
    sources.iter().map(line).collect()
}
