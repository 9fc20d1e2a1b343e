//! What was asked and done in a run, as Markdown that people read.

use super::breakpoint::Breakpoint;
use super::lifecycle::{Lifecycle, Task, TaskEnd};
use super::text::one_line;

/// The most characters of a task's name.
const NAME_CHARS: usize = 200;
/// The most characters of a failure, a question or an answer.
const LINE_CHARS: usize = 2000;

/// Writes the distillate of a run: the prompt, a line for each task, the outcome.
pub(super) fn write(prompt: Option<&str>, life: &Lifecycle, tasks: &[(Task, Option<Breakpoint>)]) -> String {
    let mut out = String::new();
    if let Some(prompt) = prompt {
        out.push_str(&format!("## Prompt\n\n{prompt}\n\n"));
    }
    if !tasks.is_empty() {
        out.push_str("## Tasks\n\n");
        tasks.iter().for_each(|(task, asked)| write_task(&mut out, task, asked.as_ref()));
        out.push('\n');
    }
    out.push_str(&format!("## Outcome\n\n{}", life.end.as_str()));
    if let Some(reason) = &life.reason {
        out.push_str(&format!(": {}", one_line(reason, LINE_CHARS)));
    }
    out.push('\n');
    out
}

fn write_task(out: &mut String, task: &Task, breakpoint: Option<&Breakpoint>) {
    let name = task.name.as_deref().unwrap_or(&task.id);
    let kind = task.kind.as_deref().map(|kind| format!(" ({})", one_line(kind, NAME_CHARS)));
    let took = task.duration.map(|span| format!(", {span} s"));
    out.push_str(&format!(
        "- {}{}: {}{}\n",
        one_line(name, NAME_CHARS),
        kind.unwrap_or_default(),
        end_word(task.end),
        took.unwrap_or_default()
    ));
    let asked = breakpoint.and_then(|asked| asked.question.as_deref());
    let answered = breakpoint.and_then(|asked| asked.answer.as_deref());
    for (word, text) in [("failed", task.error.as_deref()), ("asked", asked), ("answer", answered)] {
        if let Some(text) = text {
            out.push_str(&format!("  - {word}: {}\n", one_line(text, LINE_CHARS)));
        }
    }
}

fn end_word(end: TaskEnd) -> &'static str {
    match end {
        TaskEnd::Pending => "pending",
        TaskEnd::Ok => "ok",
        TaskEnd::Error => "error",
        TaskEnd::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Tree;

    #[test]
    fn the_distillate_tells_prompt_tasks_failures_and_breakpoints() {
        let tree = Tree::new();
        tree.run("runs/R1", "R1", json!({"prompt": "build a lamp\n\nof brass"}));
        let ask =
            |id: &str, kind: &str| json!({"effectId": id, "kind": kind, "label": format!("label {id}")});
        tree.event("runs/R1", 2, "EFFECT_REQUESTED", ask("E1", "agent"));
        let resolved = json!({"effectId": "E1", "status": "error", "error": {"message": "no\nwire"},
            "startedAt": "2026-01-01T00:00:00.000Z", "finishedAt": "2026-01-01T00:00:05.500Z"});
        tree.event("runs/R1", 3, "EFFECT_RESOLVED", resolved);
        tree.event("runs/R1", 4, "EFFECT_REQUESTED", ask("E2", "breakpoint"));
        tree.event("runs/R1", 6, "EFFECT_RESOLVED", json!({"effectId": "E2", "status": "ok"}));
        tree.event("runs/R1", 7, "EFFECT_REQUESTED", ask("E3", "shell"));
        let task = json!({"title": "Ship", "metadata": {"payload": {"question": "Ship it?"}}});
        tree.put_json("runs/R1/tasks/E2/task.json", task);
        let value = json!({"value": {"approved": true, "response": "yes"}});
        tree.put_json("runs/R1/tasks/E2/result.json", value);
        let import = tree.read("runs");
        assert_eq!(import.problems, []);
        let told = "## Prompt\n\nbuild a lamp\n\nof brass\n\n## Tasks\n\n\
            - label E1 (agent): error, 5.5 s\n  - failed: no wire\n\
            - Ship (breakpoint): ok, 2 s\n  - asked: Ship it?\n  - answer: approved: yes\n\
            - label E3 (shell): pending\n\n## Outcome\n\nwaiting\n";
        assert_eq!(import.sessions[0].runs[0].conversation.as_deref(), Some(told));
    }
}
