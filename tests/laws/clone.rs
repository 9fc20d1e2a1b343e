//! Cloning a remote, or a part of it: what comes, and what later pulls keep to.

use std::fs;
use std::path::PathBuf;

use git_session::model::{SessionName, Timestamp};
use git_session::store::{Durability, IncomingLimits, NewStore, Store, StoreError, StoreOptions};
use git_session::sync::{CloneOptions, PullOutcome, Pulled, SyncError, Wanted, add_remote, clone};

use crate::lab::git;
use crate::team::{Member, Team};

/// A remote with three sessions, and a member who has none of them.
struct Hub {
    team: Team,
    ann: Member,
    bob: Member,
    docs: SessionName,
    tests: SessionName,
    login: SessionName,
}

impl Hub {
    fn new() -> Self {
        let team = Team::new();
        let (ann, bob) = (team.member("ann"), team.member("bob"));
        let [docs, tests, login] = ["Build the docs", "Build the tests", "Fix login"].map(|title| {
            let name = ann.session(title);
            ann.record(&name, "one");
            name
        });
        ann.push();
        Self { team, ann, bob, docs, tests, login }
    }

    fn clone(&self, options: &CloneOptions) -> Result<Pulled, SyncError> {
        let bob = &self.bob;
        clone(&bob.store, &bob.env, &bob.remote, options, IncomingLimits::default(), &mut |_| ())
    }

    fn clone_named(&self, words: &[&str]) -> Result<Pulled, SyncError> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        self.clone(&CloneOptions::default().with_sessions(words))
    }

    /// Lists what Bob has.
    fn here(&self) -> Vec<SessionName> {
        self.bob.check();
        self.bob.store.session_names().expect("listed")
    }

    fn committed_at(&self, name: &SessionName) -> Timestamp {
        self.ann.store.step(self.ann.tip(name)).expect("readable").committed_at
    }
}

#[test]
fn all_sessions_come_where_nothing_else_is_said() {
    let hub = Hub::new();
    let pulled = hub.clone(&CloneOptions::default()).expect("cloned");
    assert!(pulled.sessions.iter().all(|session| session.outcome == PullOutcome::New));
    assert_eq!(hub.here(), hub.ann.store.session_names().expect("listed"));
    assert_eq!(hub.bob.tip(&hub.docs), hub.ann.tip(&hub.docs));
    assert_eq!(pulled.left_out, 0);
}

#[test]
fn a_part_is_named_as_people_do_and_nothing_else_comes() {
    for (words, count) in [
        (vec!["build-*"], 2),
        (vec!["*-the-t*"], 1),
        (vec!["fix"], 0),
        (vec!["fix-"], 1),
        (vec!["Fix login"], 1),
        (vec!["fix-", "Build the docs"], 2),
        (vec!["build-the"], 0),
        (vec!["build-*", "nothing-like-it"], 0),
        (vec!["x*"], 0),
    ] {
        let hub = Hub::new();
        let cloned = hub.clone_named(&words);
        assert_eq!(cloned.is_ok(), count > 0, "{words:?}: {cloned:?}");
        assert_eq!(hub.here().len(), count, "{words:?}");
    }
    for digits in [8, 5] {
        let hub = Hub::new();
        let pulled = hub.clone_named(&[&hub.login.digits()[..digits]]).expect("cloned");
        assert_eq!((hub.here(), pulled.left_out), (vec![hub.login.clone()], 2));
    }
}

#[test]
fn what_is_named_in_full_is_asked_for_without_looking_at_the_others() {
    let hub = Hub::new();
    hub.team.git(&["update-ref", "-d", &format!("refs/heads/{}", hub.docs.branch())]);
    let pulled = hub.clone_named(&[hub.login.as_str()]).expect("cloned");
    assert_eq!((hub.here(), pulled.left_out), (vec![hub.login.clone()], 0), "it knows of no others");
    let error = hub.clone_named(&[hub.docs.as_str()]).expect_err("it is gone there");
    assert!(matches!(error, SyncError::NotThere { .. }), "{error}");
}

#[test]
fn a_part_is_kept_to_until_the_remote_is_cloned_again() {
    let hub = Hub::new();
    hub.clone_named(&["build-*"]).expect("cloned");
    let more = hub.ann.session("Build more");
    hub.ann.session("Fix more");
    hub.ann.push();
    let pulled = hub.bob.pull();
    assert_eq!(pulled.left_out, 2);
    let mut part = vec![hub.docs.clone(), hub.tests.clone(), more];
    part.sort();
    assert_eq!(hub.here(), part, "what is new and fits comes, other things do not");
    assert_eq!(hub.bob.pull_one(&hub.login).outcome, PullOutcome::New, "but where it is named");
    hub.ann.record(&hub.login, "two");
    hub.ann.push();
    hub.bob.sync();
    assert_eq!(hub.bob.tip(&hub.login), hub.ann.tip(&hub.login), "and what is here goes on");
    assert_eq!(hub.here().len(), 4);
    assert_eq!(hub.clone(&CloneOptions::default()).expect("cloned").left_out, 0);
    assert_eq!(hub.here().len(), 5);
    assert_eq!(hub.bob.store.chosen_sessions(&hub.bob.remote.name).expect("readable"), None);
}

#[test]
fn what_is_older_than_a_date_stays_there_until_it_changes() {
    for filter in ["true", "false"] {
        let hub = Hub::new();
        hub.team.git(&["config", "uploadpack.allowFilter", filter]);
        let since = hub.committed_at(&hub.tests);
        let options = CloneOptions::default().with_since(Some(since));
        let pulled = hub.clone(&options).expect("cloned");
        assert_eq!((hub.here(), pulled.left_out), (vec![hub.tests.clone(), hub.login.clone()], 1));
        assert_eq!(hub.bob.pull().left_out, 1);
        let new = hub.ann.session("Fix more");
        hub.ann.push();
        assert_eq!(hub.bob.pull().left_out, 1);
        assert!(hub.here().contains(&new), "what is new there is not old");
        hub.ann.record(&hub.docs, "two");
        hub.ann.push();
        assert_eq!(hub.bob.pull().left_out, 0);
        assert_eq!(hub.here().len(), 4);
    }
}

#[test]
fn a_date_and_a_pattern_hold_together() {
    let hub = Hub::new();
    let since = hub.committed_at(&hub.tests);
    let options = CloneOptions::default().with_since(Some(since)).with_sessions(vec!["build-*".to_owned()]);
    hub.clone(&options).expect("cloned");
    assert_eq!(hub.here(), std::slice::from_ref(&hub.tests));
}

#[test]
fn a_bad_session_is_refused_alone() {
    let hub = Hub::new();
    hub.team.git(&["update-ref", &format!("refs/heads/{}", hub.docs.branch()), "refs/heads/main"]);
    let pulled = hub.clone(&CloneOptions::default()).expect("cloned");
    let refused = pulled.sessions.iter().filter(|session| session.outcome == PullOutcome::Refused);
    assert_eq!(refused.map(|session| session.branch.clone()).collect::<Vec<_>>(), [hub.docs.branch()]);
    assert_eq!(hub.here().len(), 2);
}

#[test]
fn what_was_chosen_goes_with_its_remote() {
    let hub = Hub::new();
    hub.clone_named(&["build-*"]).expect("cloned");
    let mark = git_session::store::Mark { who: &hub.bob.env.identity, at: hub.bob.env.now(), log: "remove" };
    git_session::sync::remove_remote(&hub.bob.store, "team", mark).expect("removed");
    assert_eq!(hub.bob.store.chosen_sessions(&hub.bob.remote.name).expect("readable"), None);
}

#[test]
fn a_store_appears_whole_or_not_at_all() {
    let hub = Hub::new();
    let (dir, options) = (hub.team.dir.path().join("new/store"), options());
    let new = NewStore::begin(&dir, options).expect("begun");
    let store = new.open().expect("opened");
    let url = format!("file://{}", hub.team.hub.display());
    let remote = add_remote(&store, "origin", &url, vec!["file".to_owned()]).expect("added");
    let bob = Member { store, remote, env: crate::lab::env("new") };
    assert_eq!(bob.try_pull(&Wanted::All).expect("pulled").sessions.len(), 3);
    assert!(!dir.exists(), "nothing is there before all is");
    drop(new);
    assert_eq!(entries(&dir), [] as [PathBuf; 0], "what is given up leaves nothing");
    fs::create_dir(&dir).expect("made");
    let new = NewStore::begin(&dir, options).expect("an empty folder is no hindrance");
    new.appear().expect("moved");
    assert!(git(&dir, &["fsck", "--strict"]).status.success());
    Store::open(&dir, options).expect("a store");
    for taken in [dir.clone(), file(&dir), link(&dir)] {
        let refused = NewStore::begin(&taken, options).err();
        assert!(matches!(refused, Some(StoreError::Taken(_))), "{taken:?} {refused:?}");
    }
    assert_eq!(entries(&dir).len(), 3, "and nothing is left of those");
}

#[test]
fn a_place_that_is_taken_meanwhile_is_left_alone() {
    let hub = Hub::new();
    let dir = hub.team.dir.path().join("new/store");
    let new = NewStore::begin(&dir, options()).expect("begun");
    fs::create_dir_all(dir.join("mine")).expect("made");
    assert!(matches!(new.appear(), Err(StoreError::Taken(_))));
    assert_eq!(entries(&dir.join("mine")), [dir.join("mine")]);
    assert_eq!(entries(&dir), [dir]);
}

fn options() -> StoreOptions {
    StoreOptions::default().with_durability(Durability::Off)
}

/// Lists what lies beside a path, and the path itself.
fn entries(path: &std::path::Path) -> Vec<PathBuf> {
    let folder = path.parent().expect("a parent");
    fs::read_dir(folder).expect("listed").flatten().map(|entry| entry.path()).collect()
}

fn file(beside: &std::path::Path) -> PathBuf {
    let path = beside.with_file_name("file");
    fs::write(&path, "x").expect("written");
    path
}

fn link(beside: &std::path::Path) -> PathBuf {
    let path = beside.with_file_name("link");
    std::os::unix::fs::symlink("nowhere", &path).expect("made");
    path
}
