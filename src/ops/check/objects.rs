//! Checking the objects of a history, and each record against its commit.

use super::{CheckReport, Problem, ProblemKind};
use crate::model::{Change, CommitMessage, RunId, RunRecord, RunTrailers, shown};
use crate::ops::list::describe;
use crate::store::{BlobId, CommitId, Fault, Flaw, Step, Store, Verifier};

/// How many complaints of git are told.
const COMPLAINTS: usize = 100;

/// Finds what is wrong with the files of a commit.
pub(super) fn flaws(verifier: &mut Verifier<'_>, commit: CommitId, run: Option<RunId>) -> Vec<Problem> {
    verifier.flaws(commit).into_iter().map(|flaw| problem_of(flaw).at(commit, run)).collect()
}

/// Finds what is wrong with the files of a commit, with its record, and with what its message says.
pub(super) fn of_commit(store: &Store, verifier: &mut Verifier<'_>, step: &Step) -> Vec<Problem> {
    let mut problems = flaws(verifier, step.commit, step.run);
    if !problems.is_empty() {
        return problems;
    }
    let problem = match &step.message {
        Some(message) if message.change == Change::Run => run_problem(store, step, message),
        Some(message) => change_problem(store, step, message),
        // Another program's commit says nothing of itself.
        None => None,
    };
    problems.extend(problem.map(|problem| problem.at(step.commit, step.run)));
    problems
}

/// Finds what `git fsck` complains about and nothing here has found.
pub(super) fn check_with_git(store: &Store, report: &mut CheckReport) {
    let lines = match store.git_fsck() {
        Ok(lines) => lines,
        Err(error) => vec![describe(&error)],
    };
    let told: Vec<&String> = report.problems.iter().map(|problem| &problem.message).collect();
    let known =
        |line: &String| line.split(' ').any(|word| word.len() >= 40 && told.iter().any(|t| t.contains(word)));
    let new: Vec<String> = lines.into_iter().filter(|line| !known(line)).take(COMPLAINTS).collect();
    for line in new {
        report.add(Problem::new(ProblemKind::Fsck, shown(&line)));
    }
}

fn problem_of(flaw: Flaw) -> Problem {
    let (kind, what) = match flaw.fault {
        Fault::Corrupt(why) => {
            (ProblemKind::Corrupt, format!("object {} is damaged: {}", flaw.object, shown(&why)))
        }
        _ => (ProblemKind::Missing, format!("object {} is missing", flaw.object)),
    };
    let problem = Problem::new(kind, what).object(flaw.object);
    if flaw.path.is_empty() { problem } else { problem.file(flaw.path) }
}

fn run_problem(store: &Store, step: &Step, message: &CommitMessage) -> Option<Problem> {
    let wrong = |kind, what: String| Some(Problem::new(kind, what).file("run/run.yaml"));
    let record = match store.run_record(step.commit) {
        Ok(Some(record)) => record,
        Ok(None) => return wrong(ProblemKind::Record, "the commit of a run has no record".to_owned()),
        Err(error) => return wrong(ProblemKind::Record, describe(&error)),
    };
    if let Some(what) = difference(message, &record) {
        return wrong(ProblemKind::Message, what);
    }
    let manifest = store.snapshot(step.commit).ok()?.manifest;
    let is_listed = |path: &&String| manifest.conflicts.iter().any(|entry| entry.subject() == *path);
    let missing = record.conflicts.iter().find(|path| !is_listed(path))?;
    let what = format!("the run conflicted at {}, which the session does not list", shown(missing));
    Some(Problem::new(ProblemKind::Conflicts, what).file("session.yaml"))
}

// What is no run keeps the record of the last one.
fn change_problem(store: &Store, step: &Step, message: &CommitMessage) -> Option<Problem> {
    let after = store.run_blob(step.root).ok()?;
    for parent in &step.parents {
        let parent = store.step(*parent).ok()?;
        if store.run_blob(parent.root).ok()? == after {
            return None;
        }
    }
    let what = format!("the commit is no run ({}), but changes the record of one", message.change.as_str());
    let is_root = step.parents.is_empty() && after.is_none();
    let is_sound = is_root || brings_back(store, step, after);
    (!is_sound).then(|| Problem::new(ProblemKind::Message, what).file("run/run.yaml"))
}

// Of all that a sync joins, the last run wins. Where somebody with a slow clock went on from the last
// one of a side, that may be one that neither side has at its tip.
fn brings_back(store: &Store, step: &Step, record: Option<BlobId>) -> bool {
    let has = |commit: &CommitId| {
        let root = store.step(*commit).ok().filter(|step| step.run.is_some()).map(|step| step.root);
        root.and_then(|root| store.run_blob(root).ok()).is_some_and(|found| found == record)
    };
    step.parents.len() > 1 && store.reachable(step.commit).iter().any(has)
}

/// Says in what a commit's message differs from the record; `None` where they agree.
fn difference(message: &CommitMessage, record: &RunRecord) -> Option<String> {
    let printed = CommitMessage::parse(&CommitMessage::of_run(record).print())?;
    if printed == *message {
        return None;
    }
    let differ = |what: &str, says: String, is: String| {
        (says != is)
            .then(|| format!("the commit's message says {what} {}, the record {}", shown(&says), shown(&is)))
    };
    let (says, is) = (message.run.as_ref(), RunTrailers::from(record));
    let of = |get: &dyn Fn(&RunTrailers) -> String| (says.map_or("none".to_owned(), get), get(&is));
    let pairs: [(&str, (String, String)); 6] = [
        ("run", of(&|run| run.id.to_string())),
        ("status", of(&|run| run.status.to_string())),
        ("finish", of(&|run| format!("{:?}", run.finished_at))),
        ("duration", of(&|run| format!("{:?}", run.duration_s))),
        ("cost", of(&|run| format!("{:?}", run.cost_usd))),
        ("session", (message.session.to_string(), record.session.to_string())),
    ];
    let named = pairs.into_iter().find_map(|(what, (says, is))| differ(what, says, is));
    named.or_else(|| Some("the commit's message is not that of the record".to_owned()))
}
