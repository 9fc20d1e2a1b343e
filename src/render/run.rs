//! Runs, facts and decisions as text.

use std::collections::BTreeMap;

use anstyle::Style;

use super::table::{Align, table, table_without};
use super::words::{NOT_PUSHED, legend};
use super::wrap::{ended, going_on, hanging};
use super::{
    FileParts, FilesPrinter, Look, ago, count, duration, file_line, money, run_commits, safe, safe_line,
    stat, style,
};
use crate::model::{RunRecord, RunStatus, Withheld};
use crate::ops::{CommitRuns, DecisionRow, FactRow, Recorded, RunCodeCommit, RunRow, RunSource, RunView};

const RUNS: [(&str, Align); 11] = [
    ("", Align::Left),
    ("RUN", Align::Left),
    ("#", Align::Right),
    ("STATUS", Align::Left),
    ("SUMMARY", Align::Flexible),
    ("TIME", Align::Right),
    ("COST", Align::Right),
    ("AGENT", Align::Left),
    ("COMMITS", Align::Left),
    ("FINISHED", Align::Left),
    ("FROM", Align::Flexible),
];
/// What a narrow terminal does without, the first of them first.
const SPARE: [&str; 4] = ["COMMITS", "AGENT", "TIME", "COST"];
/// How wide the names of what a run says of itself are.
const NAME_WIDTH: usize = 10;
/// Where the title of a decision goes on.
const TITLE_INDENT: usize = 2;
/// Where what a decision says begins.
const DECISION_INDENT: usize = 14;
const FACTS: [(&str, Align); 3] =
    [("KEY", Align::Flexible), ("VALUE", Align::Flexible), ("RUN", Align::Left)];

/// Lists runs.
pub(crate) fn runs_table(rows: &[RunRow], commits: CommitRuns, look: Look) -> String {
    let is_same = |a: &RunRow, b: &RunRow| {
        let is_foldable = |row: &RunRow| row.record.is_commit() && row.damaged.is_none();
        commits == CommitRuns::Folded
            && is_foldable(a)
            && is_foldable(b)
            && a.session_branch == b.session_branch
    };
    let lines: Vec<_> = rows.chunk_by(is_same).map(|group| group_line(group, look)).collect();
    table_without(&RUNS, &SPARE, &lines, look.width) + &legend(rows.iter().map(mark))
}

// The newest comes first.
fn group_line(group: &[RunRow], look: Look) -> Vec<String> {
    let (newest, oldest) = match group {
        [newest, .., oldest] => (newest, oldest),
        [one] => return run_line(one, look),
        [] => return Vec::new(),
    };
    let number = |row: &RunRow| row.number.map(|number| number.to_string()).unwrap_or_default();
    let mut line = run_line(newest, look);
    let count = count(group.len() as u64, "commit");
    let (first, last) = (safe_line(&oldest.record.headline()), safe_line(&newest.record.headline()));
    let told =
        [(2, format!("{}-{}", number(oldest), number(newest))), (4, format!("{count}: {first} … {last}"))];
    for (column, text) in told {
        line.splice(column..=column, [text]);
    }
    line
}

// An open run leaves this store when it is finished.
fn mark(row: &RunRow) -> Option<bool> {
    row.pushed.filter(|_| row.record.status != RunStatus::Running)
}

fn run_line(row: &RunRow, look: Look) -> Vec<String> {
    let record = &row.record;
    let when = match (record.finished_at, record.started_at) {
        (Some(finished), _) => ago(finished, look.now),
        (None, Some(started)) => format!("began {}", ago(started, look.now)),
        (None, None) => String::new(),
    };
    vec![
        mark(row).filter(|pushed| !pushed).map(|_| style::paint(style::LIVE, NOT_PUSHED)).unwrap_or_default(),
        style::paint(style::ID, record.id.short()),
        row.number.map(|number| number.to_string()).unwrap_or_default(),
        match row.damaged {
            Some(_) => style::paint(style::BAD, "damaged"),
            None => style::paint(style::of_status(record.status), record.status),
        },
        safe_line(&record.headline()),
        record.duration_s.map(duration).unwrap_or_default(),
        cost(record).unwrap_or_default(),
        record.agent.as_ref().map(|agent| safe_line(&agent.name)).unwrap_or_default(),
        commits(row),
        when,
        from(row),
    ]
}

// Of a run that is nothing but a commit, nothing is to be told but that it is gone.
fn commits(row: &RunRow) -> String {
    let gone = row.commits.iter().filter(|commit| commit.reachable == Some(false)).count();
    let is_current = |commit: &RunCodeCommit| commit.reachable != Some(false);
    match row.commits.iter().filter(|commit| is_current(commit)).count() {
        0 if gone > 0 => "gone".to_owned(),
        0 | 1 if row.record.is_commit() => String::new(),
        0 => String::new(),
        some => some.to_string(),
    }
}

// Where a run comes from is told only of those that the session did not record itself.
fn from(row: &RunRow) -> String {
    match (&row.source, &row.session_branch) {
        (RunSource::Own, _) => String::new(),
        (_, Some(branch)) => safe_line(branch.trim_start_matches("session/")),
        (_, None) => format!("{} (removed)", row.record.session.short()),
    }
}

fn cost(record: &RunRecord) -> Option<String> {
    record.usage.as_ref()?.cost_usd.map(money)
}

/// Tells in one line what was recorded.
pub(crate) fn recorded_line(recorded: &Recorded) -> String {
    let record = &recorded.record;
    let mut line = format!(
        "{} #{} {} in {}",
        style::paint(style::ID, record.id.short()),
        recorded.number,
        style::paint(style::of_status(record.status), record.status),
        recorded.session.name,
    );
    if recorded.already {
        line.push_str(" (was recorded before)");
    } else {
        line.push_str(&format!(": {}", changed_line(&recorded.changed)));
    }
    if !recorded.conflicts.is_empty() {
        let conflicts = count(recorded.conflicts.len() as u64, "conflict");
        line.push_str(&format!(", {}", style::paint(style::BAD, conflicts)));
    }
    line.push('\n');
    line
}

/// Tells in a few words which context files changed.
pub(crate) fn changed_line(paths: &[String]) -> String {
    match paths {
        [] => "context unchanged".to_owned(),
        [one] => format!("context changed: {}", safe_line(one)),
        [one, two] => format!("context changed: {}, {}", safe_line(one), safe_line(two)),
        [one, rest @ ..] => format!("context changed: {} and {} more", safe_line(one), rest.len()),
    }
}

/// Shows a run in full.
pub(crate) fn run_view(view: &RunView, parts: FileParts, look: Look) -> String {
    let record = &view.row.record;
    let hanging = |text: &str, style| hanging(&safe_line(text), style, NAME_WIDTH, look);
    let mut out = String::new();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out.push_str(&format!("{name:<NAME_WIDTH$}{value}\n"));
        }
    };
    line("run", Some(style::paint(style::ID, record.id)));
    line("damaged", view.row.damaged.as_deref().map(|why| hanging(why, style::BAD)));
    line("number", view.row.number.map(|number| number.to_string()));
    line(
        "session",
        view.row.session_branch.as_deref().map(safe_line).or_else(|| Some(record.session.to_string())),
    );
    line("status", Some(style::paint(style::of_status(record.status), record.status)));
    line("summary", Some(hanging(&record.headline(), style::STRONG)));
    line("started", record.started_at.map(|time| time.to_string()));
    line("finished", record.finished_at.map(|time| format!("{time} ({})", ago(time, look.now))));
    line("took", record.duration_s.map(duration));
    line("agent", record.agent.as_ref().map(agent));
    line("command", (!record.command.is_empty()).then(|| safe_line(&record.command.join(" "))));
    line("exit code", record.exit_code.map(|code| code.to_string()));
    line("score", record.score.map(|score| score.to_string()));
    line("usage", usage(record));
    line("by", record.operator.as_ref().map(|by| safe_line(&format!("{} <{}>", by.name, by.email))));
    line("process", record.process.as_deref().map(safe_line));
    line("commit", Some(view.row.commit.to_string()));
    line("code", code(record));
    line("redacted", redactions(&record.redactions));
    for (name, value) in &record.metrics {
        line("metric", Some(safe_line(&format!("{name} = {value}"))));
    }
    out.push_str(&more(view, record, parts, look));
    out
}

fn more(view: &RunView, record: &RunRecord, parts: FileParts, look: Look) -> String {
    let mut out = String::new();
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            out.push_str(&format!("\n{}\n{body}", style::paint(style::STRONG, title)));
        }
    };
    let rest: Vec<&str> = record.summary.lines().skip(1).collect();
    section("summary", indented(&rest.join("\n")));
    let context = match parts.stat {
        true => stat(&view.context, look),
        false => view.context.iter().map(|file| format!("  {}\n", file_line(file))).collect(),
    };
    section("context", context);
    section("commits", run_commits(&view.row.commits));
    section("conflicts", record.conflicts.iter().map(|path| format!("  {}\n", safe_line(path))).collect());
    section("withheld", record.withheld.iter().map(withheld).collect());
    section("artifacts", view.artifacts.iter().map(|path| format!("  {}\n", safe_line(path))).collect());
    section("prompt", indented(record.prompt.as_deref().unwrap_or_default()));
    section("conversation", indented(view.conversation.as_deref().unwrap_or_default()));
    section("files", FilesPrinter::new(FileParts { stat: false, ..parts }).print(&view.context, look));
    out
}

fn withheld(file: &Withheld) -> String {
    format!("  {}: {}\n", safe_line(&file.path), safe_line(&file.reason))
}

/// Returns stored text with every line moved in.
pub(super) fn indented(text: &str) -> String {
    safe(text.trim_end()).lines().map(|line| format!("  {line}\n")).collect()
}

/// Tells which agent did a run.
pub(super) fn agent(agent: &crate::model::Agent) -> String {
    let parts = [Some(&agent.name), agent.version.as_ref(), agent.model.as_ref()];
    safe_line(&parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" "))
}

/// Tells what a run used up.
pub(super) fn usage(record: &RunRecord) -> Option<String> {
    let usage = record.usage.as_ref()?;
    let mut parts: Vec<String> = usage.cost_usd.map(money).into_iter().collect();
    let tokens = [
        (usage.input_tokens, "input"),
        (usage.output_tokens, "output"),
        (usage.cache_read_tokens, "cache read"),
        (usage.cache_write_tokens, "cache write"),
    ];
    parts.extend(tokens.iter().filter_map(|(n, name)| n.map(|n| format!("{n} {name} tokens"))));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Tells how many secrets were removed, and by which rules.
pub(crate) fn redactions(counts: &BTreeMap<String, u64>) -> Option<String> {
    let total = counts.values().sum::<u64>();
    let rules: Vec<String> =
        counts.iter().map(|(rule, count)| format!("{} {count}", safe_line(rule))).collect();
    (total > 0).then(|| format!("{} ({})", count(total, "secret"), rules.join(", ")))
}

/// Tells what a run did to the code.
pub(super) fn code(record: &RunRecord) -> Option<String> {
    let code = record.code.as_ref()?;
    let short =
        |id: &Option<String>| id.as_deref().map(|id| safe_line(&id.chars().take(8).collect::<String>()));
    let mut out = code.branch.as_deref().map(safe_line).unwrap_or_default();
    match (short(&code.head_before), short(&code.head_after)) {
        (Some(before), Some(after)) if before != after => out.push_str(&format!(" {before}..{after}")),
        (_, Some(after)) => out.push_str(&format!(" {after}")),
        _ => {}
    }
    if let Some(files) = code.files_changed.filter(|files| *files > 0) {
        let (plus, minus) = (code.insertions.unwrap_or(0), code.deletions.unwrap_or(0));
        out.push_str(&format!(", {} (+{plus} -{minus})", count(files, "file")));
    }
    if code.dirty == Some(true) {
        out.push_str(", uncommitted changes");
    }
    Some(out.trim().to_owned())
}

/// Lists facts with the run that set each.
pub(crate) fn facts(rows: &[FactRow], look: Look) -> String {
    let row = |fact: &FactRow| {
        let first = fact.value.lines().next().unwrap_or_default();
        let more = fact.value.lines().count().saturating_sub(1);
        let value =
            if more > 0 { format!("{first} (+{})", count(more as u64, "line")) } else { first.to_owned() };
        let run = fact.run.map(|run| run.short()).unwrap_or_else(|| "-".to_owned());
        vec![style::paint(style::STRONG, &fact.key), safe_line(&value), style::paint(style::ID, run)]
    };
    table(&FACTS, &rows.iter().map(row).collect::<Vec<_>>(), look.width)
}

/// Lists decisions.
pub(crate) fn decisions(rows: &[DecisionRow], look: Look) -> String {
    rows.iter().map(|row| decision(row, look)).collect::<Vec<_>>().join("\n")
}

fn decision(row: &DecisionRow, look: Look) -> String {
    let decision = &row.decision;
    let status = style::paint(style::FAINT, format!("({})", decision.status));
    let title = going_on("", &safe_line(&decision.title), style::STRONG, TITLE_INDENT, look);
    let mut out = ended(&title, &status, TITLE_INDENT, look);
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let value = hanging(&safe_line(value), Style::new(), DECISION_INDENT, look);
            out.push_str(&format!("{:<DECISION_INDENT$}{value}\n", format!("  {name}")));
        }
    };
    line("because", decision.because.as_deref());
    decision.instead_of.iter().for_each(|option| line("instead of", Some(option)));
    decision.supersedes.iter().for_each(|id| line("supersedes", Some(id.as_str())));
    line("superseded", decision.superseded_by.as_ref().map(|id| id.as_str()));
    line("rejected", decision.rejected_because.as_deref());
    line("run", decision.run.map(|run| run.short()).as_deref());
    line("id", Some(row.id.as_str()));
    out.push_str(&indented(&row.body));
    out
}
