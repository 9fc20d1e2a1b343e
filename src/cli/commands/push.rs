//! `git session push`

use super::Outcome;
use super::share::{ShareArgs, store};
use crate::cli::app::App;
use crate::cli::error::FAILED;
use crate::cli::process;
use crate::render::pushed;
use crate::sync::{Gate, PushOutcome, Pushed, Wanted, plan_push, push, push_by_itself, queued_sessions};

/// Send the current session to a remote
///
/// Nothing is forced: where the remote has something newer, `git session sync` joins both. Only a
/// session that was purged here takes the place of what the remote has, if nobody sent anything since
/// it was seen. Only branches `session/…` are sent, and lists of what was purged. A remote that has nothing yet gets a branch `main` with a README
/// first. What would be sent is searched for secrets once more, by the rules of now; a session in which
/// one is found stays here.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    share: ShareArgs,
    /// The sessions that wait for a push, as `git session status` tells
    #[arg(long, conflicts_with_all = ["names", "all"])]
    queued: bool,
    /// The same, by itself: print nothing, and note how it went
    #[arg(long, hide = true, conflicts_with_all = ["names", "all", "queued", "allow", "dry_run"])]
    auto: bool,
    /// Send it although this rule finds a secret in it; may be given several times
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// Only tell what would be sent
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = store(app)?;
    if args.auto {
        process::leave_terminal();
        push_by_itself(&store, &app.env, || args.share.unattended(app, &store))?;
        return Ok(0);
    }
    let remote = args.share.remote(app, &store)?;
    let wanted = match args.queued {
        true => Wanted::Named(queued_sessions(&store)?),
        false => args.share.here(app, &store)?,
    };
    args.share.announce(app, &store, "sharing", &remote)?;
    if args.dry_run {
        return show(app, &plan_push(&store, &remote, &wanted)?, "would push");
    }
    let ui = &app.ui;
    let gate = Gate::default().with_allowed(args.allow);
    let done = push(&store, &app.env, &remote, &wanted, &gate, &mut |line| ui.progress(line));
    ui.end_progress();
    let done = done?;
    show(app, &done, "pushed")
}

fn show(app: &App, done: &Pushed, verb: &str) -> Outcome {
    match app.ui.is_json {
        true => app.ui.json(done)?,
        false => app.ui.print(&pushed(done, verb))?,
    }
    hint_at_what_is_left(app, done);
    Ok(if done.is_complete() { 0 } else { FAILED })
}

/// Says what to do about what the remote does not have now.
pub(super) fn hint_at_what_is_left(app: &App, done: &Pushed) {
    let has = |outcome| done.sessions.iter().any(|session| session.outcome == outcome);
    if has(PushOutcome::Behind) {
        app.ui.hint("'git session sync' joins what is here with what is there");
    }
    if done.sessions.iter().any(|session| session.is_purged) {
        app.ui.hint("'git session pull --accept-purge' takes it out of what is here");
    }
    if done.sessions.iter().any(|session| session.outcome == PushOutcome::Held && !session.is_purged) {
        hint_at_secrets(app);
    }
    if has(PushOutcome::Refused) {
        app.ui.hint("the server decides; what is recorded is safe here, and the next push sends it");
    }
}

/// Says what to do about secrets in what was to leave.
pub(super) fn hint_at_secrets(app: &App) {
    app.ui.hint(
        "make the secret useless first: revoke it where it is from; then --allow RULE sends it all the same",
    );
    app.ui.hint("what is no secret passes for good with 'git session redact allow DIGEST'");
}
