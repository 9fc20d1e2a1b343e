//! What is to go.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hash;

use super::Cut;
use crate::model::{ContextPath, slug};
use crate::redact::{Counts, ExactValue, Redactor};
use crate::store::{BlobId, CommitId};

/// What stands where a value stood.
pub(super) const MARKER: &str = "[REDACTED:known-value]";
/// What stands in a name instead: brackets are no part of the name of a fact. It is hardly longer than
/// what it stands for, as names have a limit.
const NAME: &str = "redacted";
/// How short a value may be, as it is written in names, to be looked for there.
const SLUG_CHARS: usize = 8;

/// Commits and files that were written anew, and what stands for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurgedIds {
    /// The commits.
    pub commits: BTreeMap<CommitId, CommitId>,
    /// The contents of files; `None` where nothing stands for one.
    pub blobs: BTreeMap<BlobId, Option<BlobId>>,
    /// Files and folders of the context that went from those commits, and go from what follows them.
    pub paths: BTreeSet<ContextPath>,
}

impl PurgedIds {
    /// Tells whether nothing was written anew.
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty() && self.blobs.is_empty() && self.paths.is_empty()
    }

    /// Adds others. What is known already stays, but what stands for it may have been written anew
    /// since.
    pub fn add(&mut self, other: &Self) {
        for (old, new) in &other.commits {
            self.commits.entry(*old).or_insert(*new);
        }
        for (old, new) in &other.blobs {
            self.blobs.entry(*old).or_insert(*new);
        }
        self.paths.extend(other.paths.iter().cloned());
        follow(&mut self.commits, |new| Some(*new));
        follow(&mut self.blobs, |new| *new);
    }
}

// Whoever has the oldest must get to the newest: those in between are nowhere any more.
fn follow<K: Copy + Ord + Hash, V: Copy>(news: &mut BTreeMap<K, V>, id: impl Fn(&V) -> Option<K>) {
    let steps = news.clone();
    for new in news.values_mut() {
        let mut seen = HashSet::new();
        while let Some(next) = id(new).filter(|at| seen.insert(*at)).and_then(|at| steps.get(&at)) {
            *new = *next;
        }
    }
}

/// What is to go from what is stored.
#[derive(Default)]
pub struct Wipe {
    values: Vec<ExactValue>,
    redactor: Option<Redactor>,
    // How the values are written in names that are made of titles.
    slugs: Vec<String>,
    pub(super) cuts: Vec<Cut>,
    pub(super) known: PurgedIds,
}

impl Wipe {
    /// Lets values go, wherever they stand.
    pub fn with_values(mut self, values: Vec<ExactValue>) -> Self {
        self.redactor = (!values.is_empty()).then(|| Redactor::exactly(&values));
        let slugs = values.iter().map(|value| slug(value.as_str()));
        self.slugs = slugs.filter(|slug| slug.len() >= SLUG_CHARS).collect();
        self.values = values;
        self
    }

    /// Lets files of the context or runs go, from some commits and from all that follow them.
    pub fn with_cuts(mut self, cuts: Vec<Cut>) -> Self {
        self.cuts.extend(cuts);
        self
    }

    /// Takes over what somebody else wrote anew.
    pub fn with_known(mut self, known: PurgedIds) -> Self {
        self.known.add(&known);
        self
    }

    /// Returns a text without the values, and how often they stood in it.
    pub fn clean<'t>(&self, text: &'t [u8]) -> (Cow<'t, [u8]>, u64) {
        let mut counts = Counts::default();
        let cleaned = self.redactor.as_ref().map(|redactor| redactor.clean(text, &mut counts));
        (cleaned.unwrap_or(Cow::Borrowed(text)), counts.total())
    }

    /// Returns a name without the values, also as names are made of titles, and how often they stood
    /// in it.
    pub(in crate::store) fn clean_name(&self, name: &str) -> (String, u64) {
        let (cleaned, mut count) = self.clean(name.as_bytes());
        let mut cleaned = String::from_utf8_lossy(&cleaned).into_owned();
        if count > 0 {
            cleaned = cleaned.replace(MARKER, NAME);
        }
        for slug in &self.slugs {
            count += cleaned.matches(slug.as_str()).count() as u64;
            cleaned = cleaned.replace(slug.as_str(), NAME);
        }
        (cleaned, count)
    }

    /// Tells whether values are to go.
    pub(in crate::store) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    /// Tells whether a content holds one of the values.
    pub fn is_in(&self, content: &[u8]) -> bool {
        self.redactor.as_ref().is_some_and(|redactor| redactor.holds(content))
    }

    pub(super) fn redactor(&self) -> Option<&Redactor> {
        self.redactor.as_ref()
    }

    /// Returns a line without the values, also without the start of one that was cut at its end.
    pub(super) fn clean_line(&self, line: &str, limit: usize) -> String {
        let line = String::from_utf8_lossy(&self.clean(line.as_bytes()).0).into_owned();
        let is_cut = line.chars().count() >= limit;
        let cut = |line: String, value: &ExactValue| value.cut_from(&line).to_owned();
        if is_cut { self.values.iter().fold(line, cut) } else { line }
    }
}
