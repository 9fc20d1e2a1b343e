//! What is told of a session and of a run in a few words, for every format that people read. It is
//! not yet escaped for any of them.

use crate::model::{Manifest, RunRecord, Timestamp};
use crate::ops::{RunExport, RunSource, SessionExport};
use crate::render::run::{agent, code, redactions, usage};
use crate::render::session::totals_line;
use crate::render::{duration, money};

/// A name and a value.
pub(super) type Fact = (&'static str, String);

/// Tells what a session is.
pub(super) fn session_facts(session: &SessionExport<'_>) -> Vec<Fact> {
    let manifest = session.manifest();
    let mut facts = vec![("status", manifest.status.to_string()), ("totals", totals_line(&manifest.totals))];
    facts.push(("created", created(manifest)));
    facts.extend(manifest.project.as_ref().map(|project| ("project", project.name.clone())));
    facts.extend(manifest.origin.as_ref().map(|origin| {
        let run = origin.run.map(|run| format!(" at run {}", run.short())).unwrap_or_default();
        ("forked from", format!("session {}{run}", origin.session.short()))
    }));
    let tags: Vec<&str> = manifest.tags.iter().map(String::as_str).collect();
    facts.extend((!tags.is_empty()).then(|| ("tags", tags.join(", "))));
    let budget = manifest.budget.as_ref().and_then(|budget| budget.max_cost_usd);
    facts.extend(budget.map(|limit| ("budget", money(limit))));
    facts.push(("session", manifest.id.to_string()));
    facts.push(("branch", session.name().branch()));
    facts.push(("commit", session.commit().to_string()));
    facts
}

fn created(manifest: &Manifest) -> String {
    let by = manifest.created_by.as_ref().map(|by| format!(" by {}", by.name)).unwrap_or_default();
    format!("{}{by}", when(manifest.created_at))
}

/// Tells what a run was, besides what it was about and how it ended.
pub(super) fn run_facts(run: &RunExport) -> Vec<Fact> {
    let record = &run.row.record;
    let mut facts = Vec::new();
    facts.extend(record.finished_at.map(|time| ("finished", when(time))));
    facts.extend(record.duration_s.map(|span| ("took", duration(span))));
    facts.extend(usage(record).map(|usage| ("used", usage)));
    facts.extend(record.agent.as_ref().map(|who| ("agent", agent(who))));
    facts.extend(record.operator.as_ref().map(|by| ("by", by.name.clone())));
    facts.extend((!record.command.is_empty()).then(|| ("command", record.command.join(" "))));
    facts.extend(record.exit_code.filter(|code| *code != 0).map(|code| ("exit code", code.to_string())));
    facts.extend(record.score.map(|score| ("score", score.to_string())));
    facts.extend(record.process.clone().map(|process| ("process", process)));
    facts.extend(code(record).filter(|code| !code.is_empty()).map(|code| ("code", code)));
    let metrics: Vec<String> = record.metrics.iter().map(|(name, value)| format!("{name} {value}")).collect();
    facts.extend((!metrics.is_empty()).then(|| ("metrics", metrics.join(", "))));
    facts.extend((run.row.source == RunSource::Merged).then(|| ("merged from", origin_of(run))));
    facts.extend(redactions(&record.redactions).map(|removed| ("redacted", removed)));
    facts.extend((!record.conflicts.is_empty()).then(|| ("conflicts", record.conflicts.join(", "))));
    facts.extend(run.row.damaged.clone().map(|why| ("damaged", why)));
    facts
}

fn origin_of(run: &RunExport) -> String {
    match &run.row.session_branch {
        Some(branch) => branch.trim_start_matches("session/").to_owned(),
        None => format!("session {}", run.row.record.session.short()),
    }
}

/// Tells a time to the minute.
pub(super) fn when(time: Timestamp) -> String {
    time.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Returns what a summary says behind its headline.
pub(super) fn rest_of_summary(record: &RunRecord) -> Option<&str> {
    let (_, rest) = record.summary.trim().split_once('\n')?;
    Some(rest.trim_matches('\n')).filter(|rest| !rest.trim().is_empty())
}
