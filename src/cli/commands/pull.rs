//! `git session pull`

use super::Outcome;
use super::share::{ShareArgs, limits, store};
use crate::cli::app::App;
use crate::cli::error::{CONFLICTS, FAILED};
use crate::render::pulled;
use crate::sync::{PullOutcome, Pulled, pull};

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
    Ok(exit_code(std::slice::from_ref(&done)))
}

/// Returns the exit code of what was pulled.
pub(super) fn exit_code(pulled: &[Pulled]) -> u8 {
    let mut sessions = pulled.iter().flat_map(|pulled| &pulled.sessions);
    if sessions.clone().any(|session| matches!(session.outcome, PullOutcome::Refused)) {
        return FAILED;
    }
    if sessions.any(|session| session.conflicts > 0) { CONFLICTS } else { 0 }
}
