//! A simple model of sessions that are forked, merged, rewound and undone: what they must hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use git_session::model::RunId;
use git_session::store::CommitId;

/// What a commit holds of the context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    pub facts: BTreeMap<String, String>,
    /// The other sides of open conflicts.
    pub copies: BTreeSet<(String, String)>,
    /// Facts that one side removed and the other changed.
    pub removed: BTreeSet<String>,
}

/// A commit.
#[derive(Debug, Clone)]
pub struct Node {
    pub parents: Vec<CommitId>,
    /// The run that it records, and what that cost.
    pub run: Option<(RunId, u64)>,
    pub state: State,
}

/// All commits that were made.
#[derive(Debug, Default)]
pub struct Model {
    pub nodes: HashMap<CommitId, Node>,
}

impl Model {
    pub fn add(&mut self, commit: CommitId, parents: &[CommitId], run: Option<(RunId, u64)>, state: State) {
        self.nodes.insert(commit, Node { parents: parents.to_vec(), run, state: state.settled() });
    }

    pub fn state(&self, commit: CommitId) -> &State {
        &self.nodes[&commit].state
    }

    pub fn reach(&self, tip: CommitId) -> BTreeSet<CommitId> {
        let (mut found, mut next) = (BTreeSet::new(), vec![tip]);
        while let Some(commit) = next.pop() {
            if found.insert(commit) {
                next.extend(&self.nodes[&commit].parents);
            }
        }
        found
    }

    /// The runs of a session, each with its cost.
    pub fn runs(&self, tip: CommitId, origin: Option<CommitId>) -> BTreeMap<RunId, u64> {
        let hidden = origin.map(|origin| self.reach(origin)).unwrap_or_default();
        let own = self.reach(tip).into_iter().filter(|commit| !hidden.contains(commit));
        own.filter_map(|commit| self.nodes[&commit].run).collect()
    }

    /// The newest commits that both follow: by the definition, not by a walk.
    pub fn bases(&self, a: CommitId, b: CommitId) -> BTreeSet<CommitId> {
        let both: BTreeSet<CommitId> = self.reach(a).intersection(&self.reach(b)).copied().collect();
        let is_below = |commit: &CommitId| {
            both.iter().any(|other| other != commit && self.reach(*other).contains(commit))
        };
        both.iter().filter(|commit| !is_below(commit)).copied().collect()
    }
}

impl State {
    /// Merges `theirs` into `ours`, which wins.
    pub fn merge(base: &Self, ours: &Self, theirs: &Self) -> Self {
        let keys: BTreeSet<&String> =
            [base, ours, theirs].into_iter().flat_map(|state| state.facts.keys()).collect();
        let mut merged = Self {
            facts: BTreeMap::new(),
            copies: merge_sets(&base.copies, &ours.copies, &theirs.copies),
            removed: merge_sets(&base.removed, &ours.removed, &theirs.removed),
        };
        for key in keys {
            let [b, o, t] = [base, ours, theirs].map(|state| state.facts.get(key));
            let value = match (o, t) {
                _ if o == t || t == b => o,
                _ if o == b => t,
                (Some(o), Some(t)) => {
                    merged.copies.insert((key.clone(), t.clone()));
                    Some(o)
                }
                (o, t) => {
                    merged.removed.insert(key.clone());
                    o.or(t)
                }
            };
            merged.facts.extend(value.map(|value| (key.clone(), value.clone())));
        }
        merged.settled()
    }

    /// A conflict is one no more when the path has what the copy holds, or nothing is left of it.
    pub fn settled(mut self) -> Self {
        self.copies.retain(|(key, value)| self.facts.get(key) != Some(value));
        self.removed.retain(|key| self.facts.contains_key(key));
        self
    }

    /// Every version of a fact that is there.
    pub fn sides(&self, key: &str) -> BTreeSet<String> {
        let copies = self.copies.iter().filter(|(of, _)| of == key).map(|(_, value)| value.clone());
        copies.chain(self.facts.get(key).cloned()).collect()
    }
}

fn merge_sets<T: Ord + Clone>(base: &BTreeSet<T>, a: &BTreeSet<T>, b: &BTreeSet<T>) -> BTreeSet<T> {
    let stays = |item: &&T| !base.contains(item) || (a.contains(item) && b.contains(item));
    a.union(b).filter(stays).cloned().collect()
}
