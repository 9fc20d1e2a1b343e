//! `git session path`

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;

/// Print where the store is
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {}

pub(super) fn run(app: &mut App, _args: Args) -> Outcome {
    let path = app.store_path()?;
    match app.ui.is_json {
        true => app.ui.json(&json!({"path": path, "exists": path.exists()}))?,
        false => app.ui.print(&format!("{}\n", path.display()))?,
    }
    Ok(0)
}
