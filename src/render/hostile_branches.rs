//! What forking, merging, going back and sharing print of a text that is not to be trusted.

use super::{Look, changes_table, forked_line, forks_table, merged, rewound, undone};
use crate::model::{
    Conflict, ConflictKind, Extra, Origin, RunId, RunStatus, RunTrailers, SessionId, SessionName,
    SessionStatus, Timestamp,
};
use crate::ops::{
    ChangeRow, ContextSince, ForkComparison, ForkOutcome, Forked, Merged, MergedAs, MergedFile, Point,
    Rewound, UndoneChange,
};
use crate::store::{CommitId, RunCommit, RunRef, SessionRef};

fn commit() -> CommitId {
    CommitId::from_hex(&"1".repeat(40)).expect("an id")
}

fn run_id() -> RunId {
    RunId::from_foreign("test", "r")
}

fn change(t: &str) -> ChangeRow {
    ChangeRow {
        commit: commit(),
        before: Some(commit()),
        verb: "context",
        summary: t.to_owned(),
        who: t.to_owned(),
        at: Timestamp::from_unix(0),
        undoes: Some(t.to_owned()),
        undone: true,
    }
}

fn outcome(t: &str, manifest: &crate::model::Manifest) -> ForkOutcome {
    let path = "knowledge/a.md".parse().expect("a path");
    ForkOutcome {
        id: manifest.id,
        branch: t.to_owned(),
        title: t.to_owned(),
        status: SessionStatus::Active,
        forked_at: None,
        totals: manifest.totals.clone(),
        last_run: manifest.runs.first().cloned(),
        score: Some(1.0),
        metrics: [(t.to_owned(), 1.0)].into(),
        conflicts: 1,
        merged: true,
        context: vec![ContextSince { path, change: "added", value: Some(t.to_owned()) }],
    }
}

/// Returns everything that is printed of this text, by the name of what prints it.
pub(super) fn branches(
    t: &str,
    manifest: &crate::model::Manifest,
    look: Look,
) -> Vec<(&'static str, String)> {
    let id = SessionId::from_foreign("test", "s");
    let session = SessionRef { name: SessionName::new(t, id), tip: commit() };
    let point = Point { session: session.clone(), commit: commit(), run: Some(run_id()) };
    let origin = Origin { session: id, run: None, commit: t.to_owned(), extra: Extra::new() };
    let forked = Forked { session: session.clone(), manifest: manifest.clone(), origin };
    let files: Vec<MergedFile> = [MergedAs::Conflict, MergedAs::Added]
        .map(|how| MergedFile { path: "notes.md".parse().expect("a path"), how })
        .into();
    let mut conflict = Conflict::of_path("notes.md", ConflictKind::Content);
    conflict.copy = Some(t.to_owned());
    let conflicts = vec![conflict];
    let outcomes = || outcome(t, manifest);
    let forks = ForkComparison { session: outcomes(), forks: vec![outcomes()] };
    let trailers = RunTrailers {
        id: run_id(),
        status: RunStatus::Failed,
        finished_at: None,
        duration_s: None,
        cost_usd: None,
        agent: None,
        code_commit: None,
        is_commit: false,
    };
    let run = RunCommit { commit: commit(), session: id, subject: t.to_owned(), run: trailers };
    let to = RunRef { session: session.clone(), run, number: 1 };
    let done = Merged {
        commit: None,
        nothing: None,
        new_runs: 1,
        files: files.clone(),
        conflicts: conflicts.clone(),
        open_conflicts: 1,
    };
    let back = Rewound { commit: Some(commit()), files: files.clone(), open: Vec::new() };
    let taken =
        UndoneChange { change: change(t), commit: commit(), files, conflicts, pushed_to: vec![t.to_owned()] };
    let mut all = super::hostile_share::shared(t);
    all.extend([
        ("fork", forked_line(&forked, &point)),
        ("compare --forks", forks_table(&forks, look)),
        ("merge", merged(&done, &session, &point, true)),
        ("rewind", rewound(&back, &session, &to)),
        ("undo", undone(&taken)),
        ("undo --list", changes_table(&[change(t)], look)),
    ]);
    all
}
