//! What forking and merging cost in a session of 5 runs and in one of 5,000, both of one store.
//!
//! `cargo bench --bench branch` prints medians in milliseconds and their ratio: a fork, a merge of
//! two forks that differ by 10 runs each, the plan of a merge of one into the session itself, and
//! beside them `git merge-tree` of the same forks, which makes no commit and counts no runs.
//! Nothing is asserted: the numbers depend on the machine.

use std::cell::Cell;
use std::process::Command;
use std::time::{Duration, Instant};

use git_session::model::{FactKind, Person, RunId, RunRecord, RunStatus, SessionId, Timestamp};
use git_session::ops::{
    self, CreateOptions, Env, ForkOptions, IdOrigin, MergeOptions, Place, Point, RecordInput,
};
use git_session::store::{Durability, SessionRef, Store, StoreOptions};
use tempfile::TempDir;
use uuid::Uuid;

const EARLY: usize = 5;
const LATE: usize = 5000;
const DIFFER: usize = 10;
const SAMPLES: usize = 30;

/// A session with so many runs.
struct Bench {
    store: Store,
    env: Env,
    session: SessionRef,
    facts: Cell<usize>,
}

impl Bench {
    fn new(dir: &TempDir, runs: usize) -> Self {
        let options = StoreOptions::default().with_durability(Durability::Off);
        let store = Store::open_or_create(&dir.path().join("s.git"), options).expect("made");
        let env = env();
        let made = ops::create(&store, &env, "Bench", CreateOptions::default()).expect("created");
        let bench = Self { store, env, session: made.session, facts: Cell::new(0) };
        (0..runs).for_each(|_| bench.record(&bench.session, made.manifest.id));
        bench
    }

    fn tip(&self, session: &SessionRef) -> SessionRef {
        self.store.try_find_session(&session.name).expect("readable").expect("there")
    }

    fn record(&self, session: &SessionRef, id: SessionId) {
        let mut record = RunRecord::new(RunId::new(self.env.new_uuid()), id, RunStatus::Succeeded);
        record.summary = "one more".to_owned();
        let input = RecordInput::default();
        ops::record(&self.store, &self.env, session, record, &input, IdOrigin::Fresh).expect("recorded");
    }

    fn fork(&self) -> (SessionRef, SessionId, Duration) {
        let point = Point::newest(self.tip(&self.session));
        let started = Instant::now();
        let forked = ops::fork(&self.store, &self.env, &point, ForkOptions::default()).expect("forked");
        (forked.session, forked.manifest.id, started.elapsed())
    }

    /// A fork with runs of its own, with a new fact before each.
    fn fork_with_runs(&self) -> SessionRef {
        let (session, id, _) = self.fork();
        for _ in 0..DIFFER {
            self.facts.set(self.facts.get() + 1);
            let key = format!("fact.{}", self.facts.get()).parse().expect("valid");
            let place = Place::Session(session.clone());
            ops::set_fact(&self.store, &self.env, &place, FactKind::Knowledge, &key, "x").expect("set");
            self.record(&session, id);
        }
        self.tip(&session)
    }

    fn samples(&self) -> [Duration; 4] {
        let (ours, theirs) = (self.fork_with_runs(), self.fork_with_runs());
        let tree = self.merge_tree(&ours, &theirs);
        let (from, options) = (Point::newest(theirs), MergeOptions::default());
        let session = self.tip(&self.session);
        let plan = timed(|| {
            ops::plan_merge(&self.store, &self.env, &session, &from, &options).expect("planned");
        });
        let merge = timed(|| {
            ops::merge(&self.store, &self.env, &ours, &from, &options).expect("merged");
        });
        [self.fork().2, merge, plan, tree]
    }

    fn merge_tree(&self, ours: &SessionRef, theirs: &SessionRef) -> Duration {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(self.store.dir()).args(["merge-tree", "--write-tree"]);
        git.args([ours.tip.to_string(), theirs.tip.to_string()]);
        // Both changed the manifest, which git cannot merge: it ends with 1, and has merged the rest.
        timed(|| drop(git.output().expect("git runs")))
    }
}

/// People do not record hundreds of runs in a second, and commits know no less than a second.
fn env() -> Env {
    let time = Cell::new(1_795_305_600);
    let clock = move || {
        time.set(time.get() + 1);
        Timestamp::from_unix(time.get())
    };
    Env::new(Person::new("Bench", "bench@example.com"), Box::new(clock), Box::new(Uuid::new_v4))
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn main() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (early, late) = (Bench::new(&dir, EARLY), Bench::new(&dir, LATE));
    // In turns, so that what else the machine does hits both alike.
    let samples: Vec<_> = (0..SAMPLES).map(|_| (early.samples(), late.samples())).collect();
    for (index, name) in
        ["fork", "merge of two forks", "plan of a merge", "git merge-tree"].into_iter().enumerate()
    {
        let small = median(samples.iter().map(|(early, _)| early[index]).collect());
        let large = median(samples.iter().map(|(_, late)| late[index]).collect());
        let times = large.as_secs_f64() / small.as_secs_f64();
        println!(
            "{name:<20} {} at {EARLY} runs, {} at {LATE} ({times:.2} times)",
            millis(small),
            millis(large)
        );
    }
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples[samples.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
