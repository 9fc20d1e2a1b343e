//! `git session resolve`

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::{CONFLICTS, CliError};
use crate::cli::input::{check_secret, read_bytes};
use crate::model::{FactKind, Key};
use crate::ops::{Keep, OpError, Sensitive, resolve};
use crate::render::count;
use crate::store::{SessionRef, Store};

/// Settle a conflict
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The path or key in conflict, as status shows it
    path: String,
    /// What to keep: current, other, or a file with the right content ('-' is stdin)
    #[arg(long, value_name = "current|other|FILE")]
    keep: String,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.current(&store)?.session;
    let keep = match args.keep.as_str() {
        "current" => Keep::Current,
        "other" => Keep::Other,
        file => {
            check_secret(app, file.as_ref(), Sensitive::Withhold)?;
            Keep::Content(read_bytes(app, file.as_ref())?)
        }
    };
    let (settled, left) = settle(app, &store, &session, &args.path, &keep)?;
    if app.ui.is_json {
        app.ui.json(&json!({"settled": settled, "left": left}))?;
    }
    app.ui.status(&format!("settled {}, {left} left\n", count(settled as u64, "conflict")));
    Ok(if left > 0 { CONFLICTS } else { 0 })
}

// People think of a fact by its key, the manifest of it by its path.
fn settle(
    app: &App,
    store: &Store,
    session: &SessionRef,
    name: &str,
    keep: &Keep,
) -> Result<(usize, usize), CliError> {
    let mut names = vec![name.to_owned()];
    if let Ok(key) = name.parse::<Key>() {
        names.extend([FactKind::Knowledge, FactKind::Preference].map(|kind| kind.path(&key).to_string()));
    }
    let mut missing = None;
    for name in names {
        match resolve(store, &app.env, session, &name, keep) {
            Err(error @ OpError::NoConflict { .. }) => {
                missing.get_or_insert(error);
            }
            other => return Ok(other?),
        }
    }
    Err(missing.map_or_else(|| CliError::failed("there is no open conflict"), CliError::from))
}
