//! `git session pull`

use super::Outcome;
use super::share::{ShareArgs, limits, store};
use crate::cli::app::App;
use crate::cli::error::{CONFLICTS, FAILED};
use crate::render::pulled;
use crate::sync::{AcceptPurge, PullOutcome, PulledSession, pull_accepting};

/// Bring in what a remote has of the current session
///
/// What comes is looked at before it is stored; a session that is refused keeps no other back.
/// Where both sides went on, they are merged as `git session merge` does, and whoever pulls gets
/// the same. Nothing is deleted here because it was deleted there.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    share: ShareArgs,
    /// Go over to what was purged there, or here: what only one side has follows the new history
    ///
    /// What was purged is then gone from this store too, also from forks and other sessions that hold
    /// the same value. Runs of your own stay.
    #[arg(long)]
    accept_purge: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = store(app)?;
    let remote = args.share.remote(app, &store)?;
    let wanted = args.share.anywhere(app, &store, &remote)?;
    let (limits, ui) = (limits(app)?, &app.ui);
    let accept = if args.accept_purge { AcceptPurge::Yes } else { AcceptPurge::No };
    let mut tell = |line: &str| ui.progress(line);
    let done = pull_accepting(&store, &app.env, &remote, &wanted, limits, accept, &mut tell);
    ui.end_progress();
    let done = done?;
    match app.ui.is_json {
        true => app.ui.json(&done)?,
        false => app.ui.print(&pulled(&done))?,
    }
    hint_at_purges(app, &done.sessions, "pull --accept-purge");
    Ok(exit_code(&done.sessions))
}

/// Says what to do about sessions that were purged on one side.
pub(super) fn hint_at_purges(app: &App, sessions: &[PulledSession], command: &str) {
    if sessions.iter().any(|session| session.outcome == PullOutcome::Purged) {
        app.ui.hint(&format!(
            "'git session {command}' goes over to the purged session; runs that only one side has stay"
        ));
    }
}

/// Returns the exit code of what came.
pub(super) fn exit_code<'a>(sessions: impl IntoIterator<Item = &'a PulledSession>) -> u8 {
    let sessions: Vec<&PulledSession> = sessions.into_iter().collect();
    let mut sessions = sessions.into_iter();
    if sessions.clone().any(|session| matches!(session.outcome, PullOutcome::Refused | PullOutcome::Purged)) {
        return FAILED;
    }
    if sessions.any(|session| session.conflicts > 0) { CONFLICTS } else { 0 }
}
