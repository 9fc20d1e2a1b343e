//! `git session gc`

use serde_json::{Value, json};

use super::Outcome;
use crate::cli::app::App;
use crate::ops::{Collected, GcExtent, GcOptions, GcStep, OpError, gc, plan_gc};
use crate::render::{collected, gc_step, size_after};

/// Drop what is out of date and pack what piled up
///
/// Sessions in the trash are dropped after `session.keepDays` days (14), leftovers of killed
/// processes at once, and objects that nothing leads to after as many days, 2 at least. Objects
/// and small packs are packed. Recording goes on meanwhile. It starts by itself when much has
/// piled up, unless `git config session.autoGc` is false.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Pack everything anew; recording waits for a part of it
    #[arg(long)]
    all: bool,
    /// Change nothing, and tell what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Do not fail where another process is at it, and print nothing
    #[arg(long, hide = true, conflicts_with_all = ["all", "dry_run"])]
    auto: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let extent = if args.all { GcExtent::Everything } else { GcExtent::New };
    let default = GcOptions::default().with_extent(extent);
    let options = default.with_keep_days(app.config.keep_days(default.keep_days)?);
    let store = app.store()?;
    if args.dry_run {
        let plan = plan_gc(&store, &app.env, options)?;
        return show(app, &plan, &args);
    }
    let ui = &app.ui;
    let mut tell = |step: GcStep| ui.progress(&gc_step(step));
    let done = gc(&store, &app.env, options, &mut tell);
    ui.end_progress();
    match done? {
        _ if args.auto => Ok(0),
        Some(done) => show(app, &done, &args),
        None => Err(OpError::Maintained.into()),
    }
}

fn show(app: &App, done: &Collected, args: &Args) -> Outcome {
    if app.ui.is_json {
        app.ui.json(&as_json(done, args))?;
        return Ok(0);
    }
    let end = if args.dry_run { "nothing was changed\n".to_owned() } else { size_after(done) };
    app.ui.print(&format!("{}{end}", collected(done)))?;
    Ok(0)
}

fn as_json(done: &Collected, args: &Args) -> Value {
    let (expired, work) = (&done.expired, &done.work);
    json!({
        "dry_run": args.dry_run,
        "all": args.all,
        "trash": expired.trash.iter().map(|trashed| &trashed.name).collect::<Vec<_>>(),
        "open_runs": expired.open_runs.iter().map(|open| open.run).collect::<Vec<_>>(),
        "run_folders": expired.run_folders.iter().map(|folder| folder.run).collect::<Vec<_>>(),
        "litter": expired.litter.iter().map(|litter| &litter.path).collect::<Vec<_>>(),
        "packed_objects": work.packed_objects,
        "pruned_objects": work.pruned_objects,
        "combined_packs": work.combined_packs,
        "packed_refs": work.packed_refs,
        "before": done.before,
        "after": done.after,
    })
}
