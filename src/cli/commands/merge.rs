//! `git session merge`

use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::cli::error::CONFLICTS;
use crate::ops::{Again, KeepSide, MergeOptions, Merged, Point, Selection, merge, plan_merge};
use crate::render::{self, count};
use crate::store::SessionRef;

/// Bring another session's runs and context into this one
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The session, or a run for the state that it left
    #[arg(value_name = "SESSION|RUN", add = ArgValueCandidates::new(session_names))]
    from: String,
    /// The session to merge into; the current one where it is not given
    #[arg(long, value_name = "SESSION", add = ArgValueCandidates::new(session_names))]
    into: Option<String>,
    /// Take only these files: context, knowledge, preferences, decisions, notes, a path, a folder
    /// or a key; given after the session. Its runs come in all the same
    #[arg(long, value_name = "WHAT", num_args = 1..)]
    only: Vec<String>,
    #[command(flatten)]
    keep: Keep,
    /// Merge once more what was merged and taken back, or only in part
    #[arg(long)]
    again: bool,
    /// Tell what would happen, file by file, and do nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// The subject of the commit
    #[arg(long, short, value_name = "SUBJECT")]
    message: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Keep {
    /// Where both changed the same, keep ours
    #[arg(long)]
    ours: bool,
    /// Where both changed the same, take theirs
    #[arg(long)]
    theirs: bool,
    /// Where both changed the same, keep both, to be settled with resolve; this is the default
    #[arg(long)]
    both: bool,
}

impl Keep {
    fn side(&self) -> KeepSide {
        match (self.ours, self.theirs) {
            (true, _) => KeepSide::Ours,
            (_, true) => KeepSide::Theirs,
            _ => KeepSide::Both,
        }
    }
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let into = app.session(&store, args.into.as_deref())?;
    let from = app.point(&store, Some(&args.from))?;
    let options = MergeOptions::default()
        .with_only(Selection::new(args.only))
        .with_keep(args.keep.side())
        .with_again(if args.again { Again::Yes } else { Again::No })
        .with_summary(args.message);
    let merged = match args.dry_run {
        true => plan_merge(&store, &app.env, &into, &from, &options)?,
        false => merge(&store, &app.env, &into, &from, &options)?,
    };
    tell(app, &into, &from, &merged, args.dry_run)?;
    Ok(if merged.conflicts.is_empty() { 0 } else { CONFLICTS })
}

fn tell(
    app: &App,
    into: &SessionRef,
    from: &Point,
    merged: &Merged,
    is_dry: bool,
) -> Result<(), crate::cli::error::CliError> {
    if app.ui.is_json {
        let mut body = serde_json::to_value(merged)?;
        body["branch"] = json!(into.name.branch());
        body["from"] = json!({"branch": from.session.name.branch(), "run": from.run, "commit": from.commit});
        body["dry_run"] = json!(is_dry);
        return app.ui.json(&body);
    }
    app.ui.print(&render::merged(merged, into, from, is_dry))?;
    if !is_dry && merged.open_conflicts > 0 {
        let open = count(merged.open_conflicts as u64, "open conflict");
        app.ui.hint(&format!("{open}; settle with 'git session resolve PATH --keep current|other|FILE'"));
    }
    Ok(())
}
