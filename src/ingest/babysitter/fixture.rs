//! Folders for tests, and what was stored of them as one text.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{BabysitterImport, read};
use crate::ops::import::{ImportedFile, ImportedSession};

/// A folder that goes away with the test.
pub(super) struct Tree(TempDir);

impl Tree {
    pub(super) fn new() -> Self {
        Self(TempDir::new().expect("temporary folder"))
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.0.path().to_path_buf() } else { self.0.path().join(path) }
    }

    pub(super) fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("folder");
        fs::write(path, text).expect("file");
    }

    pub(super) fn put_json(&self, path: &str, value: Value) {
        self.put(path, &value.to_string());
    }

    /// Writes a run with `run.json` (with these fields besides) and its first event.
    pub(super) fn run(&self, folder: &str, id: &str, fields: Value) {
        let mut head = json!({"runId": id, "processId": "demo/build", "createdAt": "2026-01-01T00:00:00Z"});
        for (name, value) in fields.as_object().expect("fields") {
            head[name] = value.clone();
        }
        self.put_json(&format!("{folder}/run.json"), head);
        self.event(folder, 1, "RUN_CREATED", json!({"runId": id}));
    }

    /// Writes an event, recorded that many seconds into 2026.
    pub(super) fn event(&self, folder: &str, seq: u32, kind: &str, data: Value) {
        let at = format!("2026-01-01T00:{:02}:{:02}Z", seq / 60, seq % 60);
        let event = json!({"type": kind, "recordedAt": at, "data": data, "checksum": "0"});
        self.put_json(&format!("{folder}/journal/{seq:06}.01ULID.json"), event);
    }

    /// Writes a state file: `rest` is the end of the front matter and what follows.
    pub(super) fn state(&self, folder: &str, id: &str, rest: &str) {
        let head = "---\nactive: true\niteration: 1\nstarted_at: \"2026-01-01T00:00:00Z\"\n";
        self.put(&format!("{folder}/{id}.md"), &format!("{head}{rest}"));
    }

    pub(super) fn read(&self, path: &str) -> BabysitterImport {
        read(&self.path(path)).expect("readable")
    }
}

/// Returns the content of the file of this path.
pub(super) fn content<'a>(files: &'a [ImportedFile], path: &str) -> Option<&'a str> {
    let file = files.iter().find(|file| file.path.as_str() == path)?;
    std::str::from_utf8(&file.content).ok()
}

/// Returns the paths of the files.
pub(super) fn paths(files: &[ImportedFile]) -> Vec<&str> {
    files.iter().map(|file| file.path.as_str()).collect()
}

/// Returns the session of this foreign id.
pub(super) fn session<'a>(import: &'a BabysitterImport, id: &str) -> &'a ImportedSession {
    import.sessions.iter().find(|session| session.foreign_id == id).expect("session")
}

/// Returns every text of an import, with file contents as text.
pub(super) fn everything(import: &BabysitterImport) -> String {
    let mut out = format!("{import:#?}");
    for session in &import.sessions {
        let of_runs = session.runs.iter().flat_map(|run| run.context.iter().chain(&run.artifacts));
        for file in of_runs.chain(&session.context) {
            out.push_str(&String::from_utf8_lossy(&file.content));
        }
        for run in &session.runs {
            out.push_str(run.conversation.as_deref().unwrap_or_default());
            out.push_str(run.record.prompt.as_deref().unwrap_or_default());
        }
    }
    out
}
