//! The state of a session, `<id>.md`: lines that look like YAML front matter, and the prompt.
//!
//! It is not YAML: each line is split at its first `:`, one pair of quotes is stripped, and what
//! the writer escaped is still escaped.

use crate::model::Timestamp;

use super::text::{filled, time};

/// The keys of which a state file has at least two.
const KEYS: [&str; 6] = ["active", "iteration", "max_iterations", "run_id", "run_ids", "started_at"];

/// What a state file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StateFile {
    /// Whether the session is being worked on.
    pub active: bool,
    /// The runs bound to it, the current one first.
    pub run_ids: Vec<String>,
    /// The folder of the current run.
    pub run_dir: Option<String>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When its Stop hook last ran.
    pub last_iteration_at: Option<Timestamp>,
    /// What was asked.
    pub prompt: Option<String>,
}

/// Reads a state file.
pub(super) fn parse(text: &str) -> Result<StateFile, String> {
    let (front, prompt) = split(text).ok_or("has no front matter between two '---' lines")?;
    if known_keys(front) < 2 {
        return Err("is no session state: its front matter has none of babysitter's keys".to_owned());
    }
    let mut state = StateFile { prompt: filled(Some(prompt)), ..StateFile::default() };
    let mut listed = Vec::new();
    for (key, value) in front.lines().filter_map(field) {
        match key {
            "active" => state.active = value == "true",
            "run_id" => state.run_ids.extend(filled(Some(&value))),
            "run_ids" => listed.extend(value.split(',').filter_map(|id| filled(Some(id)))),
            "run_dir" => state.run_dir = filled(Some(&value)),
            "started_at" => state.started_at = time(Some(&value)),
            "last_iteration_at" => state.last_iteration_at = time(Some(&value)),
            _ => {}
        }
    }
    listed.retain(|id| !state.run_ids.contains(id));
    state.run_ids.append(&mut listed);
    Ok(state)
}

/// Tells whether this is the start of a state file.
pub(super) fn looks_like(head: &str) -> bool {
    let head = head.trim_start_matches('\u{feff}');
    head.starts_with("---") && known_keys(split(head).map_or(head, |(front, _)| front)) >= 2
}

fn known_keys(front: &str) -> usize {
    front.lines().filter_map(field).filter(|(key, _)| KEYS.contains(key)).count()
}

fn split(text: &str) -> Option<(&str, &str)> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---")?;
    let mut end = first.len();
    for line in lines {
        if line.trim_end() == "---" {
            return Some((text.get(first.len()..end)?, text.get(end + line.len()..)?));
        }
        end += line.len();
    }
    None
}

fn field(line: &str) -> Option<(&str, String)> {
    let (key, value) = line.split_once(':')?;
    let value = value.trim();
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Some((key.trim(), inner.map_or_else(|| value.to_owned(), unescape)))
}

// The tool's own reader leaves `\"` and `\\` as they are.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next_if(|next| matches!(next, '"' | '\\')) } else { None };
        out.push(escaped.unwrap_or(c));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_the_first_colon_and_unescaped() {
        let text = "---\nactive: true\niteration: 3\nrun_id: \"R2\"\nrun_dir: \"C:\\\\w \\\"x\\\"\\n\"\n\
            run_ids: R1, R2,,R3\nstarted_at: \"2026-11-22T07:14:10Z\"\niteration_times: \nodd line\n---\n\n\
            fix: the lamp\n---\nand more\n";
        let state = parse(text).expect("valid");
        assert!(state.active);
        assert_eq!(state.run_ids, ["R2", "R1", "R3"]);
        assert_eq!(state.run_dir.as_deref(), Some("C:\\w \"x\"\\n"));
        assert_eq!(state.started_at.map(|at| at.to_string()).as_deref(), Some("2026-11-22T07:14:10Z"));
        assert_eq!(state.prompt.as_deref(), Some("fix: the lamp\n---\nand more"));
        assert_eq!(parse(&text.replace('\n', "\r\n")).expect("valid").run_ids, state.run_ids);
    }

    #[test]
    fn empty_lists_are_empty() {
        let state = parse("---\nactive: false\nrun_id: \nrun_ids: \n---").expect("valid");
        assert_eq!(state, StateFile::default());
    }

    #[test]
    fn damaged_files_are_refused() {
        for bad in ["", "---\nactive: true\niteration: 1\n", "# notes\n", "---\ntitle: x\n---\n"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(looks_like("---\nactive: true\niteration: 1\nrun_id"));
        assert!(!looks_like("---\ntitle: x\n---\nactive: true\nrun_id: 1\n"));
    }
}
