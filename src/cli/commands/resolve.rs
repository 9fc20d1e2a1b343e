//! `git session resolve`

use std::path::Path;

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::{CONFLICTS, CliError};
use crate::cli::input::{check_secret, read_bytes};
use crate::cli::process::edit;
use crate::model::{FactKind, Key};
use crate::ops::{Keep, Sensitive, Side, conflict_sides, resolve};
use crate::render::count;
use crate::store::{SessionRef, Store};

/// Settle a conflict
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The path, key or field in conflict, as status shows it, or the file that keeps the other
    /// version where there are several
    path: String,
    /// What to keep: current, other, or a file with the right content ('-' is stdin)
    #[arg(long, value_name = "current|other|FILE", required_unless_present = "edit")]
    keep: Option<String>,
    /// Open the current version in the editor, with the others beside it, and keep what is saved
    #[arg(long, short, conflicts_with = "keep")]
    edit: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.current(&store)?.session;
    let subject = subject(&store, &session, &args.path)?;
    let keep = match args.keep.as_deref() {
        Some("current") => Keep::Current,
        Some("other") => Keep::Other,
        Some(file) => {
            check_secret(app, file.as_ref(), Sensitive::Withhold)?;
            Keep::Content(read_bytes(app, file.as_ref())?)
        }
        None => Keep::Content(edited(app, &store, &session, &subject)?),
    };
    let (settled, left) = resolve(&store, &app.env, &session, &subject, &keep)?;
    if app.ui.is_json {
        app.ui.json(&json!({"settled": settled, "left": left}))?;
    }
    app.ui.status(&format!("settled {}, {left} left\n", count(settled as u64, "conflict")));
    Ok(if left > 0 { CONFLICTS } else { 0 })
}

// People think of a fact by its key, the manifest of it by its path.
fn subject(store: &Store, session: &SessionRef, name: &str) -> Result<String, CliError> {
    let open = store.snapshot(session.tip)?.manifest.conflicts;
    let is_open =
        |name: &str| open.iter().any(|entry| entry.subject() == name || entry.copy.as_deref() == Some(name));
    let mut names = vec![name.to_owned(), name.trim_start_matches("context/").to_owned()];
    if let Ok(key) = name.parse::<Key>() {
        names.extend([FactKind::Knowledge, FactKind::Preference].map(|kind| kind.path(&key).to_string()));
    }
    Ok(names.into_iter().find(|name| is_open(name)).unwrap_or_else(|| name.to_owned()))
}

fn edited(app: &App, store: &Store, session: &SessionRef, subject: &str) -> Result<Vec<u8>, CliError> {
    let (current, others) = conflict_sides(store, session, subject)?;
    if current.is_none() && others.is_empty() {
        return Err(CliError::failed(format!("'{}' is no file to edit", crate::model::shown(subject)))
            .hint("use --keep current or --keep other"));
    }
    let failed = |error| CliError::failed("could not write the versions to edit").because(error);
    let folder = tempfile::tempdir().map_err(failed)?;
    // The stored path chooses no name on this disk, but for what tells an editor the language.
    let extension = Path::new(subject).extension().and_then(|extension| extension.to_str());
    let extension = extension.filter(|e| e.len() <= 8 && e.bytes().all(|b| b.is_ascii_alphanumeric()));
    let extension = extension.map(|extension| format!(".{extension}")).unwrap_or_default();
    let file = folder.path().join(format!("current{extension}"));
    let shown = current.or(others.first().cloned()).map(|side| side.content).unwrap_or_default();
    std::fs::write(&file, shown).map_err(failed)?;
    let mut files = vec![file.clone()];
    for (number, Side { content, .. }) in others.iter().enumerate() {
        let other = folder.path().join(format!("other-{}{extension}", number + 1));
        std::fs::write(&other, content).map_err(failed)?;
        files.push(other);
    }
    edit(&app.config, &files)?;
    std::fs::read(&file).map_err(failed)
}
