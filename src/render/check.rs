//! Checks and repairs as text.

use super::{count, safe_line, style};
use crate::ops::{CheckReport, Problem, Repaired, Severity, Step};

/// Tells what a check found: one paragraph a problem, then the sums.
pub(crate) fn check_report(report: &CheckReport) -> String {
    let mut out: String = report.problems.iter().map(problem).collect();
    let damage = report.problems.iter().filter(|problem| problem.severity == Severity::Damage).count();
    let seen = format!(
        "{}, {} and {} looked at",
        count(report.sessions as u64, "session"),
        count(report.runs as u64, "run"),
        count(report.objects as u64, "object"),
    );
    let verdict = match damage {
        0 => style::paint(style::GOOD, "no damage"),
        many => style::paint(style::BAD, format!("{} damaged", count(many as u64, "thing"))),
    };
    out.push_str(&format!("{verdict}; {seen}\n"));
    out
}

fn problem(problem: &Problem) -> String {
    let (color, word) = match problem.severity {
        Severity::Damage => (style::BAD, "damage"),
        _ => (style::WARN, "note"),
    };
    let mut places = Vec::new();
    places.extend(problem.branch.as_deref().map(|branch| safe_line(branch.trim_start_matches("session/"))));
    places.extend(problem.run.map(|run| format!("run {}", run.short())));
    places.extend(problem.commit.map(|commit| format!("commit {}", commit.short())));
    places.extend(problem.path.as_deref().map(safe_line));
    let place = style::paint(style::STRONG, places.join(", "));
    let (what, remedy) = (safe_line(&problem.message), problem.remedy);
    format!("{} {place}: {what}\n  {}\n", style::paint(color, word), style::paint(style::FAINT, remedy))
}

/// Tells what a repair would do, one line a step.
pub(crate) fn repair_plan(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("would {}\n", step_line(step))).collect()
}

/// Tells what a repair did, what it could not do, and what is still wrong.
pub(crate) fn repaired(repaired: &Repaired) -> String {
    let mut out: String = repaired.done.iter().map(|step| format!("done: {}\n", step_line(step))).collect();
    for (step, why) in &repaired.failed {
        let failed = style::paint(style::BAD, "failed:");
        out.push_str(&format!("{failed} {}: {}\n", step_line(step), safe_line(why)));
    }
    for bundle in &repaired.bundles {
        out.push_str(&format!("backup: {}\n", safe_line(&bundle.display().to_string())));
    }
    out.push_str(&check_report(&repaired.left));
    out
}

fn step_line(step: &Step) -> String {
    let text = match step {
        Step::Sweep { paths } => {
            format!("remove {} of dead processes: {}", count(paths.len() as u64, "file"), few(paths))
        }
        Step::MendPackedRefs => "put packed-refs aside, and keep its lines that can be read".to_owned(),
        Step::Reindex { path } => format!("make the index of {path} anew"),
        Step::Salvage { path } => format!("take what can be read out of {path}, and put the pack aside"),
        Step::PutFileAside { path } => format!("put {path} aside"),
        Step::Fetch { remote, objects } => {
            format!("fetch {} from {remote}: {}", count(objects.len() as u64, "missing object"), few(objects))
        }
        Step::Restore { session, why, to, lost } => {
            let lost =
                if lost.is_empty() { String::new() } else { format!("; lost after it: {}", few(lost)) };
            format!("put the tip of {session} aside ({why}) and go back to commit {}{lost}", to.short())
        }
        Step::PutRefAside { name, why } => {
            format!("put {name} aside, which nothing intact is known for ({why})")
        }
        Step::Keep { name, commit } => format!("keep the lost commit {} as {name}", commit.short()),
        Step::Mend { session, paths } => {
            format!(
                "put back {} of {session} as older runs have them: {}",
                count(paths.len() as u64, "file"),
                few(paths)
            )
        }
        Step::Recount { session } => {
            format!("write the totals, runs and conflicts of {session} as they are counted")
        }
    };
    safe_line(&text)
}

fn few(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    shown.join(", ") + more
}
