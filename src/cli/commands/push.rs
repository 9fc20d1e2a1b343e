//! `git session push`

use super::Outcome;
use super::share::{ShareArgs, store};
use crate::cli::app::App;
use crate::cli::error::FAILED;
use crate::render::pushed;
use crate::sync::{PushOutcome, Pushed, plan_push, push};

/// Send the current session to a remote
///
/// Nothing is forced: where the remote has something newer, `git session sync` joins both. Only
/// branches `session/…` are sent. A remote that has nothing yet gets a branch `main` with a README
/// first.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    share: ShareArgs,
    /// Only tell what would be sent
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = store(app)?;
    let remote = args.share.remote(app, &store)?;
    let wanted = args.share.here(app, &store)?;
    args.share.announce(app, &store, "sharing", &remote)?;
    if args.dry_run {
        return show(app, &plan_push(&store, &remote, &wanted)?, "would push");
    }
    let ui = &app.ui;
    let done = push(&store, &app.env, &remote, &wanted, &mut |line| ui.progress(line));
    ui.end_progress();
    show(app, &done?, "pushed")
}

fn show(app: &App, done: &Pushed, verb: &str) -> Outcome {
    match app.ui.is_json {
        true => app.ui.json(done)?,
        false => app.ui.print(&pushed(done, verb))?,
    }
    hint_at_sync(app, done);
    Ok(if done.is_complete() { 0 } else { FAILED })
}

/// Says what to do where the remote has something newer.
pub(super) fn hint_at_sync(app: &App, done: &Pushed) {
    if done.sessions.iter().any(|session| session.outcome == PushOutcome::Behind) {
        app.ui.hint("'git session sync' joins what is here with what is there");
    }
}
