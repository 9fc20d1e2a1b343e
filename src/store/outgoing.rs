//! What goes to a remote: branches of sessions, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::git::{Git, Said};
use super::heard::Heard;
use super::purge::PURGED;
use super::remote_fault::{RemoteFault, words};
use super::{CommitId, GitError, Reach, Store, StoreError};
use crate::model::{SessionId, SessionName, shown};

/// What a remote that has nothing yet gets first, so that no host makes a session its default branch.
const README: &str = "\
# Sessions

This repository holds sessions of AI agents, kept by git-session. Each session is a branch
`session/…`, each run of it a commit. To take part, add this repository as a remote and pull:

    git session remote add team URL
    git session pull --all
";
/// Where it goes.
const MAIN: &str = "refs/heads/main";

/// The branches of a remote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteBranches {
    /// Its sessions.
    pub sessions: BTreeMap<SessionName, CommitId>,
    /// Branches below `session/` that no session could have.
    pub foreign: Vec<String>,
    /// Whether it has no branch at all.
    pub is_empty: bool,
    /// Whether it has a branch called `session`, beside which there can be no session.
    pub has_session_branch: bool,
}

/// What became of one branch that was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// The remote has it now.
    Accepted,
    /// The remote had it already.
    Known,
    /// The remote has commits that are not in it.
    Behind,
    /// The remote did not take it, for this reason.
    Refused(String),
}

/// What a push came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PushSaid {
    /// What became of each session.
    pub sent: BTreeMap<SessionName, Sent>,
    /// What the server said besides, safe to print.
    pub words: Vec<String>,
}

impl Store {
    /// Lists the branches of a remote.
    pub fn list_remote(&self, reach: &Reach) -> Result<RemoteBranches, StoreError> {
        let git = Git::to_remote(&self.dir, &reach.transports, reach.prompt, "ls-remote", &["--heads", "--"]);
        let said = git.word(reach.url.as_str()).run()?;
        if !said.status.success() {
            return Err(failed(&said));
        }
        let mut branches = RemoteBranches { is_empty: true, ..RemoteBranches::default() };
        for (id, name) in said.out.lines().filter_map(|line| line.split_once('\t')) {
            branches.is_empty = false;
            branches.add(name, CommitId::from_hex(id));
        }
        Ok(branches)
    }

    /// Pushes commits as sessions' branches. Nothing is forced. `tell` is handed what git says
    /// meanwhile.
    pub fn push(
        &self,
        reach: &Reach,
        sessions: &[(SessionName, CommitId)],
        tell: &mut dyn FnMut(&str),
    ) -> Result<PushSaid, StoreError> {
        let branch = |(name, tip): &(SessionName, CommitId)| format!("{tip}:refs/heads/{}", name.branch());
        let said = self.send(reach, &[], &sessions.iter().map(branch).collect::<Vec<_>>(), tell)?;
        became(&said)
    }

    /// Puts a purged session in the place of what a remote has of it, if that is still where it was
    /// seen last, together with the list of what was purged. The only push that is forced.
    pub fn push_purged(
        &self,
        reach: &Reach,
        name: &SessionName,
        tip: CommitId,
        there: CommitId,
        list: Option<(SessionId, CommitId)>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<PushSaid, StoreError> {
        let branch = format!("refs/heads/{}", name.branch());
        let lease = format!("--force-with-lease={branch}:{there}");
        let mut refspecs = vec![format!("{tip}:{branch}")];
        refspecs.extend(list.map(|(session, commit)| format!("+{commit}:{PURGED}{session}")));
        became(&self.send(reach, &["--atomic", &lease], &refspecs, tell)?)
    }

    /// Gives a remote that has nothing yet its first branch.
    pub fn push_landing(&self, reach: &Reach) -> Result<(), StoreError> {
        let commit = self.write_lone_commit("README.md", README, "Say what is kept here\n")?;
        let said = self.send(reach, &[], &[format!("{commit}:{MAIN}")], &mut |_| ())?;
        // Somebody else may have done the same at the same moment.
        let is_there = said.out.contains("[rejected]") || said.out.contains("[remote rejected]");
        if said.status.success() || is_there { Ok(()) } else { Err(failed(&said)) }
    }

    fn send(
        &self,
        reach: &Reach,
        options: &[&str],
        refspecs: &[String],
        tell: &mut dyn FnMut(&str),
    ) -> Result<Said, StoreError> {
        let arguments = [&["--porcelain", "--progress", "--no-verify"], options, &["--"]].concat();
        let git = Git::to_remote(&self.dir, &reach.transports, reach.prompt, "push", &arguments);
        let git = refspecs.iter().fold(git.word(reach.url.as_str()), |git, refspec| git.word(refspec));
        let heard = Arc::new(Heard::default());
        let said = git.run_heard(&heard, || {
            tell(&heard.line());
            false
        })?;
        said.ok_or_else(|| GitError::Remote { fault: RemoteFault::Other, words: Vec::new() }.into())
    }
}

impl RemoteBranches {
    fn add(&mut self, name: &str, tip: Option<CommitId>) {
        let Some(branch) = name.strip_prefix("refs/heads/") else { return };
        self.has_session_branch |= branch == "session";
        let Some(session) = branch.strip_prefix("session/") else { return };
        match (session.parse(), tip) {
            (Ok(session), Some(tip)) => drop(self.sessions.insert(session, tip)),
            _ => self.foreign.push(branch.to_owned()),
        }
    }
}

fn became(said: &Said) -> Result<PushSaid, StoreError> {
    let sent: BTreeMap<_, _> = said.out.lines().filter_map(sent).collect();
    if sent.is_empty() && !said.status.success() {
        return Err(failed(said));
    }
    Ok(PushSaid { sent, words: words(&said.err) })
}

fn failed(said: &Said) -> StoreError {
    GitError::Remote { fault: RemoteFault::of(&said.err), words: words(&said.err) }.into()
}

// `<flag>\t<from>:<to>\t<summary> (<reason>)`, as `git push --porcelain` prints it.
fn sent(line: &str) -> Option<(SessionName, Sent)> {
    let mut columns = line.split('\t');
    let (flag, refs, summary) = (columns.next()?, columns.next()?, columns.next()?);
    let name = refs.rsplit_once(':')?.1.strip_prefix("refs/heads/session/")?.parse().ok()?;
    let is_behind =
        ["(fetch first)", "(non-fast-forward)", "(stale info)"].iter().any(|why| summary.contains(why));
    let sent = match flag {
        " " | "*" | "+" => Sent::Accepted,
        "=" => Sent::Known,
        _ if is_behind => Sent::Behind,
        _ => Sent::Refused(shown(summary)),
    };
    Some((name, sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints_of_a_push_is_understood() {
        let line = |flag: &str, what: &str| {
            sent(&format!("{flag}\t0123:refs/heads/session/a-00000001\t{what}")).expect("a line").1
        };
        assert_eq!(line("*", "[new branch]"), Sent::Accepted);
        assert_eq!(line(" ", "1..2"), Sent::Accepted);
        assert_eq!(line("=", "[up to date]"), Sent::Known);
        assert_eq!(line("+", "1...2 (forced update)"), Sent::Accepted);
        assert_eq!(line("!", "[rejected] (fetch first)"), Sent::Behind);
        assert_eq!(line("!", "[rejected] (stale info)"), Sent::Behind);
        assert!(matches!(line("!", "[remote rejected] (pre-receive hook declined)"), Sent::Refused(_)));
        for other in ["To /x", "Done", "!\tx:refs/heads/main\t[rejected]", ""] {
            assert_eq!(sent(other), None, "{other}");
        }
    }
}
