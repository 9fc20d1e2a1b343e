//! One run folder: `run.json`, the journal, the inputs and the output.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::disk::Reader;
use super::journal::{self, Assigned, Happening, Journal, Nested};
use super::lifecycle::{self, Lifecycle};
use super::text::{filled, time};
use super::{breakpoint, conversation, usage};
use crate::model::{Timestamp, Usage};
use crate::ops::import::ImportedFile;

/// The process of a run that has none yet.
const BARE: &str = "bare-run";

/// What a run folder says.
#[derive(Debug)]
pub(super) struct FoundRun {
    /// The id that babysitter gave it.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The project, where the run names it.
    pub project_name: Option<String>,
    /// The folder it worked in.
    pub cwd: Option<String>,
    /// The process it followed.
    pub process: Option<String>,
    /// The harness that drove it.
    pub harness: Option<String>,
    /// The model that was paid, where it was one.
    pub model: Option<String>,
    /// What was asked.
    pub prompt: Option<String>,
    /// When it was made.
    pub started_at: Option<Timestamp>,
    /// The session of the run that it is part of.
    pub nested_session: Option<String>,
    /// The sessions that its events name, oldest first.
    pub event_sessions: Vec<String>,
    /// How it went.
    pub life: Lifecycle,
    /// Whether any event could be read.
    pub has_events: bool,
    /// What it used up, as far as its journal says.
    pub usage: Option<Usage>,
    /// The distillate.
    pub conversation: String,
    /// Its inputs and output.
    pub artifacts: Vec<ImportedFile>,
}

// `entrypoint` (an object, or in old runs a text) and `layoutVersion` are left unread: nothing
// that is kept depends on them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RunFile {
    run_id: Option<String>,
    process_id: Option<String>,
    project_name: Option<String>,
    harness: Option<String>,
    created_at: Option<String>,
    cwd: Option<String>,
    prompt: Option<String>,
    nested: Option<Nested>,
}

/// Reads a run folder; `None` where its `run.json` cannot be read, which is reported.
pub(super) fn read(reader: &mut Reader, folder: &Path) -> Option<FoundRun> {
    if !folder.join("run.json").exists() {
        reader.report(folder, "has a journal but no run.json");
        return None;
    }
    let head: RunFile = reader.json(folder, &["run.json"])?;
    let journal = journal::read(reader, folder);
    let mut life = lifecycle::of(&journal);
    let prompt = filled(head.prompt.as_deref()).or_else(|| assigned(&journal, |a| a.prompt.as_deref()));
    let tasks: Vec<_> = std::mem::take(&mut life.tasks)
        .into_iter()
        .map(|mut task| {
            let asked = breakpoint::complete(reader, folder, &mut task);
            (task, asked)
        })
        .collect();
    let conversation = conversation::write(prompt.as_deref(), &life, &tasks);
    life.tasks = tasks.into_iter().map(|(task, _)| task).collect();
    Some(FoundRun {
        id: filled(head.run_id.as_deref()).unwrap_or_else(|| folder_name(reader, folder)),
        folder: folder.to_path_buf(),
        process: process(&head, &journal),
        harness: filled(head.harness.as_deref()).or_else(|| harness(&journal)),
        model: usage::model(&journal),
        prompt,
        started_at: time(head.created_at.as_deref()).or_else(|| created_at(&journal)),
        nested_session: nested_session(&head, &journal),
        event_sessions: journal.events.iter().filter_map(|event| event.session_id.clone()).collect(),
        project_name: filled(head.project_name.as_deref()),
        cwd: filled(head.cwd.as_deref()),
        life,
        has_events: !journal.events.is_empty(),
        usage: usage::of_journal(&journal),
        conversation,
        artifacts: artifacts(reader, folder),
    })
}

fn folder_name(reader: &Reader, folder: &Path) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    reader.clean_text(&name.to_string_lossy())
}

// A bare run is made first and given its process later, by an event of its own.
fn process(head: &RunFile, journal: &Journal) -> Option<String> {
    let told = filled(head.process_id.as_deref());
    let real = told.clone().filter(|process| process != BARE);
    real.or_else(|| assigned(journal, |a| a.process_id.as_deref().filter(|id| *id != BARE))).or(told)
}

// The latest assignment holds; the event that made the run is the first of them.
fn assigned(journal: &Journal, part: impl Fn(&Assigned) -> Option<&str>) -> Option<String> {
    journal.events.iter().rev().find_map(|event| match &event.happening {
        Happening::Created(assigned) | Happening::Assigned(assigned) => filled(part(assigned)),
        _ => None,
    })
}

fn harness(journal: &Journal) -> Option<String> {
    journal.events.iter().find_map(|event| event.harness.clone())
}

fn created_at(journal: &Journal) -> Option<Timestamp> {
    let created = journal.events.iter().find(|event| matches!(event.happening, Happening::Created(_)));
    created?.at
}

fn nested_session(head: &RunFile, journal: &Journal) -> Option<String> {
    let told = head.nested.as_ref().and_then(|nested| filled(nested.session_id.as_deref()));
    told.or_else(|| assigned(journal, |a| a.nested.as_ref()?.session_id.as_deref()))
}

// The run's own `.gitignore` excludes `state/`, which holds what the run was made for.
fn artifacts(reader: &mut Reader, folder: &Path) -> Vec<ImportedFile> {
    let wanted: [(&str, &[&str]); 2] =
        [("inputs.json", &["inputs.json"]), ("output.json", &["state", "output.json"])];
    let read = wanted.into_iter().filter_map(|(path, names)| {
        let content = reader.artifact(folder, names)?;
        Some(ImportedFile { path: path.parse().ok()?, content })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{Tree, content};
    use crate::model::{RunId, RunStatus};

    #[test]
    fn a_run_is_told_by_its_folder() {
        let tree = Tree::new();
        tree.run(
            "runs/x",
            "R1",
            json!({"harness": "codex", "prompt": "go", "layoutVersion": "2026.01",
            "entrypoint": "p.mjs#process", "createdAt": null}),
        );
        tree.put("runs/x/.gitignore", "state/\n");
        tree.put("runs/x/state/output.json", "{\"a\":  1}\n");
        tree.put("runs/x/inputs.json", "{}");
        tree.put("runs/x/tasks/E1/stdout.log", "noise");
        let import = tree.read("runs/x");
        assert_eq!(import.problems, []);
        let run = &import.sessions[0].runs[0];
        assert_eq!(run.record.id, RunId::from_foreign("babysitter", "R1"));
        assert_eq!(run.record.external_id.as_deref(), Some("R1"));
        assert_eq!(run.record.agent.as_ref().map(|agent| agent.name.as_str()), Some("codex"));
        assert_eq!(run.record.process.as_deref(), Some("demo/build"));
        assert_eq!(run.record.trigger.as_deref(), Some("import"));
        assert_eq!(run.record.started_at.map(|at| at.unix()), Some(1_767_225_601));
        assert_eq!(content(&run.artifacts, "output.json"), Some("{\"a\":  1}\n"));
        assert_eq!(content(&run.artifacts, "inputs.json"), Some("{}"));
        assert_eq!(run.artifacts.len(), 2);
    }

    #[test]
    fn a_bare_run_has_the_process_it_was_given() {
        let tree = Tree::new();
        tree.run("runs/R1", "R1", json!({"processId": "bare-run"}));
        tree.event("runs/R1", 2, "PROCESS_ASSIGNED", json!({"processId": "a", "prompt": "first"}));
        tree.event("runs/R1", 3, "PROCESS_ASSIGNED", json!({"processId": "b"}));
        let import = tree.read("runs");
        let record = &import.sessions[0].runs[0].record;
        assert_eq!((record.process.as_deref(), record.prompt.as_deref()), (Some("b"), Some("first")));
    }

    #[test]
    fn a_damaged_run_is_skipped_and_a_damaged_event_or_output_is_not_the_end_of_it() {
        let tree = Tree::new();
        tree.run("runs/R1", "R1", json!({}));
        tree.put("runs/R1/run.json", "{\"runId\":");
        tree.run("runs/R2", "R2", json!({}));
        tree.event("runs/R2", 2, "EFFECT_REQUESTED", json!({"effectId": "E1"}));
        tree.put("runs/R2/journal/000003.01X.json", "");
        tree.event("runs/R2", 4, "RUN_COMPLETED", json!({}));
        tree.put("runs/R2/state/output.json", "{]");
        tree.event("runs/R3", 1, "RUN_CREATED", json!({"runId": "R3"}));
        let import = tree.read("runs");
        let runs = &import.sessions[0].runs;
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].record.status, RunStatus::Succeeded);
        let paths: Vec<_> = import.problems.iter().map(|problem| problem.path.clone()).collect();
        let told = ["R1/run.json", "R2/journal/000003.01X.json", "R2/state/output.json", "R3"];
        assert_eq!(paths, told.map(|path| tree.path("runs").join(path)));
    }
}
