//! Joining state files and run folders into sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::SOURCE;
use super::discover::StateSource;
use super::disk::Reader;
use super::facts;
use super::owner::{KnownSessions, Owner, folder_with_a5c, last_component, project_name};
use super::record;
use super::run_dir::FoundRun;
use super::side_files::{self, CostBudget, SideFiles};
use super::state_file::{self, StateFile};
use super::text::{filled, one_line, time};
use crate::model::{Budget, Project, SessionId, SessionStatus, Timestamp, Usd};
use crate::ops::import::{ImportedRun, ImportedSession};

/// The most characters of a title.
const TITLE_CHARS: usize = 200;

/// A session as its own files tell it.
#[derive(Debug)]
pub(super) struct State {
    id: String,
    path: PathBuf,
    file: Option<StateFile>,
    side: SideFiles,
}

#[derive(Debug, Default)]
struct Group {
    state: Option<State>,
    runs: Vec<FoundRun>,
    project: Option<String>,
}

/// Reads the files of a session; what cannot be read is reported.
pub(super) fn read_state(reader: &mut Reader, source: &StateSource) -> State {
    let name = format!("{}.md", source.id);
    let path = source.folder.join(&name);
    let parsed = reader.text(&source.folder, &[&name]).map(|text| state_file::parse(&text));
    let file = parsed.and_then(|parsed| parsed.map_err(|why| reader.report(&path, why)).ok());
    let side = side_files::read(reader, source);
    State { id: reader.clean_text(&source.id), path, file, side }
}

/// Joins sessions and runs: each run to the session it belongs to, or to its project's.
pub(super) fn join(reader: &mut Reader, states: Vec<State>, runs: Vec<FoundRun>) -> Vec<ImportedSession> {
    let states = distinct(reader, states, |state| (state.id.clone(), state.path.clone()));
    let runs = distinct(reader, runs, |run| (run.id.clone(), run.folder.clone()));
    let groups = group(states, runs).into_iter();
    let filled = groups.filter(|(_, group)| !group.is_empty());
    let mut sessions: Vec<_> = filled.map(|(id, group)| session(reader, id, group)).collect();
    sessions.sort_by(|a, b| (a.created_at, &a.foreign_id).cmp(&(b.created_at, &b.foreign_id)));
    sessions
}

// Copies of a folder hold the same ids, and an id may be recorded once only.
fn distinct<T>(reader: &mut Reader, all: Vec<T>, key: impl Fn(&T) -> (String, PathBuf)) -> Vec<T> {
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut kept = Vec::new();
    for one in all {
        let (id, path) = key(&one);
        if let Some(first) = seen.get(&id) {
            reader.report(&path, format!("has the id of {}, which was taken", named(first)));
        } else {
            seen.insert(id, path);
            kept.push(one);
        }
    }
    kept
}

fn named(path: &Path) -> String {
    crate::model::escape_text(&path.to_string_lossy())
}

fn group(states: Vec<State>, runs: Vec<FoundRun>) -> BTreeMap<String, Group> {
    let mut known = KnownSessions::default();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for state in states {
        let run_ids = state.file.as_ref().map(|file| file.run_ids.as_slice()).unwrap_or_default();
        known.add(&state.id, run_ids);
        let id = state.id.clone();
        groups.entry(id).or_default().state = Some(state);
    }
    for run in runs {
        let group = match known.owner(&run) {
            Owner::Session(id) => groups.entry(id).or_default(),
            Owner::Project(name) => {
                let group = groups.entry(format!("project:{name}")).or_default();
                group.project = Some(name);
                group
            }
        };
        group.runs.push(run);
    }
    groups
}

impl Group {
    // A damaged state file alone says nothing but its name; it was reported.
    fn is_empty(&self) -> bool {
        let silent = |state: &State| state.file.is_none() && state.side == SideFiles::default();
        self.runs.is_empty() && self.state.as_ref().is_none_or(silent)
    }

    fn file(&self) -> Option<&StateFile> {
        self.state.as_ref()?.file.as_ref()
    }

    fn side(&self) -> Option<&SideFiles> {
        self.state.as_ref().map(|state| &state.side)
    }

    fn title(&self, foreign_id: &str) -> String {
        if let Some(project) = &self.project {
            return format!("{} (babysitter runs)", one_line(project, TITLE_CHARS));
        }
        let prompt = self.file().and_then(|file| file.prompt.as_deref());
        let first = prompt.and_then(|prompt| prompt.lines().find(|line| !line.trim().is_empty()));
        one_line(first.unwrap_or(foreign_id), TITLE_CHARS)
    }

    fn status(&self) -> SessionStatus {
        let active = self.file().is_some_and(|file| file.active);
        if active { SessionStatus::Active } else { SessionStatus::Done }
    }

    fn created_at(&self, latest: Timestamp) -> Timestamp {
        let started = self.file().and_then(|file| file.started_at);
        started.or_else(|| self.runs.iter().filter_map(|run| run.started_at).min()).unwrap_or(latest)
    }

    // The newest time that anything of the session carries; 1970 where nothing carries any.
    fn latest(&self) -> Timestamp {
        let of_file = self.file().into_iter().flat_map(|file| [file.started_at, file.last_iteration_at]);
        let of_runs = self.runs.iter().flat_map(|run| [run.started_at, run.life.finished_at]);
        let of_side = self.side().into_iter().flat_map(side_times);
        of_file.chain(of_runs).chain(of_side).flatten().max().unwrap_or(Timestamp::from_unix(0))
    }

    fn project(&self) -> Option<Project> {
        let worktree = self.side().and_then(|side| side.context.worktree.as_ref());
        let alias = worktree.and_then(|tree| filled(tree.repo_alias.as_deref()));
        let folder = || last_component(worktree?.workspace_path.as_deref()?);
        let of_run = || self.runs.first().map(project_name);
        let name = self.project.clone().or(alias).or_else(folder).or_else(of_run);
        let name = name.or_else(|| self.place_of_state())?;
        Some(Project { name: one_line(&name, TITLE_CHARS), ..Project::default() })
    }

    fn place_of_state(&self) -> Option<String> {
        let state = self.state.as_ref()?;
        let run_dir = || folder_with_a5c(state.file.as_ref()?.run_dir.as_deref()?.as_ref());
        folder_with_a5c(&state.path).or_else(run_dir)
    }
}

fn side_times(side: &SideFiles) -> Vec<Option<Timestamp>> {
    let decided = side.decisions.iter().map(|decision| decision.timestamp.as_deref());
    let keyed = side.keyed_decisions.iter().map(|decision| decision.made_at.as_deref());
    let found = side.findings.iter().map(|finding| finding.timestamp.as_deref());
    let completed = side.summaries.iter().map(|summary| summary.completed_at.as_deref());
    let updated = side.updated.iter().map(|at| Some(at.as_str()));
    decided.chain(keyed).chain(found).chain(completed).chain(updated).map(time).collect()
}

fn session(reader: &mut Reader, foreign_id: String, mut group: Group) -> ImportedSession {
    let id = SessionId::from_foreign(SOURCE, &foreign_id);
    group.runs.sort_by(|a, b| a.id.cmp(&b.id));
    let context_at = group.latest();
    let facts = group.state.as_ref().map(|state| {
        let runs: BTreeSet<_> = group.runs.iter().map(|run| run.id.clone()).collect();
        facts::gather(reader, &state.path, &state.side, runs, context_at)
    });
    let facts::Facts { session: context, runs: mut of_runs } = facts.unwrap_or_default();
    let (title, created_at) = (group.title(&foreign_id), group.created_at(context_at));
    let (status, project) = (group.status(), group.project());
    let side = group.state.map(|state| state.side);
    let mut runs: Vec<_> = group
        .runs
        .into_iter()
        .map(|run| {
            let files = of_runs.remove(&run.id).unwrap_or_default();
            record::imported(run, id, side.as_ref(), files)
        })
        .collect();
    runs.sort_by_key(|run: &ImportedRun| (run.record.finished_at, run.record.started_at, run.record.id));
    ImportedSession {
        id,
        source: SOURCE.to_owned(),
        foreign_id,
        title,
        status,
        created_at,
        project,
        budget: side.and_then(|side| side.budget).map(budget),
        runs,
        context,
        context_at,
    }
}

fn budget(budget: CostBudget) -> Budget {
    Budget {
        max_cost_usd: budget.max_cost_usd.and_then(Usd::from_decimal),
        alert_thresholds: budget.alert_thresholds.unwrap_or_default(),
        auto_pause: budget.auto_pause,
        ..Budget::default()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::fixture::{Tree, session};
    use crate::model::{SessionId, SessionStatus, Usd};

    #[test]
    fn a_state_file_without_runs_is_a_session_with_its_context() {
        let tree = Tree::new();
        tree.state("state", "s1", "---\n\n\n  fix: the lamp\nand more\n");
        tree.put("state/s2.md", "---\nactive: false\niteration: 1\n---\n");
        let budget = json!({"maxCostUsd": 2.5, "alertThresholds": [50, 80], "autoPause": true});
        tree.put_json("state/s1.cost.json", json!({"budget": budget}));
        tree.put_json(
            "state/s1.context.json",
            json!({"notes": ["n"], "worktree": {"workspacePath": "/w/lamp/"}}),
        );
        let import = tree.read("");
        assert_eq!(import.problems, []);
        let first = session(&import, "s1");
        assert_eq!(first.id, SessionId::from_foreign("babysitter", "s1"));
        assert_eq!((first.title.as_str(), first.status), ("fix: the lamp", SessionStatus::Active));
        assert_eq!(first.created_at.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(first.project.as_ref().map(|project| project.name.as_str()), Some("lamp"));
        let budget = first.budget.as_ref().expect("budget");
        assert_eq!((budget.max_cost_usd, budget.auto_pause), (Usd::from_decimal(2.5), Some(true)));
        assert_eq!((first.runs.len(), first.context.len()), (0, 1));
        let second = session(&import, "s2");
        assert_eq!((second.title.as_str(), second.status), ("s2", SessionStatus::Done));
    }

    #[test]
    fn runs_are_in_the_order_they_ended() {
        let tree = Tree::new();
        for (id, end) in [("R1", 30), ("R2", 10), ("R3", 20)] {
            tree.run(&format!("runs/{id}"), id, json!({}));
            tree.event(&format!("runs/{id}"), end, "RUN_COMPLETED", json!({}));
        }
        let import = tree.read("");
        let ids: Vec<_> =
            import.sessions[0].runs.iter().map(|run| run.record.external_id.as_deref()).collect();
        assert_eq!(ids, [Some("R2"), Some("R3"), Some("R1")]);
        assert_eq!(import, tree.read(""), "reading twice must give the same");
    }

    #[test]
    fn a_damaged_state_file_is_reported_and_its_runs_and_context_stay() {
        let tree = Tree::new();
        tree.put("state/s1.md", "");
        tree.put("state/s2.md", "---\nactive");
        tree.put_json("state/s1.context.json", json!({"notes": ["n"]}));
        tree.run("runs/R1", "R1", json!({}));
        tree.event("runs/R1", 2, "STOP_HOOK_INVOKED", json!({"sessionId": "s1"}));
        let import = tree.read("");
        let only = session(&import, "s1");
        assert_eq!((import.sessions.len(), only.runs.len(), only.context.len()), (1, 1, 1));
        let paths: Vec<_> = import.problems.iter().map(|problem| problem.path.clone()).collect();
        assert_eq!(paths, [tree.path("state/s1.md"), tree.path("state/s2.md")]);
    }

    #[test]
    fn a_copy_of_a_run_is_reported_and_taken_once() {
        let tree = Tree::new();
        tree.run("a/runs/R1", "R1", json!({}));
        tree.run("b/runs/R1", "R1", json!({}));
        let import = tree.read("");
        assert_eq!(import.sessions[0].runs.len(), 1);
        assert_eq!(import.problems.len(), 1);
        assert_eq!(import.problems[0].path, tree.path("b/runs/R1"));
    }

    const VICTIMS: [&str; 12] = [
        "runs/R1/run.json",
        "runs/R1/inputs.json",
        "runs/R1/state/output.json",
        "runs/R1/journal/000001.01ULID.json",
        "runs/R1/journal/000002.01ULID.json",
        "runs/R1/tasks/E1/task.json",
        "state/s1.md",
        "state/s1.context.json",
        "state/s1.history.json",
        "state/s1.cost.json",
        "state/s1.persistent.json",
        "state/s1.continuity.json",
    ];

    fn pair() -> Tree {
        let tree = Tree::new();
        for n in ["1", "2"] {
            tree.run(&format!("runs/R{n}"), &format!("R{n}"), json!({}));
            tree.event(&format!("runs/R{n}"), 2, "EFFECT_REQUESTED", json!({"effectId": "E1"}));
            tree.state("state", &format!("s{n}"), &format!("run_id: R{n}\n---\n"));
            tree.put_json(&format!("state/s{n}.context.json"), json!({"notes": ["n"]}));
        }
        tree
    }

    // Bytes that break JSON at any place, and values of any shape where others are expected.
    fn content() -> impl Strategy<Value = Vec<u8>> {
        let shape = prop::sample::select(vec![
            r#"{"notes": 5, "decisions": [null, {"description": "x", "timestamp": "0000-01-01T00:00:00Z"}]}"#,
            r#"{"runId": "", "createdAt": "9999-12-31T23:59:59-23:59", "nested": {"sessionId": "\u0000"}}"#,
            r#"{"type": "EFFECT_RESOLVED", "data": {"effectId": "../..", "error": [], "status": ""}}"#,
            r#"{"type": "COST_TRACKED", "data": {"inputTokens": -1e308, "costUsd": 1e308}}"#,
            r#"{"findings": [{"content": "", "category": "/"}], "preferences": {"": "", "..": {}}}"#,
            "---\nactive: true\nrun_id: \"\nrun_ids: ,,\n---\n",
        ]);
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            (shape, 0..200usize).prop_map(|(text, end)| text.bytes().take(end).collect()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(192))]

        #[test]
        fn no_content_of_any_file_costs_its_siblings(victim in prop::sample::select(&VICTIMS[..]), bytes in content()) {
            let tree = pair();
            tree.put(victim, "");
            fs::write(tree.path(victim), &bytes).expect("file");
            let import = tree.read("");
            let good = session(&import, "s2");
            prop_assert_eq!(good.runs[0].record.external_id.as_deref(), Some("R2"));
            prop_assert_eq!(good.context.len(), 1);
            prop_assert_eq!(import, tree.read(""));
        }
    }
}
