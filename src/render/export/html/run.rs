//! One run on the page.

use super::diff::{DiffPrinter, counts};
use super::markup::Html;
use super::{left_out, tone};
use crate::model::RunRecord;
use crate::ops::{DiffOptions, FileDiff, RunExport, SessionExport};
use crate::render::export::ExportError;
use crate::render::export::facts::{Fact, rest_of_summary, run_facts, when};
use crate::render::export::text::Excerpt;
use crate::render::run::agent;
use crate::render::{count, duration, money};

/// Up to how many characters a text is open from the start.
const SHORT: usize = 600;
/// Up to how many lines the changes of a run are open from the start.
const FEW_LINES: usize = 40;

/// Shows a run; `id` names it on the page.
pub(super) fn run(
    page: &mut Html<'_>,
    session: &SessionExport<'_>,
    run: &RunExport,
    id: &str,
    diffs: &mut DiffPrinter,
) -> Result<(), ExportError> {
    let record = &run.row.record;
    let changes = session.changes(run, &DiffOptions::default())?;
    // There are many that are nothing but a commit of the code.
    let size = if record.is_commit() && changes.is_empty() { " small" } else { "" };
    let class = format!("run {}{size}", tone(record.status));
    page.try_put("li", &[("class", class.as_str()), ("id", id)], |page| {
        page.put("article", &[], |page| {
            title(page, run, id);
            page.text_in("p", &[("class", "meta")], &told_first(record).join(" · "));
            if let Some(rest) = rest_of_summary(record) {
                text(page, rest);
            }
            if let Some(prompt) = &record.prompt {
                folded(page, "Prompt", prompt);
            }
            context(page, &changes, diffs);
            if let Some(conversation) = &run.conversation {
                folded(page, "Conversation", conversation);
            }
            let size = if size.is_empty() { run_facts(run) } else { Vec::new() };
            more(page, run, &size);
        });
        Ok(())
    })
}

fn title(page: &mut Html<'_>, run: &RunExport, id: &str) {
    let record = &run.row.record;
    page.put("div", &[("class", "head")], |page| {
        page.put("h4", &[], |page| {
            if let Some(number) = run.row.number {
                let link = format!("#{id}");
                page.text_in("a", &[("class", "number"), ("href", &link)], &format!("#{number}"));
            }
            page.text(&record.headline());
        });
        let pill = format!("pill {}", tone(record.status));
        page.text_in("span", &[("class", &pill)], &record.status.to_string());
    });
}

fn told_first(record: &RunRecord) -> Vec<String> {
    let cost = record.usage.as_ref().and_then(|usage| usage.cost_usd);
    let parts = [
        record.finished_at.map(when),
        record.duration_s.map(duration),
        cost.map(money),
        record.agent.as_ref().map(agent),
    ];
    parts.into_iter().flatten().collect()
}

fn text(page: &mut Html<'_>, text: &str) {
    let Excerpt::Text { text, left_out: more } = Excerpt::of_text(text) else { return };
    page.text_in("p", &[("class", "text")], text.trim_end());
    more.into_iter().for_each(|more| left_out(page, more));
}

/// Shows a text that may be long.
fn folded(page: &mut Html<'_>, name: &'static str, content: &str) {
    let is_short: &[_] = if content.chars().count() <= SHORT { &[("open", "")] } else { &[] };
    page.put("details", is_short, |page| {
        page.text_in("summary", &[], name);
        page.put("div", &[("class", "inner")], |page| text(page, content.trim_matches('\n')));
    });
}

fn context(page: &mut Html<'_>, changes: &[FileDiff], diffs: &mut DiffPrinter) {
    if changes.is_empty() {
        return;
    }
    let sum = |of: fn(&FileDiff) -> Option<usize>| changes.iter().filter_map(of).sum::<usize>();
    let (plus, minus) = (sum(|file| file.insertions), sum(|file| file.deletions));
    let is_short: &[_] = if plus + minus <= FEW_LINES { &[("open", "")] } else { &[] };
    page.put("details", is_short, |page| {
        page.put("summary", &[], |page| {
            page.text(&format!("Context: {}", count(changes.len() as u64, "file")));
            page.put("span", &[("class", "count")], |page| counts(page, Some(plus), Some(minus)));
        });
        page.put("div", &[("class", "inner")], |page| {
            changes.iter().for_each(|file| diffs.file(page, file));
        });
    });
}

fn more(page: &mut Html<'_>, run: &RunExport, facts: &[Fact]) {
    if facts.is_empty() {
        return;
    }
    page.put("details", &[], |page| {
        page.text_in("summary", &[], "More");
        page.put("dl", &[("class", "rows")], |page| {
            row(page, "run", &run.row.record.id.to_string());
            row(page, "commit", &run.row.commit.to_string());
            facts.iter().for_each(|(name, value)| row(page, name, value));
        });
    });
}

/// Adds a name and a value to a list of them.
pub(super) fn row(page: &mut Html<'_>, name: &str, value: &str) {
    page.put("div", &[], |page| {
        page.text_in("dt", &[], name);
        page.text_in("dd", &[], value);
    });
}
