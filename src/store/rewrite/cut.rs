//! Taking files of the context out of the commits that have them, and out of all that follow.
//!
//! A cut begins at the commits of a session in which a path stands. What has none of them behind it
//! keeps a file of the same name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::Commit;

use super::{Holding, PurgeFault, Rewriter};
use crate::model::{Change, CommitMessage, Conflict, ContextPath, Manifest, RunRecord, SCHEMA, yaml};
use crate::store::snapshot::{MANIFEST, RUN};
use crate::store::{BlobId, CommitId, ContextFile, Store, StoreError, TreeEdit, TreeId};

/// Where context files lie in a commit; the second holds what an open run's folder held.
const ROOTS: [&str; 2] = ["context", "checkpoint"];

/// A file or a folder of the context that goes from some commits and from all that follow them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// The file or the folder.
    pub path: ContextPath,
    /// The commits that it goes from.
    pub from: HashSet<CommitId>,
}

impl Cut {
    /// Tells whether a path of the context goes: it is this one, lies below it, or is a copy that a
    /// conflict made of it.
    pub fn takes(&self, path: &str) -> bool {
        let Ok(path) = path.parse::<ContextPath>() else { return false };
        path == self.path || self.path.is_folder_of(&path) || is_copy_of(&path, &self.path)
    }

    fn takes_entry(&self, entry: &Conflict) -> bool {
        [&entry.path, &entry.copy].into_iter().flatten().any(|path| self.takes(path))
    }
}

// A name that is as long as one may be was shortened for its copy.
fn is_copy_of(copy: &ContextPath, path: &ContextPath) -> bool {
    let digits = copy.as_str().rsplit_once(".conflict-").map(|(_, digits)| digits);
    copy.is_conflict_copy() && digits.is_some_and(|digits| path.conflict_copy(digits) == *copy)
}

/// What stands in a commit and goes: the entries of its tree, and the files that they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    entries: BTreeSet<String>,
    files: BTreeMap<String, BlobId>,
}

/// What is known of the commits that cuts go through.
#[derive(Default)]
pub(super) struct Cutting {
    // The cuts that a commit takes part in.
    active: HashMap<ObjectId, Rc<BTreeSet<usize>>>,
    // What went from it.
    taken: HashMap<ObjectId, Rc<Standing>>,
    // The records that were changed, as they are in the commit of their run.
    records: HashMap<BlobId, BlobId>,
    // Commits whose first line told what became of a file that is gone.
    untold: HashSet<ObjectId>,
    // Every content that went.
    pub(super) contents: BTreeSet<BlobId>,
    // Where each content stands that stayed.
    pub(super) stays: HashMap<BlobId, Holding>,
}

impl Store {
    /// Finds what some paths are to be cut from: each of the commits behind these in which it stands.
    pub fn cuts(&self, paths: &[ContextPath], tips: &[CommitId]) -> Result<Vec<Cut>, StoreError> {
        let behind: HashSet<CommitId> = tips.iter().flat_map(|tip| self.reachable(*tip)).collect();
        let mut cuts = Vec::new();
        for path in paths {
            let mut cut = Cut { path: path.clone(), from: HashSet::new() };
            for commit in &behind {
                if self.stands(&cut, *commit)? {
                    cut.from.insert(*commit);
                }
            }
            cuts.push(cut);
        }
        Ok(cuts)
    }

    /// Tells whether anything stands in a commit that a cut takes.
    pub(super) fn stands(&self, cut: &Cut, commit: CommitId) -> Result<bool, StoreError> {
        let root = self.step_root(commit)?;
        Ok(!self.entries_of(cut, root, &conflicts_in(self, root)?)?.is_empty())
    }

    // As paths of the commit. Where two names cannot stand side by side, the copy of one is called
    // otherwise; the manifest tells.
    fn entries_of(
        &self,
        cut: &Cut,
        root: TreeId,
        conflicts: &[Conflict],
    ) -> Result<BTreeSet<String>, StoreError> {
        let folder = cut.path.as_str().rsplit_once('/').map(|(folder, _)| folder);
        let mut found = BTreeSet::new();
        for start in ROOTS {
            let place = folder.map_or(start.to_owned(), |folder| format!("{start}/{folder}"));
            for name in self.names_in(root, &place)? {
                let path = folder.map_or(name.clone(), |folder| format!("{folder}/{name}"));
                if cut.takes(&path) {
                    found.insert(format!("{start}/{path}"));
                }
            }
        }
        for entry in conflicts.iter().filter(|entry| cut.takes_entry(entry)) {
            for copy in entry.copy.iter().map(|copy| format!("context/{copy}")) {
                found.extend((!self.files_at(root, &copy)?.is_empty()).then_some(copy));
            }
        }
        Ok(found)
    }
}

// Parsing each manifest of a long history would cost more than all else.
fn conflicts_in(store: &Store, root: TreeId) -> Result<Vec<Conflict>, StoreError> {
    let bytes = store.file_at(root, MANIFEST)?.unwrap_or_default();
    if memchr::memmem::find(&bytes, b"conflicts").is_none() {
        return Ok(Vec::new());
    }
    Ok(yaml::parse::<Manifest>(MANIFEST, &bytes).map_or_else(|_| Vec::new(), |manifest| manifest.conflicts))
}

impl Rewriter<'_> {
    /// Returns the tree of a commit without what cuts take from it.
    pub(super) fn cut(&mut self, id: ObjectId, commit: &Commit) -> Result<ObjectId, StoreError> {
        let active = self.take_part(id, commit);
        if active.is_empty() {
            return Ok(commit.tree);
        }
        let root = TreeId(commit.tree);
        let conflicts = conflicts_in(self.batch.view(), root)?;
        let mut standing = Standing::default();
        for cut in active.iter().filter_map(|cut| self.wipe.cuts.get(*cut)) {
            standing.entries.extend(self.batch.view().entries_of(cut, root, &conflicts)?);
        }
        for entry in &standing.entries {
            let files = self.batch.view().files_at(root, entry)?;
            standing.files.extend(files.into_iter().map(|(path, file)| (path, file.blob)));
        }
        let mut edits: Vec<TreeEdit> = standing.entries.iter().cloned().map(TreeEdit::Remove).collect();
        edits.extend(self.manifest_without(root, &active)?);
        edits.extend(self.record_without(root, commit, &conflicts, &active)?);
        self.remember(id, commit, standing);
        if edits.is_empty() {
            return Ok(commit.tree);
        }
        Ok(self.batch.edit_tree(Some(root), &edits)?.0)
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

    fn takes_entry(&self, active: &BTreeSet<usize>, entry: &Conflict) -> bool {
        active.iter().filter_map(|cut| self.wipe.cuts.get(*cut)).any(|cut| cut.takes_entry(entry))
    }

    // A conflict about a file that is gone is none.
    fn manifest_without(
        &mut self,
        root: TreeId,
        active: &BTreeSet<usize>,
    ) -> Result<Option<TreeEdit>, StoreError> {
        let bytes = self.batch.view().file_at(root, MANIFEST)?.unwrap_or_default();
        let Ok(mut manifest) = yaml::parse::<Manifest>(MANIFEST, &bytes) else { return Ok(None) };
        let before = manifest.conflicts.len();
        manifest.conflicts.retain(|entry| !self.takes_entry(active, entry));
        if manifest.conflicts.len() == before {
            return Ok(None);
        }
        let text = printed(MANIFEST, manifest.schema, &manifest)?;
        let blob = self.batch.blob_instead(text.as_bytes())?;
        Ok(Some(TreeEdit::Put(MANIFEST.to_owned(), ContextFile::plain(BlobId(blob)))))
    }

    // What comes after a run keeps its record, so that one is changed as it was in the run's own commit.
    fn record_without(
        &mut self,
        root: TreeId,
        commit: &Commit,
        conflicts: &[Conflict],
        active: &BTreeSet<usize>,
    ) -> Result<Option<TreeEdit>, StoreError> {
        let Some(old) = self.batch.view().run_blob(root)? else { return Ok(None) };
        let put = |blob| Some(TreeEdit::Put(RUN.to_owned(), ContextFile::plain(blob)));
        if let Some(known) = self.cutting.records.get(&old) {
            return Ok(put(*known));
        }
        let bytes = self.batch.view().file_at(root, RUN)?.unwrap_or_default();
        let Ok(mut record) = yaml::parse::<RunRecord>(RUN, &bytes) else { return Ok(None) };
        if record.conflicts.is_empty() || !self.is_of_run(commit, old)? {
            return Ok(None);
        }
        let stays = |path: &String| {
            let mut of_it = conflicts.iter().filter(|entry| entry.subject() == path).peekable();
            let cuts = active.iter().filter_map(|cut| self.wipe.cuts.get(*cut));
            let is_taken = cuts.into_iter().any(|cut| cut.takes(path));
            !is_taken && (of_it.peek().is_none() || of_it.any(|entry| !self.takes_entry(active, entry)))
        };
        let kept: Vec<String> = record.conflicts.iter().filter(|path| stays(path)).cloned().collect();
        if kept == record.conflicts {
            return Ok(None);
        }
        record.conflicts = kept;
        let new = BlobId(self.batch.blob_instead(printed(RUN, record.schema, &record)?.as_bytes())?);
        self.cutting.records.insert(old, new);
        Ok(put(new))
    }

    fn is_of_run(&self, commit: &Commit, record: BlobId) -> Result<bool, StoreError> {
        for parent in &commit.parents {
            let root = self.batch.view().step_root(CommitId(*parent))?;
            if self.batch.view().run_blob(root)? == Some(record) {
                return Ok(false);
            }
        }
        Ok(true)
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
        if is_context && *first.unwrap_or(&nothing).as_ref() != standing {
            self.cutting.untold.insert(id);
        }
        self.cutting.taken.insert(id, Rc::new(standing));
    }

    /// Tells whether the first line of a commit must go: it tells of a file that is gone, or takes
    /// back what does.
    pub(super) fn is_untold(&mut self, message: &CommitMessage) -> bool {
        let Some((commit, ..)) = self.at else { return false };
        let undone = message.undoes.as_deref().and_then(CommitId::from_hex);
        if undone.is_some_and(|undone| self.cutting.untold.contains(&undone.0)) {
            self.cutting.untold.insert(commit.0);
        }
        self.cutting.untold.contains(&commit.0)
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
}

fn printed<T: serde::Serialize>(file: &str, schema: u32, document: &T) -> Result<String, StoreError> {
    match schema > SCHEMA {
        true => Err(PurgeFault::Newer(file.to_owned()).into()),
        false => Ok(yaml::print(file, document)?),
    }
}
