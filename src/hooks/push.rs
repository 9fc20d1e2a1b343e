//! A push of the code: the sessions that the pushed commits belong to are queued for a push too.

use std::collections::BTreeSet;

use super::{HookError, Scene};
use crate::model::SessionId;
use crate::store::{CodeRepo, QueuedPush};

/// The most commits of one push that are looked at.
const COMMITS: usize = 1000;

/// Queues the sessions of the commits that are pushed. `refs` is what git hands to `pre-push`: a
/// local ref, its commit, a remote ref and its commit a line.
pub fn pushed(scene: &Scene<'_>, refs: &str) -> Result<BTreeSet<SessionId>, HookError> {
    let repo = CodeRepo::open(scene.project)?;
    let mut sessions = BTreeSet::new();
    for line in refs.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, remote] = words.as_slice() else { continue };
        for commit in commits(&repo, local, remote) {
            sessions.extend(scene.store.code_links(&commit)?.iter().map(|link| link.session));
        }
    }
    for session in &sessions {
        scene.store.queue_push(&QueuedPush { session: *session, queued_at: scene.env.now() })?;
    }
    Ok(sessions)
}

fn commits(repo: &CodeRepo, local: &str, remote: &str) -> Vec<String> {
    let is_none = |id: &str| id.bytes().all(|byte| byte == b'0');
    if is_none(local) {
        return Vec::new();
    }
    // What the remote has may not be here.
    let from = Some(remote).filter(|id| !is_none(id) && repo.commit(id).is_ok());
    repo.between(from, local, COMMITS).unwrap_or_default()
}
