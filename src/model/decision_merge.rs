//! Field-wise three-way merge of one decision.

use std::collections::BTreeSet;

use super::{Decision, Extra, TextMerge, merge_text};
use crate::model::Additions;

/// Two versions of a decision made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionMerge {
    /// The result.
    pub decision: Decision,
    /// Whether both sides changed the same field, differently.
    pub is_conflict: bool,
}

/// Merges what two sides made of a decision; where both changed a field, `winner`'s value is kept.
///
/// A decision that one side replaced and the other one explained is replaced and explained. How it
/// stands is one field, with what took its place or why it was rejected. Lists merge as sets, in the
/// order in which they stand.
pub fn merge_decisions(base: Option<&Decision>, winner: &Decision, loser: &Decision) -> DecisionMerge {
    let mut merge = Merge { is_conflict: false };
    macro_rules! field {
        ($name:ident) => {
            merge.field(base.map(|b| &b.$name), &winner.$name, &loser.$name)
        };
    }
    let stand = |d: &Decision| (d.status, d.superseded_by.clone(), d.rejected_because.clone());
    let (status, superseded_by, rejected_because) =
        merge.field(base.map(stand).as_ref(), &stand(winner), &stand(loser));
    let decision = Decision {
        title: field!(title),
        status,
        because: field!(because),
        instead_of: both(base.map(|b| &b.instead_of), &winner.instead_of, &loser.instead_of),
        supersedes: both(base.map(|b| &b.supersedes), &winner.supersedes, &loser.supersedes),
        superseded_by,
        rejected_because,
        decided_at: field!(decided_at),
        decided_by: field!(decided_by),
        run: field!(run),
        extra: merge.extra(base.map(|b| &b.extra), &winner.extra, &loser.extra),
        body: merge.body(base, winner, loser),
    };
    DecisionMerge { decision, is_conflict: merge.is_conflict }
}

impl Decision {
    /// Tells whether two decisions say the same, whoever made them and when.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let other = Self {
            decided_at: self.decided_at,
            decided_by: self.decided_by.clone(),
            run: self.run,
            ..other.clone()
        };
        *self == other
    }
}

struct Merge {
    is_conflict: bool,
}

impl Merge {
    fn field<T: Clone + PartialEq>(&mut self, base: Option<&T>, winner: &T, loser: &T) -> T {
        one_of(base, winner, loser).unwrap_or_else(|| {
            self.is_conflict = true;
            winner.clone()
        })
    }

    fn extra(&mut self, base: Option<&Extra>, winner: &Extra, loser: &Extra) -> Extra {
        let names: BTreeSet<&String> = winner.keys().chain(loser.keys()).collect();
        let merged = names.into_iter().filter_map(|name| {
            let base = base.map(|base| base.get(name).cloned());
            let value = self.field(base.as_ref(), &winner.get(name).cloned(), &loser.get(name).cloned());
            Some((name.clone(), value?))
        });
        merged.collect()
    }

    fn body(&mut self, base: Option<&Decision>, winner: &Decision, loser: &Decision) -> String {
        let body = one_of(base.map(|b| &b.body), &winner.body, &loser.body);
        let merged = body.or_else(|| {
            let base = base.map(|base| base.body.as_bytes()).unwrap_or_default();
            match merge_text(base, winner.body.as_bytes(), loser.body.as_bytes(), Additions::Conflict) {
                TextMerge::Merged(bytes) => String::from_utf8(bytes).ok(),
                TextMerge::Conflict => None,
            }
        });
        merged.unwrap_or_else(|| {
            self.is_conflict = true;
            winner.body.clone()
        })
    }
}

fn one_of<T: Clone + PartialEq>(base: Option<&T>, ours: &T, theirs: &T) -> Option<T> {
    match (ours == theirs, base) {
        (true, _) => Some(ours.clone()),
        (false, Some(base)) if base == ours => Some(theirs.clone()),
        (false, Some(base)) if base == theirs => Some(ours.clone()),
        _ => None,
    }
}

// What only one side has is left out where the other side removed it. The smaller of two new ones
// comes first, so that the order does not say which side is ours.
fn both<T: Ord + Clone>(base: Option<&Vec<T>>, ours: &Vec<T>, theirs: &Vec<T>) -> Vec<T> {
    if let Some(changed) = one_of(base, ours, theirs) {
        return changed;
    }
    let old = base.map_or(&[][..], Vec::as_slice);
    let kept = old.iter().filter(|item| ours.contains(item) && theirs.contains(item));
    let new: BTreeSet<&T> = ours.iter().chain(theirs).filter(|item| !old.contains(item)).collect();
    kept.chain(new).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{DecisionId, DecisionStatus, Timestamp};

    fn decision() -> Decision {
        Decision::new("Use Postgres", Timestamp::from_unix(0))
    }

    fn id(digits: &str) -> DecisionId {
        DecisionId::new(Timestamp::from_unix(0), "x", digits)
    }

    #[test]
    fn one_side_replaces_it_and_the_other_explains_it() {
        let (mut ours, mut theirs) = (decision(), decision());
        (ours.status, ours.superseded_by) = (DecisionStatus::Superseded, Some(id("1111")));
        (theirs.because, theirs.body) = (Some("it is there".to_owned()), "More.\n".to_owned());
        let DecisionMerge { decision: merged, is_conflict } =
            merge_decisions(Some(&decision()), &ours, &theirs);
        assert!(!is_conflict, "they have no field in common");
        assert_eq!((merged.status, merged.superseded_by), (ours.status, ours.superseded_by));
        assert_eq!((merged.because, merged.body), (theirs.because, theirs.body));
    }

    #[test]
    fn of_two_that_replace_it_the_winner_stands_and_what_the_other_explained_is_kept() {
        let replaced = |by: &str| {
            let mut decision = decision();
            (decision.status, decision.superseded_by) = (DecisionStatus::Superseded, Some(id(by)));
            decision
        };
        let mut theirs = replaced("2222");
        theirs.because = Some("it is there".to_owned());
        let merged = merge_decisions(Some(&decision()), &replaced("1111"), &theirs);
        assert!(merged.is_conflict);
        assert_eq!(merged.decision.superseded_by, Some(id("1111")));
        assert_eq!(merged.decision.because, theirs.because);
        let same = merge_decisions(Some(&decision()), &replaced("1111"), &replaced("1111"));
        assert_eq!(same, DecisionMerge { decision: replaced("1111"), is_conflict: false });
    }

    #[test]
    fn two_people_decide_the_same() {
        let (ours, mut theirs) = (decision(), decision());
        (theirs.decided_at, theirs.decided_by) =
            (Timestamp::from_unix(9), Some(crate::model::Person::new("Ann", "")));
        assert!(ours.says_the_same(&theirs));
        theirs.because = Some("it is there".to_owned());
        assert!(!ours.says_the_same(&theirs));
    }

    fn any_decision() -> impl Strategy<Value = Decision> {
        let list = proptest::collection::vec("[a-c]", 0..3);
        let status = prop_oneof![Just(DecisionStatus::Accepted), Just(DecisionStatus::Rejected)];
        let because = proptest::option::of("[ab]");
        let extra = proptest::collection::btree_map("[ab]", (0..2i32).prop_map(Into::into), 0..2);
        (status, because, list, extra, "[ab\n]{0,4}").prop_map(|(status, because, list, extra, body)| {
            let mut decision = decision();
            (decision.status, decision.because, decision.extra, decision.body) =
                (status, because, extra, body);
            decision.instead_of = list;
            decision
        })
    }

    proptest! {
        #[test]
        fn the_order_of_the_sides_decides_only_who_wins(base in any_decision(), x in any_decision(), y in any_decision()) {
            let (a, b) = (merge_decisions(Some(&base), &x, &y), merge_decisions(Some(&base), &y, &x));
            prop_assert_eq!(a.is_conflict, b.is_conflict);
            if !a.is_conflict {
                prop_assert_eq!(a, b);
            }
        }

        #[test]
        fn the_same_change_on_both_sides_is_that_change(base in any_decision(), x in any_decision()) {
            let same = DecisionMerge { decision: x.clone(), is_conflict: false };
            prop_assert_eq!(&merge_decisions(Some(&base), &x, &x), &same);
            prop_assert_eq!(&merge_decisions(Some(&base), &base, &x), &same);
            prop_assert_eq!(&merge_decisions(Some(&base), &x, &base), &same);
        }

        #[test]
        fn three_changes_merge_to_the_same_in_any_grouping(base in any_decision(), x in any_decision(), y in any_decision(), z in any_decision()) {
            // Of bodies that conflict, whole lines go; they are left out here.
            let [base, x, y, z] = [base, x, y, z].map(|d| Decision { body: String::new(), ..d });
            let merge = |a: &Decision, b: &Decision| merge_decisions(Some(&base), a, b).decision;
            let (left, right) = (merge(&merge(&x, &y), &z), merge(&x, &merge(&y, &z)));
            prop_assert_eq!((&left.status, &left.because, &left.extra), (&right.status, &right.because, &right.extra));
        }
    }
}
