//! `git session diff`

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::words;
use crate::cli::error::{CliError, FAILED};
use crate::model::shown;
use crate::ops::{CONTEXT_LINES, Detail, Diff, DiffOptions, Extent, Renames, Topic, diff, list_context};
use crate::render::{self, Words};
use crate::store::{CommitId, Store, split_range};

/// Show what a run changed, or how two runs differ
///
/// Without a run: what the last one changed. With one: what that run changed. With two, also as
/// A..B: how their states differ, also those of different sessions. The records of the runs come
/// first, then what was learned, then the files by lines.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The run, or the older of two; also a range A..B
    a: Option<String>,
    /// The newer of two runs
    b: Option<String>,
    /// Only these facts, files and folders of the context
    #[arg(last = true, value_name = "KEY|PATH")]
    topics: Vec<String>,
    /// Show only how many lines changed in which files
    #[arg(long, group = "form")]
    stat: bool,
    /// Show only the names of files that changed
    #[arg(long, group = "form")]
    name_only: bool,
    /// Show only the names of files that changed, and how
    #[arg(long, group = "form")]
    name_status: bool,
    /// Show only the files, as git diff does
    #[arg(long, group = "form")]
    context_only: bool,
    /// How many lines to show around a change
    #[arg(long, short = 'U', value_name = "N", default_value_t = CONTEXT_LINES)]
    unified: usize,
    /// Show words that changed as [-old-]{+new+}
    #[arg(long)]
    word_diff: bool,
    /// Show a renamed file as one removed and one added
    #[arg(long)]
    no_renames: bool,
    /// Exit with 1 where the files of the context differ
    #[arg(long)]
    exit_code: bool,
}

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    Context,
    Stat,
    NameOnly,
    NameStatus,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let (from, to) = ends(app, &store, &args)?;
    let options = options(app, &args)?;
    let found = diff(&store, from, to, &options)?;
    match app.ui.is_json {
        true => app.ui.json(&found)?,
        false => app.ui.page(&text(app, &args, &found))?,
    }
    Ok(if args.exit_code && !found.context.is_empty() { FAILED } else { 0 })
}

fn ends(app: &App, store: &Store, args: &Args) -> Result<(Option<CommitId>, CommitId), CliError> {
    let commit = |name: &str| match app.run_commit(store, name) {
        Err(error) if error.code == "no_run" => Err(hint_at_path(app, store, name, error)),
        found => Ok(found?),
    };
    let range = args.a.as_deref().map(split_range).transpose()?.flatten();
    match (range, args.a.as_deref(), args.b.as_deref()) {
        (Some(_), _, Some(_)) => Err(CliError::usage("a range and another run are too much")
            .hint("name two runs as 'A B' or as 'A..B'")),
        (Some((a, b)), ..) | (None, Some(a), Some(b)) => Ok((Some(commit(a)?), commit(b)?)),
        (None, a, _) => {
            let to = commit(a.unwrap_or("@"))?;
            Ok((store.step(to)?.parents.first().copied(), to))
        }
    }
}

// `git diff` takes a file without '--' where it is clear that one is meant.
fn hint_at_path(app: &App, store: &Store, name: &str, error: CliError) -> CliError {
    let is_file = || {
        let topic: Topic = name.parse().ok()?;
        let files = list_context(store, &app.state(store, None).ok()?, None).ok()?;
        files.iter().any(|file| topic.names(&file.path)).then_some(())
    };
    match is_file() {
        Some(()) => error.hint(format!("to compare a file: git session diff -- {}", shown(name))),
        None => error,
    }
}

fn form(args: &Args) -> Form {
    match args {
        Args { stat: true, .. } => Form::Stat,
        Args { name_only: true, .. } => Form::NameOnly,
        Args { name_status: true, .. } => Form::NameStatus,
        Args { context_only: true, .. } => Form::Context,
        // Who names files asks for those.
        Args { topics, .. } if !topics.is_empty() => Form::Context,
        _ => Form::Whole,
    }
}

fn options(app: &App, args: &Args) -> Result<DiffOptions, CliError> {
    let topics = args.topics.iter().map(|topic| topic.parse::<Topic>()).collect::<Result<_, _>>()?;
    let detail = match form(args) {
        Form::Stat => Detail::Counts,
        Form::NameOnly | Form::NameStatus => Detail::Names,
        Form::Whole | Form::Context => Detail::Lines,
    };
    let extent = match form(args) {
        Form::Whole => Extent::Everything,
        // As JSON all is told, whatever form a text would have.
        _ if app.ui.is_json => Extent::Everything,
        _ => Extent::Files,
    };
    let renames = if args.no_renames { Renames::Ignore } else { Renames::Find };
    Ok(DiffOptions::default()
        .with_topics(topics)
        .with_extent(extent)
        .with_detail(detail)
        .with_renames(renames)
        .with_context_lines(args.unified))
}

fn text(app: &App, args: &Args, found: &Diff) -> String {
    let look = app.ui.look(app.env.now());
    let words = match args.word_diff {
        true => Words::Marked,
        false => words(&app.ui),
    };
    match form(args) {
        Form::Whole => render::diff(found, words, look),
        Form::Context => render::context_diff(found, words),
        Form::Stat => render::stat(&found.context, look),
        Form::NameOnly => render::name_only(found),
        Form::NameStatus => render::name_status(found),
    }
}
