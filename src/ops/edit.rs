//! Changing the fields of a session that people set.

use std::collections::BTreeSet;

use super::change::{NewState, land};
use super::create::clean_title;
use super::{Env, OpError};
use crate::model::{Change, CommitMessage, Manifest, SessionStatus};
use crate::store::{SessionRef, Store};

/// What is to be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditOptions {
    /// The new title. The branch keeps its name.
    pub title: Option<String>,
    /// The new state.
    pub status: Option<SessionStatus>,
    /// Labels to add.
    pub tag: BTreeSet<String>,
    /// Labels to remove.
    pub untag: BTreeSet<String>,
}

impl EditOptions {
    /// Sets the title.
    pub fn with_title(mut self, title: Option<String>) -> Self {
        self.title = title;
        self
    }

    /// Sets the state.
    pub fn with_status(mut self, status: Option<SessionStatus>) -> Self {
        self.status = status;
        self
    }

    /// Adds and removes labels.
    pub fn with_tags(mut self, tag: Vec<String>, untag: Vec<String>) -> Self {
        self.tag.extend(tag);
        self.untag.extend(untag);
        self
    }
}

/// Changes fields of a session; returns its manifest, and whether anything was changed.
pub fn edit(
    store: &Store,
    env: &Env,
    session: &SessionRef,
    options: &EditOptions,
) -> Result<(Manifest, bool), OpError> {
    let landed = land(store, env, session, |_, tip| {
        let mut manifest = tip.manifest.clone();
        let title = options.title.as_deref().map(|title| store.clean_text(title));
        let subject = apply(&mut manifest, title.as_deref(), options)?;
        let now = env.now();
        let message = CommitMessage::of_change(Change::Edit, manifest.id, subject);
        let changed = manifest != tip.manifest;
        let state = NewState { root: tip.root, manifest, message, authored_at: now, committed_at: now };
        Ok(changed.then_some(state))
    })?;
    match landed {
        Some(landed) => Ok((landed.manifest, true)),
        None => Ok((store.snapshot(super::change::current_tip(store, session)?)?.manifest, false)),
    }
}

fn apply(manifest: &mut Manifest, title: Option<&str>, options: &EditOptions) -> Result<String, OpError> {
    let mut done = Vec::new();
    if let Some(title) = title {
        manifest.title = clean_title(title)?;
        done.push(format!("title: {}", manifest.title));
    }
    if let Some(status) = options.status {
        manifest.status = status;
        done.push(format!("status: {status}"));
    }
    if !options.tag.is_empty() {
        manifest.tags.extend(options.tag.iter().cloned());
        done.push(format!("tag: {}", join(&options.tag)));
    }
    if !options.untag.is_empty() {
        manifest.tags.retain(|tag| !options.untag.contains(tag));
        done.push(format!("untag: {}", join(&options.untag)));
    }
    Ok(done.join(", "))
}

fn join(tags: &BTreeSet<String>) -> String {
    tags.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
