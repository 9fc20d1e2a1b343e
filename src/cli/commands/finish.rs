//! `git session finish`, `abort` and `checkpoint`

use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use super::record::{FactArgs, Printed, print};
use crate::cli::app::{App, is_start_of};
use crate::cli::code;
use crate::cli::error::CliError;
use crate::cli::input::read_context;
use crate::model::{Code, RunRecord, RunStatus};
use crate::ops::{
    ContextInput, FinishOptions, NamedPath, RecordInput, Sensitive, abort, checkpoint, discard, finish,
    open_record, scan_for,
};
use crate::store::{Head, OpenRun, SessionRef, Store};

/// Record an open run and what it changed
///
/// The context files are taken from the folder that the run was given, unless --context names
/// another one. Where the session moved on meanwhile, both are merged.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The run; the only open one, or the one we are called from, where it is not given
    run: Option<String>,
    /// What the run did, in a line
    #[arg(long, short, value_name = "SUMMARY")]
    message: Option<String>,
    #[command(flatten)]
    facts: FactArgs,
    /// Add and change the context files of this folder
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// Also store files whose names look like secrets
    #[arg(long)]
    allow_sensitive: bool,
}

/// End an open run as cancelled
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AbortArgs {
    /// The run; the only open one, or the one we are called from, where it is not given
    run: Option<String>,
    /// Why, in a line
    #[arg(long, short, value_name = "SUMMARY")]
    message: Option<String>,
    /// Record nothing of it
    #[arg(long, conflicts_with = "message")]
    discard: bool,
}

/// Save the state of an open run
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CheckpointArgs {
    /// The run; the only open one, or the one we are called from, where it is not given
    run: Option<String>,
    /// What the run has done so far, in a line
    #[arg(long, short, value_name = "SUMMARY")]
    message: Option<String>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let (session, open) = open_run(app, &store, args.run.as_deref())?;
    let sensitive = if args.allow_sensitive { Sensitive::Allow } else { Sensitive::Withhold };
    let context = match &args.context {
        Some(folder) => read_context(app, (&store, &session), Some(folder), None, sensitive)?,
        None => own_context(app, (&store, &session), &open, sensitive)?,
    };
    let mut said = open_record(&store, &open)?;
    said.status = RunStatus::Succeeded;
    args.facts.apply(&mut said)?;
    let code = code_since(app, &said);
    let update = |record: &mut RunRecord| {
        *record = said.clone();
        complete(record, args.message.as_deref(), code.as_ref());
    };
    let input = RecordInput::default()
        .with_context(context)
        .with_conversation(args.facts.conversation(app, sensitive)?);
    let options = FinishOptions::default().with_input(input);
    let recorded = finish(&store, &app.env, &session, &open, update, &options)?;
    app.queue_finished(&store, recorded.record.session);
    print(app, &recorded, Printed::OnStdout)
}

pub(super) fn run_abort(app: &mut App, args: AbortArgs) -> Outcome {
    let store = app.store()?;
    let (session, open) = open_run(app, &store, args.run.as_deref())?;
    if args.discard {
        discard(&store, &app.env, &open)?;
        if app.ui.is_json {
            app.ui.json(&json!({"session": open.session, "run": open.run, "discarded": true}))?;
        }
        app.ui.status(&format!("discarded run {}; nothing of it is recorded\n", open.run.short()));
        return Ok(0);
    }
    let context = own_context(app, (&store, &session), &open, Sensitive::Withhold)?;
    let options = FinishOptions::default().with_input(RecordInput::default().with_context(context));
    let code = code_since(app, &open_record(&store, &open)?);
    let update = |record: &mut RunRecord| complete(record, args.message.as_deref(), code.as_ref());
    let recorded = abort(&store, &app.env, &session, &open, update, &options)?;
    app.queue_finished(&store, recorded.record.session);
    print(app, &recorded, Printed::OnStdout)
}

pub(super) fn run_checkpoint(app: &mut App, args: CheckpointArgs) -> Outcome {
    let store = app.store()?;
    let (session, open) = open_run(app, &store, args.run.as_deref())?;
    let context = own_context(app, (&store, &session), &open, Sensitive::Withhold)?;
    let update = |record: &mut RunRecord| {
        if let Some(message) = &args.message {
            record.summary = message.clone();
        }
    };
    let commit =
        checkpoint(&store, &app.env, &session, &open, update, &RecordInput::default().with_context(context))?;
    if app.ui.is_json {
        app.ui.json(&json!({"session": open.session, "run": open.run, "commit": commit}))?;
    }
    app.ui.status(&format!("saved run {}\n", open.run.short()));
    Ok(0)
}

// A run may be of another session than the current one when it is named by its id.
fn open_run(app: &App, store: &Store, name: Option<&str>) -> Result<(SessionRef, OpenRun), CliError> {
    if name == Some("") {
        return Err(CliError::usage("the run's name is empty").hint("leave it out for the only open run"));
    }
    if let (Some(name), None) = (name, app.global.session()) {
        let matching = |open: &OpenRun| is_start_of(name, open);
        let found: Vec<OpenRun> = store.open_runs(None)?.into_iter().filter(matching).collect();
        if let [open] = found.as_slice()
            && let Some(session) = store.try_find_session_by_id(open.session)?
        {
            return Ok((session, *open));
        }
    }
    let session = app.current(store)?.session;
    let open = app.open_run(store, &session, name)?;
    Ok((session, open))
}

// A folder that somebody removed changes nothing.
fn own_context(
    app: &App,
    (store, session): (&Store, &SessionRef),
    open: &OpenRun,
    sensitive: Sensitive,
) -> Result<ContextInput, CliError> {
    let folder = store.run_folder(open.run).context();
    let named = NamedPath::new(&folder, &[]);
    match folder.exists() {
        true => Ok(ContextInput::Mirror(scan_for(store, session, &named, &app.env.limits, sensitive)?)),
        false => Ok(ContextInput::Unchanged),
    }
}

fn complete(record: &mut RunRecord, message: Option<&str>, code: Option<&Code>) {
    if let Some(message) = message {
        record.summary = message.to_owned();
    }
    if code.is_some() {
        record.code = code.cloned();
    }
}

/// Returns what the run did to the code since it began.
fn code_since(app: &App, begun: &RunRecord) -> Option<Code> {
    let before = begun.code.as_ref()?;
    let head = Head { branch: before.branch.clone(), commit: before.head_before.clone() };
    code::facts(app, Some(&head))
}
