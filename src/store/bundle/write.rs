//! Writing sessions into a bundle.

use std::fs::File;
use std::io::{Error, ErrorKind, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;

use super::header::Header;
use crate::model::{SessionId, SessionName};
use crate::store::heard::Heard;
use crate::store::purge::purged_ref;
use crate::store::remote_fault::words;
use crate::store::session::PREFIX;
use crate::store::{CommitId, GitError, Store, StoreError};

/// How the objects are packed: from what they are alone, so that the same sessions make the same
/// bundle, however the store keeps them and whatever else it holds.
const PACKING: [&str; 9] = [
    "--revs",
    "--stdout",
    "--progress",
    "--delta-base-offset",
    "--threads=1",
    "--no-reuse-object",
    "--no-reuse-delta",
    "--no-use-bitmap-index",
    "--",
];

impl Store {
    /// Writes commits as sessions' branches into a bundle, with all that they lead to, and the lists of
    /// what was purged from them. `tell` is handed what git says meanwhile.
    pub fn write_bundle(
        &self,
        file: &File,
        sessions: &[(SessionName, CommitId)],
        lists: &[(SessionId, CommitId)],
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), StoreError> {
        let failed = StoreError::io("write a bundle of", &self.dir);
        let branches = sessions.iter().map(|(name, tip)| (format!("{PREFIX}{name}"), *tip));
        let refs = branches.chain(lists.iter().map(|(session, list)| (purged_ref(*session), *list)));
        let header = Header { hash: self.repo.object_hash(), refs: refs.collect(), ..Header::default() };
        let mut text = Vec::new();
        let written = header.write(&mut text).and_then(|()| (&*file).write_all(&text));
        let pack_into = match written.and_then(|()| file.try_clone()) {
            Ok(file) => file,
            Err(error) => return Err(failed(error)),
        };
        let tips: String = header.refs.iter().map(|(_, tip)| format!("{tip}\n")).collect();
        let git = self.git("pack-objects", &PACKING).fed(tips.into_bytes()).into_file(pack_into);
        let heard = Arc::new(Heard::default());
        let said = git.run_heard(&heard, || {
            tell(&heard.line());
            false
        })?;
        match said {
            Some(said) if said.status.success() => Ok(()),
            // Whoever reads went away.
            Some(said) if said.status.signal() == Some(libc::SIGPIPE) => {
                Err(failed(Error::from(ErrorKind::BrokenPipe)))
            }
            said => {
                let stderr = said.map(|said| words(&said.err).join("; ")).unwrap_or_default();
                Err(GitError::Failed { command: "pack-objects", stderr }.into())
            }
        }
    }
}
