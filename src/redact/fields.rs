//! Documents: each text by itself, under the name of its field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::assignment::in_field;
use super::counts::Counts;
use super::edit::{Edit, apply};
use super::marker::{self, marker};
use super::name::NameKind;
use super::redactor::{BROKEN_RULES, Engine, Redactor};
use super::spans::Span;
use crate::model::Timestamp;

/// The most bytes of a list's texts that are read as one command.
const COMMAND_BYTES: usize = 64 * 1024;
/// The words of fields that have few.
const WORDS: [&str; 17] = [
    "running",
    "succeeded",
    "failed",
    "cancelled",
    "interrupted",
    "active",
    "done",
    "archived",
    "accepted",
    "superseded",
    "rejected",
    "content",
    "binary",
    "deleted",
    "clash",
    "field",
    "",
];

impl Redactor {
    /// Returns a document without secrets in its texts and in the names of its fields, and counts
    /// them; `None` where it has none.
    pub fn clean_fields<T: Serialize + DeserializeOwned>(
        &self,
        document: &T,
        counts: &mut Counts,
    ) -> Result<Option<T>, serde_json::Error> {
        if !self.is_on() {
            return Ok(None);
        }
        let mut value = serde_json::to_value(document)?;
        let mut found = Counts::default();
        self.clean_value(b"", &mut value, &mut found);
        if self.failure().is_some() {
            value = serde_json::to_value(document)?;
            found = Counts::default();
            withhold(&mut value, &mut found);
        }
        if found.is_empty() {
            return Ok(None);
        }
        counts.add(&found);
        serde_json::from_value(value).map(Some)
    }

    fn clean_value(&self, name: &[u8], value: &mut Value, counts: &mut Counts) {
        match value {
            Value::String(text) => self.clean_field(name, text, counts),
            Value::Array(items) => self.clean_list(name, items, counts),
            Value::Object(fields) => self.clean_object(fields, counts),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn clean_field(&self, name: &[u8], text: &mut String, counts: &mut Counts) {
        if let Some(engine) = self.engine().filter(|engine| engine.is_general())
            && let Some(found) = NameKind::of(name).and_then(|kind| in_field(kind, text.as_bytes()))
        {
            let span = Span { range: found.range, rule: found.rule };
            engine.replace(text, engine.settled(text.as_bytes(), span), counts);
        }
        if let std::borrow::Cow::Owned(cleaned) = self.clean_text(text, counts) {
            *text = cleaned;
        }
    }

    // The words of a command: an option may stand before its value.
    fn clean_list(&self, name: &[u8], items: &mut [Value], counts: &mut Counts) {
        let mut words: Vec<u8> = Vec::new();
        let mut last = Vec::new();
        for item in items {
            let Value::String(text) = item else {
                self.clean_value(name, item, counts);
                continue;
            };
            let option: &[u8] = if last.starts_with(b"-") { &last } else { b"" };
            self.clean_field(option, text, counts);
            if let Some(engine) = self.engine().filter(|_| !option.is_empty() || text.starts_with('-')) {
                engine.replace_after(&words, text, counts);
            }
            last = text.as_bytes().to_vec();
            if words.len() + text.len() < COMMAND_BYTES {
                words.extend_from_slice(text.as_bytes());
                words.push(b' ');
            }
        }
    }

    fn clean_object(&self, fields: &mut Map<String, Value>, counts: &mut Counts) {
        let old = std::mem::take(fields);
        for (name, mut value) in old {
            let clean = self.clean_text(&name, counts).into_owned();
            self.clean_value(name.as_bytes(), &mut value, counts);
            fields.insert(clean, value);
        }
    }
}

/// Replaces every text, because none could be searched: but for ids, times and the words that the
/// program itself writes, without which the document would say nothing.
fn withhold(value: &mut Value, counts: &mut Counts) {
    match value {
        Value::String(text) if !is_structural(text) => {
            counts.count(BROKEN_RULES);
            *text = String::from_utf8_lossy(&marker(BROKEN_RULES)).into_owned();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| withhold(item, counts)),
        Value::Object(fields) => {
            fields.retain(|name, _| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            fields.values_mut().for_each(|value| withhold(value, counts));
        }
        _ => {}
    }
}

fn is_structural(text: &str) -> bool {
    let is_id =
        matches!(text.len(), 36 | 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    is_id || WORDS.contains(&text) || text.parse::<Timestamp>().is_ok() || marker::starts(text.as_bytes())
}

impl Engine {
    fn replace(&self, text: &mut String, spans: Vec<Span<'_>>, counts: &mut Counts) {
        let edits: Vec<_> = spans.into_iter().map(|span| Edit::of(span, text.as_bytes(), 0)).collect();
        if !edits.is_empty() {
            let cleaned = apply(text.as_bytes(), &edits, counts);
            *text = String::from_utf8_lossy(&cleaned).into_owned();
        }
    }

    fn replace_after(&self, words: &[u8], text: &mut String, counts: &mut Counts) {
        let edits = self.edits_after(words, text.as_bytes());
        if !edits.is_empty() {
            let cleaned = apply(text.as_bytes(), &edits, counts);
            *text = String::from_utf8_lossy(&cleaned).into_owned();
        }
    }
}
