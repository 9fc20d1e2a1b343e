//! What was taken out elsewhere, found by comparing what somebody wrote anew with what it was.
//!
//! Ids alone say which contents are gone. What is recorded here since may hold the same value in other
//! contents, so the value itself is needed, which nobody sends.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::wipe::MARKER;
use super::{Cut, CutOut, PurgedIds, Wipe};
use crate::model::{RunId, RunRecord, SessionId, yaml};
use crate::redact::{ExactValue, is_removable};
use crate::store::{BlobId, CommitId, Step, Store, StoreError};

/// The largest content that is compared, in bytes.
const BYTES: u64 = 4 * 1024 * 1024;
/// The most values that one purge is expected to have taken out.
const VALUES: usize = 64;

/// What a list of what was purged may speak of.
#[derive(Debug, Clone, Copy)]
pub struct ListOf<'a> {
    /// What is behind these.
    pub tips: &'a [CommitId],
    /// Commits that were made for one of these, wherever they are: forks have them too.
    pub sessions: &'a [SessionId],
}

impl Store {
    /// Finds the values that were taken out where these contents were written anew. Only such count as
    /// are long and odd enough to be secrets: a list that somebody made up must not blank common words.
    pub fn purged_values(&self, ids: &PurgedIds) -> Vec<ExactValue> {
        let mut values: BTreeSet<ExactValue> = BTreeSet::new();
        let pairs = ids.blobs.iter().filter_map(|(old, new)| Some((*old, (*new)?)));
        let contents = pairs.filter_map(|(old, new)| Some((self.text(old)?, self.text(new)?)));
        for (old, new) in contents {
            if values.len() >= VALUES {
                break;
            }
            values.extend(between(&old, &new));
        }
        values.into_iter().collect()
    }

    /// Leaves out of a list that somebody sent what it cannot rightly say: a commit may only stand for
    /// one behind these tips, or made for one of these sessions, that did the same, and a content only
    /// for one that holds a value. Whoever could say more could put anything in the place of anything.
    pub fn rightly_purged(&self, ids: &PurgedIds, of: ListOf<'_>, wipe: &Wipe) -> PurgedIds {
        let behind: HashSet<CommitId> = of.tips.iter().flat_map(|tip| self.reachable(*tip)).collect();
        // What no ref leads to may be half deleted, by a purge that was killed.
        let kept = if of.sessions.is_empty() { Vec::new() } else { self.all_states().unwrap_or_default().0 };
        let kept: HashSet<CommitId> = kept.into_iter().flat_map(|tip| self.reachable(tip)).collect();
        let is_of_it = |commit: CommitId| {
            let step = kept.contains(&commit).then(|| self.step(commit).ok()).flatten();
            let message = step.and_then(|step| step.message);
            message.is_some_and(|message| of.sessions.contains(&message.session))
        };
        let mut right = ids.clone();
        right
            .commits
            .retain(|old, new| (behind.contains(old) || is_of_it(*old)) && self.did_the_same(*old, *new));
        right.blobs.retain(|old, new| self.says_the_same(*old, *new, wipe));
        right
    }

    /// Makes what takes out of these states what a list that somebody sent says was taken out.
    pub fn wipe_of_list(&self, list: &PurgedIds, of: ListOf<'_>) -> Result<Wipe, StoreError> {
        let wipe = Wipe::default().with_values(self.purged_values(list));
        let known = self.rightly_purged(list, of, &wipe);
        Ok(wipe.with_cuts(self.rightly_cut(&known)?).with_known(known))
    }

    /// Makes what ends a purge that did not end: each commit that was listed as written anew leads to
    /// what stands for it, and paths go from what was recorded on top of one since.
    pub fn wipe_of_unfinished(&self, mut wipe: Wipe) -> Result<Wipe, StoreError> {
        for (session, list) in self.purges()? {
            let name = self.try_find_session_by_id(session)?.map(|session| session.name);
            let tips = self.states_of(session, name.as_ref())?;
            let known = self.rightly_purged(&list, ListOf { tips: &tips, sessions: &[session] }, &wipe);
            wipe = wipe.with_cuts(self.rightly_cut(&known)?).with_known(known);
        }
        Ok(wipe)
    }

    // A path only goes from commits that had it, and for which some stand that do not. A run goes where
    // its record was emptied.
    fn rightly_cut(&self, known: &PurgedIds) -> Result<Vec<Cut>, StoreError> {
        let mut cuts = Vec::new();
        for path in &known.paths {
            let mut cut = Cut::of(CutOut::Path(path.clone()));
            for (old, new) in &known.commits {
                if self.stands(&cut, *old)? && !self.stands(&cut, *new)? {
                    cut.from.insert(*old);
                }
            }
            cuts.push(cut);
        }
        let mut runs: BTreeMap<RunId, Cut> = BTreeMap::new();
        for (old, new) in &known.commits {
            if let Some(run) = self.emptied(*old, *new)? {
                let cut = runs.entry(run).or_insert_with(|| Cut::of(CutOut::Run(run)));
                cut.from.insert(*old);
            }
        }
        cuts.extend(runs.into_values());
        cuts.retain(|cut| !cut.from.is_empty());
        Ok(cuts)
    }

    fn emptied(&self, old: CommitId, new: CommitId) -> Result<Option<RunId>, StoreError> {
        let Some(run) = self.step(old)?.run else { return Ok(None) };
        let record = |commit| -> Result<_, StoreError> {
            Ok(self.run_record(commit)?.filter(|record: &RunRecord| record.id == run))
        };
        let (old, new) = (record(old)?, record(new)?);
        let is_emptied =
            new.is_some_and(|new| new.has_no_texts()) && old.is_some_and(|old| !old.has_no_texts());
        Ok(is_emptied.then_some(run))
    }

    fn did_the_same(&self, old: CommitId, new: CommitId) -> bool {
        let (Ok(old), Ok(new)) = (self.step(old), self.step(new)) else { return false };
        let deed = |step: &Step| step.message.as_ref().map(|message| (message.session, message.change));
        let said = |step: &Step| (step.run, step.committed_at, step.parents.len());
        said(&old) == said(&new) && deed(&old) == deed(&new)
    }

    fn says_the_same(&self, old: BlobId, new: Option<BlobId>, wipe: &Wipe) -> bool {
        let read = |blob: BlobId| self.read_blob(blob, BYTES).ok();
        let (Some(old), Some(new)) = (read(old), new.and_then(read)) else { return false };
        *wipe.clean(&old).0 == *new
    }

    fn text(&self, blob: BlobId) -> Option<String> {
        String::from_utf8(self.read_blob(blob, BYTES).ok()?).ok()
    }
}

fn between(old: &str, new: &str) -> Vec<ExactValue> {
    let mut found = Vec::new();
    let plain = removed(old, new);
    // Text that comes out the same was compared rightly.
    let comes_out = |values: &[ExactValue]| {
        let wipe = Wipe::default().with_values(values.to_vec());
        *wipe.clean(old.as_bytes()).0 == *new.as_bytes()
    };
    if !plain.is_empty() && comes_out(&plain) {
        return plain;
    }
    // A document is printed anew, so its texts are compared one by one.
    let read = |text: &str| yaml::parse::<Value>("document", text.as_bytes()).ok();
    if let (Some(old), Some(new)) = (read(old), read(new)) {
        in_values(&old, &new, &mut found);
    }
    found
}

fn in_values(old: &Value, new: &Value, found: &mut Vec<ExactValue>) {
    match (old, new) {
        (Value::String(old), Value::String(new)) => found.extend(removed(old, new)),
        (Value::Array(old), Value::Array(new)) => {
            old.iter().zip(new).for_each(|(old, new)| in_values(old, new, found));
        }
        (Value::Object(old), Value::Object(new)) => {
            let pairs = old.iter().filter_map(|(name, old)| Some((old, new.get(name)?)));
            pairs.for_each(|(old, new)| in_values(old, new, found));
        }
        _ => {}
    }
}

// What stood where the marker stands now.
fn removed(old: &str, new: &str) -> Vec<ExactValue> {
    let mut kept = new.split(MARKER);
    let Some(mut rest) = kept.next().and_then(|start| old.strip_prefix(start)) else { return Vec::new() };
    let mut kept = kept.peekable();
    let mut found = Vec::new();
    while let Some(next) = kept.next() {
        let is_last = kept.peek().is_none();
        let at = match is_last {
            true => rest.ends_with(next).then(|| rest.len() - next.len()),
            false if next.is_empty() => None,
            false => rest.find(next),
        };
        let Some(at) = at else { return Vec::new() };
        found.extend(rest.get(..at).filter(|value| is_removable(value)).map(str::to_owned));
        rest = rest.get(at + next.len()..).unwrap_or_default();
    }
    found.iter().filter_map(|value| ExactValue::new(value.as_bytes()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUE: &str = "0dd-v4lue-that-is-known";

    #[test]
    fn a_value_is_found_in_texts_and_in_documents() {
        let value = ExactValue::new(VALUE.as_bytes()).expect("valid");
        for old in [
            format!("a {VALUE} b"),
            VALUE.to_owned(),
            format!("{VALUE}\nand {VALUE}.\n"),
            format!("a: \"x {VALUE} \\\" y\"\nb: [1, 2]\n"),
        ] {
            let new = old.replace(VALUE, MARKER);
            assert_eq!(between(&old, &new).first(), Some(&value), "{old}");
        }
        let (old, new) = (format!("a: \"x {VALUE} y\"\n"), format!("a: 'x {MARKER} y'\n"));
        assert_eq!(between(&old, &new), [value]);
        assert_eq!(between("use production here", &format!("use {MARKER} here")), [], "a word is none");
        assert_eq!(between("a", "b"), []);
    }

    proptest! {
        #[test]
        fn whatever_is_compared_ends(old in "(a|b|\\[REDACTED:known-value\\]|\n){0,12}", new in "(a|b|\\[REDACTED:known-value\\]|\n){0,12}") {
            let _ = between(&old, &new);
        }
    }
}
