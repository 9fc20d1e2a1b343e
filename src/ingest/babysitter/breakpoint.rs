//! What a task's own files add to its events: its title, what a breakpoint asked, the answer.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::disk::Reader;
use super::lifecycle::{Task, TaskEnd, error_message};
use super::text::{filled, value_text};

/// What a breakpoint asked of a person, and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Breakpoint {
    /// The question.
    pub question: Option<String>,
    /// The answer, where there was one.
    pub answer: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TaskFile {
    title: Option<String>,
    kind: Option<String>,
    inputs: Option<Value>,
    metadata: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResultFile {
    result: Option<Value>,
    value: Option<Value>,
    error: Option<Value>,
    reason: Option<String>,
}

/// Completes a task from its files; returns the breakpoint where it was one.
pub(super) fn complete(reader: &mut Reader, run: &Path, task: &mut Task) -> Option<Breakpoint> {
    // The id came from the journal: it may name a folder, never a way out of the run.
    if !is_plain_name(&task.id) {
        return None;
    }
    let id = task.id.clone();
    let file: TaskFile = reader.json(run, &["tasks", &id, "task.json"]).unwrap_or_default();
    task.name = filled(file.title.as_deref()).or(task.name.take());
    task.kind = task.kind.take().or_else(|| filled(file.kind.as_deref()));
    let is_breakpoint = task.kind.as_deref() == Some("breakpoint");
    let unexplained = task.end == TaskEnd::Error && task.error.is_none();
    // Other results are whole reports and logs; they stay where they are.
    if !is_breakpoint && !unexplained {
        return None;
    }
    let result: ResultFile = reader.json(run, &["tasks", &id, "result.json"]).unwrap_or_default();
    if unexplained {
        task.error = result.error.as_ref().and_then(error_message).or(filled(result.reason.as_deref()));
    }
    let question = || question(&file).or_else(|| task.name.clone());
    is_breakpoint.then(|| Breakpoint { question: question(), answer: answer(&result) })
}

fn is_plain_name(id: &str) -> bool {
    !matches!(id, "" | "." | "..") && !id.contains(['/', '\\', ':', '\0'])
}

fn question(file: &TaskFile) -> Option<String> {
    let holders = [file.metadata.as_ref(), file.inputs.as_ref()];
    holders.into_iter().flatten().find_map(|holder| {
        let asked = |holder: &Value| filled(holder.get("question").and_then(Value::as_str));
        holder.get("payload").and_then(asked).or_else(|| asked(holder))
    })
}

fn answer(result: &ResultFile) -> Option<String> {
    let value = result.value.as_ref().or(result.result.as_ref())?;
    let Value::Object(fields) = value else {
        return filled(Some(&value_text(value))).filter(|_| !value.is_null());
    };
    let verdict = fields.get("approved").and_then(Value::as_bool);
    let verdict = verdict.map(|yes| if yes { "approved" } else { "rejected" }.to_owned());
    let words = ["response", "answer", "option", "feedback", "comment", "reason"];
    let said = words.iter().filter_map(|word| filled(fields.get(*word).and_then(Value::as_str)));
    let parts: Vec<_> = verdict.into_iter().chain(said).collect();
    Some(if parts.is_empty() { value.to_string() } else { parts.join(": ") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Tree;
    use super::super::secrets::Secrets;
    use super::*;

    fn answered(value: Value) -> Option<String> {
        answer(&ResultFile { value: Some(value), ..ResultFile::default() })
    }

    #[test]
    fn answers_are_told_in_a_few_words() {
        let yes = json!({"approved": true, "response": "yes"});
        assert_eq!(answered(yes).as_deref(), Some("approved: yes"));
        assert_eq!(answered(json!({"approved": false})).as_deref(), Some("rejected"));
        assert_eq!(answered(json!({"x": 1})).as_deref(), Some("{\"x\":1}"));
        assert_eq!(answered(json!("later")).as_deref(), Some("later"));
        assert_eq!(answered(Value::Null), None);
    }

    #[test]
    fn a_task_id_leads_nowhere_outside_the_run() {
        let tree = Tree::new();
        tree.put_json("outside/task.json", json!({"title": "read from outside"}));
        tree.put("run/tasks/E1/task.json", "{");
        let mut reader = Reader::new(Secrets::default(), Vec::new());
        for id in ["../../outside", "..", "", "a/b", "E1"] {
            let mut task = Task::new(id);
            assert_eq!(complete(&mut reader, &tree.path("run"), &mut task), None);
            assert_eq!(task.name, None, "{id}");
        }
        let problems = reader.into_problems();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, tree.path("run/tasks/E1/task.json"));
    }

    #[test]
    fn an_error_that_only_the_result_explains_is_found() {
        let tree = Tree::new();
        tree.put_json("run/tasks/E1/result.json", json!({"error": {"message": "no disk"}}));
        let mut reader = Reader::new(Secrets::default(), Vec::new());
        let mut task = Task::new("E1");
        task.end = TaskEnd::Error;
        complete(&mut reader, &tree.path("run"), &mut task);
        assert_eq!(task.error.as_deref(), Some("no disk"));
    }
}
