//! What was shared with a remote.

use std::fmt::Write as _;

use super::words::bytes;
use super::{Look, ago, count, duration, safe_line, style};
use crate::model::SessionId;
use crate::ops::StoredSecret;
use crate::store::{AutoPush, PushQueue};
use crate::sync::{
    ExportOutcome, ExportedSession, ImportedBundle, PullOutcome, Pulled, PulledSession, PushOutcome, Pushed,
    PushedSession, Unpushed,
};

/// The most branches that a message lists by name.
const LISTED: usize = 10;

/// Tells what a pull did: a line for each session with which something happened, then the sums.
pub(crate) fn pulled(pulled: &Pulled) -> String {
    let verb = format!("pulled from {}", safe_line(&pulled.remote));
    came(&pulled.sessions, &pulled.foreign, pulled.left_out, &verb)
}

/// Tells what an import of a bundle did, as of a pull.
pub(crate) fn imported(bundle: &ImportedBundle) -> String {
    came(&bundle.sessions, &bundle.foreign, 0, &format!("imported from {}", safe_line(&bundle.file)))
}

fn came(sessions: &[PulledSession], foreign: &[String], left_out: usize, verb: &str) -> String {
    let told = sessions.iter().filter(|session| is_told(session));
    let mut out: String = told.map(pulled_line).collect();
    if let [one] = sessions
        && !is_told(one)
    {
        let state = if one.outcome == PullOutcome::Ahead { "has all that is there" } else { "is up to date" };
        return format!("{} {state}\n", title(one));
    }
    for branch in foreign.iter().take(LISTED) {
        let _ =
            writeln!(out, "{} {}: no name of a session", word("left alone", style::WARN), safe_line(branch));
    }
    let _ = writeln!(out, "{verb}: {}", sums(sessions, left_out));
    out
}

/// Tells what an export wrote, `bytes` of them into a file; nothing was written where all was held.
pub(crate) fn exported(sessions: &[ExportedSession], place: &str, size: Option<u64>) -> String {
    let held = sessions.iter().filter(|session| session.outcome == ExportOutcome::Held);
    let mut out: String = held.map(held_line).collect();
    let written: Vec<_> =
        sessions.iter().filter(|session| session.outcome == ExportOutcome::Exported).collect();
    let runs = written.iter().map(|session| session.runs).sum();
    let size = size.map(|size| format!(" ({})", bytes(size))).unwrap_or_default();
    let what = format!("{} with {}", count(written.len() as u64, "session"), count(runs, "run"));
    let _ = match written.is_empty() {
        true => writeln!(out, "nothing was exported"),
        false => writeln!(out, "exported {what} to {}{size}", safe_line(place)),
    };
    out
}

fn held_line(session: &ExportedSession) -> String {
    let name = named(session.session, session.title.as_deref(), &session.branch);
    let why = session.why.as_deref().map(safe_line).unwrap_or_default();
    let line = format!("{} {name}: {why}\n", word("held back", style::BAD));
    session.secrets.iter().take(LISTED).fold(line, |lines, secret| lines + &secret_line(secret))
}

/// Tells what a push did, or would do.
pub(crate) fn pushed(pushed: &Pushed, verb: &str) -> String {
    let is_news = |session: &&PushedSession| session.outcome != PushOutcome::UpToDate;
    if let [one] = pushed.sessions.as_slice()
        && !is_news(&one)
    {
        let id = style::paint(style::ID, one.session.short());
        return format!("{id} {} is up to date on {}\n", safe_line(&one.title), safe_line(&pushed.remote));
    }
    let mut out: String = pushed.sessions.iter().filter(is_news).map(|s| pushed_line(s, verb)).collect();
    if pushed.sessions.iter().any(|session| session.outcome == PushOutcome::Refused) {
        for line in &pushed.words {
            let _ = writeln!(out, "  {}", safe_line(line));
        }
    }
    let of = |outcome| pushed.sessions.iter().filter(|session| session.outcome == outcome).count() as u64;
    let there = of(PushOutcome::UpToDate);
    let known = if there > 0 { format!(", {there} up to date") } else { String::new() };
    let sent = count(of(PushOutcome::Pushed), "session");
    let _ = writeln!(out, "{verb} {sent} to {}{known}", safe_line(&pushed.remote));
    out
}

/// Tells how a session stands to the remotes on which it was seen.
pub(crate) fn unpushed(states: &[Unpushed]) -> String {
    let line = |state: &Unpushed| {
        let what = match (state.ahead, state.behind, state.is_changed) {
            (0, 0, false) => "has all of it".to_owned(),
            (0, 0, true) => "has all runs, but not the last changes".to_owned(),
            (ahead, 0, _) => format!("{} to push", count(ahead as u64, "run")),
            (0, behind, _) => format!("{} to pull", count(behind as u64, "run")),
            (ahead, behind, _) => format!("{} to push, {behind} to pull", count(ahead as u64, "run")),
        };
        format!("remote {}: {what}\n", safe_line(&state.remote))
    };
    states.iter().map(line).collect()
}

/// Tells what waits for a push, since when, and how the last try went; nothing where nothing waits.
pub(crate) fn push_queue(queue: &PushQueue, when: AutoPush, look: Look) -> String {
    if queue.sessions.is_empty() {
        return String::new();
    }
    let since = queue.since.map(|time| format!(", since {}", ago(time, look.now))).unwrap_or_default();
    let how = if when == AutoPush::Off { " (git session push --queued)" } else { "" };
    let sessions = count(queue.sessions.len() as u64, "session");
    let verb = if queue.sessions.len() == 1 { "waits" } else { "wait" };
    let mut out = format!("{sessions} {verb} to be pushed{since}{how}\n");
    if let Some(tries) = &queue.tries {
        let why = match &tries.why {
            Some(why) => format!("failed: {}", safe_line(why)),
            None => "is not known to have ended".to_owned(),
        };
        let _ = writeln!(out, "  the last try, {}, {}", ago(tries.tried_at, look.now), why);
    }
    if let (Some(next), true) = (queue.next_at, when != AutoPush::Off) {
        let _ = match next > look.now {
            true => {
                writeln!(out, "  a command in {} or later tries it again", duration(next.since(look.now)))
            }
            false => writeln!(out, "  the next command tries it again"),
        };
    }
    out
}

fn is_told(session: &PulledSession) -> bool {
    let is_known =
        matches!(session.outcome, PullOutcome::Same | PullOutcome::Ahead | PullOutcome::RemovedHere);
    !is_known || session.rewritten.is_some() || session.why.is_some()
}

// Also where no session holds it any more, something else did.
fn rewritten(sessions: usize) -> String {
    match sessions {
        0 => "what was purged is gone from here".to_owned(),
        some => format!("{} here written anew without what was purged", count(some as u64, "session")),
    }
}

fn pulled_line(session: &PulledSession) -> String {
    let (name, look) = match session.outcome {
        PullOutcome::New => ("new", style::GOOD),
        PullOutcome::FastForward => ("updated", style::GOOD),
        PullOutcome::Merged => ("merged", style::LIVE),
        PullOutcome::Gone => ("gone there", style::WARN),
        PullOutcome::Absent => ("not there", style::WARN),
        PullOutcome::Refused => ("refused", style::BAD),
        PullOutcome::Purged => ("purged", style::BAD),
        // What was purged there was taken out here.
        PullOutcome::Same | PullOutcome::Ahead if session.rewritten.is_some() => ("rewritten", style::GOOD),
        PullOutcome::Same | PullOutcome::Ahead | PullOutcome::RemovedHere => ("known", style::FAINT),
    };
    let mut parts = Vec::new();
    if session.new_runs > 0 {
        parts.push(count(session.new_runs as u64, "new run"));
    }
    if session.conflicts > 0 {
        parts.push(style::paint(style::BAD, count(session.conflicts as u64, "conflict")));
    }
    parts.extend(session.rewritten.map(rewritten));
    parts.extend(session.why.as_deref().map(safe_line));
    if let Some(kept) = &session.rescued {
        parts.push(format!("the remote lost something, which is kept at {}", safe_line(kept)));
    }
    let what = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("{} {}{what}\n", word(name, look), title(session))
}

fn pushed_line(session: &PushedSession, verb: &str) -> String {
    let (name, look, what) = match session.outcome {
        PushOutcome::Pushed | PushOutcome::UpToDate => {
            let what = match session.new_runs {
                0 => "changes, no new run".to_owned(),
                runs => count(runs as u64, "new run"),
            };
            (verb, style::GOOD, what)
        }
        PushOutcome::Behind => ("behind", style::WARN, "the remote has something newer".to_owned()),
        PushOutcome::Refused | PushOutcome::Held => {
            let name = if session.outcome == PushOutcome::Held { "held back" } else { "refused" };
            (name, style::BAD, session.why.as_deref().map(safe_line).unwrap_or_default())
        }
    };
    let id = style::paint(style::ID, session.session.short());
    let line = format!("{} {id} {}: {what}\n", word(name, look), safe_line(&session.title));
    session.secrets.iter().take(LISTED).fold(line, |lines, secret| lines + &secret_line(secret))
}

fn secret_line(secret: &StoredSecret) -> String {
    let place = format!("{}:{} of {}", secret.path, secret.line, secret.commit.short());
    let digest = secret.digest.as_deref().map(safe_line).unwrap_or_default();
    format!("  {} {} {digest}\n", safe_line(&place), style::paint(style::STRONG, safe_line(&secret.rule)))
}

fn title(session: &PulledSession) -> String {
    named(session.session, session.title.as_deref(), &session.branch)
}

fn named(id: Option<SessionId>, title: Option<&str>, branch: &str) -> String {
    match (id, title) {
        (Some(id), Some(title)) => format!("{} {}", style::paint(style::ID, id.short()), safe_line(title)),
        _ => safe_line(branch.trim_start_matches("session/")),
    }
}

fn sums(sessions: &[PulledSession], left_out: usize) -> String {
    let of = |outcome| sessions.iter().filter(|session| session.outcome == outcome).count();
    let known = of(PullOutcome::Same) + of(PullOutcome::Ahead) + of(PullOutcome::RemovedHere);
    let parts: Vec<String> = [
        (of(PullOutcome::New), "new"),
        (of(PullOutcome::FastForward), "updated"),
        (of(PullOutcome::Merged), "merged"),
        (of(PullOutcome::Gone), "gone there"),
        (of(PullOutcome::Refused), "refused"),
        (of(PullOutcome::Purged), "purged"),
        (known, "up to date"),
        (left_out, "left out"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{number} {what}"))
    .collect();
    if parts.is_empty() { "there is nothing".to_owned() } else { parts.join(", ") }
}

fn word(text: &str, look: anstyle::Style) -> String {
    style::paint(look, format!("{text:<10}"))
}
