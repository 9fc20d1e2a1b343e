//! Looking at objects for themselves: are they there, and are they what their ids say?

use std::collections::HashSet;

use gix::objs::Kind;

use super::tree::DEPTH;
use super::{CommitId, Store, StoreError};

/// How closely files are looked at. Commits and trees are always read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Depth {
    /// Each file's content is there.
    Present,
    /// Each byte of it is read and hashed again.
    Content,
}

/// An object that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Its id.
    pub object: String,
    /// The path in the commit at which it is needed; empty for the commit and its root tree.
    pub path: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It is there, but cannot be read or has other content than its id says.
    Corrupt(String),
}

/// Looks at commits with all their files; what was found sound once is not looked at again.
pub struct Verifier<'a> {
    store: &'a Store,
    depth: Depth,
    sound: HashSet<gix::ObjectId>,
}

impl Store {
    /// Starts to look at objects.
    pub fn verifier(&self, depth: Depth) -> Verifier<'_> {
        Verifier { store: self, depth, sound: HashSet::new() }
    }

    /// Lets git judge the whole store (`git fsck --full --strict`); returns what it complains about.
    pub fn git_fsck(&self) -> Result<Vec<String>, StoreError> {
        let said = self.git("fsck", &["--full", "--strict", "--no-dangling", "--no-progress"]).run()?;
        let lines = said.out.lines().chain(said.err.lines());
        // A store has no branch `main`, to which its HEAD points.
        let mut lines: Vec<String> =
            lines.filter(|line| !line.starts_with("notice: ")).map(str::to_owned).collect();
        if lines.is_empty() && !said.status.success() {
            lines.push(format!("it ended with {}", said.status));
        }
        Ok(lines)
    }

    /// Reads an object and compares it with its id.
    pub(super) fn sound_object(&self, id: gix::ObjectId, kind: Kind) -> Result<Vec<u8>, Fault> {
        let found = self.repo.try_find_object(id).map_err(|error| Fault::Corrupt(error.to_string()))?;
        let object = found.ok_or(Fault::Missing)?;
        if object.kind != kind {
            return Err(Fault::Corrupt(format!("it is a {}, not a {kind}", object.kind)));
        }
        match gix::objs::compute_hash(self.repo.object_hash(), kind, &object.data) {
            Ok(hash) if hash == id => Ok(object.detach().data),
            Ok(_) => Err(Fault::Corrupt("its content does not match its id".to_owned())),
            Err(error) => Err(Fault::Corrupt(error.to_string())),
        }
    }

    fn present_object(&self, id: gix::ObjectId) -> Result<(), Fault> {
        match self.repo.try_find_header(id) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Fault::Missing),
            Err(error) => Err(Fault::Corrupt(error.to_string())),
        }
    }
}

impl Verifier<'_> {
    /// Tells how many objects were found sound.
    pub fn objects(&self) -> usize {
        self.sound.len()
    }

    /// Looks at a commit and all its files; its parents are left out.
    pub fn flaws(&mut self, commit: CommitId) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let flaw = |fault| Flaw { object: commit.to_string(), path: String::new(), fault };
        match self.store.sound_object(commit.0, Kind::Commit) {
            Ok(bytes) => match gix::objs::CommitRef::from_bytes(&bytes, commit.0.kind()) {
                Ok(found) => {
                    self.sound.insert(commit.0);
                    self.tree(found.tree(), "", &mut flaws);
                }
                Err(error) => flaws.push(flaw(Fault::Corrupt(error.to_string()))),
            },
            Err(fault) => flaws.push(flaw(fault)),
        }
        flaws
    }

    fn tree(&mut self, id: gix::ObjectId, path: &str, flaws: &mut Vec<Flaw>) {
        if self.sound.contains(&id) {
            return;
        }
        let before = flaws.len();
        let mut flaw = |fault| flaws.push(Flaw { object: id.to_string(), path: path.to_owned(), fault });
        match self.store.sound_object(id, Kind::Tree) {
            Ok(_) if path.split('/').count() > DEPTH => {
                flaw(Fault::Corrupt(format!("it lies deeper than {DEPTH} folders")));
            }
            Ok(bytes) => match gix::objs::TreeRef::from_bytes(&bytes, id.kind()) {
                Ok(tree) => tree.entries.iter().for_each(|entry| self.entry(entry, path, flaws)),
                Err(error) => flaw(Fault::Corrupt(error.to_string())),
            },
            Err(fault) => flaw(fault),
        }
        if flaws.len() == before {
            self.sound.insert(id);
        }
    }

    fn entry(&mut self, entry: &gix::objs::tree::EntryRef<'_>, folder: &str, flaws: &mut Vec<Flaw>) {
        let name = String::from_utf8_lossy(entry.filename);
        let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
        let id = entry.oid.to_owned();
        if entry.mode.is_tree() {
            self.tree(id, &path, flaws);
        } else if entry.mode.is_blob() && !self.sound.contains(&id) {
            match self.blob(id) {
                Ok(()) => drop(self.sound.insert(id)),
                Err(fault) => flaws.push(Flaw { object: id.to_string(), path, fault }),
            }
        }
    }

    fn blob(&self, id: gix::ObjectId) -> Result<(), Fault> {
        match self.depth {
            Depth::Present => self.store.present_object(id),
            Depth::Content => self.store.sound_object(id, Kind::Blob).map(drop),
        }
    }
}
