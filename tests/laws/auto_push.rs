//! Pushing by itself: what waits is sent once it can be, and how it went is noted.

use std::fs;
use std::rc::Rc;

use git_session::model::{SessionId, SessionName};
use git_session::redact::{Redactor, RedactorOptions};
use git_session::store::{AutoPush, Guard, QueuedPush};
use git_session::sync::{
    Gate, Remote, SyncError, Wanted, push, push_by_itself, queue_finished, queued_sessions,
};

use crate::team::{Member, Team};

/// A member of whom a session waits.
fn waiting() -> (Team, Member, SessionName) {
    let team = Team::new();
    let ann = team.member("ann");
    let name = ann.session("Fix the login test");
    ann.record(&name, "one");
    queue(&ann, &name);
    (team, ann, name)
}

fn id(member: &Member, name: &SessionName) -> SessionId {
    member.store.snapshot(member.tip(name)).expect("readable").manifest.id
}

fn queue(member: &Member, name: &SessionName) {
    let queued = QueuedPush { session: id(member, name), queued_at: member.env.now() };
    member.store.queue_push(&queued).expect("queued");
}

fn try_it(member: &Member) {
    push_by_itself(&member.store, &member.env, || Ok(member.remote.clone())).expect("noted");
}

/// Returns why the last try failed.
fn why(member: &Member) -> Option<String> {
    member.store.push_queue().expect("read").tries.and_then(|tries| tries.why)
}

fn log(member: &Member) -> String {
    fs::read_to_string(member.store.push_log()).unwrap_or_default()
}

#[test]
fn what_waits_is_sent_and_waits_no_more() {
    let (team, ann, name) = waiting();
    try_it(&ann);
    assert_eq!(team.tip(&name), Some(ann.tip(&name)));
    assert_eq!(queued_sessions(&ann.store).expect("read"), []);
    assert!(log(&ann).contains(&format!(" done: {} to team\n", name.branch())), "{}", log(&ann));
    let before = log(&ann);
    try_it(&ann);
    assert_eq!(log(&ann), before, "where nothing waits, nothing is told");
    ann.check();
}

#[test]
fn a_remote_that_cannot_be_reached_loses_nothing_and_the_next_try_sends_it() {
    let (team, ann, name) = waiting();
    let away = team.hub.with_extension("away");
    fs::rename(&team.hub, &away).expect("moved");
    try_it(&ann);
    let told = why(&ann).expect("told");
    assert_eq!(told, "could not reach 'team': there is no repository at that place");
    assert_eq!(queued_sessions(&ann.store).expect("read"), std::slice::from_ref(&name));
    fs::rename(&away, &team.hub).expect("moved");
    try_it(&ann);
    assert_eq!((why(&ann), team.tip(&name)), (None, Some(ann.tip(&name))));
}

#[test]
fn there_being_no_remote_or_several_is_noted() {
    let (_team, ann, _name) = waiting();
    let several = || Err(SyncError::SeveralRemotes(vec!["a".to_owned(), "b".to_owned()]));
    push_by_itself(&ann.store, &ann.env, several).expect("noted");
    assert_eq!(why(&ann).as_deref(), Some("there are 2 remotes: a, b"));
}

#[test]
fn one_who_pushes_keeps_others_from_it() {
    let (team, ann, name) = waiting();
    let lock = ann.store.try_lock_push().expect("asked").expect("free");
    try_it(&ann);
    assert_eq!((team.tip(&name), log(&ann)), (None, String::new()));
    drop(lock);
    try_it(&ann);
    assert_eq!(team.tip(&name), Some(ann.tip(&name)));
}

#[test]
fn what_the_remote_went_on_with_waits_for_a_sync() {
    let (team, ann, name) = waiting();
    try_it(&ann);
    let bob = team.member("bob");
    bob.pull();
    bob.record(&name, "bob's");
    bob.push();
    ann.record(&name, "ann's");
    queue(&ann, &name);
    try_it(&ann);
    assert!(why(&ann).expect("told").contains("'git session sync' joins both"));
    ann.sync();
    assert_eq!(queued_sessions(&ann.store).expect("read"), [], "a sync sends it too");
    assert_eq!(why(&ann), None);
}

#[test]
fn a_secret_stays_here_and_out_of_the_log() {
    let (team, ann, name) = waiting();
    let secret = "c0rrect-h0rse-9battery-7staple";
    ann.know(&name, "door", secret);
    let known = vec![secret.to_owned()];
    let guard = Guard::new(move || Redactor::new(RedactorOptions::default().with_known(known.clone())));
    let ann = Member { store: ann.store.clone().guarded(Rc::new(guard)), ..ann };
    try_it(&ann);
    assert_eq!(team.tip(&name), None);
    assert!(why(&ann).expect("told").contains("it holds a secret"));
    // A helper that repeats what it was given, or a server.
    let lock = ann.store.try_lock_push().expect("asked").expect("free");
    ann.store.note_push(&lock, ann.env.now(), Err(&format!("no: {secret}"))).expect("noted");
    assert!(!log(&ann).contains(secret) && !format!("{:?}", why(&ann)).contains(secret));
}

#[test]
fn a_run_that_finishes_during_a_push_waits_for_the_next() {
    let (team, ann, name) = waiting();
    let before = ann.tip(&name);
    let mut is_first = true;
    let mut meanwhile = |_: &str| {
        if std::mem::take(&mut is_first) {
            ann.record(&name, "meanwhile");
            queue(&ann, &name);
        }
    };
    let wanted = Wanted::Named(vec![name.clone()]);
    push(&ann.store, &ann.env, &ann.remote, &wanted, &Gate::default(), &mut meanwhile).expect("pushed");
    assert_eq!(team.tip(&name), Some(before));
    assert_eq!(queued_sessions(&ann.store).expect("read"), std::slice::from_ref(&name));
    try_it(&ann);
    assert_eq!(team.tip(&name), Some(ann.tip(&name)));
}

#[test]
fn a_finished_run_waits_only_where_that_is_wanted_and_there_is_a_remote() {
    let (team, ann, name) = waiting();
    let waits = |member: &Member, when| {
        member.store.drop_queued_push(id(member, &name)).expect("dropped");
        queue_finished(&member.store, &member.env, when, id(member, &name));
        !queued_sessions(&member.store).expect("read").is_empty()
    };
    assert!(waits(&ann, AutoPush::OnFinish));
    assert!(!waits(&ann, AutoPush::Off) && !waits(&ann, AutoPush::OnGitPush));
    ann.push();
    let alone = team.member("alone");
    alone.pull();
    let mark = git_session::store::Mark { who: &ann.env.identity, at: ann.env.now(), log: "remove" };
    git_session::sync::remove_remote(&alone.store, "team", mark).expect("removed");
    assert!(!waits(&alone, AutoPush::OnFinish), "nowhere to push to");
}

#[test]
fn a_session_that_was_removed_waits_no_more() {
    let (_team, ann, name) = waiting();
    git_session::ops::remove(&ann.store, &ann.env, &ann.find(&name)).expect("removed");
    let remote = || -> Result<Remote, SyncError> { Ok(ann.remote.clone()) };
    push_by_itself(&ann.store, &ann.env, remote).expect("done");
    assert_eq!(ann.store.push_queue().expect("read").sessions, []);
}
