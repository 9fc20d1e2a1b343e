//! Pushing by itself: what waits is sent without anybody looking, and how it went is noted.

use super::{Gate, PushOutcome, Pushed, PushedSession, Remote, SyncError, Wanted, push};
use crate::model::{SessionId, SessionName};
use crate::ops::Env;
use crate::store::{AutoPush, GitError, QueuedPush, Store};

/// How often it is looked whether more waits: somebody may finish a run meanwhile.
const ROUNDS: usize = 5;

/// Queues a session of which a run is finished, where that is to be pushed and can be. The run is
/// recorded already, so that this fails is not worth a message.
pub fn queue_finished(store: &Store, env: &Env, when: AutoPush, session: SessionId) {
    if when == AutoPush::OnFinish && !store.remotes().is_empty() {
        let _ = store.queue_push(&QueuedPush { session, queued_at: env.now() });
    }
}

/// Finds the sessions that wait for a push. One that was removed leaves the queue.
pub fn queued_sessions(store: &Store) -> Result<Vec<SessionName>, SyncError> {
    let mut names = Vec::new();
    for id in store.queued_pushes()? {
        match store.try_find_session_by_id(id)? {
            Some(session) => names.push(session.name),
            None => store.drop_queued_push(id)?,
        }
    }
    Ok(names)
}

/// Pushes what waits, and notes how it went. Nothing is done where somebody else is at it. `remote`
/// is asked for the remote only then; that there is none is noted too.
pub fn push_by_itself(
    store: &Store,
    env: &Env,
    remote: impl FnOnce() -> Result<Remote, SyncError>,
) -> Result<(), SyncError> {
    let Some(lock) = store.try_lock_push()? else { return Ok(()) };
    let outcome = remote().and_then(|remote| send_all(store, env, &remote));
    let at = env.now();
    match &outcome {
        Ok(None) => {}
        Ok(Some(Sent { words, is_complete: true })) => store.note_push(&lock, at, Ok(words))?,
        Ok(Some(Sent { words, .. })) => store.note_push(&lock, at, Err(words))?,
        Err(error) => store.note_push(&lock, at, Err(&in_a_line(error)))?,
    }
    Ok(())
}

/// What became of what waited, in words.
struct Sent {
    words: String,
    is_complete: bool,
}

fn send_all(store: &Store, env: &Env, remote: &Remote) -> Result<Option<Sent>, SyncError> {
    let mut sent = None;
    for _ in 0..ROUNDS {
        let names = queued_sessions(store)?;
        if names.is_empty() {
            break;
        }
        let pushed = push(store, env, remote, &Wanted::Named(names), &Gate::default(), &mut |_| ())?;
        let is_complete = pushed.is_complete();
        sent = Some(Sent { words: told(&pushed), is_complete });
        if !is_complete {
            break;
        }
    }
    Ok(sent)
}

fn told(pushed: &Pushed) -> String {
    let is_there =
        |session: &&PushedSession| matches!(session.outcome, PushOutcome::Pushed | PushOutcome::UpToDate);
    let left: Vec<&PushedSession> = pushed.sessions.iter().filter(|session| !is_there(session)).collect();
    let Some(first) = left.first() else {
        let branches: Vec<&str> = pushed.sessions.iter().map(|session| session.branch.as_str()).collect();
        return format!("{} to {}", branches.join(", "), pushed.remote);
    };
    let why = match first.outcome {
        PushOutcome::Behind => "the remote has something newer, so 'git session sync' joins both",
        _ => first.why.as_deref().unwrap_or("it was refused"),
    };
    let more = if left.len() > 1 { format!(", and {} more", left.len() - 1) } else { String::new() };
    format!("{}: {why}{more}", first.branch)
}

// Without the words of the server, which have several lines.
fn in_a_line(error: &SyncError) -> String {
    match error {
        SyncError::Remote { action, remote, source: GitError::Remote { fault, .. } } => {
            format!("could not {action} '{remote}': {fault}")
        }
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}
