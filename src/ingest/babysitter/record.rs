//! A run folder, and what its session says of it, as a run record.

use std::collections::BTreeMap;

use super::SOURCE;
use super::lifecycle::{End, TaskEnd};
use super::run_dir::FoundRun;
use super::side_files::SideFiles;
use super::text::{filled, one_line};
use super::usage;
use crate::model::{Agent, RunId, RunRecord, SessionId};
use crate::ops::import::{ImportedFile, ImportedRun};

/// The most characters of a summary, and of a name such as the process or the model.
const LINE_CHARS: usize = 500;
/// The longest prompt in a record; a longer one is whole in the conversation, because a record
/// over 1 MiB cannot be read back.
const PROMPT_CHARS: usize = 64 * 1024;

/// Makes the run; `side` are the side files of its session, where it has any.
pub(super) fn imported(
    run: FoundRun,
    session: SessionId,
    side: Option<&SideFiles>,
    context: Vec<ImportedFile>,
) -> ImportedRun {
    let record = record(&run, session, side.unwrap_or(&SideFiles::default()));
    ImportedRun { record, context, conversation: Some(run.conversation), artifacts: run.artifacts }
}

fn record(run: &FoundRun, session: SessionId, side: &SideFiles) -> RunRecord {
    let told = side.summaries.iter().rfind(|summary| summary.run_id == run.id);
    let cost = side.costs.iter().rfind(|cost| cost.run_id == run.id);
    let outcome = told.and_then(|told| filled(told.outcome.as_deref()));
    let id = RunId::from_foreign(SOURCE, &run.id);
    RunRecord {
        summary: outcome.map_or_else(|| summary(run), |line| one_line(&line, LINE_CHARS)),
        prompt: run.prompt.as_deref().map(cut_prompt),
        started_at: run.started_at,
        finished_at: run.life.finished_at,
        duration_s: run.life.finished_at.zip(run.started_at).map(|(to, from)| to.since(from)),
        trigger: Some("import".to_owned()),
        process: run.process.as_deref().map(|name| one_line(name, LINE_CHARS)),
        agent: agent(run),
        score: told.and_then(|told| told.score),
        usage: run.usage.clone().or_else(|| cost.and_then(usage::of_cost_file)),
        metrics: metrics(run),
        external_id: Some(run.id.clone()),
        ..RunRecord::new(id, session, run.life.end.status())
    }
}

fn cut_prompt(prompt: &str) -> String {
    match prompt.char_indices().nth(PROMPT_CHARS) {
        Some((end, _)) => format!("{}…", prompt.get(..end).unwrap_or_default()),
        None => prompt.to_owned(),
    }
}

fn summary(run: &FoundRun) -> String {
    let (name, end) = (run.process.as_deref().unwrap_or(&run.id), run.life.end);
    let more = match (end, &run.life.reason) {
        (End::Failed | End::Halted, Some(reason)) => format!(": {reason}"),
        (End::Completed | End::Waiting, _) => match run.life.tasks.len() {
            1 => " (1 task)".to_owned(),
            tasks => format!(" ({tasks} tasks)"),
        },
        _ => String::new(),
    };
    one_line(&format!("{name}: {}{more}", end.as_str()), LINE_CHARS)
}

fn agent(run: &FoundRun) -> Option<Agent> {
    let name = one_line(run.harness.as_deref()?, LINE_CHARS);
    let model = run.model.as_deref().map(|model| one_line(model, LINE_CHARS));
    Some(Agent { name, model, ..Agent::default() })
}

// Of a run without a readable journal nobody knows how many tasks it had.
fn metrics(run: &FoundRun) -> BTreeMap<String, f64> {
    if !run.has_events {
        return BTreeMap::new();
    }
    let failed = run.life.tasks.iter().filter(|task| task.end == TaskEnd::Error).count();
    let counts = [("tasks", run.life.tasks.len()), ("tasks_failed", failed)];
    counts.into_iter().map(|(name, count)| (name.to_owned(), count as f64)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{Tree, session};
    use super::*;
    use crate::model::RunStatus;

    #[test]
    fn the_session_knows_outcome_and_score() {
        let tree = Tree::new();
        tree.run("runs/R1", "R1", json!({}));
        tree.event("runs/R1", 2, "RUN_COMPLETED", json!({}));
        tree.state("state", "s1", "run_id: R1\n---\n");
        let told = json!([{"runId": "R1", "outcome": "first"}, {"runId": "R1", "outcome": " lamp\nbuilt ", "score": 92},
            {"runId": 5}]);
        tree.put_json("state/s1.history.json", json!({"runSummaries": told}));
        let import = tree.read("");
        let record = &session(&import, "s1").runs[0].record;
        assert_eq!((record.summary.as_str(), record.score), ("lamp built", Some(92.0)));
        assert_eq!(import.problems.len(), 1, "the odd summary is reported");
    }

    #[test]
    fn a_run_of_which_nothing_is_known_says_nothing() {
        let tree = Tree::new();
        tree.put("runs/R1/run.json", "{}");
        let import = tree.read("runs");
        let record = &import.sessions[0].runs[0].record;
        let mut bare = RunRecord::new(record.id, record.session, RunStatus::Interrupted);
        bare.summary = "R1: created".to_owned();
        bare.trigger = Some("import".to_owned());
        bare.external_id = Some("R1".to_owned());
        assert_eq!(record, &bare);
    }

    #[test]
    fn a_huge_prompt_is_whole_in_the_conversation_only() {
        let tree = Tree::new();
        let prompt = "é".repeat(1_000_000);
        tree.run("runs/R1", "R1", json!({"prompt": prompt}));
        let import = tree.read("runs");
        let run = &import.sessions[0].runs[0];
        assert!(run.record.prompt.as_ref().is_some_and(|cut| cut.len() < 140_000 && cut.ends_with('…')));
        assert!(run.conversation.as_ref().is_some_and(|text| text.contains(&prompt)));
    }
}
