//! What Claude Code's own log says of the turn that ends: models, usage, the answer.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::AgentHome;
use crate::model::Usage;

/// The most of a turn that is read, in bytes, from its end.
const READ_BYTES: u64 = 8 * 1024 * 1024;
/// The longest part of a line of the conversation that names what a tool works on, in characters.
const TARGET_CHARS: usize = 120;

/// What a log says of a turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// The model that answered last.
    pub(super) model: Option<String>,
    /// The version of the agent.
    pub(super) version: Option<String>,
    /// What it used up, each message once.
    pub(super) usage: Option<Usage>,
    /// The last text of the answer.
    pub(super) answer: Option<String>,
    /// What was said and done, in Markdown.
    pub(super) said: String,
}

/// Returns how long a log is; 0 where it is not to be read.
pub(super) fn length(home: &AgentHome, path: Option<&Path>) -> u64 {
    path.and_then(|path| allowed(home, path)).and_then(|path| fs::metadata(path).ok()).map_or(0, |f| f.len())
}

/// Reads what a log says behind `start`; nothing where it lies outside of the agent's folders.
pub(super) fn read(home: &AgentHome, path: Option<&Path>, start: u64) -> Turn {
    let text = path.and_then(|path| allowed(home, path)).and_then(|path| tail(&path, start));
    text.map(|text| parse(&text)).unwrap_or_default()
}

// What the agent sends may have been made up by what the agent read: it must not name any file.
fn allowed(home: &AgentHome, path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    let mut folders = home.folders.iter().filter_map(|folder| fs::canonicalize(folder).ok());
    let is_inside = folders.any(|folder| path.starts_with(&folder) && path != folder);
    let found = fs::metadata(&path).ok()?;
    let is_ours = found.uid() == rustix::process::geteuid().as_raw();
    let is_log = path.extension().is_some_and(|extension| extension == "jsonl");
    (is_inside && is_ours && is_log && found.is_file()).then_some(path)
}

fn tail(path: &Path, start: u64) -> Option<String> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let mut file: File = fs::OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    let length = file.metadata().ok().filter(|found| found.is_file())?.len();
    let start = if start > length { 0 } else { start };
    file.seek(SeekFrom::Start(start.max(length.saturating_sub(READ_BYTES)))).ok()?;
    let mut bytes = Vec::new();
    file.take(READ_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads lines of a log. A line that is torn or unknown is left out.
fn parse(text: &str) -> Turn {
    let mut turn = Turn::default();
    let mut messages: BTreeMap<String, Usage> = BTreeMap::new();
    for value in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if value["isSidechain"] == true || value["type"] != "assistant" {
            continue;
        }
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let message = &value["message"];
        turn.version = text(&value["version"]).or(turn.version);
        turn.model = text(&message["model"]).filter(|model| !model.starts_with('<')).or(turn.model);
        if let Some(id) = text(&message["id"]) {
            // Each block of a message is a line, and each line repeats the usage of the whole.
            let known = messages.entry(id).or_default();
            *known = larger(known, &message["usage"]);
        }
        for block in message["content"].as_array().into_iter().flatten() {
            add_block(&mut turn, block);
        }
    }
    turn.usage = messages.into_values().reduce(|sum, usage| joined(&sum, &usage, u64::saturating_add));
    turn
}

fn add_block(turn: &mut Turn, block: &Value) {
    match block["type"].as_str() {
        Some("text") => {
            if let Some(text) = block["text"].as_str().map(str::trim).filter(|text| !text.is_empty()) {
                turn.said.push_str(&format!("{text}\n\n"));
                turn.answer = Some(text.to_owned());
            }
        }
        Some("tool_use") => {
            let name = block["name"].as_str().unwrap_or("tool");
            let input = &block["input"];
            let keys = ["file_path", "path", "command", "pattern", "url", "description"];
            let target = keys.iter().find_map(|key| input[*key].as_str()).unwrap_or_default();
            let line: String = target.lines().next().unwrap_or_default().chars().take(TARGET_CHARS).collect();
            turn.said.push_str(format!("- {name} {line}\n\n").replace(" \n", "\n").as_str());
        }
        _ => {}
    }
}

fn larger(known: &Usage, value: &Value) -> Usage {
    let count = |key: &str| value[key].as_u64();
    let told = Usage {
        input_tokens: count("input_tokens"),
        output_tokens: count("output_tokens"),
        cache_read_tokens: count("cache_read_input_tokens"),
        cache_write_tokens: count("cache_creation_input_tokens"),
        ..Usage::default()
    };
    joined(known, &told, u64::max)
}

fn joined(a: &Usage, b: &Usage, join: impl Fn(u64, u64) -> u64) -> Usage {
    let both = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (one, other) => one.or(other),
    };
    Usage {
        input_tokens: both(a.input_tokens, b.input_tokens),
        output_tokens: both(a.output_tokens, b.output_tokens),
        cache_read_tokens: both(a.cache_read_tokens, b.cache_read_tokens),
        cache_write_tokens: both(a.cache_write_tokens, b.cache_write_tokens),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_message_counts_once_and_a_torn_line_not_at_all() {
        let line = |id: &str, text: &str, tokens: u64| {
            format!(
                r#"{{"type":"assistant","version":"2.1.37","message":{{"id":"{id}","model":"opus","content":[{{"type":"text","text":"{text}"}}],"usage":{{"input_tokens":3,"output_tokens":{tokens}}}}}}}"#
            )
        };
        let text = [line("a", "Looking.", 1), line("a", "Still.", 10), line("b", "Done.", 5)].join("\n")
            + "\n{\"type\":\"assis";
        let turn = parse(&text);
        let usage = turn.usage.expect("known");
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(6), Some(15)));
        assert_eq!(usage.cache_read_tokens, None, "unknown is not 0");
        assert_eq!((turn.answer.as_deref(), turn.model.as_deref()), (Some("Done."), Some("opus")));
    }

    proptest! {
        #[test]
        fn no_log_is_too_odd_to_be_read(text in "(\\PC|\n)*") {
            parse(&text);
        }
    }
}
