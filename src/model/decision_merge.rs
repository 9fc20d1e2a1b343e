//! Field-wise three-way merge of one decision.

use std::collections::BTreeSet;

use super::{Decision, Extra, TextMerge, merge_text};
use crate::model::Additions;

/// Merges what two sides made of a decision; `None` where both changed the same field.
///
/// A decision that one side replaced and the other one explained is replaced and explained. Lists
/// merge as sets, in the order in which they stand.
pub fn merge_decisions(base: Option<&Decision>, ours: &Decision, theirs: &Decision) -> Option<Decision> {
    macro_rules! field {
        ($name:ident) => {
            one_of(base.map(|b| &b.$name), &ours.$name, &theirs.$name)?
        };
    }
    Some(Decision {
        title: field!(title),
        status: field!(status),
        because: field!(because),
        instead_of: both(base.map(|b| &b.instead_of), &ours.instead_of, &theirs.instead_of),
        supersedes: both(base.map(|b| &b.supersedes), &ours.supersedes, &theirs.supersedes),
        superseded_by: field!(superseded_by),
        rejected_because: field!(rejected_because),
        decided_at: field!(decided_at),
        decided_by: field!(decided_by),
        run: field!(run),
        extra: extra(base.map(|b| &b.extra), &ours.extra, &theirs.extra)?,
        body: body(base, ours, theirs)?,
    })
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

fn extra(base: Option<&Extra>, ours: &Extra, theirs: &Extra) -> Option<Extra> {
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut out = Extra::new();
    for name in names {
        let base = base.map(|base| base.get(name).cloned());
        let value = one_of(base.as_ref(), &ours.get(name).cloned(), &theirs.get(name).cloned())?;
        out.extend(value.map(|value| (name.clone(), value)));
    }
    Some(out)
}

fn body(base: Option<&Decision>, ours: &Decision, theirs: &Decision) -> Option<String> {
    if let Some(body) = one_of(base.map(|b| &b.body), &ours.body, &theirs.body) {
        return Some(body);
    }
    let base = base.map(|base| base.body.as_bytes()).unwrap_or_default();
    match merge_text(base, ours.body.as_bytes(), theirs.body.as_bytes(), Additions::Conflict) {
        TextMerge::Merged(bytes) => String::from_utf8(bytes).ok(),
        TextMerge::Conflict => None,
    }
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
        let merged = merge_decisions(Some(&decision()), &ours, &theirs).expect("no field in common");
        assert_eq!((merged.status, merged.superseded_by), (ours.status, ours.superseded_by));
        assert_eq!((merged.because, merged.body), (theirs.because, theirs.body));
    }

    #[test]
    fn two_that_replace_it_conflict() {
        let replaced = |by: &str| {
            let mut decision = decision();
            (decision.status, decision.superseded_by) = (DecisionStatus::Superseded, Some(id(by)));
            decision
        };
        assert_eq!(merge_decisions(Some(&decision()), &replaced("1111"), &replaced("2222")), None);
        let same = merge_decisions(Some(&decision()), &replaced("1111"), &replaced("1111"));
        assert_eq!(same, Some(replaced("1111")));
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
        fn the_order_of_the_sides_does_not_matter(base in any_decision(), x in any_decision(), y in any_decision()) {
            prop_assert_eq!(merge_decisions(Some(&base), &x, &y), merge_decisions(Some(&base), &y, &x));
        }

        #[test]
        fn the_same_change_on_both_sides_is_that_change(base in any_decision(), x in any_decision()) {
            prop_assert_eq!(merge_decisions(Some(&base), &x, &x), Some(x.clone()));
            prop_assert_eq!(merge_decisions(Some(&base), &base, &x), Some(x));
        }
    }
}
