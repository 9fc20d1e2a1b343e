//! Which refs move in a purge.

use gix::objs::Kind;

use crate::model::{SessionId, SessionName};
use crate::store::{AnyRef, CommitId, PurgeFault, RefState, Rewriter, Store, StoreError};

/// Where what was purged is noted; those refs lead to no session.
pub(in crate::store) const PURGED: &str = "refs/purged/";

/// A ref that leads to a commit which is written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefRewrite {
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub old: CommitId,
    /// Where it will lead.
    pub new: CommitId,
    /// How it will be called: some names say which commit they lead to.
    pub new_name: String,
}

impl Store {
    /// Lists what all refs lead to, and what all lead to but those of open runs.
    pub fn all_states(&self) -> Result<(Vec<CommitId>, Vec<CommitId>), StoreError> {
        let (mut all, mut finished) = (Vec::new(), Vec::new());
        for AnyRef { name, state } in self.all_refs()? {
            if let (RefState::Points(commit), false) = (state, name.starts_with(PURGED)) {
                all.push(commit);
                finished.extend((!name.starts_with("refs/open/")).then_some(commit));
            }
        }
        Ok((all, finished))
    }

    /// Lists all states of a session that are kept: its newest, what remotes have of it, its open runs,
    /// what was removed or put aside of it.
    pub fn states_of(&self, id: SessionId, name: Option<&SessionName>) -> Result<Vec<CommitId>, StoreError> {
        let (id, branch) = (id.to_string(), name.map(SessionName::branch));
        let is_of_it = |name: &str| {
            let mut parts = name.split('/').skip(1);
            match (parts.next(), &branch) {
                (Some("heads"), Some(branch)) => name.strip_prefix("refs/heads/") == Some(branch),
                (Some("remotes"), Some(branch)) => name.ends_with(&format!("/{branch}")),
                _ => !name.starts_with(PURGED) && parts.next() == Some(&id),
            }
        };
        let refs = self.all_refs()?.into_iter().filter(|found| is_of_it(&found.name));
        let points = refs.filter_map(|found| match found.state {
            RefState::Points(commit) => Some(commit),
            _ => None,
        });
        Ok(points.collect())
    }

    /// Writes anew what each ref leads to, and lists the refs that have to move. One that cannot be
    /// read is an error: what it leads to would stay.
    pub fn rewrite_refs(
        &self,
        rewriter: &mut Rewriter<'_>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Vec<RefRewrite>, StoreError> {
        let mut moved = Vec::new();
        let refs = self.all_refs()?;
        for AnyRef { name, state } in refs.into_iter().filter(|found| !found.name.starts_with(PURGED)) {
            let RefState::Points(old) = state else { return Err(PurgeFault::BadRef(name).into()) };
            let header = self.repo.find_header(old.0).map_err(StoreError::git(format!("read {old}")))?;
            if header.kind() != Kind::Commit {
                return Err(PurgeFault::NoCommit(name).into());
            }
            tell(&name);
            let new = rewriter.tip(old)?;
            if new != old {
                let new_name = new_name(&name, old, new);
                moved.push(RefRewrite { name, old, new, new_name });
            }
        }
        Ok(moved)
    }
}

// `refs/rescue/<session>/<commit>`, `refs/trash/<session>/<time>-<8 digits of the commit>`
fn new_name(name: &str, old: CommitId, new: CommitId) -> String {
    for (old, new) in [(old.to_string(), new.to_string()), (old.short(), new.short())] {
        if let Some(start) = name.strip_suffix(&old)
            && !name.starts_with("refs/heads/")
        {
            return format!("{start}{new}");
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_tells_a_commit_tells_the_new_one() {
        let id = |digit: &str| CommitId::from_hex(&digit.repeat(40)).expect("an id");
        let (old, new) = (id("1"), id("2"));
        for (before, after) in [
            (format!("refs/rescue/s/{old}"), format!("refs/rescue/s/{new}")),
            (
                "refs/trash/s/20261122T100000Z-11111111".to_owned(),
                "refs/trash/s/20261122T100000Z-22222222".to_owned(),
            ),
            ("refs/heads/session/x-11111111".to_owned(), "refs/heads/session/x-11111111".to_owned()),
            ("refs/open/s/r".to_owned(), "refs/open/s/r".to_owned()),
        ] {
            assert_eq!(new_name(&before, old, new), after);
        }
    }
}
