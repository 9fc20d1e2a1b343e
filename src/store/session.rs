//! The session branches of a store.

use std::collections::BTreeSet;
use std::fs;

use super::{CommitId, Store, StoreError};
use crate::model::{SessionId, SessionName};

/// Where the session branches lie.
pub(super) const PREFIX: &str = "refs/heads/session/";

/// A session's branch and the commit it points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRef {
    /// The branch's name, without `session/`.
    pub name: SessionName,
    /// The newest commit.
    pub tip: CommitId,
}

impl Store {
    /// Lists the names of all sessions, sorted. Branches whose names this program would not give
    /// are left out.
    pub fn session_names(&self) -> Result<Vec<SessionName>, StoreError> {
        self.beside_packing(|| self.read_session_names())
    }

    fn read_session_names(&self) -> Result<Vec<SessionName>, StoreError> {
        let mut names = BTreeSet::new();
        let folder = self.dir.join(PREFIX);
        match fs::read_dir(&folder) {
            Ok(files) => names.extend(files.flatten().filter_map(|f| f.file_name().to_str()?.parse().ok())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io("list", &folder)(error)),
        }
        let failed = || StoreError::git("read packed-refs");
        if let Some(packed) = self.repo.refs.cached_packed_buffer().map_err(failed())? {
            let refs = packed.iter_prefixed(PREFIX.into()).map_err(failed())?;
            names.extend(refs.flatten().filter_map(|packed| {
                let name = std::str::from_utf8(packed.name.as_bstr()).ok()?;
                name.strip_prefix(PREFIX)?.parse().ok()
            }));
        }
        Ok(names.into_iter().collect())
    }

    /// Lists all sessions whose branch can be read, and the names of those whose branch cannot.
    pub fn sessions(&self) -> Result<(Vec<SessionRef>, Vec<SessionName>), StoreError> {
        let (mut sessions, mut broken) = (Vec::new(), Vec::new());
        for name in self.session_names()? {
            match self.try_find_session(&name) {
                Ok(Some(session)) => sessions.push(session),
                Ok(None) => {}
                Err(_) => broken.push(name),
            }
        }
        Ok((sessions, broken))
    }

    /// Finds a session by its branch's name.
    pub fn try_find_session(&self, name: &SessionName) -> Result<Option<SessionRef>, StoreError> {
        let tip = self.try_find_ref(&format!("{PREFIX}{name}"))?;
        Ok(tip.map(|tip| SessionRef { name: name.clone(), tip }))
    }

    /// Finds a session by its id.
    pub fn try_find_session_by_id(&self, id: SessionId) -> Result<Option<SessionRef>, StoreError> {
        let digits = id.short();
        for name in self.session_names()?.into_iter().filter(|name| name.digits() == digits) {
            if let Some(session) = self.try_find_session(&name)?
                && self.snapshot(session.tip)?.manifest.id == id
            {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }
}
