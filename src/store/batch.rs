//! New objects, collected in memory and then written at once.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use gix::objs::{Kind, WriteTo as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::again::again;
use super::durable::Durability;
use super::written::{Written, object_file};
use super::{BlobId, CommitId, Store, StoreError, TreeId};
use crate::model::{CommitMessage, Person, RunRecord, Timestamp};
use crate::redact::Counts;

/// How old a file that is reused must be for its time to be set anew; far less than the age at
/// which maintenance removes unreachable objects.
const FRESHEN_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Objects that are to be stored. Nothing is on disk until the session's branch is moved to them.
pub struct Batch {
    // The store as it will be: its reading functions also find the new objects.
    view: Store,
    // What lies in files of equal content already, which may not be synced yet.
    reused: Vec<gix::ObjectId>,
    // Those of them that refer to others.
    reused_folders: HashSet<gix::ObjectId>,
    // What lies in packs already.
    reused_packed: Vec<gix::ObjectId>,
    trust: Trust,
    source: Source,
    // What was removed since somebody asked.
    removed: Counts,
}

/// An object with its content.
pub(super) type Object = (gix::ObjectId, Kind, Vec<u8>);

/// Where the texts come from that a batch is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// From outside: they pass the redactor.
    Outside,
    /// From what is stored already.
    Stored,
}

/// Whether objects that are stored already are relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// All are.
    All,
    /// Those in packs are not: the view knows packs of before something was removed from them.
    Files,
    /// None are: a `git gc` runs, and may be about to delete them.
    Nothing,
}

/// A commit to make.
#[derive(Debug)]
pub struct NewCommit<'a> {
    /// Its files.
    pub tree: TreeId,
    /// What it follows.
    pub parents: &'a [CommitId],
    /// Who did what it records.
    pub author: &'a Person,
    /// When that was.
    pub authored_at: Timestamp,
    /// When it is committed; moved up to the parents' time where the clock runs behind.
    pub committed_at: Timestamp,
    /// Its message.
    pub message: &'a CommitMessage,
}

impl Store {
    /// Starts to collect new objects. The caller holds the session's lock, and goes on holding it
    /// until they are stored and referred to: maintenance deletes nothing meanwhile.
    pub fn batch(&self) -> Batch {
        // A pack that was open before may be gone, and unreachable objects of it with it: what it
        // held would be taken for stored.
        let (mut view, mut trust) = match self.reopened() {
            None => (self.clone(), Trust::All),
            Some(Ok(fresh)) => (fresh, Trust::All),
            Some(Err(_)) => (self.clone(), Trust::Files),
        };
        if self.foreign_gc_runs() {
            trust = Trust::Nothing;
        }
        view.repo.objects.enable_object_memory();
        let (reused, reused_folders, reused_packed, removed) = Default::default();
        Batch { view, reused, reused_folders, reused_packed, trust, source: Source::Outside, removed }
    }
}

impl Batch {
    /// Adds the content of a file, without secrets.
    pub fn blob(&mut self, content: &[u8]) -> Result<BlobId, StoreError> {
        let content = self.cleaned_bytes(content);
        self.add(Kind::Blob, &content).map(BlobId)
    }

    /// Adds the content of a file that is written anew by a purge, which takes out what it is told to.
    pub(super) fn blob_instead(&mut self, content: &[u8]) -> Result<gix::ObjectId, StoreError> {
        self.add(Kind::Blob, content)
    }

    /// Adds the content of a file that takes the place of another. Where it is the same content,
    /// nothing is done, not even searched: what the session's tip holds is stored and durable.
    pub fn blob_after(&mut self, old: Option<BlobId>, content: &[u8]) -> Result<BlobId, StoreError> {
        match old {
            Some(old) if old.is_of(content) => Ok(old),
            _ => self.blob(content),
        }
    }

    /// Does what puts nothing but stored texts together. They are taken as they are: another's rules
    /// and secrets must not make a merge come out differently here.
    pub fn of_what_is_stored<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.source, Source::Stored);
        let done = work(self);
        self.source = before;
        done
    }

    /// Returns a document as it would be stored.
    pub fn cleaned<T: Serialize + DeserializeOwned + Clone>(
        &mut self,
        document: &T,
    ) -> Result<T, StoreError> {
        match self.source {
            Source::Outside => self.view.guard.document(document, &mut self.removed),
            Source::Stored => Ok(document.clone()),
        }
    }

    /// Adds a document that was cleaned and printed. As text it is not searched again: a marker must
    /// not end up outside of a field.
    pub(super) fn printed(&mut self, text: &str) -> Result<BlobId, StoreError> {
        self.add(Kind::Blob, text.as_bytes()).map(BlobId)
    }

    /// Fails where a path would tell a secret.
    pub(super) fn check_name(&self, path: &str) -> Result<(), StoreError> {
        match self.source {
            Source::Outside => self.view.guard.name(path),
            Source::Stored => Ok(()),
        }
    }

    /// Returns a text as it would be stored.
    pub fn text(&mut self, text: &str) -> String {
        String::from_utf8_lossy(&self.cleaned_bytes(text.as_bytes())).into_owned()
    }

    /// Adds what was removed, from what was added since the last time, to the counts of a record.
    pub(super) fn count_removed(&mut self, record: &mut RunRecord) {
        let removed = std::mem::take(&mut self.removed);
        self.view.guard.count_in(record, &removed);
    }

    /// Tells whether anything was removed that no record counts yet.
    pub fn has_removed(&self) -> bool {
        !self.removed.is_empty()
    }

    /// Lets what was removed so far count nowhere: it is counted when it is added once more.
    pub fn forget_removed(&mut self) {
        self.removed = Counts::default();
    }

    fn cleaned_bytes<'t>(&mut self, content: &'t [u8]) -> Cow<'t, [u8]> {
        match self.source {
            Source::Outside => self.view.guard.bytes(content, &mut self.removed),
            Source::Stored => Cow::Borrowed(content),
        }
    }

    /// Adds a commit.
    pub fn commit(&mut self, new: &NewCommit<'_>) -> Result<CommitId, StoreError> {
        let mut committed = new.committed_at.unix();
        for parent in new.parents {
            committed = committed.max(self.committed_seconds(*parent)?);
        }
        let (author, message) = match self.source {
            Source::Outside => (self.view.guard.person(new.author), self.view.guard.message(new.message)),
            Source::Stored => (new.author.clone(), new.message.clone()),
        };
        let commit = gix::objs::Commit {
            tree: new.tree.0,
            parents: new.parents.iter().map(|id| id.0).collect(),
            author: signature(&author, new.authored_at.unix()),
            committer: signature(&author, committed),
            encoding: None,
            message: message.print().into(),
            extra_headers: Vec::new(),
        };
        let mut bytes = Vec::new();
        commit.write_to(&mut bytes).map_err(StoreError::git("encode a commit"))?;
        let id = self.add(Kind::Commit, &bytes).map(CommitId)?;
        self.view.keep_commit(id, &commit)?;
        Ok(id)
    }

    /// Returns the store as it will be: what reads from it also finds the new objects.
    pub fn view(&self) -> &Store {
        &self.view
    }

    pub(super) fn add(&mut self, kind: Kind, content: &[u8]) -> Result<gix::ObjectId, StoreError> {
        let id = self.hash(kind, content)?;
        self.keep(id, kind, content);
        Ok(id)
    }

    fn hash(&self, kind: Kind, content: &[u8]) -> Result<gix::ObjectId, StoreError> {
        let hash = self.view.repo.object_hash();
        gix::objs::compute_hash(hash, kind, content).map_err(StoreError::git("hash an object"))
    }

    fn keep(&mut self, id: gix::ObjectId, kind: Kind, content: &[u8]) {
        let objects = &mut self.view.repo.objects;
        match fs::metadata(object_file(&self.view.dir, &id)) {
            // A file without content is what a power cut left; it would hide the new content.
            Ok(found) if found.len() > 0 && self.trust != Trust::Nothing => {
                self.reused.push(id);
                self.reused_folders.extend((kind != Kind::Blob).then_some(id));
            }
            Err(_) if self.trust == Trust::All && objects.exists_without_refresh(&id) => {
                self.reused_packed.push(id);
            }
            // The library's own way in makes room on the stack for a file that is not written.
            _ => {
                let mut memory = objects.take_object_memory().unwrap_or_default();
                memory.insert(id, (kind, content.to_vec()));
                objects.set_object_memory(memory);
            }
        }
    }

    /// Begins to write the commits and what they hold. Trees that were only a step on the way are not
    /// written.
    pub(super) fn begin(mut self, commits: &[CommitId]) -> Result<Written, StoreError> {
        let durability = self.view.options.durability;
        for id in &self.reused {
            let file = object_file(&self.view.dir, id);
            reuse(&file, durability).map_err(StoreError::io("sync the object", &file))?;
        }
        let is_kept = self.view.foreign_gc_runs();
        let reused = if is_kept { self.read_reused()? } else { Vec::new() };
        let mut objects = self.new_objects(commits)?;
        objects.extend(reused);
        if is_kept { self.view.keep_objects(objects) } else { self.view.begin_objects(objects) }
    }

    /// Writes the commits and what they hold, so that it is durable with the next sync of a ref.
    pub(super) fn persist(self, commits: &[CommitId]) -> Result<(), StoreError> {
        let store = self.view.clone();
        self.begin(commits)?.settle(&store)
    }

    // Commits come last, so that a copy of the folder that is taken meanwhile holds no commit
    // without its files.
    fn new_objects(&mut self, commits: &[CommitId]) -> Result<Vec<Object>, StoreError> {
        let Some(mut memory) = self.view.repo.objects.reset_object_memory() else { return Ok(Vec::new()) };
        let mut objects = Vec::new();
        let mut next: Vec<gix::ObjectId> = commits.iter().map(|commit| commit.0).collect();
        while let Some(id) = next.pop() {
            if let Some((kind, content)) = memory.remove(&id) {
                next.extend(referred_to(kind, &content, id.kind())?);
                objects.push((id, kind, content));
            } else if self.reused_folders.remove(&id) {
                // A process that was killed may have stored it without what it refers to.
                let found = self.view.repo.find_object(id).map_err(StoreError::git(format!("read {id}")))?;
                next.extend(referred_to(found.kind, &found.data, id.kind())?);
            }
            // All else is stored already, with all that it refers to.
        }
        objects.sort_by_key(|(id, kind, _)| (kind_rank(*kind), *id));
        Ok(objects)
    }

    // A git gc that began after they were found may delete them.
    fn read_reused(&self) -> Result<Vec<Object>, StoreError> {
        let ids: BTreeSet<&gix::ObjectId> = self.reused.iter().chain(&self.reused_packed).collect();
        let read = |id: &gix::ObjectId| {
            let found = self.view.repo.find_object(*id);
            let mut found = found.map_err(StoreError::git(format!("read {id}")))?;
            Ok((*id, found.kind, std::mem::take(&mut found.data)))
        };
        ids.into_iter().map(|id| again(|| read(id))).collect()
    }

    fn committed_seconds(&self, id: CommitId) -> Result<i64, StoreError> {
        if let Some(known) = self.view.known.snapshot(id) {
            return Ok(known.committed_at.unix());
        }
        let failed = || StoreError::git(format!("read commit {id}"));
        again(|| {
            let commit = self.view.repo.find_commit(id.0).map_err(failed())?;
            Ok(commit.committer().and_then(|who| who.time()).map_err(failed())?.seconds)
        })
    }
}

/// Makes a file durable that holds an object already, and keeps maintenance from taking it for
/// old, as Git's `freshen_loose_object` does. Once a day is enough: younger ones are never pruned.
fn reuse(file: &Path, durability: Durability) -> io::Result<()> {
    let open = File::open(file)?;
    // Times of files are the system's, whatever time the run is told.
    let now = SystemTime::now();
    let is_fresh = |modified| now.duration_since(modified).is_ok_and(|age| age < FRESHEN_AFTER);
    if !open.metadata()?.modified().is_ok_and(is_fresh) {
        open.set_modified(now)?;
    }
    durability.sync_content(&open)
}

pub(super) fn referred_to(
    kind: Kind,
    content: &[u8],
    hash: gix::hash::Kind,
) -> Result<Vec<gix::ObjectId>, StoreError> {
    let failed = || StoreError::git::<gix::Error>("read a new object");
    match kind {
        Kind::Tree => {
            let tree = gix::objs::TreeRef::from_bytes(content, hash).map_err(failed())?;
            Ok(tree.entries.iter().map(|entry| entry.oid.to_owned()).collect())
        }
        Kind::Commit => {
            let commit = gix::objs::CommitRef::from_bytes(content, hash).map_err(failed())?;
            Ok(commit.parents().chain([commit.tree()]).collect())
        }
        Kind::Blob | Kind::Tag => Ok(Vec::new()),
    }
}

pub(super) fn kind_rank(kind: Kind) -> u8 {
    match kind {
        Kind::Blob => 0,
        Kind::Tree => 1,
        Kind::Commit | Kind::Tag => 2,
    }
}

/// Makes a signature as Git writes it; characters that would break the commit are dropped.
// Git has no times before 1970; a clock that is set wrong must not make a commit that it refuses.
pub(super) fn signature(who: &Person, seconds: i64) -> gix::actor::Signature {
    let seconds = seconds.max(0);
    let clean = |text: &str| text.replace(['<', '>', '\n', '\r', '\0'], "").trim().to_owned();
    let name = match clean(&who.name) {
        name if name.is_empty() => "unknown".to_owned(),
        name => name,
    };
    gix::actor::Signature {
        name: name.into(),
        email: clean(&who.email).into(),
        time: gix::date::Time { seconds, offset: 0 },
    }
}
