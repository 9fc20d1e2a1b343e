//! What is to be purged, as people name it.

use crate::model::{ContextPath, RunId, SessionName};
use crate::ops::OpError;
use crate::redact::ExactValue;
use crate::store::{Store, StoreError, Wipe};

/// How alike a path must be to be suggested (Jaro-Winkler).
const ALIKE: f64 = 0.8;
/// How many paths a message lists.
const LISTED: usize = 5;

/// What is to be purged.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PurgeTarget {
    /// A value, wherever it stands.
    Value(ExactValue),
    /// Files and folders of a session's context, with the copies that conflicts made of them: out of
    /// each commit of the session that has them, and of all that follow one.
    Paths {
        /// The session.
        session: SessionName,
        /// The files and folders.
        paths: Vec<ContextPath>,
    },
    /// What runs said, and the contents that they brought. That they were stays, with their numbers.
    Runs(Vec<RunId>),
}

impl PurgeTarget {
    /// Finds where it is. What an earlier purge left to do is added.
    pub(super) fn wipe(&self, store: &Store) -> Result<Wipe, OpError> {
        let wipe = match self {
            Self::Value(value) => Wipe::default().with_values(vec![value.clone()]),
            Self::Paths { session, paths } => paths_of(store, session, paths)?,
            Self::Runs(runs) => runs_of(store, runs)?,
        };
        match store.has_unfinished_purge() {
            true => Ok(store.wipe_of_unfinished(wipe)?),
            false => Ok(wipe),
        }
    }
}

impl PurgeTarget {
    /// Says that it is nowhere.
    pub fn is_nowhere(&self) -> OpError {
        match self {
            Self::Runs(runs) => OpError::PurgedBefore { runs: runs.clone() },
            _ => OpError::NothingToPurge,
        }
    }
}

fn runs_of(store: &Store, runs: &[RunId]) -> Result<Wipe, OpError> {
    let (all, finished) = store.all_states()?;
    let recorded = store.cuts_of_runs(runs, &finished)?;
    let mut absent = runs.iter().zip(&recorded).filter(|(_, cut)| cut.from.is_empty());
    if let Some((run, _)) = absent.next() {
        let is_open = store.open_runs(None)?.iter().any(|open| open.run == *run);
        let no_run = || StoreError::NoRun { name: run.to_string(), count: None }.into();
        return Err(if is_open { OpError::StillOpen(*run) } else { no_run() });
    }
    Ok(Wipe::default().with_cuts(store.cuts_of_runs(runs, &all)?))
}

fn paths_of(store: &Store, session: &SessionName, paths: &[ContextPath]) -> Result<Wipe, OpError> {
    let found = store.find_session(session.as_str())?;
    let id = store.snapshot(found.tip)?.manifest.id;
    let cuts = store.cuts_of_paths(paths, &store.states_of(id, Some(session))?)?;
    let mut absent = paths.iter().zip(&cuts).filter(|(_, cut)| cut.from.is_empty()).map(|(path, _)| path);
    // A purge that was killed may have taken it out of this session, and not of others yet.
    if let Some(path) = absent.next().filter(|_| !store.has_unfinished_purge()) {
        let near = alike(path, store.context_files(store.snapshot(found.tip)?.root)?.into_keys());
        let (word, place) = (path.to_string(), format!("session {session}"));
        return Err(OpError::NeverThere { word, place, near });
    }
    Ok(Wipe::default().with_cuts(cuts))
}

// A key is taken for a path easily.
fn alike(path: &ContextPath, files: impl Iterator<Item = ContextPath>) -> Vec<String> {
    let is_alike = |file: &ContextPath| {
        let name = file.as_str().rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".md") == Some(path.as_str())
            || strsim::jaro_winkler(path.as_str(), file.as_str()) > ALIKE
    };
    files.filter(is_alike).map(|file| file.to_string()).take(LISTED).collect()
}
