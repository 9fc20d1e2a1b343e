//! `git session context`

use std::io::IsTerminal as _;
use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use crate::cli::app::{App, from_here, named};
use crate::model::{ContextPath, escape_text};
use crate::ops::{
    ContextChanged, ExportOptions, Overwrite, Sensitive, cat_context, check_sensitive, export_context,
    import_context, list_context, put_context, read_for_context, remove_context,
};
use crate::render::{changed_line, context_table};

/// List, read and change the files of the context
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// List files
    Ls {
        /// Only what is below this folder
        path: Option<String>,
        /// As it was after this run
        #[arg(long, value_name = "RUN")]
        at: Option<String>,
    },
    /// Print a file
    Cat {
        /// The file
        path: String,
        /// As it was after this run
        #[arg(long, value_name = "RUN")]
        at: Option<String>,
    },
    /// Add or replace a file
    Put {
        /// Where it goes, such as docs/plan.md
        path: String,
        /// The file to read; stdin where it is not given or '-'
        file: Option<PathBuf>,
        /// Also store a file whose name looks like a secret
        #[arg(long)]
        allow_sensitive: bool,
    },
    /// Remove a file, or a folder with its files
    Rm {
        /// The file or folder
        path: String,
    },
    /// Write all files into a folder
    Export {
        /// The folder
        folder: PathBuf,
        /// As it was after this run
        #[arg(long, value_name = "RUN")]
        at: Option<String>,
        /// Replace files of the same name
        #[arg(long)]
        force: bool,
    },
    /// Add and change files by those of a folder
    Import {
        /// The folder
        folder: PathBuf,
        /// Also store files whose names look like secrets
        #[arg(long)]
        allow_sensitive: bool,
    },
}

pub(super) fn run(app: &mut App, command: Command) -> Outcome {
    match command {
        Command::Ls { path, at } => {
            let path = path.map(|path| path.parse::<ContextPath>()).transpose()?;
            ls(app, path.as_ref(), at.as_deref())
        }
        Command::Cat { path, at } => cat(app, &path.parse()?, at.as_deref()),
        Command::Put { path, file, allow_sensitive } => {
            put(app, &path.parse()?, file, sensitive(allow_sensitive))
        }
        Command::Rm { path } => {
            let store = app.store()?;
            done(app, &remove_context(&store, &app.env, &app.place(&store)?, &path.parse()?)?)
        }
        Command::Export { folder, at, force } => export(app, folder, at.as_deref(), overwrite(force)),
        Command::Import { folder, allow_sensitive } => {
            let store = app.store()?;
            let folder = named(app, &folder);
            let place = app.place(&store)?;
            done(app, &import_context(&store, &app.env, &place, &folder, sensitive(allow_sensitive))?)
        }
    }
}

fn ls(app: &App, path: Option<&ContextPath>, at: Option<&str>) -> Outcome {
    let store = app.store()?;
    let entries = list_context(&store, &app.state(&store, at)?, path)?;
    match (app.ui.is_json, entries.is_empty()) {
        (true, _) => app.ui.json_list(&entries)?,
        (false, true) => app.ui.status("there are no context files\n"),
        (false, false) => app.ui.page(&context_table(&entries, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}

// A terminal gets nothing that could steer it; a pipe gets the bytes.
fn cat(app: &App, path: &ContextPath, at: Option<&str>) -> Outcome {
    let store = app.store()?;
    let content = cat_context(&store, &app.state(&store, at)?, path)?;
    if app.ui.is_json {
        let text = String::from_utf8(content.clone());
        app.ui.json(&json!({"path": path, "bytes": content.len(), "text": text.ok()}))?;
    } else if std::io::stdout().is_terminal() {
        app.ui.page(&escape_text(&String::from_utf8_lossy(&content)))?;
    } else {
        app.ui.print_raw(&content)?;
    }
    Ok(0)
}

fn put(app: &App, path: &ContextPath, file: Option<PathBuf>, sensitive: Sensitive) -> Outcome {
    let store = app.store()?;
    let content = match file.filter(|file| file.as_os_str() != "-") {
        Some(file) => read_for_context(&app.env, &named(app, &file), path, sensitive)?,
        None => {
            check_sensitive(path, sensitive)?;
            crate::cli::input::read_bytes(app, "-".as_ref())?
        }
    };
    done(app, &put_context(&store, &app.env, &app.place(&store)?, path, &content)?)
}

fn export(app: &App, folder: PathBuf, at: Option<&str>, overwrite: Overwrite) -> Outcome {
    let store = app.store()?;
    let folder = from_here(app, &folder);
    let options = ExportOptions::default().with_overwrite(overwrite);
    let files = export_context(&store, &app.state(&store, at)?, &folder, options)?;
    if app.ui.is_json {
        app.ui.json(&json!({"folder": folder, "files": files}))?;
    }
    app.ui.status(&format!("wrote {}\n", crate::render::count(files as u64, "file")));
    Ok(0)
}

fn done(app: &App, changed: &ContextChanged) -> Outcome {
    if app.ui.is_json {
        app.ui.json(&json!({"commit": changed.commit, "changed": changed.paths}))?;
    }
    app.ui.status(&format!("{}\n", changed_line(&changed.paths)));
    Ok(0)
}

fn sensitive(allow: bool) -> Sensitive {
    if allow { Sensitive::Allow } else { Sensitive::Withhold }
}

fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Allow } else { Overwrite::Refuse }
}
