//! The JSON files beside a session's state: context, history, cost, persistent, continuity.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::discover::StateSource;
use super::disk::Reader;

/// What the names of side files end in, behind the session's id.
const SUFFIXES: [&str; 5] =
    [".context.json", ".history.json", ".cost.json", ".persistent.json", ".continuity.json"];

/// Returns the session that a file of this name belongs to, where it is a side file.
pub(super) fn session_of(name: &str) -> Option<String> {
    let id = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix))?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// `<id>.context.json`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Context {
    /// Free notes.
    pub notes: Option<Vec<Value>>,
    /// Facts by key.
    pub shared_knowledge: Option<Map<String, Value>>,
    /// Where the session works.
    pub worktree: Option<Worktree>,
}

/// Where a session works.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Worktree {
    /// Its folder.
    pub workspace_path: Option<String>,
    /// The repository's short name.
    pub repo_alias: Option<String>,
}

/// A decision of `<id>.history.json`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryDecision {
    /// What was decided.
    pub description: String,
    /// Why.
    pub rationale: Option<String>,
    /// The run it was made in.
    pub run_id: Option<String>,
    /// When.
    pub timestamp: Option<String>,
}

/// What `<id>.history.json` says of a run.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunSummary {
    /// The run.
    pub run_id: String,
    /// When it ended.
    pub completed_at: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
    /// How good that is.
    pub score: Option<f64>,
}

/// What `<id>.cost.json` says of a run.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunCost {
    /// The run.
    pub run_id: String,
    /// What it cost.
    pub cost_usd: Option<f64>,
    /// Tokens read.
    pub input_tokens: Option<f64>,
    /// Tokens written.
    pub output_tokens: Option<f64>,
}

/// The budget in `<id>.cost.json`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CostBudget {
    /// The most it may cost.
    pub max_cost_usd: Option<f64>,
    /// Percentages at which to warn.
    pub alert_thresholds: Option<Vec<f64>>,
    /// Whether to stop when it is used up.
    pub auto_pause: Option<bool>,
}

/// A finding of `<id>.persistent.json`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    /// What was found.
    pub content: String,
    /// What kind of thing it is.
    pub category: Option<String>,
    /// The run that found it.
    pub run_id: Option<String>,
    /// When.
    pub timestamp: Option<String>,
}

/// A decision of `<id>.continuity.json`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyedDecision {
    /// What it is about.
    pub key: String,
    /// What was decided.
    pub value: Value,
    /// Why.
    pub rationale: Option<String>,
    /// When.
    pub made_at: Option<String>,
    /// The run it was made in.
    pub run_id: Option<String>,
}

/// What the session is at, from `<id>.continuity.json`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WorkingContext {
    /// What it works on.
    pub focus: Option<Value>,
    /// What is in the way.
    pub blockers: Option<Vec<Value>>,
    /// What comes next.
    pub next_steps: Option<Vec<Value>>,
}

/// All side files of a session; what there is none of is empty.
#[derive(Debug, Default, PartialEq)]
pub(super) struct SideFiles {
    /// Notes, knowledge and the work tree.
    pub context: Context,
    /// Decisions of the history.
    pub decisions: Vec<HistoryDecision>,
    /// What is said of the runs.
    pub summaries: Vec<RunSummary>,
    /// What the runs cost.
    pub costs: Vec<RunCost>,
    /// What the session may cost.
    pub budget: Option<CostBudget>,
    /// What was found out.
    pub findings: Vec<Finding>,
    /// How things are wanted.
    pub preferences: Map<String, Value>,
    /// Decisions by key.
    pub keyed_decisions: Vec<KeyedDecision>,
    /// What the session is at.
    pub working: WorkingContext,
    /// When files without times of their own were last written.
    pub updated: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HistoryFile {
    decisions: Option<Vec<Value>>,
    run_summaries: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CostFile {
    run_costs: Option<Vec<Value>>,
    budget: Option<Value>,
    last_updated_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PersistentFile {
    findings: Option<Vec<Value>>,
    preferences: Option<Map<String, Value>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContinuityFile {
    updated_at: Option<String>,
    decisions: Option<Vec<Value>>,
    working_context: Option<WorkingContext>,
}

/// Reads the side files of a session; what cannot be read is reported.
pub(super) fn read(reader: &mut Reader, source: &StateSource) -> SideFiles {
    let mut side = SideFiles { context: file(reader, source, "context").1, ..SideFiles::default() };
    let (path, history) = file::<HistoryFile>(reader, source, "history");
    side.decisions = reader.items(&path, "decisions", history.decisions);
    side.summaries = reader.items(&path, "runSummaries", history.run_summaries);
    let (path, cost) = file::<CostFile>(reader, source, "cost");
    side.costs = reader.items(&path, "runCosts", cost.run_costs);
    side.budget = cost.budget.and_then(|budget| reader.shaped(&path, "budget: ", budget)).flatten();
    side.updated.extend(cost.last_updated_at);
    let (path, persistent) = file::<PersistentFile>(reader, source, "persistent");
    side.findings = reader.items(&path, "findings", persistent.findings);
    side.preferences = persistent.preferences.unwrap_or_default();
    let (path, continuity) = file::<ContinuityFile>(reader, source, "continuity");
    side.keyed_decisions = reader.items(&path, "decisions", continuity.decisions);
    side.working = continuity.working_context.unwrap_or_default();
    side.updated.extend(continuity.updated_at);
    side
}

fn file<T: DeserializeOwned + Default>(
    reader: &mut Reader,
    source: &StateSource,
    kind: &str,
) -> (PathBuf, T) {
    let name = format!("{}.{kind}.json", source.id);
    (source.folder.join(&name), reader.json(&source.folder, &[&name]).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Tree;
    use super::super::secrets::Secrets;
    use super::*;

    fn side(tree: &Tree) -> (SideFiles, Vec<crate::ingest::Problem>) {
        let mut reader = Reader::new(Secrets::default(), Vec::new());
        let source = StateSource { id: "a.b".to_owned(), folder: tree.path("") };
        let side = read(&mut reader, &source);
        (side, reader.into_problems())
    }

    #[test]
    fn a_damaged_side_file_leaves_the_others() {
        let tree = Tree::new();
        tree.put("a.b.context.json", "{\"notes\": [\"x\"");
        tree.put_json("a.b.cost.json", json!({"budget": null, "runCosts": [{"runId": "R", "costUsd": 1}]}));
        let (side, problems) = side(&tree);
        assert_eq!(side.costs[0].cost_usd, Some(1.0));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, tree.path("a.b.context.json"));
        assert!(problems[0].message.starts_with("is not valid JSON"), "{:?}", problems[0]);
    }

    #[test]
    fn absent_and_null_fields_are_empty() {
        let tree = Tree::new();
        tree.put_json("a.b.context.json", json!({"notes": null, "worktree": null}));
        tree.put_json("a.b.continuity.json", json!({"currentPhase": null, "workingContext": {"focus": "x"}}));
        let (side, problems) = side(&tree);
        assert_eq!(side.working.focus, Some(json!("x")));
        assert_eq!((side.context, problems), (Context::default(), Vec::new()));
    }

    #[test]
    fn a_side_file_tells_its_session() {
        assert_eq!(session_of("a.b.context.json").as_deref(), Some("a.b"));
        assert_eq!(session_of(".context.json"), None);
        assert_eq!(session_of("a.compaction.json"), None);
    }
}
