//! Forking a session: a new one that goes on from a state of another.

use std::collections::BTreeSet;

use super::create::{Created, clean_title, create_from};
use super::{Env, OpError, Point};
use crate::model::{Extra, Manifest, Origin, SessionId, SessionStatus, Totals};
use crate::store::{SessionRef, Store};

/// What the title of a fork ends in where none is given.
const MARK: &str = " (fork)";

/// What may be said of a fork.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ForkOptions {
    /// What it is about; the title of the session it is forked from, and "(fork)", where it is absent.
    pub title: Option<String>,
    /// Labels besides those that it inherits.
    pub tags: BTreeSet<String>,
}

/// A session that was forked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Forked {
    /// Its branch.
    pub session: SessionRef,
    /// Its manifest.
    pub manifest: Manifest,
    /// Where it was taken.
    pub origin: Origin,
}

impl ForkOptions {
    /// Sets the title.
    pub fn with_title(mut self, title: Option<String>) -> Self {
        self.title = title;
        self
    }

    /// Adds labels.
    pub fn with_tags(mut self, tags: impl IntoIterator<Item = String>) -> Self {
        self.tags.extend(tags);
        self
    }
}

/// Starts a session that goes on from a state of another. It shares the history before and counts
/// its own runs from there.
pub fn fork(store: &Store, env: &Env, point: &Point, options: ForkOptions) -> Result<Forked, OpError> {
    let state = store.snapshot(point.commit)?;
    // A manifest that a newer version wrote cannot be written anew without losing what it says.
    state.check_writable()?;
    let run = store.run_record(point.commit)?.map(|record| record.id);
    let (session, commit) = (state.manifest.id, point.commit.to_string());
    let origin = Origin { session, run, commit, extra: Extra::new() };
    let manifest = Manifest {
        id: SessionId::new(env.new_uuid()),
        title: title(store, &state.manifest, options.title.as_deref())?,
        status: SessionStatus::Active,
        created_at: env.now(),
        created_by: Some(env.identity.clone()),
        origin: Some(origin.clone()),
        external_ids: Default::default(),
        tags: state.manifest.tags.union(&options.tags).cloned().collect(),
        totals: Totals::default(),
        runs: Vec::new(),
        ..state.manifest
    };
    let Created { session, manifest } = create_from(store, env, manifest, Some(point.commit))?;
    Ok(Forked { session, manifest, origin })
}

fn title(store: &Store, of: &Manifest, wanted: Option<&str>) -> Result<String, OpError> {
    match wanted {
        Some(title) => clean_title(&store.clean_text(title)),
        None => clean_title(&format!("{}{MARK}", of.title.trim_end_matches(MARK))),
    }
}
