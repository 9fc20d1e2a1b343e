//! Which session a run belongs to, and which project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::run_dir::FoundRun;
use super::text::filled;

/// The most characters of a session id that is believed.
const ID_CHARS: usize = 200;

/// Where a run belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// To the session of this foreign id.
    Session(String),
    /// To no known session of the project of this name.
    Project(String),
}

/// The sessions that have state files, and the runs that those name.
#[derive(Debug, Default)]
pub(super) struct KnownSessions {
    ids: BTreeSet<String>,
    of_runs: BTreeMap<String, Vec<String>>,
}

impl KnownSessions {
    /// Adds a session and the runs that its state file names.
    pub(super) fn add(&mut self, id: &str, run_ids: &[String]) {
        self.ids.insert(id.to_owned());
        for run in run_ids {
            self.of_runs.entry(run.clone()).or_default().push(id.to_owned());
        }
    }

    /// Tells where a run belongs.
    pub(super) fn owner(&self, run: &FoundRun) -> Owner {
        let session = self.claimed(run).or_else(|| self.nested(run)).or_else(|| self.journaled(run));
        session.map_or_else(|| Owner::Project(project_name(run)), Owner::Session)
    }

    // A run that was handed on is named by two state files; its own events settle it.
    fn claimed(&self, run: &FoundRun) -> Option<String> {
        let claims = self.of_runs.get(&run.id)?;
        let confirmed = claims.iter().find(|id| run.event_sessions.contains(id));
        confirmed.or(claims.first()).cloned()
    }

    fn nested(&self, run: &FoundRun) -> Option<String> {
        run.nested_session.clone().filter(|id| self.ids.contains(id) || is_plausible(id))
    }

    fn journaled(&self, run: &FoundRun) -> Option<String> {
        let known = run.event_sessions.iter().find(|id| self.ids.contains(*id));
        known.or_else(|| run.event_sessions.iter().find(|id| is_plausible(id))).cloned()
    }
}

// Babysitter fills the field from variables that hold no ids: under Claude Code it has written the
// path of an environment file, under Cursor the editor's version.
fn is_plausible(id: &str) -> bool {
    let odd = |c: char| matches!(c, '/' | '\\' | '~') || c.is_whitespace() || c.is_control();
    id.chars().count() <= ID_CHARS && !id.contains(odd) && !is_dotted(id) && !is_version(id)
}

fn is_dotted(id: &str) -> bool {
    id.starts_with('.') || [".sh", ".env", ".json", ".md"].iter().any(|end| id.ends_with(end))
}

// `3.6.0`, `v1.2.3-beta`, and the flags `1` and `true`.
fn is_version(id: &str) -> bool {
    let number = id.strip_prefix('v').unwrap_or(id);
    let core = number.split(['-', '+']).next().unwrap_or(number);
    let parts: Vec<_> = core.split('.').collect();
    let numeric = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let flag = matches!(id, "true" | "false") || (numeric && core == number && number.len() < 4);
    flag || (numeric && parts.len() > 1)
}

/// Returns the project of a run, by what the run says, where it lies, and where it worked.
pub(super) fn project_name(run: &FoundRun) -> String {
    let known = run.project_name.clone().or_else(|| folder_with_a5c(&run.folder));
    known.or_else(|| last_component(run.cwd.as_deref()?)).unwrap_or_else(|| super::SOURCE.to_owned())
}

/// Returns the name of the folder that holds the `.a5c` in which this path lies.
pub(super) fn folder_with_a5c(path: &Path) -> Option<String> {
    let a5c = path.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == ".a5c"))?;
    let holder = match a5c.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Resolved for `.` and `..`, which name nothing; a path of another machine keeps its words.
    let resolved = holder.canonicalize().unwrap_or_else(|_| holder.to_path_buf());
    filled(Some(&resolved.file_name()?.to_string_lossy()))
}

/// Returns the last component of a path of any system.
pub(super) fn last_component(path: &str) -> Option<String> {
    filled(path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{Tree, session};
    use super::*;

    #[test]
    fn what_is_no_id_is_not_believed() {
        for id in ["sess-1", "0199c1de-7d5c-7ab0-8a1f-0123456789ab", "12345678-1234", "ses_1.2x", "20261122"]
        {
            assert!(is_plausible(id), "{id}");
        }
        for bad in
            ["/home/u/env.sh", "C:\\x", "~", "3.6.0", "v1.2", "1.0.0-rc.1", "1", "true", "a b", "env.sh"]
        {
            assert!(!is_plausible(bad), "{bad}");
        }
    }

    fn owners(tree: &Tree) -> Vec<(String, Vec<String>)> {
        let import = tree.read("");
        let ids = |session: &crate::ops::import::ImportedSession| {
            session.runs.iter().filter_map(|run| run.record.external_id.clone()).collect()
        };
        import.sessions.iter().map(|session| (session.foreign_id.clone(), ids(session))).collect()
    }

    #[test]
    fn state_files_come_before_nesting_before_events() {
        let tree = Tree::new();
        let said = json!({"sessionId": "from-events"});
        tree.state("state", "3.6.0", "---\n");
        tree.state("state", "claims", "run_ids: R1, R9\n---\n");
        for (id, nested) in [("R1", json!("nested")), ("R2", json!("nested")), ("R3", json!("/a/path"))] {
            tree.run(&format!("runs/{id}"), id, json!({"nested": {"sessionId": nested}}));
            tree.event(&format!("runs/{id}"), 2, "STOP_HOOK_INVOKED", said.clone());
        }
        tree.run("runs/R4", "R4", json!({"projectName": "lamp"}));
        tree.event("runs/R4", 2, "STOP_HOOK_INVOKED", json!({"sessionId": "1.2.3"}));
        tree.run("runs/R5", "R5", json!({}));
        tree.event("runs/R5", 2, "STOP_HOOK_INVOKED", json!({"sessionId": "3.6.0"}));
        let told = [
            ("3.6.0", vec!["R5"]),
            ("claims", vec!["R1"]),
            ("from-events", vec!["R3"]),
            ("nested", vec!["R2"]),
            ("project:lamp", vec!["R4"]),
        ];
        let told = told.map(|(id, runs)| (id.to_owned(), runs.into_iter().map(str::to_owned).collect()));
        assert_eq!(owners(&tree), told);
    }

    #[test]
    fn a_project_is_named_by_the_run_its_place_or_its_folder() {
        let tree = Tree::new();
        tree.run("shop/.a5c/runs/R1", "R1", json!({"projectName": "lamps", "cwd": "/w/x"}));
        tree.run("shop/.a5c/runs/R2", "R2", json!({"cwd": "/w/x"}));
        tree.run("runs/R3", "R3", json!({"cwd": "C:\\w\\y\\"}));
        tree.run("runs/R4", "R4", json!({}));
        let import = tree.read("");
        for name in ["lamps", "shop", "y", "babysitter"] {
            let session = session(&import, &format!("project:{name}"));
            assert_eq!(session.title, format!("{name} (babysitter runs)"));
            assert_eq!(session.project.as_ref().map(|project| project.name.as_str()), Some(name));
            assert_eq!(session.runs.len(), 1);
        }
    }
}
