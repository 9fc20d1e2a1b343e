//! Writing packs: of loose objects, of several packs, of everything.
//!
//! Git writes and syncs them (`core.fsync = all` in the store's configuration), whatever
//! `session.fsync` says: what they replace was safe before. The folder is synced here, before
//! anything that they replace is deleted.

use std::time::SystemTime;

use super::durable::{Durability, remove_file};
use super::git::Git;
use super::loose::git_time;
use super::packs::{Pack, Packs};
use super::{Maintenance, StoreError};

impl Maintenance<'_> {
    /// Packs the reachable objects that lie one to a file. No lock is held: we delete nothing
    /// meanwhile, and what is written meanwhile waits for the next time.
    pub fn pack_loose_objects(&self) -> Result<(), StoreError> {
        self.pack_beside_writers(&["--all", "--reflog", "--unpacked", "--incremental"])?;
        Ok(())
    }

    /// Combines small packs, and returns how many there were.
    ///
    /// All objects of the old packs are in the new one, reachable or not, so nothing is lost
    /// whatever writers do meanwhile. A reader that has an old pack open keeps it; one that does
    /// not find it any more looks for the new one.
    pub fn combine_packs(&self) -> Result<u64, StoreError> {
        let packs = Packs::open(self.store)?;
        let old = packs.to_combine();
        if old.is_empty() {
            return Ok(0);
        }
        let names: String = old.iter().map(|pack| format!("{}\n", pack.file_name())).collect();
        let new = self.pack_objects(&["--stdin-packs"], names)?;
        // Packs of the same objects have the same name.
        let replaced: Vec<&Pack> = old.iter().filter(|pack| !pack.is_one_of(&new)).copied().collect();
        self.drop_multi_pack_index()?;
        self.in_slices(&replaced, |_, pack| pack.remove())?;
        Ok(old.len() as u64)
    }

    /// Packs everything anew, without the unreachable objects that are older than `time`. Writers
    /// wait for the last part of it.
    ///
    /// The first pack is written while writers work. The rest is done under the store's exclusive
    /// lock, so that what is reachable stays so: a second pack of what became reachable meanwhile,
    /// one of the unreachable objects that are young, then the old packs go. An object is dropped
    /// only if no ref or reflog led to it at a moment when nobody wrote. A process that opened the
    /// store before may remember it from an old pack, and looks again before it relies on that
    /// (`Store::batch`).
    pub fn repack_everything(&self, time: SystemTime) -> Result<u64, StoreError> {
        let mut new = self.pack_beside_writers(&["--all", "--reflog", "--honor-pack-keep"])?;
        let _alone = self.store.locks().everything()?;
        let done: Vec<String> = new.iter().map(|sum| format!("--keep-pack=pack-{sum}.pack")).collect();
        let mut rest = vec!["--all", "--reflog", "--honor-pack-keep"];
        rest.extend(done.iter().map(String::as_str));
        new.extend(self.pack_objects(&rest, String::new())?);
        let packs = Packs::open(self.store)?;
        let stays = |pack: &&Pack| pack.is_kept() || pack.is_one_of(&new);
        let (stay, go): (Vec<&Pack>, Vec<&Pack>) = packs.packs.iter().partition(stays);
        let mut names: String = stay.iter().map(|pack| format!("{}\n", pack.file_name())).collect();
        names.extend(go.iter().map(|pack| format!("-{}\n", pack.file_name())));
        let expire = format!("--cruft-expiration={}", git_time(time));
        let young = self.pack_objects(&["--cruft", &expire], names)?;
        self.drop_multi_pack_index()?;
        go.iter().filter(|pack| !pack.is_one_of(&young)).try_for_each(|pack| pack.remove())?;
        Ok(go.len() as u64)
    }

    /// Packs all that refs lead to, and returns the checksums of the new packs. Nothing is deleted.
    /// Only a purge leaves out what reflogs lead to.
    pub(super) fn pack_reachable(&self) -> Result<Vec<String>, StoreError> {
        self.pack_objects(&["--all"], String::new())
    }

    /// Indexes packs again that have no index: a maintenance that was killed while it deleted them
    /// left them, or it was lost. Their objects are there again, and packed with others. A pack that
    /// cannot be indexed is left for whoever repairs the store. An index whose pack is gone goes too.
    pub fn adopt_packs(&self) -> Result<(), StoreError> {
        self.store.index_lost_packs();
        // A writer's pack is there before its index.
        let mut lost = self.store.pack_files("idx")?;
        lost.retain(|index| !index.with_extension("pack").exists());
        lost.iter().try_for_each(|index| remove_file(index))
    }

    fn pack_beside_writers(&self, what: &[&str]) -> Result<Vec<String>, StoreError> {
        self.store.beside_writers(|| self.pack_objects(what, String::new()))
    }

    /// Writes a pack and returns its checksum; none where there was nothing to pack, and several
    /// where Git splits it.
    fn pack_objects(&self, what: &[&str], names: String) -> Result<Vec<String>, StoreError> {
        let folder = self.store.dir.join("objects/pack");
        let mut arguments = vec!["--non-empty", "--quiet", "--delta-base-offset"];
        arguments.extend(what);
        let git: Git = self.store.git("pack-objects", &arguments).path(&folder.join("pack"));
        let said = git.fed(names.into_bytes()).text()?;
        Durability::Full.sync_barrier_folder(&folder).map_err(StoreError::io("sync the folder", &folder))?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    // It would name packs that are gone. Without it, readers use the indexes of the packs.
    fn drop_multi_pack_index(&self) -> Result<(), StoreError> {
        remove_file(&self.store.dir.join("objects/pack/multi-pack-index"))
    }
}
