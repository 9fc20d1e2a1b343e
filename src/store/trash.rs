//! Sessions that were removed, one ref each.

use chrono::NaiveDateTime;

use super::writer::Mark;
use super::{CommitId, SessionWriter, Store, StoreError};
use crate::model::{Change, SessionId, SessionName, Timestamp};

/// Where removed sessions lie.
const PREFIX: &str = "refs/trash/";
/// How the time is written in a ref's name.
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// A session that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trashed {
    /// The ref that keeps it.
    pub name: String,
    /// The commit that it was at.
    pub commit: CommitId,
    /// When it was removed.
    pub removed_at: Timestamp,
}

/// Returns the ref that keeps a session which is removed now.
pub(super) fn ref_name(id: SessionId, at: Timestamp, tip: CommitId) -> String {
    format!("{PREFIX}{id}/{}-{}", at.utc().format(TIME), tip.short())
}

impl Store {
    /// Lists the sessions in the trash. Refs whose names this program would not give are left out.
    pub fn trash(&self) -> Result<Vec<Trashed>, StoreError> {
        let refs = self.refs_below(PREFIX)?;
        let trashed = |(name, commit): (String, CommitId)| {
            let removed_at = removal_time(&name)?;
            Some(Trashed { name, commit, removed_at })
        };
        Ok(refs.into_iter().filter_map(trashed).collect())
    }

    /// Returns the name that a removed session had: that of its first title.
    pub fn trashed_name(&self, trashed: &Trashed) -> Result<SessionName, StoreError> {
        let manifest = self.snapshot(trashed.commit)?.manifest;
        let mut at = Some(trashed.commit);
        while let Some(commit) = at.take() {
            let head = self.commit_head(commit)?;
            let begins = |change| matches!(change, Change::Create | Change::Fork);
            let first = head.message.filter(|m| m.session == manifest.id && begins(m.change));
            if let Some(message) = first {
                return Ok(SessionName::new(&message.subject, manifest.id));
            }
            at = head.parents.first().copied();
        }
        Ok(SessionName::new(&manifest.title, manifest.id))
    }
}

impl SessionWriter<'_> {
    /// Puts a session back under its name. The caller holds the right to remove sessions.
    pub fn restore(&self, trashed: &Trashed, name: &SessionName, mark: Mark<'_>) -> Result<(), StoreError> {
        self.advance(name, None, trashed.commit, mark)?;
        self.drop_trashed(trashed, mark)
    }

    /// Drops a session from the trash, for ever.
    pub(super) fn drop_trashed(&self, trashed: &Trashed, mark: Mark<'_>) -> Result<(), StoreError> {
        self.move_to(&trashed.name, Some(trashed.commit), None, mark)
    }
}

fn removal_time(name: &str) -> Option<Timestamp> {
    let (id, rest) = name.strip_prefix(PREFIX)?.split_once('/')?;
    id.parse::<SessionId>().ok()?;
    let (time, _) = rest.split_once('-')?;
    Some(Timestamp::new(NaiveDateTime::parse_from_str(time, TIME).ok()?.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_removal_is_read_from_the_ref_that_is_written() {
        let id: SessionId = "63d76e70-146d-412c-b9b1-5a858772f090".parse().expect("an id");
        let tip = CommitId(gix::ObjectId::null(gix::hash::Kind::Sha1));
        let at = Timestamp::from_unix(1_795_305_600);
        assert_eq!(removal_time(&ref_name(id, at, tip)), Some(at));
        for foreign in ["refs/trash/mine", "refs/trash/mine/20261122T100000Z-x", "refs/open/a/b"] {
            assert_eq!(removal_time(foreign), None, "{foreign}");
        }
    }
}
