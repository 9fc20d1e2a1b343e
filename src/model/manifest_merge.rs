//! Field-wise three-way merge of manifests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{Conflict, Extra, Manifest, RECENT_EXTERNAL_IDS, RECENT_RUNS};

/// Two manifests made one.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestMerge {
    /// The result, with the conflicts of both sides and the new ones listed.
    pub manifest: Manifest,
    /// The fields that both sides changed.
    pub new_conflicts: Vec<Conflict>,
}

/// Merges what two sides made of `base`; where both changed a field, `winner`'s value is kept and
/// the other is listed as a conflict.
///
/// Tags, foreign ids and open conflicts merge as sets. `totals` are `winner`'s: they depend on
/// which runs the two histories share, so the caller sums them.
pub fn merge_manifests(base: Option<&Manifest>, winner: &Manifest, loser: &Manifest) -> ManifestMerge {
    merge_on_contested(base, &BTreeSet::new(), winner, loser)
}

/// Merges as [`merge_manifests`] does, on a base of which some fields are `contested`: the bases
/// that it was made of conflicted there, so that no value of such a field is unchanged.
pub fn merge_on_contested(
    base: Option<&Manifest>,
    contested: &BTreeSet<String>,
    winner: &Manifest,
    loser: &Manifest,
) -> ManifestMerge {
    let mut merge = Merge { contested, conflicts: Vec::new() };
    let mut manifest = winner.clone();
    manifest.schema = winner.schema.max(loser.schema);
    manifest.title = merge.field("title", base.map(|b| &b.title), &winner.title, &loser.title);
    manifest.status = merge.field("status", base.map(|b| &b.status), &winner.status, &loser.status);
    manifest.created_by =
        merge.field("created_by", base.map(|b| &b.created_by), &winner.created_by, &loser.created_by);
    manifest.project = merge.field("project", base.map(|b| &b.project), &winner.project, &loser.project);
    manifest.template = merge.field("template", base.map(|b| &b.template), &winner.template, &loser.template);
    manifest.budget = merge.field("budget", base.map(|b| &b.budget), &winner.budget, &loser.budget);
    manifest.tags = merge_sets(base.map(|b| &b.tags), &winner.tags, &loser.tags);
    manifest.external_ids = merge_external_ids(&winner.external_ids, &loser.external_ids);
    manifest.extra = merge.extra(base.map(|b| &b.extra), &winner.extra, &loser.extra);
    manifest.runs = merge_recent_runs(winner, loser);
    manifest.conflicts = merge_conflicts(base, winner, loser, &merge.conflicts);
    ManifestMerge { manifest, new_conflicts: merge.conflicts }
}

/// Merges another session into this one: its labels, foreign ids and open conflicts come along.
/// What a session says of itself stays as it is.
///
/// `base` is what both histories share; `totals` and `runs` are for the caller to count.
pub fn join_manifests(base: Option<&Manifest>, ours: &Manifest, theirs: &Manifest) -> Manifest {
    let mut joined = ours.clone();
    joined.schema = ours.schema.max(theirs.schema);
    joined.tags = merge_sets(base.map(|b| &b.tags), &ours.tags, &theirs.tags);
    joined.external_ids = merge_external_ids(&ours.external_ids, &theirs.external_ids);
    let mut theirs = theirs.clone();
    // A field that the other session has two values for is none of this one's.
    theirs.conflicts.retain(|entry| entry.field.is_none() || ours.conflicts.contains(entry));
    let base = base.cloned().map(|mut base| {
        base.conflicts.retain(|entry| entry.field.is_none());
        base
    });
    joined.conflicts = merge_conflicts(base.as_ref(), ours, &theirs, &[]);
    joined
}

struct Merge<'a> {
    contested: &'a BTreeSet<String>,
    conflicts: Vec<Conflict>,
}

impl Merge<'_> {
    fn field<T: Clone + PartialEq + Serialize>(
        &mut self,
        name: &str,
        base: Option<&T>,
        winner: &T,
        loser: &T,
    ) -> T {
        let base = base.filter(|_| !self.contested.contains(name));
        if winner == loser || base == Some(loser) {
            return winner.clone();
        }
        if base == Some(winner) {
            return loser.clone();
        }
        self.conflicts.push(Conflict::of_field(name, json(winner), json(loser)));
        winner.clone()
    }

    fn extra(&mut self, base: Option<&Extra>, winner: &Extra, loser: &Extra) -> Extra {
        let names: BTreeSet<&String> = winner.keys().chain(loser.keys()).collect();
        let mut out = Extra::new();
        for name in names {
            let base = base.map(|base| base.get(name).cloned());
            let (ours, theirs) = (winner.get(name).cloned(), loser.get(name).cloned());
            if let Some(value) = self.field(name, base.as_ref(), &ours, &theirs) {
                out.insert(name.clone(), value);
            }
        }
        out
    }
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Merges sets: what either side has, less what either side removed from the base.
fn merge_sets<T: Ord + Clone>(base: Option<&BTreeSet<T>>, a: &BTreeSet<T>, b: &BTreeSet<T>) -> BTreeSet<T> {
    let removed =
        |item: &T| base.is_some_and(|base| base.contains(item)) && !(a.contains(item) && b.contains(item));
    a.union(b).filter(|item| !removed(item)).cloned().collect()
}

fn merge_external_ids(
    a: &BTreeMap<String, Vec<String>>,
    b: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    let mut out = a.clone();
    for (source, ids) in b {
        let merged = out.entry(source.clone()).or_default();
        let new: Vec<String> = ids.iter().filter(|id| !merged.contains(id)).cloned().collect();
        merged.splice(0..0, new);
        let excess = merged.len().saturating_sub(RECENT_EXTERNAL_IDS);
        merged.drain(..excess);
    }
    out
}

fn merge_recent_runs(a: &Manifest, b: &Manifest) -> Vec<super::RecentRun> {
    let mut runs = a.runs.clone();
    runs.extend(b.runs.iter().filter(|run| !a.lists_run(run.id)).cloned());
    if runs.len() > a.runs.len() {
        runs.sort_by_key(|run| std::cmp::Reverse((run.finished_at, run.id)));
    }
    runs.truncate(RECENT_RUNS);
    runs
}

// An entry that either side settled stays settled.
fn merge_conflicts(base: Option<&Manifest>, a: &Manifest, b: &Manifest, new: &[Conflict]) -> Vec<Conflict> {
    let has = |side: &Manifest, entry: &Conflict| {
        side.conflicts.iter().any(|other| other.identity() == entry.identity())
    };
    let settled =
        |entry: &Conflict| base.is_some_and(|base| has(base, entry)) && !(has(a, entry) && has(b, entry));
    let mut out: Vec<Conflict> = Vec::new();
    for entry in a.conflicts.iter().chain(&b.conflicts).filter(|entry| !settled(entry)).chain(new) {
        if !out.iter().any(|kept| kept.identity() == entry.identity()) {
            out.push(entry.clone());
        }
    }
    out.sort_by(|x, y| x.identity().cmp(&y.identity()));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{ConflictKind, SessionId, SessionStatus, Timestamp};

    fn manifest(title: &str, tags: &[&str]) -> Manifest {
        let mut manifest =
            Manifest::new(SessionId::from_foreign("test", "s"), title, Timestamp::from_unix(0));
        manifest.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        manifest
    }

    #[test]
    fn a_field_that_both_changed_keeps_the_winner_and_lists_the_loser() {
        let (base, ours, theirs) = (manifest("a", &[]), manifest("b", &[]), manifest("c", &[]));
        let merged = merge_manifests(Some(&base), &ours, &theirs);
        assert_eq!(merged.manifest.title, "b");
        assert_eq!(merged.manifest.conflicts, [Conflict::of_field("title", "b".into(), "c".into())]);
        assert_eq!(merged.new_conflicts, merged.manifest.conflicts);
    }

    #[test]
    fn tags_merge_as_sets_and_a_removal_counts() {
        let base = manifest("a", &["x", "y"]);
        let merged =
            merge_manifests(Some(&base), &manifest("a", &["x", "z"]), &manifest("a", &["x", "y", "w"]));
        assert_eq!(merged.manifest.tags, manifest("", &["x", "z", "w"]).tags);
    }

    #[test]
    fn a_conflict_that_one_side_settled_stays_settled_and_others_add_up() {
        let entry = |copy: &str| {
            let mut entry = Conflict::of_path("knowledge/x.md", ConflictKind::Content);
            entry.copy = Some(copy.to_owned());
            entry
        };
        let (mut base, mut ours, mut theirs) = (manifest("a", &[]), manifest("a", &[]), manifest("a", &[]));
        base.conflicts = vec![entry("1"), entry("2")];
        ours.conflicts = vec![entry("2"), entry("3")];
        theirs.conflicts = vec![entry("1"), entry("2"), entry("4")];
        let merged = merge_manifests(Some(&base), &ours, &theirs);
        assert_eq!(merged.manifest.conflicts, [entry("2"), entry("3"), entry("4")]);
    }

    fn any_manifest() -> impl Strategy<Value = Manifest> {
        let status = prop_oneof![Just(SessionStatus::Active), Just(SessionStatus::Done)];
        let extra = proptest::collection::btree_map("[ab]", (0..3i32).prop_map(Value::from), 0..3);
        ("[abc]", status, proptest::collection::btree_set("[a-d]", 0..4), extra).prop_map(
            |(title, status, tags, extra)| {
                let mut manifest = manifest(&title, &[]);
                (manifest.status, manifest.tags, manifest.extra) = (status, tags, extra);
                manifest
            },
        )
    }

    proptest! {
        #[test]
        fn an_unchanged_side_takes_the_other(a in any_manifest(), b in any_manifest()) {
            let merged = merge_manifests(Some(&a), &a, &b);
            prop_assert_eq!(&merged.manifest, &b);
            let merged = merge_manifests(Some(&a), &b, &a);
            prop_assert_eq!(&merged.manifest, &b);
        }

        #[test]
        fn swapping_the_sides_changes_only_who_wins(base in any_manifest(), x in any_manifest(), y in any_manifest()) {
            let (a, b) = (merge_manifests(Some(&base), &x, &y), merge_manifests(Some(&base), &y, &x));
            prop_assert_eq!(&a.manifest.tags, &b.manifest.tags);
            prop_assert_eq!(a.new_conflicts.len(), b.new_conflicts.len());
            if a.new_conflicts.is_empty() {
                prop_assert_eq!(a.manifest, b.manifest);
            }
        }

        #[test]
        fn manifests_are_read_back_as_written(manifest in any_manifest(), title in "\\PC{0,40}|(yes|No|1:30|1_000|12e4567|2026-11-22|010|0x1F|~|null|.inf|1\\.5)") {
            let mut manifest = manifest;
            manifest.title = title.clone();
            manifest.tags.insert(title);
            let text = crate::model::yaml::print("session.yaml", &manifest).expect("printable");
            prop_assert_eq!(crate::model::yaml::parse_schema::<Manifest>("session.yaml", text.as_bytes()), Ok(manifest));
        }
    }
}
