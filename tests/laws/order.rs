//! Runs come in one order, whatever the commits' dates: after all runs they follow, else by their
//! finish, else by their id.

use std::collections::{BTreeMap, BTreeSet};

use git_session::model::{Change, CommitMessage, Person, RunId, RunRecord, RunStatus, Timestamp};
use git_session::ops::{self, LogOptions, LogScope};
use git_session::store::{CommitId, ContextFile, NewCommit, RunList, Step, TreeEdit};
use proptest::prelude::*;

use crate::lab::Lab;

/// A commit of a random history: its parents (how far back), whether it is a run, when that
/// finished, whether it is the run before once more, and a date of the commit that means nothing.
#[derive(Debug, Clone)]
struct Node {
    parents: Vec<usize>,
    is_run: bool,
    has_message: bool,
    finished: i64,
    is_again: bool,
    date: i64,
}

fn node() -> impl Strategy<Value = Node> {
    node_after(proptest::collection::btree_set(1usize..6, 1..3))
}

/// A commit of a history that is a line, but for some merges and branches.
fn node_of_a_line() -> impl Strategy<Value = Node> {
    let line = Just(BTreeSet::from([1]));
    let parents = prop_oneof![30 => line, 1 => proptest::collection::btree_set(1usize..6, 1..3)];
    (node_after(parents), proptest::bool::weighted(0.1))
        .prop_map(|(node, is_again)| Node { is_again, ..node })
}

fn node_after(parents: impl Strategy<Value = BTreeSet<usize>>) -> impl Strategy<Value = Node> {
    (parents, proptest::bool::weighted(0.7), proptest::bool::weighted(0.8), 0i64..4, -10_000i64..10_000)
        .prop_map(|(parents, is_run, has_message, finished, date)| Node {
            parents: parents.into_iter().collect(),
            is_run,
            has_message,
            finished,
            is_again: false,
            date,
        })
}

struct Built {
    commits: Vec<CommitId>,
    /// The parents of each node, as indexes.
    parents: Vec<BTreeSet<usize>>,
    runs: BTreeMap<usize, (Option<Timestamp>, RunId)>,
}

fn build(lab: &Lab, nodes: &[Node]) -> Built {
    let mut built = Built { commits: Vec::new(), parents: Vec::new(), runs: BTreeMap::new() };
    let mut batch = lab.store.batch();
    let root = lab.store.snapshot(lab.session.tip).expect("readable").root;
    let mut trees = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let back = node.parents.iter().filter_map(|back| index.checked_sub(*back));
        let parents: BTreeSet<usize> = back.collect();
        let before = built.runs.values().next_back().filter(|_| node.is_again).map(|(_, run)| *run);
        let id = before.unwrap_or_else(|| RunId::new(lab.env.new_uuid()));
        let mut record = RunRecord::new(id, lab.id, RunStatus::Succeeded);
        record.finished_at = Some(Timestamp::from_unix(1_795_000_000 + node.finished));
        let base = parents.first().and_then(|first| trees.get(*first)).copied().unwrap_or(root);
        let mut tree = base;
        if node.is_run {
            let yaml = git_session::model::yaml::print("run", &record).expect("printable");
            let blob = batch.blob(yaml.as_bytes()).expect("kept");
            let edit = TreeEdit::Put("run/run.yaml".to_owned(), ContextFile::plain(blob));
            tree = batch.edit_tree(Some(base), &[edit]).expect("edited");
            built.runs.insert(index, (record.finished_at, record.id));
        }
        let mut message = match node.is_run {
            true => CommitMessage::of_run(&record),
            false => CommitMessage::of_change(Change::Context, lab.id, "x"),
        };
        // Another program may have made the commit: then only its files tell whether it is a run.
        if !node.has_message {
            message = CommitMessage { run: None, change: Change::Run, ..message };
        }
        let ids: Vec<CommitId> = match parents.is_empty() {
            true => vec![lab.session.tip],
            false => parents.iter().map(|parent| built.commits[*parent]).collect(),
        };
        let date = Timestamp::from_unix(1_795_000_000 + node.date);
        let who = Person::new("x", "x@example.com");
        let new = NewCommit {
            tree,
            parents: &ids,
            author: &who,
            authored_at: date,
            committed_at: date,
            message: &message,
        };
        built.commits.push(batch.commit(&new).expect("kept"));
        built.parents.push(parents);
        trees.push(tree);
    }
    lab.store.lock_session(lab.id).expect("free").persist(batch, &built.commits).expect("stored");
    built
}

impl Built {
    fn reachable(&self, from: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next = vec![from];
        while let Some(index) = next.pop() {
            if found.insert(index) {
                next.extend(&self.parents[index]);
            }
        }
        found
    }

    /// The law by its words, slowly: again and again the smallest run all of whose forerunners are listed.
    fn expected(&self, tip: usize, hidden: &BTreeSet<usize>) -> Vec<RunId> {
        let mut left: BTreeSet<usize> = self.reachable(tip).difference(hidden).copied().collect();
        left.retain(|index| self.runs.contains_key(index));
        let mut order = Vec::new();
        while !left.is_empty() {
            let ready = left.iter().filter(|index| {
                let before = self.reachable(**index);
                left.iter().all(|other| other == *index || !before.contains(other))
            });
            let next = *ready.min_by_key(|index| self.runs[index]).expect("a history has no circles");
            order.push(self.runs[&next].1);
            left.remove(&next);
        }
        order
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn runs_follow_their_forerunners_then_their_finish_then_their_id(
        nodes in proptest::collection::vec(node(), 1..24),
        origin in proptest::option::of(0usize..24),
    ) {
        let lab = Lab::new();
        let built = build(&lab, &nodes);
        let tip = nodes.len() - 1;
        let origin = origin.filter(|origin| built.reachable(tip).contains(origin));
        let hidden = origin.map(|origin| built.reachable(origin)).unwrap_or_default();
        let found = lab.store.runs(built.commits[tip], origin.map(|origin| built.commits[origin]));
        let found: Vec<RunId> = found.expect("readable").iter().map(|run| run.run.id).collect();
        prop_assert_eq!(found, built.expected(tip, &hidden));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_history_that_is_read_bit_by_bit_has_the_order_of_the_numbers(
        nodes in proptest::collection::vec(node(), 1..24),
        origin in proptest::option::of(0usize..24),
        limit in 0usize..24,
    ) {
        let lab = Lab::new();
        let built = build(&lab, &nodes);
        let tip = built.commits[nodes.len() - 1];
        let origin = origin.filter(|origin| built.reachable(nodes.len() - 1).contains(origin));
        let origin = origin.map(|origin| built.commits[origin]);
        let steps: Vec<Step> =
            lab.store.history(tip, origin).collect::<Result<_, _>>().expect("readable");
        let runs: Vec<RunId> = steps.iter().rev().filter_map(|step| step.run).collect();
        let numbered = lab.store.runs(tip, origin).expect("readable");
        prop_assert_eq!(runs, numbered.iter().map(|run| run.run.id).collect::<Vec<_>>());
        let first: Vec<Step> =
            lab.store.history(tip, origin).take(limit).collect::<Result<_, _>>().expect("readable");
        prop_assert_eq!(&first[..], &steps[..limit.min(steps.len())]);
        let at = |commit: &CommitId| steps.iter().position(|step| step.commit == *commit);
        for (place, step) in steps.iter().enumerate() {
            let follows = |parent| at(parent).is_none_or(|parent| parent > place);
            prop_assert!(step.parents.iter().all(follows), "nothing comes before what follows it");
        }
    }

    #[test]
    fn a_range_holds_what_its_end_follows_and_its_begin_does_not(
        nodes in proptest::collection::vec(node(), 1..20),
        from in 0usize..20,
        to in 0usize..20,
    ) {
        let lab = Lab::new();
        let built = build(&lab, &nodes);
        let (from, to) = (from % nodes.len(), to % nodes.len());
        let steps = lab.store.history_between(built.commits[from], built.commits[to]).expect("readable");
        let found: BTreeSet<CommitId> = steps.map(|step| step.expect("readable").commit).collect();
        let (before, upto) = (built.reachable(from), built.reachable(to));
        let expected: BTreeSet<CommitId> = upto.difference(&before).map(|node| built.commits[*node]).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_history_of_all_tips_holds_each_commit_once_behind_what_follows_it(
        nodes in proptest::collection::vec(node(), 1..20),
        tips in proptest::collection::vec(0usize..20, 1..4),
    ) {
        let lab = Lab::new();
        let built = build(&lab, &nodes);
        let tips: Vec<usize> = tips.into_iter().map(|tip| tip % nodes.len()).collect();
        let ids: Vec<CommitId> = tips.iter().map(|tip| built.commits[*tip]).collect();
        let (history, unreadable) = lab.store.history_of_all(&ids).expect("readable");
        prop_assert!(unreadable.is_empty());
        let steps: Vec<Step> = history.collect::<Result<_, _>>().expect("readable");
        let found: BTreeSet<CommitId> = steps.iter().map(|step| step.commit).collect();
        prop_assert_eq!(found.len(), steps.len(), "each commit is told once");
        let expected: BTreeSet<usize> = tips.iter().flat_map(|tip| built.reachable(*tip)).collect();
        prop_assert!(expected.iter().all(|node| found.contains(&built.commits[*node])));
        let at = |commit: &CommitId| steps.iter().position(|step| step.commit == *commit);
        for (place, step) in steps.iter().enumerate() {
            prop_assert!(step.parents.iter().all(|parent| at(parent) > Some(place)));
        }
    }
}

#[test]
fn the_start_of_a_history_does_not_read_the_rest() {
    let lab = Lab::new();
    let runs: Vec<CommitId> = (0..6).map(|run| lab.record(lab.fresh_run(&run.to_string())).commit).collect();
    let lost =
        lab.store.dir().join("objects").join(&runs[1].to_string()[..2]).join(&runs[1].to_string()[2..]);
    std::fs::remove_file(lost).expect("removed");
    let options = |limit| {
        let mut options = LogOptions::default();
        options.limit = Some(limit);
        options
    };
    let scope = LogScope::Session(lab.tip());
    let told = ops::log(&lab.store, &scope, &options(3)).expect("the lost run is not looked at");
    assert_eq!(told.entries.len(), 3);
    assert!(ops::log(&lab.store, &scope, &options(6)).is_err(), "the lost run is missed where it is needed");
}

#[test]
fn a_run_that_two_commits_record_counts_once() {
    let lab = Lab::new();
    let mut record = lab.fresh_run("twice");
    record.finished_at = Some(Timestamp::from_unix(1_795_000_000));
    let first = lab.record(record.clone());
    let again = lab.record(record);
    assert_ne!(first.commit, again.commit);
    let runs = lab.store.session_runs(&lab.tip()).expect("readable");
    assert_eq!(runs.len(), 1, "a run is its id, not its commit");
}

/// A look at the list of a session's runs, whose branch is at one of the commits; or harm that is done to
/// the list that is kept.
#[derive(Debug, Clone)]
enum Look {
    At(usize),
    Cut(usize),
    Alter(usize),
}

fn look() -> impl Strategy<Value = Look> {
    prop_oneof![
        6 => (0usize..100).prop_map(Look::At),
        1 => (0usize..8000).prop_map(Look::Cut),
        1 => (0usize..8000).prop_map(Look::Alter),
    ]
}

impl Look {
    fn take(&self, lab: &Lab, built: &Built) {
        let kept = lab.store.dir().join("git-session/numbers").join(lab.id.short());
        let mut bytes = std::fs::read(&kept).unwrap_or_default();
        match *self {
            Self::At(index) => same_as_walked(lab, built.commits[index % built.commits.len()]),
            Self::Cut(length) if length < bytes.len() => {
                std::fs::write(&kept, &bytes[..length]).expect("written");
            }
            Self::Alter(at) if at < bytes.len() => {
                bytes[at] ^= 1;
                std::fs::write(&kept, bytes).expect("written");
            }
            _ => {}
        }
    }
}

/// Compares a session's lists with what a walk finds.
fn same_as_walked(lab: &Lab, tip: CommitId) {
    let origin = lab.store.snapshot(tip).expect("readable").forked_at();
    let walked = |tip, origin| -> Vec<(usize, RunId, CommitId)> {
        let runs = lab.store.runs(tip, origin).expect("readable");
        runs.into_iter().zip(1..).map(|(found, number)| (number, found.run.id, found.commit)).collect()
    };
    let (own, inherited) = (lab.store.run_list(tip), lab.store.inherited_list(tip));
    let listed = |list: RunList| list.numbered().collect::<Vec<_>>();
    assert_eq!(listed(own.expect("readable")), walked(tip, origin));
    let before = origin.map(|origin| walked(origin, None)).unwrap_or_default();
    assert_eq!(listed(inherited.expect("readable")), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_list_that_is_kept_says_what_a_walk_says(
        nodes in proptest::collection::vec(node_of_a_line(), 10..100),
        looks in proptest::collection::vec(look(), 1..24),
    ) {
        let lab = Lab::new();
        let built = build(&lab, &nodes);
        looks.iter().for_each(|look| look.take(&lab, &built));
    }
}

#[test]
fn lists_of_a_fork_and_of_what_it_is_from_are_kept_apart() {
    let (long, lab) = (20, Lab::new());
    let record = |lab: &Lab| _ = lab.record(lab.fresh_run("run"));
    (0..long).for_each(|_| record(&lab));
    let fork = lab.fork();
    for _ in 0..long {
        record(&fork);
        same_as_walked(&fork, fork.tip().tip);
        same_as_walked(&lab, lab.tip().tip);
    }
    let kept = || std::fs::read_dir(lab.store.dir().join("git-session/numbers")).expect("there").count();
    assert_eq!(kept(), 3, "of the session, of its fork, and of what the fork is from");
    // A list of another history, as one is after the branch was put elsewhere.
    let folder = lab.store.dir().join("git-session/numbers");
    std::fs::copy(folder.join(lab.id.short()), folder.join(fork.id.short())).expect("copied");
    same_as_walked(&fork, fork.tip().tip);
}
