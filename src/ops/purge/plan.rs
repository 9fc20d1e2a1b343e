//! What holds what is to go, and what has to be written anew because of that.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::model::{RunId, SessionId, SessionName};
use crate::ops::OpError;
use crate::store::{
    Batch, BlobId, CommitId, FolderCut, Holding, PurgedIds, RefRewrite, Store, StoreError, Wipe,
};

/// A place that holds what is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PurgeHolding {
    /// The session for which it was recorded.
    pub session: Option<SessionId>,
    /// The title of that session, without what is to go.
    pub title: Option<String>,
    /// The run that brought it.
    pub run: Option<RunId>,
    /// The file; `message` for a commit's own message.
    pub path: String,
    /// How often it stands there.
    pub count: u64,
    /// The commit.
    pub commit: CommitId,
}

/// A session that has to be written anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PurgeSession {
    /// Its branch.
    pub branch: String,
    /// Its id.
    pub session: SessionId,
    /// What it is about.
    pub title: String,
    /// How many commits are written anew.
    pub commits: usize,
    /// Its newest commit before.
    pub before: CommitId,
    /// Its newest commit afterwards.
    pub after: CommitId,
    /// The remotes that have commits of it which are written anew.
    pub pushed_to: Vec<String>,
}

/// What a purge would do, or did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PurgePlan {
    /// What holds it, by the oldest commit that does.
    pub holdings: Vec<PurgeHolding>,
    /// Where contents stand that go from one place, and stay in this one.
    pub elsewhere: Vec<PurgeHolding>,
    /// Files that others changed after a run brought them that goes; what they say stays.
    pub later: Vec<PurgeHolding>,
    /// The sessions that are written anew.
    pub sessions: Vec<PurgeSession>,
    /// Other refs that move: of open runs, of what was removed, of what remotes had.
    pub refs: Vec<String>,
    /// How many objects hold it, also such as nothing leads to.
    pub objects: u64,
    /// Files beside the repository that hold it.
    pub files: Vec<String>,
    /// Copies that repairs left; they go unseen.
    pub copies: u64,
}

/// A plan, with what it takes to carry it out.
pub(super) struct Planned {
    pub(super) plan: PurgePlan,
    pub(super) moves: Vec<RefRewrite>,
    pub(super) ids: PurgedIds,
    pub(super) batch: Batch,
    /// Contents that nothing has any more.
    pub(super) gone: BTreeSet<BlobId>,
    /// What goes from the folders of open runs.
    pub(super) folders: Vec<FolderCut>,
}

impl Planned {
    pub(super) fn make(store: &Store, wipe: &Wipe, tell: &mut dyn FnMut(&str)) -> Result<Self, OpError> {
        let mut rewriter = store.rewriter(wipe);
        let moves = store.rewrite_refs(&mut rewriter, tell)?;
        let (ids, holdings) = (rewriter.purged(), rewriter.holdings().to_vec());
        let ((gone, elsewhere), later) = (rewriter.cut_contents(), rewriter.changed_later().to_vec());
        let folders = store.folder_cuts(&rewriter, &moves)?;
        let batch = rewriter.into_batch();
        let found = store.search_everything(wipe, &gone, tell)?;
        let in_folders = folders.iter().flat_map(FolderCut::all_files).map(|path| store.below(path));
        let mut plan = PurgePlan {
            objects: found.held_objects.len() as u64,
            files: store.files_holding(wipe)?.into_iter().chain(in_folders).collect(),
            copies: store.copies_of_repairs(),
            ..PurgePlan::default()
        };
        plan.holdings = described(batch.view(), &holdings, &moves)?;
        plan.elsewhere = described(batch.view(), &elsewhere, &moves)?;
        plan.later = described(batch.view(), &later, &moves)?;
        for moved in &moves {
            match moved.name.strip_prefix("refs/heads/session/").and_then(|name| name.parse().ok()) {
                Some(name) => plan.sessions.push(session(batch.view(), &name, moved, &moves, &ids)?),
                None => plan.refs.push(moved.name.clone()),
            }
        }
        Ok(Self { plan, moves, ids, batch, gone, folders })
    }
}

impl PurgePlan {
    /// Tells whether nothing holds it.
    pub fn is_empty(&self) -> bool {
        self.holdings.is_empty() && self.sessions.is_empty() && self.refs.is_empty() && self.is_clean_beside()
    }

    fn is_clean_beside(&self) -> bool {
        self.objects == 0 && self.files.is_empty()
    }

    /// Lists the sessions that were pushed with what is written anew.
    pub fn pushed(&self) -> BTreeSet<String> {
        let pushed = self.sessions.iter().filter(|session| !session.pushed_to.is_empty());
        pushed.map(|session| session.branch.clone()).collect()
    }
}

fn session(
    view: &Store,
    name: &SessionName,
    moved: &RefRewrite,
    moves: &[RefRewrite],
    ids: &PurgedIds,
) -> Result<PurgeSession, StoreError> {
    let manifest = view.snapshot(moved.new)?.manifest;
    let behind = view.reachable(moved.old);
    let remotes = moves.iter().filter_map(|moved| tracked(&moved.name));
    let pushed_to = remotes.filter(|(_, tracked)| tracked == name).map(|(remote, _)| remote.to_owned());
    Ok(PurgeSession {
        branch: name.branch(),
        session: manifest.id,
        title: manifest.title,
        commits: ids.commits.keys().filter(|old| behind.contains(old)).count(),
        before: moved.old,
        after: moved.new,
        pushed_to: pushed_to.collect(),
    })
}

// A title is told as it will be.
fn described(
    view: &Store,
    holdings: &[Holding],
    moves: &[RefRewrite],
) -> Result<Vec<PurgeHolding>, StoreError> {
    let mut titles = std::collections::BTreeMap::new();
    for moved in moves {
        let manifest = view.snapshot(moved.new)?.manifest;
        titles.entry(manifest.id).or_insert(manifest.title);
    }
    let describe = |held: &Holding| PurgeHolding {
        session: held.session,
        title: held.session.and_then(|session| titles.get(&session).cloned()),
        run: held.run,
        path: held.path.clone(),
        count: held.count,
        commit: held.commit,
    };
    Ok(holdings.iter().map(describe).collect())
}

/// Returns the remote and the session of a ref that says where it was seen.
pub(super) fn tracked(name: &str) -> Option<(&str, SessionName)> {
    let (remote, session) = name.strip_prefix("refs/remotes/")?.split_once("/session/")?;
    Some((remote, session.parse().ok()?))
}
