//! `git session log`

use clap_complete::engine::ArgValueCandidates;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::{PatchArgs, commit_runs, session_names};
use crate::cli::error::CliError;
use crate::model::{RunStatus, Timestamp, shown};
use crate::ops::{LogDetail, LogFilter, LogOptions, LogScope, Logged, Topic, log, runs_of_commits};
use crate::render::{self, Format, LogForm};
use crate::store::{RunSpec, Store, parse_date, split_range};
use crate::sync::mark_pushed_entries;

/// Tell the history of a session as a story, newest first
///
/// After `--`: only what changed these keys or paths, with what the facts said each time.
///
/// The fields of --format are written %(name). They are commit, parents, change, summary, at,
/// session, session_branch, run, status, duration, duration_s, cost, cost_usd, agent, context,
/// values and damaged; also commit:short, parents:short, session:short, run:short, at:short,
/// at:unix and at:relative. %% is a percent sign, %09 a tab, %0a a line feed, %00 a NUL.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A session, a run to begin at, or A..B for what led from one run to another; the current
    /// session where it is not given
    #[arg(value_name = "SESSION|RUN|A..B", add = ArgValueCandidates::new(session_names))]
    name: Option<String>,
    /// At most this many
    #[arg(short = 'n', long = "limit", value_name = "N", alias = "max-count")]
    limit: Option<usize>,
    /// Of all sessions
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// The runs that these commits of the code belong to: a revision or a range of git
    #[arg(long, value_name = "REV|A..B", conflicts_with_all = ["name", "all", "graph", "format", "patch", "stat", "unified", "topics"])]
    code: Option<String>,
    /// Tell each commit that is a run of its own by itself; so do --all, --graph and --format
    #[arg(long)]
    unfold: bool,
    /// Draw what follows what
    #[arg(long)]
    graph: bool,
    /// Print one line each
    #[arg(long)]
    oneline: bool,
    /// Print each by this pattern, such as '%(run:short) %(summary)'
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["oneline", "graph", "json", "ndjson", "patch", "stat", "unified"])]
    format: Option<String>,
    /// Only from this time on, such as 2026-11-22, '2 weeks ago' or yesterday
    #[arg(long, value_name = "DATE", alias = "after")]
    since: Option<String>,
    /// Only up to this time
    #[arg(long, value_name = "DATE", alias = "before")]
    until: Option<String>,
    /// Only runs that ended like this; may be given several times
    #[arg(long, value_name = "STATUS")]
    status: Vec<RunStatus>,
    /// Only runs of an agent whose name holds NAME; may be given several times
    #[arg(long, value_name = "NAME")]
    agent: Vec<String>,
    /// Only runs with this label; may be given several times
    #[arg(long, short, value_name = "TAG")]
    tag: Vec<String>,
    /// Only entries whose summary holds TEXT; may be given several times
    #[arg(long, value_name = "TEXT")]
    grep: Vec<String>,
    #[command(flatten)]
    patch: PatchArgs,
    /// Only what changed these
    #[arg(last = true, value_name = "KEY|PATH")]
    topics: Vec<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    if let Some(revision) = &args.code {
        return code(app, revision, args.limit);
    }
    let format = args.format.as_deref().map(Format::parse).transpose()?;
    let options = options(app, &args, format.as_ref())?;
    let store = app.store()?;
    let scope = if args.all { LogScope::All } else { scope(app, &store, args.name.as_deref())? };
    let mut logged = log(&store, &scope, &options)?;
    mark_pushed_entries(&store, &mut logged.entries);
    for (name, why) in &logged.damaged {
        app.ui.warn(&format!("session {name} is damaged: {why}"));
    }
    if logged.entries.is_empty() {
        app.ui.hint("there is nothing to tell; leave conditions out to see more");
    }
    print(app, &args, format.as_ref(), &logged)?;
    Ok(0)
}

/// The most commits of a range that are looked at where nothing else is said.
const CODE_COMMITS: usize = 1000;

fn code(app: &App, revision: &str, limit: Option<usize>) -> Outcome {
    let store = app.store()?;
    let repo = app.code_repo().ok_or_else(|| {
        CliError::failed("there is no git project here").hint("change to a folder of the project")
    })?;
    let find = |name: &str| {
        repo.find(if name.is_empty() { "HEAD" } else { name }).ok_or_else(|| {
            CliError::failed(format!("the code has no commit '{}'", shown(name)))
                .hint("name it as for 'git rev-parse'")
        })
    };
    let commits = match revision.split_once("..") {
        Some((from, to)) => repo.between(Some(&find(from)?), &find(to)?, limit.unwrap_or(CODE_COMMITS))?,
        None => vec![find(revision)?],
    };
    let runs = runs_of_commits(&store, &repo, &commits)?;
    match (app.ui.is_json, runs.is_empty()) {
        (true, _) => app.ui.json_list(&runs)?,
        (false, true) => app.ui.hint("no run is known of these commits"),
        (false, false) => app.ui.page(&render::code_runs(&runs))?,
    }
    Ok(0)
}

fn print(app: &App, args: &Args, format: Option<&Format>, logged: &Logged) -> Result<(), CliError> {
    let look = app.ui.look(app.env.now());
    let form = if args.oneline { LogForm::Line } else { LogForm::Full };
    match (app.ui.is_json, format) {
        (true, _) => app.ui.json_list(&logged.entries),
        (false, Some(format)) => app.ui.page_raw(&format.print(&logged.entries, look)),
        (false, None) if args.graph => {
            app.ui.page(&render::log_graph(logged, form, args.patch.parts(&app.ui), look))
        }
        (false, None) => {
            let commits = commit_runs(args.all || args.unfold || args.patch.options().is_some());
            app.ui.page(&render::log(logged, form, commits, args.patch.parts(&app.ui), look))
        }
    }
}

fn options(app: &App, args: &Args, format: Option<&Format>) -> Result<LogOptions, CliError> {
    let is_short = match format {
        Some(format) => !format.shows_files(),
        None => args.oneline && !app.ui.is_json,
    };
    Ok(LogOptions {
        limit: args.limit,
        filter: filter(app.env.now(), args)?,
        topics: args.topics.iter().map(|topic| topic.parse::<Topic>()).collect::<Result<_, _>>()?,
        diff: args.patch.options(),
        detail: if is_short { LogDetail::Message } else { LogDetail::Context },
    })
}

fn filter(now: Timestamp, args: &Args) -> Result<LogFilter, CliError> {
    let date =
        |option, text: &Option<String>| text.as_deref().map(|text| date(option, text, now)).transpose();
    Ok(LogFilter {
        since: date("since", &args.since)?,
        until: date("until", &args.until)?,
        status: args.status.clone(),
        agents: args.agent.clone(),
        tags: args.tag.clone(),
        texts: args.grep.clone(),
    })
}

/// Reads the date that an option was given.
pub(super) fn date(option: &str, text: &str, now: Timestamp) -> Result<Timestamp, CliError> {
    parse_date(text, now).ok_or_else(|| {
        CliError::usage(format!("--{option} '{}' is not a date", shown(text)))
            .hint("give it as 2026-11-22, 2026-11-22T07:22:23Z, '2 weeks ago' or yesterday")
    })
}

// A name without a place is a session first, as for `show`.
fn scope(app: &App, store: &Store, name: Option<&str>) -> Result<LogScope, CliError> {
    let Some(name) = name.filter(|name| *name != "@") else {
        return Ok(LogScope::Session(app.current(store)?.session));
    };
    if let Some((from, to)) = split_range(name)? {
        let find = |name| app.run(store, name).map(Box::new);
        return Ok(LogScope::Between { from: find(from)?, to: find(to)? });
    }
    if let RunSpec::Place { .. } = name.parse::<RunSpec>()? {
        return Ok(LogScope::UpTo(Box::new(app.run(store, name)?)));
    }
    match app.session(store, Some(name)) {
        Ok(session) => Ok(LogScope::Session(session)),
        Err(error) if error.code == "no_session" => match app.run(store, name) {
            Ok(found) => Ok(LogScope::UpTo(Box::new(found))),
            Err(other) if other.code == "no_run" => {
                Err(error.hint(format!("for a key or a path: 'git session log -- {}'", shown(name))))
            }
            Err(other) => Err(other),
        },
        Err(error) => Err(error),
    }
}
