//! Making a store so that it appears whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::durable::Durability;
use super::{Store, StoreError, StoreOptions};

/// A store that is made beside its place. Where this is dropped, or its process is killed, nothing
/// is at its place.
pub struct NewStore {
    staging: TempDir,
    place: PathBuf,
    options: StoreOptions,
}

impl NewStore {
    /// Begins a store that is to be at `place`, where nothing but an empty folder may be.
    pub fn begin(place: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let failed = |error| StoreError::io("create the store", place)(error);
        if is_taken(place).map_err(failed)? {
            return Err(StoreError::Taken(place.to_owned()));
        }
        let parent = folder_of(place);
        fs::create_dir_all(parent).map_err(failed)?;
        let staging = tempfile::Builder::new()
            .prefix(super::litter::STAGING)
            .permissions(private())
            .tempdir_in(parent)
            .map_err(failed)?;
        super::init::lay_out(staging.path(), options.durability).map_err(failed)?;
        Ok(Self { staging, place: place.to_owned(), options })
    }

    /// Returns where it is for now.
    pub fn folder(&self) -> &Path {
        self.staging.path()
    }

    /// Opens it where it is for now.
    pub fn open(&self) -> Result<Store, StoreError> {
        Store::open(self.staging.path(), self.options)
    }

    /// Moves it to its place. That somebody else made a store there meanwhile is an error.
    pub fn appear(self) -> Result<(), StoreError> {
        let Self { staging, place, options } = self;
        let failed = |error| StoreError::io("create the store", &place)(error);
        match fs::rename(staging.path(), &place) {
            Ok(()) => {
                // The folder has moved; nothing is left to clean up.
                let _ = staging.keep();
                sync(options.durability, folder_of(&place)).map_err(failed)
            }
            Err(_) if is_taken(&place).unwrap_or(false) => Err(StoreError::Taken(place)),
            Err(error) => Err(failed(error)),
        }
    }
}

fn sync(durability: Durability, folder: &Path) -> io::Result<()> {
    durability.sync_barrier_folder(folder)
}

fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

// A link is followed to what it is of; one that leads nowhere is in the way.
fn is_taken(place: &Path) -> io::Result<bool> {
    match fs::read_dir(place) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(fs::symlink_metadata(place).is_ok()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(true),
        Err(error) => Err(error),
    }
}

fn private() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o700)
}
