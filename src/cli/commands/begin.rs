//! `git session begin`

use serde_json::json;

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::CliError;
use crate::model::{Agent, RunId, RunRecord, RunStatus};
use crate::ops::{BeginOptions, Begun, begin};
use crate::render::style;

/// Begin a run by hand, to be ended with finish or abort
///
/// Prints the run's id and the folder with the files of the context. What is changed there until
/// the run is finished is recorded with it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What the run is to do, in a line
    #[arg(long, short, value_name = "SUMMARY")]
    message: Option<String>,
    /// What is asked
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// The agent that does it
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// The id of the run; beginning it again does nothing
    #[arg(long, value_name = "ID")]
    id: Option<RunId>,
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let store = app.store()?;
    let session = app.current(&store)?.session;
    let id = store.snapshot(session.tip)?.manifest.id;
    let run = args.id.unwrap_or_else(|| RunId::new(app.env.new_uuid()));
    let mut record = RunRecord::new(run, id, RunStatus::Running);
    record.summary = args.message.unwrap_or_default();
    record.prompt = args.prompt;
    record.agent = args.agent.map(|name| Agent { name, ..Agent::default() });
    record.trigger = Some("begin".to_owned());
    record.code = app.project.as_ref().map(|project| {
        let mut code = project.as_code(Some(&project.head));
        code.head_after = None;
        code
    });
    let begun = begin(&store, &app.env, &session, BeginOptions::default().with_record(record))?;
    if let Some(project) = &app.project {
        begun.folder.work_in(project)?;
    }
    print(app, &begun)
}

fn print(app: &App, begun: &Begun) -> Result<u8, CliError> {
    let (context, brief) = (begun.folder.context(), begun.folder.brief());
    if app.ui.is_json {
        app.ui.json(&json!({
            "session": begun.open.session,
            "branch": begun.session.name.branch(),
            "run": begun.open.run,
            "context_dir": context,
            "brief": brief,
            "already": begun.already,
        }))?;
        return Ok(0);
    }
    let id = style::paint(style::LIVE, begun.open.run);
    app.ui.print(&format!(
        "run      {id}\ncontext  {}\nbrief    {}\n",
        context.display(),
        brief.display()
    ))?;
    app.ui.hint(&format!("end it with 'git session finish {}'", begun.open.run.short()));
    Ok(0)
}
