//! Opening and creating a store.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::SystemTime;

use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use gix::refs::store::WriteReflog;

use super::deflate::Deflater;
use super::durable::{Durability, write_file};
use super::{NewStore, Store, StoreError, StoreOptions};

/// The format of the store itself that this build reads and writes.
const FORMAT: i64 = 1;
/// How many packs that appear while a store is open are found at least (gix's own limit is 32). Each
/// place costs a little when a store is opened, and more when it is closed.
const SPARE_PACKS: usize = 256;
/// The most packs that gix can keep apart.
const MOST_PACKS: u16 = 0x7fff;
/// How much of what was unpacked last is kept in memory. The trees and texts of a history are packed
/// as what differs from the next; the library's own 64 entries are soon forgotten.
const PACK_CACHE_BYTES: usize = 48 * 1024 * 1024;

/// The configuration of a new store. Maintenance is ours alone, because Git's own loses runs that
/// are being written; reflogs are kept, because a gap in one is how a lost commit is found.
const CONFIG: &str = "\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = always
\tfsync = all
\thooksPath = /dev/null
[gc]
\tauto = 0
\tpackRefs = false
\treflogExpire = never
\treflogExpireUnreachable = never
\tpruneExpire = 2.weeks
[maintenance]
\tauto = false
[receive]
\tdenyDeletes = true
\tdenyNonFastForwards = true
\tfsckObjects = true
\tautogc = false
[transfer]
\tfsckObjects = true
[session]
\tstoreFormat = 1
";

impl Store {
    /// Opens the store at `dir`. Nothing is read from the environment or the user's configuration.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        check_folder(dir)?;
        // Before the library looks at them, so that a change in between is seen as one.
        let packs_at = packs_changed_at(dir);
        let repo = open_repository(dir)?;
        check_format(dir, &repo)?;
        let options = options.with_durability(options.durability.on(dir));
        Ok(Self::of(dir, repo, options, packs_at))
    }

    /// Opens a repository that is no store, such as one that something was fetched into.
    pub(super) fn open_as_it_is(dir: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let store = Self::of(dir, open_repository(dir)?, options, packs_changed_at(dir));
        Ok(store.untouched())
    }

    fn of(dir: &Path, repo: gix::Repository, options: StoreOptions, packs_at: Option<SystemTime>) -> Self {
        let (packed_refs, known, guard) = Default::default();
        let (dir, heals) = (dir.to_owned(), true);
        let deflater = Rc::new(RefCell::new(Deflater::new(gix::zlib::Compression::BEST_SPEED)));
        Self { dir, repo, options, packed_refs, heals, packs_at, known, deflater, guard }
    }

    /// Opens the store again where packs came or went since; `None` where nothing changed.
    pub(super) fn reopened(&self) -> Option<Result<Self, StoreError>> {
        let open = || Ok(Self::open(&self.dir, self.options)?.guarded(self.guard.clone()));
        (packs_changed_at(&self.dir) != self.packs_at).then(open)
    }

    /// Opens the store at `dir`, making it when there is nothing yet.
    pub fn open_or_create(dir: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        match Self::open(dir, options) {
            Err(StoreError::Absent(_)) => match NewStore::begin(dir, options).and_then(NewStore::appear) {
                // Two processes that do so at once end with one store.
                Ok(()) | Err(StoreError::Taken(_)) => Self::open(dir, options),
                Err(error) => Err(error),
            },
            other => other,
        }
    }
}

fn open_repository(dir: &Path) -> Result<gix::Repository, StoreError> {
    let opened = gix::open::Options::isolated()
        .open_path_as_is(true)
        .with(gix::sec::Trust::Full)
        .strict_config(true)
        .object_store_slots(gix::odb::store::init::Slots::Given(pack_slots(dir)))
        .open(dir);
    let mut repo = opened.map_err(|source| not_a_store(dir, source.to_string()))?.to_thread_local();
    // Ours are written by `RefLog`, so that they are on disk with the value that they tell of.
    repo.refs.write_reflog = WriteReflog::Disable;
    repo.objects.set_pack_cache(|| Box::new(MemoryCappedHashmap::new(PACK_CACHE_BYTES)));
    Ok(repo)
}

// Each pack has two files or more, so they may double besides.
fn pack_slots(dir: &Path) -> u16 {
    let files = fs::read_dir(dir.join("objects/pack")).into_iter().flatten().count();
    u16::try_from(files + SPARE_PACKS).map_or(MOST_PACKS, |slots| slots.min(MOST_PACKS))
}

fn packs_changed_at(dir: &Path) -> Option<SystemTime> {
    fs::metadata(dir.join("objects/pack")).and_then(|found| found.modified()).ok()
}

fn not_a_store(dir: &Path, why: String) -> StoreError {
    StoreError::NotAStore { path: dir.to_owned(), why }
}

fn check_folder(dir: &Path) -> Result<(), StoreError> {
    let found = match fs::metadata(dir) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Absent(dir.to_owned()));
        }
        Err(error) => return Err(StoreError::io("open", dir)(error)),
    };
    if !found.is_dir() {
        return Err(not_a_store(dir, "it is a file".to_owned()));
    }
    if !dir.join("HEAD").exists() && is_empty(dir)? {
        return Err(StoreError::Absent(dir.to_owned()));
    }
    if !dir.join("HEAD").exists() || !dir.join("objects").exists() {
        return Err(not_a_store(dir, "it is no bare repository".to_owned()));
    }
    check_owner(dir, &found)
}

fn is_empty(dir: &Path) -> Result<bool, StoreError> {
    Ok(fs::read_dir(dir).map_err(StoreError::io("open", dir))?.next().is_none())
}

// Whoever can write to the store chooses what the next agent is told (CVE-2022-24765 is the same
// for Git).
#[cfg(unix)]
fn check_owner(dir: &Path, found: &fs::Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt as _;

    let untrusted = |why: &str| StoreError::Untrusted { path: dir.to_owned(), why: why.to_owned() };
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(untrusted("another user owns it"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(untrusted("other users may write to it (chmod go-w)"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_dir: &Path, _found: &fs::Metadata) -> Result<(), StoreError> {
    Ok(())
}

fn check_format(dir: &Path, repo: &gix::Repository) -> Result<(), StoreError> {
    let unsupported = |what: &str| StoreError::Unsupported { path: dir.to_owned(), what: what.to_owned() };
    let config = repo.config_snapshot();
    let refs = config.string("extensions.refStorage").map(|value| value.to_string());
    if refs.is_some_and(|format| format != "files") {
        return Err(unsupported("refs are not kept in files"));
    }
    if config.string("extensions.partialClone").is_some() {
        return Err(unsupported("a partial clone"));
    }
    if repo.object_hash() != gix::hash::Kind::Sha1 {
        return Err(unsupported("object ids are not SHA-1"));
    }
    if dir.join("shallow").exists() {
        return Err(unsupported("a shallow clone"));
    }
    if dir.join("objects/info/alternates").exists() {
        return Err(unsupported("objects are borrowed from another repository"));
    }
    match config.integer("session.storeFormat") {
        Some(FORMAT) if repo.is_bare() => Ok(()),
        Some(found) if found > FORMAT => Err(StoreError::NewerStore { path: dir.to_owned(), found }),
        _ => Err(not_a_store(dir, "it is a repository of something else".to_owned())),
    }
}

/// Writes what a store has before there is anything in it.
pub(super) fn lay_out(dir: &Path, durability: Durability) -> io::Result<()> {
    for folder in ["objects/info", "objects/pack", "refs/heads/session", "git-session/locks"] {
        fs::create_dir_all(dir.join(folder))?;
    }
    write_file(&dir.join("config"), CONFIG.as_bytes(), durability)?;
    write_file(&dir.join("HEAD"), b"ref: refs/heads/main\n", durability)?;
    for folder in ["objects/info", "objects/pack", "objects", "refs/heads/session", "refs/heads", "refs"] {
        durability.sync_barrier_folder(&dir.join(folder))?;
    }
    durability.sync_barrier_folder(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> Result<Store, StoreError> {
        Store::open(dir, StoreOptions::default())
    }

    #[test]
    fn a_store_is_made_once_and_private() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("a/sessions.git");
        assert!(matches!(open(&path), Err(StoreError::Absent(_))));
        Store::open_or_create(&path, StoreOptions::default()).expect("made");
        Store::open_or_create(&path, StoreOptions::default()).expect("opened");
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o700);
        }
        assert_eq!(fs::read_dir(dir.path().join("a")).expect("folder").count(), 1, "no staging is left");
    }

    #[test]
    fn what_is_no_store_is_left_alone() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let file = dir.path().join("file");
        fs::write(&file, "x").expect("written");
        assert!(matches!(
            Store::open_or_create(&file, StoreOptions::default()),
            Err(StoreError::NotAStore { .. })
        ));
        let other = dir.path().join("other");
        fs::create_dir(&other).expect("made");
        fs::write(other.join("data"), "x").expect("written");
        assert!(matches!(
            Store::open_or_create(&other, StoreOptions::default()),
            Err(StoreError::NotAStore { .. })
        ));
        let foreign = dir.path().join("foreign.git");
        gix::init_bare(&foreign).expect("made");
        assert!(matches!(open(&foreign), Err(StoreError::NotAStore { .. })));
    }

    #[test]
    fn formats_that_would_lose_runs_are_refused() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("s.git");
        Store::open_or_create(&path, StoreOptions::default()).expect("made");
        for (file, content) in [("shallow", ""), ("objects/info/alternates", "/nowhere\n")] {
            fs::write(path.join(file), content).expect("written");
            assert!(matches!(open(&path), Err(StoreError::Unsupported { .. })), "{file}");
            fs::remove_file(path.join(file)).expect("removed");
        }
        let reftable = CONFIG.replace("formatversion = 0", "formatversion = 1")
            + "[extensions]\n\trefStorage = reftable\n";
        fs::write(path.join("config"), reftable).expect("written");
        assert!(open(&path).is_err(), "a reftable store would look empty");
        fs::write(path.join("config"), CONFIG.replace("storeFormat = 1", "storeFormat = 2"))
            .expect("written");
        assert!(matches!(open(&path), Err(StoreError::NewerStore { found: 2, .. })));
    }
}
