//! Purging a run that was pushed: teammates go over to it with what they recorded on top.

use git_session::model::{PURGED, RunId, SessionName};
use git_session::ops::{self, Consent, ContextInput, IdOrigin, Limits, PurgeTarget, RecordInput, Sensitive};
use git_session::store::RunSpec;
use git_session::sync::{PullOutcome, PushOutcome};

use crate::purge::left;
use crate::purge_path::has_content;
use crate::purge_path_share::list;
use crate::team::{Member, Team};

const SAID: &str = "What nobody should ever have said";

impl Member {
    fn purge_run(self, run: RunId) -> Self {
        ops::purge(&self.store, &self.env, &PurgeTarget::Runs(vec![run]), Consent::Given, &mut |_| ())
            .expect("purged");
        self.reopened()
    }

    pub fn work(&self, name: &SessionName, summary: &str, files: &[(&str, &str)]) -> RunId {
        let folder = tempfile::tempdir().expect("temporary folder");
        for (path, content) in files {
            std::fs::write(folder.path().join(path), content).expect("written");
        }
        let scan = ops::scan_folder(folder.path(), &Limits::default(), Sensitive::Withhold).expect("scanned");
        let session = self.find(name);
        let id = self.store.snapshot(session.tip).expect("readable").manifest.id;
        let run = RunId::new(self.env.new_uuid());
        let mut record =
            git_session::model::RunRecord::new(run, id, git_session::model::RunStatus::Succeeded);
        record.summary = summary.to_owned();
        record.prompt = Some(summary.to_owned());
        let input = RecordInput::default().with_context(ContextInput::Overlay(scan));
        ops::record(&self.store, &self.env, &session, record, &input, IdOrigin::Fresh).expect("recorded");
        run
    }

    fn contents(&self, name: &SessionName) -> Vec<(String, String)> {
        let root = self.store.snapshot(self.tip(name)).expect("readable").root;
        let text =
            |blob| String::from_utf8(self.store.read_blob(blob, 1 << 20).expect("read")).expect("text");
        let files = self.store.context_files(root).expect("listed").into_iter();
        files.map(|(path, file)| (path.to_string(), text(file.blob))).collect()
    }

    pub fn summary(&self, name: &SessionName, run: RunId) -> String {
        let spec: RunSpec = run.to_string().parse().expect("a run");
        let found = self.store.find_run(&spec, Some(&self.find(name))).expect("found");
        self.store.run_record(found.run.commit).expect("readable").expect("a record").summary
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

/// Two members who have a session with a run that is to go.
fn shared() -> (Team, Member, Member, SessionName, RunId) {
    let team = Team::new();
    let (ann, bob) = (team.member("ann"), team.member("bob"));
    let name = ann.session("Fix the login test");
    ann.work(&name, "before", &[("a.md", "old a\n"), ("b.md", "old b\n")]);
    let run = ann.work(&name, SAID, &[("a.md", "run a\n"), ("b.md", "run b\n"), ("c.md", "run c\n")]);
    assert!(ann.push().is_complete());
    bob.pull();
    (team, ann, bob, name, run)
}

#[test]
fn teammates_go_over_to_it_with_what_they_recorded_on_top() {
    let (team, ann, bob, name, run) = shared();
    let own = bob.work(&name, "from bob", &[("a.md", "run a, edited by bob\n"), ("copy.md", "run c\n")]);
    bob.know(&name, "port", "80");
    let unrelated = bob.session("Nobody else's");
    bob.work(&unrelated, "own", &[("c.md", "run c\n")]);
    let unrelated_tip = bob.tip(&unrelated);
    let ann = ann.purge_run(run);
    assert!(ann.push().is_complete());
    assert_eq!(team.tip(&name), Some(ann.tip(&name)));
    assert_eq!(ann.contents(&name), pairs(&[("a.md", "old a\n"), ("b.md", "old b\n")]));
    assert_eq!(bob.pull_one(&name).outcome, PullOutcome::Purged, "nothing is merged with what was purged");
    assert_eq!(bob.accept(&name).outcome, PullOutcome::Ahead);
    let bob = bob.reopened();
    assert_eq!(left(bob.store.dir(), SAID), 0);
    assert!(!has_content(&bob.store, "run a\n") && !has_content(&bob.store, "run b\n"));
    let expected = [("a.md", "run a, edited by bob\n"), ("b.md", "old b\n"), ("knowledge/port.md", "80\n")];
    assert_eq!(bob.contents(&name), pairs(&expected));
    assert_eq!(bob.tip(&unrelated), unrelated_tip, "it has nothing to do with it");
    assert_eq!(
        (bob.summary(&name, run), bob.summary(&name, own)),
        (PURGED.to_owned(), "from bob".to_owned())
    );
    bob.check();
    assert!(bob.push().is_complete());
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::FastForward);
    assert_eq!(ann.tip(&name), bob.tip(&name));
    ann.check();
}

#[test]
fn what_was_sent_on_top_of_the_old_history_is_taken_in_without_it() {
    let (_team, ann, bob, name, run) = shared();
    let ann = ann.purge_run(run);
    let own = bob.work(&name, "from bob", &[("d.md", "bob's\n")]);
    assert!(bob.push().is_complete());
    assert_eq!(ann.push().sessions[0].outcome, PushOutcome::Behind);
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::Purged);
    assert_eq!(ann.accept(&name).outcome, PullOutcome::FastForward);
    assert_eq!(left(ann.store.dir(), SAID), 0);
    let ann = ann.reopened();
    assert!(ann.runs(&name).contains(&own) && ann.runs(&name).contains(&run));
    let expected = [("a.md", "old a\n"), ("b.md", "old b\n"), ("d.md", "bob's\n")];
    assert_eq!(ann.contents(&name), pairs(&expected));
    ann.check();
    assert!(ann.push().is_complete());
    bob.accept(&name);
    let bob = bob.reopened();
    assert_eq!(bob.tip(&name), ann.tip(&name));
    assert_eq!(left(bob.store.dir(), SAID), 0);
    bob.check();
}

#[test]
fn a_file_and_a_run_are_gone_over_to_at_once() {
    let (_team, ann, bob, name, run) = shared();
    bob.work(&name, "from bob", &[("b.md", "bob's b\n"), ("c.md", "bob's c\n")]);
    let ann = ann.purge_run(run);
    let path = PurgeTarget::Paths { session: name.clone(), paths: vec!["b.md".parse().expect("a path")] };
    ops::purge(&ann.store, &ann.env, &path, Consent::Given, &mut |_| ()).expect("purged");
    let ann = ann.reopened();
    assert!(ann.push().is_complete());
    assert_eq!(bob.accept(&name).outcome, PullOutcome::Ahead);
    let bob = bob.reopened();
    assert_eq!(bob.contents(&name), pairs(&[("a.md", "old a\n"), ("c.md", "bob's c\n")]));
    assert_eq!(left(bob.store.dir(), SAID), 0);
    for content in ["run a\n", "run c\n", "old b\n", "bob's b\n"] {
        assert!(!has_content(&bob.store, content), "{content}");
    }
    bob.check();
    assert!(bob.push().is_complete());
    assert_eq!(ann.pull_one(&name).outcome, PullOutcome::FastForward);
}

#[test]
fn a_forged_list_empties_no_run_of_another_session() {
    let (team, ann, bob, name, run) = shared();
    let unrelated = bob.session("Nobody else's");
    let own = bob.work(&unrelated, "own words", &[("c.md", "run c\n")]);
    let tip = bob.tip(&unrelated);
    let other = bob.work(&name, "from bob", &[("d.md", "bob's\n")]);
    let bobs = bob.tip(&name);
    let ann = ann.purge_run(run);
    assert!(ann.push().is_complete());
    let id = ann.store.snapshot(ann.tip(&name)).expect("readable").manifest.id;
    // That the purged commit stands for Bob's runs too.
    let new = ann.tip(&name);
    let forged = format!("{}commit {tip} {new}\ncommit {bobs} {new}\n", list(&team, id));
    team.put_list(id, &forged);
    bob.accept(&name);
    let bob = bob.reopened();
    assert_eq!(bob.tip(&unrelated), tip);
    assert_eq!(bob.summary(&unrelated, own), "own words");
    assert_eq!(bob.contents(&unrelated), pairs(&[("c.md", "run c\n")]));
    assert_eq!(bob.summary(&name, other), "from bob");
    let expected = [("a.md", "old a\n"), ("b.md", "old b\n"), ("d.md", "bob's\n")];
    assert_eq!(bob.contents(&name), pairs(&expected));
    bob.check();
}
