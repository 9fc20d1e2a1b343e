//! Mending a store. Nothing is thrown away: what cannot be used is moved out of Git's sight, to
//! `git-session/broken/`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use gix::objs::Kind;

use super::batch::{Object, referred_to};
use super::durable::write_file;
use super::incoming::{Borrow, Extent, Scratch};
use super::maintain::Maintenance;
use super::refs::RefMove;
use super::written::object_file;
use super::{CommitId, Depth, GitError, Mark, Reach, Store, StoreError, StoreRemote};
use crate::model::{Person, SessionName, Timestamp};

/// Where what cannot be used is moved to.
const BROKEN: &str = "git-session/broken";
/// Where copies are kept of what a repair changes.
const BACKUP: &str = "git-session/backup";

/// What `git unpack-objects` says of a pack that is damaged, and of nothing else.
const DAMAGED_PACK: [&str; 4] = ["early EOF", "inflate", "did not match", "unresolved deltas"];

impl Store {
    /// Opens the same store again: files that appeared or vanished are seen anew.
    pub fn reopen(&self) -> Result<Self, StoreError> {
        Self::open(&self.dir, self.options)
    }

    /// Tells where the loose file of an object is; `None` where it has none.
    pub fn loose_file(&self, object: &str) -> Option<PathBuf> {
        let id = gix::ObjectId::from_hex(object.as_bytes()).ok()?;
        Some(object_file(&self.dir, &id)).filter(|file| file.exists())
    }

    /// Lists the packs whose content is damaged (`git verify-pack`). It reads them whole.
    pub fn damaged_packs(&self) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.dir.join("objects/pack");
        let mut damaged = Vec::new();
        for entry in fs::read_dir(&folder).map_err(StoreError::io("list", &folder))?.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|end| end == "idx")
                && !self.git("verify-pack", &[]).path(&path).run()?.status.success()
            {
                damaged.push(path.with_extension("pack"));
            }
        }
        damaged.sort();
        Ok(damaged)
    }
}

impl Maintenance<'_> {
    /// Makes the index of a pack anew.
    pub fn reindex(&self, pack: &Path) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        self.put_aside(&pack.with_extension("idx"))?;
        self.store.git("index-pack", &[]).path(pack).text()?;
        Ok(())
    }

    /// Writes packed-refs anew with the lines that can be read, and puts the old file aside.
    pub fn mend_packed_refs(&self) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        let file = self.store.dir.join("packed-refs");
        let bytes = fs::read(&file).map_err(StoreError::io("read", &file))?;
        let text = String::from_utf8_lossy(&bytes);
        let mut lines: Vec<&str> = text.lines().filter(|line| is_packed_ref(line)).collect();
        lines.sort_by_key(|line| line.split_once(' ').map(|(_, name)| name));
        self.copy_aside(&file)?;
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let content = format!("# pack-refs with: peeled fully-peeled sorted \n{lines}");
        write_file(&file, content.as_bytes(), self.store.options.durability)
            .map_err(StoreError::io("write", &file))
    }

    /// Takes what can still be read out of a pack, and puts the pack aside.
    pub fn salvage(&self, pack: &Path) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        // Without its index the pack is there for nobody, so that its objects are stored anew. It stays
        // where it is until they are: a process that is killed before leaves it to the next.
        self.put_aside(&pack.with_extension("idx"))?;
        let file = File::open(pack).map_err(StoreError::io("open", pack))?;
        let said = self.store.git("unpack-objects", &["-r", "-q"]).fed_file(file).run()?;
        // Only damage of the pack is a reason to give up on the rest of it: a git that was killed or
        // met a full disk may read it all the next time.
        let is_read = said.status.success() || DAMAGED_PACK.iter().any(|told| said.err.contains(told));
        match is_read {
            true => self.put_aside(pack).map(drop),
            false => Err(GitError::Failed {
                command: "unpack-objects",
                stderr: crate::model::shown(&format!("{} {}", said.status, said.err.trim())),
            }
            .into()),
        }
    }

    /// Moves a file of the store out of Git's sight; returns its new place, where it was there.
    pub fn put_aside(&self, file: &Path) -> Result<Option<PathBuf>, StoreError> {
        let kept = self.place_aside(file)?;
        match fs::rename(file, &kept) {
            Ok(()) => Ok(Some(kept)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("move aside", file)(error)),
        }
    }

    // For what is replaced in one step: at no moment it is gone.
    fn copy_aside(&self, file: &Path) -> Result<(), StoreError> {
        match fs::copy(file, self.place_aside(file)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("copy aside", file)(error))
            }
            _ => Ok(()),
        }
    }

    fn place_aside(&self, file: &Path) -> Result<PathBuf, StoreError> {
        let name = self.store.below(file).replace('/', "+");
        let folder = self.store.dir.join(BROKEN);
        fs::create_dir_all(&folder).map_err(StoreError::io("create the folder", &folder))?;
        let numbered = (2..).map(|number| folder.join(format!("{name}~{number}")));
        let mut places = std::iter::once(folder.join(&name)).chain(numbered);
        Ok(places.find(|place| !place.exists()).unwrap_or(folder))
    }

    /// Takes a ref away that cannot be used, and notes its value.
    pub fn put_ref_aside(&self, name: &str, why: &str, at: Timestamp) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        self.note_value(name, why, at)?;
        self.put_aside(&self.store.dir.join(name))?;
        // One that is packed has no file; it is taken out of the list.
        match self.store.try_find_ref(name) {
            Ok(Some(commit)) => {
                let (expected, who) = (Some(commit), &Person::new("git-session", ""));
                self.store.move_ref(&RefMove { name, expected, new: None, log: "repair", who, at })
            }
            _ => Ok(()),
        }
    }

    /// Lets a branch that cannot be used point to an intact commit. What it pointed to, and its
    /// reflog, are put aside: a reflog that names objects that are gone stops Git's maintenance.
    pub fn restore_branch(
        &self,
        name: &str,
        to: CommitId,
        why: &str,
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        self.note_value(name, why, mark.at)?;
        let file = self.store.dir.join(name);
        self.copy_aside(&file)?;
        match self.store.try_find_ref(name) {
            Ok(Some(broken)) => self.move_ref(name, Some(broken), to, mark)?,
            // What cannot be read cannot be compared with; nobody else writes now.
            _ => {
                let value = format!("{to}\n");
                write_file(&file, value.as_bytes(), self.store.options.durability)
                    .map_err(StoreError::io("write", &file))?;
            }
        }
        self.put_aside(&self.store.dir.join("logs").join(name)).map(drop)
    }

    /// Keeps a commit under a ref of its own, so that maintenance does not remove it.
    pub fn keep(&self, name: &str, commit: CommitId, mark: Mark<'_>) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        match self.store.try_find_ref(name)? {
            Some(_) => Ok(()),
            None => self.move_ref(name, None, commit, mark),
        }
    }

    /// Gives what a session's branch points to a ref of its own, where all of it is there. To
    /// anything else a ref would make git fail for the whole store.
    pub fn keep_broken(&self, session: &SessionName, to: CommitId, mark: Mark<'_>) -> Result<(), StoreError> {
        let Ok(Some(broken)) = self.store.try_find_session(session) else { return Ok(()) };
        let mut verifier = self.store.verifier(Depth::Present);
        let new: Vec<CommitId> =
            self.store.reachable(broken.tip).difference(&self.store.reachable(to)).copied().collect();
        if new.into_iter().any(|commit| !verifier.flaws(commit).is_empty()) {
            return Ok(());
        }
        let id = self.store.snapshot(to)?.manifest.id;
        self.keep(&format!("refs/broken/{id}/{}", broken.tip), broken.tip, mark)
    }

    fn move_ref(
        &self,
        name: &str,
        expected: Option<CommitId>,
        to: CommitId,
        mark: Mark<'_>,
    ) -> Result<(), StoreError> {
        let Mark { who, at, log } = mark;
        self.store.move_ref(&RefMove { name, expected, new: Some(to), log, who, at })
    }

    fn note_value(&self, name: &str, why: &str, at: Timestamp) -> Result<(), StoreError> {
        let value = match self.store.try_find_ref(name) {
            Ok(Some(commit)) => commit.to_string(),
            _ => "-".to_owned(),
        };
        self.store.note_broken_ref(at, name, &value, why)
    }

    /// Writes a bundle of a commit of a session with its whole history. `None` where the history
    /// has holes, which no bundle can have.
    pub fn bundle(
        &self,
        session: &SessionName,
        commit: CommitId,
        mark: Mark<'_>,
    ) -> Result<Option<PathBuf>, StoreError> {
        let folder = self.store.dir.join(BACKUP);
        fs::create_dir_all(&folder).map_err(StoreError::io("create the folder", &folder))?;
        let time = mark.at.utc().format("%Y%m%dT%H%M%SZ");
        let file = folder.join(format!("{time}-{session}-{}.bundle", commit.short()));
        // A bundle is made of refs.
        let name = format!("refs/backup/{session}");
        self.keep(&name, commit, mark)?;
        let said = self.store.git("bundle", &["create", "-q"]).path(&file).word(&name).run();
        let Mark { who, at, log } = mark;
        self.store.move_ref(&RefMove { name: &name, expected: Some(commit), new: None, log, who, at })?;
        Ok(said?.status.success().then_some(file))
    }

    /// Fetches objects that are missing from a remote. What arrives goes into a repository of its own;
    /// from there only what is missing is taken, by its id: an id says what the content must be, so
    /// it does not matter who sends it. Returns how many objects were found.
    pub fn fetch(
        &self,
        remote: &StoreRemote,
        transports: &[String],
        missing: &[String],
    ) -> Result<usize, StoreError> {
        let reach = Reach::new(remote.url.parse()?, transports.to_vec());
        let scratch = Scratch::create(self.store, Borrow::Nothing)?;
        let branches = "+refs/heads/session/*:refs/heads/session/*";
        scratch.fetch(&reach, &[branches.to_owned()], Extent::Whole, u64::MAX, &mut |_| ())?;
        let source = scratch.open()?;
        self.take(&source.repo, missing)
    }

    // An object that was missing may name others that are missing too.
    fn take(&self, source: &gix::Repository, missing: &[String]) -> Result<usize, StoreError> {
        let ids = missing.iter().filter_map(|id| gix::ObjectId::from_hex(id.as_bytes()).ok());
        let mut next: Vec<gix::ObjectId> = ids.collect();
        let (mut seen, mut objects): (HashSet<gix::ObjectId>, Vec<Object>) = (HashSet::new(), Vec::new());
        while let Some(id) = next.pop() {
            if !seen.insert(id) || self.store.repo.has_object(id) {
                continue;
            }
            let Ok(Some(found)) = source.try_find_object(id) else { continue };
            let (kind, content) = (found.kind, found.detach().data);
            if is_of(source, id, kind, &content) {
                next.extend(referred_to(kind, &content, id.kind())?);
                objects.push((id, kind, content));
            }
        }
        let _alone = self.store.lock_everything()?;
        let count = objects.len();
        self.store.write_objects(objects)?;
        Ok(count)
    }
}

fn is_of(source: &gix::Repository, id: gix::ObjectId, kind: Kind, content: &[u8]) -> bool {
    gix::objs::compute_hash(source.object_hash(), kind, content).is_ok_and(|hash| hash == id)
}

fn is_packed_ref(line: &str) -> bool {
    let Some((id, name)) = line.split_once(' ') else { return false };
    let is_name = gix::refs::FullName::try_from(name).is_ok();
    CommitId::from_hex(id).is_some() && name.starts_with("refs/") && is_name
}
