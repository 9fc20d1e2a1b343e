//! What differs between two states of sessions: facts of the runs, fields of the manifest, what was
//! learned, and the files of the context.

mod file;
mod learned;
mod rename;

use serde::{Serialize, Serializer};

use self::file::Sides;
use self::rename::{Candidate, Pair};
use super::fields::{self, Field, FieldChange, changed_fields, manifest_fields, run_fields};
use super::list::describe;
use super::{OpError, Topic};
use crate::model::{ContextPath, FactKind, RunId, RunRecord, RunStatus, SessionId, Timestamp};
use crate::store::{CommitId, ContextFile, FileChange, Step, Store, StoreError, TreeId};

pub(super) use file::line_text;
pub use file::{ContentKind, FileChangeKind, FileDiff, FileVersion, PathKind, TextHunk, TextLine};
pub use learned::{DecisionChange, DecisionChangeKind, FactChange};

/// The largest file that is compared by lines, in bytes.
const TEXT_BYTES: u64 = 64 * 1024 * 1024;
/// The most lines of such a file.
const TEXT_LINES: usize = 4_000_000;
/// How many lines are shown around a change, as in Git.
pub const CONTEXT_LINES: usize = 3;

/// How much of the files is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Which files differ.
    Names,
    /// Also how many lines.
    Counts,
    /// Also the lines.
    #[default]
    Lines,
}

/// What of the two states is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extent {
    /// The records of the runs, the manifests, what was learned, and the files.
    #[default]
    Everything,
    /// The files alone; of the two states, the commits are told.
    Files,
}

/// Whether a removed file may be an added one under another name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Renames {
    /// It may, where they are similar enough.
    #[default]
    Find,
    /// It is one file removed and one added.
    Ignore,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiffOptions {
    /// Only the files that one of these names; all where there are none.
    pub topics: Vec<Topic>,
    /// What is compared besides the files.
    pub extent: Extent,
    /// How much of the files is compared.
    pub detail: Detail,
    /// Whether renames are found.
    pub renames: Renames,
    /// How many lines are shown around a change.
    pub context_lines: usize,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            extent: Extent::default(),
            detail: Detail::default(),
            renames: Renames::default(),
            context_lines: CONTEXT_LINES,
        }
    }
}

impl DiffOptions {
    /// Compares only the files that one of these names.
    pub fn with_topics(mut self, topics: Vec<Topic>) -> Self {
        self.topics = topics;
        self
    }

    /// Says what is compared besides the files.
    pub fn with_extent(mut self, extent: Extent) -> Self {
        self.extent = extent;
        self
    }

    /// Says how much of the files is compared.
    pub fn with_detail(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// Says whether renames are found.
    pub fn with_renames(mut self, renames: Renames) -> Self {
        self.renames = renames;
        self
    }

    /// Says how many lines are shown around a change.
    pub fn with_context_lines(mut self, lines: usize) -> Self {
        self.context_lines = lines;
        self
    }

    fn covers(&self, path: &ContextPath) -> bool {
        self.topics.is_empty() || self.topics.iter().any(|topic| topic.names(path))
    }
}

/// What differs between two states.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// The state before; `None` where there was none.
    pub from: Option<DiffEnd>,
    /// The state after.
    pub to: DiffEnd,
    /// The fields of the run records that differ.
    #[serde(serialize_with = "by_name")]
    pub run: Vec<FieldChange>,
    /// The fields of the manifests that differ.
    #[serde(serialize_with = "by_name")]
    pub manifest: Vec<FieldChange>,
    /// The knowledge that differs, by key.
    pub knowledge: Vec<FactChange>,
    /// The preferences that differ, by key.
    pub preferences: Vec<FactChange>,
    /// The decisions that differ, by id.
    pub decisions: Vec<DecisionChange>,
    /// The files of the context that differ, by path.
    pub context: Vec<FileDiff>,
}

/// A state that is compared: a commit with the run that its files come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DiffEnd {
    /// The commit.
    pub commit: CommitId,
    /// The session.
    pub session: Option<SessionId>,
    /// The newest run of that state.
    pub run: Option<RunId>,
    /// How the run ended.
    pub status: Option<RunStatus>,
    /// The first line of its summary.
    pub summary: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why something of it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
}

fn by_name<S: Serializer>(changes: &[FieldChange], serializer: S) -> Result<S::Ok, S::Error> {
    fields::by_name(changes, serializer)
}

/// Compares two commits; `from` is none for what is compared with nothing.
pub fn diff(
    store: &Store,
    from: Option<CommitId>,
    to: CommitId,
    options: &DiffOptions,
) -> Result<Diff, OpError> {
    let read = |commit| State::read(store, commit, options.extent);
    let old = from.map(read).transpose()?;
    let new = read(to)?;
    let changes = changes(store, old.as_ref(), &new, options)?;
    let learned: &[FileChange] = match options.extent {
        Extent::Everything => &changes,
        Extent::Files => &[],
    };
    let (run, manifest) = match &old {
        Some(old) => (changed_fields(&old.run, &new.run), changed_fields(&old.manifest, &new.manifest)),
        None => (changed_fields(&[], &new.run), changed_fields(&[], &new.manifest)),
    };
    Ok(Diff {
        run,
        manifest,
        knowledge: learned::fact_changes(store, learned, FactKind::Knowledge)?,
        preferences: learned::fact_changes(store, learned, FactKind::Preference)?,
        decisions: learned::decision_changes(store, learned),
        context: files(store, &changes, options)?,
        from: old.map(|state| state.end),
        to: new.end,
    })
}

/// What a commit holds, as far as it can be read.
struct State {
    end: DiffEnd,
    root: TreeId,
    run: Vec<Field>,
    manifest: Vec<Field>,
}

impl State {
    fn read(store: &Store, commit: CommitId, extent: Extent) -> Result<Self, OpError> {
        let root = store.step(commit)?.root;
        Ok(match extent {
            Extent::Everything => Self::documents(store, commit, root),
            Extent::Files => {
                Self { end: DiffEnd::new(commit, None), root, run: Vec::new(), manifest: Vec::new() }
            }
        })
    }

    // A document that cannot be read must not hide what became of the files.
    fn documents(store: &Store, commit: CommitId, root: TreeId) -> Self {
        let mut damaged = None;
        let mut readable = |error: StoreError| damaged = Some(describe(&error));
        let record = store.run_record(commit).map_err(&mut readable).ok().flatten();
        let manifest = store.snapshot(commit).map_err(&mut readable).ok().map(|snapshot| snapshot.manifest);
        let mut end = DiffEnd::new(commit, record.as_ref());
        end.session = manifest.as_ref().map(|manifest| manifest.id);
        end.damaged = damaged;
        Self {
            end,
            root,
            run: record.as_ref().map(run_fields).unwrap_or_default(),
            manifest: manifest.as_ref().map(manifest_fields).unwrap_or_default(),
        }
    }
}

impl DiffEnd {
    fn new(commit: CommitId, record: Option<&RunRecord>) -> Self {
        Self {
            commit,
            session: None,
            run: record.map(|record| record.id),
            status: record.map(|record| record.status),
            summary: record.map(RunRecord::headline),
            finished_at: record.and_then(|record| record.finished_at),
            damaged: None,
        }
    }
}

fn changes(
    store: &Store,
    old: Option<&State>,
    new: &State,
    options: &DiffOptions,
) -> Result<Vec<FileChange>, OpError> {
    let mut changes = match old {
        Some(old) => store.context_changes(old.root, new.root)?,
        None => {
            let files = store.context_files(new.root)?;
            files.into_iter().map(|(path, file)| FileChange { path, old: None, new: Some(file) }).collect()
        }
    };
    for topic in &options.topics {
        check_topic(store, old.map(|old| old.root), new.root, topic)?;
    }
    changes.retain(|change| options.covers(&change.path));
    Ok(changes)
}

// A name that was typed wrong must not look like a file that did not change.
fn check_topic(store: &Store, old: Option<TreeId>, new: TreeId, topic: &Topic) -> Result<(), OpError> {
    for root in old.into_iter().chain([new]) {
        for path in topic.paths() {
            if !store.files_at(root, &format!("context/{path}"))?.is_empty() {
                return Ok(());
            }
        }
    }
    Err(OpError::NoContextFile { path: topic.word.clone(), place: "either side".to_owned() })
}

/// Compares the files that a commit changed, against its first parent.
pub(super) fn changes_of(
    store: &Store,
    step: &Step,
    options: &DiffOptions,
) -> Result<Vec<FileDiff>, OpError> {
    let Some(parent) = step.parents.first() else { return Ok(Vec::new()) };
    let before = store.step(*parent)?;
    files(store, &store.context_changes(before.root, step.root)?, options)
}

/// Compares the files of changes.
pub(super) fn files(
    store: &Store,
    changes: &[FileChange],
    options: &DiffOptions,
) -> Result<Vec<FileDiff>, OpError> {
    let mut all = sides(store, changes, options.renames)?;
    all.sort_by(|a, b| a.path().cmp(&b.path()));
    all.iter().map(|sides| file::file_diff(store, sides, options)).collect()
}

fn sides(store: &Store, changes: &[FileChange], renames: Renames) -> Result<Vec<Sides>, OpError> {
    let plain = |change: &FileChange| Sides {
        old: change.old.map(|file| (change.path.clone(), file)),
        new: change.new.map(|file| (change.path.clone(), file)),
        similarity: None,
    };
    if renames == Renames::Ignore {
        return Ok(changes.iter().map(plain).collect());
    }
    let (removed, rest): (Vec<&FileChange>, Vec<&FileChange>) = changes.iter().partition(|c| c.new.is_none());
    let (added, modified): (Vec<&FileChange>, Vec<&FileChange>) =
        rest.into_iter().partition(|c| c.old.is_none());
    let pairs = rename::pairs(store, &candidates(store, &removed)?, &candidates(store, &added)?)?;
    let mut sides: Vec<Sides> = modified.into_iter().map(plain).collect();
    for pair in &pairs {
        let (old, new) = (plain(removed[pair.old]).old, plain(added[pair.new]).new);
        sides.push(Sides { old, new, similarity: Some(pair.percent) });
    }
    let is_left = |place: usize, of: fn(&Pair) -> usize| !pairs.iter().any(|pair| of(pair) == place);
    sides.extend(
        removed.iter().enumerate().filter(|(i, _)| is_left(*i, |pair| pair.old)).map(|(_, c)| plain(c)),
    );
    sides.extend(
        added.iter().enumerate().filter(|(i, _)| is_left(*i, |pair| pair.new)).map(|(_, c)| plain(c)),
    );
    Ok(sides)
}

/// Finds the file that a file had been before it got its name; `None` where it had been none.
pub(super) fn renamed_from(
    store: &Store,
    before: TreeId,
    after: TreeId,
    path: &ContextPath,
) -> Result<Option<(ContextPath, ContextFile)>, OpError> {
    let sides = sides(store, &store.context_changes(before, after)?, Renames::Find)?;
    let found = sides.into_iter().find(|sides| sides.similarity.is_some() && sides.path() == Some(path));
    Ok(found.and_then(|sides| sides.old))
}

fn candidates(store: &Store, changes: &[&FileChange]) -> Result<Vec<Candidate>, OpError> {
    let candidate = |change: &&FileChange| {
        let file = change.old.or(change.new)?;
        Some(store.blob_bytes(file.blob).map(|bytes| Candidate {
            path: change.path.clone(),
            blob: file.blob,
            bytes,
        }))
    };
    Ok(changes.iter().filter_map(candidate).collect::<Result<_, _>>()?)
}
