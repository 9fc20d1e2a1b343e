//! Writing histories anew without what is to go from them.
//!
//! A commit that holds nothing of it, and follows none that does, stays as it is. Of the others, all
//! but that is kept: dates, people, order, the ids of the runs. What names a commit or a file that got
//! another id, names the new one. Everything is made in memory: nothing changes until it is stored and
//! the refs are moved.

mod cut;
mod derive;
mod document;
mod fault;
mod file;
mod message;
mod tree;
mod wipe;

pub use cut::{Cut, CutOut};
pub use derive::ListOf;
pub use fault::PurgeFault;
pub use file::FileKind;
pub use wipe::{PurgedIds, Wipe};

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::ObjectId;
use gix::objs::{Commit, CommitRef, Kind, WriteTo as _};

use self::cut::Cutting;
use super::again::again;
use super::snapshot::{COMMIT_BYTES, MANIFEST};
use super::tree::check_size;
use super::{Batch, BlobId, CommitId, Store, StoreError, TreeId};
use crate::model::{CommitMessage, RunId, SessionId, yaml};

/// Headers that sign what they stand in; of a commit that is written anew they would be wrong.
const SIGNATURES: [&str; 2] = ["gpgsig", "gpgsig-sha256"];

/// A place that holds what is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holding {
    /// The oldest commit that holds it there, as far as the histories were walked.
    pub commit: CommitId,
    /// The session that the commit was made for.
    pub session: Option<SessionId>,
    /// The run that the commit records.
    pub run: Option<RunId>,
    /// The file, without what is to go; `message` for the commit's own message.
    pub path: String,
    /// How often.
    pub count: u64,
}

/// Histories that are written anew, in memory.
pub struct Rewriter<'a> {
    batch: Batch,
    wipe: &'a Wipe,
    commits: HashMap<ObjectId, ObjectId>,
    trees: HashMap<(ObjectId, String), Option<ObjectId>>,
    files: HashMap<(ObjectId, FileKind), Option<ObjectId>>,
    // Parts of paths that are called otherwise now.
    names: HashMap<String, String>,
    // The first lines of what runs did, where they read otherwise now.
    headlines: HashMap<RunId, String>,
    cutting: Cutting,
    // The commit that is looked at.
    at: Option<(CommitId, Option<SessionId>, Option<RunId>)>,
    holdings: Vec<Holding>,
}

impl Store {
    /// Starts to write histories anew.
    pub fn rewriter<'a>(&self, wipe: &'a Wipe) -> Rewriter<'a> {
        let (commits, trees, files, names, headlines) = Default::default();
        let (cutting, at, holdings) = (Cutting::default(), None, Vec::new());
        let batch = self.batch();
        Rewriter { batch, wipe, commits, trees, files, names, headlines, cutting, at, holdings }
    }
}

impl Rewriter<'_> {
    /// Returns the commit that stands for another one, and for all that it follows.
    pub fn tip(&mut self, tip: CommitId) -> Result<CommitId, StoreError> {
        let (mut next, mut followed) = (vec![tip.0], HashSet::new());
        while let Some(id) = next.last().copied() {
            if self.commits.contains_key(&id) {
                next.pop();
                continue;
            }
            let commit = self.read_commit(id)?;
            let waiting = commit.parents.iter().filter(|parent| !self.commits.contains_key(*parent));
            let mut waiting: Vec<ObjectId> = waiting.copied().collect();
            // What stands for it may have to be written anew too. A list that somebody made up may go round.
            let known = self.known(id).filter(|known| !self.commits.contains_key(known));
            waiting.extend(known.filter(|_| followed.insert(id)));
            if waiting.is_empty() {
                next.pop();
                let new = self.commit(id, commit)?;
                self.commits.insert(id, new);
            }
            next.extend(waiting);
        }
        Ok(CommitId(self.new_id(tip.0)))
    }

    /// Lists where what is to go was found, in the order of the histories.
    pub fn holdings(&self) -> &[Holding] {
        &self.holdings
    }

    /// Returns what was written anew, and what stands for it now.
    pub fn purged(&self) -> PurgedIds {
        let is_new = |(old, new): &(&ObjectId, &ObjectId)| old != new;
        let commits = self.commits.iter().filter(is_new);
        let commits = commits.map(|(old, new)| (CommitId(*old), CommitId(*new))).collect();
        let mut blobs = BTreeMap::new();
        for ((old, _), new) in self.files.iter().filter(|((old, _), new)| Some(*old) != **new) {
            blobs.insert(BlobId(*old), new.map(BlobId));
        }
        let paths = self.wipe.cuts.iter().filter_map(|cut| match &cut.what {
            CutOut::Path(path) => Some(path.clone()),
            CutOut::Run(_) => None,
        });
        let paths = paths.collect();
        PurgedIds { commits, blobs, paths }
    }

    /// Returns the store as it will be.
    pub(super) fn view(&self) -> &Store {
        self.batch.view()
    }

    /// Hands over what is to be stored.
    pub fn into_batch(self) -> Batch {
        self.batch
    }

    // What others say stands for a commit, where that is here.
    fn known(&self, id: ObjectId) -> Option<ObjectId> {
        let known = self.wipe.known.commits.get(&CommitId(id));
        known.filter(|known| self.batch.view().has_commit(**known)).map(|known| known.0)
    }

    fn new_id(&self, old: ObjectId) -> ObjectId {
        self.commits.get(&old).copied().unwrap_or(old)
    }

    fn commit(&mut self, id: ObjectId, old: Commit) -> Result<ObjectId, StoreError> {
        self.at = Some(self.describe(id, &old)?);
        let mut new = old.clone();
        // Nothing is left of a tree only if all of it went, and a commit has its manifest.
        let kept = self.cut(id, &old)?;
        let tree = self.tree(kept, "")?;
        new.tree = tree.ok_or_else(|| PurgeFault::StillHeld(format!("commit {id}")))?;
        new.parents = old.parents.iter().map(|parent| self.new_id(*parent)).collect();
        new.author = self.signature(&old.author);
        new.committer = self.signature(&old.committer);
        new.message = self.message(&old, new.tree)?;
        if let Some(known) = self.known(id) {
            self.take_part_as(id, known);
            return Ok(self.new_id(known));
        }
        if new == old {
            return Ok(id);
        }
        new.extra_headers.retain(|(name, _)| !SIGNATURES.iter().any(|signature| name == signature));
        let mut bytes = Vec::new();
        new.write_to(&mut bytes).map_err(StoreError::git("encode a commit"))?;
        self.batch.add(Kind::Commit, &bytes)
    }

    fn describe(
        &self,
        id: ObjectId,
        commit: &Commit,
    ) -> Result<(CommitId, Option<SessionId>, Option<RunId>), StoreError> {
        if let Some(message) = CommitMessage::parse(&commit.message.to_string()) {
            return Ok((CommitId(id), Some(message.session), message.run.map(|run| run.id)));
        }
        let view = self.batch.view();
        let manifest = view.file_at(TreeId(commit.tree), MANIFEST)?;
        let manifest =
            manifest.and_then(|bytes| yaml::parse::<crate::model::Manifest>(MANIFEST, &bytes).ok());
        let run = view.try_find_run_commit(CommitId(id))?.map(|run| run.run.id);
        Ok((CommitId(id), manifest.map(|manifest| manifest.id), run))
    }

    fn note(&mut self, path: &str, count: u64) {
        if let Some((commit, session, run)) = self.at.filter(|_| count > 0) {
            let path = self.wipe.clean_name(path).0;
            self.holdings.push(Holding { commit, session, run, path, count });
        }
    }

    fn read_commit(&self, id: ObjectId) -> Result<Commit, StoreError> {
        let failed = || StoreError::git(format!("read commit {id}"));
        let repo = &self.batch.view().repo;
        again(|| {
            check_size(repo, id, COMMIT_BYTES, || format!("commit {id}"))?;
            let bytes = repo.find_commit(id).map_err(failed())?.detach().data;
            let commit = CommitRef::from_bytes(&bytes, id.kind()).map_err(failed())?;
            commit.into_owned().map_err(failed())
        })
    }

    fn read(&self, id: ObjectId) -> Result<Vec<u8>, StoreError> {
        let failed = || StoreError::git(format!("read {id}"));
        again(|| Ok(self.batch.view().repo.find_object(id).map_err(failed())?.detach().data))
    }
}
