//! Counting again what a manifest says of its history.

use std::collections::BTreeSet;

use crate::model::{
    Conflict, ConflictKind, ContextPath, Manifest, RECENT_RUNS, RecentRun, RunRecord, Totals, shown,
};
use crate::ops::OpError;
use crate::ops::runs::record_or_message;
use crate::store::{RunCommit, SessionRef, Snapshot, Store};

/// What a session's history and files say.
pub(in crate::ops) struct Counted {
    /// The sums over its runs.
    totals: Totals,
    /// Its newest runs, newest first.
    pub(in crate::ops) recent: Vec<RecentRun>,
    /// Runs whose record cannot be read, and why.
    pub(in crate::ops) unreadable: Vec<(RunCommit, String)>,
    /// What its runs conflicted at when they finished.
    conflicted: BTreeSet<String>,
    /// The copies of losing sides among its files.
    copies: BTreeSet<ContextPath>,
}

/// Counts a session's runs, totals and conflicts from its history and its files.
pub(in crate::ops) fn recount(
    store: &Store,
    session: &SessionRef,
    tip: &Snapshot,
) -> Result<Counted, OpError> {
    let files = store.context_files(tip.root)?;
    let mut counted = Counted {
        totals: Totals::default(),
        recent: Vec::new(),
        unreadable: Vec::new(),
        conflicted: BTreeSet::new(),
        copies: files.into_keys().filter(ContextPath::is_conflict_copy).collect(),
    };
    for run in store.session_runs(session)? {
        let (record, why) = record_or_message(store, &run);
        counted.add(&record);
        counted.unreadable.extend(why.map(|why| (run, why)));
    }
    Ok(counted)
}

impl Counted {
    fn add(&mut self, record: &RunRecord) {
        self.totals.add(record);
        self.recent.insert(0, RecentRun::from(record));
        self.recent.truncate(RECENT_RUNS);
        self.conflicted.extend(record.conflicts.iter().cloned());
    }

    /// Returns how many runs there are.
    pub(in crate::ops) fn runs(&self) -> usize {
        usize::try_from(self.totals.runs).unwrap_or(usize::MAX)
    }

    /// Says in what a manifest's totals differ; `None` where they agree, or cannot be counted.
    pub(in crate::ops) fn totals_differ(&self, said: &Totals) -> Option<String> {
        let counted = &self.totals;
        let number = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
        let mut pairs = vec![
            ("runs", said.runs.to_string(), counted.runs.to_string()),
            ("succeeded", said.succeeded.to_string(), counted.succeeded.to_string()),
            ("failed", said.failed.to_string(), counted.failed.to_string()),
            ("cancelled", said.cancelled.to_string(), counted.cancelled.to_string()),
        ];
        // The commits' messages count for records that cannot be read, but they do not tell all.
        if self.unreadable.is_empty() {
            let text =
                |value: &dyn Fn(&Totals) -> Option<String>| (number(value(said)), number(value(counted)));
            for (name, (said, counted)) in [
                ("duration_s", text(&|t| t.duration_s.map(|span| span.to_string()))),
                ("cost_usd", text(&|t| t.cost_usd.map(|cost| cost.to_string()))),
                ("input_tokens", text(&|t| t.input_tokens.map(|tokens| tokens.to_string()))),
                ("output_tokens", text(&|t| t.output_tokens.map(|tokens| tokens.to_string()))),
            ] {
                pairs.push((name, said, counted));
            }
        }
        let wrong: Vec<String> = pairs
            .into_iter()
            .filter(|(_, said, counted)| said != counted)
            .map(|(name, said, counted)| format!("{name} is {said}, the runs make {counted}"))
            .collect();
        (!wrong.is_empty()).then(|| format!("totals: {}", wrong.join("; ")))
    }

    /// Says in what a manifest's conflicts differ from the files and from what the runs recorded.
    /// `of_changes` is what is in conflict for other reasons than that a run finished.
    pub(in crate::ops) fn conflicts_differ(
        &self,
        manifest: &Manifest,
        of_changes: &BTreeSet<String>,
    ) -> Vec<String> {
        let is_known = |subject: &str| self.conflicted.contains(subject) || of_changes.contains(subject);
        let mut wrong = Vec::new();
        for copy in self.unlisted(manifest) {
            wrong.push(format!("{} is a copy of a conflict that is not listed", shown(copy.as_str())));
        }
        for entry in &manifest.conflicts {
            let subject = shown(entry.subject());
            if self.is_stale(entry) {
                wrong.push(format!("a conflict at {subject} is listed, but its copy is not there"));
            } else if entry.copy.is_none() && !is_known(entry.subject()) {
                wrong.push(format!("a conflict at {subject} is listed, but nothing made it"));
            }
        }
        wrong
    }

    /// Puts what was counted into a manifest.
    pub(in crate::ops) fn put_into(&self, manifest: &mut Manifest) {
        let extra = std::mem::take(&mut manifest.totals.extra);
        manifest.totals = Totals { extra, ..self.totals.clone() };
        manifest.runs = self.recent.clone();
        manifest.conflicts.retain(|entry| !self.is_stale(entry));
        let unlisted: Vec<Conflict> = self.unlisted(manifest).map(of_copy).collect();
        manifest.add_conflicts(&unlisted);
    }

    fn unlisted<'a>(&'a self, manifest: &'a Manifest) -> impl Iterator<Item = &'a ContextPath> {
        let is_listed =
            |copy: &str| manifest.conflicts.iter().any(|entry| entry.copy.as_deref() == Some(copy));
        self.copies.iter().filter(move |copy| !is_listed(copy.as_str()))
    }

    fn is_stale(&self, entry: &Conflict) -> bool {
        entry.copy.as_ref().is_some_and(|copy| !self.copies.iter().any(|known| known.as_str() == copy))
    }
}

fn of_copy(copy: &ContextPath) -> Conflict {
    let path = copy.as_str().rsplit_once(".conflict-").map_or(copy.as_str(), |(path, _)| path);
    let mut conflict = Conflict::of_path(path, ConflictKind::Content);
    conflict.copy = Some(copy.to_string());
    conflict
}
