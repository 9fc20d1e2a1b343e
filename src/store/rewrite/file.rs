//! Files: each by what it is.

use std::borrow::Cow;

use gix::ObjectId;

use super::{PurgeFault, Rewriter, Wipe};
use crate::model::{Decision, DecisionId, shown};
use crate::store::snapshot::{MANIFEST, RUN};
use crate::store::{BlobId, StoreError};

/// What a file is, which its place tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// The manifest of a session.
    Manifest,
    /// The record of a run.
    Record,
    /// A decision, with fields before its text.
    Decision,
    /// Any other.
    Plain,
}

impl FileKind {
    /// Tells what the file at a path of a commit is.
    pub fn at(path: &str) -> Self {
        let is_decision = |path: &str| {
            let below = path.strip_prefix("context/").or_else(|| path.strip_prefix("checkpoint/"));
            below.is_some_and(|below| below.starts_with("decisions/"))
        };
        match path {
            MANIFEST => Self::Manifest,
            RUN => Self::Record,
            path if is_decision(path) => Self::Decision,
            _ => Self::Plain,
        }
    }
}

impl Wipe {
    /// Returns the content of a file that is no document of a session, and how often it held a value.
    pub fn clean_file<'t>(
        &self,
        kind: FileKind,
        content: &'t [u8],
    ) -> Result<(Cow<'t, [u8]>, u64), StoreError> {
        let (cleaned, count) = self.clean(content);
        let decision = Decision::parse("decision", content).ok().filter(|_| kind == FileKind::Decision);
        let Some(decision) = decision else { return Ok((cleaned, count)) };
        // A marker among the fields must not make them unreadable.
        match self.clean_decision(&decision)? {
            Some(printed) => Ok((Cow::Owned(printed), count)),
            None => Ok((cleaned, count)),
        }
    }

    fn clean_decision(&self, decision: &Decision) -> Result<Option<Vec<u8>>, StoreError> {
        // Ids are names, in which no marker can stand.
        let fields = Decision { supersedes: Vec::new(), superseded_by: None, ..decision.clone() };
        let mut cleaned = self.clean_document(&fields)?.0;
        let id = |id: &DecisionId| self.clean_name(id.as_str()).0.parse().unwrap_or_else(|_| id.clone());
        cleaned.supersedes = decision.supersedes.iter().map(id).collect();
        cleaned.superseded_by = decision.superseded_by.as_ref().map(id);
        cleaned.body = String::from_utf8_lossy(&self.clean(decision.body.as_bytes()).0).into_owned();
        if cleaned == *decision {
            return Ok(None);
        }
        let printed = cleaned.print("decision").ok().map(String::into_bytes);
        Ok(printed.filter(|text| !self.is_in(text)))
    }
}

impl Rewriter<'_> {
    /// Returns what stands for the content of a file; `None` where nothing does.
    pub(super) fn file(&mut self, id: ObjectId, path: &str) -> Result<Option<ObjectId>, StoreError> {
        let kind = FileKind::at(path);
        if let Some(known) = self.files.get(&(id, kind)) {
            return Ok(*known);
        }
        let new = match self.wipe.known.blobs.get(&BlobId(id)) {
            None => Some(self.new_file(id, path, kind)?),
            // Others made it; what is not here is made here, and comes out the same.
            Some(Some(new)) if self.batch.view().repo.has_object(new.0) => {
                self.learn(id, path, kind)?;
                Some(new.0)
            }
            Some(Some(_)) => Some(self.new_file(id, path, kind)?),
            Some(None) => None,
        };
        self.files.insert((id, kind), new);
        self.stays(new, path);
        Ok(new)
    }

    // What a record says is needed for the manifests that list it.
    fn learn(&mut self, id: ObjectId, path: &str, kind: FileKind) -> Result<(), StoreError> {
        if kind == FileKind::Record {
            self.new_file(id, path, kind)?;
        }
        Ok(())
    }

    fn new_file(&mut self, id: ObjectId, path: &str, kind: FileKind) -> Result<ObjectId, StoreError> {
        let old = self.read(id)?;
        let (new, count) = match kind {
            FileKind::Manifest => self.manifest(&old)?,
            FileKind::Record => self.record(&old)?,
            FileKind::Decision | FileKind::Plain => self.wipe.clean_file(kind, &old)?,
        };
        self.note(path, count);
        if *new == *old {
            return Ok(id);
        }
        if self.wipe.is_in(&new) {
            return Err(PurgeFault::StillHeld(shown(path)).into());
        }
        self.batch.blob_instead(&new)
    }
}
