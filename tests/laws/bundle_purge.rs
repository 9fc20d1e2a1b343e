//! Sessions that were purged, in bundles: the list goes along, and is believed as far as one that a remote
//! sends.

use std::fs;
use std::path::{Path, PathBuf};

use git_session::model::SessionName;
use git_session::sync::{AcceptPurge, PullOutcome, PulledSession};

use crate::bundle::{export, git_bundle, import_with};
use crate::purge::{left, purge};
use crate::purge_share::sorted;
use crate::team::{Member, Team};

const CANARY: &str = "0dd-v4lue/that+must=go";

/// Two members of whom the second has a session with the value from the first, by a bundle.
fn shared() -> (Team, Member, Member, SessionName) {
    let team = Team::new();
    let (ann, bob) = (team.member("ann"), team.member("bob"));
    let name = ann.session("Fix the login test");
    ann.record(&name, "before");
    ann.know(&name, "host", &format!("at {CANARY}"));
    ann.record(&name, &format!("use {CANARY}"));
    import(&bob, &export(&team, &ann, "old.bundle"), AcceptPurge::No);
    (team, ann, bob, name)
}

/// Imports a bundle with one session, and returns what became of it.
fn import(member: &Member, path: &Path, accept: AcceptPurge) -> PulledSession {
    let imported = import_with(member, path, accept).expect("imported");
    assert_eq!(imported.foreign, Vec::<String>::new());
    imported.sessions.into_iter().next().expect("one session")
}

fn purged(member: Member) -> Member {
    purge(&member.store, &member.env, CANARY).expect("purged");
    member.reopened()
}

#[test]
fn who_imports_a_purged_session_is_told_and_goes_over_to_it_with_runs_of_their_own() {
    let (team, ann, bob, name) = shared();
    let own = bob.record(&name, "from bob");
    let (runs, before) = (sorted(&bob, &name), bob.tip(&name));
    let ann = purged(ann);
    let path = export(&team, &ann, "purged.bundle");
    for _ in 0..2 {
        let told = import(&bob, &path, AcceptPurge::No);
        assert_eq!((told.outcome, bob.tip(&name)), (PullOutcome::Purged, before), "nothing is merged");
    }
    assert_eq!(bob.refs("refs/purged"), Vec::<String>::new());
    let accepted = import(&bob, &path, AcceptPurge::Yes);
    assert_eq!((accepted.outcome, accepted.rewritten), (PullOutcome::Ahead, Some(1)), "{accepted:?}");
    let bob = bob.reopened();
    assert_eq!(left(bob.store.dir(), CANARY), 0, "it is gone there too");
    assert_eq!(sorted(&bob, &name), runs, "no run is lost");
    assert!(bob.store.is_behind(ann.tip(&name), bob.tip(&name)).expect("readable"));
    assert_eq!(bob.refs("refs").len(), 2, "the session and the list: {:?}", bob.refs("refs"));
    assert_eq!(bob.store.leases(), [], "a file is no remote that waits for a push");
    bob.check();
    let back = import(&ann, &export(&team, &bob, "back.bundle"), AcceptPurge::No);
    assert_eq!((back.outcome, back.new_runs), (PullOutcome::FastForward, 1));
    assert!(ann.runs(&name).contains(&own));
    assert_eq!(left(ann.store.dir(), CANARY), 0);
    ann.check();
}

#[test]
fn one_import_goes_over_to_all_sessions_that_were_purged() {
    let (team, ann, bob, first) = shared();
    let second = ann.session("Speed up the build");
    ann.know(&second, "host", &format!("at {CANARY}"));
    let third = ann.session("Nothing in it");
    import_with(&bob, &export(&team, &ann, "both.bundle"), AcceptPurge::No).expect("imported");
    bob.record(&first, "from bob");
    bob.record(&second, &format!("bob says {CANARY}"));
    let ann = purged(ann);
    let path = export(&team, &ann, "purged.bundle");
    let imported = import_with(&bob, &path, AcceptPurge::Yes).expect("imported");
    let outcomes: Vec<_> = imported.sessions.iter().map(|session| session.outcome).collect();
    assert!(
        !outcomes.contains(&PullOutcome::Purged) && outcomes.contains(&PullOutcome::Same),
        "{outcomes:?}"
    );
    let bob = bob.reopened();
    assert_eq!(left(bob.store.dir(), CANARY), 0);
    for name in [&first, &second, &third] {
        assert!(bob.store.is_behind(ann.tip(name), bob.tip(name)).expect("readable"));
    }
    assert_eq!(bob.refs("refs/rescue"), Vec::<String>::new());
    bob.check();
}

#[test]
fn what_was_purged_comes_back_by_no_older_bundle() {
    let (team, ann, bob, name) = shared();
    let ann = purged(ann);
    let carol = team.member("carol");
    let first = import(&carol, &export(&team, &ann, "purged.bundle"), AcceptPurge::No);
    assert_eq!((first.outcome, first.rewritten), (PullOutcome::New, None));
    assert_eq!(carol.refs("refs/purged"), ann.refs("refs/purged"), "the list came along");
    bob.record(&name, "from bob");
    let old = export(&team, &bob, "bob.bundle");
    for member in [&ann, &carol] {
        let before = (member.tip(&name), member.refs("refs"));
        assert_eq!(import(member, &old, AcceptPurge::No).outcome, PullOutcome::Purged);
        assert_eq!((member.tip(&name), member.refs("refs")), before);
        let accepted = import(member, &old, AcceptPurge::Yes);
        assert_eq!((accepted.outcome, accepted.new_runs), (PullOutcome::FastForward, 1), "{accepted:?}");
        assert_eq!(left(member.store.dir(), CANARY), 0, "what was recorded on top came without the value");
        assert_eq!(member.refs("refs"), before.1, "nothing else is left of it");
        member.check();
    }
    assert_eq!(ann.tip(&name), carol.tip(&name));
}

#[test]
fn the_same_sessions_and_lists_make_the_same_bundle() {
    let (team, ann, _, name) = shared();
    let ann = purged(ann);
    ann.know(&name, "port", "s0me-0ther+v4lue");
    purge(&ann.store, &ann.env, "s0me-0ther+v4lue").expect("purged");
    let ann = ann.reopened();
    let first = export(&team, &ann, "1.bundle");
    let carol = team.member("carol");
    import(&carol, &first, AcceptPurge::No);
    let again = export(&team, &carol, "2.bundle");
    assert!(fs::read(first).expect("read") == fs::read(again).expect("read"), "by whoever imported it");
}

#[test]
fn a_remote_that_is_called_bundle_is_not_taken_for_the_file() {
    let (team, ann, bob, name) = shared();
    let mut remote = ann.remote.clone();
    remote.name = "bundle".parse().expect("a name");
    let ann = Member { remote, ..ann };
    assert!(ann.push().is_complete());
    let there = team.tip(&name);
    let ann = purged(ann);
    let waits = ann.store.leases();
    assert_eq!(waits.len(), 1, "the purge waits to be pushed");
    let old = export(&team, &bob, "bob.bundle");
    assert_eq!(import(&ann, &old, AcceptPurge::No).outcome, PullOutcome::Purged, "the file is of before");
    let tracked = ann.refs("refs/remotes");
    import(&ann, &old, AcceptPurge::Yes);
    assert_eq!((ann.store.leases(), ann.refs("refs/remotes")), (waits, tracked));
    assert!(ann.push().is_complete());
    assert_ne!(team.tip(&name), there, "what waited was pushed");
    ann.check();
}

/// Packs what is on the remote with git itself.
fn from_remote(team: &Team) -> PathBuf {
    git_bundle(team, "evil.bundle", &["--branches=session/*", "--glob=refs/purged/*"])
}

#[test]
fn a_list_that_somebody_made_up_is_believed_no_further_than_that_of_a_remote() {
    let (team, ann, bob, name) = shared();
    assert!(ann.push().is_complete());
    let tip = bob.tip(&name);
    let own = bob.session("Nobody else's");
    let first = team.git(&["rev-list", "--max-parents=0", &tip.to_string()]);
    team.put_list(bob.id(&name), &format!("commit {tip} {first}\ncommit {} {first}\n", bob.tip(&own)));
    let path = from_remote(&team);
    let before = bob.refs("refs");
    assert_eq!(import(&bob, &path, AcceptPurge::No).outcome, PullOutcome::Purged);
    let refused = import(&bob, &path, AcceptPurge::Yes);
    assert_eq!(refused.outcome, PullOutcome::Refused, "{refused:?}");
    let bob = bob.reopened();
    assert_eq!((bob.tip(&name), bob.refs("refs")), (tip, before), "nothing of it is believed");
    assert!(bob.store.has_commit(bob.tip(&own)));
    bob.check();
}

#[test]
fn a_session_whose_list_cannot_be_read_is_refused() {
    let (team, ann, bob, name) = shared();
    assert!(ann.push().is_complete());
    let before = (bob.tip(&name), bob.refs("refs"));
    team.put_list(bob.id(&name), "commit of nothing\n");
    for accept in [AcceptPurge::No, AcceptPurge::Yes] {
        let refused = import(&bob, &from_remote(&team), accept);
        assert_eq!(refused.outcome, PullOutcome::Refused, "{refused:?}");
    }
    // The list is named, and not there.
    let text = fs::read(from_remote(&team)).expect("read");
    let at = memchr::memmem::find(&text, b" refs/purged/").expect("named");
    let hollow = [&text[..at - 40], "1".repeat(40).as_bytes(), &text[at..]].concat();
    let path = team.dir.path().join("hollow.bundle");
    fs::write(&path, hollow).expect("written");
    assert_eq!(import(&bob, &path, AcceptPurge::Yes).outcome, PullOutcome::Refused);
    assert_eq!((bob.tip(&name), bob.refs("refs")), before);
    bob.check();
}

#[test]
fn a_list_of_no_session_of_the_bundle_is_left_alone() {
    let (team, ann, bob, name) = shared();
    assert!(ann.push().is_complete());
    let other = ann.session("Another one");
    team.put_list(ann.id(&other), &format!("commit {0} {0}\n", bob.tip(&name)));
    let imported = import_with(&bob, &from_remote(&team), AcceptPurge::No).expect("imported");
    assert_eq!(imported.foreign, [format!("refs/purged/{}", ann.id(&other))]);
    assert_eq!(imported.sessions[0].outcome, PullOutcome::Same);
    assert_eq!(bob.refs("refs/purged"), Vec::<String>::new());
    bob.check();
}

#[test]
fn a_file_that_was_purged_goes_by_a_bundle_too() {
    let (team, ann, bob, name) = shared();
    bob.know(&name, "host", "as bob says");
    let own = bob.record(&name, "from bob");
    ann.purge_path(&name, "knowledge/host.md");
    let ann = ann.reopened();
    let path = export(&team, &ann, "purged.bundle");
    assert_eq!(import(&bob, &path, AcceptPurge::No).outcome, PullOutcome::Purged);
    assert_eq!(import(&bob, &path, AcceptPurge::Yes).outcome, PullOutcome::Ahead);
    let bob = bob.reopened();
    assert!(bob.runs(&name).contains(&own));
    for content in [format!("at {CANARY}\n"), "as bob says\n".to_owned()] {
        assert!(!crate::purge_path::has_content(&bob.store, &content), "{content}");
    }
    bob.check();
}
