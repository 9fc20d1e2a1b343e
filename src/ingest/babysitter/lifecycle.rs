//! How a run and its tasks ended, told from its events.

use std::collections::BTreeMap;

use serde_json::Value;

use super::journal::{Effect, Ended, Event, Happening, Journal};
use super::text::{filled, time, value_text};
use crate::model::{RunStatus, Seconds, Timestamp};

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It did what it was to do.
    Completed,
    /// It failed.
    Failed,
    /// It was stopped.
    Halted,
    /// It waits for a task.
    Waiting,
    /// It was made, and nothing more is known.
    Created,
}

impl End {
    /// Returns babysitter's word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Halted => "halted",
            Self::Waiting => "waiting",
            Self::Created => "created",
        }
    }

    /// Returns our status for it.
    pub(super) fn status(self) -> RunStatus {
        match self {
            Self::Completed => RunStatus::Succeeded,
            Self::Failed | Self::Halted => RunStatus::Failed,
            Self::Waiting | Self::Created => RunStatus::Interrupted,
        }
    }
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskEnd {
    /// It has not.
    Pending,
    /// Well.
    Ok,
    /// It failed.
    Error,
    /// It was called off.
    Cancelled,
}

/// One task of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Task {
    /// Its id, which names its folder.
    pub id: String,
    /// What it is called.
    pub name: Option<String>,
    /// What does it.
    pub kind: Option<String>,
    /// How it ended.
    pub end: TaskEnd,
    /// Why it failed.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Option<Seconds>,
    requested_at: Option<Timestamp>,
}

/// What the events of a run come to.
#[derive(Debug)]
pub(super) struct Lifecycle {
    /// How it stands.
    pub end: End,
    /// Why it failed, or was ended by hand.
    pub reason: Option<String>,
    /// When it ended, or when it was last heard of.
    pub finished_at: Option<Timestamp>,
    /// Its tasks, in the order they were asked for.
    pub tasks: Vec<Task>,
}

struct Last {
    end: End,
    at: Option<Timestamp>,
    reason: Option<String>,
    // Ended by hand, whatever was pending.
    sealed: bool,
}

/// Tells how a run went, by babysitter's own rules.
///
/// The last event about the run decides; a completed run with a pending task is still waiting,
/// unless somebody ended it by hand.
pub(super) fn of(journal: &Journal) -> Lifecycle {
    let tasks = tasks(&journal.events);
    let pending = tasks.iter().any(|task| task.end == TaskEnd::Pending);
    let last = journal.events.iter().rev().find_map(last_word);
    let last = last.unwrap_or(Last { end: End::Created, at: None, reason: None, sealed: false });
    // An event file that is damaged may be the one that ended the task.
    let unsettled = last.end == End::Completed && !last.sealed && journal.damaged == 0;
    let end = match last.end {
        End::Created | End::Completed if pending && (unsettled || last.end == End::Created) => End::Waiting,
        end => end,
    };
    let newest = journal.events.iter().rev().find_map(|event| event.at);
    let ended_at = last.at.filter(|_| !matches!(end, End::Waiting | End::Created));
    let failed_task = || tasks.iter().rev().find_map(|task| task.error.clone());
    let reason = last.reason.or_else(|| (end == End::Failed).then(failed_task).flatten());
    Lifecycle { end, reason, finished_at: ended_at.or(newest), tasks }
}

fn last_word(event: &Event) -> Option<Last> {
    let (end, ended) = match &event.happening {
        Happening::Created(_) => (End::Created, None),
        Happening::Completed(ended) => (completed(ended), Some(ended.as_ref())),
        Happening::Halted(ended) => (End::Halted, Some(ended)),
        Happening::Failed(ended) | Happening::Broke(ended) => (End::Failed, Some(ended)),
        _ => return None,
    };
    let sealed = ended.is_some_and(|ended| ended.manual_seal_reason.is_some());
    Some(Last { end, at: event.at, reason: ended.and_then(reason), sealed })
}

// Old journals say in the event itself how the run really ended.
fn completed(ended: &Ended) -> End {
    match ended.status.as_deref() {
        Some("failed" | "error") => End::Failed,
        Some("halted") => End::Halted,
        _ => End::Completed,
    }
}

fn reason(ended: &Ended) -> Option<String> {
    let said = ended.manual_seal_reason.as_ref().or(ended.reason.as_ref());
    ended.error.as_ref().and_then(error_message).or_else(|| filled(Some(&value_text(said?))))
}

/// Returns the message of an error, which is an object or a text.
pub(super) fn error_message(error: &Value) -> Option<String> {
    let field = |name: &str| filled(error.get(name).and_then(Value::as_str));
    match error {
        Value::Null => None,
        Value::Object(_) => field("message").or_else(|| field("name")).or_else(|| Some(error.to_string())),
        other => filled(Some(&value_text(other))),
    }
}

fn tasks(events: &[Event]) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut places = BTreeMap::new();
    for event in events {
        let (Happening::Requested(effect) | Happening::Resolved(effect) | Happening::Cancelled(effect)) =
            &event.happening
        else {
            continue;
        };
        // The event that asked for a task may be the damaged one: any event makes it known.
        let place = *places.entry(effect.effect_id.as_str()).or_insert_with(|| {
            tasks.push(Task::new(&effect.effect_id));
            tasks.len() - 1
        });
        if let Some(task) = tasks.get_mut(place) {
            task.learn(effect, event);
        }
    }
    tasks
}

impl Task {
    /// Makes a task of which only the id is known.
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            kind: None,
            end: TaskEnd::Pending,
            error: None,
            duration: None,
            requested_at: None,
        }
    }

    fn learn(&mut self, effect: &Effect, event: &Event) {
        let name = effect.label.as_deref().or(effect.task_id.as_deref());
        self.name = self.name.take().or_else(|| filled(name));
        self.kind = self.kind.take().or_else(|| filled(effect.kind.as_deref()));
        match &event.happening {
            Happening::Requested(_) => self.requested_at = event.at,
            Happening::Cancelled(_) => self.end = TaskEnd::Cancelled,
            _ => self.resolve(effect, event.at),
        }
    }

    fn resolve(&mut self, effect: &Effect, at: Option<Timestamp>) {
        self.end = match effect.status.as_deref() {
            Some("ok") | None => TaskEnd::Ok,
            Some("cancelled") => TaskEnd::Cancelled,
            Some(_) => TaskEnd::Error,
        };
        self.error = effect.error.as_ref().and_then(error_message).filter(|_| self.end == TaskEnd::Error);
        let told = time(effect.started_at.as_deref()).zip(time(effect.finished_at.as_deref()));
        self.duration = told.or(self.requested_at.zip(at)).map(|(from, to)| to.since(from));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Tree;
    use super::*;
    use crate::ops::import::ImportedRun;

    fn run(events: &[(&str, Value)]) -> ImportedRun {
        let tree = Tree::new();
        tree.run("runs/R1", "R1", json!({}));
        for (n, (kind, data)) in (2..).zip(events) {
            tree.event("runs/R1", n, kind, data.clone());
        }
        let mut import = tree.read("runs");
        assert_eq!(import.problems, []);
        import.sessions.remove(0).runs.remove(0)
    }

    #[test]
    fn the_last_event_about_the_run_decides() {
        let asked = ("EFFECT_REQUESTED", json!({"effectId": "E1", "kind": "agent", "label": "build"}));
        let done = ("RUN_COMPLETED", json!({"outputRef": "state/output.json"}));
        let sealed = ("RUN_COMPLETED", json!({"manual_seal_reason": "by hand"}));
        let seal_failed = ("RUN_FAILED", json!({"manual_seal_reason": "no use"}));
        let halted = ("RUN_HALTED", json!({"reason": "policy", "payload": {}}));
        let broke = ("PROCESS_RUNTIME_ERROR", json!({"error": {"name": "E", "message": "boom"}}));
        let hook = ("STOP_HOOK_INVOKED", json!({"decision": "approve"}));
        let old = ("RUN_COMPLETED", json!({"runId": "R1", "status": "completed"}));
        for (events, status, summary) in [
            (vec![], RunStatus::Interrupted, "demo/build: created"),
            (vec![asked.clone()], RunStatus::Interrupted, "demo/build: waiting (1 task)"),
            (vec![done.clone(), hook], RunStatus::Succeeded, "demo/build: completed (0 tasks)"),
            (vec![old], RunStatus::Succeeded, "demo/build: completed (0 tasks)"),
            (vec![asked.clone(), done.clone()], RunStatus::Interrupted, "demo/build: waiting (1 task)"),
            (vec![asked, halted.clone(), sealed], RunStatus::Succeeded, "demo/build: completed (1 task)"),
            (vec![halted.clone(), seal_failed], RunStatus::Failed, "demo/build: failed: no use"),
            (vec![halted], RunStatus::Failed, "demo/build: halted: policy"),
            (vec![broke.clone()], RunStatus::Failed, "demo/build: failed: boom"),
            (vec![broke, done], RunStatus::Succeeded, "demo/build: completed (0 tasks)"),
        ] {
            let record = run(&events).record;
            assert_eq!((record.status, record.summary.as_str()), (status, summary), "{events:?}");
        }
    }

    #[test]
    fn a_run_ends_with_its_last_word_or_else_its_last_event() {
        let hook = ("STOP_HOOK_INVOKED", json!({}));
        let done = run(&[("RUN_COMPLETED", json!({})), hook.clone()]).record;
        assert_eq!(done.finished_at.map(|at| at.to_string()).as_deref(), Some("2026-01-01T00:00:02Z"));
        assert_eq!(done.duration_s, Some(Seconds::from_millis(2000)));
        let unfinished = run(&[hook.clone(), hook]).record;
        assert_eq!(unfinished.finished_at.map(|at| at.to_string()).as_deref(), Some("2026-01-01T00:00:03Z"));
    }

    #[test]
    fn a_task_is_known_from_any_of_its_events() {
        let record = run(&[
            ("EFFECT_RESOLVED", json!({"effectId": "E1", "status": "error", "error": "plain text"})),
            ("EFFECT_REQUESTED", json!({"effectId": "E2", "taskId": "t"})),
            ("EFFECT_CANCELLED", json!({"effectId": "E2"})),
            ("RUN_FAILED", json!({})),
        ])
        .record;
        assert_eq!(record.metrics["tasks"], 2.0);
        assert_eq!(record.metrics["tasks_failed"], 1.0);
        assert_eq!(record.summary, "demo/build: failed: plain text");
    }
}
