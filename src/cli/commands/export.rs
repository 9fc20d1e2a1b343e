//! `git session export`

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Outcome;
use super::push::hint_at_secrets;
use super::share::WhichArgs;
use crate::cli::app::App;
use crate::cli::error::{CliError, FAILED};
use crate::cli::output_file::{Content, OutputFile};
use crate::model::shown;
use crate::ops::{Overwrite, export_session};
use crate::render::export::{ExportError, Sessions, html, json, markdown, ndjson, tar};
use crate::render::exported;
use crate::store::Store;
use crate::sync::{ExportOutcome, ExportPlan, Gate, export_bundle, plan_export};

/// Write sessions into a file, for who shares no server with you
///
/// A bundle is for git-session ('git session import FILE') and plain git, the other formats are for
/// people and programs without it. What would leave is searched for secrets first, as before a push;
/// a session in which one is found stays here.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    which: WhichArgs,
    /// The format; by default the one that the file's name ends in
    #[arg(long, short, value_name = "FORMAT")]
    format: Option<Format>,
    /// The file; '-' is stdout, and so it is where none is named
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file where there is one
    #[arg(long)]
    force: bool,
    /// Write a session although this rule finds a secret in it; may be given several times
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
}

type Writer = fn(&mut dyn Write, &mut Sessions<'_>) -> Result<(), ExportError>;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// A git bundle: everything, to be imported or cloned
    Bundle,
    /// For people: what was learned, the runs, the files
    Markdown,
    /// For people with a browser: one page that needs nothing else, with charts and diffs
    Html,
    /// One document with everything that is in the sessions now, and all of their runs
    Json,
    /// The same, a record a line
    Ndjson,
    /// A tree of files: for each session its manifest, its context and its runs
    Tar,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Tar => "tar",
        }
    }

    fn content(self) -> Content {
        match self {
            Self::Bundle | Self::Tar => Content::Binary,
            Self::Markdown | Self::Html | Self::Json | Self::Ndjson => Content::Text,
        }
    }

    // A bundle is made by git.
    fn writer(self) -> Option<Writer> {
        match self {
            Self::Bundle => None,
            Self::Markdown => Some(markdown),
            Self::Html => Some(html),
            Self::Json => Some(json),
            Self::Ndjson => Some(ndjson),
            Self::Tar => Some(tar),
        }
    }

    // By the ending that files of the format have.
    fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "bundle" => Some(Self::Bundle),
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "tar" => Some(Self::Tar),
            _ => None,
        }
    }
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let format = format(&args)?;
    let store = app.store()?;
    let overwrite = if args.force { Overwrite::Allow } else { Overwrite::Refuse };
    let output = OutputFile::open(app, &store, args.output.as_deref(), overwrite, format.content())?;
    let wanted = args.which.here(app, &store)?;
    let gate = Gate::default().with_allowed(args.allow.iter().cloned());
    let plan = plan_export(&store, &wanted, &gate, &mut |line| app.ui.progress(line));
    app.ui.end_progress();
    let plan = plan?;
    if plan.sessions.is_empty() {
        return Err(
            CliError::failed("there is no session to export").hint("'git session list' shows what there is")
        );
    }
    // Without a session there is no file either.
    if plan.free.is_empty() {
        return show(app, &args, format, &plan, None);
    }
    let written = write(app, &store, format, &plan, &output);
    app.ui.end_progress();
    written?;
    show(app, &args, format, &plan, Some(output.finish()?))
}

fn format(args: &Args) -> Result<Format, CliError> {
    let by_name = || args.output.as_deref().and_then(Format::of);
    args.format.or_else(by_name).ok_or_else(|| {
        let name = args.output.as_ref().map(|file| shown(&file.display().to_string()));
        CliError::usage(match name {
            Some(name) => format!("the name '{name}' does not tell a format"),
            None => "there is no format".to_owned(),
        })
        .hint("name one with --format, such as --format bundle, or a file such as sessions.html")
    })
}

fn write(
    app: &App,
    store: &Store,
    format: Format,
    plan: &ExportPlan,
    output: &OutputFile,
) -> Result<(), CliError> {
    let Some(writer) = format.writer() else {
        return Ok(export_bundle(store, plan, output.file(), &mut |line| app.ui.progress(line))?);
    };
    let names = store.session_names()?;
    let mut sessions = plan.free.iter().map(|session| {
        app.ui.progress(&format!("writing {}", session.name));
        export_session(store, &names, session)
    });
    let mut out = BufWriter::new(output.file());
    writer(&mut out, &mut sessions)?;
    Ok(out.flush()?)
}

/// Tells what was exported; `written` is `None` where nothing was, and how many bytes a file has.
fn show(app: &App, args: &Args, format: Format, plan: &ExportPlan, written: Option<Option<u64>>) -> Outcome {
    let file = args.output.as_ref().filter(|_| matches!(written, Some(Some(_))));
    let file = file.map(|file| file.display().to_string());
    if app.ui.is_json {
        let bytes = written.flatten();
        let told = serde_json::json!({"format": format.name(), "file": file, "bytes": bytes, "sessions": plan.sessions});
        match written {
            // Stdout has the export.
            Some(None) => app.ui.json_to_stderr(&told)?,
            _ => app.ui.json(&told)?,
        }
    } else {
        let told = exported(&plan.sessions, file.as_deref().unwrap_or("stdout"), written.flatten());
        match written {
            Some(None) => app.ui.status(&told),
            _ => app.ui.print(&told)?,
        }
    }
    let is_held = plan.sessions.iter().any(|session| session.outcome == ExportOutcome::Held);
    if is_held {
        hint_at_secrets(app);
    }
    Ok(if is_held { FAILED } else { 0 })
}
