//! One session on the page.

use super::chart::{Point, charts};
use super::diff::DiffPrinter;
use super::left_out;
use super::markup::Html;
use super::run::{row, run};
use crate::model::{FactKind, SessionStatus, Totals};
use crate::ops::{DecisionRow, FactRow, FileEntry, PathKind, SessionExport};
use crate::render::export::ExportError;
use crate::render::export::facts::{session_facts, when};
use crate::render::export::text::Excerpt;
use crate::render::words::bytes;
use crate::render::{duration, money};

/// The most lines of diffs that are shown of one session.
const DIFF_LINES: usize = 20_000;

/// Shows a session; `id` names it on the page, and its title is a `heading`.
pub(super) fn session(
    page: &mut Html<'_>,
    session: &SessionExport<'_>,
    id: &str,
    heading: &'static str,
) -> Result<(), ExportError> {
    let learned = Learned::of(session)?;
    let files: Vec<FileEntry> = session.context()?.into_iter().filter(is_shown).collect();
    page.try_put("section", &[("class", "session"), ("id", id)], |page| {
        title(page, session, heading);
        parts(page, session, id, &learned, &files);
        tiles(page, &session.manifest().totals);
        charts(page, &points(session, id)?);
        learned.show(page, id);
        runs(page, session, id)?;
        show_files(page, session, id, &files)?;
        about(page, session, id);
        Ok(())
    })
}

// Facts and decisions are told before.
fn is_shown(file: &FileEntry) -> bool {
    !matches!(file.kind, PathKind::Knowledge | PathKind::Preference | PathKind::Decision)
}

fn title(page: &mut Html<'_>, session: &SessionExport<'_>, heading: &'static str) {
    let manifest = session.manifest();
    page.put("p", &[("class", "kind")], |page| {
        page.text("Session ");
        page.text_in("span", &[("class", "id")], &manifest.id.short());
    });
    page.text_in(heading, &[], &manifest.title);
    let mut told = vec![format!("started {}", when(manifest.created_at))];
    told.extend(manifest.created_by.as_ref().map(|by| format!("by {}", by.name)));
    told.extend(manifest.project.as_ref().map(|project| format!("in {}", project.name)));
    told.extend(manifest.tags.iter().map(|tag| format!("#{tag}")));
    if manifest.status != SessionStatus::Active {
        told.push(manifest.status.to_string());
    }
    page.text_in("p", &[("class", "meta")], &told.join(" · "));
}

fn parts(page: &mut Html<'_>, session: &SessionExport<'_>, id: &str, learned: &Learned, files: &[FileEntry]) {
    let parts = [
        ("decisions", "Decisions", !learned.decisions.is_empty()),
        ("knowledge", "Knowledge", !learned.knowledge.is_empty()),
        ("preferences", "Preferences", !learned.preferences.is_empty()),
        ("runs", "Runs", session.run_count() > 0),
        ("files", "Files", !files.is_empty()),
        ("about", "About", true),
    ];
    page.put("nav", &[("class", "parts")], |page| {
        for (part, name, _) in parts.iter().filter(|(_, _, is_there)| *is_there) {
            page.text_in("a", &[("href", &format!("#{id}-{part}"))], name);
        }
    });
}

fn tiles(page: &mut Html<'_>, totals: &Totals) {
    let tokens = totals.input_tokens.unwrap_or(0) + totals.output_tokens.unwrap_or(0);
    let tiles = [
        (if totals.runs == 1 { "run" } else { "runs" }, Some(totals.runs.to_string())),
        ("succeeded", (totals.runs > 0).then(|| totals.succeeded.to_string())),
        ("failed", (totals.failed > 0).then(|| totals.failed.to_string())),
        ("time", totals.duration_s.map(duration)),
        ("cost", totals.cost_usd.map(money)),
        ("tokens", (tokens > 0).then(|| grouped(tokens))),
    ];
    page.put("div", &[("class", "tiles")], |page| {
        for (name, value) in tiles.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            page.put("div", &[("class", "tile")], |page| {
                page.text_in("b", &[], value);
                page.text_in("span", &[], name);
            });
        }
    });
}

/// Tells a number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

fn points(session: &SessionExport<'_>, id: &str) -> Result<Vec<Point>, ExportError> {
    let point = |told: crate::store::RunCommit, number: usize| Point {
        link: format!("#{id}-r{number}"),
        number,
        status: told.run.status,
        cost: told.run.cost_usd,
        span: told.run.duration_s,
    };
    Ok(session.told_runs().iter().zip(1..).map(|(told, number)| point(told.clone(), number)).collect())
}

/// What runs learned.
struct Learned {
    decisions: Vec<DecisionRow>,
    knowledge: Vec<FactRow>,
    preferences: Vec<FactRow>,
}

impl Learned {
    fn of(session: &SessionExport<'_>) -> Result<Self, ExportError> {
        Ok(Self {
            decisions: session.decisions()?,
            knowledge: session.facts(FactKind::Knowledge)?,
            preferences: session.facts(FactKind::Preference)?,
        })
    }

    fn show(&self, page: &mut Html<'_>, id: &str) {
        if !self.decisions.is_empty() {
            page.text_in("h3", &[("id", &format!("{id}-decisions"))], "Decisions");
            page.put("ul", &[("class", "cards")], |page| {
                self.decisions.iter().for_each(|row| decision(page, row));
            });
        }
        facts(page, &self.knowledge, "Knowledge", &format!("{id}-knowledge"));
        facts(page, &self.preferences, "Preferences", &format!("{id}-preferences"));
    }
}

fn decision(page: &mut Html<'_>, row: &DecisionRow) {
    let decision = &row.decision;
    page.put("li", &[("class", "card")], |page| {
        page.put("div", &[("class", "head")], |page| {
            page.text_in("h4", &[], &decision.title);
            if decision.status != crate::model::DecisionStatus::Accepted {
                page.text_in("span", &[("class", "pill warn")], &decision.status.to_string());
            }
        });
        page.text_in("p", &[("class", "meta")], &when(decision.decided_at));
        for why in decision.because.iter().chain(&decision.rejected_because) {
            page.text_in("p", &[("class", "text")], why);
        }
        if !decision.instead_of.is_empty() {
            page.put("ul", &[], |page| {
                decision.instead_of.iter().for_each(|option| {
                    page.text_in("li", &[], &format!("not: {option}"));
                });
            });
        }
    });
}

fn facts(page: &mut Html<'_>, rows: &[FactRow], title: &str, id: &str) {
    if rows.is_empty() {
        return;
    }
    page.text_in("h3", &[("id", id)], title);
    page.put("dl", &[("class", "rows")], |page| {
        rows.iter().for_each(|fact| row(page, fact.key.as_str(), &fact.value));
    });
}

fn runs(page: &mut Html<'_>, session: &SessionExport<'_>, id: &str) -> Result<(), ExportError> {
    if session.run_count() == 0 {
        return Ok(());
    }
    page.text_in("h3", &[("id", &format!("{id}-runs"))], "Runs");
    let mut diffs = DiffPrinter::new(DIFF_LINES);
    page.try_put("ol", &[("class", "runs")], |page| {
        for (found, number) in session.runs().zip(1..) {
            run(page, session, &found?, &format!("{id}-r{number}"), &mut diffs)?;
        }
        Ok(())
    })
}

fn show_files(
    page: &mut Html<'_>,
    session: &SessionExport<'_>,
    id: &str,
    files: &[FileEntry],
) -> Result<(), ExportError> {
    if files.is_empty() {
        return Ok(());
    }
    page.text_in("h3", &[("id", &format!("{id}-files"))], "Files");
    page.try_put("div", &[("class", "files")], |page| {
        for file in files {
            let content = Excerpt::of(session, file)?;
            page.try_put("details", &[], |page| {
                show_file(page, file, content);
                Ok::<_, ExportError>(())
            })?;
        }
        Ok(())
    })
}

fn show_file(page: &mut Html<'_>, file: &FileEntry, content: Excerpt) {
    page.put("summary", &[], |page| {
        page.text_in("span", &[("class", "path")], &file.path);
        page.text_in("span", &[("class", "count")], &bytes(file.bytes));
    });
    match content {
        Excerpt::Text { text, left_out: more } => {
            // The first line feed behind the tag would be passed over.
            page.text_in("pre", &[], &format!("\n{text}"));
            more.into_iter().for_each(|more| left_out(page, more));
        }
        Excerpt::Binary => page.text_in("p", &[("class", "left-out")], "It is no text."),
        Excerpt::Large => page.text_in("p", &[("class", "left-out")], "It is too large to be shown here."),
    }
}

fn about(page: &mut Html<'_>, session: &SessionExport<'_>, id: &str) {
    page.text_in("h3", &[("id", &format!("{id}-about"))], "About");
    page.put("dl", &[("class", "rows")], |page| {
        session_facts(session).iter().for_each(|(name, value)| row(page, name, value));
        for conflict in &session.manifest().conflicts {
            row(page, "open conflict", conflict.subject());
        }
    });
}
