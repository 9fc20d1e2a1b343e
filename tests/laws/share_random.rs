//! Clones that record, fork, merge, rewind, remove and sync at random, some of the time offline: in
//! the end all have the same, and every run of everybody is there once.

use std::collections::{BTreeMap, BTreeSet};

use git_session::model::{RunId, SessionName};
use git_session::ops::{self, ForkOptions, MergeOptions, Point, Selection};
use git_session::store::{CommitId, RunSpec};
use git_session::sync::{PullOutcome, Wanted};

use crate::lab::times;
use crate::team::{Member, Team};

/// The seeds of the members' ids.
const NAMES: [&str; 5] = ["ann", "bob", "cleo", "dan", "eve"];
/// How many operations each does, or `LAWS_TIMES` as many.
const OPERATIONS: usize = 50;
/// The most sessions that one starts or forks.
const SESSIONS: usize = 6;
/// How often all sync in turn at the end, at most.
const ROUNDS: usize = 12;

/// A fixed row of numbers (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

/// Those who share, and what each of them recorded.
struct Walk {
    team: Team,
    members: Vec<Member>,
    dice: Dice,
    recorded: BTreeMap<RunId, SessionName>,
    started: Vec<usize>,
}

impl Walk {
    fn new(count: usize, seed: u64) -> Self {
        let team = Team::new();
        let members: Vec<Member> = NAMES[..count].iter().map(|name| team.member(name)).collect();
        let first = members[0].session("First");
        let mut walk =
            Self { team, started: vec![0; count], members, dice: Dice(seed), recorded: BTreeMap::new() };
        let run = walk.members[0].record(&first, "first");
        walk.recorded.insert(run, first);
        walk.members[0].push();
        walk.members[1..].iter().for_each(|member| drop(member.pull()));
        walk
    }

    fn step(&mut self, at: usize) {
        let member = &self.members[at];
        let names = member.store.session_names().expect("listed");
        let Some(name) = names.get(self.dice.roll(names.len().max(1))).cloned() else {
            member.sync();
            return;
        };
        let other = names[self.dice.roll(names.len())].clone();
        match self.dice.roll(20) {
            0..=7 => {
                let run = member.record(&name, "a run");
                self.recorded.insert(run, name);
            }
            8..=11 => {
                let (key, value) = (self.dice.roll(5), self.dice.roll(4));
                member.know(&name, &format!("key.{key}"), &format!("value {value}"));
            }
            12 if self.started[at] < SESSIONS => {
                self.started[at] += 1;
                let point = Point::newest(member.find(&name));
                ops::fork(&member.store, &member.env, &point, ForkOptions::default()).expect("forked");
            }
            13 if self.started[at] < SESSIONS => {
                self.started[at] += 1;
                member.session("Another");
            }
            14 if name != other => {
                let from = Point::newest(member.find(&other));
                let into = member.find(&name);
                ops::merge(&member.store, &member.env, &into, &from, &MergeOptions::default())
                    .expect("merged");
            }
            15 => rewind(member, &name),
            16 if names.len() > 2 => {
                let session = member.find(&name);
                // What was not pushed lies in this member's trash only, as it was asked for.
                let seen = member.store.tracked_tips().expect("listed");
                let thrown = member.store.runs_only_in(&[session.tip], &seen).expect("readable");
                self.recorded.retain(|run, _| thrown.iter().all(|gone| gone.run.id != *run));
                ops::remove(&member.store, &member.env, &session).expect("removed");
            }
            // The others are offline now.
            17..=18 => drop(member.sync()),
            _ => {}
        }
    }

    /// All sync until nothing changes any more; what somebody removed is asked for by name.
    fn settle(&mut self) -> bool {
        for _ in 0..ROUNDS {
            let before = self.tips();
            for member in &self.members {
                assert!(member.sync().pushed.is_complete());
                let there = member.store.list_remote(&member.remote.reach).expect("listed").sessions;
                let removed = there
                    .keys()
                    .filter(|name| member.store.try_find_session(name).expect("readable").is_none());
                let wanted = Wanted::Named(removed.cloned().collect());
                let pulled = member.try_pull(&wanted).expect("pulled");
                assert!(pulled.sessions.iter().all(|s| s.outcome == PullOutcome::New));
            }
            if self.tips() == before {
                return true;
            }
        }
        false
    }

    fn tips(&self) -> Vec<BTreeMap<SessionName, CommitId>> {
        let tips = |member: &Member| {
            let sessions = member.store.sessions().expect("listed").0;
            sessions.into_iter().map(|session| (session.name, session.tip)).collect()
        };
        self.members.iter().map(tips).collect()
    }

    fn check(&self) {
        let tips = self.tips();
        assert!(tips.iter().all(|of| *of == tips[0]), "all have the same: {tips:#?}");
        for (name, tip) in &tips[0] {
            assert_eq!(self.team.tip(name), Some(*tip), "and so has the remote");
        }
        for member in &self.members {
            for (run, name) in &self.recorded {
                let Ok(Some(session)) = member.store.try_find_session(name) else { continue };
                let runs = member.store.runs(session.tip, None).expect("readable");
                let count = runs.iter().filter(|found| found.run.id == *run).count();
                assert_eq!(count, 1, "run {run} of {name}");
            }
            let all: BTreeSet<RunId> = tips[0]
                .values()
                .flat_map(|tip| member.store.runs(*tip, None).expect("readable"))
                .map(|run| run.run.id)
                .collect();
            let kept = self.recorded.iter().filter(|(_, name)| tips[0].contains_key(name));
            assert!(kept.map(|(run, _)| run).all(|run| all.contains(run)), "no run is lost");
            // Also counts totals, newest runs and conflicts again.
            member.check();
        }
        let fsck = self.team.git(&["fsck", "--strict", "--no-dangling"]);
        assert_eq!(fsck.lines().filter(|line| !line.starts_with("notice: ")).count(), 0, "{fsck}");
    }
}

fn rewind(member: &Member, name: &SessionName) {
    let session = member.find(name);
    let spec: RunSpec = "@-1".parse().expect("a name");
    if let Ok(run) = member.store.find_run(&spec, Some(&session)) {
        ops::rewind(&member.store, &member.env, &session, &run, &Selection::default()).expect("rewound");
    }
}

fn walk(count: usize, seed: u64) {
    let operations = OPERATIONS * times() as usize;
    let mut walk = Walk::new(count, seed);
    for _ in 0..operations * count {
        let at = walk.dice.roll(count);
        walk.step(at);
    }
    assert!(walk.settle(), "they come to rest");
    walk.check();
    println!(
        "{count} clones, {operations} operations each: {} runs, {} sessions, all equal",
        walk.recorded.len(),
        walk.tips()[0].len()
    );
}

#[test]
fn two_clones_end_equal_whatever_they_do() {
    walk(2, 1);
}

#[test]
fn five_clones_end_equal_whatever_they_do() {
    walk(5, 2);
}
