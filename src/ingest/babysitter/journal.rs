//! The events of a run, one file each.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::disk::{self, Reader};
use super::text::{filled, time};
use super::usage::{CostStats, CostTracked};
use crate::model::Timestamp;

/// The event that starts a run, or gives it another process.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Assigned {
    /// The process definition.
    pub process_id: Option<String>,
    /// What was asked.
    pub prompt: Option<String>,
    /// The run it is part of.
    pub nested: Option<Nested>,
}

/// What a run inside another one says of that one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Nested {
    /// Its session.
    pub session_id: Option<String>,
}

/// What happened to a task.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Effect {
    /// The task.
    pub effect_id: String,
    /// The name of its definition.
    pub task_id: Option<String>,
    /// What does it: an agent, a shell.
    pub kind: Option<String>,
    /// Its name in this run.
    pub label: Option<String>,
    /// How it ended.
    pub status: Option<String>,
    /// Why it failed.
    pub error: Option<Value>,
    /// When it was begun.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// How a run ended.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ended {
    /// The status, in old journals.
    pub status: Option<String>,
    /// Why it failed.
    pub error: Option<Value>,
    /// Why it was halted.
    pub reason: Option<Value>,
    /// Why somebody ended it by hand.
    pub manual_seal_reason: Option<Value>,
    /// What it used up.
    #[serde(rename = "costStats")]
    pub cost_stats: Option<CostStats>,
}

/// The events that matter here.
#[derive(Debug)]
pub(super) enum Happening {
    /// The run was made.
    Created(Assigned),
    /// It was given a process.
    Assigned(Assigned),
    /// A task was asked for.
    Requested(Effect),
    /// A task ended.
    Resolved(Effect),
    /// A task was called off.
    Cancelled(Effect),
    /// A model was paid.
    Cost(Box<CostTracked>),
    /// The process broke, perhaps not for good.
    Broke(Ended),
    /// The run did what it was to do.
    Completed(Box<Ended>),
    /// The run was stopped.
    Halted(Ended),
    /// The run failed.
    Failed(Ended),
    /// Something else, or something newer than this build.
    Other,
}

/// One event.
#[derive(Debug)]
pub(super) struct Event {
    /// When it was recorded.
    pub at: Option<Timestamp>,
    /// The session that its writer took itself to be in; often wrong.
    pub session_id: Option<String>,
    /// The harness that the run is driven by.
    pub harness: Option<String>,
    /// What happened.
    pub happening: Happening,
}

/// The events of a run.
#[derive(Debug)]
pub(super) struct Journal {
    /// The readable events, oldest first.
    pub events: Vec<Event>,
    /// How many were not readable.
    pub damaged: usize,
}

// The envelope's `checksum` is left unread: nothing in babysitter ever verifies it, and every one
// of 1,290 events of its own fixtures fails it, so a mismatch tells nothing about damage.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    recorded_at: Option<String>,
    #[serde(default)]
    data: Value,
}

/// Returns the names of the event files of a run, in the order of their sequence numbers.
pub(super) fn file_names(run: &Path) -> io::Result<Vec<String>> {
    let folder = run.join("journal");
    let entries = match fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Ok(found) if !found.is_dir() => return Err(ErrorKind::NotADirectory.into()),
        _ => disk::list(&folder)?,
    };
    let files = entries.into_iter().filter(|entry| !entry.is_folder());
    let mut names: Vec<_> =
        files.filter_map(|entry| Some((sequence_number(&entry.name)?, entry.name))).collect();
    names.sort();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

fn sequence_number(name: &str) -> Option<u64> {
    let (seq, rest) = name.split_once('.')?;
    (rest.ends_with("json") && seq.len() >= 6).then(|| seq.parse().ok()).flatten()
}

/// Reads the events of a run; those that cannot be read are reported.
pub(super) fn read(reader: &mut Reader, run: &Path) -> Journal {
    let names = file_names(run).unwrap_or_else(|error| {
        reader.report(&run.join("journal"), format!("could not be read: {error}"));
        Vec::new()
    });
    let events: Vec<Event> = names.iter().filter_map(|name| read_event(reader, run, name)).collect();
    Journal { damaged: names.len() - events.len(), events }
}

fn read_event(reader: &mut Reader, run: &Path, name: &str) -> Option<Event> {
    let envelope: Envelope = reader.json(run, &["journal", name])?;
    let ambient = |field: &str| filled(envelope.data.get(field).and_then(Value::as_str));
    let (session_id, harness) = (ambient("sessionId"), ambient("harness"));
    let data = Data { reader, path: &run.join("journal").join(name), data: envelope.data };
    let happening = match envelope.kind.as_str() {
        "RUN_CREATED" => Happening::Created(data.read()?),
        "PROCESS_ASSIGNED" => Happening::Assigned(data.read()?),
        "EFFECT_REQUESTED" => Happening::Requested(data.read()?),
        "EFFECT_RESOLVED" => Happening::Resolved(data.read()?),
        "EFFECT_CANCELLED" => Happening::Cancelled(data.read()?),
        "COST_TRACKED" => Happening::Cost(Box::new(data.read()?)),
        "PROCESS_RUNTIME_ERROR" => Happening::Broke(data.read()?),
        "RUN_COMPLETED" => Happening::Completed(Box::new(data.read()?)),
        "RUN_HALTED" => Happening::Halted(data.read()?),
        "RUN_FAILED" => Happening::Failed(data.read()?),
        _ => Happening::Other,
    };
    Some(Event { at: time(envelope.recorded_at.as_deref()), session_id, harness, happening })
}

struct Data<'a> {
    reader: &'a mut Reader,
    path: &'a Path,
    data: Value,
}

impl Data<'_> {
    // Old events may carry no data at all.
    fn read<T: DeserializeOwned>(self) -> Option<T> {
        let data = if self.data.is_null() { Value::Object(serde_json::Map::new()) } else { self.data };
        self.reader.shaped(self.path, "data: ", data)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Tree;
    use super::super::secrets::Secrets;
    use super::*;

    #[test]
    fn events_are_in_the_order_of_their_numbers_and_a_damaged_one_is_reported() {
        let tree = Tree::new();
        tree.event("r", 1_000_000, "RUN_COMPLETED", json!({"runId": "R", "status": "completed"}));
        tree.event("r", 2, "ITERATION_STARTED", json!({"iteration": 1}));
        tree.event("r", 1, "RUN_CREATED", json!({"entrypoint": "p.mjs#process"}));
        tree.event("r", 4, "EFFECT_REQUESTED", json!({"label": "no id"}));
        tree.put("r/journal/000003.01X.json", "{\"type\": \"RUN_FA");
        tree.put("r/journal/000003.01X.json.tmp", "{");
        let mut reader = Reader::new(Secrets::default(), Vec::new());
        let journal = read(&mut reader, &tree.path("r"));
        let happenings: Vec<_> = journal.events.iter().map(|event| &event.happening).collect();
        assert!(
            matches!(happenings[..], [Happening::Created(_), Happening::Other, Happening::Completed(_)]),
            "{happenings:?}"
        );
        assert_eq!(journal.damaged, 2);
        let problems = reader.into_problems();
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.clone()).collect();
        assert_eq!(
            paths,
            [3, 4].map(|n| tree.path(&format!("r/journal/00000{n}.01{}.json", ["X", "ULID"][n - 3])))
        );
    }
}
