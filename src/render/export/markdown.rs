//! Sessions as Markdown, for people: what was learned first, then the runs, then the files.

use std::io::Write;

use super::facts::{Fact, rest_of_summary, run_facts, session_facts};
use super::text::Excerpt;
use super::{ExportError, Sessions};
use crate::model::FactKind;
use crate::ops::{
    DecisionRow, Detail, DiffOptions, FactRow, FileChangeKind, FileDiff, FileEntry, PathKind, RunExport,
    SessionExport,
};
use crate::render::brief::{fenced, markdown_text};
use crate::render::safe_line;
use crate::render::words::bytes;

/// The longest fact that is told in its line, in characters.
const INLINE: usize = 200;

/// Writes sessions one after the other.
pub(crate) fn markdown(out: &mut dyn Write, sessions: &mut Sessions<'_>) -> Result<(), ExportError> {
    for (index, session) in sessions.enumerate() {
        if index > 0 {
            out.write_all(b"\n---\n\n")?;
        }
        write_session(out, &session?)?;
    }
    Ok(())
}

fn write_session(out: &mut dyn Write, session: &SessionExport<'_>) -> Result<(), ExportError> {
    writeln!(out, "# {}\n\n{}", line(&session.manifest().title), list(&session_facts(session)))?;
    write_learned(out, session)?;
    if session.run_count() > 0 {
        writeln!(out, "## Runs\n")?;
    }
    for run in session.runs() {
        let run = run?;
        out.write_all(run_text(session, &run)?.as_bytes())?;
    }
    write_files(out, session)
}

fn write_learned(out: &mut dyn Write, session: &SessionExport<'_>) -> Result<(), ExportError> {
    section(out, "Decisions", &session.decisions()?.iter().map(decision).collect::<String>())?;
    for (title, kind) in [("Knowledge", FactKind::Knowledge), ("Preferences", FactKind::Preference)] {
        section(out, title, &session.facts(kind)?.iter().map(fact).collect::<String>())?;
    }
    let conflicts = session.manifest().conflicts.iter();
    let conflicts: String = conflicts.map(|conflict| format!("- {}\n", line(conflict.subject()))).collect();
    section(out, "Open conflicts", &conflicts)
}

fn write_files(out: &mut dyn Write, session: &SessionExport<'_>) -> Result<(), ExportError> {
    let is_told = |kind| matches!(kind, PathKind::Knowledge | PathKind::Preference | PathKind::Decision);
    let mut files = session.context()?;
    files.retain(|file| !is_told(file.kind));
    if !files.is_empty() {
        writeln!(out, "## Files\n")?;
    }
    for file in &files {
        write!(out, "### {}\n\n{}\n", line(&file.path), content(session, file)?)?;
    }
    Ok(())
}

fn section(out: &mut dyn Write, title: &str, body: &str) -> Result<(), ExportError> {
    if !body.is_empty() {
        writeln!(out, "## {title}\n\n{body}")?;
    }
    Ok(())
}

/// Returns stored text as one line that marks nothing up.
fn line(text: &str) -> String {
    markdown_text(&safe_line(text))
}

fn list(facts: &[Fact]) -> String {
    facts.iter().map(|(name, value)| format!("- {name}: {}\n", line(value))).collect()
}

fn decision(row: &DecisionRow) -> String {
    let decision = &row.decision;
    let mut out =
        format!("- **{}** ({}, {})\n", line(&decision.title), decision.status, decision.decided_at.date());
    let mut more = |name: &str, value: &str| out.push_str(&format!("  - {name}: {}\n", line(value)));
    decision.because.iter().for_each(|why| more("because", why));
    decision.instead_of.iter().for_each(|option| more("instead of", option));
    decision.superseded_by.iter().for_each(|id| more("superseded by", id.as_str()));
    decision.rejected_because.iter().for_each(|why| more("rejected because", why));
    out
}

fn fact(row: &FactRow) -> String {
    let key = line(row.key.as_str());
    match row.value.contains('\n') || row.value.chars().count() > INLINE {
        // Below an item, a block is moved in.
        true => {
            let block: String = fenced(&row.value, "").lines().map(|line| format!("  {line}\n")).collect();
            format!("- **{key}**:\n\n{block}\n")
        }
        false => format!("- **{key}**: {}\n", line(&row.value)),
    }
}

fn run_text(session: &SessionExport<'_>, run: &RunExport) -> Result<String, ExportError> {
    let record = &run.row.record;
    let number = run.row.number.map(|number| format!("#{number} ")).unwrap_or_default();
    let mut out = format!("### {number}{} — {}\n\n", line(&record.headline()), record.status);
    out.push_str(&format!("- run: {}\n{}", record.id, list(&run_facts(run))));
    for (name, text) in [("Summary", rest_of_summary(record)), ("Prompt", record.prompt.as_deref())] {
        if let Some(text) = text {
            out.push_str(&format!("\n{name}:\n\n{}", fenced(text, "text")));
        }
    }
    let options = DiffOptions::default().with_detail(Detail::Counts);
    let changes: String = session.changes(run, &options)?.iter().map(change).collect();
    if !changes.is_empty() {
        out.push_str(&format!("\nContext:\n\n{changes}"));
    }
    Ok(out + "\n")
}

fn change(file: &FileDiff) -> String {
    let sign = match file.change {
        FileChangeKind::Added => "added",
        FileChangeKind::Removed => "removed",
        FileChangeKind::Renamed => "renamed to",
        FileChangeKind::Modified => "changed",
    };
    let lines = match (file.insertions, file.deletions) {
        (Some(plus), Some(minus)) => format!(" (+{plus} −{minus})"),
        _ => String::new(),
    };
    format!("- {sign} {}{lines}\n", line(&file.path))
}

fn content(session: &SessionExport<'_>, file: &FileEntry) -> Result<String, ExportError> {
    Ok(match Excerpt::of(session, file)? {
        Excerpt::Text { text, left_out } => {
            let rest = left_out.map(|left| format!("\n… {} more\n", bytes(left))).unwrap_or_default();
            fenced(&text, "") + &rest
        }
        Excerpt::Binary => format!("{}, no text\n", bytes(file.bytes)),
        Excerpt::Large => format!("{}, too large to be shown\n", bytes(file.bytes)),
    })
}
