//! Starting a session.

use std::collections::BTreeSet;

use super::{Env, OpError};
use crate::model::{Change, CommitMessage, Manifest, Project, SessionId, SessionName};
use crate::store::{Batch, ContextFile, Mark, NewCommit, SessionRef, Store, TreeEdit, TreeId};

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
    create_from(store, env, &manifest)
}

/// Starts a session with this manifest.
pub(super) fn create_from(store: &Store, env: &Env, manifest: &Manifest) -> Result<Created, OpError> {
    let writer = store.lock_session(manifest.id)?;
    let mut batch = store.batch();
    let manifest = batch.cleaned(manifest)?;
    let name = SessionName::new(&manifest.title, manifest.id);
    let tree = tree_of(&mut batch, &manifest)?;
    let message = CommitMessage::of_change(Change::Create, manifest.id, manifest.title.clone());
    let at = manifest.created_at;
    let tip = batch.commit(&NewCommit {
        tree,
        parents: &[],
        author: &env.identity,
        authored_at: at,
        committed_at: at,
        message: &message,
    })?;
    writer.persist(batch, &[tip])?;
    let log = format!("create: {}", manifest.title);
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
pub(super) fn tree_of(batch: &mut Batch, manifest: &Manifest) -> Result<TreeId, OpError> {
    let edit = manifest_edit(batch, manifest)?;
    Ok(batch.edit_tree(None, &[edit])?)
}

/// Makes the edit that puts a manifest into its place.
pub(super) fn manifest_edit(batch: &mut Batch, manifest: &Manifest) -> Result<TreeEdit, OpError> {
    let file = "session.yaml";
    let blob = batch.document(file, manifest)?;
    Ok(TreeEdit::Put(file.to_owned(), ContextFile::plain(blob)))
}
