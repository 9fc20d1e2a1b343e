//! Taking what was examined into the store.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::store::batch::{Object, kind_rank};
use crate::store::foreign_gc::NOTE;
use crate::store::git::Git;
use crate::store::{Store, StoreError};

/// Up to how many objects are written one to a file, as a run's are.
const FEW: usize = 64;
/// Up to how many bytes of them are read into memory.
const SMALL: u64 = 8 * 1024 * 1024;
/// The files of a pack, in the order in which they appear: without its index it is there for nobody.
const EXTENSIONS: [&str; 3] = ["rev", "pack", "idx"];

/// Stores objects that lie in the scratch repository, durably.
pub(super) fn into_store(
    store: &Store,
    view: &Store,
    scratch: &Path,
    objects: &HashSet<gix::ObjectId>,
) -> Result<(), StoreError> {
    if objects.is_empty() {
        return Ok(());
    }
    match few(view, objects)? {
        Some(objects) if store.foreign_gc_runs() => store.write_kept(&objects).map(drop),
        Some(objects) => store.write_objects(objects),
        None => as_pack(store, scratch, objects),
    }
}

fn few(view: &Store, objects: &HashSet<gix::ObjectId>) -> Result<Option<Vec<Object>>, StoreError> {
    if objects.len() > FEW {
        return Ok(None);
    }
    let (mut few, mut bytes) = (Vec::new(), 0);
    for id in objects {
        let failed = || StoreError::git(format!("read {id}"));
        bytes += view.repo.find_header(*id).map_err(failed())?.size();
        if bytes > SMALL {
            return Ok(None);
        }
        let mut found = view.repo.find_object(*id).map_err(failed())?;
        few.push((*id, found.kind, std::mem::take(&mut found.data)));
    }
    few.sort_by_key(|(id, kind, _)| (kind_rank(*kind), *id));
    Ok(Some(few))
}

// Git packs exactly these, with the deltas that came.
fn as_pack(store: &Store, scratch: &Path, objects: &HashSet<gix::ObjectId>) -> Result<(), StoreError> {
    let ids: String = objects.iter().map(|id| format!("{id}\n")).collect();
    let git = Git::in_store(scratch, "pack-objects", &["--quiet", "--non-empty", "--delta-base-offset"]);
    let said = git.path(&scratch.join("taken")).fed(ids.into_bytes()).text()?;
    said.lines().try_for_each(|checksum| move_pack(store, scratch, checksum))
}

fn move_pack(store: &Store, scratch: &Path, checksum: &str) -> Result<(), StoreError> {
    let folder = store.dir.join("objects/pack");
    let failed = |error| StoreError::io("move a pack to", &folder)(error);
    let new = folder.join(format!("pack-{checksum}"));
    if new.with_extension("idx").exists() {
        return Ok(());
    }
    if store.foreign_gc_runs() {
        fs::write(new.with_extension("keep"), NOTE).map_err(failed)?;
    }
    for extension in EXTENSIONS {
        let old = scratch.join(format!("taken-{checksum}.{extension}"));
        if old.exists() {
            fs::rename(old, new.with_extension(extension)).map_err(failed)?;
        }
    }
    store.options.durability.sync_barrier_folder(&folder).map_err(failed)
}
