//! Where the run folders and the state files are.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::disk::{self, Entry};
use super::{journal, side_files, state_file};
use crate::ingest::{IngestError, Problem};

/// How deep below the root is looked: enough for `<workspace>/<group>/<project>/.a5c/runs/<id>`.
const MAX_DEPTH: usize = 7;
/// How many folders are looked into, so that a home folder given by mistake comes to an end.
const MAX_FOLDERS: usize = 50_000;
/// How much of a Markdown file is looked at to tell whether it is a state file.
const HEAD_BYTES: u64 = 4096;
/// Folders that hold other people's things.
const SKIPPED: [&str; 2] = [".git", "node_modules"];

/// The files of one session: `<id>.md` and its side files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StateSource {
    /// The session's id, which is the start of the files' names.
    pub id: String,
    /// The folder they are in.
    pub folder: PathBuf,
}

/// What there is to read.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The run folders, sorted.
    pub runs: Vec<PathBuf>,
    /// The sessions, sorted by id.
    pub states: Vec<StateSource>,
    /// Folders that could not be looked into.
    pub problems: Vec<Problem>,
    folders: usize,
}

/// Looks for run folders and state files at `root` and below.
pub(super) fn find(root: &Path) -> Result<Found, IngestError> {
    let refuse = |source| IngestError::Read { path: root.to_path_buf(), source };
    // Only the path that the user named may be a link.
    let link = fs::symlink_metadata(root).map_err(refuse)?.is_symlink();
    let start = if link { fs::canonicalize(root).map_err(refuse)? } else { root.to_path_buf() };
    let mut found = Found::default();
    if fs::metadata(&start).map_err(refuse)?.is_dir() {
        found.look_into(&start, &disk::list(&start).map_err(refuse)?, 0);
    } else {
        found.states.extend(single_state(&start));
    }
    found.runs.sort();
    found.states.sort();
    if found.runs.is_empty() && found.states.is_empty() {
        return Err(IngestError::NothingFound { path: root.to_path_buf() });
    }
    Ok(found)
}

impl Found {
    fn look_into(&mut self, folder: &Path, entries: &[Entry], depth: usize) {
        self.folders += 1;
        if is_run(folder, entries, depth) {
            self.runs.push(folder.to_path_buf());
            return;
        }
        let sources = state_ids(folder, entries, depth);
        self.states.extend(sources.into_iter().map(|id| StateSource { id, folder: folder.to_path_buf() }));
        if depth < MAX_DEPTH {
            let inner = entries.iter().filter(|e| e.is_folder() && !SKIPPED.contains(&e.name.as_str()));
            inner.for_each(|entry| self.enter(&entry.path, depth + 1));
        }
    }

    fn enter(&mut self, folder: &Path, depth: usize) {
        if self.folders == MAX_FOLDERS {
            self.folders += 1;
            self.report(folder, format!("and what follows was not looked into: over {MAX_FOLDERS} folders"));
        }
        if self.folders > MAX_FOLDERS {
            return;
        }
        match disk::list(folder) {
            Ok(entries) => self.look_into(folder, &entries, depth),
            Err(error) => self.report(folder, format!("could not be read: {error}")),
        }
    }

    fn report(&mut self, path: &Path, message: String) {
        self.problems.push(Problem { path: path.to_path_buf(), message });
    }
}

// A `run.json` alone may be anybody's: it counts beside a journal, in a `runs` folder, or where
// the user pointed at it. A journal with event files counts without it, so that a run that lost
// its `run.json` is reported.
fn is_run(folder: &Path, entries: &[Entry], depth: usize) -> bool {
    let has_folder = |name: &str| entries.iter().any(|e| e.is_folder() && e.name == name);
    let head = entries.iter().any(|e| e.name == "run.json");
    let placed = parent_name(folder) == Some("runs") || (depth == 0 && !has_folder(".a5c"));
    if head && (has_folder("journal") || placed) {
        return true;
    }
    has_folder("journal") && journal::file_names(folder).is_ok_and(|names| !names.is_empty())
}

fn parent_name(folder: &Path) -> Option<&str> {
    folder.parent()?.file_name()?.to_str()
}

fn single_state(file: &Path) -> Option<StateSource> {
    let id = file.file_name()?.to_str()?.strip_suffix(".md")?.to_owned();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    Some(StateSource { id, folder: folder.unwrap_or(Path::new(".")).to_path_buf() })
}

// Every `.md` of a folder for states is one, so that a damaged one is reported; elsewhere only
// what looks like one, so that nobody's README is.
fn state_ids(folder: &Path, entries: &[Entry], depth: usize) -> BTreeSet<String> {
    let files = || entries.iter().filter(|entry| entry.is_file());
    let sides: BTreeSet<String> = files().filter_map(|e| side_files::session_of(&e.name)).collect();
    let stem = |entry: &Entry| entry.name.strip_suffix(".md").map(str::to_owned);
    let sure = |e: &Entry| stem(e).is_some_and(|id| sides.contains(&id) || looks_like_state(&e.path));
    if !is_named_for_states(folder, depth) && !files().any(sure) {
        return BTreeSet::new();
    }
    files().filter_map(stem).chain(sides.iter().cloned()).filter(|id| !id.is_empty()).collect()
}

fn is_named_for_states(folder: &Path, depth: usize) -> bool {
    folder.file_name().is_some_and(|name| name == "state")
        && (depth <= 1 || parent_name(folder) == Some(".a5c"))
}

fn looks_like_state(file: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(file).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && state_file::looks_like(&String::from_utf8_lossy(&head))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Tree;
    use super::*;

    fn names(tree: &Tree, root: &str) -> Vec<String> {
        let found = find(&tree.path(root)).expect("something");
        let runs = found.runs.iter().filter_map(|run| run.file_name()?.to_str().map(str::to_owned));
        runs.chain(found.states.iter().map(|state| state.id.clone())).collect()
    }

    fn project() -> Tree {
        let tree = Tree::new();
        tree.run("p/.a5c/runs/R1", "R1", json!({}));
        tree.run("p/node_modules/x/.a5c/runs/R8", "R8", json!({}));
        tree.run("p/.git/runs/R9", "R9", json!({}));
        tree.state("p/state", "s1", "---\n");
        tree.put("p/README.md", "---\ntitle: a page\n---\n");
        tree.put("p/state/s2.cost.json", "{}");
        tree
    }

    #[test]
    fn every_kind_of_root_is_understood() {
        let tree = project();
        assert_eq!(names(&tree, ""), ["R1", "s1", "s2"]);
        assert_eq!(names(&tree, "p"), ["R1", "s1", "s2"]);
        assert_eq!(names(&tree, "p/.a5c"), ["R1"]);
        assert_eq!(names(&tree, "p/.a5c/runs"), ["R1"]);
        assert_eq!(names(&tree, "p/.a5c/runs/R1"), ["R1"]);
        assert_eq!(names(&tree, "p/state"), ["s1", "s2"]);
        assert_eq!(names(&tree, "p/state/s1.md"), ["s1"]);
    }

    #[test]
    fn a_path_with_nothing_is_an_error_that_names_it() {
        let tree = Tree::new();
        tree.put("docs/README.md", "# hello\n");
        for (root, start) in [("docs", "no babysitter sessions or runs"), ("gone", "could not read")] {
            let error = find(&tree.path(root)).expect_err("nothing there").to_string();
            assert!(error.starts_with(start) && error.ends_with(root), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_root_itself_may_be_a_link() {
        let tree = project();
        std::os::unix::fs::symlink(tree.path("p"), tree.path("link")).expect("link");
        fs::create_dir(tree.path("q")).expect("folder");
        std::os::unix::fs::symlink(tree.path("p/.a5c"), tree.path("q/.a5c")).expect("link");
        assert_eq!(names(&tree, "link"), ["R1", "s1", "s2"]);
        assert!(matches!(find(&tree.path("q")), Err(IngestError::NothingFound { .. })));
    }
}
