//! `git session sync`

use super::Outcome;
use super::pull::{exit_code, hint_at_purges};
use super::push::hint_at_what_is_left;
use super::share::{ShareArgs, limits, store};
use crate::cli::app::App;
use crate::cli::error::FAILED;
use crate::render::{pulled, pushed};
use crate::sync::{Gate, sync};

/// Pull and push until the remote and this store have the same
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    share: ShareArgs,
    /// Send a session although this rule finds a secret in it; may be given several times
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = store(app)?;
    let remote = args.share.remote(app, &store)?;
    let wanted = args.share.here(app, &store)?;
    args.share.announce(app, &store, "sharing", &remote)?;
    let (limits, ui) = (limits(app)?, &app.ui);
    let gate = Gate::default().with_allowed(args.allow);
    let done = sync(&store, &app.env, &remote, &wanted, limits, &gate, &mut |line| ui.progress(line));
    ui.end_progress();
    let done = done?;
    match app.ui.is_json {
        true => app.ui.json(&done)?,
        false => {
            let came: String = done.pulled.iter().map(pulled).collect();
            app.ui.print(&format!("{came}{}", pushed(&done.pushed, "pushed")))?;
        }
    }
    if let Some(first) = done.pulled.first() {
        hint_at_purges(app, &first.sessions, "pull --accept-purge");
    }
    hint_at_what_is_left(app, &done.pushed);
    let code = exit_code(done.pulled.iter().flat_map(|pulled| &pulled.sessions));
    Ok(if code == 0 && !done.pushed.is_complete() { FAILED } else { code })
}
