//! Which sessions of a remote are wanted, where that is not all of them.
//!
//! A text file for each remote, in the store: a line `session <pattern>` for each pattern,
//! `since <time>`, and `left <commit> <name>` for each session that was older than that. One that was
//! left is wanted as soon as it changes on the remote: then it is not that old any more.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use super::durable::{remove_file, write_file};
use super::{CommitId, Store, StoreError};
use crate::model::{RemoteName, SessionName, SessionPattern, Timestamp};

/// Where the files lie, in the store.
const FOLDER: &str = "git-session/chosen";

/// Which sessions of a remote are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chosen {
    /// Those that fit one of these; all where there is none.
    pub patterns: Vec<SessionPattern>,
    /// Those that changed at this time or later.
    pub since: Option<Timestamp>,
    /// Those that had not, and where they were.
    pub left: BTreeMap<SessionName, CommitId>,
}

impl Chosen {
    /// Tells whether a session that is there on the remote is wanted.
    pub fn takes(&self, name: &SessionName, tip: CommitId) -> bool {
        let is_named = self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.fits(name));
        is_named && self.left.get(name) != Some(&tip)
    }

    fn print(&self) -> String {
        let patterns = self.patterns.iter().map(|pattern| format!("session {pattern}\n"));
        let since = self.since.iter().map(|since| format!("since {since}\n"));
        let left = self.left.iter().map(|(name, tip)| format!("left {tip} {name}\n"));
        patterns.chain(since).chain(left).collect()
    }

    // A line that nobody of ours wrote is passed over, as in the list of remotes.
    fn parse(text: &str) -> Self {
        let mut chosen = Self::default();
        for (word, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
            match word {
                "session" => chosen.patterns.extend(rest.parse().ok()),
                "since" => chosen.since = rest.parse().ok(),
                "left" => chosen.left.extend(
                    rest.split_once(' ')
                        .and_then(|(tip, name)| Some((name.parse().ok()?, CommitId::from_hex(tip)?))),
                ),
                _ => {}
            }
        }
        chosen
    }
}

impl Store {
    /// Returns which sessions of a remote are wanted; `None` where all are.
    pub fn chosen_sessions(&self, remote: &RemoteName) -> Result<Option<Chosen>, StoreError> {
        let path = self.chosen_file(remote);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Chosen::parse(&text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Sets which sessions of a remote are wanted; `None` for all.
    pub fn choose_sessions(&self, remote: &RemoteName, chosen: Option<&Chosen>) -> Result<(), StoreError> {
        let path = self.chosen_file(remote);
        let Some(chosen) = chosen else { return remove_file(&path) };
        write_file(&path, chosen.print().as_bytes(), self.options.durability)
            .map_err(StoreError::io("write", &path))
    }

    fn chosen_file(&self, remote: &RemoteName) -> PathBuf {
        self.dir.join(FOLDER).join(remote.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tip(digit: u8) -> CommitId {
        CommitId::from_hex(&format!("{digit:040x}")).expect("an id")
    }

    #[test]
    fn what_was_left_is_wanted_when_it_changes() {
        let name: SessionName = "build-00000001".parse().expect("a name");
        let other: SessionName = "docs-00000002".parse().expect("a name");
        let chosen = Chosen {
            patterns: vec!["b*".parse().expect("a pattern")],
            left: BTreeMap::from([(name.clone(), tip(1))]),
            ..Chosen::default()
        };
        assert!(!chosen.takes(&name, tip(1)) && chosen.takes(&name, tip(2)) && !chosen.takes(&other, tip(1)));
        assert!(Chosen::default().takes(&other, tip(1)));
    }

    proptest! {
        #[test]
        fn what_is_chosen_is_read_as_it_was_written(
            patterns in proptest::collection::vec("[a-z*?-]{1,9}", 0..3),
            since in proptest::option::of(0..2_000_000_000i64),
            left in proptest::collection::btree_map("[a-z]{1,5}-[0-9a-f]{8}", 0..9u8, 0..3),
        ) {
            let chosen = Chosen {
                patterns: patterns.iter().map(|pattern| pattern.parse().expect("a pattern")).collect(),
                since: since.map(Timestamp::from_unix),
                left: left.iter().map(|(name, digit)| (name.parse().expect("a name"), tip(*digit))).collect(),
            };
            prop_assert_eq!(Chosen::parse(&chosen.print()), chosen);
        }

        #[test]
        fn any_file_is_read(text in ".{0,80}|(session|since|left) .{0,40}") {
            let _ = Chosen::parse(&text);
        }
    }
}
