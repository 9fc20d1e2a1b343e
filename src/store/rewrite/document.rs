//! The documents of a session: each text by itself, so that they stay readable.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{PurgeFault, Rewriter, Wipe};
use crate::model::{Conflict, Manifest, RecentRun, RunRecord, SCHEMA, SUMMARY_CHARS, yaml};
use crate::redact::Counts;
use crate::store::snapshot::{MANIFEST, RUN};
use crate::store::{BlobId, CommitId, StoreError};

impl Wipe {
    /// Returns a document without the values, and how often they stood in it.
    pub(super) fn clean_document<T: Serialize + DeserializeOwned + Clone>(
        &self,
        document: &T,
    ) -> Result<(T, u64), StoreError> {
        let mut counts = Counts::default();
        let Some(redactor) = self.redactor() else { return Ok((document.clone(), 0)) };
        let needed = |_| PurgeFault::Needed("a session or a run".to_owned());
        let cleaned = redactor.clean_fields(document, &mut counts).map_err(needed)?;
        Ok((cleaned.unwrap_or_else(|| document.clone()), counts.total()))
    }
}

impl Rewriter<'_> {
    /// Returns the manifest that stands for another one.
    pub(super) fn manifest<'t>(&mut self, old: &'t [u8]) -> Result<(Cow<'t, [u8]>, u64), StoreError> {
        let Ok(document) = yaml::parse::<Manifest>(MANIFEST, old) else { return Ok(self.wipe.clean(old)) };
        let (mut new, count) = self.wipe.clean_document(&document)?;
        if new.id != document.id {
            return Err(PurgeFault::Needed("a session".to_owned()).into());
        }
        if let (Some(origin), Some(was)) = (&mut new.origin, &document.origin) {
            origin.commit = self.new_commit(&was.commit);
        }
        for (run, was) in new.runs.iter_mut().zip(&document.runs) {
            self.recent_run(run, was)?;
        }
        let conflicts = new.conflicts.into_iter().zip(&document.conflicts);
        new.conflicts = conflicts.map(|(new, was)| self.conflict(new, was)).collect();
        self.printed(MANIFEST, old, document.schema, &document, &new, count)
    }

    /// Returns the record that stands for another one, and remembers how it reads.
    pub(super) fn record<'t>(&mut self, old: &'t [u8]) -> Result<(Cow<'t, [u8]>, u64), StoreError> {
        let Ok(document) = yaml::parse::<RunRecord>(RUN, old) else { return Ok(self.wipe.clean(old)) };
        let (mut new, count) = self.wipe.clean_document(&document)?;
        if (new.id, new.session, new.status) != (document.id, document.session, document.status) {
            return Err(PurgeFault::Needed("a run".to_owned()).into());
        }
        new.conflicts = document.conflicts.iter().map(|path| self.path(path)).collect();
        if new.headline() != document.headline() {
            self.headlines.insert(new.id, RecentRun::from(&new).summary);
        }
        self.printed(RUN, old, document.schema, &document, &new, count)
    }

    fn printed<'t, T: Serialize + PartialEq>(
        &self,
        file: &str,
        old: &'t [u8],
        schema: u32,
        was: &T,
        new: &T,
        count: u64,
    ) -> Result<(Cow<'t, [u8]>, u64), StoreError> {
        if was == new {
            // It may still stand in what is no field, such as a comment.
            return Ok(self.wipe.clean(old));
        }
        if schema > SCHEMA {
            return Err(PurgeFault::Newer(file.to_owned()).into());
        }
        Ok((Cow::Owned(yaml::print(file, new)?.into_bytes()), count))
    }

    // The start of a summary may have been cut within the value.
    fn recent_run(&self, run: &mut RecentRun, was: &RecentRun) -> Result<(), StoreError> {
        if run.id != was.id {
            return Err(PurgeFault::Needed("a run".to_owned()).into());
        }
        run.summary = match self.headlines.get(&run.id) {
            Some(headline) => headline.clone(),
            None => self.wipe.clean_line(&was.summary, SUMMARY_CHARS),
        };
        Ok(())
    }

    fn conflict(&self, mut new: Conflict, was: &Conflict) -> Conflict {
        new.path = was.path.as_ref().map(|path| self.path(path));
        new.copy = was.copy.as_ref().map(|path| self.path(path));
        if was.path.is_some() {
            for side in [&mut new.ours, &mut new.theirs].into_iter().flatten() {
                *side = self.new_blob(side);
            }
        }
        new
    }

    fn new_blob(&self, value: &serde_json::Value) -> serde_json::Value {
        let old = value.as_str().and_then(BlobId::from_hex);
        let new = old.and_then(|old| self.files.get(&(old.0, super::FileKind::Plain)).copied().flatten());
        new.map_or_else(|| value.clone(), |new| new.to_string().into())
    }

    /// Returns the name of what stands for a commit that a text names.
    pub(super) fn new_commit(&self, hex: &str) -> String {
        let new = CommitId::from_hex(hex).map(|old| self.new_id(old.0).to_string());
        new.unwrap_or_else(|| hex.to_owned())
    }
}
