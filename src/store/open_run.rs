//! Runs that have begun and not finished, one ref each.

use super::{CommitId, Store, StoreError};
use crate::model::{RunId, SessionId};

/// Where the open runs lie.
const PREFIX: &str = "refs/open/";

/// A run that has begun and not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRun {
    /// The session it belongs to.
    pub session: SessionId,
    /// The run.
    pub run: RunId,
    /// Its last saved state; its only parent is the commit at which the run began.
    pub commit: CommitId,
}

impl OpenRun {
    /// Returns the ref that keeps it.
    pub fn ref_name(&self) -> String {
        format!("{PREFIX}{}/{}", self.session, self.run)
    }
}

impl Store {
    /// Lists the open runs of a session, or of all.
    pub fn open_runs(&self, session: Option<SessionId>) -> Result<Vec<OpenRun>, StoreError> {
        let prefix = match session {
            Some(session) => format!("{PREFIX}{session}/"),
            None => PREFIX.to_owned(),
        };
        if !self.has_refs_below(PREFIX)? {
            return Ok(Vec::new());
        }
        let refs = self.refs_below(&prefix)?;
        Ok(refs.iter().filter_map(|(name, commit)| parse(name, *commit)).collect())
    }

    /// Finds an open run of a session.
    pub fn try_find_open_run(&self, session: SessionId, run: RunId) -> Result<Option<OpenRun>, StoreError> {
        let commit = self.try_find_ref(&format!("{PREFIX}{session}/{run}"))?;
        Ok(commit.map(|commit| OpenRun { session, run, commit }))
    }

    /// Returns the commit at which an open run began.
    pub fn base_of(&self, open: &OpenRun) -> Result<CommitId, StoreError> {
        self.commit_head(open.commit)?.parents.first().copied().ok_or_else(|| StoreError::Damaged {
            session: open.session.to_string(),
            commit: open.commit.short(),
            what: format!("open run {} has no commit at which it began", open.run.short()),
        })
    }

    /// Tells whether there is a file for the ref of an open run, whatever is in it.
    pub(super) fn has_open_ref_file(&self, run: RunId) -> bool {
        let sessions = std::fs::read_dir(self.dir.join(PREFIX)).into_iter().flatten().flatten();
        sessions.into_iter().any(|session| session.path().join(run.to_string()).exists())
    }

    // Reading a folder that is not there is cheaper than a walk through packed refs.
    pub(super) fn has_refs_below(&self, prefix: &str) -> Result<bool, StoreError> {
        self.beside_packing(|| {
            if self.dir.join(prefix).exists() {
                return Ok(true);
            }
            let packed = self.repo.refs.cached_packed_buffer();
            let packed = packed.map_err(StoreError::git("read packed-refs"))?;
            Ok(packed.is_some_and(|p| p.iter_prefixed(prefix.into()).is_ok_and(|mut i| i.next().is_some())))
        })
    }
}

fn parse(name: &str, commit: CommitId) -> Option<OpenRun> {
    let (session, run) = name.strip_prefix(PREFIX)?.split_once('/')?;
    Some(OpenRun { session: session.parse().ok()?, run: run.parse().ok()?, commit })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_the_ref_of_an_open_run_is_one(text in "(refs/open/)?[0-9a-f/-]{0,80}|.{0,80}", session in ".*", run in ".*") {
            let commit = CommitId::from_hex(&"1".repeat(40)).expect("an id");
            if let Some(open) = parse(&text, commit) {
                prop_assert_eq!(open.ref_name(), text.to_lowercase());
            }
            let (session, run) = (SessionId::from_foreign("t", &session), RunId::from_foreign("t", &run));
            let open = OpenRun { session, run, commit };
            prop_assert_eq!(parse(&open.ref_name(), commit), Some(open));
        }
    }
}
