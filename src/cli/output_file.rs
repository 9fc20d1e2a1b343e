//! Where a verb writes what is not for the terminal: stdout, or a file that appears whole.

use std::fs::{File, Permissions};
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::app::{App, from_here};
use super::error::CliError;
use crate::model::shown;
use crate::ops::Overwrite;
use crate::store::Store;

/// Whether what is written can be read by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Text, in which nothing steers a terminal.
    Text,
    /// Bytes.
    Binary,
}

/// Where something is written to.
pub(super) enum OutputFile {
    /// The output of the process.
    Stdout(File),
    /// A file beside its place, under another name until it is whole.
    Named { file: NamedTempFile, path: PathBuf, overwrite: Overwrite },
}

impl OutputFile {
    /// Opens it; `-`, and no name at all, is stdout.
    pub(super) fn open(
        app: &App,
        store: &Store,
        name: Option<&Path>,
        overwrite: Overwrite,
        content: Content,
    ) -> Result<Self, CliError> {
        match name {
            Some(name) if !matches!(name.to_str(), Some("-" | "/dev/stdout")) => {
                Self::named(store, from_here(app, name), overwrite)
            }
            _ if content == Content::Binary && io::stdout().is_terminal() => {
                Err(CliError::usage("this format is no text, and stdout is a terminal")
                    .hint("name a file with -o FILE, or hand it on with '|' or '>'"))
            }
            _ => Ok(Self::Stdout(File::from(io::stdout().as_fd().try_clone_to_owned()?))),
        }
    }

    fn named(store: &Store, path: PathBuf, overwrite: Overwrite) -> Result<Self, CliError> {
        let refused = |why: &str| CliError::failed(format!("could not write {}: {why}", name_of(&path)));
        match path.symlink_metadata() {
            Ok(found) if found.is_dir() => {
                return Err(refused("it is a folder").hint("name a file in it"));
            }
            Ok(found) if !found.is_file() && !found.is_symlink() => {
                return Err(refused("it is no file").hint("use '-o -' and '>'"));
            }
            Ok(_) if overwrite == Overwrite::Refuse => return Err(exists(&path)),
            _ => {}
        }
        if store.holds(&path) {
            return Err(refused("it lies in the store").hint("choose another place"));
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut temporary = tempfile::Builder::new();
        // As for any file that a command writes, the umask says who may read it.
        temporary.prefix(".git-session-").suffix(".tmp").permissions(Permissions::from_mode(0o666));
        if !folder.is_dir() {
            return Err(refused("there is no such folder").hint(MAKE_IT));
        }
        // Its own words name the other name.
        let failed = |error: io::Error| refused(&error.kind().to_string()).hint(MAKE_IT);
        let file = temporary.tempfile_in(folder).map_err(failed)?;
        Ok(Self::Named { file, path, overwrite })
    }

    /// Returns the file that is written.
    pub(super) fn file(&self) -> &File {
        match self {
            Self::Stdout(file) => file,
            Self::Named { file, .. } => file.as_file(),
        }
    }

    /// Puts the file in its place, on disk. Returns how many bytes it has; `None` for stdout.
    pub(super) fn finish(self) -> Result<Option<u64>, CliError> {
        let Self::Named { file, path, overwrite } = self else { return Ok(None) };
        let failed = |error| {
            CliError::failed(format!("could not write {}", name_of(&path)))
                .because(error)
                .hint("choose another place, or free some space")
        };
        file.as_file().sync_all().map_err(failed)?;
        let bytes = file.as_file().metadata().map_err(failed)?.len();
        let placed = match overwrite {
            Overwrite::Refuse => file.persist_noclobber(&path),
            Overwrite::Allow => file.persist(&path),
        };
        match placed {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&path)),
            Err(error) => Err(failed(error.error)),
        }
    }
}

const MAKE_IT: &str = "make the folder first, or choose another one";

fn exists(path: &Path) -> CliError {
    CliError::failed(format!("{} exists already", name_of(path))).hint("--force replaces it")
}

fn name_of(path: &Path) -> String {
    shown(&path.display().to_string())
}
