//! The commits of the code: each becomes part of the open run, or a run of its own.
//!
//! What was committed is read from git's log of `HEAD`, from where it was last read. So a hook that
//! was killed, or never started, is made up for by the next one, and by the next command.

use super::current::{Absent, open_run, session};
use super::{HookError, Scene};
use crate::model::{COMMIT_TRIGGER, Code, RunId, RunRecord, RunStatus, SessionId};
use crate::ops::{IdOrigin, RecordInput, link_commit, note_merged, record};
use crate::store::{CodeChange, CodeCommit, CodeRepo, HeadMove, LinkedCommit, OpenRun, SessionRef};

/// The trailer by which a commit names its run.
pub(super) const RUN_TRAILER: &str = "Run-Id";

/// What was made up for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaughtUp {
    /// How many commits were linked to a run or became one.
    pub commits: usize,
}

/// What a move of `HEAD` was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Commit,
    Amend,
    Merge,
    /// Something that makes no commit, or none of the user's own.
    Other,
    Unknown,
}

/// Looks at what was committed in the work tree since the last time. Nothing is done inside a
/// rebase: what it makes of the commits is known at its end.
pub fn catch_up(scene: &Scene<'_>) -> Result<CaughtUp, HookError> {
    match scene.project.is_rebasing() {
        true => Ok(CaughtUp::default()),
        false => catch_up_after_rewrite(scene),
    }
}

/// Looks at what was committed, also where git has not yet put a rebase away.
pub(super) fn catch_up_after_rewrite(scene: &Scene<'_>) -> Result<CaughtUp, HookError> {
    let log = scene.store.head_log(scene.project, scene.settings.deadline)?.ok_or(HookError::Busy)?;
    let moves = match scene.store.follows_head(scene.project) {
        true => log.new_moves()?,
        // Hooks that were never installed here speak of the last commit alone.
        false => log.last_move()?.into_iter().collect(),
    };
    let repo = CodeRepo::open(scene.project)?;
    let reader = Reader { scene, repo: &repo };
    let mut caught_up = CaughtUp::default();
    if moves.is_empty() && !log.is_kept() {
        caught_up.commits += reader.take_head()?;
    }
    for (branch, moved) in with_branches(&moves, scene.project.branch()) {
        caught_up.commits += reader.take(branch, moved)?;
        log.mark(moved)?;
    }
    Ok(caught_up)
}

/// Tells for each move which branch was checked out after it. Only the newest is known; the log
/// says where one was left for another.
fn with_branches<'a>(moves: &'a [HeadMove], newest: Option<&'a str>) -> Vec<(Option<&'a str>, &'a HeadMove)> {
    let mut branch = newest;
    let mut found: Vec<(Option<&str>, &HeadMove)> = Vec::new();
    for moved in moves.iter().rev() {
        found.push((branch, moved));
        let left = moved.action.strip_prefix("checkout: moving from ");
        if let Some((from, _)) = left.and_then(|rest| rest.split_once(" to ")) {
            let is_commit = from.len() >= 40 && from.bytes().all(|byte| byte.is_ascii_hexdigit());
            branch = Some(from).filter(|_| !is_commit);
        }
    }
    found.reverse();
    found
}

fn kind(action: &str) -> Kind {
    let verb = action.split([':', ' ']).next().unwrap_or_default();
    match verb {
        _ if action.starts_with("commit (amend)") => Kind::Amend,
        "commit" | "cherry-pick" | "revert" => Kind::Commit,
        "merge" => Kind::Merge,
        "pull" if !action.contains("rebase") => Kind::Merge,
        "checkout" | "reset" | "rebase" | "pull" | "clone" | "am" | "branch" | "Branch" | "initial"
        | "bisect" => Kind::Other,
        _ => Kind::Unknown,
    }
}

struct Reader<'a> {
    scene: &'a Scene<'a>,
    repo: &'a CodeRepo,
}

impl Reader<'_> {
    /// Takes what is checked out, where there is no log that would tell what led there.
    fn take_head(&self) -> Result<usize, HookError> {
        match &self.scene.project.head.commit {
            Some(commit) => self.take_commit(self.scene.project.branch(), &self.repo.commit(commit)?),
            None => Ok(0),
        }
    }

    fn take(&self, branch: Option<&str>, moved: &HeadMove) -> Result<usize, HookError> {
        let kind = kind(&moved.action);
        if kind == Kind::Other || moved.old == moved.new {
            return Ok(0);
        }
        // What was made away with since then cannot be told any more.
        let Ok(commit) = self.repo.commit(&moved.new) else { return Ok(0) };
        let follows = commit.parents.first().is_some_and(|parent| *parent == moved.old);
        match kind {
            Kind::Amend if carry(self.scene, self.repo, &moved.old, &commit)? => Ok(1),
            Kind::Amend | Kind::Commit => self.take_commit(branch, &commit),
            Kind::Merge => self.take_merge(branch, &commit, follows),
            _ if follows => self.take_commit(branch, &commit),
            _ => Ok(0),
        }
    }

    fn take_merge(
        &self,
        branch: Option<&str>,
        commit: &CodeCommit,
        follows: bool,
    ) -> Result<usize, HookError> {
        let is_new = follows && commit.parents.len() > 1;
        if let Some((session, open)) = self.current_run(branch, Absent::Leave)? {
            let came_in = if is_new { commit.parents.get(1) } else { Some(&commit.id) };
            if let (Some(open), Some(came_in)) = (open, came_in) {
                note_merged(self.scene.store, self.scene.env, &session, &open, came_in)?;
            }
        }
        if is_new { self.take_commit(branch, commit) } else { Ok(0) }
    }

    fn current_run(
        &self,
        branch: Option<&str>,
        absent: Absent,
    ) -> Result<Option<(SessionRef, Option<OpenRun>)>, HookError> {
        let Some(session) = session(self.scene, branch, absent)? else { return Ok(None) };
        let open = open_run(self.scene, &session)?;
        Ok(Some((session, open)))
    }

    fn take_commit(&self, branch: Option<&str>, commit: &CodeCommit) -> Result<usize, HookError> {
        let known = self.scene.store.code_links(&commit.id)?;
        if !known.is_empty() {
            return self.take_again(branch, commit, &known);
        }
        let Some((session, open)) = self.current_run(branch, Absent::Start)? else { return Ok(0) };
        let id = self.scene.store.snapshot(session.tip)?.manifest.id;
        // One that takes too long to compare is linked all the same.
        let change = self.repo.change(commit).unwrap_or_default();
        let run = match (open, self.named_run(id, commit)?) {
            (Some(open), _) => open.run,
            (None, Some(named)) => return self.link_to(commit, &change, id, named),
            (None, None) => run_id(id, commit),
        };
        // Before the run is recorded: whoever does this again, after a kill, must know to look for it.
        self.scene.store.add_code_links(&[linked(commit, &change, id, run)])?;
        match open {
            Some(open) => self.link(&session, &open, commit, &change)?,
            None => self.record(&session, id, (branch, commit, &change), IdOrigin::Fresh)?,
        }
        Ok(1)
    }

    /// Finds the run that a commit names which was picked from elsewhere.
    fn named_run(&self, session: SessionId, commit: &CodeCommit) -> Result<Option<RunId>, HookError> {
        let Some(digits) = super::trailers::value(&commit.message, RUN_TRAILER) else { return Ok(None) };
        let links = self.scene.store.all_code_links()?;
        let mut runs = links.iter().filter(|link| link.session == session).map(|link| link.run);
        Ok(runs.find(|run| run.short() == digits))
    }

    fn link_to(
        &self,
        commit: &CodeCommit,
        change: &CodeChange,
        session: SessionId,
        run: RunId,
    ) -> Result<usize, HookError> {
        self.scene.store.add_code_links(&[linked(commit, change, session, run)])?;
        Ok(1)
    }

    /// Does what a process that was killed may not have done.
    fn take_again(
        &self,
        branch: Option<&str>,
        commit: &CodeCommit,
        known: &[LinkedCommit],
    ) -> Result<usize, HookError> {
        for link in known {
            let Some(session) = self.scene.store.try_find_session_by_id(link.session)? else { continue };
            let change = self.repo.change(commit).unwrap_or_default();
            if let Some(open) = self.scene.store.try_find_open_run(link.session, link.run)? {
                self.link(&session, &open, commit, &change)?;
            } else if link.run == run_id(link.session, commit) {
                self.record(&session, link.session, (branch, commit, &change), IdOrigin::Given)?;
            }
        }
        Ok(0)
    }

    fn link(
        &self,
        session: &SessionRef,
        open: &OpenRun,
        commit: &CodeCommit,
        change: &CodeChange,
    ) -> Result<(), HookError> {
        Ok(link_commit(self.scene.store, self.scene.env, session, open, &commit.as_link(change))?)
    }

    fn record(
        &self,
        session: &SessionRef,
        id: SessionId,
        (branch, commit, change): (Option<&str>, &CodeCommit, &CodeChange),
        origin: IdOrigin,
    ) -> Result<(), HookError> {
        let mut run = RunRecord::new(run_id(id, commit), id, RunStatus::Succeeded);
        run.summary = commit.subject().to_owned();
        run.finished_at = Some(commit.committed_at);
        run.trigger = Some(COMMIT_TRIGGER.to_owned());
        run.code = Some(self.facts(branch, commit, change));
        record(self.scene.store, self.scene.env, session, run, &RecordInput::default(), origin)?;
        self.scene.queue_finished(id);
        Ok(())
    }

    fn facts(&self, branch: Option<&str>, commit: &CodeCommit, change: &CodeChange) -> Code {
        let mut code = self.scene.project.as_code(None);
        code.branch = branch.map(str::to_owned);
        code.head_before = commit.parents.first().cloned();
        code.head_after = Some(commit.id.clone());
        code.commits = vec![commit.id.clone()];
        code.files_changed = change.files_changed;
        code.insertions = change.insertions;
        code.deletions = change.deletions;
        code.links = vec![commit.as_link(change)];
        code
    }
}

/// Hands the links of a commit on to the one that it was rewritten to; `false` where it has none.
pub(super) fn carry(
    scene: &Scene<'_>,
    repo: &CodeRepo,
    old: &str,
    new: &CodeCommit,
) -> Result<bool, HookError> {
    let links = scene.store.code_links(old)?;
    if links.is_empty() || old == new.id {
        return Ok(!links.is_empty());
    }
    let change = repo.change(new).unwrap_or_default();
    for link in &links {
        let mut carried = linked(new, &change, link.session, link.run);
        carried.was = Some(old.to_owned());
        scene.store.add_code_links(&[carried])?;
        if let Some(open) = scene.store.try_find_open_run(link.session, link.run)?
            && let Some(session) = scene.store.try_find_session_by_id(link.session)?
        {
            link_commit(scene.store, scene.env, &session, &open, &new.as_link(&change))?;
        }
    }
    Ok(true)
}

fn linked(commit: &CodeCommit, change: &CodeChange, session: SessionId, run: RunId) -> LinkedCommit {
    LinkedCommit {
        commit: commit.id.clone(),
        tree: Some(commit.tree.clone()),
        patch: change.patch.clone(),
        session,
        run,
        was: None,
    }
}

/// Returns the id of the run that a commit becomes: the same each time. Where the commit names its
/// run, it is one that starts like that.
fn run_id(session: SessionId, commit: &CodeCommit) -> RunId {
    let derived = RunId::from_foreign("commit", &format!("{session}:{}", commit.id));
    let named = super::trailers::value(&commit.message, RUN_TRAILER);
    named.and_then(|digits| derived.starting_with(&digits)).unwrap_or(derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_the_head_is_told_by_its_log() {
        for (action, expected) in [
            ("commit: Fix it", Kind::Commit),
            ("commit (initial): Begin", Kind::Commit),
            ("commit (merge): Merge branch 'x'", Kind::Commit),
            ("commit (amend): Fix it", Kind::Amend),
            ("cherry-pick: Fix it", Kind::Commit),
            ("revert: Revert \"Fix it\"", Kind::Commit),
            ("merge x: Merge made by the 'ort' strategy.", Kind::Merge),
            ("merge x: Fast-forward", Kind::Merge),
            ("pull: Fast-forward", Kind::Merge),
            ("pull --rebase (pick): Fix it", Kind::Other),
            ("rebase (pick): Fix it", Kind::Other),
            ("checkout: moving from main to x", Kind::Other),
            ("reset: moving to HEAD~1", Kind::Other),
            ("am: Fix it", Kind::Other),
            ("my-tool: Fix it", Kind::Unknown),
            ("", Kind::Unknown),
        ] {
            assert_eq!(kind(action), expected, "{action}");
        }
    }
}
