//! From commits of the code to the runs that they belong to.

use std::collections::HashMap;

use serde::Serialize;

use super::{OpError, open_record};
use crate::model::{RunId, RunStatus, SessionId};
use crate::store::{CodeRepo, LinkedCommit, RunList, Store};

/// A commit of the code and a run that it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CodeRun {
    /// The commit.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub status: RunStatus,
    /// What it did, in a line.
    pub summary: String,
    /// The session.
    pub session: SessionId,
    /// The branch of the session.
    pub session_branch: String,
    /// How the commit is known to belong to it.
    pub found_by: FoundBy,
}

/// How a commit is known to belong to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FoundBy {
    /// It was made in it.
    Commit,
    /// It is what became of one that was made in it.
    Rewritten,
    /// One that was made in it changes the same.
    SameChange,
}

/// A commit of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunCodeCommit {
    /// The commit.
    pub commit: String,
    /// The first line of its message, where it is known.
    pub subject: Option<String>,
    /// The commit that it was before it was amended or rebased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether something in the code repository leads to it; `None` where that cannot be told.
    pub reachable: Option<bool>,
}

/// Finds the runs that commits of the code belong to, in the order of the commits.
pub fn runs_of_commits(store: &Store, repo: &CodeRepo, commits: &[String]) -> Result<Vec<CodeRun>, OpError> {
    let mut finder = Finder { store, repo, sessions: HashMap::new(), told: None, all: None };
    let mut found = Vec::new();
    for commit in commits {
        found.extend(finder.find(commit)?);
    }
    Ok(found)
}

struct Finder<'a> {
    store: &'a Store,
    repo: &'a CodeRepo,
    sessions: HashMap<SessionId, Option<(String, RunList)>>,
    /// What the messages of all runs say of commits, read when no link is known.
    told: Option<HashMap<String, Vec<(SessionId, RunId)>>>,
    all: Option<Vec<LinkedCommit>>,
}

impl Finder<'_> {
    fn find(&mut self, commit: &str) -> Result<Vec<CodeRun>, OpError> {
        let mut links: Vec<(SessionId, RunId, FoundBy)> = Vec::new();
        for link in self.store.code_links(commit)? {
            let by = if link.was.is_some() { FoundBy::Rewritten } else { FoundBy::Commit };
            links.push((link.session, link.run, by));
        }
        if links.is_empty() {
            let told = self.told_of(commit)?;
            links.extend(told.into_iter().map(|(session, run)| (session, run, FoundBy::Commit)));
        }
        if links.is_empty() {
            links = self.same_change(commit)?;
        }
        let subject = self.repo.commit(commit).map_or_else(|_| String::new(), |c| c.subject().to_owned());
        let mut found = Vec::new();
        for (session, run, found_by) in links {
            found.extend(self.run(session, run, found_by)?.map(|found| CodeRun {
                commit: commit.to_owned(),
                subject: subject.clone(),
                ..found
            }));
        }
        Ok(found)
    }

    fn told_of(&mut self, commit: &str) -> Result<Vec<(SessionId, RunId)>, OpError> {
        if self.told.is_none() {
            let mut told: HashMap<String, Vec<(SessionId, RunId)>> = HashMap::new();
            for session in self.store.sessions()?.0 {
                // One that is damaged does not hide the others.
                for run in self.store.session_runs(&session).unwrap_or_default() {
                    if let Some(code) = run.run.code_commit {
                        told.entry(code).or_default().push((run.session, run.run.id));
                    }
                }
            }
            self.told = Some(told);
        }
        Ok(self.told.as_ref().and_then(|told| told.get(commit)).cloned().unwrap_or_default())
    }

    fn same_change(&mut self, commit: &str) -> Result<Vec<(SessionId, RunId, FoundBy)>, OpError> {
        let Ok(commit) = self.repo.commit(commit) else { return Ok(Vec::new()) };
        let Some(patch) = self.repo.change(&commit)?.patch else { return Ok(Vec::new()) };
        if self.all.is_none() {
            self.all = Some(self.store.all_code_links()?);
        }
        let mut found: Vec<(SessionId, RunId, FoundBy)> = Vec::new();
        for link in self.all.iter().flatten().filter(|link| link.patch.as_ref() == Some(&patch)) {
            let entry = (link.session, link.run, FoundBy::SameChange);
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
        Ok(found)
    }

    fn run(&mut self, session: SessionId, run: RunId, found_by: FoundBy) -> Result<Option<CodeRun>, OpError> {
        if !self.sessions.contains_key(&session) {
            let known = match self.store.try_find_session_by_id(session)? {
                Some(found) => Some((found.name.branch(), self.store.run_list(found.tip)?)),
                None => None,
            };
            self.sessions.insert(session, known);
        }
        let Some(Some((branch, runs))) = self.sessions.get(&session) else { return Ok(None) };
        let (status, summary) = match runs.find(run) {
            Some((_, commit)) => {
                let found = self.store.run_commit(commit)?;
                (found.run.status, found.subject)
            }
            None => match self.store.try_find_open_run(session, run)? {
                Some(open) => (RunStatus::Running, open_record(self.store, &open)?.headline()),
                None => return Ok(None),
            },
        };
        let (commit, subject, session_branch) = (String::new(), String::new(), branch.clone());
        Ok(Some(CodeRun { commit, subject, run, status, summary, session, session_branch, found_by }))
    }
}

/// Lists the commits of each of these runs: those that its record links, and what became of them.
pub fn commits_of_runs(
    store: &Store,
    repo: Option<&CodeRepo>,
    runs: &[&crate::model::RunRecord],
) -> Result<HashMap<RunId, Vec<RunCodeCommit>>, OpError> {
    let has_links =
        |run: &&&crate::model::RunRecord| run.code.as_ref().is_some_and(|code| !code.links.is_empty());
    let linked: Vec<_> = runs.iter().filter(has_links).collect();
    let mut found: HashMap<RunId, Vec<RunCodeCommit>> = HashMap::new();
    if linked.is_empty() {
        return Ok(found);
    }
    for run in linked {
        let links = run.code.iter().flat_map(|code| &code.links);
        let commit = |link: &crate::model::CodeLink| RunCodeCommit {
            commit: link.commit.clone(),
            subject: link.subject.clone(),
            was: None,
            reachable: None,
        };
        found.insert(run.id, links.map(commit).collect());
    }
    for link in store.all_code_links()? {
        let Some(commits) = found.get_mut(&link.run).filter(|_| link.was.is_some()) else { continue };
        if !commits.iter().any(|known| known.commit == link.commit) {
            let subject = repo.and_then(|repo| Some(repo.commit(&link.commit).ok()?.subject().to_owned()));
            commits.push(RunCodeCommit { commit: link.commit, subject, was: link.was, reachable: None });
        }
    }
    if let Some(repo) = repo {
        let all: Vec<&str> = found.values().flatten().map(|commit| commit.commit.as_str()).collect();
        let reached = repo.reachable(all);
        for commit in found.values_mut().flatten() {
            commit.reachable = reached.get(&commit.commit).copied();
        }
    }
    Ok(found)
}
