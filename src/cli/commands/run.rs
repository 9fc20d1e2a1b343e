//! `git session run -- COMMAND`

use std::ffi::OsString;

use super::record::{self, Printed};
use super::{Outcome, new};
use crate::cli::app::App;
use crate::cli::code;
use crate::cli::error::{CliError, RUN_FAILED};
use crate::cli::hook;
use crate::cli::process::{self, Ended, Job};
use crate::model::{Agent, RunId, RunRecord, RunStatus};
use crate::ops::{
    BeginOptions, Begun, BriefOptions, ContextInput, FinishOptions, NamedPath, RecordInput, Recorded,
    Sensitive, begin, discard, finish, scan_for,
};
use crate::store::{Head, SessionRef, Store};

/// Run a command as one run of the session
///
/// The command gets stdin, stdout and stderr as they are. Set for it: GIT_SESSION, GIT_SESSION_RUN,
/// GIT_SESSION_STORE, GIT_SESSION_CONTEXT (a folder with the files of the context; what it changes
/// there is recorded) and GIT_SESSION_BRIEF (a file that tells what earlier runs learned). The exit
/// code is the command's; 125 is a failure of git session itself, 126 and 127 say that the command
/// cannot be run or is not there.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Start a session with this title first
    #[arg(long, value_name = "TITLE", conflicts_with = "session")]
    new: Option<String>,
    /// What the run does, in a line; the command where it is not given
    #[arg(long, short, value_name = "SUMMARY")]
    message: Option<String>,
    /// Feed the brief to the command on stdin
    #[arg(long, value_name = "WHERE")]
    brief: Option<BriefTo>,
    /// How long the brief may be, in tokens of 4 characters
    #[arg(long, value_name = "N")]
    max_tokens: Option<usize>,
    /// The agent that the command is
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Also record files whose names look like secrets
    #[arg(long)]
    allow_sensitive: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum BriefTo {
    /// On stdin
    Stdin,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let ours = |error: CliError| error.with_exit(RUN_FAILED);
    // Only a session that is started here needs a store that is not there yet.
    let store = if args.new.is_some() { app.store_or_create() } else { app.store() }.map_err(ours)?;
    let session = session(app, &store, args.new.as_deref()).map_err(ours)?;
    let before = app.project.as_ref().map(|project| project.head.clone());
    let begun = begin_run(app, &store, &session, &args).map_err(ours)?;
    let ended = match process::run(job(&store, &begun, &args).map_err(ours)?) {
        Ok(ended) => ended,
        Err(error) => return Err(not_started(app, &store, &begun, &args, error)),
    };
    // Commits whose hooks had no time are part of the run, too.
    hook::settle(app);
    let recorded = finish_run(app, &store, &begun, before.as_ref(), &ended, &args)
        .map_err(|error| still_open(error, &begun).with_exit(RUN_FAILED))?;
    app.queue_finished(&store, recorded.record.session);
    record::print(app, &recorded, Printed::OnStderr).map_err(ours)?;
    Ok(ended.code)
}

fn session(app: &App, store: &Store, new: Option<&str>) -> Result<SessionRef, CliError> {
    match new {
        Some(title) => Ok(new::start(app, store, title)?.session),
        None => Ok(app.current(store)?.session),
    }
}

fn begin_run(app: &App, store: &Store, session: &SessionRef, args: &Args) -> Result<Begun, CliError> {
    let id = store.snapshot(session.tip)?.manifest.id;
    let mut record = RunRecord::new(RunId::new(app.env.new_uuid()), id, RunStatus::Running);
    record.command = args.command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    record.summary = args.message.clone().unwrap_or_default();
    record.trigger = Some("run".to_owned());
    record.agent = args.agent.clone().map(|name| Agent { name, ..Agent::default() });
    let mut options = BeginOptions::default().with_record(record);
    if let Some(max_tokens) = args.max_tokens {
        options.brief = BriefOptions::default().with_max_tokens(max_tokens);
    }
    let begun = begin(store, &app.env, session, options)?;
    if let Some(project) = &app.project {
        begun.folder.work_in(project)?;
    }
    Ok(begun)
}

fn job(store: &Store, begun: &Begun, args: &Args) -> Result<Job, CliError> {
    let brief = begun.folder.brief();
    let stdin = match args.brief {
        Some(BriefTo::Stdin) => Some(std::fs::read_to_string(&brief)?),
        None => None,
    };
    let variables = vec![
        ("GIT_SESSION", begun.session.name.to_string().into()),
        ("GIT_SESSION_RUN", begun.open.run.to_string().into()),
        ("GIT_SESSION_STORE", store.dir().as_os_str().to_owned()),
        ("GIT_SESSION_CONTEXT", begun.folder.context().into_os_string()),
        ("GIT_SESSION_BRIEF", brief.into_os_string()),
    ];
    Ok(Job { command: args.command.clone(), variables, stdin })
}

// Nothing was attempted, so there is no run.
fn not_started(app: &App, store: &Store, begun: &Begun, args: &Args, error: std::io::Error) -> CliError {
    let program = args.command.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = crate::model::shown(&program);
    let cli = match error.kind() {
        std::io::ErrorKind::NotFound => {
            CliError::failed(format!("command not found: {shown}")).with_exit(127)
        }
        _ => CliError::failed(format!("cannot run {shown}")).because(error).with_exit(126),
    };
    match discard(store, &app.env, &begun.open) {
        Ok(()) => cli,
        Err(_) => still_open(cli, begun),
    }
}

fn still_open(error: CliError, begun: &Begun) -> CliError {
    let run = begun.open.run.short();
    error.hint(format!("the run is still open: 'git session finish {run}' records it"))
}

fn finish_run(
    app: &App,
    store: &Store,
    begun: &Begun,
    before: Option<&Head>,
    ended: &Ended,
    args: &Args,
) -> Result<Recorded, CliError> {
    let sensitive = if args.allow_sensitive { Sensitive::Allow } else { Sensitive::Withhold };
    let folder = NamedPath::new(&begun.folder.context(), &[]);
    let scan = scan_for(store, &begun.session, &folder, &app.env.limits, sensitive);
    // A command may have removed its folder; that changes nothing.
    let context = match scan {
        Ok(scan) => ContextInput::Mirror(scan),
        Err(_) if !begun.folder.context().exists() => ContextInput::Unchanged,
        Err(error) => return Err(error.into()),
    };
    let code = code::facts(app, before);
    let update = |record: &mut RunRecord| {
        record.status = status(ended);
        record.exit_code = Some(i32::from(ended.code));
        record.code = code.clone();
    };
    let options = FinishOptions::default().with_input(RecordInput::default().with_context(context));
    Ok(finish(store, &app.env, &begun.session, &begun.open, update, &options)?)
}

fn status(ended: &Ended) -> RunStatus {
    match (ended.code, ended.was_interrupted) {
        (0, _) => RunStatus::Succeeded,
        (_, true) => RunStatus::Cancelled,
        _ => RunStatus::Failed,
    }
}
