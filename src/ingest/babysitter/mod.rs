//! Sessions and runs of babysitter (a5c): state files, their side files, and run folders.
//!
//! Reading goes in four steps: `discover` finds the folders, `secrets` learns the release tokens
//! that must not be stored, `run_dir` reads one run and `state_file` and `side_files` one session,
//! and `plan` joins them. A broken file costs itself and a [`Problem`], never its neighbours.

mod breakpoint;
mod conversation;
mod decisions;
mod discover;
mod disk;
mod facts;
#[cfg(test)]
mod fixture;
mod journal;
mod lifecycle;
mod names;
mod owner;
mod plan;
#[cfg(test)]
mod properties;
mod record;
mod run_dir;
mod secrets;
mod side_files;
mod state_file;
mod text;
mod usage;

use std::path::Path;

use self::disk::Reader;
use self::secrets::Secrets;
use super::{IngestError, Problem};
use crate::ops::import::ImportedSession;

/// The name of this source, as it stands in ids and in `external_ids`.
pub const SOURCE: &str = "babysitter";

/// What was found below a path.
#[derive(Debug, Clone, PartialEq)]
pub struct BabysitterImport {
    /// The sessions, by creation time and foreign id, each with its runs oldest first.
    pub sessions: Vec<ImportedSession>,
    /// What could not be read, by path.
    pub problems: Vec<Problem>,
}

/// Reads the sessions and runs at `root`.
///
/// `root` may be a project (with `.a5c/runs` or a `state` folder), a folder of state files, a
/// folder of runs, one run, or one state file. Symbolic links below it are not followed, and run
/// folders that a state file points to elsewhere are not visited. Fails when `root` cannot be
/// opened or holds nothing of babysitter's; everything else is a [`Problem`].
pub fn read(root: &Path) -> Result<BabysitterImport, IngestError> {
    let found = discover::find(root)?;
    let mut reader = Reader::new(Secrets::collect(&found.runs), found.problems);
    let runs = found.runs.iter().filter_map(|folder| run_dir::read(&mut reader, folder)).collect();
    let states = found.states.iter().map(|source| plan::read_state(&mut reader, source)).collect();
    let sessions = plan::join(&mut reader, states, runs);
    Ok(BabysitterImport { sessions, problems: reader.into_problems() })
}
