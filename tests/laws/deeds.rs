//! What people do to a session, at random.

use git_session::model::{FactKind, Timestamp, Usage, Usd};
use git_session::ops::{self, DecideOptions, EditOptions, IdOrigin, Keep, RecordInput};
use proptest::prelude::*;

use crate::lab::Lab;

/// 2026-11-22T00:00:00Z
const START: i64 = 1_795_305_600;
/// How many lines the plan has.
const LINES: usize = 5;

/// What somebody does to a session. Numbers choose what, and what it becomes.
#[derive(Debug, Clone)]
pub enum Deed {
    Know(usize, usize),
    Forget(usize),
    Decide(usize),
    Replace(usize),
    Reject(usize),
    Note(usize),
    Plan(usize, usize),
    Record(i64),
    Title(usize),
    Tag(usize),
    Settle(bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0usize..3, 0usize..4).prop_map(|(key, value)| Deed::Know(key, value)),
        1 => (0usize..3).prop_map(Deed::Forget),
        1 => (0usize..2).prop_map(Deed::Decide),
        1 => (0usize..2).prop_map(Deed::Replace),
        1 => (0usize..2).prop_map(Deed::Reject),
        1 => (0usize..4).prop_map(Deed::Note),
        2 => (0usize..LINES, 0usize..3).prop_map(|(line, text)| Deed::Plan(line, text)),
        2 => (0i64..50).prop_map(Deed::Record),
        1 => (0usize..3).prop_map(Deed::Title),
        1 => (0usize..3).prop_map(Deed::Tag),
        1 => any::<bool>().prop_map(Deed::Settle),
    ]
}

/// A few deeds of any kind.
pub fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    proptest::collection::vec(deed(), 0..6)
}

/// Deeds to facts, runs and labels alone. Of texts that go together line by line, and of decisions
/// that do so field by field, a third side can be in conflict with both or with one.
pub fn factual() -> impl Strategy<Value = Vec<Deed>> {
    let is_factual = |deed: &Deed| {
        matches!(deed, Deed::Know(..) | Deed::Forget(_) | Deed::Record(_) | Deed::Title(_) | Deed::Tag(_))
    };
    deeds().prop_map(move |deeds| deeds.into_iter().filter(is_factual).collect())
}

impl Deed {
    /// Does it. What is not there to be forgotten, rejected or settled is left.
    pub fn take(&self, lab: &Lab) {
        let (store, env, place) = (&lab.store, &lab.env, lab.place());
        match *self {
            Self::Know(key, value) => lab.know(&format!("k{key}"), &value.to_string()),
            Self::Forget(key) => {
                let key = format!("k{key}").parse().expect("valid");
                let _ = ops::remove_fact(store, env, &place, FactKind::Knowledge, &key);
            }
            Self::Decide(what) => {
                let options = DecideOptions::default();
                ops::decide(store, env, &place, &format!("Decision {what}"), &options).expect("decided");
            }
            Self::Replace(what) => {
                let options = DecideOptions::default().supersedes(vec![format!("Decision {what}")]);
                let _ = ops::decide(store, env, &place, "Another way", &options);
            }
            Self::Reject(what) => {
                let _ = ops::reject(store, env, &place, &format!("Decision {what}"), None);
            }
            Self::Note(note) => {
                ops::note(store, env, &place, &format!("note {note}")).expect("noted");
            }
            Self::Plan(line, text) => plan(lab, line, text),
            Self::Record(finish) => record(lab, finish),
            Self::Title(title) => {
                edit(lab, &EditOptions::default().with_title(Some(format!("title {title}"))));
            }
            Self::Tag(tag) => {
                edit(lab, &EditOptions::default().with_tags(vec![format!("t{tag}")], Vec::new()));
            }
            Self::Settle(other) => settle(lab, if other { Keep::Other } else { Keep::Current }),
        }
    }
}

fn plan(lab: &Lab, line: usize, text: usize) {
    let path = "plan.txt".parse().expect("valid");
    let tip = lab.store.snapshot(lab.tip().tip).expect("readable");
    let old = ops::cat_context(&lab.store, &tip, &path).unwrap_or_default();
    let mut lines: Vec<String> = String::from_utf8_lossy(&old).lines().map(str::to_owned).collect();
    lines.resize_with(LINES, || "-".to_owned());
    lines[line] = text.to_string();
    let text = lines.join("\n") + "\n";
    ops::put_context(&lab.store, &lab.env, &lab.place(), &path, text.as_bytes()).expect("put");
}

// Clocks differ from machine to machine.
fn record(lab: &Lab, finish: i64) {
    let mut record = lab.fresh_run("run");
    record.finished_at = Some(Timestamp::from_unix(START + finish));
    record.usage = Some(Usage { cost_usd: Some(Usd::from_micros(1 + finish as u64)), ..Usage::default() });
    let (store, session, input) = (&lab.store, &lab.session, RecordInput::default());
    ops::record(store, &lab.env, session, record, &input, IdOrigin::Fresh).expect("recorded");
}

fn edit(lab: &Lab, options: &EditOptions) {
    ops::edit(&lab.store, &lab.env, &lab.session, options).expect("edited");
}

fn settle(lab: &Lab, keep: Keep) {
    let open = lab.store.snapshot(lab.tip().tip).expect("readable").manifest.conflicts;
    if let Some(subject) = open.first().map(|entry| entry.copy.as_deref().unwrap_or(entry.subject())) {
        let _ = ops::resolve(&lab.store, &lab.env, &lab.session, subject, &keep);
    }
}

/// Does them one after the other.
pub fn take(lab: &Lab, deeds: &[Deed]) {
    deeds.iter().for_each(|deed| deed.take(lab));
}
