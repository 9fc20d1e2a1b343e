//! From what people type to sessions and runs.

use std::collections::HashSet;
use std::str::FromStr;

use super::{CommitId, RunCommit, SessionRef, Store, StoreError};
use crate::model::{RunId, SessionId, SessionName, shown};

/// The shortest prefix that names something.
const PREFIX_CHARS: usize = 4;
/// How alike a name must be to be suggested (Jaro-Winkler, as in jj).
const ALIKE: f64 = 0.7;
/// How many names a message lists.
const LISTED: usize = 5;

/// What people type for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunSpec {
    /// A run id or its prefix, or a session, whose last run is meant.
    Name(String),
    /// `SESSION@N`, `SESSION@-N`, `@N`, `@-N`, `@`: a place in a session; `None` is the current one.
    Place {
        /// The session; `None` is the current one.
        session: Option<String>,
        /// Which of its runs.
        place: Place,
    },
}

/// A place among the runs of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The run of this number, from 1.
    Number(usize),
    /// So many runs before the last one.
    BeforeLast(usize),
}

/// Takes a range `A..B` apart into what names its two runs; `None` where it is none.
pub fn split_range(text: &str) -> Result<Option<(&str, &str)>, StoreError> {
    let bad = |why: &str| StoreError::BadRange { range: text.to_owned(), why: why.to_owned() };
    match text.split_once("..") {
        None => Ok(None),
        Some((_, to)) if to.starts_with('.') => Err(bad("it has three dots")),
        Some(("", _)) => Err(bad("there is no run before '..'")),
        Some((_, "")) => Err(bad("there is no run after '..'")),
        Some((_, to)) if to.contains("..") => Err(bad("it has more than one '..'")),
        Some(range) => Ok(Some(range)),
    }
}

/// A run that was found, with the session in which it was.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRef {
    /// The session.
    pub session: SessionRef,
    /// The run.
    pub run: RunCommit,
    /// Its place in the session, from 1.
    pub number: usize,
}

impl FromStr for RunSpec {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let bad = |why: &str| StoreError::BadSpec { name: text.to_owned(), why: why.to_owned() };
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        let Some((session, place)) = text.rsplit_once('@') else { return Ok(Self::Name(text.to_owned())) };
        let place = match place.strip_prefix('-') {
            _ if place.is_empty() => Place::BeforeLast(0),
            Some(back) => Place::BeforeLast(back.parse().map_err(|_| bad("after '@-' comes a number"))?),
            None => match place.parse() {
                Ok(0) => return Err(bad("runs are counted from 1")),
                Ok(number) => Place::Number(number),
                Err(_) => return Err(bad("after '@' comes a number, such as @3 or @-1")),
            },
        };
        if session.starts_with('@') || session.ends_with('@') {
            return Err(bad("it has more than one '@'"));
        }
        let session = (!session.is_empty()).then(|| session.to_owned());
        Ok(Self::Place { session, place })
    }
}

impl Store {
    /// Finds a session by its id, its branch, a unique prefix of either (4 characters or more), or
    /// its exact title.
    pub fn find_session(&self, name: &str) -> Result<SessionRef, StoreError> {
        let wanted = name.strip_prefix("session/").unwrap_or(name);
        if let Ok(exact) = wanted.parse::<SessionName>()
            && let Some(session) = self.try_find_session(&exact)?
        {
            return Ok(session);
        }
        if let Ok(id) = wanted.parse::<SessionId>() {
            let found = self.try_find_session_by_id(id)?;
            return found.ok_or_else(|| no_session(name, Vec::new()));
        }
        let names = self.session_names()?;
        let found = match self.of_id(by_prefix(&names, wanted), wanted)? {
            found if found.is_empty() => self.by_title(&names, name)?,
            found => found,
        };
        match found.as_slice() {
            [one] => self.try_find_session(one)?.ok_or_else(|| no_session(name, Vec::new())),
            [] => Err(no_session(name, alike(name, names.iter().map(|n| n.to_string())))),
            many => {
                let candidates = many.iter().take(LISTED).map(ToString::to_string).collect();
                Err(StoreError::AmbiguousSession { name: name.to_owned(), candidates })
            }
        }
    }

    // A name has only the first 8 digits of an id; what is longer is compared with the id itself.
    fn of_id(&self, mut found: Vec<SessionName>, wanted: &str) -> Result<Vec<SessionName>, StoreError> {
        if wanted.len() > 8 {
            let starts = |name: &SessionName| {
                let session = self.try_find_session(name).ok().flatten();
                let snapshot = session.and_then(|session| self.snapshot(session.tip).ok());
                snapshot.is_some_and(|snapshot| snapshot.manifest.id.to_string().starts_with(wanted))
            };
            found.retain(|name| name.as_str().starts_with(wanted) || starts(name));
        }
        Ok(found)
    }

    /// Finds a run; names without a session are looked up in `current` first, then in all sessions.
    pub fn find_run(&self, spec: &RunSpec, current: Option<&SessionRef>) -> Result<RunRef, StoreError> {
        match spec {
            RunSpec::Place { session: None, place } => {
                let session = current.ok_or(StoreError::NoCurrentSession)?;
                self.run_at(session, *place, spec)
            }
            RunSpec::Place { session: Some(name), place } => {
                self.run_at(&self.find_session(name)?, *place, spec)
            }
            RunSpec::Name(name) => self.run_by_name(name, current),
        }
    }

    /// Finds the commit of a run. Unlike [`Store::find_run`], which counts the runs before it, this
    /// reads a history only as far as needed.
    pub fn find_run_commit(
        &self,
        spec: &RunSpec,
        current: Option<&SessionRef>,
    ) -> Result<CommitId, StoreError> {
        let found = match (spec, current) {
            (RunSpec::Place { session: None, place: Place::BeforeLast(back) }, Some(session)) => {
                self.newest_runs(session)?.nth(*back)
            }
            (RunSpec::Place { session: Some(name), place: Place::BeforeLast(back) }, _) => {
                self.newest_runs(&self.find_session(name)?)?.nth(*back)
            }
            (RunSpec::Name(name), _) if !is_run_prefix(name) => match self.find_session(name) {
                Ok(session) => self.newest_runs(&session)?.next(),
                Err(_) => None,
            },
            (RunSpec::Name(name), Some(session)) => self.newest_by_id(session, name)?,
            _ => None,
        };
        // What is not found so is looked for in full, which also tells why there is none.
        match found {
            Some((commit, _)) => Ok(commit),
            None => Ok(self.find_run(spec, current)?.run.commit),
        }
    }

    /// Walks the runs of a session, newest first, each once.
    fn newest_runs(
        &self,
        session: &SessionRef,
    ) -> Result<impl Iterator<Item = (CommitId, RunId)> + use<'_>, StoreError> {
        let mut seen = HashSet::new();
        // What cannot be read ends it: the search in full tells of that.
        let steps = self.history(session.tip, self.origin(session)?).map_while(Result::ok);
        let runs = steps.filter_map(|step| Some((step.commit, step.run?)));
        Ok(runs.filter(move |(_, run)| seen.insert(*run)))
    }

    // A whole id is that of one run only; of a part of one, all runs would have to be looked at.
    fn newest_by_id(
        &self,
        session: &SessionRef,
        name: &str,
    ) -> Result<Option<(CommitId, RunId)>, StoreError> {
        let Ok(id) = name.parse::<RunId>() else { return Ok(None) };
        Ok(self.newest_runs(session)?.find(|(_, run)| *run == id))
    }

    /// Lists the runs of a session, oldest first.
    pub fn session_runs(&self, session: &SessionRef) -> Result<Vec<RunCommit>, StoreError> {
        self.runs(session.tip, self.origin(session)?)
    }

    /// Returns the commit at which a session was forked; `None` where it is no fork.
    pub fn origin(&self, session: &SessionRef) -> Result<Option<CommitId>, StoreError> {
        Ok(self.snapshot(session.tip)?.forked_at())
    }

    /// Returns a run of a session whose number and commit are known.
    pub fn run_ref(
        &self,
        session: &SessionRef,
        number: usize,
        commit: CommitId,
    ) -> Result<RunRef, StoreError> {
        Ok(RunRef { session: session.clone(), run: self.run_commit(commit)?, number })
    }

    fn run_at(&self, session: &SessionRef, place: Place, spec: &RunSpec) -> Result<RunRef, StoreError> {
        let runs = self.run_list(session.tip)?;
        let number = match place {
            Place::Number(number) => Some(number),
            Place::BeforeLast(back) => runs.len().checked_sub(back),
        };
        match number.and_then(|number| Some((number, runs.at(number)?))) {
            Some((number, commit)) => self.run_ref(session, number, commit),
            None => {
                let count = match runs.len() {
                    0 => "no runs yet".to_owned(),
                    1 => "1 run".to_owned(),
                    some => format!("{some} runs"),
                };
                let count = Some(format!("session {} has {count}", session.name));
                Err(StoreError::NoRun { name: spec.to_string(), count })
            }
        }
    }

    fn run_by_name(&self, name: &str, current: Option<&SessionRef>) -> Result<RunRef, StoreError> {
        if is_run_prefix(name) {
            if let Some(session) = current
                && let Some(found) = self.run_by_prefix(session, name)?
            {
                return Ok(found);
            }
            if let Some(found) = self.run_in_any_session(name)? {
                return Ok(found);
            }
        }
        match self.find_session(name) {
            Ok(session) => {
                let last = RunSpec::Place { session: Some(name.to_owned()), place: Place::BeforeLast(0) };
                self.run_at(&session, Place::BeforeLast(0), &last)
            }
            Err(StoreError::NoSession { name, near }) => Err(StoreError::NoRunOrSession { name, near }),
            Err(other) => Err(other),
        }
    }

    fn run_in_any_session(&self, prefix: &str) -> Result<Option<RunRef>, StoreError> {
        for session in self.sessions()?.0 {
            // A damaged session must not hide the others' runs.
            if let Some(found) = self.run_by_prefix(&session, prefix).or_else(only_ambiguous)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn run_by_prefix(&self, session: &SessionRef, prefix: &str) -> Result<Option<RunRef>, StoreError> {
        let runs = self.run_list(session.tip)?;
        let starts = |(_, run, _): &(usize, RunId, CommitId)| run.to_string().starts_with(prefix);
        let found: Vec<_> = runs.numbered().filter(starts).collect();
        match found.as_slice() {
            [] => Ok(None),
            [(number, _, commit)] => self.run_ref(session, *number, *commit).map(Some),
            many => {
                let describe = |(_, _, commit): &(usize, RunId, CommitId)| {
                    let run = self.run_commit(*commit)?;
                    Ok(format!("{} ({})", run.run.id, shown(&run.subject)))
                };
                let candidates = many.iter().take(LISTED).map(describe).collect::<Result<_, StoreError>>()?;
                Err(StoreError::AmbiguousRun { name: prefix.to_owned(), candidates })
            }
        }
    }

    fn by_title(&self, names: &[SessionName], title: &str) -> Result<Vec<SessionName>, StoreError> {
        let mut found = Vec::new();
        for name in names {
            // A damaged session has no title that could be meant.
            let Ok(Some(session)) = self.try_find_session(name) else { continue };
            if self.snapshot(session.tip).is_ok_and(|snapshot| snapshot.manifest.title == title) {
                found.push(name.clone());
            }
        }
        Ok(found)
    }
}

impl std::fmt::Display for RunSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Place { session, place } => {
                let session = session.as_deref().unwrap_or_default();
                match place {
                    Place::Number(number) => write!(f, "{session}@{number}"),
                    Place::BeforeLast(0) => write!(f, "{session}@"),
                    Place::BeforeLast(back) => write!(f, "{session}@-{back}"),
                }
            }
        }
    }
}

fn only_ambiguous(error: StoreError) -> Result<Option<RunRef>, StoreError> {
    match error {
        StoreError::AmbiguousRun { .. } => Err(error),
        _ => Ok(None),
    }
}

fn no_session(name: &str, near: Vec<String>) -> StoreError {
    StoreError::NoSession { name: name.to_owned(), near }
}

fn by_prefix(names: &[SessionName], wanted: &str) -> Vec<SessionName> {
    if wanted.len() < PREFIX_CHARS {
        return Vec::new();
    }
    // A prefix of an id that is longer than 8 digits is one of the 8 digits that are in the name.
    let digits = wanted.get(..8).unwrap_or(wanted);
    let is_id = wanted.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let matches =
        |n: &&SessionName| n.as_str().starts_with(wanted) || (is_id && n.digits().starts_with(digits));
    names.iter().filter(matches).cloned().collect()
}

fn is_run_prefix(name: &str) -> bool {
    name.len() >= PREFIX_CHARS
        && name.len() <= 36
        && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || b == b'-')
}

fn alike(name: &str, candidates: impl Iterator<Item = String>) -> Vec<String> {
    // People type the start of a name: that is what is compared, besides the whole.
    let score = |candidate: &str| {
        let start: String = candidate.chars().take(name.chars().count()).collect();
        strsim::jaro_winkler(name, candidate).max(strsim::jaro_winkler(name, &start))
    };
    let mut scored: Vec<(f64, String)> =
        candidates.map(|c| (score(&c), c)).filter(|(score, _)| *score > ALIKE).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().map(|(_, name)| name).take(LISTED).collect()
}

impl RunRef {
    /// Returns the run's id.
    pub fn id(&self) -> RunId {
        self.run.run.id
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_told_from_names() {
        let place =
            |session: Option<&str>, place| RunSpec::Place { session: session.map(str::to_owned), place };
        for (text, spec) in [
            ("3f2a", RunSpec::Name("3f2a".to_owned())),
            ("@", place(None, Place::BeforeLast(0))),
            ("@3", place(None, Place::Number(3))),
            ("@-2", place(None, Place::BeforeLast(2))),
            ("fix-3f2a9c01@2", place(Some("fix-3f2a9c01"), Place::Number(2))),
        ] {
            assert_eq!(text.parse::<RunSpec>().expect(text), spec);
        }
        for bad in ["", "@@", "@x", "a@{1}", "@0", "a@-", "@--1"] {
            assert!(matches!(bad.parse::<RunSpec>(), Err(StoreError::BadSpec { .. })), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_of_a_run_prints_as_it_is_read(text in "[a-f0-9@-]{0,12}|.{0,30}|[a-z-]{1,8}@-?[0-9]{0,21}") {
            if let Ok(spec) = text.parse::<RunSpec>() {
                prop_assert_eq!(spec.to_string().parse::<RunSpec>().expect("it was printed"), spec);
            }
        }
    }
}
