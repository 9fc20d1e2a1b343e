//! `git session check`

use std::time::SystemTime;

use super::Outcome;
use crate::cli::app::App;
use crate::ops::{CheckLevel, CheckReport, check};
use crate::render::check_report;

/// Look for damage in the store
///
/// Without options: the refs, the newest state of each session, and its totals, runs and conflicts
/// counted again from its history. Exits with 1 where anything is damaged. Changes nothing.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Also every record and every object of every history, and what 'git fsck --strict' says
    #[arg(long)]
    objects: bool,
    /// Also read every byte again
    #[arg(long)]
    data: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let level = match (args.objects, args.data) {
        (_, true) => CheckLevel::Data,
        (true, false) => CheckLevel::Objects,
        (false, false) => CheckLevel::Tips,
    };
    let report = check(&store, SystemTime::now(), level, &|what| app.ui.progress(what))?;
    app.ui.end_progress();
    print(app, &report)?;
    Ok(u8::from(report.is_damaged()))
}

fn print(app: &App, report: &CheckReport) -> Result<(), crate::cli::error::CliError> {
    match app.ui.is_json {
        true => app.ui.json(report),
        false => app.ui.page(&check_report(report)),
    }
}
