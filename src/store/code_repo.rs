//! Reading the commits of a code repository, without running `git` in it.

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::objs::Kind;
use gix::objs::tree::EntryMode;
use sha2::{Digest as _, Sha256};

use super::{CodeProject, StoreError};
use crate::model::{CodeLink, LineDiff, Timestamp, is_binary};

/// The largest commit that is read, in bytes.
const COMMIT_BYTES: u64 = 1024 * 1024;
/// The largest tree that is read, in bytes.
const TREE_BYTES: u64 = 4 * 1024 * 1024;
/// The largest file that is compared by lines, in bytes.
const FILE_BYTES: u64 = 512 * 1024;
/// The most files whose lines are counted: a hook has no time for more.
const FILES: usize = 200;
/// The most files that are counted at all.
const ALL_FILES: usize = 10_000;
/// The most commits that are walked to see what leads to which.
const WALKED: usize = 100_000;
/// The deepest folder that is looked into.
const DEPTH: usize = 64;
/// How many hexadecimal digits name a change.
const PATCH_DIGITS: usize = 40;

/// A code repository whose commits are read.
pub struct CodeRepo {
    repo: gix::Repository,
}

/// A commit of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeCommit {
    /// Its id.
    pub id: String,
    /// Its tree.
    pub tree: String,
    /// The commits that it follows.
    pub parents: Vec<String>,
    /// Its message.
    pub message: String,
    /// When it was committed.
    pub committed_at: Timestamp,
}

/// What a commit changed against the first that it follows. Absent means too much to count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeChange {
    /// How many files.
    pub files_changed: Option<u64>,
    /// How many lines were added.
    pub insertions: Option<u64>,
    /// How many lines were removed.
    pub deletions: Option<u64>,
    /// What names the change: the same for the same lines, wherever and after whatever they stand.
    pub patch: Option<String>,
}

/// A file on both sides of a change.
struct Pair {
    old: Option<(EntryMode, gix::ObjectId)>,
    new: Option<(EntryMode, gix::ObjectId)>,
}

type Folder = BTreeMap<Vec<u8>, (EntryMode, gix::ObjectId)>;

impl CodeCommit {
    /// Returns the first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
    }

    /// Returns what a run's record says of the commit.
    pub fn as_link(&self, change: &CodeChange) -> CodeLink {
        CodeLink {
            commit: self.id.clone(),
            tree: Some(self.tree.clone()),
            patch: change.patch.clone(),
            subject: Some(self.subject().to_owned()).filter(|subject| !subject.is_empty()),
            ..CodeLink::default()
        }
    }
}

impl CodeRepo {
    /// Opens the repository of a project.
    pub fn open(project: &CodeProject) -> Result<Self, StoreError> {
        let repo = gix::open(&project.git_dir).map_err(StoreError::git("open the code repository"))?;
        Ok(Self { repo })
    }

    /// Reads a commit.
    pub fn commit(&self, id: &str) -> Result<CodeCommit, StoreError> {
        let failed = || StoreError::git(format!("read commit {} of the code", crate::model::shown(id)));
        let oid = gix::ObjectId::from_hex(id.as_bytes()).map_err(failed())?;
        let bytes = self.read(oid, Some(Kind::Commit), COMMIT_BYTES)?;
        let commit = gix::objs::CommitRef::from_bytes(&bytes, self.repo.object_hash()).map_err(failed())?;
        let committed = commit.committer().and_then(|who| who.time()).map_err(failed())?;
        Ok(CodeCommit {
            id: oid.to_string(),
            tree: commit.tree().to_string(),
            parents: commit.parents().map(|parent| parent.to_string()).collect(),
            message: String::from_utf8_lossy(commit.message).into_owned(),
            committed_at: Timestamp::from_unix(committed.seconds),
        })
    }

    /// Compares a commit with the first that it follows.
    pub fn change(&self, commit: &CodeCommit) -> Result<CodeChange, StoreError> {
        let old = match commit.parents.first() {
            Some(parent) => Some(self.object(&self.commit(parent)?.tree)?),
            None => None,
        };
        let mut pairs = BTreeMap::new();
        let new = self.object(&commit.tree)?;
        if !self.compare(old, Some(new), &mut Vec::new(), 0, &mut pairs)? {
            return Ok(CodeChange::default());
        }
        let mut change = CodeChange { files_changed: Some(pairs.len() as u64), ..CodeChange::default() };
        if pairs.len() <= FILES {
            self.count(&pairs, commit.parents.len() < 2, &mut change)?;
        }
        Ok(change)
    }

    /// Finds the commit that a revision names, as `git rev-parse` does.
    pub fn find(&self, revision: &str) -> Option<String> {
        let id = self.repo.rev_parse_single(revision).ok()?;
        let commit = id.object().ok()?.peel_to_kind(gix::object::Kind::Commit).ok()?;
        Some(commit.id.to_string())
    }

    /// Lists the commits that `to` follows and `from` does not, newest first, `limit` at most.
    pub fn between(&self, from: Option<&str>, to: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let failed = || StoreError::git("walk the code's history");
        let mut walk = self.repo.rev_walk([self.object(to)?]);
        if let Some(from) = from {
            walk = walk.with_hidden([self.object(from)?]);
        }
        let mut found = Vec::new();
        for step in walk.all().map_err(failed())?.take(limit) {
            found.push(step.map_err(failed())?.id.to_string());
        }
        Ok(found)
    }

    /// Tells of commits whether a branch, a tag or what is checked out leads to them. Those that are
    /// not found in the newest part of a long history are left out.
    pub fn reachable<'a>(&self, commits: impl IntoIterator<Item = &'a str>) -> HashMap<String, bool> {
        let is_here = |commit: &str| self.object(commit).is_ok_and(|id| self.repo.has_object(id));
        let mut found: HashMap<String, bool> = HashMap::new();
        let mut wanted: HashSet<&str> = HashSet::new();
        for commit in commits {
            match is_here(commit) {
                true => drop(wanted.insert(commit)),
                false => drop(found.insert(commit.to_owned(), false)),
            }
        }
        let Some(tips) = self.tips() else { return found };
        let Ok(mut walk) = self.repo.rev_walk(tips).all() else { return found };
        for step in walk.by_ref().take(WALKED).flatten() {
            if wanted.is_empty() {
                break;
            }
            if let Some(commit) = wanted.take(step.id.to_string().as_str()) {
                found.insert(commit.to_owned(), true);
            }
        }
        if walk.next().is_none() {
            found.extend(wanted.into_iter().map(|commit| (commit.to_owned(), false)));
        }
        found
    }

    fn tips(&self) -> Option<Vec<gix::ObjectId>> {
        let mut tips: Vec<gix::ObjectId> =
            self.repo.head_id().ok().map(|id| id.detach()).into_iter().collect();
        let platform = self.repo.references().ok()?;
        for mut reference in platform.all().ok()?.flatten() {
            let is_commit = |id: gix::ObjectId| {
                self.repo.find_header(id).is_ok_and(|header| header.kind() == Kind::Commit)
            };
            tips.extend(reference.peel_to_id().ok().map(|id| id.detach()).filter(|id| is_commit(*id)));
        }
        Some(tips)
    }

    fn object(&self, id: &str) -> Result<gix::ObjectId, StoreError> {
        gix::ObjectId::from_hex(id.as_bytes()).map_err(StoreError::git("read an id of the code"))
    }

    /// Reads an object, which must be of a kind where one is given.
    fn read(&self, id: gix::ObjectId, kind: Option<Kind>, limit: u64) -> Result<Vec<u8>, StoreError> {
        let what = || format!("object {id} of the code");
        let header = self.repo.find_header(id).map_err(StoreError::git(format!("read {}", what())))?;
        if header.size() > limit {
            return Err(StoreError::TooLarge { what: what(), bytes: header.size(), limit });
        }
        if kind.is_some_and(|kind| header.kind() != kind) {
            return Err(StoreError::Missing { what: what() });
        }
        let object = self.repo.find_object(id).map_err(StoreError::git(format!("read {}", what())))?;
        Ok(object.detach().data)
    }

    fn folder(&self, tree: Option<gix::ObjectId>) -> Result<Folder, StoreError> {
        let Some(tree) = tree else { return Ok(Folder::new()) };
        let bytes = self.read(tree, Some(Kind::Tree), TREE_BYTES)?;
        let entries = gix::objs::TreeRef::from_bytes(&bytes, self.repo.object_hash())
            .map_err(StoreError::git(format!("read tree {tree} of the code")))?;
        let entry = |entry: &gix::objs::tree::EntryRef<'_>| {
            (entry.filename.to_vec(), (entry.mode, entry.oid.to_owned()))
        };
        Ok(entries.entries.iter().map(entry).collect())
    }

    /// Collects the files that differ; `false` where there are too many.
    fn compare(
        &self,
        old: Option<gix::ObjectId>,
        new: Option<gix::ObjectId>,
        path: &mut Vec<u8>,
        depth: usize,
        pairs: &mut BTreeMap<Vec<u8>, Pair>,
    ) -> Result<bool, StoreError> {
        if old == new {
            return Ok(true);
        }
        if depth > DEPTH || pairs.len() > ALL_FILES {
            return Ok(false);
        }
        let (before, after) = (self.folder(old)?, self.folder(new)?);
        let names: std::collections::BTreeSet<&Vec<u8>> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (old, new) = (before.get(name).copied(), after.get(name).copied());
            if old == new {
                continue;
            }
            let length = path.len();
            path.extend(length.checked_sub(1).map(|_| b'/').into_iter().chain(name.iter().copied()));
            let tree = |side: Option<(EntryMode, gix::ObjectId)>| side.filter(|(mode, _)| mode.is_tree());
            let file = |side: Option<(EntryMode, gix::ObjectId)>| side.filter(|(mode, _)| !mode.is_tree());
            if file(old).is_some() || file(new).is_some() {
                pairs.insert(path.clone(), Pair { old: file(old), new: file(new) });
            }
            let (old, new) = (tree(old).map(|(_, id)| id), tree(new).map(|(_, id)| id));
            let goes_on =
                (old.is_none() && new.is_none()) || self.compare(old, new, path, depth + 1, pairs)?;
            path.truncate(length);
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn count(
        &self,
        pairs: &BTreeMap<Vec<u8>, Pair>,
        is_patch: bool,
        change: &mut CodeChange,
    ) -> Result<(), StoreError> {
        let (mut insertions, mut deletions, mut hash) = (0, 0, Sha256::new());
        for (path, pair) in pairs {
            hash.update(path);
            hash.update([0]);
            let (Some(old), Some(new)) = (self.text(pair.old)?, self.text(pair.new)?) else {
                // What has no lines is named by its content.
                let sides = [pair.old, pair.new].map(|side| side.map(|(_, id)| id.to_string()));
                sides.into_iter().for_each(|id| hash.update(id.unwrap_or_default()));
                continue;
            };
            let diff = LineDiff::new(&old, &new);
            insertions += diff.insertions() as u64;
            deletions += diff.deletions() as u64;
            hash_lines(&mut hash, &diff);
        }
        change.insertions = Some(insertions);
        change.deletions = Some(deletions);
        if is_patch && !pairs.is_empty() {
            let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            change.patch = digits.get(..PATCH_DIGITS).map(str::to_owned);
        }
        Ok(())
    }

    /// Reads a side of a change as text; `None` where it is something else.
    fn text(&self, side: Option<(EntryMode, gix::ObjectId)>) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((mode, id)) = side else { return Ok(Some(Vec::new())) };
        if !mode.is_blob_or_symlink() {
            return Ok(None);
        }
        match self.read(id, None, FILE_BYTES) {
            Ok(bytes) => Ok(Some(bytes).filter(|bytes| !is_binary(bytes))),
            Err(StoreError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

// Without the lines around and their numbers, so that a rebase onto other changes keeps the name.
fn hash_lines(hash: &mut Sha256, diff: &LineDiff<'_>) {
    for hunk in diff.hunks(0) {
        for (sign, line) in hunk.lines {
            let sign = [sign.as_char() as u8];
            hash.update(sign);
            // As git patch-id does: whitespace changes no meaning.
            let bare: Vec<u8> = line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            hash.update(bare);
            hash.update(b"\n");
        }
    }
}
