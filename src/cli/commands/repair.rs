//! `git session repair`

use std::time::SystemTime;

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::ops::{RepairOptions, plan_repair, repair};
use crate::render::{repair_plan, repaired};

/// Mend the store; what cannot be used is put aside, never removed
///
/// Removes what dead processes left, rebuilds indexes of packs, fetches missing objects where the
/// store has a remote, lets sessions whose tip is broken go back to the newest intact commit, puts
/// back lost files, and counts totals again. Before a session is changed, a bundle of it is written
/// to git-session/backup/ in the store. Exits with 1 where damage is left.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only tell what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let progress = |what: &str| app.ui.progress(what);
    if args.dry_run {
        let plan = plan_repair(&store, SystemTime::now(), &progress)?;
        app.ui.end_progress();
        match app.ui.is_json {
            true => app.ui.json(&json!({"steps": plan.steps, "check": plan.report}))?,
            false if plan.steps.is_empty() => app.ui.status("there is nothing to repair\n"),
            false => app.ui.page(&repair_plan(&plan.steps))?,
        }
        return Ok(u8::from(plan.report.is_damaged()));
    }
    let options =
        RepairOptions { now: SystemTime::now(), transports: app.config.transports()?, progress: &progress };
    let done = repair(&store, &app.env, &options)?;
    app.ui.end_progress();
    match app.ui.is_json {
        true => {
            let failed: Vec<_> =
                done.failed.iter().map(|(step, why)| json!({"step": step, "message": why})).collect();
            app.ui.json(&json!({
                "done": done.done, "failed": failed, "backups": done.bundles, "check": done.left,
            }))?;
        }
        false => app.ui.page(&repaired(&done))?,
    }
    Ok(u8::from(done.left.is_damaged()))
}
