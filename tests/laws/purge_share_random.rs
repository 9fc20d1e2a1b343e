//! Two who work on one session at random, of whom one purges a file or a run: the other goes over to it,
//! nothing of it is left with either, no run is lost, and in the end both have the same.

use std::collections::BTreeSet;

use git_session::model::{RunId, SessionName};
use git_session::ops::{self, Consent, PurgeTarget};
use git_session::sync::PullOutcome;
use proptest::prelude::*;

use crate::lab::{cases, git};
use crate::purge_path::has_object;
use crate::team::{Member, Team};

const PATH: &str = "knowledge/k0.md";

/// Who does it, and what; each text is written once.
#[derive(Debug, Clone)]
enum Step {
    Know(usize, usize),
    Work(usize, usize),
    Sync(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0usize..2;
    prop_oneof![
        3 => (who.clone(), 0usize..2).prop_map(|(who, key)| Step::Know(who, key)),
        3 => (who.clone(), 0usize..2).prop_map(|(who, key)| Step::Work(who, key)),
        3 => who.prop_map(Step::Sync),
    ]
}

/// Two members with one session, and the runs of the first.
struct Pair {
    members: [Member; 2],
    name: SessionName,
    runs: Vec<RunId>,
    _team: Team,
}

impl Pair {
    fn new(steps: &[Step]) -> Self {
        let team = Team::new();
        let (ann, bob) = (team.member("ann"), team.member("bob"));
        let name = ann.session("Shared");
        ann.know(&name, "k0", "from the start");
        let runs = vec![ann.work(&name, "the first", &[("first.md", "from the first run\n")])];
        assert!(ann.push().is_complete());
        bob.pull();
        let mut pair = Self { members: [ann, bob], name, runs, _team: team };
        steps.iter().enumerate().for_each(|(index, step)| pair.take(index, step));
        pair
    }

    fn take(&mut self, index: usize, step: &Step) {
        let name = &self.name;
        match *step {
            Step::Know(who, key) => {
                self.members[who].know(name, &format!("k{key}"), &format!("text {index} of {who}"));
            }
            Step::Work(who, key) => {
                let (path, text) = (format!("f{key}.md"), format!("file {index} of {who}\n"));
                let run = self.members[who].work(name, &format!("run {index}"), &[(&path, &text)]);
                self.runs.extend((who == 0).then_some(run));
            }
            Step::Sync(who) => drop(self.members[who].sync()),
        }
    }

    /// Lists the contents that a path has anywhere behind the tip of the first.
    fn contents(&self, is_it: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let (dir, tip) = (self.members[0].store.dir(), self.members[0].tip(&self.name).to_string());
        let log = git(dir, &["log", "-m", "--raw", "--no-abbrev", "--root", "--format=", &tip]).stdout;
        let log = String::from_utf8(log).expect("text");
        let blob = |line: &str| {
            let (entry, path) = line.split_once('\t')?;
            is_it(path).then(|| entry.split(' ').nth(3).expect("an id").to_owned())
        };
        log.lines().filter_map(blob).filter(|blob| blob.bytes().any(|digit| digit != b'0')).collect()
    }

    fn runs_of_both(&self) -> BTreeSet<RunId> {
        self.members.iter().flat_map(|member| member.runs(&self.name)).collect()
    }

    /// Purges with the first, and lets both go over to it until they have the same.
    fn purge(self, target: &PurgeTarget) -> Self {
        let Self { members: [ann, bob], name, runs, _team } = self;
        ops::purge(&ann.store, &ann.env, target, Consent::Given, &mut |_| ()).expect("purged");
        let ann = ann.reopened();
        // What the second pushed meanwhile is taken in first.
        if !ann.push().is_complete() {
            assert_ne!(ann.accept(&name).outcome, PullOutcome::Refused);
            assert!(ann.push().is_complete());
        }
        assert_ne!(bob.accept(&name).outcome, PullOutcome::Refused);
        let bob = bob.reopened();
        bob.sync();
        ann.sync();
        Self { members: [ann.reopened(), bob.reopened()], name, runs, _team }
    }

    fn check(&self, runs: &BTreeSet<RunId>, gone: &BTreeSet<String>) {
        assert_eq!(self.members[0].tip(&self.name), self.members[1].tip(&self.name), "both have the same");
        assert_eq!(self.runs_of_both(), *runs, "no run is lost");
        for member in &self.members {
            member.check();
            for blob in gone {
                assert!(!has_object(&member.store, blob), "{blob} is left");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn both_lose_a_file_and_nothing_else(steps in proptest::collection::vec(step(), 1..16)) {
        let pair = Pair::new(&steps);
        let (gone, runs) = (pair.contents(|path| path.starts_with(&format!("context/{PATH}"))), pair.runs_of_both());
        let paths = vec![PATH.parse().expect("a path")];
        let stays = pair.contents(|path| path.starts_with("context/f") || path.contains("/k1.md"));
        let target = PurgeTarget::Paths { session: pair.name.clone(), paths };
        let pair = pair.purge(&target);
        pair.check(&runs, &gone);
        for blob in &stays {
            prop_assert!(has_object(&pair.members[0].store, blob), "{} is lost", blob);
        }
    }

    #[test]
    fn both_lose_a_run_and_nothing_else(
        steps in proptest::collection::vec(step(), 1..16),
        which in 0usize..100,
    ) {
        let pair = Pair::new(&steps);
        let (run, runs) = (pair.runs[which % pair.runs.len()], pair.runs_of_both());
        let summary = pair.members[0].summary(&pair.name, run);
        let brought = pair.brought(run);
        let pair = pair.purge(&PurgeTarget::Runs(vec![run]));
        pair.check(&runs, &brought);
        for member in &pair.members {
            prop_assert_eq!(member.summary(&pair.name, run), git_session::model::PURGED);
            prop_assert_eq!(crate::purge::left(member.store.dir(), &format!("{summary}\n")), 0);
        }
    }
}

impl Pair {
    /// Lists the contents of the context that a run of the first brought; each was written once.
    fn brought(&self, run: RunId) -> BTreeSet<String> {
        let member = &self.members[0];
        let spec = run.to_string().parse().expect("a run");
        let found = member.store.find_run(&spec, Some(&member.find(&self.name))).expect("found");
        let commit = found.run.commit.to_string();
        let raw =
            git(member.store.dir(), &["diff-tree", "-r", &format!("{commit}^"), &commit, "--", "context"]);
        let raw = String::from_utf8(raw.stdout).expect("text");
        raw.lines().map(|line| line.split(' ').nth(3).expect("an id").to_owned()).collect()
    }
}
