//! What a purge would do, and did.

use std::fmt::Write as _;

use super::words::count;
use super::{safe_line, style};
use crate::ops::{PurgeHolding, PurgePlan, PurgeSession, PurgeTarget, Purged};

/// The most places that are listed by name.
const LISTED: usize = 50;

/// Says first what nobody can undo by purging.
pub(crate) fn rotate(target: &PurgeTarget) -> &'static str {
    match target {
        PurgeTarget::Value(_) => "make the secret useless first: revoke or change it where it is from",
        _ => "if it holds a secret, make that useless first: revoke or change it where it is from",
    }
}

/// Tells what holds it, and what would be written anew.
pub(crate) fn purge_plan(plan: &PurgePlan) -> String {
    let holdings = folded(&plan.holdings);
    let mut out: String = holdings.iter().take(LISTED).map(holding).collect();
    if holdings.len() > LISTED {
        let _ = writeln!(out, "… and {} more", holdings.len() - LISTED);
    }
    for file in plan.files.iter().take(LISTED) {
        let _ = writeln!(out, "{} {}", style::paint(style::FAINT, "file"), safe_line(file));
    }
    plan.sessions.iter().for_each(|session| out.push_str(&rewritten(session)));
    out.push_str(&elsewhere(plan));
    out.push_str(&later(plan));
    out.push_str(&format!("{}\n", sums(plan)));
    out
}

/// Tells what was done, and what was looked at afterwards.
pub(crate) fn purged(done: &Purged) -> String {
    let mut out = format!("purged {}\n", sums(&done.plan));
    let residue = &done.residue;
    let files = if residue.files > 0 { " and every file of the store" } else { "" };
    let _ = writeln!(out, "searched {}{files}", count(residue.objects, "object"));
    let left = residue.held_objects.iter().chain(&residue.held_files);
    for what in left {
        let _ = writeln!(out, "{} {}", style::paint(style::BAD, "left in"), safe_line(what));
    }
    out.push_str(&elsewhere(&done.plan));
    out.push_str(&later(&done.plan));
    if residue.is_clean() {
        let is_all = done.plan.elsewhere.is_empty() && done.plan.later.is_empty();
        let of = if is_all { "of it" } else { "else of it" };
        let _ = writeln!(out, "nothing {of} is left");
    }
    out
}

// The same content may stand under another name for a good reason.
fn elsewhere(plan: &PurgePlan) -> String {
    let stays = |held: &PurgeHolding| {
        let session = held.session.map(|session| session.short()).unwrap_or_default();
        let run = held.run.map(|run| format!(", run {}", run.short())).unwrap_or_default();
        let path = held.path.strip_prefix("context/").map(safe_line);
        let out = if path.is_some() { ": --path takes it out there" } else { "" };
        let path = path.unwrap_or_else(|| safe_line(&held.path));
        format!("the same content also stands at {path} in session {session}{run}{out}\n")
    };
    plan.elsewhere.iter().take(LISTED).map(stays).collect()
}

// What changed a file several times without a run reads the same each time.
fn folded(holdings: &[PurgeHolding]) -> Vec<PurgeHolding> {
    let mut folded: Vec<PurgeHolding> = Vec::new();
    for held in holdings {
        let is_same = |known: &&mut PurgeHolding| {
            (known.session, known.run, &known.path) == (held.session, held.run, &held.path)
        };
        match folded.last_mut().filter(is_same) {
            Some(known) if held.run.is_none() => known.count += held.count,
            _ => folded.push(held.clone()),
        }
    }
    folded
}

// Nobody but who reads it can tell what it is made of.
fn later(plan: &PurgePlan) -> String {
    let changed = |held: &PurgeHolding| {
        let by = held
            .run
            .map_or_else(|| format!("commit {}", held.commit.short()), |run| format!("run {}", run.short()));
        let path = safe_line(held.path.strip_prefix("context/").unwrap_or(&held.path));
        format!("{by} changed {path} later: what it says may be made of it; purge the value or the path\n")
    };
    plan.later.iter().take(LISTED).map(changed).collect()
}

fn holding(held: &PurgeHolding) -> String {
    let run = held.run.map(|run| format!(" run {}", style::paint(style::ID, run.short())));
    let session = held.session.map(|session| style::paint(style::ID, session.short()).to_string());
    let times = if held.count > 1 { format!(" ×{}", held.count) } else { String::new() };
    format!(
        "{}{} {}{times}\n",
        session.unwrap_or_else(|| held.commit.short()),
        run.unwrap_or_default(),
        safe_line(&held.path)
    )
}

fn rewritten(session: &PurgeSession) -> String {
    let id = style::paint(style::ID, session.session.short());
    let pushed = match session.pushed_to.is_empty() {
        true => String::new(),
        false => format!(", pushed to {}", safe_line(&session.pushed_to.join(", "))),
    };
    let commits = count(session.commits as u64, "commit");
    format!(
        "{} {id} {} ({commits}{pushed})\n",
        style::paint(style::WARN, "rewrite"),
        safe_line(&session.title)
    )
}

fn sums(plan: &PurgePlan) -> String {
    let mut parts = vec![
        count(plan.holdings.iter().map(|held| held.count).sum(), "place"),
        count(plan.sessions.len() as u64, "session"),
    ];
    let more =
        [(plan.refs.len() as u64, "other ref"), (plan.files.len() as u64, "file"), (plan.copies, "backup")];
    parts
        .extend(more.into_iter().filter(|(number, _)| *number > 0).map(|(number, unit)| count(number, unit)));
    parts.join(", ")
}
