//! Mending a store. Nothing is thrown away: what cannot be used is moved out of Git's sight, to
//! `git-session/broken/`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use gix::objs::Kind;

use super::batch::{Object, object_file, referred_to};
use super::durable::write_file;
use super::git::Git;
use super::maintain::Maintenance;
use super::refs::RefMove;
use super::{CommitId, Depth, Mark, Store, StoreError};
use crate::model::{Person, SessionName, Timestamp};

/// Where what cannot be used is moved to.
const BROKEN: &str = "git-session/broken";
/// Where copies are kept of what a repair changes.
const BACKUP: &str = "git-session/backup";

/// A remote of the store, as its own configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRemote {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
}

impl Store {
    /// Opens the same store again: files that appeared or vanished are seen anew.
    pub fn reopen(&self) -> Result<Self, StoreError> {
        Self::open(&self.dir, self.options)
    }

    /// Lists the remotes that the store's own configuration names.
    pub fn remotes(&self) -> Vec<StoreRemote> {
        let config = self.repo.config_snapshot();
        let remote = |name: gix::bstr::BString| {
            let url = config.string(format!("remote.{name}.url").as_str())?.to_string();
            Some(StoreRemote { name: name.to_string(), url })
        };
        self.repo.remote_names().into_iter().filter_map(remote).collect()
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
        self.put_aside(&file)?;
        let content = format!("# pack-refs with: peeled fully-peeled sorted \n{}\n", lines.join("\n"));
        write_file(&file, content.as_bytes(), self.store.options.durability)
            .map_err(StoreError::io("write", &file))
    }

    /// Takes what can still be read out of a pack, and puts the pack aside.
    pub fn salvage(&self, pack: &Path) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        self.put_aside(&pack.with_extension("idx"))?;
        let Some(kept) = self.put_aside(pack)? else { return Ok(()) };
        let file = File::open(&kept).map_err(StoreError::io("open", &kept))?;
        // It reports the damage by its exit code; what it could read is stored all the same.
        self.store.git("unpack-objects", &["-r", "-q"]).fed_file(file).run()?;
        Ok(())
    }

    /// Moves a file of the store out of Git's sight; returns its new place, where it was there.
    pub fn put_aside(&self, file: &Path) -> Result<Option<PathBuf>, StoreError> {
        let below = file.strip_prefix(&self.store.dir).unwrap_or(file);
        let name: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        let folder = self.store.dir.join(BROKEN);
        fs::create_dir_all(&folder).map_err(StoreError::io("create the folder", &folder))?;
        let mut kept = folder.join(name.join("+"));
        let mut count = 1;
        while kept.exists() {
            count += 1;
            kept.set_file_name(format!("{}~{count}", name.join("+")));
        }
        match fs::rename(file, &kept) {
            Ok(()) => Ok(Some(kept)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("move aside", file)(error)),
        }
    }

    /// Takes a ref away that cannot be used, and notes its value.
    pub fn put_ref_aside(&self, name: &str, why: &str, at: Timestamp) -> Result<(), StoreError> {
        let _alone = self.store.lock_everything()?;
        self.take_away(name, why, at)?;
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
        self.take_away(name, why, mark.at)?;
        self.put_aside(&self.store.dir.join("logs").join(name))?;
        self.move_ref(name, self.store.try_find_ref(name).ok().flatten(), to, mark)
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

    // The file may hold anything, so it is moved as a file. A packed ref of the same name would
    // come back to light: it is older, and is moved over by whoever comes next.
    fn take_away(&self, name: &str, why: &str, at: Timestamp) -> Result<(), StoreError> {
        let file = self.store.dir.join(name);
        let value = match self.store.try_find_ref(name) {
            Ok(Some(commit)) => commit.to_string(),
            _ => "-".to_owned(),
        };
        self.store.note_broken_ref(at, name, &value, why)?;
        self.put_aside(&file).map(drop)
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
        let failed = |error| StoreError::io("make a folder in", &self.store.dir)(error);
        let scratch =
            tempfile::Builder::new().prefix("tmp_fetch_").tempdir_in(&self.store.dir).map_err(failed)?;
        let dir = scratch.path();
        let format = format!("--object-format={}", self.store.repo.object_hash());
        Git::in_store(dir, "init", &["-q", "--bare", "--template=", &format]).text()?;
        let arguments = ["-q", "--no-tags", "--no-write-fetch-head", "--refmap=", "--"];
        let branches = "+refs/heads/session/*:refs/heads/session/*";
        Git::to_remote(dir, transports, "fetch", &arguments).word(&remote.url).word(branches).text()?;
        let source = gix::open_opts(dir, gix::open::Options::isolated().open_path_as_is(true))
            .map_err(StoreError::git("open what was fetched"))?;
        self.take(&source, missing)
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
        self.store.write_objects(&objects)?;
        Ok(objects.len())
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
