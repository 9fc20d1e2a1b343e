//! Decisions: what was chosen, why, and instead of what.

use super::change::change_context;
use super::fact::put_edit;
use super::{Env, OpError, Place};
use crate::model::{Decision, DecisionId, DecisionStatus, shown};
use crate::store::{Batch, CommitId, ContextFile, Snapshot, Store, TreeEdit};

/// The largest decision that is read, in bytes.
pub(super) const DECISION_BYTES: u64 = 1024 * 1024;
/// How many candidates a message lists.
const LISTED: usize = 5;

/// What may be said of a decision.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DecideOptions {
    /// Why.
    pub because: Option<String>,
    /// The options that were turned down.
    pub instead_of: Vec<String>,
    /// The decisions whose place it takes, by id or part of one.
    pub supersedes: Vec<String>,
}

/// A decision that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decided {
    /// Its id.
    pub id: DecisionId,
    /// What it says now.
    pub decision: Decision,
    /// The new commit of the place.
    pub commit: Option<CommitId>,
}

/// A decision with its id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct DecisionRow {
    /// Its id.
    pub id: DecisionId,
    /// What it says.
    #[serde(flatten)]
    pub decision: Decision,
    /// The text behind its front matter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
}

impl DecideOptions {
    /// Says why.
    pub fn because(mut self, because: Option<String>) -> Self {
        self.because = because;
        self
    }

    /// Lists the options that were turned down.
    pub fn instead_of(mut self, options: Vec<String>) -> Self {
        self.instead_of = options;
        self
    }

    /// Lists the decisions whose place it takes.
    pub fn supersedes(mut self, decisions: Vec<String>) -> Self {
        self.supersedes = decisions;
        self
    }
}

/// Makes a decision.
pub fn decide(
    store: &Store,
    env: &Env,
    place: &Place,
    title: &str,
    options: &DecideOptions,
) -> Result<Decided, OpError> {
    let title =
        super::create::clean_title(&store.clean_text(title)).map_err(|_| OpError::Empty("the decision"))?;
    let decided_at = env.now();
    let id = DecisionId::new(decided_at, &title, &digits(env));
    let mut decision = Decision::new(title, decided_at);
    decision.because = options.because.clone();
    decision.instead_of = options.instead_of.clone();
    decision.decided_by = Some(env.identity.clone());
    decision.run = place.open_run().map(|open| open.run);
    let subject = format!("decide {}", decision.title);
    let changed = change_context(store, env, place, &subject, |batch, state| {
        let replaced = superseded(batch, state, &id, &options.supersedes)?;
        decision.supersedes = replaced.iter().map(|(id, _)| id.clone()).collect();
        decision = batch.cleaned(&decision)?;
        let mut edits = vec![decision_edit(batch, state, &id, &decision)?];
        for (id, decision) in &replaced {
            edits.push(decision_edit(batch, state, id, decision)?);
        }
        Ok(edits)
    })?;
    Ok(Decided { id, decision, commit: changed.commit })
}

/// Marks a decision as turned down.
pub fn reject(
    store: &Store,
    env: &Env,
    place: &Place,
    name: &str,
    because: Option<String>,
) -> Result<Decided, OpError> {
    let mut rejected = None;
    let changed = change_context(store, env, place, &format!("reject {}", shown(name)), |batch, state| {
        let DecisionRow { id, mut decision, .. } = find_decision(batch.view(), state, name)?;
        decision.status = DecisionStatus::Rejected;
        decision.rejected_because = because.clone();
        let edit = decision_edit(batch, state, &id, &decision)?;
        rejected = Some((id, decision));
        Ok(vec![edit])
    })?;
    let (id, decision) = rejected.ok_or_else(|| OpError::NoDecision(name.to_owned()))?;
    Ok(Decided { id, decision, commit: changed.commit })
}

/// Lists the decisions of a session, oldest first. Files that are no decisions are left out and
/// named.
pub fn list_decisions(store: &Store, state: &Snapshot) -> Result<(Vec<DecisionRow>, Vec<OpError>), OpError> {
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    for (path, file) in store.context_files(state.root)? {
        let Some(id) = DecisionId::of_path(&path) else { continue };
        match read_decision(store, id, file) {
            Ok(row) => rows.push(row),
            Err(error) => unreadable.push(error),
        }
    }
    rows.sort_by(|a, b| (a.decision.decided_at, &a.id).cmp(&(b.decision.decided_at, &b.id)));
    Ok((rows, unreadable))
}

/// Finds a decision by its id, a part of it that only one has, or its exact title.
pub fn find_decision(store: &Store, state: &Snapshot, name: &str) -> Result<DecisionRow, OpError> {
    // Every id contains an empty name.
    if name.is_empty() {
        return Err(OpError::NoDecision(String::new()));
    }
    let (rows, _) = list_decisions(store, state)?;
    let exact = |row: &&DecisionRow| row.id.as_str() == name || row.decision.title == name;
    if let Some(row) = rows.iter().find(exact) {
        return Ok(row.clone());
    }
    let found: Vec<&DecisionRow> = rows.iter().filter(|row| row.id.as_str().contains(name)).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(OpError::NoDecision(name.to_owned())),
        many => {
            let candidates = many.iter().take(LISTED).map(|row| row.id.to_string()).collect();
            Err(OpError::AmbiguousDecision { name: name.to_owned(), candidates })
        }
    }
}

/// Reads a decision's file.
pub(super) fn read_decision(
    store: &Store,
    id: DecisionId,
    file: ContextFile,
) -> Result<DecisionRow, OpError> {
    let bytes = store.read_blob(file.blob, DECISION_BYTES)?;
    let decision = Decision::parse(&format!("context/{}", id.path()), &bytes)?;
    let body = decision.body.clone();
    Ok(DecisionRow { id, decision, body })
}

fn superseded(
    batch: &Batch,
    state: &Snapshot,
    by: &DecisionId,
    names: &[String],
) -> Result<Vec<(DecisionId, Decision)>, OpError> {
    let mut replaced = Vec::new();
    for name in names {
        let DecisionRow { id, mut decision, .. } = find_decision(batch.view(), state, name)?;
        decision.status = DecisionStatus::Superseded;
        decision.superseded_by = Some(by.clone());
        replaced.push((id, decision));
    }
    Ok(replaced)
}

fn decision_edit(
    batch: &mut Batch,
    state: &Snapshot,
    id: &DecisionId,
    decision: &Decision,
) -> Result<TreeEdit, OpError> {
    let path = id.path();
    // Its texts first: a marker that replaces text of the front matter would be no YAML.
    let body = batch.text(&decision.body);
    let decision = Decision { body, ..batch.cleaned(decision)? };
    let text = decision.print(path.as_str())?;
    let file = ContextFile::plain(batch.blob(text.as_bytes())?);
    put_edit(batch.view(), state.root, &path, file)
}

fn digits(env: &Env) -> String {
    let mut digits = env.new_uuid().simple().to_string();
    digits.truncate(4);
    digits
}
