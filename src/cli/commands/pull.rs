//! `git session pull`

use super::Outcome;
use super::share::{ShareArgs, limits, store};
use crate::cli::app::App;
use crate::cli::error::{CONFLICTS, FAILED};
use crate::render::pulled;
use crate::sync::{PullOutcome, PulledSession, pull};

/// Bring in what a remote has of the current session
///
/// What comes is looked at before it is stored; a session that is refused keeps no other back.
/// Where both sides went on, they are merged as `git session merge` does, and whoever pulls gets
/// the same. Nothing is deleted here because it was deleted there.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    share: ShareArgs,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = store(app)?;
    let remote = args.share.remote(app, &store)?;
    let wanted = args.share.anywhere(app, &store, &remote)?;
    let (limits, ui) = (limits(app)?, &app.ui);
    let done = pull(&store, &app.env, &remote, &wanted, limits, &mut |line| ui.progress(line));
    ui.end_progress();
    let done = done?;
    match app.ui.is_json {
        true => app.ui.json(&done)?,
        false => app.ui.print(&pulled(&done))?,
    }
    Ok(exit_code(&done.sessions))
}

/// Returns the exit code of what came.
pub(super) fn exit_code<'a>(sessions: impl IntoIterator<Item = &'a PulledSession>) -> u8 {
    let sessions: Vec<&PulledSession> = sessions.into_iter().collect();
    let mut sessions = sessions.into_iter();
    if sessions.clone().any(|session| matches!(session.outcome, PullOutcome::Refused)) {
        return FAILED;
    }
    if sessions.any(|session| session.conflicts > 0) { CONFLICTS } else { 0 }
}
