//! Purging what was pushed: it is replaced there, comes back from nowhere, and teammates go over to it
//! with all that they have of their own.

use git_session::model::SessionName;
use git_session::ops::Consent;
use git_session::sync::{PullOutcome, PushOutcome, Wanted};

use crate::purge::{left, wipe};
use crate::team::{Member, Team};

const CANARY: &str = "0dd-v4lue/that+must=go";

impl Member {
    fn purge(&self) {
        git_session::ops::purge(&self.store, &self.env, &wipe(CANARY), Consent::Given, &mut |_| ())
            .expect("purged");
    }

    fn left(&self) -> usize {
        left(self.store.dir(), CANARY)
    }
}

/// Two members who have a session that holds the value.
fn shared() -> (Team, Member, Member, SessionName) {
    let team = Team::new();
    let (ann, bob) = (team.member("ann"), team.member("bob"));
    let name = ann.session("Fix the login test");
    ann.record(&name, "before");
    ann.know(&name, "host", &format!("at {CANARY}"));
    ann.record(&name, &format!("use {CANARY}"));
    assert!(ann.push().is_complete());
    bob.pull();
    (team, ann, bob, name)
}

pub fn sorted(member: &Member, name: &SessionName) -> Vec<git_session::model::RunId> {
    let mut runs = member.runs(name);
    runs.sort();
    runs
}

#[test]
fn a_purge_is_published_and_teammates_go_over_to_it_with_runs_of_their_own() {
    let (team, ann, bob, name) = shared();
    let own = bob.record(&name, "from bob");
    bob.know(&name, "port", "80");
    let fork = git_session::ops::fork(
        &bob.store,
        &bob.env,
        &git_session::ops::Point::newest(bob.find(&name)),
        Default::default(),
    );
    let fork = fork.expect("forked").session.name;
    let runs = sorted(&bob, &name);
    ann.purge();
    let ann = ann.reopened();
    // The remote has what it had; that is no news.
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::Ahead);
    assert!(ann.push().is_complete());
    assert_eq!(team.tip(&name), Some(ann.tip(&name)), "it took the place of what was there");
    assert_eq!(ann.push().sessions[0].outcome, PushOutcome::UpToDate);
    ann.check();

    let before = bob.tip(&name);
    for _ in 0..2 {
        assert_eq!(
            bob.pull_one(&name).outcome,
            PullOutcome::Purged,
            "nothing is merged with what was purged"
        );
    }
    assert_eq!(
        bob.try_push(&Wanted::Named(vec![name.clone()])).expect("answered").sessions[0].outcome,
        PushOutcome::Behind
    );
    assert_eq!(bob.tip(&name), before);
    let accepted = bob.accept(&name);
    assert_eq!(accepted.outcome, PullOutcome::Ahead, "{accepted:?}");
    assert_eq!(bob.left(), 0, "it is gone there too, also from the fork");
    let bob = bob.reopened();
    bob.check();
    assert!(bob.runs(&name).contains(&own));
    assert_eq!(sorted(&bob, &name), runs, "no run is lost");
    assert!(bob.store.is_behind(ann.tip(&name), bob.tip(&name)).expect("readable"));
    assert!(bob.runs(&fork).contains(&own));
    assert!(bob.push().is_complete());
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::FastForward);
    assert_eq!(ann.tip(&name), bob.tip(&name));
    assert_eq!(ann.left(), 0);
    ann.check();
}

#[test]
fn what_was_purged_comes_back_from_no_old_clone() {
    let (_team, ann, bob, name) = shared();
    bob.record(&name, "from bob");
    ann.purge();
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    // A remote that nobody purged, filled by an old clone.
    let other = Team::new();
    let url = format!("file://{}", other.hub.display());
    assert!(bob.at(&url, &["file"]).push().is_complete());
    let (tip, objects) = (ann.tip(&name), ann.left());
    let pulled = ann.at(&url, &["file"]).pull_one(&name);
    assert_eq!(pulled.outcome, PullOutcome::Purged);
    assert!(pulled.why.expect("it is told").contains("what was purged here"));
    assert_eq!((ann.tip(&name), ann.left()), (tip, objects));
    // What was recorded on top of the old history is taken without the value.
    let runs = sorted(&bob, &name);
    let accepted = ann.at(&url, &["file"]).accept(&name);
    assert_eq!(accepted.outcome, PullOutcome::FastForward, "{accepted:?}");
    assert_eq!((sorted(&ann, &name), ann.left()), (runs, 0));
    ann.check();
    assert!(ann.at(&url, &["file"]).push().is_complete(), "and replaces it there");
    assert_eq!(other.tip(&name), Some(ann.tip(&name)));
}

#[test]
fn what_was_purged_is_not_pushed_by_whoever_gets_it_back_with_plain_git() {
    let (_team, ann, bob, name) = shared();
    ann.purge();
    let back = format!("+refs/heads/{0}:refs/heads/{0}", name.branch());
    let (from, ann) = (bob.store.dir().to_string_lossy().into_owned(), ann.reopened());
    assert!(crate::lab::git(ann.store.dir(), &["fetch", "-q", &from, &back]).status.success());
    // A remote that has nothing to compare with.
    let other = Team::new();
    let pushed = ann.reopened().at(&format!("file://{}", other.hub.display()), &["file"]).push();
    assert_eq!(pushed.sessions[0].outcome, PushOutcome::Held, "{pushed:?}");
    assert!(pushed.sessions[0].is_purged);
    assert_eq!(other.tip(&name), None);
}

#[test]
fn a_push_replaces_nothing_that_was_not_seen() {
    let (team, ann, bob, name) = shared();
    ann.purge();
    let ann = ann.reopened();
    let own = bob.record(&name, &format!("bob says {CANARY}"));
    assert!(bob.push().is_complete());
    let there = team.tip(&name);
    assert_eq!(ann.push().sessions[0].outcome, PushOutcome::Behind);
    assert_eq!(team.tip(&name), there, "the lease held");
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::Purged);
    assert_eq!(ann.accept(&name).outcome, PullOutcome::FastForward);
    assert_eq!(ann.left(), 0, "the value is known from what was purged");
    assert!(ann.push().is_complete());
    assert!(ann.runs(&name).contains(&own));
    bob.accept(&name);
    assert_eq!(bob.left(), 0);
    let bob = bob.reopened();
    assert_eq!(bob.tip(&name), ann.tip(&name));
    bob.check();
    ann.check();
}

#[test]
fn whoever_never_had_it_takes_the_session_and_the_list() {
    let (team, ann, bob, name) = shared();
    ann.purge();
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    let eve = team.member("eve");
    assert_eq!(eve.pull_one(&name).outcome, PullOutcome::New);
    assert_eq!(eve.refs("refs/purged").len(), 1);
    let other = Team::new();
    let url = format!("file://{}", other.hub.display());
    assert!(bob.at(&url, &["file"]).push().is_complete());
    assert_eq!(eve.at(&url, &["file"]).pull_one(&name).outcome, PullOutcome::Purged);
    eve.check();
}

#[test]
fn a_list_that_somebody_made_up_puts_nothing_in_the_place_of_anything() {
    let (team, _ann, bob, name) = shared();
    let tip = bob.tip(&name);
    // It says that the newest commit of Bob's is now another one, and one of his own is none of his.
    let own = bob.session("Nobody else's");
    let first = team.git(&["rev-list", "--max-parents=0", &tip.to_string()]);
    let list = format!("commit {tip} {first}\ncommit {} {first}\n", bob.tip(&own));
    team.put_list(bob.id(&name), &list);
    assert_eq!(bob.pull_one(&name).outcome, PullOutcome::Purged);
    let accepted = bob.accept(&name);
    assert_eq!(accepted.outcome, PullOutcome::Refused, "{accepted:?}");
    let bob = bob.reopened();
    assert_eq!(bob.tip(&name), tip);
    assert!(bob.store.has_commit(bob.tip(&own)));
    assert_eq!(bob.refs("refs/purged"), Vec::<String>::new(), "nothing of it is believed");
    bob.check();
}
