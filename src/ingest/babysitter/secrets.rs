//! The release tokens of runs, which must not be stored.
//!
//! Whoever knows a run's `completionProof` (older: `completionSecret`) can release its Stop hook.
//! The fields are dropped from everything that is read, and the values are replaced wherever
//! they occur: tools print them, prompts quote them, agents note them down.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::{disk, journal};

/// What stands where a token stood.
const REDACTED: &str = "[REDACTED:completion-proof]";
/// The fields that hold a token.
const FIELDS: [&str; 2] = ["completionProof", "completionSecret"];
/// A shorter value is no token, and replacing it would garble ordinary words.
const MIN_CHARS: usize = 8;

/// The tokens of all runs of one import.
///
/// All, and before anything else is read: a session's notes may quote the token of any run.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Learns the tokens from `run.json` and the journals. What cannot be read is passed over
    /// here; it is reported when it is read for its content.
    pub(super) fn collect(runs: &[PathBuf]) -> Self {
        let mut tokens = Vec::new();
        for run in runs {
            learn(disk::bytes_below(run, &["run.json"]), &mut tokens);
            for name in journal::file_names(run).unwrap_or_default() {
                learn(disk::bytes_below(run, &["journal", &name]), &mut tokens);
            }
        }
        Self::new(tokens)
    }

    fn new(mut tokens: Vec<String>) -> Self {
        tokens.retain(|token| token.chars().count() >= MIN_CHARS);
        // Longest first, so that a token that is part of another leaves no rest of it.
        tokens.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        tokens.dedup();
        Self(tokens)
    }

    /// Makes it of tokens that a test knows.
    #[cfg(test)]
    pub(super) fn of(tokens: &[&str]) -> Self {
        Self::new(tokens.iter().map(|token| (*token).to_owned()).collect())
    }

    /// Returns the text without tokens.
    pub(super) fn clean_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, token| {
            if text.contains(token.as_str()) { text.replace(token.as_str(), REDACTED) } else { text }
        })
    }

    /// Returns the value without the fields that hold tokens and without tokens in any text.
    pub(super) fn clean(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.clean_text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.clean(item)).collect(),
            Value::Object(fields) => Value::Object(self.clean_fields(fields)),
            other => other,
        }
    }

    fn clean_fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let kept = fields.into_iter().filter(|(name, _)| !FIELDS.contains(&name.as_str()));
        kept.map(|(name, value)| (self.clean_text(&name), self.clean(value))).collect()
    }

    /// Tells whether a text shows a token or names a field that holds one.
    pub(super) fn shows_in(&self, text: &str) -> bool {
        FIELDS.iter().any(|field| text.contains(field)) || self.0.iter().any(|token| text.contains(token))
    }
}

// Most files name no such field, so they need not be parsed here.
fn learn(file: Result<Option<Vec<u8>>, String>, tokens: &mut Vec<String>) {
    let Ok(Some(bytes)) = file else { return };
    let text = String::from_utf8_lossy(&bytes);
    if FIELDS.iter().any(|field| text.contains(field))
        && let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'))
    {
        gather(&value, tokens);
    }
}

fn gather(value: &Value, tokens: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, tokens)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(token) if FIELDS.contains(&name.as_str()) => tokens.push(token.clone()),
                    other => gather(other, tokens),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{Tree, everything};
    use super::*;

    #[test]
    fn fields_are_dropped_and_values_replaced_wherever_they_occur() {
        let tokens = ["abcd-1234", "short", "abcd-1234-longer"];
        let secrets = Secrets::new(tokens.map(str::to_owned).to_vec());
        let given = json!({"completionProof": "x", "a": ["<abcd-1234-longer>", {"abcd-1234": "short"}]});
        let cleaned = json!({"a": [format!("<{REDACTED}>"), {REDACTED: "short"}]});
        assert_eq!(secrets.clean(given), cleaned);
    }

    #[test]
    fn a_planted_token_is_stored_nowhere() {
        let token = "made-up-\"proof\"-0451";
        let json_token = serde_json::to_string(token).expect("json");
        let tree = Tree::new();
        tree.put_json(
            "p/.a5c/runs/R1/run.json",
            json!({"runId": "R1", "processId": "p", "prompt": format!("say {token} at the end"),
                "completionProof": token, "createdAt": "2026-01-01T00:00:00Z"}),
        );
        tree.put("p/.a5c/runs/R1/state/output.json", &format!("{{\"a\": {json_token}, \"b\": 1}}"));
        tree.put("p/.a5c/runs/R1/inputs.json", &format!("{{\"completionSecret\": {json_token}, \"c\": 2}}"));
        tree.event("p/.a5c/runs/R1", 1, "RUN_FAILED", json!({"error": {"message": format!("no {token}")}}));
        tree.state("p/state", "s1", &format!("run_id: \"R1\"\n---\n\nuse {token}\n"));
        tree.put_json(
            "p/state/s1.context.json",
            json!({"notes": [format!("the proof is {token}")], "sharedKnowledge": {token: token}}),
        );
        tree.put_json(
            "p/state/s1.history.json",
            json!({"decisions": [{"description": format!("end with {token}"), "runId": "R1"}]}),
        );
        let import = tree.read("p");
        assert_eq!(import.problems, []);
        let stored = everything(&import);
        let shown = [token, &json_token, "proof\\\"", "0451", "completionSecret", "completionProof"];
        for secret in shown {
            assert!(!stored.contains(secret), "{secret} must not be stored:\n{stored}");
        }
        assert_eq!(import.sessions[0].title, format!("use {REDACTED}"));
        assert!(stored.contains(&format!("the proof is {REDACTED}")));
    }

    #[test]
    fn a_token_that_only_the_journal_names_is_found_too() {
        let tree = Tree::new();
        tree.run("runs/R1", "R1", json!({"prompt": "say sealed-token-77"}));
        let data = json!({"manual_seal_reason": "done by hand", "completionProof": "sealed-token-77"});
        tree.event("runs/R1", 9, "RUN_COMPLETED", data);
        assert!(!everything(&tree.read("runs")).contains("sealed-token-77"));
    }
}
