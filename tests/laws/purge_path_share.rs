//! Purging a file that was pushed: teammates go over to it with what they recorded on top, also with
//! what they changed of it, and nobody takes more from them than that.

use git_session::model::{RunId, SessionName};
use git_session::ops::{self, Consent, PurgeTarget};
use git_session::store::CommitId;
use git_session::sync::{PullOutcome, PushOutcome};

use crate::lab::git;
use crate::purge::{left, wipe};
use crate::purge_path::has_content;
use crate::team::{Member, Team};

const PATH: &str = "knowledge/host.md";

impl Member {
    pub fn purge_path(&self, name: &SessionName, path: &str) {
        let target = PurgeTarget::Paths { session: name.clone(), paths: vec![path.parse().expect("a path")] };
        ops::purge(&self.store, &self.env, &target, Consent::Given, &mut |_| ()).expect("purged");
    }

    fn fork(&self, name: &SessionName) -> SessionName {
        let from = ops::Point::newest(self.find(name));
        ops::fork(&self.store, &self.env, &from, Default::default()).expect("forked").session.name
    }

    fn knows(&self, name: &SessionName) -> Vec<String> {
        let root = self.store.snapshot(self.tip(name)).expect("readable").root;
        self.store.context_files(root).expect("listed").keys().map(ToString::to_string).collect()
    }

    fn sorted_runs(&self, name: &SessionName) -> Vec<RunId> {
        let mut runs = self.runs(name);
        runs.sort();
        runs
    }
}

/// Two members who have a session with a file that is to go.
fn shared() -> (Team, Member, Member, SessionName) {
    let team = Team::new();
    let (ann, bob) = (team.member("ann"), team.member("bob"));
    let name = ann.session("Fix the login test");
    ann.know(&name, "port", "80");
    ann.record(&name, "before");
    ann.know(&name, "host", "at first");
    ann.record(&name, "with it");
    assert!(ann.push().is_complete());
    bob.pull();
    (team, ann, bob, name)
}

#[test]
fn what_a_teammate_recorded_on_top_stays_and_what_he_changed_of_it_goes() {
    let (team, ann, bob, name) = shared();
    let own = bob.record(&name, "from bob");
    bob.know(&name, "host", "as bob says");
    bob.know(&name, "user", "bob");
    let fork = bob.fork(&name);
    bob.know(&fork, "host", "in bob's fork");
    let unrelated = bob.session("Nobody else's");
    bob.know(&unrelated, "host", "bob's own");
    let unrelated_tip = bob.tip(&unrelated);
    let runs = bob.sorted_runs(&name);

    ann.purge_path(&name, PATH);
    let ann = ann.reopened();
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::Ahead, "the remote has what it had");
    assert!(ann.push().is_complete());
    assert_eq!(team.tip(&name), Some(ann.tip(&name)));
    assert_eq!(bob.pull_one(&name).outcome, PullOutcome::Purged, "nothing is merged with what was purged");
    assert_eq!(bob.accept(&name).outcome, PullOutcome::Ahead);
    let bob = bob.reopened();
    for content in ["at first\n", "as bob says\n", "in bob's fork\n"] {
        assert!(!has_content(&bob.store, content), "{content}");
    }
    assert_eq!(bob.sorted_runs(&name), runs, "no run is lost");
    assert!(bob.runs(&fork).contains(&own));
    assert_eq!(bob.knows(&name), ["knowledge/port.md", "knowledge/user.md"]);
    assert_eq!(bob.knows(&fork), ["knowledge/port.md", "knowledge/user.md"]);
    assert_eq!(bob.tip(&unrelated), unrelated_tip, "it has nothing to do with it");
    assert_eq!(bob.knows(&unrelated), [PATH]);
    bob.check();
    assert!(bob.push().is_complete());
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::FastForward);
    assert_eq!(ann.tip(&name), bob.tip(&name));
    ann.check();
}

#[test]
fn what_was_sent_on_top_of_the_old_history_is_taken_in_without_it() {
    let (team, ann, bob, name) = shared();
    ann.purge_path(&name, PATH);
    let ann = ann.reopened();
    bob.know(&name, "host", "as bob says");
    let own = bob.record(&name, "from bob");
    assert!(bob.push().is_complete());
    let there = team.tip(&name);
    assert_eq!(ann.push().sessions[0].outcome, PushOutcome::Behind);
    assert_eq!(team.tip(&name), there, "the lease held");
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::Purged);
    assert_eq!(ann.accept(&name).outcome, PullOutcome::FastForward);
    let ann = ann.reopened();
    assert!(ann.runs(&name).contains(&own));
    assert_eq!(ann.knows(&name), ["knowledge/port.md"]);
    assert_eq!(left(ann.store.dir(), "as bob says"), 0);
    ann.check();
    assert!(ann.push().is_complete());
    bob.accept(&name);
    let bob = bob.reopened();
    assert_eq!(bob.tip(&name), ann.tip(&name));
    assert!(!has_content(&bob.store, "as bob says\n"));
    bob.check();
}

#[test]
fn the_old_history_comes_back_neither_by_a_pull_nor_by_a_push() {
    let (_team, ann, bob, name) = shared();
    ann.purge_path(&name, PATH);
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    let other = Team::new();
    let url = format!("file://{}", other.hub.display());
    assert!(bob.at(&url, &["file"]).push().is_complete());
    let tip = ann.tip(&name);
    assert_eq!(ann.at(&url, &["file"]).pull_one(&name).outcome, PullOutcome::Purged);
    assert_eq!(ann.tip(&name), tip);
    assert!(!has_content(&ann.store, "at first\n"));
    let back = format!("+refs/heads/{0}:refs/heads/{0}", name.branch());
    let from = bob.store.dir().to_string_lossy().into_owned();
    assert!(git(ann.store.dir(), &["fetch", "-q", &from, &back]).status.success());
    let third = Team::new();
    let ann = ann.reopened();
    let pushed = ann.at(&format!("file://{}", third.hub.display()), &["file"]).push();
    assert_eq!(pushed.sessions[0].outcome, PushOutcome::Held, "{pushed:?}");
    assert!(pushed.sessions[0].is_purged);
}

#[test]
fn the_same_content_may_be_recorded_and_sent_again() {
    let (_team, ann, bob, name) = shared();
    ann.purge_path(&name, "knowledge/port.md");
    let ann = ann.reopened();
    assert!(!has_content(&ann.store, "80\n"));
    ann.know(&name, "web", "80");
    assert!(ann.push().is_complete(), "a number is no secret");
    assert_eq!(bob.accept(&name).outcome, PullOutcome::FastForward);
    let bob = bob.reopened();
    assert_eq!(bob.knows(&name), ["knowledge/host.md", "knowledge/web.md"]);
    bob.know(&name, "port", "80");
    assert!(bob.push().is_complete(), "also under the same name, from now on");
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::FastForward);
    ann.check();
    bob.check();
}

#[test]
fn whoever_comes_late_goes_over_two_purges_at_once() {
    let (_team, ann, bob, name) = shared();
    ann.know(&name, "word", "0dd-v4lue/that+must=go");
    let first = ann.record(&name, "last");
    assert!(ann.push().is_complete());
    bob.pull();
    let own = bob.record(&name, "from bob");
    bob.know(&name, "host", "as bob says");
    let value = wipe("0dd-v4lue/that+must=go");
    ops::purge(&ann.store, &ann.env, &value, Consent::Given, &mut |_| ()).expect("purged");
    let ann = ann.reopened();
    ann.purge_path(&name, PATH);
    let ann = ann.reopened();
    ann.purge_path(&name, "knowledge/port.md");
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    assert_eq!(bob.accept(&name).outcome, PullOutcome::Ahead);
    let bob = bob.reopened();
    for content in ["at first\n", "as bob says\n", "80\n"] {
        assert!(!has_content(&bob.store, content), "{content}");
    }
    assert_eq!(left(bob.store.dir(), "0dd-v4lue/that+must=go"), 0);
    assert_eq!(bob.knows(&name), ["knowledge/word.md"]);
    assert!(bob.runs(&name).contains(&own) && bob.runs(&name).contains(&first));
    bob.check();
    assert!(bob.push().is_complete());
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::FastForward);
}

/// Returns what a remote says was purged.
pub fn list(team: &Team, session: git_session::model::SessionId) -> String {
    team.git(&["cat-file", "blob", &format!("refs/purged/{session}:purged")]) + "\n"
}

#[test]
fn a_forged_list_takes_no_file_that_its_commits_did_not_lose() {
    let (team, ann, bob, name) = shared();
    let unrelated = bob.session("Nobody else's");
    bob.know(&unrelated, "host", "bob's own");
    bob.know(&unrelated, "port", "bob's port");
    let tips = [bob.tip(&unrelated)];
    bob.know(&name, "user", "bob");
    let id = ann.store.snapshot(ann.tip(&name)).expect("readable").manifest.id;
    ann.purge_path(&name, PATH);
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    let new = ann.tip(&name);
    let blobs: Vec<String> = ["80\n", "bob's own\n", "bob\n"]
        .iter()
        .map(|content| {
            let file = team.dir.path().join("content");
            std::fs::write(&file, content).expect("written");
            team.git(&["hash-object", file.to_str().expect("text")])
        })
        .collect();
    // Files that still stand in what it says took the place, contents of others, another's commits.
    let mut forged = list(&team, id);
    forged.push_str("path knowledge/port.md\npath knowledge/user.md\npath knowledge\n");
    blobs.iter().for_each(|blob| forged.push_str(&format!("blob {blob} -\n")));
    forged.push_str(&format!("commit {} {new}\n", tips[0]));
    team.put_list(id, &forged);
    bob.accept(&name);
    let bob = bob.reopened();
    assert_eq!(bob.tip(&unrelated), tips[0]);
    assert_eq!(bob.knows(&unrelated), ["knowledge/host.md", "knowledge/port.md"]);
    assert_eq!(bob.knows(&name), ["knowledge/port.md", "knowledge/user.md"], "only what was purged is gone");
    assert!(has_content(&bob.store, "80\n") && has_content(&bob.store, "bob's own\n"));
    let noted = git(bob.store.dir(), &["cat-file", "blob", &format!("refs/purged/{id}:purged")]).stdout;
    assert!(!String::from_utf8_lossy(&noted).contains("blob "), "what is here is not gone");
    bob.check();
}

#[test]
fn a_list_without_commits_does_nothing() {
    let (team, ann, bob, name) = shared();
    let id = ann.store.snapshot(ann.tip(&name)).expect("readable").manifest.id;
    let tip: CommitId = bob.tip(&name);
    team.put_list(id, "path knowledge/host.md\npath knowledge\n");
    ann.record(&name, "more");
    assert!(ann.push().is_complete());
    assert_eq!(bob.accept(&name).outcome, PullOutcome::FastForward);
    let bob = bob.reopened();
    assert_eq!(bob.knows(&name), ["knowledge/host.md", "knowledge/port.md"]);
    assert!(bob.store.reachable(bob.tip(&name)).contains(&tip));
    // Nor does it when something else is purged here, or what was begun is ended.
    bob.know(&name, "user", "bob");
    std::fs::write(bob.store.dir().join("git-session/purging"), "").expect("written");
    bob.purge_path(&name, "knowledge/user.md");
    let bob = bob.reopened();
    assert_eq!(bob.knows(&name), ["knowledge/host.md", "knowledge/port.md"]);
    bob.check();
}

#[test]
fn a_fork_loses_it_where_the_session_itself_is_not() {
    let (_team, ann, bob, name) = shared();
    let fork = bob.fork(&name);
    bob.know(&fork, "host", "in bob's fork");
    ops::remove(&bob.store, &bob.env, &bob.find(&name)).expect("removed");
    git(bob.store.dir(), &["update-ref", "-d", &bob.refs("refs/trash")[0]]);
    git(bob.store.dir(), &["update-ref", "-d", &bob.refs("refs/remotes")[0]]);
    ann.purge_path(&name, PATH);
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    assert_eq!(bob.accept(&name).outcome, PullOutcome::New);
    let bob = bob.reopened();
    assert_eq!(bob.knows(&fork), ["knowledge/port.md"]);
    assert!(!has_content(&bob.store, "at first\n") && !has_content(&bob.store, "in bob's fork\n"));
    bob.check();
}

#[test]
fn whoever_was_killed_when_going_over_does_it_again() {
    let (team, ann, bob, name) = shared();
    let fork = bob.fork(&name);
    bob.know(&fork, "host", "in bob's fork");
    let (old, branch) = (bob.tip(&fork), format!("refs/heads/{}", fork.branch()));
    let copy = team.dir.path().join("copy.git");
    std::fs::create_dir(&copy).expect("made");
    crate::check::copy(bob.store.dir(), &copy);
    ann.purge_path(&name, PATH);
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    bob.accept(&name);
    // As if it had been killed before the fork's ref moved.
    let back = ["fetch", "-q", copy.to_str().expect("text"), &format!("+{branch}:{branch}")];
    assert!(git(bob.store.dir(), &back).status.success());
    std::fs::write(bob.store.dir().join("git-session/purging"), "").expect("written");
    let bob = bob.reopened();
    assert_eq!(bob.tip(&fork), old);
    bob.accept(&name);
    let bob = bob.reopened();
    assert_eq!(bob.knows(&fork), ["knowledge/port.md"]);
    assert!(!has_content(&bob.store, "in bob's fork\n"));
    assert!(!bob.store.has_unfinished_purge());
    bob.check();
}
