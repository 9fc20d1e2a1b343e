//! What is left of a run that was purged: that it was, when, by whom, and its numbers.

use super::{Agent, Code, CodeLink, Extra, RunRecord, Usage};

/// What stands where a text stood that was purged as a whole.
pub const PURGED: &str = "[PURGED]";
/// The longest word that tells what made a run be recorded.
const WORD_BYTES: usize = 40;

impl RunRecord {
    /// Returns the record without anything that a person or an agent wrote. Ids, times, people, names of
    /// agents and models, and numbers stay.
    pub fn without_texts(&self) -> Self {
        Self {
            summary: PURGED.to_owned(),
            started_at: self.started_at,
            finished_at: self.finished_at,
            duration_s: self.duration_s,
            trigger: self.trigger.clone().filter(|word| is_word(word)),
            operator: self.operator.clone(),
            agent: self.agent.clone().map(|agent| Agent { extra: Extra::new(), ..agent }),
            exit_code: self.exit_code,
            score: self.score,
            usage: self.usage.clone().map(|usage| Usage { extra: Extra::new(), ..usage }),
            metrics: self.metrics.clone(),
            code: self.code.as_ref().map(ids_and_numbers).filter(|code| *code != Code::default()),
            external_id: self.external_id.clone(),
            redactions: self.redactions.clone(),
            redaction_table: self.redaction_table,
            conflicts: self.conflicts.clone(),
            ..Self::new(self.id, self.session, self.status)
        }
    }

    /// Tells whether nothing is left in it that a person or an agent wrote.
    pub fn has_no_texts(&self) -> bool {
        *self == self.without_texts()
    }
}

fn ids_and_numbers(code: &Code) -> Code {
    let ids = |ids: &[String]| ids.iter().filter(|id| is_id(id)).cloned().collect();
    let id = |id: &Option<String>| id.clone().filter(|id| is_id(id));
    let link = |link: &CodeLink| CodeLink {
        commit: link.commit.clone(),
        tree: id(&link.tree),
        patch: id(&link.patch),
        ..CodeLink::default()
    };
    Code {
        head_before: id(&code.head_before),
        head_after: id(&code.head_after),
        commits: ids(&code.commits),
        dirty: code.dirty,
        files_changed: code.files_changed,
        insertions: code.insertions,
        deletions: code.deletions,
        links: code.links.iter().filter(|link| is_id(&link.commit)).map(link).collect(),
        merged: ids(&code.merged),
        ..Code::default()
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 64 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

// A hook's name is one; a sentence that another tool put there is none.
fn is_word(text: &str) -> bool {
    text.len() <= WORD_BYTES && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{RunId, RunStatus, SessionId, Totals, yaml};

    const CANARY: &str = "Told by Somebody";

    // Every field that is a text has the canary; those that stay have something else.
    const FULL: &str = r#"{
        "schema": 1, "id": "00000000-0000-4000-8000-000000000001",
        "session": "00000000-0000-4000-8000-000000000002", "status": "failed",
        "summary": "CANARY", "prompt": "CANARY", "started_at": "2026-11-22T07:00:00Z",
        "finished_at": "2026-11-22T08:00:00Z", "duration_s": 1.5, "trigger": "CANARY", "process": "CANARY",
        "operator": {"name": "Ann", "email": "ann@example.com"},
        "agent": {"name": "codex", "version": "1", "model": "m", "mood": "CANARY"},
        "command": ["CANARY"], "exit_code": 3, "score": 0.5,
        "usage": {"input_tokens": 1, "output_tokens": 2, "cost_usd": 0.1, "note": "CANARY"},
        "metrics": {"tests": 3}, "tags": ["CANARY"],
        "code": {"repo": "CANARY", "branch": "CANARY", "head_before": "CANARY", "head_after": "00ff",
            "commits": ["00ff", "CANARY"], "dirty": true, "files_changed": 1, "insertions": 2, "deletions": 3,
            "links": [{"commit": "00ff", "tree": "11", "patch": "CANARY", "subject": "CANARY"},
                {"commit": "CANARY"}],
            "merged": ["CANARY", "22"], "more": "CANARY"},
        "external_id": "x-1", "withheld": [{"path": "CANARY", "reason": "CANARY"}],
        "redactions": {"github-token": 2}, "redaction_table": 4, "conflicts": ["notes.md"],
        "more": {"deep": ["CANARY"]}
    }"#;

    #[test]
    fn no_text_is_left_and_no_number_is_lost() {
        let full: RunRecord =
            serde_json::from_str(&FULL.replace("CANARY", CANARY)).expect("a record with every field");
        let left = full.without_texts();
        let text = yaml::print("run.yaml", &left).expect("printable");
        assert!(!text.contains(CANARY), "{text}");
        let json = serde_json::to_value(&left).expect("JSON");
        let code = serde_json::json!({
            "head_after": "00ff", "commits": ["00ff"], "dirty": true, "files_changed": 1, "insertions": 2,
            "deletions": 3, "links": [{"commit": "00ff", "tree": "11"}], "merged": ["22"],
        });
        assert_eq!(json["code"], code);
        for field in ["id", "session", "status", "started_at", "finished_at", "duration_s", "operator"] {
            assert_eq!(json[field], serde_json::to_value(&full).expect("JSON")[field], "{field}");
        }
        let sums = |record: &RunRecord| {
            let mut totals = Totals::default();
            totals.add(record);
            totals
        };
        assert_eq!(sums(&left), sums(&full));
        assert_eq!(left.headline(), PURGED);
        assert!(left.has_no_texts() && !full.has_no_texts());
    }

    proptest! {
        #[test]
        fn what_is_left_stays_so_and_reads_well(summary in ".*", trigger in ".*", id in ".*", tag in ".*") {
            let session = SessionId::from_foreign("test", "s");
            let mut record = RunRecord::new(RunId::from_foreign("test", "r"), session, RunStatus::Succeeded);
            record.summary = summary;
            record.trigger = Some(trigger);
            record.tags.insert(tag);
            record.code = Some(Code { head_after: Some(id), ..Code::default() });
            let left = record.without_texts();
            prop_assert_eq!(left.without_texts(), left.clone());
            let text = yaml::print("run.yaml", &left).expect("printable");
            prop_assert_eq!(yaml::parse::<RunRecord>("run.yaml", text.as_bytes()), Ok(left));
        }
    }
}
