//! What was purged from a session, by ids alone: `refs/purged/<session id>`.
//!
//! Nothing that it lists is taken in or sent any more. It goes along with the session, so that
//! whoever has the old commits can go over to the new ones. It leads to a commit with one file, which
//! has a line for each id: what it is, the old one, and the new one or `-`.

use std::collections::{BTreeMap, HashSet};

use super::Purging;
use super::refs::PURGED;
use crate::model::SessionId;
use crate::store::snapshot::{MANIFEST, RUN};
use crate::store::{BlobId, CommitId, Mark, PurgedIds, SessionWriter, Store, StoreError};

/// The file with the ids.
const FILE: &str = "purged";
/// The largest such file, in bytes.
const BYTES: u64 = 64 * 1024 * 1024;

impl PurgedIds {
    /// Writes them as the file that lists them.
    pub(in crate::store) fn print(&self) -> String {
        let commits = self.commits.iter().map(|(old, new)| format!("commit {old} {new}\n"));
        let blobs = self.blobs.iter().map(|(old, new)| match new {
            Some(new) => format!("blob {old} {new}\n"),
            None => format!("blob {old} -\n"),
        });
        let paths = self.paths.iter().map(|path| format!("path {path}\n"));
        commits.chain(blobs).chain(paths).collect()
    }

    /// Reads the file that lists them; `None` where it is none.
    pub(in crate::store) fn parse(text: &str) -> Option<Self> {
        let mut ids = Self::default();
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("path ") {
                ids.paths.insert(path.parse().ok()?);
                continue;
            }
            let mut words = line.split(' ');
            let (kind, old, new) = (words.next()?, words.next()?, words.next()?);
            match (kind, words.next()) {
                ("commit", None) => {
                    ids.commits.insert(CommitId::from_hex(old)?, CommitId::from_hex(new)?);
                }
                ("blob", None) => {
                    let new = if new == "-" { None } else { Some(BlobId::from_hex(new)?) };
                    ids.blobs.insert(BlobId::from_hex(old)?, new);
                }
                _ => return None,
            }
        }
        Some(ids)
    }

    /// Tells whether an object is one of those that were purged.
    pub(in crate::store) fn hold(&self, id: &gix::oid) -> bool {
        let id = id.to_owned();
        self.commits.contains_key(&CommitId(id)) || self.blobs.contains_key(&BlobId(id))
    }
}

/// Returns the ref that lists what was purged from a session.
pub(in crate::store) fn purged_ref(session: SessionId) -> String {
    format!("{PURGED}{session}")
}

impl Store {
    /// Lists what was purged, by session.
    pub fn purges(&self) -> Result<BTreeMap<SessionId, PurgedIds>, StoreError> {
        self.purges_from("")
    }

    /// Lists what was purged of the sessions whose ids start like this.
    pub(in crate::store) fn purges_from(
        &self,
        digits: &str,
    ) -> Result<BTreeMap<SessionId, PurgedIds>, StoreError> {
        if !self.has_refs_below(PURGED)? {
            return Ok(BTreeMap::new());
        }
        let mut purges = BTreeMap::new();
        for (name, commit) in self.refs_below(&format!("{PURGED}{digits}"))? {
            if let Some(session) = name.strip_prefix(PURGED).and_then(|id| id.parse().ok()) {
                purges.insert(session, self.read_purge(commit)?);
            }
        }
        Ok(purges)
    }

    /// Lists all that was purged.
    pub fn purged_ids(&self) -> Result<PurgedIds, StoreError> {
        let mut all = PurgedIds::default();
        self.purges()?.values().for_each(|ids| all.add(ids));
        Ok(all)
    }

    /// Returns the commit that lists what was purged from a session.
    pub fn purge_commit(&self, session: SessionId) -> Result<Option<CommitId>, StoreError> {
        self.try_find_ref(&purged_ref(session))
    }

    /// Finds a commit behind some tips, and not behind others, that was purged or holds a file that was.
    pub fn find_purged(
        &self,
        tips: &[CommitId],
        without: &[CommitId],
    ) -> Result<Option<CommitId>, StoreError> {
        let purged = self.purged_ids()?;
        if purged.is_empty() {
            return Ok(None);
        }
        let hidden: HashSet<CommitId> = without.iter().flat_map(|tip| self.reachable(*tip)).collect();
        for commit in tips.iter().flat_map(|tip| self.reachable(*tip)) {
            if !hidden.contains(&commit) && self.holds_purged(commit, &purged)? {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }

    fn holds_purged(&self, commit: CommitId, purged: &PurgedIds) -> Result<bool, StoreError> {
        if purged.commits.contains_key(&commit) {
            return Ok(true);
        }
        let root = self.step_root(commit)?;
        let documents = [MANIFEST, RUN].map(|path| self.blob_at(root, path));
        let files = self.context_files(root)?.into_values().map(|file| Some(file.blob));
        let mut blobs = documents.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().chain(files);
        Ok(blobs.any(|blob| blob.is_some_and(|blob| purged.blobs.contains_key(&blob))))
    }

    /// Tells whether a commit of those that were purged is still here.
    pub fn has_any_of(&self, purged: &PurgedIds) -> bool {
        purged.commits.keys().any(|commit| self.has_commit(*commit))
    }

    fn read_purge(&self, commit: CommitId) -> Result<PurgedIds, StoreError> {
        let damaged = || StoreError::Damaged {
            session: PURGED.to_owned(),
            commit: commit.short(),
            what: "the list of what was purged cannot be read".to_owned(),
        };
        let bytes = self.large_file_at(self.step_root(commit)?, FILE, BYTES)?.ok_or_else(damaged)?;
        PurgedIds::parse(&String::from_utf8_lossy(&bytes)).ok_or_else(damaged)
    }
}

impl SessionWriter<'_> {
    /// Takes over what was purged from a session elsewhere. A content that is said to be gone and is
    /// still here is none of it: it would keep sessions back that have it for themselves.
    pub fn note_purged(&self, session: SessionId, ids: &PurgedIds, mark: Mark<'_>) -> Result<(), StoreError> {
        let fresh = self.store().reopen()?;
        let mut ids = ids.clone();
        ids.blobs.retain(|old, new| new.is_some() || !fresh.repo.has_object(old.0));
        note(self.store(), self, session, &ids, mark)
    }
}

impl Purging<'_> {
    /// Adds to what was purged from a session.
    pub fn note(&self, session: SessionId, ids: &PurgedIds, mark: Mark<'_>) -> Result<(), StoreError> {
        note(self.store, &self.alone, session, ids, mark)
    }
}

fn note(
    store: &Store,
    writer: &SessionWriter<'_>,
    session: SessionId,
    ids: &PurgedIds,
    mark: Mark<'_>,
) -> Result<(), StoreError> {
    let name = purged_ref(session);
    let before = store.try_find_ref(&name)?;
    let mut all = before.map(|commit| store.read_purge(commit)).transpose()?.unwrap_or_default();
    let known = all.clone();
    all.add(ids);
    if all == known {
        return Ok(());
    }
    // Without a parent: who has the same list has the same commit, however it came there.
    let commit = store.write_lone_commit(FILE, &all.print(), "List what was purged\n")?;
    writer.move_to(&name, before, Some(commit), mark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_listed_is_read_back(
            commits in prop::collection::btree_map("[0-9a-f]{40}", "[0-9a-f]{40}", 0..4),
            blobs in prop::collection::btree_map("[0-9a-f]{40}", prop::option::of("[0-9a-f]{40}"), 0..4),
            paths in prop::collection::btree_set("[a-z -]{1,8}x(/é [0-9]x){0,2}", 0..4),
        ) {
            let commit = |hex: &str| CommitId::from_hex(hex).expect("an id");
            let blob = |hex: &str| BlobId::from_hex(hex).expect("an id");
            let ids = PurgedIds {
                commits: commits.iter().map(|(old, new)| (commit(old), commit(new))).collect(),
                blobs: blobs.iter().map(|(old, new)| (blob(old), new.as_deref().map(blob))).collect(),
                paths: paths.iter().filter_map(|path| path.parse().ok()).collect(),
            };
            prop_assert_eq!(PurgedIds::parse(&ids.print()), Some(ids));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(commit |blob |path |[0-9a-f]{40} |-|\n|.){0,12}") {
            if let Some(ids) = PurgedIds::parse(&text) {
                prop_assert_eq!(PurgedIds::parse(&ids.print()), Some(ids));
            }
        }
    }
}
