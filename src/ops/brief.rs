//! What the next run should know, in Markdown, the most useful first.

use super::arrived::arrived;
use super::runs::{CommitRuns, record_or_message};
use super::{DecisionRow, FactRow, OpError, list_decisions, list_facts};
use crate::model::{ContextPath, DecisionStatus, FactKind, Manifest, RunRecord, RunStatus, escape_text};
use crate::store::{SessionRef, Snapshot, Store};

/// How many characters a token has, roughly.
const TOKEN_CHARS: usize = 4;
/// How many runs are told of.
const RUNS: usize = 5;
/// How many commits are looked at to find them.
const COMMITS: usize = 60;
/// The longest value of a fact that is told whole, in characters.
const FACT_CHARS: usize = 600;
/// How much of the notes is read, in bytes.
const NOTES_BYTES: u64 = 1024 * 1024;

/// How a brief is written.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct BriefOptions {
    /// The longest it may be, in tokens of 4 characters.
    pub max_tokens: usize,
    /// How runs are told that are nothing but a commit of the code.
    pub commits: CommitRuns,
}

impl Default for BriefOptions {
    fn default() -> Self {
        Self { max_tokens: 4000, commits: CommitRuns::Folded }
    }
}

impl BriefOptions {
    /// Sets the longest it may be.
    pub fn with_max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = max_tokens;
        self
    }

    /// Sets how runs are told that are nothing but a commit of the code.
    pub fn with_commits(mut self, commits: CommitRuns) -> Self {
        self.commits = commits;
        self
    }
}

/// Writes the brief of a session. It tells what it left out.
pub fn brief(store: &Store, session: &SessionRef, options: &BriefOptions) -> Result<String, OpError> {
    let tip = store.snapshot(session.tip)?;
    let sections = [
        conflicts(&tip.manifest),
        decisions(store, &tip)?,
        facts("Knowledge", list_facts(store, &tip, FactKind::Knowledge)?),
        facts("Preferences", list_facts(store, &tip, FactKind::Preference)?),
        recent_runs(store, session, options.commits)?,
        notes(store, &tip)?,
        files(store, &tip)?,
    ];
    let mut writer = Writer::new(options.max_tokens);
    let arrived = arrived(store, session)?;
    // No text can hold the id of the commit that it is in, so none can end the fence.
    let fence = arrived.map(|arrived| (arrived.sentence(), tip.commit));
    if let Some((sentence, mark)) = &fence {
        writer.push(&format!("{sentence}\n\n[shared content begins {mark}]\n\n"));
    }
    writer.head(&tip.manifest);
    for section in sections {
        writer.section(section);
    }
    if let Some((_, mark)) = fence {
        writer.push(&format!("\n[shared content ends {mark}]\n"));
    }
    Ok(writer.finish())
}

/// A heading and its items, the most useful first.
struct Section {
    title: &'static str,
    items: Vec<String>,
}

struct Writer {
    out: String,
    left: usize,
    skipped: Vec<String>,
}

/// The three lines that every brief ends with: knowledge that nobody writes helps nobody.
const ENDING: &str = "\
---
Learned something the next run needs? `git session know KEY \"VALUE\"` (such as `know build.command \"make -j8\"`)
Chose between options? `git session decide \"WHAT\" --because \"WHY\" --instead-of \"OTHER\"`
Anything else worth keeping? `git session note \"TEXT\"`
";

impl Writer {
    fn new(max_tokens: usize) -> Self {
        // The ending and the line about what was left out always fit.
        let reserved = ENDING.chars().count() + 200;
        let left = max_tokens.saturating_mul(TOKEN_CHARS).saturating_sub(reserved);
        Self { out: String::new(), left, skipped: Vec::new() }
    }

    fn head(&mut self, manifest: &Manifest) {
        let totals = &manifest.totals;
        let mut line = format!("Status: {}.", manifest.status);
        if totals.attempts() > 0 {
            line.push_str(&format!(
                " Runs so far: {} ({} succeeded, {} failed).",
                totals.attempts(),
                totals.succeeded_attempts(),
                totals.failed
            ));
        }
        if totals.commits > 0 {
            line.push_str(&format!(" Commits outside of runs: {}.", totals.commits));
        }
        self.push(&format!("# {}\n\n{line}\n", escape_text(&manifest.title)));
    }

    fn section(&mut self, section: Section) {
        let mut items = section.items.into_iter();
        let mut heading = Some(format!("\n## {}\n\n", section.title));
        for item in items.by_ref() {
            let text = format!("{}{}\n", heading.as_deref().unwrap_or_default(), escape_text(&item));
            if text.chars().count() > self.left {
                let count = 1 + items.len();
                self.skipped.push(format!("{count} of {}", section.title.to_lowercase()));
                return;
            }
            heading = None;
            self.push(&text);
        }
    }

    fn push(&mut self, text: &str) {
        self.left = self.left.saturating_sub(text.chars().count());
        self.out.push_str(text);
    }

    fn finish(mut self) -> String {
        if !self.skipped.is_empty() {
            let skipped = self.skipped.join(", ");
            self.out.push_str(&format!("\nLeft out to stay short: {skipped}.\n"));
        }
        self.out.push('\n');
        self.out.push_str(ENDING);
        self.out
    }
}

fn conflicts(manifest: &Manifest) -> Section {
    let items = manifest.conflicts.iter().map(|conflict| match &conflict.copy {
        Some(copy) => format!("- `{}`: the other version is in `{copy}`", conflict.subject()),
        None => format!("- `{}`: {}", conflict.subject(), kind_in_words(conflict)),
    });
    Section { title: "Open conflicts", items: items.collect() }
}

fn kind_in_words(conflict: &crate::model::Conflict) -> String {
    match (&conflict.field, &conflict.theirs) {
        (Some(_), Some(theirs)) => format!("another value was {theirs}"),
        _ => "one side removed it, the other changed it".to_owned(),
    }
}

fn decisions(store: &Store, tip: &Snapshot) -> Result<Section, OpError> {
    let (mut rows, _) = list_decisions(store, tip)?;
    rows.retain(|row| row.decision.status != DecisionStatus::Superseded);
    // What holds comes before what was turned down, the newest first.
    rows.sort_by_key(|row| std::cmp::Reverse(row.decision.decided_at));
    rows.sort_by_key(|row| row.decision.status);
    Ok(Section { title: "Decisions", items: rows.iter().map(decision_item).collect() })
}

fn decision_item(row: &DecisionRow) -> String {
    let decision = &row.decision;
    let mut item = match decision.status {
        DecisionStatus::Rejected => format!("- Rejected: {}", decision.title),
        _ => format!("- {}", decision.title),
    };
    if let Some(because) = &decision.because {
        item.push_str(&format!(" — because {because}"));
    }
    if !decision.instead_of.is_empty() {
        item.push_str(&format!(" (not: {})", decision.instead_of.join("; ")));
    }
    if let Some(because) = &decision.rejected_because {
        item.push_str(&format!(" — rejected because {because}"));
    }
    item
}

fn facts(title: &'static str, rows: Vec<FactRow>) -> Section {
    let item = |row: FactRow| match (row.value.lines().count(), row.value.chars().count()) {
        (0 | 1, 0..=FACT_CHARS) => format!("- `{}`: {}", row.key, row.value),
        (_, 0..=FACT_CHARS) => format!("- `{}`:\n{}", row.key, indented(&row.value)),
        (_, length) => format!("- `{}`: {length} characters, see `git session know {}`", row.key, row.key),
    };
    Section { title, items: rows.into_iter().map(item).collect() }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn recent_runs(store: &Store, session: &SessionRef, commits: CommitRuns) -> Result<Section, OpError> {
    let mut items = Vec::new();
    let mut folded: Vec<String> = Vec::new();
    // A history that is cut must not stop the next run: what its newest commits say is known.
    for step in store.history(session.tip, None).take(COMMITS).map_while(Result::ok) {
        match store.try_find_run_commit(step.commit)? {
            Some(run) if run.run.is_commit && commits == CommitRuns::Folded => folded.push(run.subject),
            Some(run) => {
                items.extend(commits_item(&mut folded));
                items.push(run_item(&record_or_message(store, &run).0));
            }
            None => {}
        }
        if items.len() >= RUNS {
            break;
        }
    }
    items.extend(commits_item(&mut folded));
    items.truncate(RUNS);
    Ok(Section { title: "Last runs", items })
}

// The newest comes first.
fn commits_item(subjects: &mut Vec<String>) -> Option<String> {
    let subjects = std::mem::take(subjects);
    match subjects.as_slice() {
        [] => None,
        [one] => Some(format!("- commit: {one}")),
        [newest, .., oldest] => Some(format!("- {} commits: {oldest} … {newest}", subjects.len())),
    }
}

fn run_item(record: &RunRecord) -> String {
    let mut item = format!("- {} {}: {}", record.id.short(), record.status, record.headline());
    let failed = matches!(record.status, RunStatus::Failed | RunStatus::Interrupted);
    if let (true, Some(code)) = (failed, record.exit_code) {
        item.push_str(&format!(" (exit code {code})"));
    }
    let more: Vec<&str> = record.summary.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
    if failed && !more.is_empty() {
        item.push_str(&format!("\n{}", indented(&more.join("\n"))));
    }
    item
}

// The newest notes stand last in the file; they are told first.
fn notes(store: &Store, tip: &Snapshot) -> Result<Section, OpError> {
    let path: ContextPath = ContextPath::NOTES.parse()?;
    let text = match store.context_file(tip.root, &path)? {
        Some(file) if store.blob_bytes(file.blob)? <= NOTES_BYTES => {
            String::from_utf8_lossy(&store.read_blob(file.blob, NOTES_BYTES)?).into_owned()
        }
        _ => String::new(),
    };
    let mut items: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match items.last_mut() {
            Some(item) if line.starts_with(' ') => item.push_str(&format!("\n{line}")),
            _ => items.push(line.to_owned()),
        }
    }
    items.reverse();
    Ok(Section { title: "Notes", items })
}

fn files(store: &Store, tip: &Snapshot) -> Result<Section, OpError> {
    let told = |path: &&ContextPath| {
        FactKind::Knowledge.key(path).is_some()
            || FactKind::Preference.key(path).is_some()
            || path.as_str().starts_with(ContextPath::DECISIONS)
            || path.as_str() == ContextPath::NOTES
            || path.is_conflict_copy()
    };
    let files = store.context_files(tip.root)?;
    let items = files.keys().filter(|path| !told(path)).map(|path| format!("- `{path}`"));
    Ok(Section { title: "Files in the context folder", items: items.collect() })
}
