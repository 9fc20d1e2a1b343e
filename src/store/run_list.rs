//! The ids of a history's runs, in their order.
//!
//! What a number means, and whether a run is recorded already, takes the whole history. So the list
//! of a long one is kept, with the commit up to which it goes, and only what follows that is walked.
//! A list that is missing, damaged or of another history costs a walk and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::durable::{Durability, remove_file, write_file};
use super::snapshot::CommitHead;
use super::{CommitId, Maintenance, Store, StoreError};
use crate::model::RunId;

/// Where the lists are, below the store.
pub(super) const FOLDER: &str = "git-session/numbers";
/// How a list begins: what it is, and the version of its form. The bytes of an object's id follow.
const MAGIC: [u8; 8] = *b"gsruns\0\x01";
/// The bytes of an id of a run.
const RUN_BYTES: usize = 16;
/// The bytes of the checksum at the end, a CRC-32 of all before.
const CHECKSUM_BYTES: usize = 4;
/// After how many commits that it lacks a list is written anew.
const KEEP_AFTER: usize = 8;
/// After how many commits that it lacks a list is made anew: each run of them is looked for in all of it.
const LONG_LINE: usize = 1000;
/// The largest list that is read, in bytes: of more than a million runs.
const LIST_BYTES: u64 = 64 * 1024 * 1024;
/// How long a list is kept that nobody wrote anew.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// The runs of a history, oldest first, in the order of [`Store::runs`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunList {
    // As they are kept: the id of each run, and of the commit that records it.
    entries: Vec<u8>,
    hash: gix::hash::Kind,
}

impl RunList {
    fn new(hash: gix::hash::Kind) -> Self {
        Self { entries: Vec::new(), hash }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the number of a run, from 1, and the commit that records it.
    pub fn find(&self, run: RunId) -> Option<(usize, CommitId)> {
        let wanted = run.to_bytes();
        let number = self.entries().position(|entry| entry.starts_with(&wanted))? + 1;
        Some((number, self.at(number)?))
    }

    /// Returns the commit of the run with a number.
    pub fn at(&self, number: usize) -> Option<CommitId> {
        self.entries().nth(number.checked_sub(1)?).and_then(parsed).map(|(_, commit)| commit)
    }

    /// Goes through the runs by their numbers, from 1, with the commits that record them.
    pub fn numbered(&self) -> impl DoubleEndedIterator<Item = (usize, RunId, CommitId)> + '_ {
        let numbered = self.entries().enumerate();
        numbered.filter_map(|(index, entry)| parsed(entry).map(|(run, commit)| (index + 1, run, commit)))
    }

    fn entries(&self) -> std::slice::ChunksExact<'_, u8> {
        self.entries.chunks_exact(RUN_BYTES + self.hash.len_in_bytes())
    }

    fn push(&mut self, run: RunId, commit: CommitId) {
        self.entries.extend_from_slice(&run.to_bytes());
        self.entries.extend_from_slice(commit.0.as_bytes());
    }
}

fn parsed(entry: &[u8]) -> Option<(RunId, CommitId)> {
    let (run, commit) = entry.split_first_chunk::<RUN_BYTES>()?;
    Some((RunId::new(Uuid::from_bytes(*run)), commit_id(commit)?))
}

/// A list as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    /// The commit up to which it goes.
    tip: CommitId,
    /// What can be reached from here is left out.
    origin: Option<CommitId>,
    list: RunList,
}

impl Store {
    /// Lists the runs of the session whose state a commit is.
    pub fn run_list(&self, tip: CommitId) -> Result<RunList, StoreError> {
        let snapshot = self.snapshot(tip)?;
        self.list_up_to(tip, snapshot.forked_at(), &snapshot.manifest.id.short())
    }

    /// Lists the runs from before the session was forked whose state a commit is.
    pub fn inherited_list(&self, tip: CommitId) -> Result<RunList, StoreError> {
        match self.snapshot(tip)?.forked_at() {
            Some(origin) => self.list_up_to(origin, None, &origin.to_string()),
            None => Ok(RunList::new(self.repo.object_hash())),
        }
    }

    fn list_up_to(&self, tip: CommitId, origin: Option<CommitId>, name: &str) -> Result<RunList, StoreError> {
        let file = self.dir.join(FOLDER).join(name);
        let kept = self.kept_list(&file).filter(|kept| kept.origin == origin);
        let line = kept.as_ref().map(|kept| self.line_between(kept.tip, tip)).transpose()?.flatten();
        let (list, walked) = match kept.zip(line) {
            Some((Kept { list, .. }, line)) => (self.with_runs_of(list, &line)?, line.len()),
            None => self.walked_list(tip, origin)?,
        };
        // The commit of a list without runs may be one that is left out; what follows it then is too.
        if walked >= KEEP_AFTER && !list.is_empty() && self.heals {
            let bytes = Kept { tip, origin, list: list.clone() }.encode();
            // Who cannot write here walks again next time.
            let _ = write_file(&file, &bytes, Durability::Off);
        }
        Ok(list)
    }

    fn kept_list(&self, file: &Path) -> Option<Kept> {
        let is_list = fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() <= LIST_BYTES);
        let bytes = is_list.then(|| fs::read(file).ok())??;
        Kept::decode(bytes, self.repo.object_hash())
    }

    fn walked_list(&self, tip: CommitId, origin: Option<CommitId>) -> Result<(RunList, usize), StoreError> {
        let hidden = self.hidden_by(origin)?;
        let commits = self.ancestors(tip, |commit| hidden.contains(commit))?;
        let mut list = RunList::new(self.repo.object_hash());
        self.runs_among(&commits)?.iter().for_each(|found| list.push(found.run.id, found.commit));
        Ok((list, commits.len()))
    }

    // The commits after `from` up to `to`, oldest first, where each follows the one before alone. All that
    // `from` follows comes before them in every order, so they only add to its list.
    fn line_between(
        &self,
        from: CommitId,
        to: CommitId,
    ) -> Result<Option<Vec<(CommitId, CommitHead)>>, StoreError> {
        let (mut line, mut at) = (Vec::new(), to);
        while at != from {
            if line.len() == LONG_LINE {
                return Ok(None);
            }
            let head = self.commit_head(at)?;
            let [parent] = head.parents[..] else { return Ok(None) };
            line.push((at, head));
            at = parent;
        }
        line.reverse();
        Ok(Some(line))
    }

    fn with_runs_of(
        &self,
        mut list: RunList,
        line: &[(CommitId, CommitHead)],
    ) -> Result<RunList, StoreError> {
        for (commit, head) in line {
            if let Some(found) = self.run_of(*commit, head)?
                && list.find(found.run.id).is_none()
            {
                list.push(found.run.id, *commit);
            }
        }
        Ok(list)
    }
}

impl Kept {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = head(self.list.hash);
        let origin = self.origin.map_or(self.list.hash.null(), |origin| origin.0);
        bytes.extend_from_slice(self.tip.0.as_bytes());
        bytes.extend_from_slice(origin.as_bytes());
        bytes.extend_from_slice(&self.list.entries);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    fn decode(mut bytes: Vec<u8>, hash: gix::hash::Kind) -> Option<Self> {
        let checksum = bytes.split_off(bytes.len().checked_sub(CHECKSUM_BYTES)?);
        let is_whole = checksum == crc32fast::hash(&bytes).to_be_bytes();
        let rest = bytes.strip_prefix(&*head(hash)).filter(|_| is_whole)?;
        let (tip, rest) = rest.split_at_checked(hash.len_in_bytes())?;
        let (origin, rest) = rest.split_at_checked(hash.len_in_bytes())?;
        let (tip, origin) = (commit_id(tip)?, commit_id(origin)?);
        let before = bytes.len() - rest.len();
        bytes.drain(..before);
        let list = RunList { entries: bytes, hash };
        let is_even = list.entries().remainder().is_empty();
        is_even.then_some(Self { tip, origin: Some(origin).filter(|id| !id.0.is_null()), list })
    }
}

fn head(hash: gix::hash::Kind) -> Vec<u8> {
    [&MAGIC[..], &[hash.len_in_bytes() as u8]].concat()
}

fn commit_id(bytes: &[u8]) -> Option<CommitId> {
    gix::ObjectId::try_from(bytes).ok().map(CommitId)
}

impl Maintenance<'_> {
    /// Deletes the lists that nobody needed for a month.
    pub fn drop_old_lists(&self, now: SystemTime) -> Result<(), StoreError> {
        let is_old = |file: &PathBuf| {
            let modified = fs::metadata(file).and_then(|found| found.modified());
            modified.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > KEPT_FOR))
        };
        let files = fs::read_dir(self.store.dir.join(FOLDER)).into_iter().flatten().flatten();
        files.map(|entry| entry.path()).filter(is_old).try_for_each(|file| remove_file(&file))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HASH: gix::hash::Kind = gix::hash::Kind::Sha1;

    fn commit() -> impl Strategy<Value = CommitId> {
        any::<[u8; 20]>().prop_map(|bytes| commit_id(&bytes).expect("20 bytes"))
    }

    fn kept() -> impl Strategy<Value = Kept> {
        let run = any::<[u8; 16]>().prop_map(|bytes| RunId::new(Uuid::from_bytes(bytes)));
        let runs = prop::collection::vec((run, commit()), 0..5);
        (commit(), prop::option::of(commit()), runs).prop_map(|(tip, origin, runs)| {
            let mut list = RunList::new(HASH);
            runs.into_iter().for_each(|(run, commit)| list.push(run, commit));
            Kept { tip, origin, list }
        })
    }

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_kept(kept in kept()) {
            prop_assert_eq!(Kept::decode(kept.encode(), HASH), Some(kept));
        }

        #[test]
        fn a_list_that_is_not_whole_is_none(kept in kept(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let bytes = kept.encode();
            let at = at.index(bytes.len());
            prop_assert_eq!(Kept::decode(bytes[..at].to_vec(), HASH), None);
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            prop_assert_eq!(Kept::decode(altered, HASH), None);
            prop_assert_eq!(Kept::decode(bytes, gix::hash::Kind::Sha256), None);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Kept::decode(bytes, HASH), None);
        }
    }
}
