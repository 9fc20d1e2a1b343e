//! `git session rewind`

use clap_complete::engine::ArgValueCandidates;
use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::ops::{Selection, rewind};
use crate::render;

/// Make the context as it was after a run; nothing is lost
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The run, such as @3, or @ for the last one
    #[arg(add = ArgValueCandidates::new(session_names))]
    run: String,
    /// Take only these files back: knowledge, preferences, decisions, notes, a path, a folder or a
    /// key; given after the run
    #[arg(long, value_name = "WHAT", num_args = 1..)]
    only: Vec<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.current(&store)?.session;
    // A run that is open, and what was removed, are told from what is unknown.
    let told = |error| app.point(&store, Some(&args.run)).err().unwrap_or(error);
    let to = app.run(&store, &args.run).map_err(told)?;
    let rewound = rewind(&store, &app.env, &session, &to, &Selection::new(args.only))?;
    if app.ui.is_json {
        app.ui.json(&json!({
            "branch": session.name.branch(), "run": to.id(), "commit": rewound.commit, "files": rewound.files,
            "open_runs": rewound.open,
        }))?;
        return Ok(0);
    }
    app.ui.print(&render::rewound(&rewound, &session, &to))?;
    if rewound.commit.is_some() {
        for open in &rewound.open {
            let id = open.short();
            app.ui.hint(&format!("run {id} began before this; what it changes is merged when it finishes"));
        }
    }
    Ok(0)
}
