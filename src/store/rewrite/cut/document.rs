//! The documents of commits that cuts go through: they must agree with what is left.

use std::collections::BTreeSet;

use gix::objs::Commit;

use super::Cut;
use crate::model::{Conflict, Manifest, PURGED, RunId, RunRecord, SCHEMA, yaml};
use crate::store::rewrite::{PurgeFault, Rewriter};
use crate::store::snapshot::{MANIFEST, RUN};
use crate::store::{BlobId, CommitId, ContextFile, StoreError, TreeEdit, TreeId};

/// Where the record of a run lies, with other files of that run alone.
const FOLDER: &str = "run";

impl Rewriter<'_> {
    /// Tells how the documents of a commit change whose other files are as in `files` now.
    pub(super) fn cut_documents(
        &mut self,
        commit: &Commit,
        files: TreeId,
    ) -> Result<Vec<TreeEdit>, StoreError> {
        let at = self.at.map(|(commit, ..)| commit);
        let cuts = at.map(|commit| self.cuts_through(commit)).unwrap_or_default();
        let runs: BTreeSet<RunId> = cuts.into_iter().filter_map(Cut::run).collect();
        let (manifest, dropped) = self.manifest_without(TreeId(commit.tree), files, &runs)?;
        let mut edits = Vec::from_iter(manifest);
        self.check_record(commit)?;
        edits.extend(self.record_without(commit, &dropped, &runs)?);
        edits.extend(self.files_of_run(files)?);
        Ok(edits)
    }

    // A conflict about a file that is gone is none. Also returns what such ones were about.
    fn manifest_without(
        &mut self,
        old: TreeId,
        files: TreeId,
        runs: &BTreeSet<RunId>,
    ) -> Result<(Option<TreeEdit>, BTreeSet<String>), StoreError> {
        let nothing = (None, BTreeSet::new());
        let bytes = self.batch.view().file_at(old, MANIFEST)?.unwrap_or_default();
        // Parsing each manifest of a long history would cost more than all else.
        if runs.is_empty() && memchr::memmem::find(&bytes, b"conflicts").is_none() {
            return Ok(nothing);
        }
        let Ok(before) = yaml::parse::<Manifest>(MANIFEST, &bytes) else { return Ok(nothing) };
        let mut manifest = before.clone();
        manifest.conflicts.clear();
        let mut dropped = BTreeSet::new();
        for entry in &before.conflicts {
            match self.conflict_without(entry, old, files)? {
                Some(entry) => manifest.conflicts.push(entry),
                None => dropped.extend([entry.subject().to_owned()]),
            }
        }
        dropped.retain(|subject| !manifest.conflicts.iter().any(|entry| entry.subject() == subject));
        for run in manifest.runs.iter_mut().filter(|run| runs.contains(&run.id)) {
            (run.summary, run.extra) = (PURGED.to_owned(), Default::default());
        }
        if manifest == before {
            return Ok(nothing);
        }
        let text = printed(MANIFEST, manifest.schema, &manifest)?;
        Ok((Some(put(MANIFEST, BlobId(self.batch.blob_instead(text.as_bytes())?))), dropped))
    }

    fn conflict_without(
        &self,
        entry: &Conflict,
        old: TreeId,
        files: TreeId,
    ) -> Result<Option<Conflict>, StoreError> {
        let Some(path) = &entry.path else { return Ok(Some(entry.clone())) };
        let blob = |root, path: &str| self.batch.view().blob_at(root, &format!("context/{path}"));
        let kept = entry.copy.as_ref().unwrap_or(path);
        if blob(old, kept)?.is_some() && blob(files, kept)?.is_none() {
            return Ok(None);
        }
        let mut entry = entry.clone();
        let (was, is) = (blob(old, path)?, blob(files, path)?);
        if was != is {
            entry.ours = is.map(|blob| blob.to_string().into());
        }
        Ok(Some(entry))
    }

    // What comes after a run keeps its record, so that one is changed as it was in the run's own commit.
    fn record_without(
        &mut self,
        commit: &Commit,
        dropped: &BTreeSet<String>,
        runs: &BTreeSet<RunId>,
    ) -> Result<Option<TreeEdit>, StoreError> {
        let root = TreeId(commit.tree);
        let Some(old) = self.batch.view().run_blob(root)? else { return Ok(None) };
        if let Some(known) = self.cutting.records.get(&old) {
            return Ok(Some(put(RUN, *known)));
        }
        if runs.is_empty() && dropped.is_empty() {
            return Ok(None);
        }
        let bytes = self.batch.view().file_at(root, RUN)?.unwrap_or_default();
        let Ok(record) = yaml::parse::<RunRecord>(RUN, &bytes) else { return Ok(None) };
        let goes = runs.contains(&record.id);
        if !goes && !self.is_of_run(commit, old)? {
            return Ok(None);
        }
        let mut new = if goes { record.without_texts() } else { record.clone() };
        new.conflicts.retain(|subject| !dropped.contains(subject));
        if new == record {
            return Ok(None);
        }
        let blob = BlobId(self.batch.blob_instead(printed(RUN, record.schema, &new)?.as_bytes())?);
        self.cutting.records.insert(old, blob);
        if goes {
            self.cutting.silent.insert(old);
            self.cutting.contents.insert(old);
            self.note(RUN, 1);
        }
        Ok(Some(put(RUN, blob)))
    }

    // A run is told by its commit's message, and what it said by its record.
    fn check_record(&self, commit: &Commit) -> Result<(), StoreError> {
        let Some(run) = self.at.and_then(|(at, ..)| self.silenced(at.0)) else { return Ok(()) };
        match self.record_in(commit.tree)?.is_some_and(|record| record.id == run) {
            true => Ok(()),
            false => Err(PurgeFault::BadRecord(run.short()).into()),
        }
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

    // What was asked and answered goes with the record.
    fn files_of_run(&mut self, files: TreeId) -> Result<Vec<TreeEdit>, StoreError> {
        let record = self.batch.view().run_blob(files)?;
        if !record.is_some_and(|record| self.cutting.silent.contains(&record)) {
            return Ok(Vec::new());
        }
        let mut edits = Vec::new();
        for name in self.batch.view().names_in(files, FOLDER)? {
            let path = format!("{FOLDER}/{name}");
            if path == RUN {
                continue;
            }
            for (path, file) in self.batch.view().files_at(files, &path)? {
                let is_new = self.cutting.contents.insert(file.blob);
                self.note(&path, u64::from(is_new));
            }
            edits.push(TreeEdit::Remove(path));
        }
        Ok(edits)
    }
}

fn put(path: &str, blob: BlobId) -> TreeEdit {
    TreeEdit::Put(path.to_owned(), ContextFile::plain(blob))
}

fn printed<T: serde::Serialize>(file: &str, schema: u32, document: &T) -> Result<String, StoreError> {
    match schema > SCHEMA {
        true => Err(PurgeFault::Newer(file.to_owned()).into()),
        false => Ok(yaml::print(file, document)?),
    }
}
