//! Finding words in what sessions hold, by reading all of it.

mod text;

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use self::text::Words;
use super::OpError;
use super::decide::{DecisionRow, read_decision};
use super::fact::setters;
use super::list::{describe, newest_first};
use crate::model::{ContextPath, Decision, DecisionId, FactKind, RunId, SessionId, SessionName, Timestamp};
use crate::store::{BlobId, ContextFile, SessionRef, Snapshot, Step, Store};

/// The largest text that is searched, in bytes.
const TEXT_BYTES: u64 = 64 * 1024 * 1024;
/// Where the conversation of a run lies in its commit.
const CONVERSATION: &str = "run/conversation.md";

/// Where is searched.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SearchScope {
    /// In one session.
    Session(SessionRef),
    /// In all sessions.
    All,
}

/// A text that holds all of the words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Hit {
    /// The session that holds it.
    pub session: SessionId,
    /// Its branch.
    pub session_branch: String,
    /// The run that it is of, or that wrote it.
    pub run: Option<RunId>,
    /// When that run ended.
    pub at: Option<Timestamp>,
    /// What kind of text it is.
    #[serde(rename = "where")]
    pub place: SearchPlace,
    /// Its path below `context/`, where it is a file.
    pub path: Option<String>,
    /// The number of the line with the most of the words, from 1, where the text is read as it is.
    pub line: Option<usize>,
    /// The part of that line around the first of them.
    pub snippet: String,
}

/// What kind of text holds the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SearchPlace {
    /// The title of a session.
    Title,
    /// A decision.
    Decision,
    /// A fact.
    Knowledge,
    /// A preference.
    Preference,
    /// The notes.
    Notes,
    /// The summary of a run.
    Summary,
    /// What was asked in a run.
    Prompt,
    /// What was said in a run.
    Conversation,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The texts: of the session that was changed last first, of each the newest state before the
    /// runs, newest first.
    pub hits: Vec<Hit>,
    /// Sessions that could not be searched whole, and why.
    pub damaged: Vec<(SessionName, String)>,
}

impl SearchPlace {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Decision => "decision",
            Self::Knowledge => "knowledge",
            Self::Preference => "preference",
            Self::Notes => "notes",
            Self::Summary => "summary",
            Self::Prompt => "prompt",
            Self::Conversation => "conversation",
        }
    }

    fn of(path: &ContextPath) -> Option<Self> {
        match path {
            path if path.is_conflict_copy() => None,
            path if path.as_str() == ContextPath::NOTES => Some(Self::Notes),
            path if DecisionId::of_path(path).is_some() => Some(Self::Decision),
            path if FactKind::Knowledge.key(path).is_some() => Some(Self::Knowledge),
            path if FactKind::Preference.key(path).is_some() => Some(Self::Preference),
            _ => None,
        }
    }
}

/// Finds the texts that hold all of the words, whatever their case; at most `limit` of them.
pub fn search(
    store: &Store,
    scope: &SearchScope,
    words: &[String],
    limit: Option<usize>,
) -> Result<Found, OpError> {
    let words = Words::new(words).ok_or(OpError::Empty("the search"))?;
    let mut search = Search { store, words, left: limit.unwrap_or(usize::MAX), runs: HashSet::new() };
    let mut found = Found::default();
    match scope {
        SearchScope::Session(session) => search.session(session, &mut found.hits)?,
        SearchScope::All => {
            let (sessions, broken) = newest_first(store)?;
            found.damaged = broken;
            for session in sessions {
                // One session that is damaged does not hide the others.
                if let Err(error) = search.session(&session, &mut found.hits) {
                    found.damaged.push((session.name, describe(&error)));
                }
            }
        }
    }
    Ok(found)
}

struct Search<'a> {
    store: &'a Store,
    words: Words,
    /// How many more are wanted.
    left: usize,
    /// The runs that were searched: joined sessions share some.
    runs: HashSet<RunId>,
}

/// A session that is searched.
struct Whose<'a> {
    session: &'a SessionRef,
    id: SessionId,
}

impl Search<'_> {
    fn session(&mut self, session: &SessionRef, hits: &mut Vec<Hit>) -> Result<(), OpError> {
        if self.left == 0 {
            return Ok(());
        }
        let state = self.store.snapshot(session.tip)?;
        let whose = Whose { session, id: state.manifest.id };
        self.look(&whose, SearchPlace::Title, &state.manifest.title, hits);
        self.context(&whose, &state, hits)?;
        for step in self.store.history(session.tip, self.store.origin(session)?) {
            if self.left == 0 {
                break;
            }
            self.run(&whose, &step?, hits)?;
        }
        Ok(())
    }

    fn look(&mut self, whose: &Whose, place: SearchPlace, text: &str, hits: &mut Vec<Hit>) -> bool {
        let Some((line, snippet)) = self.words.find(text).filter(|_| self.left > 0) else { return false };
        self.left -= 1;
        hits.push(Hit {
            session: whose.id,
            session_branch: whose.session.name.branch(),
            run: None,
            at: None,
            place,
            path: None,
            line: Some(line),
            snippet,
        });
        true
    }

    fn context(&mut self, whose: &Whose, state: &Snapshot, hits: &mut Vec<Hit>) -> Result<(), OpError> {
        let first = hits.len();
        let mut wanted: BTreeMap<ContextPath, BlobId> = BTreeMap::new();
        let files = self.store.context_files(state.root)?;
        let of_place = |place| files.iter().filter(move |(path, _)| SearchPlace::of(path) == Some(place));
        for place in
            [SearchPlace::Decision, SearchPlace::Knowledge, SearchPlace::Preference, SearchPlace::Notes]
        {
            for (path, file) in of_place(place) {
                if self.look(whose, place, &self.file(path, *file), hits) {
                    wanted.insert(path.clone(), file.blob);
                    if let Some(hit) = hits.last_mut() {
                        hit.path = Some(path.to_string());
                        hit.line = hit.line.filter(|_| place != SearchPlace::Decision);
                    }
                }
            }
        }
        // Who wrote it is not known where older commits are damaged; what it says, is.
        let setters = setters(self.store, state, wanted).unwrap_or_default();
        for hit in hits.iter_mut().skip(first) {
            let path = hit.path.as_deref().and_then(|path| path.parse::<ContextPath>().ok());
            hit.run = path.and_then(|path| setters.get(&path).copied());
        }
        Ok(())
    }

    // A file that is lost or too large is one that does not hold the words.
    fn file(&self, path: &ContextPath, file: ContextFile) -> String {
        let decision = DecisionId::of_path(path).and_then(|id| read_decision(self.store, id, file).ok());
        if let Some(row) = decision {
            return of_decision(row);
        }
        let bytes = self.store.read_blob(file.blob, TEXT_BYTES).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        match FactKind::Knowledge.key(path).or_else(|| FactKind::Preference.key(path)) {
            Some(key) => format!("{key}: {text}"),
            None => text.into_owned(),
        }
    }

    fn run(&mut self, whose: &Whose, step: &Step, hits: &mut Vec<Hit>) -> Result<(), OpError> {
        let Some(run) = self.store.told_run(step)?.filter(|run| self.runs.insert(run.run.id)) else {
            return Ok(());
        };
        let first = hits.len();
        let (record, _) = super::runs::record_or_message(self.store, &run);
        self.look(whose, SearchPlace::Summary, &record.summary, hits);
        self.look(whose, SearchPlace::Prompt, record.prompt.as_deref().unwrap_or_default(), hits);
        let conversation = self.store.large_file_at(step.root, CONVERSATION, TEXT_BYTES).ok().flatten();
        let conversation = conversation.unwrap_or_default();
        self.look(whose, SearchPlace::Conversation, &String::from_utf8_lossy(&conversation), hits);
        for hit in hits.iter_mut().skip(first) {
            (hit.run, hit.at) = (Some(run.run.id), run.run.finished_at);
        }
        Ok(())
    }
}

// What people wrote of a decision, without what its file says besides.
fn of_decision(row: DecisionRow) -> String {
    let Decision { title, because, instead_of, rejected_because, body, .. } = row.decision;
    let parts = [Some(title), because].into_iter().flatten();
    parts.chain(instead_of).chain(rejected_because).chain([body]).collect::<Vec<_>>().join("\n")
}
