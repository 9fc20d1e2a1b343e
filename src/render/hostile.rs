//! Every text that is printed, made of hostile values: nothing may steer the terminal.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{
    Conflict, Decision, FactKind, Key, LineSign, Manifest, Person, RunId, RunRecord, RunStatus, SessionId,
    SessionName, Timestamp, escape_char,
};
use crate::ops::{
    Blame, BlameSource, BlamedLines, ChangedFile, CheckLevel, CheckReport, CommitRuns, CompareRow,
    CompareSection, ComparedRun, Comparison, ContentKind, ContextEntry, DecisionChange, DecisionChangeKind,
    DecisionRow, DecisionStory, Diff, DiffEnd, FactChange, FactRow, FactValue, FieldChange, FileChangeKind,
    FileDiff, FileVersion, Hit, Listed, LogEntry, Logged, OpenRunView, PathKind, Problem, ProblemKind,
    Recorded, Repaired, RunRow, RunSource, RunStory, RunView, SearchPlace, SessionRow, SessionView, Severity,
    SourcedLine, Status, Step, TextHunk, TextLine, fork_tree,
};
use crate::store::{BlobId, CommitId, SessionRef};

/// Text as a stranger would write it: controls, bidirectional and invisible characters, line
/// breaks, pictures, and some that is harmless.
pub(super) fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "\x1b[2J",
        "\x1b]0;x\x07",
        "\x1b[8m",
        "\x1b]8;;http://x\x1b\\",
        "\u{9b}1m",
        "\u{90}",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "\u{e0041}",
        "\u{fff9}",
        "\u{2028}",
        "\r",
        "\n",
        "\t",
        "\0",
        "\x7f",
        "\x08",
        "\u{1f600}",
        "e\u{301}",
        "日本",
        "\u{fffd}",
        "\u{10ffff}",
        "# ",
        "---\n",
        "word ",
    ];
    let piece = prop_oneof![
        prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[ -~]{0,300}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn run_id() -> RunId {
    RunId::from_foreign("test", "r")
}

fn session_id() -> SessionId {
    SessionId::from_foreign("test", "s")
}

fn commit() -> CommitId {
    CommitId::from_hex(&"1".repeat(40)).expect("an id")
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("every text is allowed here")
}

pub(super) fn record(t: &str) -> RunRecord {
    read(json!({
        "schema": 1, "id": run_id(), "session": session_id(), "status": "failed", "summary": t, "prompt": t,
        "finished_at": "2026-11-22T07:22:23Z", "duration_s": 1.5, "trigger": t, "process": t,
        "operator": {"name": t, "email": t}, "agent": {"name": t, "version": t, "model": t},
        "command": [t, t], "exit_code": 1, "score": 0.5, "usage": {"input_tokens": 1, "cost_usd": 0.5},
        "metrics": {t: 1.0}, "tags": [t],
        "code": {"repo": t, "branch": t, "head_before": t, "head_after": t, "commits": [t], "dirty": true},
        "external_id": t, "withheld": [{"path": t, "reason": t}], "conflicts": [t], "unknown": t,
    }))
}

fn conflicts(t: &str) -> Vec<Conflict> {
    read(json!([
        {"path": t, "kind": "content", "copy": t, "ours": t, "theirs": t},
        {"field": t, "kind": "field", "ours": t, "theirs": {t: t}},
        {"path": t, "kind": "deleted"},
    ]))
}

fn manifest(t: &str) -> Manifest {
    let mut manifest: Manifest = read(json!({
        "schema": 1, "id": session_id(), "title": t, "status": "done", "created_at": "2026-11-22T07:22:23Z",
        "created_by": {"name": t, "email": t}, "project": {"name": t, "remote": t}, "tags": [t, "b"],
        "origin": {"session": session_id(), "run": run_id(), "commit": t}, "external_ids": {t: [t]}, "budget": {"max_cost_usd": 1}, "template": t, "unknown": t,
        "runs": [{"id": run_id(), "status": "failed", "summary": t}],
    }));
    manifest.conflicts = conflicts(t);
    manifest
}

fn row(t: &str, damaged: Option<&str>) -> RunRow {
    RunRow {
        commits: Vec::new(),
        pushed: Some(false),
        record: record(t),
        number: Some(1),
        commit: commit(),
        session_branch: Some(t.to_owned()),
        source: RunSource::Merged,
        damaged: damaged.map(str::to_owned),
    }
}

fn session_row(t: &str) -> SessionRow {
    let manifest = manifest(t);
    SessionRow {
        id: manifest.id,
        branch: t.to_owned(),
        title: manifest.title,
        status: manifest.status,
        tags: manifest.tags.into_iter().collect(),
        created_at: now(),
        updated_at: now(),
        current: true,
        runs: 1,
        open_runs: 0,
        last_run: manifest.runs.first().cloned(),
        totals: manifest.totals,
        budget: manifest.budget,
        conflicts: 2,
        origin: manifest.origin,
    }
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_unix(1_795_000_000)
}

fn changed(t: &str) -> Vec<ChangedFile> {
    vec![ChangedFile { path: t.to_owned(), change: "added" }]
}

fn entry(t: &str) -> LogEntry {
    LogEntry {
        commit: commit(),
        parents: vec![commit()],
        change: "run",
        summary: t.to_owned(),
        at: now(),
        session: Some(session_id()),
        session_branch: Some(t.to_owned()),
        run: Some(run_id()),
        status: None,
        duration_s: None,
        cost_usd: None,
        is_commit: true,
        agent: Some(t.to_owned()),
        pushed: Some(false),
        context: changed(t),
        values: vec![FactValue {
            key: Key::from_free_text(t),
            kind: FactKind::Knowledge,
            value: Some(t.to_owned()),
        }],
        diff: vec![file_diff(t, ContentKind::Text)],
        damaged: Some(t.to_owned()),
    }
}

fn logged(t: &str) -> Logged {
    let mut logged = Logged::default();
    logged.entries.push(entry(t));
    logged
}

/// Returns an entry by every field that `--format` knows.
fn formatted(t: &str, look: Look) -> String {
    let fields = fields::FIELDS.iter().map(|(name, _)| format!("%({name})")).collect::<String>();
    Format::parse(&fields).expect("all fields are known").print(&[entry(t)], look)
}

fn hit(t: &str) -> Hit {
    Hit {
        session: session_id(),
        session_branch: t.to_owned(),
        run: Some(run_id()),
        at: None,
        place: SearchPlace::Notes,
        path: Some(t.to_owned()),
        line: Some(1),
        snippet: t.to_owned(),
    }
}

fn blamed(t: &str) -> Blame {
    let source = BlameSource {
        commit: commit(),
        change: "run",
        run: Some(run_id()),
        status: None,
        summary: t.to_owned(),
        session: Some(session_id()),
        at: now(),
        by: Person::new(t, t),
        agent: Some(t.to_owned()),
        path_then: t.to_owned(),
    };
    let line = SourcedLine { text: t.to_owned(), source: 0, number_then: 1 };
    let made_in = RunStory {
        id: run_id(),
        commit: commit(),
        status: RunStatus::Failed,
        summary: t.to_owned(),
        prompt: Some(t.to_owned()),
        agent: record(t).agent,
        code_commits: vec![t.to_owned()],
    };
    Blame {
        session_branch: t.to_owned(),
        commit: commit(),
        path: "notes.md".to_owned(),
        kind: PathKind::Notes,
        key: Some(Key::from_free_text(t)),
        decision: Some(DecisionStory { decision: decided(t), made_in: Some(made_in) }),
        content: ContentKind::Text,
        lines: BlamedLines { sources: vec![source], lines: vec![line] },
    }
}

fn decided(t: &str) -> DecisionRow {
    let decision: Decision = read(json!({
        "title": t, "status": "rejected", "because": t, "instead_of": [t], "rejected_because": t,
        "decided_at": "2026-11-22T07:22:23Z", "decided_by": {"name": t, "email": t},
    }));
    DecisionRow { id: "2026-11-22-x-0000".parse().expect("an id"), decision, body: t.to_owned() }
}

fn recorded(t: &str) -> Recorded {
    let session = SessionRef { name: SessionName::new(t, session_id()), tip: commit() };
    let changed = vec![t.to_owned()];
    let record = record(t);
    Recorded {
        session,
        record,
        number: 1,
        commit: commit(),
        conflicts: conflicts(t),
        changed,
        already: false,
    }
}

fn fact(t: &str) -> FactRow {
    FactRow {
        key: Key::from_free_text(t),
        kind: FactKind::Knowledge,
        value: t.to_owned(),
        run: Some(run_id()),
    }
}

fn told(t: &str) -> Status {
    let open = OpenRunView {
        id: run_id(),
        summary: t.to_owned(),
        started_at: Some(now()),
        trigger: Some(t.to_owned()),
    };
    let redactions = [(t.to_owned(), 1)].into();
    Status { session: session_row(t), open: vec![open], open_conflicts: conflicts(t), redactions }
}

fn checked(t: &str) -> CheckReport {
    let problem = Problem {
        kind: ProblemKind::Missing,
        severity: Severity::Damage,
        branch: Some(t.to_owned()),
        run: Some(run_id()),
        commit: Some(commit()),
        path: Some(t.to_owned()),
        object: Some(t.to_owned()),
        message: t.to_owned(),
        remedy: "nothing",
    };
    let level = CheckLevel::Tips;
    CheckReport { level, sessions: 1, runs: 1, objects: 1, problems: vec![problem] }
}

fn steps(t: &str) -> Vec<Step> {
    let (name, session, path) = (t.to_owned(), SessionName::new(t, session_id()), t.to_owned());
    vec![
        Step::Sweep { paths: vec![t.to_owned(); 4] },
        Step::PutFileAside { path },
        Step::Fetch { remote: name.clone(), objects: vec![t.to_owned()] },
        Step::Restore { session, why: t.to_owned(), to: commit(), lost: vec![t.to_owned()] },
        Step::PutRefAside { name, why: t.to_owned() },
    ]
}

fn version(t: &str) -> Option<FileVersion> {
    let blob = BlobId::from_hex(&"2".repeat(40)).expect("an id");
    Some(FileVersion { path: t.to_owned(), blob, bytes: 1, executable: false })
}

fn file_diff(t: &str, content: ContentKind) -> FileDiff {
    let line = |sign, text: String| TextLine { sign, text, has_feed: sign != LineSign::Added };
    let lines = vec![
        line(LineSign::Context, t.to_owned()),
        line(LineSign::Removed, format!("one {t} two")),
        line(LineSign::Added, format!("one {t} three")),
    ];
    let hunk = TextHunk { old_start: 1, old_lines: 2, new_start: 1, new_lines: 2, lines };
    FileDiff {
        path: t.to_owned(),
        kind: PathKind::File,
        change: FileChangeKind::Renamed,
        old: version(t).map(|old| FileVersion { executable: true, ..old }),
        new: version(t),
        similarity: Some(60),
        content,
        insertions: Some(1),
        deletions: Some(1),
        hunks: (content == ContentKind::Text).then(|| vec![hunk]),
    }
}

fn differing(t: &str) -> Diff {
    let end = || DiffEnd {
        commit: commit(),
        session: Some(session_id()),
        run: Some(run_id()),
        status: None,
        summary: Some(t.to_owned()),
        finished_at: Some(now()),
        damaged: Some(t.to_owned()),
    };
    let field = FieldChange { name: t.to_owned(), old: Some(json!([t])), new: Some(json!([t, [t]])) };
    let other = FieldChange { old: Some(json!(t)), new: None, ..field.clone() };
    let fact = FactChange {
        key: Key::from_free_text(t),
        change: FileChangeKind::Modified,
        old: Some(t.to_owned()),
        new: Some(t.to_owned()),
    };
    let DecisionRow { id, decision, .. } = decided(t);
    let decision = DecisionChange { id, change: DecisionChangeKind::Rejected, is_told: true, decision };
    let kinds = [ContentKind::Text, ContentKind::Binary, ContentKind::Large];
    Diff {
        from: Some(end()),
        to: end(),
        run: vec![field.clone(), other],
        manifest: vec![field],
        knowledge: vec![fact.clone()],
        preferences: vec![fact],
        decisions: vec![decision],
        context: kinds.into_iter().map(|kind| file_diff(t, kind)).collect(),
    }
}

fn compared(t: &str) -> Comparison {
    let run = |branch: Option<String>| ComparedRun {
        id: run_id(),
        number: Some(1),
        session: session_id(),
        session_branch: branch,
        commit: commit(),
        status: record(t).status,
        summary: t.to_owned(),
        finished_at: None,
        damaged: None,
    };
    let row = |section, value: Value| CompareRow {
        section,
        name: t.to_owned(),
        values: vec![Some(value), None],
        differs: true,
        better: None,
        best: vec![0],
    };
    let file = json!({"bytes": 1, "blob": t});
    let sections = [CompareSection::Run, CompareSection::Knowledge, CompareSection::Files];
    let rows = sections.into_iter().zip([json!([t]), json!(t), file]).map(|(s, value)| row(s, value));
    Comparison { runs: vec![run(Some(t.to_owned())), run(None)], rows: rows.collect() }
}

/// Returns everything that is printed of this text, by the name of what prints it.
pub(super) fn everything(t: &str, look: Look) -> Vec<(&'static str, String)> {
    let listed = Listed {
        rows: vec![session_row(t)],
        damaged: vec![(SessionName::new(t, session_id()), t.to_owned())],
    };
    let run = RunView {
        row: row(t, Some(t)),
        context: vec![file_diff(t, ContentKind::Text), file_diff(t, ContentKind::Large)],
        conversation: Some(t.to_owned()),
        artifacts: vec![t.to_owned()],
    };
    let mended = Repaired {
        done: steps(t),
        failed: vec![(Step::MendPackedRefs, t.to_owned())],
        bundles: vec![t.into()],
        left: checked(t),
    };
    let blob: BlobId = BlobId::from_hex(&"2".repeat(40)).expect("an id");
    let context = vec![ContextEntry { path: "notes.md".parse().expect("a path"), bytes: 1, blob }];
    let session = SessionView {
        manifest: manifest(t),
        branch: format!("session/{}", SessionName::new(t, session_id())),
        commit: commit(),
        context,
        origin_branch: Some(t.to_owned()),
        inherited_runs: 1,
        newest_runs: vec![row(t, None)],
    };
    let parts = FileParts { stat: true, text: Some(Words::Highlight) };
    let mut all = vec![
        ("list", list_table(&listed, look)),
        ("status", status(&told(t), t, &[], 1, look)),
        ("show SESSION", session_view(&session, look)),
        ("show RUN", run_view(&run, parts, look)),
        ("runs", runs_table(&[row(t, None), row(t, Some(t))], CommitRuns::Folded, look)),
        ("log", log(&logged(t), LogForm::Full, CommitRuns::Folded, parts, look)),
        ("log --oneline", log(&logged(t), LogForm::Line, CommitRuns::Each, FileParts::default(), look)),
        ("log --graph", log_graph(&logged(t), LogForm::Full, parts, look)),
        ("log --format", formatted(t, look)),
        ("know", facts(&[fact(t)], look)),
        ("decide", decisions(&[decided(t)], look)),
        ("brief", markdown(t)),
        ("list --tree", tree_table(&fork_tree(listed.rows), &listed.damaged, look)),
        ("search", hits(&[hit(t)], &[t.to_owned(), "w".to_owned()], look)),
        ("blame", blame(&blamed(t), look)),
        ("record", recorded_line(&recorded(t))),
        ("check", check_report(&checked(t))),
        ("repair --dry-run", repair_plan(&steps(t))),
        ("repair", repaired(&mended)),
        ("diff", diff(&differing(t), Words::Highlight, look)),
        ("diff --word-diff", context_diff(&differing(t), Words::Marked)),
        ("diff --stat", stat(&differing(t).context, look)),
        ("diff --name-only", name_only(&differing(t))),
        ("diff --name-status", name_status(&differing(t))),
        ("compare", compare_table(&compared(t), look)),
        ("compare --csv", compare_csv(&compared(t))),
        ("compare --markdown", compare_markdown(&compared(t))),
        ("context", changed_line(&[t.to_owned(), t.to_owned(), t.to_owned()])),
    ];
    all.extend(super::hostile_branches::branches(t, &manifest(t), look));
    all
}

/// Takes out the colours that are ours; of a stranger's there must be none.
pub(super) fn without_styles(text: &str) -> String {
    use style::*;
    let reverse = anstyle::Style::new().invert();
    let styles = [ID, STRONG, FAINT, GOOD, BAD, WARN, LIVE, BAD.bold(), reverse];
    let own = styles.iter().flat_map(|style| [style.to_string(), format!("{style:#}")]);
    own.filter(|style| !style.is_empty()).fold(text.to_owned(), |text, style| text.replace(&style, ""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_that_is_printed_steers_a_terminal(text in text(), width in prop::option::of(0usize..200)) {
        let look = Look { width, now: now() };
        for (what, printed) in everything(&text, look) {
            let plain = without_styles(&printed);
            let steers = plain.chars().find(|c| escape_char(*c).is_some() && !"\n\t".contains(*c));
            prop_assert_eq!(steers, None, "{} prints {:?}", what, printed);
        }
    }
}
