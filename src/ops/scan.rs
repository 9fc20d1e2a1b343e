//! Looking for secrets in what is stored: an older table, or none, may have let them through.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::OpError;
use crate::store::{BlobId, CommitId, RefState, SessionRef, Store};

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

/// Looks for secrets in a session and its open runs, or in everything that a ref of the store leads to.
pub fn scan(
    store: &Store,
    session: Option<&SessionRef>,
    progress: &dyn Fn(&str),
) -> Result<SecretScan, OpError> {
    let mut commits = Vec::new();
    let mut seen = HashSet::new();
    for tip in tips(store, session)? {
        let mut reachable: Vec<CommitId> = store.reachable(tip).into_iter().collect();
        reachable.retain(|commit| seen.insert(*commit));
        commits.extend(reachable);
    }
    let mut scan = SecretScan::default();
    let mut known = HashSet::new();
    let mut steps: Vec<_> = commits.iter().filter_map(|commit| store.step(*commit).ok()).collect();
    scan.unread
        .extend((commits.len() > steps.len()).then(|| format!("{} commits", commits.len() - steps.len())));
    // Oldest first, so that a secret is told where it came in.
    steps.sort_by_key(|step| (step.committed_at, step.commit));
    for step in &steps {
        progress(&format!("scanning {}", step.commit.short()));
        scan.commits += 1;
        scan.look(store, step, &mut known)?;
    }
    Ok(scan)
}

fn tips(store: &Store, session: Option<&SessionRef>) -> Result<BTreeSet<CommitId>, OpError> {
    let Some(session) = session else {
        let refs = store.all_refs()?.into_iter();
        return Ok(refs
            .filter_map(|found| match found.state {
                RefState::Points(commit) => Some(commit),
                _ => None,
            })
            .collect());
    };
    let id = store.snapshot(session.tip)?.manifest.id;
    let open = store.open_runs(Some(id))?.into_iter().map(|open| open.commit);
    Ok(open.chain([session.tip]).collect())
}

impl SecretScan {
    fn look(
        &mut self,
        store: &Store,
        step: &crate::store::Step,
        known: &mut HashSet<BlobId>,
    ) -> Result<(), OpError> {
        let run = step.run.map(|run| run.to_string());
        let mut texts = vec![("message".to_owned(), store.commit_text(step.commit)?)];
        for part in PARTS {
            for (path, file) in store.files_at(step.root, part)? {
                if !known.insert(file.blob) {
                    continue;
                }
                self.files += 1;
                match store.read_blob(file.blob, FILE_BYTES) {
                    Ok(content) => texts.push((path, content)),
                    Err(error) => self.unread.push(format!("{path} of {}: {error}", step.commit.short())),
                }
            }
        }
        for (path, text) in texts {
            for found in store.find_secrets(&text).map_err(OpError::Rules)? {
                self.secrets.push(StoredSecret {
                    commit: step.commit,
                    run: run.clone(),
                    path: path.clone(),
                    line: found.line,
                    rule: found.rule,
                    digest: found.digest.map(|digest| digest.to_string()),
                });
            }
        }
        Ok(())
    }
}
