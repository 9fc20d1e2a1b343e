//! What forking, merging and going back did, as text.

use super::table::{Align, table};
use super::{Look, ago, changed_line, count, safe_line, style};
use crate::model::Conflict;
use crate::ops::{ChangeRow, Forked, Merged, MergedAs, MergedFile, Nothing, Point, Rewound, UndoneChange};
use crate::store::{RunRef, SessionRef};

const CHANGES: [(&str, Align); 5] = [
    ("CHANGE", Align::Left),
    ("WHAT", Align::Left),
    ("SUMMARY", Align::Flexible),
    ("WHO", Align::Flexible),
    ("WHEN", Align::Left),
];

/// Tells in one line what was forked, and where.
pub(crate) fn forked_line(forked: &Forked, from: &Point) -> String {
    let id = style::paint(style::ID, forked.manifest.id.short());
    let at = match forked.origin.run {
        Some(run) => format!(" at {}", style::paint(style::ID, run.short())),
        None => String::new(),
    };
    format!("{id} {}, forked from {}{at}\n", safe_line(&forked.manifest.title), from.session.name)
}

/// Tells what a merge did, or what it would do.
pub(crate) fn merged(merged: &Merged, into: &SessionRef, from: &Point, dry_run: bool) -> String {
    match merged.nothing {
        Some(Nothing::Itself) => {
            return format!("{} is the session itself; nothing to merge\n", from.session.name);
        }
        Some(Nothing::Already) => return format!("{} has all of {} already\n", into.name, from.session.name),
        Some(Nothing::Undone) => {
            return format!(
                "{} was merged and taken back; 'git session merge --again' merges it once more\n",
                from.session.name
            );
        }
        None => {}
    }
    let verb = if dry_run { "would merge" } else { "merged" };
    let paths: Vec<String> = merged.files.iter().map(|file| file.path.to_string()).collect();
    let mut out = format!(
        "{verb} {} into {}: {}, {}",
        from.session.name,
        into.name,
        count(merged.new_runs as u64, "run"),
        changed_line(&paths),
    );
    if !merged.conflicts.is_empty() {
        let conflicts = count(merged.conflicts.len() as u64, "conflict");
        out.push_str(&format!(", {}", style::paint(style::BAD, conflicts)));
    }
    out.push('\n');
    let is_told = |file: &&MergedFile| dry_run || file.how == MergedAs::Conflict;
    out.extend(merged.files.iter().filter(is_told).map(|file| merged_file(file, &merged.conflicts)));
    out
}

/// Tells what a rewind did.
pub(crate) fn rewound(rewound: &Rewound, session: &SessionRef, to: &RunRef) -> String {
    let id = style::paint(style::ID, to.id().short());
    let summary = safe_line(&to.run.subject);
    if rewound.commit.is_none() {
        return format!("{} is as {id} {summary} left it already\n", session.name);
    }
    let files = count(rewound.files.len() as u64, "file");
    let mut out = format!("{files} of {} as {id} {summary} left it:\n", session.name);
    out.extend(rewound.files.iter().map(|file| merged_file(file, &[])));
    out
}

/// Tells what an undo did.
pub(crate) fn undone(undone: &UndoneChange) -> String {
    let id = style::paint(style::ID, undone.change.commit.short());
    let mut out = format!("took back {id} {}\n", safe_line(&undone.change.summary));
    out.extend(undone.files.iter().map(|file| merged_file(file, &undone.conflicts)));
    out
}

/// Lists changes.
pub(crate) fn changes_table(rows: &[ChangeRow], look: Look) -> String {
    let row = |row: &ChangeRow| {
        let mut summary = safe_line(&row.summary);
        if row.undone {
            summary.push_str(" [undone]");
        }
        let id = style::paint(style::ID, row.commit.short());
        vec![id, row.verb.to_owned(), summary, safe_line(&row.who), ago(row.at, look.now)]
    };
    table(&CHANGES, &rows.iter().map(row).collect::<Vec<_>>(), look.width)
}

fn merged_file(file: &MergedFile, conflicts: &[Conflict]) -> String {
    let (look, what) = match file.how {
        MergedAs::Added => (style::GOOD, "added"),
        MergedAs::Changed => (style::LIVE, "changed"),
        MergedAs::Removed => (style::BAD, "removed"),
        MergedAs::Merged => (style::LIVE, "merged"),
        MergedAs::Ours => (style::WARN, "ours kept"),
        MergedAs::Theirs => (style::WARN, "theirs taken"),
        MergedAs::Conflict => (style::BAD, "conflict"),
    };
    let path = file.path.as_str();
    let entry = conflicts.iter().find(|entry| entry.path.as_deref() == Some(path));
    let beside = match entry.map(|entry| entry.copy.as_deref()) {
        Some(Some(copy)) => format!("  (the other version is {})", safe_line(copy)),
        Some(None) => "  (one side removed it, the other changed it)".to_owned(),
        None => String::new(),
    };
    format!("  {}  {}{beside}\n", style::paint(look, format!("{what:<12}")), safe_line(path))
}
