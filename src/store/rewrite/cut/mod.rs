//! Taking files of the context, or what a run said and brought, out of the commits that have it and out
//! of all that follow.
//!
//! A cut begins at some commits. What has none of them behind it is left alone, whatever it holds.

mod content;
mod document;
mod path;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::Commit;

use self::content::Swaps;
use self::path::Standing;
use super::{Holding, Rewriter};
use crate::model::{Change, CommitMessage, ContextPath, PURGED, RunId};
use crate::store::{BlobId, CommitId, Store, StoreError, TreeEdit, TreeId};

/// What goes from some commits and from all that follow them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CutOut {
    /// A file or a folder of the context.
    Path(ContextPath),
    /// What a run said, and the contents that it brought.
    Run(RunId),
}

/// What goes, and the commits that it goes from first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// What goes.
    pub what: CutOut,
    /// The commits that it goes from: those that have the path, or that record the run.
    pub from: HashSet<CommitId>,
}

/// What is known of the commits that cuts go through.
#[derive(Default)]
pub(super) struct Cutting {
    // The cuts that a commit takes part in.
    active: HashMap<ObjectId, Rc<BTreeSet<usize>>>,
    // The files that went from it by their path.
    taken: HashMap<ObjectId, Rc<Standing>>,
    // The contents that runs brought which are gone, as far as they are behind a commit.
    brought: HashMap<ObjectId, Rc<BTreeSet<BlobId>>>,
    // Where such contents stand in it, and what stands there instead.
    swaps: HashMap<ObjectId, Rc<Swaps>>,
    // The records that were changed, as they are in the commit of their run.
    records: HashMap<BlobId, BlobId>,
    // Those of them that belong to runs which are gone.
    silent: HashSet<BlobId>,
    // Commits whose first line told of something that is gone.
    untold: HashSet<ObjectId>,
    // Every content that went.
    contents: BTreeSet<BlobId>,
    // Where each content stands that stayed.
    stays: HashMap<BlobId, Holding>,
    // Files that were changed by others after a run brought them that is gone.
    later: Vec<Holding>,
}

impl Store {
    /// Finds what some runs are to be cut from: each of the commits behind these that records it.
    pub fn cuts_of_runs(&self, runs: &[RunId], tips: &[CommitId]) -> Result<Vec<Cut>, StoreError> {
        let mut cuts: Vec<Cut> = runs.iter().map(|run| Cut::of(CutOut::Run(*run))).collect();
        let behind: HashSet<CommitId> = tips.iter().flat_map(|tip| self.reachable(*tip)).collect();
        for commit in behind {
            let run = self.try_find_run_commit(commit)?.map(|run| run.run.id);
            let of_it = cuts.iter_mut().filter(|cut| cut.run().is_some() && cut.run() == run);
            of_it.for_each(|cut| cut.from.extend([commit]));
        }
        Ok(cuts)
    }
}

impl Rewriter<'_> {
    /// Returns the tree of a commit without what cuts take from it.
    pub(super) fn cut(&mut self, id: ObjectId, commit: &Commit) -> Result<ObjectId, StoreError> {
        let active = self.take_part(id, commit);
        if active.is_empty() {
            return Ok(commit.tree);
        }
        let root = TreeId(commit.tree);
        let mut edits = self.swap_contents(id, commit)?;
        let standing = self.standing(root, &active)?;
        edits.extend(standing.entries.iter().cloned().map(TreeEdit::Remove));
        self.remember(id, commit, standing);
        let files = self.edited(root, &edits)?;
        let edits = self.cut_documents(commit, files)?;
        Ok(self.edited(files, &edits)?.0)
    }

    fn edited(&mut self, root: TreeId, edits: &[TreeEdit]) -> Result<TreeId, StoreError> {
        if edits.is_empty() { Ok(root) } else { self.batch.edit_tree(Some(root), edits) }
    }

    /// Lists the cuts that a commit takes part in.
    pub(in crate::store) fn cuts_through(&self, commit: CommitId) -> Vec<&Cut> {
        let active = self.cutting.active.get(&commit.0);
        active
            .into_iter()
            .flat_map(|active| active.iter())
            .filter_map(|cut| self.wipe.cuts.get(*cut))
            .collect()
    }

    fn take_part(&mut self, id: ObjectId, commit: &Commit) -> Rc<BTreeSet<usize>> {
        let cuts = self.wipe.cuts.iter().enumerate();
        let own = cuts.filter(|(_, cut)| cut.from.contains(&CommitId(id))).map(|(cut, _)| cut);
        let mut active: BTreeSet<usize> = own.collect();
        for parent in commit.parents.iter().filter_map(|parent| self.cutting.active.get(parent)) {
            active.extend(parent.iter());
        }
        let active = Rc::new(active);
        if !active.is_empty() {
            self.cutting.active.insert(id, Rc::clone(&active));
        }
        active
    }

    /// Lets what follows a commit follow also what stands for it.
    pub(super) fn take_part_as(&mut self, id: ObjectId, known: ObjectId) {
        if let Some(more) = self.cutting.active.get(&known).cloned() {
            let active = self.cutting.active.entry(id).or_default();
            Rc::make_mut(active).extend(more.iter());
        }
    }

    // The run that a commit records, where that one goes.
    fn silenced(&self, id: ObjectId) -> Option<RunId> {
        let own = self.wipe.cuts.iter().filter(|cut| cut.from.contains(&CommitId(id)));
        own.filter_map(Cut::run).next()
    }

    // The first line of a commit that changed such a file says which, or even what.
    fn remember(&mut self, id: ObjectId, commit: &Commit, standing: Standing) {
        for (path, blob) in &standing.files {
            let is_new = !commit.parents.iter().any(|parent| {
                let before = self.cutting.taken.get(parent);
                before.is_some_and(|before| before.files.get(path) == Some(blob))
            });
            self.note(path, u64::from(is_new));
        }
        self.cutting.contents.extend(standing.files.values());
        let message = CommitMessage::parse(&commit.message.to_string());
        let is_context = message.is_some_and(|message| message.change == Change::Context);
        let nothing = Rc::default();
        let first = commit.parents.first().and_then(|parent| self.cutting.taken.get(parent));
        let is_changed = is_context && *first.unwrap_or(&nothing).as_ref() != standing;
        if is_changed || self.silenced(id).is_some() {
            self.cutting.untold.insert(id);
        }
        self.cutting.taken.insert(id, Rc::new(standing));
    }

    /// Tells whether the commit that is looked at records a run of which nothing is left but that it was.
    pub(super) fn is_silenced(&self) -> bool {
        self.at.is_some_and(|(commit, ..)| self.silenced(commit.0).is_some())
    }

    /// Returns what stands for the first line of a commit that tells of something that is gone, or takes
    /// it back.
    pub(super) fn untold(&mut self, message: &CommitMessage) -> Option<String> {
        let (commit, ..) = self.at?;
        let undone = message.undoes.as_deref().and_then(CommitId::from_hex);
        if undone.is_some_and(|undone| self.cutting.untold.contains(&undone.0)) {
            self.cutting.untold.insert(commit.0);
        }
        let runs: Vec<RunId> = self.cuts_through(commit).into_iter().filter_map(Cut::run).collect();
        let to_run = |run: &RunId| format!("rewind to {} ", run.short());
        let to = runs.iter().map(to_run).find(|start| message.subject.starts_with(start.as_str()));
        match to.filter(|_| message.change == Change::Rewind) {
            Some(start) => {
                self.cutting.untold.insert(commit.0);
                Some(format!("{start}{PURGED}"))
            }
            None if !self.cutting.untold.contains(&commit.0) => None,
            None => Some(message.undoes.as_ref().map_or(PURGED.to_owned(), |_| format!("undo {PURGED}"))),
        }
    }

    /// Remembers where a content stands that stays.
    pub(super) fn stays(&mut self, blob: Option<ObjectId>, path: &str) {
        let (Some(blob), Some((commit, session, run))) = (blob, self.at) else { return };
        if !self.wipe.cuts.is_empty() {
            let path = path.to_owned();
            let place = || Holding { commit, session, run, path, count: 1 };
            self.cutting.stays.entry(BlobId(blob)).or_insert_with(place);
        }
    }

    /// Lists the contents that went from everywhere, and where others stand still that went from
    /// somewhere.
    pub fn cut_contents(&self) -> (BTreeSet<BlobId>, Vec<Holding>) {
        let Cutting { contents, stays, .. } = &self.cutting;
        let gone = contents.iter().filter(|blob| !stays.contains_key(blob)).copied().collect();
        let elsewhere = contents.iter().filter_map(|blob| stays.get(blob)).cloned().collect();
        (gone, elsewhere)
    }

    /// Lists the runs that go.
    pub(in crate::store) fn cut_runs(&self) -> impl Iterator<Item = RunId> {
        self.wipe.cuts.iter().filter_map(Cut::run)
    }

    /// Lists the files that others changed after a run had brought them that is gone.
    pub fn changed_later(&self) -> &[Holding] {
        &self.cutting.later
    }
}

impl Cut {
    /// Makes one of which it is not known yet where it begins.
    pub(super) fn of(what: CutOut) -> Self {
        Self { what, from: HashSet::new() }
    }

    fn run(&self) -> Option<RunId> {
        match self.what {
            CutOut::Run(run) => Some(run),
            CutOut::Path(_) => None,
        }
    }
}
