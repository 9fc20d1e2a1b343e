//! Several stores that share sessions by one remote, over `file://`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use git_session::model::{RunId, RunRecord, RunStatus, SessionId, SessionName, Timestamp};
use git_session::ops::{self, CreateOptions, Env, IdOrigin, Place, RecordInput};
use git_session::store::{CommitId, Durability, IncomingLimits, Reach, SessionRef, Store, StoreOptions};
use git_session::sync::{
    AcceptPurge, Gate, Pulled, PulledSession, Pushed, Remote, SyncError, Synced, Wanted, add_remote, pull,
    pull_accepting, push, sync,
};
use tempfile::TempDir;

use crate::lab::{clean, env, git, mktree};

/// A remote, and those who use it.
pub struct Team {
    pub dir: Rc<TempDir>,
    pub hub: PathBuf,
}

/// One store of a team.
pub struct Member {
    pub store: Store,
    pub env: Env,
    pub remote: Remote,
}

impl Team {
    pub fn new() -> Self {
        let dir = Rc::new(tempfile::tempdir().expect("temporary folder"));
        let hub = dir.path().join("hub.git");
        let team = Self { dir, hub };
        let mut init = Command::new("git");
        clean(&mut init, team.dir.path());
        assert!(init.args(["init", "-q", "--bare"]).arg(&team.hub).status().expect("git runs").success());
        team
    }

    /// Adds a member with an empty store.
    pub fn member(&self, name: &'static str) -> Member {
        self.member_at(name, &self.dir.path().join(name))
    }

    /// Adds a member whose store lies elsewhere.
    pub fn member_at(&self, name: &'static str, path: &Path) -> Member {
        let options = StoreOptions::default().with_durability(Durability::Off);
        let store = Store::open_or_create(path, options).expect("made");
        let url = format!("file://{}", self.hub.display());
        let remote = add_remote(&store, "team", &url, vec!["file".to_owned()]).expect("added");
        Member { store, env: env(name), remote }
    }

    /// Returns where a session is on the remote.
    pub fn tip(&self, name: &SessionName) -> Option<CommitId> {
        let out = git(&self.hub, &["rev-parse", "-q", "--verify", &format!("refs/heads/{}", name.branch())]);
        CommitId::from_hex(String::from_utf8_lossy(&out.stdout).trim())
    }

    /// Makes a tree on the remote.
    pub fn mktree(&self, entries: &str) -> String {
        mktree(self.dir.path(), &self.hub, entries)
    }

    /// Puts a list of what was purged from a session on the remote.
    pub fn put_list(&self, session: SessionId, list: &str) {
        let file = self.dir.path().join("purged");
        std::fs::write(&file, list).expect("written");
        let blob = self.git(&["hash-object", "-w", file.to_str().expect("text")]);
        let tree = self.mktree(&format!("100644 blob {blob}\tpurged\n"));
        let who = ["-c", "user.name=E", "-c", "user.email=e@example.com"];
        let commit = self.git(&[&who[..], &["commit-tree", "-m", "List", &tree]].concat());
        self.git(&["update-ref", &format!("refs/purged/{session}"), &commit]);
    }

    /// Runs git on the remote, which must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let out = git(&self.hub, arguments);
        assert!(out.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("text").trim().to_owned()
    }
}

impl Member {
    pub fn session(&self, title: &str) -> SessionName {
        ops::create(&self.store, &self.env, title, CreateOptions::default()).expect("created").session.name
    }

    pub fn find(&self, name: &SessionName) -> SessionRef {
        self.store.try_find_session(name).expect("readable").expect("there")
    }

    pub fn tip(&self, name: &SessionName) -> CommitId {
        self.find(name).tip
    }

    pub fn record(&self, name: &SessionName, summary: &str) -> RunId {
        self.record_at(name, summary, None)
    }

    /// Records a run that ended at some time, whatever the clock says.
    pub fn record_at(&self, name: &SessionName, summary: &str, finished_at: Option<Timestamp>) -> RunId {
        let session = self.find(name);
        let id = self.store.snapshot(session.tip).expect("readable").manifest.id;
        let mut record = RunRecord::new(RunId::new(self.env.new_uuid()), id, RunStatus::Succeeded);
        record.summary = summary.to_owned();
        record.finished_at = finished_at;
        let run = record.id;
        ops::record(&self.store, &self.env, &session, record, &RecordInput::default(), IdOrigin::Fresh)
            .expect("recorded");
        run
    }

    pub fn know(&self, name: &SessionName, key: &str, value: &str) {
        let place = Place::Session(self.find(name));
        let key = key.parse().expect("a key");
        ops::set_fact(&self.store, &self.env, &place, git_session::model::FactKind::Knowledge, &key, value)
            .expect("noted");
    }

    pub fn id(&self, name: &SessionName) -> SessionId {
        self.store.snapshot(self.tip(name)).expect("readable").manifest.id
    }

    pub fn runs(&self, name: &SessionName) -> Vec<RunId> {
        let tip = self.tip(name);
        self.store.runs(tip, None).expect("readable").into_iter().map(|run| run.run.id).collect()
    }

    pub fn try_pull(&self, wanted: &Wanted) -> Result<Pulled, SyncError> {
        pull(&self.store, &self.env, &self.remote, wanted, IncomingLimits::default(), &mut |_| ())
    }

    pub fn pull(&self) -> Pulled {
        self.try_pull(&Wanted::All).expect("pulled")
    }

    /// Pulls one session, and returns what became of it.
    pub fn pull_one(&self, name: &SessionName) -> PulledSession {
        let pulled = self.try_pull(&Wanted::Named(vec![name.clone()])).expect("pulled");
        pulled.sessions.into_iter().next().expect("one session was asked for")
    }

    /// Goes over to what was purged, and returns what became of the session.
    pub fn accept(&self, name: &SessionName) -> PulledSession {
        let (wanted, limits) = (Wanted::Named(vec![name.clone()]), IncomingLimits::default());
        let accept = AcceptPurge::Yes;
        let pulled =
            pull_accepting(&self.store, &self.env, &self.remote, &wanted, limits, accept, &mut |_| ());
        pulled.expect("pulled").sessions.into_iter().next().expect("one session was asked for")
    }

    pub fn push(&self) -> Pushed {
        self.try_push(&Wanted::All).expect("pushed")
    }

    pub fn try_push(&self, wanted: &Wanted) -> Result<Pushed, SyncError> {
        push(&self.store, &self.env, &self.remote, wanted, &Gate::default(), &mut |_| ())
    }

    pub fn sync(&self) -> Synced {
        self.try_sync().expect("synced")
    }

    pub fn try_sync(&self) -> Result<Synced, SyncError> {
        self.sync_through(&Gate::default())
    }

    pub fn sync_through(&self, gate: &Gate) -> Result<Synced, SyncError> {
        let limits = IncomingLimits::default();
        sync(&self.store, &self.env, &self.remote, &Wanted::All, limits, gate, &mut |_| ())
    }

    pub fn refs(&self, prefix: &str) -> Vec<String> {
        let out = git(self.store.dir(), &["for-each-ref", "--format=%(refname)", prefix]);
        String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect()
    }

    /// Lets git and our own check judge the store.
    pub fn check(&self) {
        let out = git(self.store.dir(), &["fsck", "--strict", "--full", "--no-dangling"]);
        let said = String::from_utf8_lossy(&out.stderr) + String::from_utf8_lossy(&out.stdout);
        let said: Vec<&str> = said.lines().filter(|line| !line.starts_with("notice: ")).collect();
        assert!(out.status.success() && said.is_empty(), "git fsck: {said:?}");
        let now = std::time::SystemTime::now();
        let report = ops::check(&self.store, now, ops::CheckLevel::Data, &|_| ()).expect("looked at");
        assert_eq!(report.problems, []);
    }

    /// Opens the store again, as after a purge.
    pub fn reopened(self) -> Self {
        Self { store: self.store.reopen().expect("opened"), ..self }
    }

    /// Returns the same store, which reaches the remote at another URL.
    pub fn at(&self, url: &str, transports: &[&str]) -> Self {
        let transports = transports.iter().map(|word| (*word).to_owned()).collect();
        let mut remote = self.remote.clone();
        remote.reach = Reach::new(url.parse().expect("a URL"), transports);
        Self { store: self.store.clone(), env: env("elsewhere"), remote }
    }
}
