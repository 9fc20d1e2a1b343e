//! Which commit of the code belongs to which run: an index on this machine.
//!
//! The records of the runs say the same, but for what a rebase or an amend made of a commit later,
//! which only this machine saw. One line a link, in 256 files by the start of the commit's id.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::{Store, StoreError};
use crate::model::{RunId, SessionId};

/// Where the files lie, in the store.
const FOLDER: &str = "git-session/links";

/// A commit of the code and the run that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedCommit {
    /// The commit.
    pub commit: String,
    /// Its tree, where it is known.
    pub tree: Option<String>,
    /// What names its change, where it is known.
    pub patch: Option<String>,
    /// The session.
    pub session: SessionId,
    /// The run.
    pub run: RunId,
    /// The commit that it was before it was amended or rebased.
    pub was: Option<String>,
}

impl Store {
    /// Adds links. A commit is linked to a run once, however it came to be.
    pub fn add_code_links(&self, links: &[LinkedCommit]) -> Result<(), StoreError> {
        for link in links {
            let is_same = |known: &LinkedCommit| known.session == link.session && known.run == link.run;
            if !self.code_links(&link.commit)?.iter().any(is_same) {
                self.append_link(link)?;
            }
        }
        Ok(())
    }

    /// Lists the links of a commit, oldest first.
    pub fn code_links(&self, commit: &str) -> Result<Vec<LinkedCommit>, StoreError> {
        let Some(path) = self.links_file(commit) else { return Ok(Vec::new()) };
        let mut links = read(&path)?;
        links.retain(|link| link.commit == commit);
        Ok(links)
    }

    /// Lists all links.
    pub fn all_code_links(&self) -> Result<Vec<LinkedCommit>, StoreError> {
        let folder = self.dir.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(StoreError::io("list", &folder))?,
        };
        let mut links = Vec::new();
        for entry in entries.flatten() {
            links.extend(read(&entry.path())?);
        }
        Ok(links)
    }

    fn links_file(&self, commit: &str) -> Option<PathBuf> {
        let start = commit.get(..2).filter(|start| start.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        Some(self.dir.join(FOLDER).join(start))
    }

    // One short write at the end of the file is never torn by another.
    fn append_link(&self, link: &LinkedCommit) -> Result<(), StoreError> {
        let Some(path) = self.links_file(&link.commit) else { return Ok(()) };
        let folder = self.dir.join(FOLDER);
        let open = || OpenOptions::new().append(true).create(true).open(&path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&folder).map_err(StoreError::io("create the folder", &folder))?;
                open()
            }
            other => other,
        };
        let mut file = file.map_err(StoreError::io("open", &path))?;
        file.write_all(print(link).as_bytes()).map_err(StoreError::io("write", &path))
    }
}

fn read(path: &std::path::Path) -> Result<Vec<LinkedCommit>, StoreError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().filter_map(parse).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

// A line feed on both ends: a line that a full disk cut short spoils no other.
fn print(link: &LinkedCommit) -> String {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let (tree, patch, was) = (or_none(&link.tree), or_none(&link.patch), or_none(&link.was));
    format!("\n{} {tree} {patch} {} {} {was}\n", link.commit, link.session, link.run)
}

fn parse(line: &str) -> Option<LinkedCommit> {
    let words: Vec<&str> = line.split(' ').collect();
    let [commit, tree, patch, session, run, was] = words.as_slice() else { return None };
    let known = |word: &str| (word != "-").then(|| word.to_owned());
    Some(LinkedCommit {
        commit: (*commit).to_owned(),
        tree: known(tree),
        patch: known(patch),
        session: session.parse().ok()?,
        run: run.parse().ok()?,
        was: known(was),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_link_is_read_as_it_was_written(
            commit in "[0-9a-f]{40}",
            tree in proptest::option::of("[0-9a-f]{40}"),
            patch in proptest::option::of("[0-9a-f]{40}"),
            was in proptest::option::of("[0-9a-f]{40}"),
            seed in ".{1,8}",
        ) {
            let (session, run) = (SessionId::from_foreign("t", &seed), RunId::from_foreign("t", &seed));
            let link = LinkedCommit { commit, tree, patch, session, run, was };
            prop_assert_eq!(parse(print(&link).trim_matches('\n')), Some(link));
        }

        #[test]
        fn no_line_is_too_odd_to_be_read(text in ".*") {
            let _ = parse(&text);
        }
    }
}
