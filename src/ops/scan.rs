//! Looking for secrets in what is stored: an older table, or none, may have let them through.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::OpError;
use crate::store::{AnyRef, BlobId, CommitId, RefState, SessionRef, Step, Store, TreeId};

/// The largest file that is read.
const FILE_BYTES: u64 = 64 * 1024 * 1024;
/// The parts of a commit.
const PARTS: [&str; 4] = ["session.yaml", "run", "context", "checkpoint"];

/// A secret in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoredSecret {
    /// The oldest commit that holds it, as far as the histories were walked.
    pub commit: CommitId,
    /// The run that the commit records.
    pub run: Option<String>,
    /// The file; `message` for the commit's own message.
    pub path: String,
    /// The line in it, from 1.
    pub line: usize,
    /// The rule that found it.
    pub rule: String,
    /// The digest of the secret, by which it could be allowed.
    pub digest: Option<String>,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SecretScan {
    /// How many commits were looked at.
    pub commits: usize,
    /// How many files.
    pub files: usize,
    /// The secrets.
    pub secrets: Vec<StoredSecret>,
    /// What could not be looked at.
    pub unread: Vec<String>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub enum ScanScope<'a> {
    /// All that a ref of the store leads to.
    Store,
    /// A session, with its open runs.
    Session(&'a SessionRef),
    /// What some commits lead to, less what others do: what is about to be pushed, such as.
    Commits {
        /// The newest that are looked at.
        tips: &'a [CommitId],
        /// What is left out, with all that it leads to.
        without: &'a [CommitId],
    },
}

/// Looks for secrets in what is stored, with the rules and the known values of now.
pub fn scan(store: &Store, scope: ScanScope<'_>, progress: &dyn Fn(&str)) -> Result<SecretScan, OpError> {
    let without = if let ScanScope::Commits { without, .. } = scope { without } else { &[] };
    let commits = commits(store, &tips(store, scope)?, without);
    let mut look = Look::default();
    for step in without.iter().filter_map(|commit| store.step(*commit).ok()) {
        look.pass_over(store, step.root)?;
    }
    let mut steps: Vec<Step> = commits.iter().filter_map(|commit| store.step(*commit).ok()).collect();
    let unread = commits.len() - steps.len();
    look.scan.unread.extend((unread > 0).then(|| format!("{unread} commits")));
    // Oldest first, so that a secret is told where it came in.
    steps.sort_by_key(|step| (step.committed_at, step.commit));
    for step in &steps {
        progress(&format!("scanning {}", step.commit.short()));
        look.at(store, step)?;
    }
    Ok(look.scan)
}

// What is pushed next mostly ends a line on which lies what was pushed last: then only what is new is
// read, however long the history is.
fn commits(store: &Store, tips: &BTreeSet<CommitId>, without: &[CommitId]) -> Vec<CommitId> {
    if let ([without], Some(tip), 1) = (without, tips.first(), tips.len())
        && let Ok(history) = store.history_between(*without, *tip)
        && let Ok(steps) = history.collect::<Result<Vec<Step>, _>>()
    {
        return steps.into_iter().map(|step| step.commit).collect();
    }
    let hidden: HashSet<CommitId> = without.iter().flat_map(|commit| store.reachable(*commit)).collect();
    let all: HashSet<CommitId> = tips.iter().flat_map(|tip| store.reachable(*tip)).collect();
    all.into_iter().filter(|commit| !hidden.contains(commit)).collect()
}

fn tips(store: &Store, scope: ScanScope<'_>) -> Result<BTreeSet<CommitId>, OpError> {
    match scope {
        ScanScope::Commits { tips, .. } => Ok(tips.iter().copied().collect()),
        ScanScope::Session(session) => {
            let id = store.snapshot(session.tip)?.manifest.id;
            let open = store.open_runs(Some(id))?.into_iter().map(|open| open.commit);
            Ok(open.chain([session.tip]).collect())
        }
        ScanScope::Store => {
            let points = |found: AnyRef| match found.state {
                RefState::Points(commit) => Some(commit),
                _ => None,
            };
            Ok(store.all_refs()?.into_iter().filter_map(points).collect())
        }
    }
}

/// A look at one commit after the other.
#[derive(Default)]
struct Look {
    scan: SecretScan,
    blobs: HashSet<BlobId>,
    names: HashSet<String>,
}

impl Look {
    // What an earlier commit holds too is looked at there.
    fn pass_over(&mut self, store: &Store, root: TreeId) -> Result<(), OpError> {
        for part in PARTS {
            for (path, file) in store.files_at(root, part)? {
                self.blobs.insert(file.blob);
                self.names.insert(path);
            }
        }
        Ok(())
    }

    fn at(&mut self, store: &Store, step: &Step) -> Result<(), OpError> {
        self.scan.commits += 1;
        self.search(store, step, "message", &store.commit_text(step.commit)?)?;
        for part in PARTS {
            for (path, file) in store.files_at(step.root, part)? {
                // A name that is a secret is not told.
                if !self.names.contains(&path) {
                    self.search(store, step, &store.clean_name(&path), path.as_bytes())?;
                }
                if self.blobs.insert(file.blob) {
                    self.file(store, step, &store.clean_name(&path), file.blob)?;
                }
                self.names.insert(path);
            }
        }
        Ok(())
    }

    fn file(&mut self, store: &Store, step: &Step, path: &str, blob: BlobId) -> Result<(), OpError> {
        self.scan.files += 1;
        match store.read_blob(blob, FILE_BYTES) {
            Ok(content) => self.search(store, step, path, &content)?,
            Err(error) => self.scan.unread.push(format!("{path} of {}: {error}", step.commit.short())),
        }
        Ok(())
    }

    fn search(&mut self, store: &Store, step: &Step, path: &str, text: &[u8]) -> Result<(), OpError> {
        for found in store.find_secrets(text).map_err(OpError::Rules)? {
            self.scan.secrets.push(StoredSecret {
                commit: step.commit,
                run: step.run.map(|run| run.to_string()),
                path: path.to_owned(),
                line: found.line,
                rule: found.rule,
                digest: found.digest.map(|digest| digest.to_string()),
            });
        }
        Ok(())
    }
}
