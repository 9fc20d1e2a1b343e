//! Starting a session.

use std::collections::BTreeSet;

use super::{Env, OpError};
use crate::model::{Change, CommitMessage, Manifest, Project, SessionId, SessionName};
use crate::store::{Batch, CommitId, Mark, NewCommit, SessionRef, Store, TreeId};

/// The longest title, in characters.
const TITLE_CHARS: usize = 200;

/// What may be said of a new session.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateOptions {
    /// Labels.
    pub tags: BTreeSet<String>,
    /// The project it is about.
    pub project: Option<Project>,
}

/// A session that was started.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// Its branch.
    pub session: SessionRef,
    /// Its manifest.
    pub manifest: Manifest,
}

impl CreateOptions {
    /// Sets the labels.
    pub fn with_tags(mut self, tags: impl IntoIterator<Item = String>) -> Self {
        self.tags.extend(tags);
        self
    }

    /// Sets the project.
    pub fn with_project(mut self, project: Option<Project>) -> Self {
        self.project = project;
        self
    }
}

/// Starts a session with this title.
pub fn create(store: &Store, env: &Env, title: &str, options: CreateOptions) -> Result<Created, OpError> {
    let title = clean_title(&store.clean_text(title))?;
    let mut manifest = Manifest::new(SessionId::new(env.new_uuid()), title, env.now());
    manifest.created_by = Some(env.identity.clone());
    manifest.tags = options.tags;
    manifest.project = options.project;
    create_from(store, env, manifest, None)
}

/// Starts a session with this manifest: with nothing else, or with the files of the commit that it
/// is forked from.
pub(super) fn create_from(
    store: &Store,
    env: &Env,
    mut manifest: Manifest,
    fork_of: Option<CommitId>,
) -> Result<Created, OpError> {
    let writer = store.lock_session(manifest.id)?;
    let mut batch = store.batch();
    let root = fork_of.map(|commit| store.step(commit)).transpose()?.map(|step| step.root);
    let edit = batch.manifest_edit(&mut manifest)?;
    let tree = batch.edit_tree(root, &[edit])?;
    let name = SessionName::new(&manifest.title, manifest.id);
    let change = if fork_of.is_some() { Change::Fork } else { Change::Create };
    let message = CommitMessage::of_change(change, manifest.id, manifest.title.clone());
    let at = manifest.created_at;
    let tip = batch.commit(&NewCommit {
        tree,
        parents: fork_of.as_slice(),
        author: &env.identity,
        authored_at: at,
        committed_at: at,
        message: &message,
    })?;
    writer.begin(batch, &[tip])?;
    let log = format!("{}: {}", change.as_str(), manifest.title);
    writer.advance(&name, None, tip, Mark { who: &env.identity, at, log: &log })?;
    Ok(Created { session: SessionRef { name, tip }, manifest })
}

/// Returns a title as one line of visible text.
pub(super) fn clean_title(title: &str) -> Result<String, OpError> {
    let visible = title.chars().map(|c| if crate::model::escape_char(c).is_some() { ' ' } else { c });
    let words: Vec<String> = visible.collect::<String>().split_whitespace().map(str::to_owned).collect();
    let clean: String = words.join(" ").chars().take(TITLE_CHARS).collect();
    if clean.is_empty() { Err(OpError::EmptyTitle) } else { Ok(clean) }
}

/// Makes the tree of a session that has nothing but its manifest.
pub(super) fn tree_of(batch: &mut Batch, manifest: &mut Manifest) -> Result<TreeId, OpError> {
    let edit = batch.manifest_edit(manifest)?;
    Ok(batch.edit_tree(None, &[edit])?)
}
