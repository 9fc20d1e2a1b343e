//! New objects on their way to the disk.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::batch::Object;
use super::durable::{Durability, make_in};
use super::{Store, StoreError, pack};

/// Up to how many objects are written one to a file; more go into one pack.
const LOOSE_OBJECTS: usize = 64;
/// How many objects are handed to the disk before the first is waited for: one after the other, the
/// disk's delay would be paid for each. Their files are open meanwhile.
const TOGETHER: usize = 16;

/// Objects that are stored, or about to be. They are kept until a ref leads to them.
pub(super) struct Written {
    objects: Vec<Object>,
    form: Form,
}

/// How objects are stored.
enum Form {
    /// Not at all.
    Nowhere,
    /// One to a file that has a temporary name, until the disk has its content.
    Begun(Vec<Begun>),
    /// One to a file.
    Files,
    /// In a pack, with this index.
    Pack(PathBuf),
    /// In a pack that Git leaves alone, with this index.
    Kept(PathBuf),
}

/// A file, and the name that it is to have.
type Begun = (NamedTempFile, PathBuf);

impl Store {
    /// Writes objects, so that they are durable with the next sync of a ref.
    pub(super) fn write_objects(&self, objects: Vec<Object>) -> Result<(), StoreError> {
        self.begin_objects(objects)?.settle(self)
    }

    /// Begins to write objects, few of them one to a file, many into one pack. The disk works at them
    /// while the caller does something else.
    pub(super) fn begin_objects(&self, objects: Vec<Object>) -> Result<Written, StoreError> {
        if objects.len() > LOOSE_OBJECTS {
            let (hash, durability) = (self.repo.object_hash(), self.options.durability);
            let index = pack::write(&self.dir, hash, &objects, durability, None)?;
            return Ok(Written { objects, form: Form::Pack(index) });
        }
        match self.begin_files(&objects) {
            Ok(files) => Ok(Written { objects, form: Form::Begun(files) }),
            Err(error) if is_lost(&error) => self.keep_objects(objects),
            Err(error) => Err(error),
        }
    }

    /// Writes objects so that no `git gc` deletes them.
    pub(super) fn keep_objects(&self, objects: Vec<Object>) -> Result<Written, StoreError> {
        let form = Form::Kept(self.write_kept(&objects)?);
        Ok(Written { objects, form })
    }

    fn begin_files(&self, objects: &[Object]) -> Result<Vec<Begun>, StoreError> {
        let mut begun = Vec::new();
        for object in objects {
            if begun.len() == TOGETHER {
                self.name_files(std::mem::take(&mut begun))?;
            }
            begun.push(self.begin_object(object)?);
        }
        Ok(begun)
    }

    fn begin_object(&self, (id, kind, content): &Object) -> Result<Begun, StoreError> {
        let file = object_file(&self.dir, id);
        let header = gix::objs::encode::loose_header(*kind, content.len() as u64);
        let mut bytes = Vec::new();
        let deflated = self.deflater.borrow_mut().append_file(&[&header, content], &mut bytes);
        let begun = deflated.and_then(|()| begin_file(&file, &bytes, self.options.durability));
        Ok((begun.map_err(StoreError::io("write the object", &file))?, file))
    }

    fn name_files(&self, files: Vec<Begun>) -> Result<(), StoreError> {
        let durability = self.options.durability;
        for (begun, file) in &files {
            let synced = durability.sync_content(begun.as_file());
            synced.map_err(StoreError::io("sync the object", file))?;
        }
        let mut folders = vec![self.dir.join("objects")];
        for (begun, file) in files {
            let named = begun.persist(&file).map_err(|error| error.error);
            named.map_err(StoreError::io("write the object", &file))?;
            folders.extend(file.parent().map(Path::to_owned));
        }
        // The folder that holds them comes last.
        folders.sort_by(|a, b| b.cmp(a));
        folders.dedup();
        for folder in &folders {
            durability.sync_object_folder(folder).map_err(StoreError::io("sync the folder", folder))?;
        }
        Ok(())
    }
}

impl Written {
    /// Lets the objects be found, each once the disk has its content. A ref may lead to them then.
    pub(super) fn settle(&mut self, store: &Store) -> Result<(), StoreError> {
        let named = match std::mem::replace(&mut self.form, Form::Nowhere) {
            Form::Begun(files) => store.name_files(files).map(|()| Some(Form::Files)),
            Form::Nowhere => Ok(None),
            stored => Ok(Some(stored)),
        };
        self.form = match named {
            Ok(Some(stored)) => stored,
            Err(error) if !is_lost(&error) => return Err(error),
            Ok(None) | Err(_) => Form::Kept(store.write_kept(&self.objects)?),
        };
        Ok(())
    }

    /// Stores the objects again where a `git gc` may have deleted them, or be about to. A ref leads
    /// to them now, so one that begins later leaves them alone.
    pub(super) fn secure(&mut self, store: &Store) -> Result<(), StoreError> {
        let is_safe = match &self.form {
            // It deletes an index whose pack it overlooked, because that appeared while it listed
            // the folder.
            Form::Kept(index) => index.exists(),
            Form::Pack(index) => index.exists() && !store.foreign_gc_runs(),
            Form::Files => {
                let mut files = self.objects.iter().map(|(id, ..)| object_file(&store.dir, id));
                files.all(|file| file.exists()) && !store.foreign_gc_runs()
            }
            Form::Begun(_) | Form::Nowhere => false,
        };
        if !is_safe {
            self.form = Form::Kept(store.write_kept(&self.objects)?);
        }
        Ok(())
    }
}

// A `git prune --expire=now` deletes also the temporary files that are being written.
fn is_lost(error: &StoreError) -> bool {
    error.io_kind() == Some(io::ErrorKind::NotFound)
}

pub(super) fn object_file(store: &Path, id: &gix::oid) -> PathBuf {
    let hex = id.to_hex().to_string();
    let (folder, name) = hex.split_at(2);
    store.join("objects").join(folder).join(name)
}

// The temporary file lies in the object's own folder and is called as Git calls its own, so that
// `git prune` removes one that a killed process left. With a file in it, no `git gc` removes the
// folder any more.
fn begin_file(file: &Path, bytes: &[u8], durability: Durability) -> io::Result<NamedTempFile> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let named = || tempfile::Builder::new().prefix("tmp_obj_").permissions(read_only()).tempfile_in(folder);
    let mut temporary = make_in(folder, named)?;
    temporary.write_all(bytes)?;
    durability.begin_content(temporary.as_file())?;
    Ok(temporary)
}

/// The permissions of object files, before the process's umask.
pub(super) fn read_only() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o444)
}

#[cfg(test)]
mod tests {
    use gix::objs::Kind;

    use super::*;
    use crate::store::StoreOptions;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("temporary folder");
        let store = Store::open_or_create(&dir.path().join("s.git"), StoreOptions::default());
        (dir, store.expect("made"))
    }

    fn blob(store: &Store, content: &str) -> Object {
        let (kind, content) = (Kind::Blob, content.as_bytes().to_vec());
        let id = gix::objs::compute_hash(store.repo.object_hash(), kind, &content).expect("hashed");
        (id, kind, content)
    }

    fn files(store: &Store, below: &str) -> usize {
        fs::read_dir(store.dir.join(below)).into_iter().flatten().count()
    }

    #[test]
    fn objects_are_found_once_they_are_settled_and_not_before() {
        let (_dir, store) = store();
        let object = blob(&store, "x");
        let (id, folder) = (object.0, format!("objects/{}", &object.0.to_string()[..2]));
        drop(store.begin_objects(vec![object.clone()]).expect("begun"));
        assert_eq!(files(&store, &folder), 0, "what was not settled is gone");
        let mut written = store.begin_objects(vec![object]).expect("begun");
        assert!(!store.repo.has_object(id));
        for _ in 0..2 {
            written.settle(&store).expect("settled");
            assert!(store.repo.has_object(id));
        }
        written.secure(&store).expect("there");
        assert_eq!((files(&store, &folder), files(&store, "objects/pack")), (1, 0));
    }

    #[test]
    fn files_that_vanished_before_they_were_settled_are_stored_in_a_pack() {
        let (_dir, store) = store();
        let object = blob(&store, "x");
        let (id, folder) = (object.0, object_file(&store.dir, &object.0));
        let mut written = store.begin_objects(vec![object]).expect("begun");
        fs::remove_dir_all(folder.parent().expect("a folder")).expect("removed");
        written.settle(&store).expect("settled");
        assert!(store.repo.has_object(id));
        assert_eq!(files(&store, "objects/pack"), 3, "a pack, its index, and what keeps it");
    }

    #[test]
    fn what_could_not_be_settled_is_stored_when_it_is_tried_again() {
        let (_dir, store) = store();
        let object = blob(&store, "x");
        let (id, file) = (object.0, object_file(&store.dir, &object.0));
        let mut written = store.begin_objects(vec![object]).expect("begun");
        fs::create_dir(&file).expect("in its way");
        written.settle(&store).expect_err("its name is taken");
        fs::remove_dir(&file).expect("removed");
        written.settle(&store).expect("settled");
        assert!(store.repo.has_object(id));
    }
}
