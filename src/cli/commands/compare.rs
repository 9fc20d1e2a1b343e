//! `git session compare`

use clap_complete::engine::ArgValueCandidates;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::args::session_names;
use crate::cli::error::CliError;
use crate::ops::{CompareOptions, Comparison, MOST_RUNS, OpError, compare, compare_forks};
use crate::render::{compare_csv, compare_markdown, compare_table, forks_table};
use crate::store::{RunRef, Store};

/// Show runs side by side
///
/// What each says of itself, used up and measured, and what their contexts hold, where it differs.
/// Name 2 to 8 runs of any sessions, or one session for its newest runs. Of numbers, the best is marked with *.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The runs, or one session; the current session where nothing is given
    #[arg(value_name = "RUN", add = ArgValueCandidates::new(session_names))]
    names: Vec<String>,
    /// Show a session and its forks instead: how each went, and what it learned since
    #[arg(long, conflicts_with_all = ["diff_only", "higher", "lower", "form"])]
    forks: bool,
    /// Leave out what is the same in all
    #[arg(long)]
    diff_only: bool,
    /// The highest NAME is the best; may be given several times
    #[arg(long, value_name = "NAME")]
    higher: Vec<String>,
    /// The lowest NAME is the best; may be given several times
    #[arg(long, value_name = "NAME")]
    lower: Vec<String>,
    /// Print CSV
    #[arg(long, group = "form")]
    csv: bool,
    /// Print a table in Markdown
    #[arg(long, group = "form")]
    markdown: bool,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    if args.forks {
        return forks(app, &store, &args.names);
    }
    let runs = runs(app, &store, &args.names)?;
    let options = CompareOptions::default().with_higher(args.higher.clone()).with_lower(args.lower.clone());
    let mut comparison = compare(&store, &runs, &options)?;
    if args.diff_only {
        comparison.rows.retain(|row| row.differs);
    }
    print(app, &args, &comparison)
}

fn forks(app: &App, store: &Store, names: &[String]) -> Outcome {
    if names.len() > 1 {
        return Err(CliError::usage("--forks takes one session").hint("name the session that was forked"));
    }
    let session = app.session(store, names.first().map(String::as_str))?;
    let comparison = compare_forks(store, &session)?;
    match app.ui.is_json {
        true => app.ui.json(&comparison)?,
        false => app.ui.page(&forks_table(&comparison, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}

fn print(app: &App, args: &Args, comparison: &Comparison) -> Outcome {
    match args {
        _ if app.ui.is_json => app.ui.json(comparison)?,
        Args { csv: true, .. } => app.ui.page(&compare_csv(comparison))?,
        Args { markdown: true, .. } => app.ui.page(&compare_markdown(comparison))?,
        _ => app.ui.page(&compare_table(comparison, app.ui.look(app.env.now())))?,
    }
    Ok(0)
}

fn runs(app: &App, store: &Store, names: &[String]) -> Result<Vec<RunRef>, CliError> {
    match names {
        [] => newest_runs(app, store, None),
        [name] => match newest_runs(app, store, Some(name)) {
            // It may be a run: then one more is missing.
            Err(error) if error.code == "no_session" => Ok(vec![app.run(store, name)?]),
            found => found,
        },
        // Before they are looked for: there may be thousands.
        names if names.len() > MOST_RUNS => Err(OpError::NotComparable(names.len()).into()),
        names => names.iter().map(|name| app.run(store, name)).collect(),
    }
}

fn newest_runs(app: &App, store: &Store, name: Option<&str>) -> Result<Vec<RunRef>, CliError> {
    let session = app.session(store, name)?;
    let runs = store.run_list(session.tip)?;
    let older = runs.len().saturating_sub(MOST_RUNS);
    if older > 0 {
        app.ui.hint(&format!(
            "these are the newest {MOST_RUNS} of {} runs; name others to see them",
            runs.len()
        ));
    }
    let newest = runs.numbered().skip(older);
    newest.map(|(number, _, commit)| Ok(store.run_ref(&session, number, commit)?)).collect()
}
