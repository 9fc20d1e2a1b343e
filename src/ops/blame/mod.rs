//! Which run taught us this: who wrote each line of a fact, a file or a decision.

mod decision;
mod lines;

use serde::Serialize;
use serde::ser::Serializer;

pub use decision::{DecisionStory, RunStory};

use self::lines::{Written, written};
use super::diff::{ContentKind, PathKind, line_text};
use super::topic::{Topic, not_there};
use super::{OpError, find_decision};
use crate::model::{ContextPath, FactKind, Key, Person, RunId, RunStatus, SessionId, Timestamp, is_binary};
use crate::store::{CommitId, ContextFile, SessionRef, Snapshot, Store};

/// A file with who wrote each of its lines.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Blame {
    /// The session in whose history was looked.
    pub session_branch: String,
    /// The commit whose file it is.
    pub commit: CommitId,
    /// The file's path below `context/`.
    pub path: String,
    /// What kind of file it is.
    pub kind: PathKind,
    /// Its key, where it is a fact.
    pub key: Option<Key>,
    /// What was decided, and in which run, where it is a decision.
    pub decision: Option<DecisionStory>,
    /// How its content is told: by lines, or as one where it is no text.
    pub content: ContentKind,
    /// Its lines.
    #[serde(serialize_with = "by_line")]
    pub lines: BlamedLines,
}

/// The lines of a file, each with the commit that wrote it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlamedLines {
    /// Who wrote them, newest first.
    pub sources: Vec<BlameSource>,
    pub(crate) lines: Vec<SourcedLine>,
}

/// A line, and the place of who wrote it among the sources.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourcedLine {
    pub(crate) text: String,
    pub(crate) source: usize,
    pub(crate) number_then: usize,
}

/// A commit that wrote lines of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BlameSource {
    /// The commit.
    pub commit: CommitId,
    /// What it does: `run`, `create`, `context`, ….
    pub change: &'static str,
    /// The run that it records.
    pub run: Option<RunId>,
    /// How that ended.
    pub status: Option<RunStatus>,
    /// Its summary, in a line.
    pub summary: String,
    /// The session in which it was recorded.
    pub session: Option<SessionId>,
    /// When that was.
    pub at: Timestamp,
    /// By whom.
    pub by: Person,
    /// The agent that did the run.
    pub agent: Option<String>,
    /// The file's path in that commit.
    pub path_then: String,
}

/// A line with who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BlamedLine<'a> {
    /// Its number, from 1.
    pub line: usize,
    /// What it says, without its line feed; what is no UTF-8 is replaced, and what is too long is cut.
    pub text: &'a str,
    /// Its number in the commit that wrote it.
    pub line_then: usize,
    /// Who wrote it.
    #[serde(flatten)]
    pub source: &'a BlameSource,
}

impl BlamedLines {
    /// Returns the lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = BlamedLine<'_>> {
        self.lines.iter().enumerate().filter_map(|(index, line)| {
            let source = self.sources.get(line.source)?;
            Some(BlamedLine { line: index + 1, text: &line.text, line_then: line.number_then, source })
        })
    }
}

fn by_line<S: Serializer>(lines: &BlamedLines, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter())
}

/// Tells who wrote each line of what is called so: a key, a path or a decision. Files over `limit`
/// bytes are refused.
pub fn blame(
    store: &Store,
    session: &SessionRef,
    state: &Snapshot,
    word: &str,
    limit: u64,
) -> Result<Blame, OpError> {
    let (path, file) = find(store, session, state, word)?;
    let bytes = store.blob_bytes(file.blob)?;
    if bytes > limit {
        let reason = format!("it has {bytes} bytes, and who wrote what is told of {limit} at most");
        return Err(OpError::TooLargeToTell { path: path.to_string(), reason });
    }
    let written = written(store, state.commit, &path, file, limit)?;
    let content = store.read_blob(file.blob, limit)?;
    let lines = lines_of(store, &content, &written)?;
    let of_kind = |kind: FactKind| kind.key(&path);
    Ok(Blame {
        session_branch: session.name.branch(),
        commit: state.commit,
        kind: PathKind::of(&path),
        key: of_kind(FactKind::Knowledge).or_else(|| of_kind(FactKind::Preference)),
        decision: decision::story(store, session, &path, file, &lines.sources)?,
        content: if is_binary(&content) { ContentKind::Binary } else { ContentKind::Text },
        path: path.to_string(),
        lines,
    })
}

// What is typed may be a path, a key, or a part of a decision's name, in this order.
fn find(
    store: &Store,
    session: &SessionRef,
    state: &Snapshot,
    word: &str,
) -> Result<(ContextPath, ContextFile), OpError> {
    let topic: Result<Topic, _> = word.parse();
    for path in topic.iter().flat_map(Topic::paths) {
        if let Some(file) = store.context_file(state.root, path)? {
            return Ok((path.clone(), file));
        }
    }
    match find_decision(store, state, word) {
        Ok(row) => {
            let path = row.id.path();
            let file = store.context_file(state.root, &path)?;
            file.map(|file| (path, file)).ok_or_else(|| OpError::NoDecision(word.to_owned()))
        }
        Err(OpError::NoDecision(_)) => {
            topic?;
            Err(not_there(store, word, session, state))
        }
        Err(other) => Err(other),
    }
}

fn lines_of(store: &Store, content: &[u8], written: &[Written]) -> Result<BlamedLines, OpError> {
    let sources = written.iter().map(|written| source(store, written)).collect::<Result<_, _>>()?;
    let texts: Vec<&[u8]> = match is_binary(content) {
        true => vec![b""],
        false => content.split_inclusive(|byte| *byte == b'\n').collect(),
    };
    let mut lines = vec![None; texts.len()];
    for (source, written) in written.iter().enumerate() {
        for chunk in &written.chunks {
            for (offset, slot) in lines.iter_mut().skip(chunk.line).take(chunk.count).enumerate() {
                *slot = Some((source, chunk.at + offset + 1));
            }
        }
    }
    let line = |(text, found): (&&[u8], Option<(usize, usize)>)| {
        let (source, number_then) = found?;
        Some(SourcedLine { text: line_text(text), source, number_then })
    };
    Ok(BlamedLines { sources, lines: texts.iter().zip(lines).filter_map(line).collect() })
}

fn source(store: &Store, written: &Written) -> Result<BlameSource, OpError> {
    let step = &written.step;
    let run = store.told_run(step)?;
    Ok(BlameSource {
        commit: step.commit,
        change: step.change(),
        run: step.run,
        status: run.as_ref().map(|run| run.run.status),
        summary: run.as_ref().map_or_else(|| step.headline().to_owned(), |run| run.subject.clone()),
        session: run.as_ref().map(|run| run.session).or(step.message.as_ref().map(|m| m.session)),
        at: run.as_ref().and_then(|run| run.run.finished_at).unwrap_or(step.committed_at),
        by: store.author(step.commit)?,
        agent: run.and_then(|run| run.run.agent),
        path_then: written.path.to_string(),
    })
}
