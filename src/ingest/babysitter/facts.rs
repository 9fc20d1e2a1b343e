//! The context of a session: notes, knowledge, preferences, findings, decisions, continuity.
//!
//! What names the run that found it goes to that run; the rest to the session.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use super::decisions;
use super::disk::Reader;
use super::names::Names;
use super::side_files::{Finding, SideFiles, WorkingContext};
use super::text::{file_text, filled, value_text};
use crate::model::{ContextPath, FactKind, Key, Timestamp, slug};
use crate::ops::import::ImportedFile;

/// The file that says what the session is at.
const CONTINUITY: &str = "continuity.md";
/// The most characters of the slug in a finding's key.
const SLUG_CHARS: usize = 48;

/// The files of a session's context.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Those that no run can be credited with.
    pub session: Vec<ImportedFile>,
    /// Those of a run, by its foreign id.
    pub runs: BTreeMap<String, Vec<ImportedFile>>,
}

/// Makes the context files of a session.
///
/// `runs` are the runs that files may be credited with, `latest` is the time of decisions that
/// have none, and `place` names the session in problems.
pub(super) fn gather(
    reader: &mut Reader,
    place: &Path,
    side: &SideFiles,
    runs: BTreeSet<String>,
    latest: Timestamp,
) -> Facts {
    let mut shelf = Shelf { reader, place, runs, names: Names::default(), facts: Facts::default() };
    shelf.put_session_file(ContextPath::NOTES, list(side.context.notes.as_deref().unwrap_or_default()));
    shelf.put_session_file(CONTINUITY, continuity(&side.working));
    let knowledge = side.context.shared_knowledge.as_ref();
    shelf.put_facts(FactKind::Knowledge, knowledge.unwrap_or(&Map::new()));
    shelf.put_facts(FactKind::Preference, &side.preferences);
    side.findings.iter().for_each(|finding| shelf.put_finding(finding));
    for made in decisions::of(side) {
        match made.file(latest, &mut shelf.names) {
            Ok((path, text)) => shelf.put(made.run.as_deref(), path, &text),
            Err(why) => shelf.reader.report(place, format!("holds a decision that could not be kept: {why}")),
        }
    }
    let mut facts = shelf.facts;
    facts.session.sort_by(|a, b| a.path.cmp(&b.path));
    facts.runs.values_mut().for_each(|files| files.sort_by(|a, b| a.path.cmp(&b.path)));
    facts
}

struct Shelf<'a> {
    reader: &'a mut Reader,
    place: &'a Path,
    runs: BTreeSet<String>,
    names: Names,
    facts: Facts,
}

impl Shelf<'_> {
    fn put(&mut self, run: Option<&str>, path: ContextPath, text: &str) {
        let files = match run.filter(|run| self.runs.contains(*run)) {
            Some(run) => self.facts.runs.entry(run.to_owned()).or_default(),
            None => &mut self.facts.session,
        };
        // The same fact may be told twice.
        if files.iter().all(|file| file.path != path) {
            files.push(ImportedFile { path, content: text.as_bytes().to_vec() });
        }
    }

    fn put_session_file(&mut self, path: &str, text: String) {
        if let Ok(path) = path.parse::<ContextPath>()
            && !text.is_empty()
        {
            self.put(None, path, &text);
        }
    }

    fn put_facts(&mut self, kind: FactKind, facts: &Map<String, Value>) {
        for (key, value) in facts {
            self.put_fact(None, kind, &Key::from_free_text(key), &value_text(value));
        }
    }

    fn put_finding(&mut self, finding: &Finding) {
        let category = Key::from_free_text(filled(finding.category.as_deref()).as_deref().unwrap_or("other"));
        let mut short = slug(&finding.content);
        short.truncate(SLUG_CHARS);
        let short = Key::from_free_text(&short);
        let key = format!("findings/{category}/{short}").parse().unwrap_or(short);
        self.put_fact(finding.run_id.as_deref(), FactKind::Knowledge, &key, &finding.content);
    }

    fn put_fact(&mut self, run: Option<&str>, kind: FactKind, key: &Key, value: &str) {
        let text = file_text(value);
        match self.names.take_fact(kind, key, &text) {
            Some(path) => self.put(run, path, &text),
            None => self.reader.report(self.place, format!("has too many facts under the key '{key}'")),
        }
    }
}

// A further line of an item is indented, so that it stays part of it.
fn list(items: &[Value]) -> String {
    let item = |item: &Value| format!("- {}\n", value_text(item).trim().replace('\n', "\n  "));
    items.iter().filter(|item| !value_text(item).trim().is_empty()).map(item).collect()
}

fn continuity(working: &WorkingContext) -> String {
    let focus = working.focus.as_ref().filter(|focus| !focus.is_null()).map(value_text);
    let focus = filled(focus.as_deref()).map(|focus| format!("{focus}\n")).unwrap_or_default();
    let blockers = list(working.blockers.as_deref().unwrap_or_default());
    let next = list(working.next_steps.as_deref().unwrap_or_default());
    let parts = [("Focus", focus), ("Blockers", blockers), ("Next steps", next)];
    let filled = parts.into_iter().filter(|(_, text)| !text.is_empty());
    filled.map(|(title, text)| format!("## {title}\n\n{text}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{Tree, content, paths, session};

    #[test]
    fn context_goes_to_its_run_or_else_to_the_session() {
        let tree = Tree::new();
        tree.run("runs/R1", "R1", json!({}));
        tree.state("state", "s1", "run_id: R1\nlast_iteration_at: 2026-03-01T00:00:00Z\n---\n");
        let knowledge = json!({"buildCmd": "make lamp\n", "limits": {"b": 1, "a": [2]}});
        let notes = json!(["lamp is brass", "two\nlines", "", {"odd": true}]);
        tree.put_json("state/s1.context.json", json!({"notes": notes, "sharedKnowledge": knowledge}));
        let finding = |content: &str, run: &str| json!({"content": content, "category": "bug", "runId": run});
        tree.put_json("state/s1.persistent.json", json!({"preferences": {"codeStyle": "terse"},
            "findings": [finding("Uses make!", "R1"), finding("Uses make!", "R1"), finding("uses make", "gone")]}));
        let at = "2026-02-03T00:00:00Z";
        tree.put_json(
            "state/s1.history.json",
            json!({"decisions": [
            {"description": "use brass", "rationale": "lasts", "runId": "R1", "timestamp": at}]}),
        );
        tree.put_json(
            "state/s1.continuity.json",
            json!({"updatedAt": "2026-04-01T00:00:00Z",
            "decisions": [{"key": "db", "value": {"kind": "pg"}, "madeAt": at}],
            "workingContext": {"focus": "the lamp", "blockers": [], "nextSteps": ["wire it"]}}),
        );
        let import = tree.read("");
        assert_eq!(import.problems, []);
        let session = session(&import, "s1");
        let of_run = &session.runs[0].context;
        assert_eq!(content(of_run, "knowledge/findings/bug/uses-make.md"), Some("Uses make!\n"));
        assert_eq!(of_run.len(), 2);
        assert!(paths(of_run)[0].starts_with("decisions/2026-02-03-use-brass-"));
        let files = &session.context;
        assert_eq!(content(files, "notes.md"), Some("- lamp is brass\n- two\n  lines\n- {\"odd\":true}\n"));
        assert_eq!(content(files, "knowledge/build.cmd.md"), Some("make lamp\n"));
        assert_eq!(content(files, "knowledge/limits.md"), Some("{\"a\":[2],\"b\":1}\n"));
        assert_eq!(content(files, "preferences/code.style.md"), Some("terse\n"));
        let focus = "## Focus\n\nthe lamp\n\n## Next steps\n\n- wire it\n";
        assert_eq!(content(files, "continuity.md"), Some(focus));
        let paths = paths(files);
        assert!(paths.iter().any(|path| path.starts_with("knowledge/findings/bug/uses-make-")), "{paths:?}");
        assert!(paths.iter().any(|path| path.starts_with("decisions/2026-02-03-db-kind-pg-")), "{paths:?}");
        assert_eq!(files.len(), 7);
        assert_eq!(session.context_at.to_string(), "2026-04-01T00:00:00Z");
    }
}
