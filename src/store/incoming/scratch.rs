//! The repository that a fetch goes into.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::store::git::Git;
use crate::store::heard::Heard;
use crate::store::remote_fault::{RemoteFault, words};
use crate::store::{GitError, Reach, Store, StoreError};

/// How these folders are called, in the store.
pub(in crate::store) const PREFIX: &str = "tmp_fetch_";
/// The file whose lock tells that a folder is in use.
const IN_USE: &str = "in-use";
/// Between how many looks at a running git the size of what came is taken.
const LOOKS: u32 = 64;

/// What a fetch may leave out because it is here already.
pub(in crate::store) enum Borrow {
    /// Nothing: everything is sent.
    Nothing,
    /// What the refs of the store below these names lead to.
    Refs(Vec<String>),
}

/// How much of the sessions is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Extent {
    /// All of them.
    Whole,
    /// The newest commit of each; without its files, where the server can leave them out.
    Tips,
}

/// A bare repository of its own, gone when this is dropped.
pub(in crate::store) struct Scratch {
    dir: TempDir,
    options: crate::store::StoreOptions,
    _in_use: File,
}

impl Scratch {
    /// Makes one in the store. Those of processes that died go.
    pub(in crate::store) fn create(store: &Store, borrow: Borrow) -> Result<Self, StoreError> {
        let failed = |error| StoreError::io("make a folder in", &store.dir)(error);
        sweep(&store.dir);
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&store.dir).map_err(failed)?;
        let in_use = File::create(dir.path().join(IN_USE)).map_err(failed)?;
        in_use.try_lock().map_err(std::io::Error::other).map_err(failed)?;
        lay_out(dir.path(), store, borrow).map_err(failed)?;
        Ok(Self { dir, options: store.options, _in_use: in_use })
    }

    /// Returns its folder.
    pub(in crate::store) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Fetches into it. Git checks each object by its own rules (`transfer.fsckObjects`).
    pub(in crate::store) fn fetch(
        &self,
        reach: &Reach,
        refspecs: &[String],
        extent: Extent,
        limit: u64,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), StoreError> {
        let mut arguments = vec![
            "--progress",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--refmap=",
            "--stdin",
        ];
        if extent == Extent::Tips {
            arguments.extend(["--depth=1", "--filter=tree:0"]);
        }
        let git = Git::to_remote(self.dir(), &reach.transports, reach.prompt, "fetch", &arguments);
        let git = git.word("--").word(reach.url.as_str()).fed(refspecs.join("\n").into_bytes());
        let heard = Arc::new(Heard::default());
        let mut looks = 0;
        let said = git.run_heard(&heard, || {
            looks += 1;
            if looks % LOOKS != 0 {
                return false;
            }
            tell(&heard.line());
            size(self.dir()) > limit
        })?;
        let failed = |fault, words| Err(GitError::Remote { fault, words }.into());
        match said {
            None => failed(RemoteFault::TooMuch, Vec::new()),
            Some(_) if size(self.dir()) > limit => failed(RemoteFault::TooMuch, Vec::new()),
            Some(said) if said.status.success() => Ok(()),
            Some(said) => failed(RemoteFault::of(&said.err), words(&said.err)),
        }
    }

    /// Opens it, with what it borrows.
    pub(in crate::store) fn open(&self) -> Result<Store, StoreError> {
        Store::open_as_it_is(self.dir(), self.options)
    }
}

fn lay_out(dir: &Path, store: &Store, borrow: Borrow) -> std::io::Result<()> {
    for folder in ["objects/info", "objects/pack", "refs/heads"] {
        fs::create_dir_all(dir.join(folder))?;
    }
    fs::write(dir.join("HEAD"), "ref: refs/heads/none\n")?;
    // What is larger is not read into memory: it may be a gigabyte of nothing.
    let mut config = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsync = all\n".to_owned();
    config.push_str("\tbigFileThreshold = 16m\n");
    if let Borrow::Refs(names) = borrow {
        let objects = fs::canonicalize(store.dir.join("objects"))?;
        fs::write(dir.join("objects/info/alternates"), format!("{}\n", objects.display()))?;
        config.push_str(&format!("\talternateRefsPrefixes = {}\n", names.join(" ")));
    }
    fs::write(dir.join("config"), config)
}

impl Store {
    /// Tells whether another process fetches into the store.
    pub(in crate::store) fn is_fetching(&self) -> bool {
        let folders = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let mut scratch = folders.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
        // One without the file is just being made, or was left by a process that died then.
        scratch.any(|entry| File::open(entry.path().join(IN_USE)).is_ok_and(|file| file.try_lock().is_err()))
    }

    /// Removes what fetches left that died.
    pub(in crate::store) fn sweep_scratch(&self) {
        sweep(&self.dir);
    }
}

// A folder whose lock is free is of a process that died. One without the file is just being made.
fn sweep(store: &Path) {
    for entry in fs::read_dir(store).into_iter().flatten().flatten() {
        let is_scratch = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let Some(file) = is_scratch.then(|| File::open(entry.path().join(IN_USE)).ok()).flatten() else {
            continue;
        };
        if file.try_lock().is_ok() {
            // Whoever sweeps at the same moment may be first.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn size(dir: &Path) -> u64 {
    let files = fs::read_dir(dir.join("objects/pack")).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}
