//! Recording sessions that another tool kept, one commit a run, at the runs' own times.

use std::collections::HashSet;

use super::create::{clean_title, tree_of};
use super::fact::put_edit;
use super::record::{RecordInput, run_folder};
use super::{Env, OpError};
use crate::model::{
    Budget, Change, CommitMessage, ContextPath, Manifest, Person, Project, RunId, RunRecord, SessionId,
    SessionName, SessionStatus, Timestamp,
};
use crate::store::{
    Batch, CommitId, ContextFile, Mark, NewCommit, SessionRef, SessionWriter, Store, TreeEdit, TreeId,
};

/// The author of imported commits: the other tool does not say who it was.
pub(super) const IMPORTER: (&str, &str) = ("git-session import", "import@git-session.invalid");

/// What another tool knows of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedSession {
    /// The id, derived from the source and the foreign id.
    pub id: SessionId,
    /// The tool it comes from, such as `babysitter`.
    pub source: String,
    /// The id that the tool gave it.
    pub foreign_id: String,
    /// What it is about.
    pub title: String,
    /// How it stands.
    pub status: SessionStatus,
    /// When it was started.
    pub created_at: Timestamp,
    /// The project it is about.
    pub project: Option<Project>,
    /// What it may use up.
    pub budget: Option<Budget>,
    /// Its finished runs, oldest first.
    pub runs: Vec<ImportedRun>,
    /// Files of the context that no run can be credited with.
    pub context: Vec<ImportedFile>,
    /// When that context was last changed.
    pub context_at: Timestamp,
}

/// What another tool knows of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedRun {
    /// Its record, with `external_id` set.
    pub record: RunRecord,
    /// Files of the context that it left, whole.
    pub context: Vec<ImportedFile>,
    /// What was asked and answered, in Markdown.
    pub conversation: Option<String>,
    /// Files of this run alone.
    pub artifacts: Vec<ImportedFile>,
}

/// One file to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Its path below `context/` or `run/artifacts/`.
    pub path: ContextPath,
    /// Its content.
    pub content: Vec<u8>,
}

/// What an import would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportPlan {
    /// One line a session.
    pub sessions: Vec<PlannedSession>,
}

/// What an import would do with one session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PlannedSession {
    /// Its id.
    pub id: SessionId,
    /// The id that the other tool gave it.
    pub external_id: String,
    /// What it is about.
    pub title: String,
    /// Whether it is not in the store yet.
    pub new: bool,
    /// How many of its runs are not in the store yet.
    pub new_runs: usize,
    /// How many of its runs are.
    pub known_runs: usize,
    /// How many context files, credited to no run, would change.
    pub context: usize,
}

/// What an import did.
pub type Imported = ImportPlan;

impl ImportPlan {
    /// Makes the plan for a store that has none of these sessions.
    pub fn of_new(sessions: &[ImportedSession]) -> Self {
        let planned = sessions.iter().map(|session| PlannedSession {
            id: session.id,
            external_id: session.foreign_id.clone(),
            title: session.title.clone(),
            new: true,
            new_runs: session.runs.len(),
            known_runs: 0,
            context: session.context.len(),
        });
        Self { sessions: planned.collect() }
    }
}

/// Tells what an import would do.
pub fn plan_import(store: &Store, sessions: &[ImportedSession]) -> Result<ImportPlan, OpError> {
    let plan = |session: &ImportedSession| {
        plan_session(store, &session.with_told_names(store), &known_state(store, session.id)?)
    };
    let planned = sessions.iter().map(plan);
    Ok(ImportPlan { sessions: planned.collect::<Result<_, _>>()? })
}

/// Records imported sessions. Runs that are in the store already are left as they are, so importing
/// again adds nothing.
pub fn import(store: &Store, env: &Env, sessions: &[ImportedSession]) -> Result<Imported, OpError> {
    let mut done = ImportPlan::default();
    for session in sessions {
        let session = &*session.with_told_names(store);
        let writer = store.lock_session(session.id)?;
        let known = known_state(store, session.id)?;
        let planned = plan_session(store, session, &known)?;
        let mut chain = Chain::start(store, env, session, known)?;
        chain.add_runs(session)?;
        chain.add_context(session)?;
        chain.land(&writer)?;
        done.sessions.push(planned);
    }
    Ok(done)
}

fn plan_session(store: &Store, session: &ImportedSession, known: &Known) -> Result<PlannedSession, OpError> {
    let known_runs = session.runs.iter().filter(|run| known.runs.contains(&run.record.id)).count();
    let mut context = session.context.len();
    if let Some(found) = &known.session {
        context = stale_files(store, store.snapshot(found.tip)?.root, session)?.len();
    }
    Ok(PlannedSession {
        id: session.id,
        external_id: session.foreign_id.clone(),
        title: session.title.clone(),
        new: known.session.is_none(),
        new_runs: session.runs.len() - known_runs,
        known_runs,
        context,
    })
}

/// What the store knows of a session already.
struct Known {
    session: Option<SessionRef>,
    runs: HashSet<RunId>,
}

fn known_state(store: &Store, id: SessionId) -> Result<Known, OpError> {
    let session = store.try_find_session_by_id(id)?;
    let runs = match &session {
        Some(session) => store.runs(session.tip, None)?.into_iter().map(|run| run.run.id).collect(),
        None => HashSet::new(),
    };
    Ok(Known { session, runs })
}

// Context that somebody changed since is theirs; only files that are not there are added.
fn stale_files(store: &Store, root: TreeId, session: &ImportedSession) -> Result<Vec<ImportedFile>, OpError> {
    let files = store.context_files(root)?;
    Ok(session.context.iter().filter(|file| !files.contains_key(&file.path)).cloned().collect())
}

/// Commits on their way onto one session's branch, all written as one pack.
struct Chain<'a> {
    env: &'a Env,
    batch: Batch,
    name: SessionName,
    expected: Option<CommitId>,
    tip: Option<CommitId>,
    root: TreeId,
    manifest: Manifest,
    known: HashSet<RunId>,
}

impl<'a> Chain<'a> {
    fn start(store: &Store, env: &'a Env, session: &ImportedSession, known: Known) -> Result<Self, OpError> {
        let mut batch = store.batch();
        if let Some(found) = known.session {
            let snapshot = store.snapshot(found.tip)?;
            let tip = Some(found.tip);
            let (root, manifest) = (snapshot.root, snapshot.manifest);
            return Ok(Self {
                env,
                batch,
                name: found.name,
                expected: tip,
                tip,
                root,
                manifest,
                known: known.runs,
            });
        }
        let mut manifest = new_manifest(store, session)?;
        let root = tree_of(&mut batch, &mut manifest)?;
        let name = SessionName::new(&manifest.title, manifest.id);
        let known = HashSet::new();
        let mut chain = Self { env, batch, name, expected: None, tip: None, root, manifest, known };
        let message = CommitMessage::of_change(Change::Create, session.id, chain.manifest.title.clone());
        chain.commit(root, &message, session.created_at)?;
        Ok(chain)
    }

    fn add_runs(&mut self, session: &ImportedSession) -> Result<(), OpError> {
        for run in session
            .runs
            .iter()
            .filter(|run| !self.known.contains(&run.record.id))
            .cloned()
            .collect::<Vec<_>>()
        {
            let at = run.record.finished_at.unwrap_or(session.created_at);
            let mut record = self.batch.view().clean_record(&run.record)?;
            let artifacts = run.artifacts.into_iter().map(|file| (file.path, file.content)).collect();
            let input = RecordInput::default().with_conversation(run.conversation).with_artifacts(artifacts);
            self.batch.forget_removed();
            let mut edits = self.context_edits(&run.context)?;
            edits.extend(run_folder(&mut self.batch, &mut record, &input)?);
            self.manifest.add_run(&record);
            let root = self.batch.edit_tree(Some(self.root), &edits)?;
            self.commit(root, &CommitMessage::of_run(&record), at)?;
        }
        Ok(())
    }

    fn add_context(&mut self, session: &ImportedSession) -> Result<(), OpError> {
        let files = stale_files(self.batch.view(), self.root, session)?;
        let edits = self.context_edits(&files)?;
        if edits.is_empty() {
            return Ok(());
        }
        let root = self.batch.edit_tree(Some(self.root), &edits)?;
        let subject = format!("import context from {}", session.source);
        let message = CommitMessage::of_change(Change::Context, session.id, subject);
        self.commit(root, &message, session.context_at)
    }

    fn context_edits(&mut self, files: &[ImportedFile]) -> Result<Vec<TreeEdit>, OpError> {
        let mut edits = Vec::new();
        for file in files {
            let stored = ContextFile::plain(self.batch.blob(&file.content)?);
            edits.push(put_edit(self.batch.view(), self.root, &file.path, stored)?);
        }
        Ok(edits)
    }

    // The author is fixed, so that two people who import the same files make the same commits.
    fn commit(&mut self, root: TreeId, message: &CommitMessage, at: Timestamp) -> Result<(), OpError> {
        let edit = self.batch.manifest_edit(&mut self.manifest)?;
        self.root = self.batch.edit_tree(Some(root), &[edit])?;
        let parents: Vec<CommitId> = self.tip.into_iter().collect();
        let author = Person::new(IMPORTER.0, IMPORTER.1);
        self.tip = Some(self.batch.commit(&NewCommit {
            tree: self.root,
            parents: &parents,
            author: &author,
            authored_at: at,
            committed_at: at,
            message,
        })?);
        Ok(())
    }

    fn land(self, writer: &SessionWriter<'_>) -> Result<(), OpError> {
        let Some(tip) = self.tip.filter(|_| self.tip != self.expected) else { return Ok(()) };
        writer.persist(self.batch, &[tip])?;
        let mark = Mark { who: &self.env.identity, at: self.env.now(), log: "import" };
        Ok(writer.advance(&self.name, self.expected, tip, mark)?)
    }
}

fn new_manifest(store: &Store, session: &ImportedSession) -> Result<Manifest, OpError> {
    let title =
        clean_title(&store.clean_text(&session.title)).or_else(|_| clean_title(&session.foreign_id))?;
    let mut manifest = Manifest::new(session.id, title, session.created_at);
    manifest.status = session.status;
    manifest.project = session.project.clone();
    manifest.budget = session.budget.clone();
    manifest.add_external_id(&session.source, &session.foreign_id);
    Ok(manifest)
}
