//! Commits with one file and words of our own, which belong to no session. They are the same
//! wherever they are made.

use gix::objs::{Kind, WriteTo as _};

use super::batch::{Object, signature};
use super::{CommitId, Store, StoreError};
use crate::model::Person;

/// Who makes them, and when.
const MAKER: (&str, &str, i64) = ("git-session", "git-session@git-session.invalid", 1_767_225_600);

impl Store {
    /// Stores a commit with one file.
    pub(super) fn write_lone_commit(
        &self,
        file: &str,
        content: &str,
        message: &str,
    ) -> Result<CommitId, StoreError> {
        let blob = self.object(Kind::Blob, content.as_bytes().to_vec())?;
        let mode = gix::objs::tree::EntryKind::Blob.into();
        let entries = vec![gix::objs::tree::Entry { mode, filename: file.into(), oid: blob.0 }];
        let encoded = || StoreError::git("encode an object");
        let mut bytes = Vec::new();
        gix::objs::Tree { entries }.write_to(&mut bytes).map_err(encoded())?;
        let tree = self.object(Kind::Tree, bytes)?;
        let who = signature(&Person::new(MAKER.0, MAKER.1), MAKER.2);
        let commit = gix::objs::Commit {
            tree: tree.0,
            parents: Default::default(),
            author: who.clone(),
            committer: who,
            encoding: None,
            message: message.into(),
            extra_headers: Vec::new(),
        };
        let mut bytes = Vec::new();
        commit.write_to(&mut bytes).map_err(encoded())?;
        let commit = self.object(Kind::Commit, bytes)?;
        let id = CommitId(commit.0);
        self.write_objects(vec![blob, tree, commit])?;
        Ok(id)
    }

    fn object(&self, kind: Kind, content: Vec<u8>) -> Result<Object, StoreError> {
        let id = gix::objs::compute_hash(self.repo.object_hash(), kind, &content);
        Ok((id.map_err(StoreError::git("hash an object"))?, kind, content))
    }
}
