//! `git session record`

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use serde_json::{Value, json};

use super::Outcome;
use crate::cli::app::App;
use crate::cli::error::{CONFLICTS, CliError};
use crate::cli::input::{check_secret, pair, read_context, read_text, set_metrics, set_usage};
use crate::model::{Agent, Code, RunId, RunRecord, RunStatus, SCHEMA, SessionId};
use crate::ops::{IdOrigin, OpError, RecordInput, Recorded, Sensitive, record};
use crate::render::recorded_line;
use crate::store::StoreError;

/// What a record is.
const RECORD: &str =
    "it is one JSON object with the fields of run/run.yaml, such as {\"summary\": \"fix the test\"}";

/// Record a finished run
///
/// Either by options, or from a run record as JSON (--from -), which has no limits of length and
/// shows nothing in the list of processes. The fields are those of run/run.yaml; schema, id and
/// session may be left out.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What the run did, in a line
    #[arg(long, short, value_name = "SUMMARY", required_unless_present = "from", value_parser = NonEmptyStringValueParser::new())]
    message: Option<String>,
    #[command(flatten)]
    facts: FactArgs,
    /// Add and change the context files of this folder
    #[arg(long, value_name = "DIR", conflicts_with = "context_mirror")]
    context: Option<PathBuf>,
    /// Make the context files those of this folder; others are removed
    #[arg(long, value_name = "DIR")]
    context_mirror: Option<PathBuf>,
    /// Also store files whose names look like secrets
    #[arg(long)]
    allow_sensitive: bool,
    /// The id of the run; recording it again does nothing
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Read the record as JSON from FILE, or from stdin with '-'
    #[arg(long, value_name = "FILE", conflicts_with_all = ["message"])]
    from: Option<PathBuf>,
}

/// What can be said of a run by options.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct FactArgs {
    /// How it ended: succeeded, failed, cancelled or interrupted
    #[arg(long, value_name = "STATUS")]
    status: Option<RunStatus>,
    /// What was asked
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// What was asked and answered, in Markdown
    #[arg(long, value_name = "FILE")]
    conversation: Option<PathBuf>,
    /// The agent that did it
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// The model that the agent used
    #[arg(long, value_name = "NAME", requires = "agent")]
    model: Option<String>,
    /// What it used up: input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    usage: Vec<(String, String)>,
    /// A measurement
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    metric: Vec<(String, String)>,
    /// Label it
    #[arg(long, short, value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    tag: Vec<String>,
}

/// Where the line about a recorded run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Printed {
    /// On stdout.
    OnStdout,
    /// On stderr: stdout belongs to somebody else.
    OnStderr,
}

impl FactArgs {
    /// Puts what was said into a record.
    pub(super) fn apply(&self, record: &mut RunRecord) -> Result<(), CliError> {
        if let Some(status) = self.status {
            if status == RunStatus::Running {
                return Err(CliError::usage("--status running is no end of a run")
                    .hint("use succeeded, failed, cancelled or interrupted"));
            }
            record.status = status;
        }
        if let Some(prompt) = &self.prompt {
            record.prompt = Some(prompt.clone());
        }
        if let Some(name) = &self.agent {
            record.agent = Some(Agent { name: name.clone(), model: self.model.clone(), ..Agent::default() });
        }
        record.tags.extend(self.tag.iter().cloned());
        set_usage(record, &self.usage)?;
        set_metrics(record, &self.metric)
    }

    /// Reads what was asked and answered.
    pub(super) fn conversation(&self, app: &App, sensitive: Sensitive) -> Result<Option<String>, CliError> {
        let Some(path) = self.conversation.as_deref() else { return Ok(None) };
        check_secret(app, path, sensitive)?;
        Ok(Some(read_text(app, path)?))
    }
}

pub(super) fn run(app: &mut App, args: Args) -> Outcome {
    let sensitive = if args.allow_sensitive { Sensitive::Allow } else { Sensitive::Withhold };
    let store = app.store()?;
    let session = app.current(&store)?.session;
    let id = store.snapshot(session.tip)?.manifest.id;
    let (mut entry, origin) = match &args.from {
        Some(path) => from_json(&read_text(app, path)?, RunId::new(app.env.new_uuid()), id)?,
        None => (RunRecord::new(RunId::new(app.env.new_uuid()), id, RunStatus::Succeeded), IdOrigin::Fresh),
    };
    let origin = match &args.id {
        Some(given) => {
            set_id(&mut entry, given, id)?;
            IdOrigin::Given
        }
        None => origin,
    };
    if let Some(message) = args.message {
        entry.summary = message;
    }
    args.facts.apply(&mut entry)?;
    entry.trigger.get_or_insert_with(|| "record".to_owned());
    if entry.code.is_none() {
        entry.code = app.project.as_ref().map(|project| Code { head_before: None, ..project.as_code(None) });
    }
    let context = read_context(
        app,
        (&store, &session),
        args.context.as_deref(),
        args.context_mirror.as_deref(),
        sensitive,
    )?;
    let input = RecordInput::default()
        .with_context(context)
        .with_conversation(args.facts.conversation(app, sensitive)?);
    let run = entry.id;
    let recorded = record(&store, &app.env, &session, entry, &input, origin);
    let recorded = recorded.map_err(|error| with_id(error, run))?;
    app.queue_finished(&store, recorded.record.session);
    print(app, &recorded, Printed::OnStdout)
}

// The id was made here, so nobody else can tell whether the run is there.
fn with_id(error: OpError, run: RunId) -> CliError {
    let is_unsure = matches!(error, OpError::Store(StoreError::Unconfirmed { .. }));
    match CliError::from(error) {
        error if is_unsure => error.hint(format!("the run's id is {run}: record it again with --id {run}")),
        error => error,
    }
}

/// Prints what was recorded; the exit code tells of conflicts.
pub(super) fn print(app: &App, recorded: &Recorded, printed: Printed) -> Outcome {
    for withheld in &recorded.record.withheld {
        let line = crate::ops::describe_withheld(std::slice::from_ref(withheld)).join("");
        app.ui.warn(&format!("not stored: {line}"));
    }
    let told = match (app.ui.is_json, printed) {
        (true, Printed::OnStdout) => app.ui.json(&body(recorded)),
        (true, Printed::OnStderr) => app.ui.json_to_stderr(&body(recorded)),
        (false, Printed::OnStdout) => app.ui.print(&recorded_line(recorded)),
        (false, Printed::OnStderr) => {
            app.ui.status(&recorded_line(recorded));
            Ok(())
        }
    };
    told.map_err(|error| {
        error.hint(format!("run {} is recorded; only this line failed", recorded.record.id))
    })?;
    if recorded.conflicts.is_empty() {
        return Ok(0);
    }
    app.ui.hint("'git session status' lists the conflicts, 'git session resolve PATH --keep …' settles one");
    Ok(CONFLICTS)
}

fn body(recorded: &Recorded) -> Value {
    json!({
        "session": recorded.record.session,
        "branch": recorded.session.name.branch(),
        "run": recorded.record.id,
        "number": recorded.number,
        "status": recorded.record.status,
        "commit": recorded.commit,
        "conflicts": recorded.conflicts,
        "changed": recorded.changed,
        "redactions": recorded.record.redactions,
        "already": recorded.already,
    })
}

fn from_json(text: &str, fresh: RunId, session: SessionId) -> Result<(RunRecord, IdOrigin), CliError> {
    let bad = |error: serde_json::Error| {
        CliError::failed(format!("the run record is not valid: {error}")).hint(RECORD)
    };
    let mut fields: serde_json::Map<String, Value> = serde_json::from_str(text).map_err(bad)?;
    let given = match fields.get("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err(CliError::failed("the run record is not valid: id is no string").hint(RECORD)),
    };
    fields.insert("id".to_owned(), json!(fresh));
    fields.insert("session".to_owned(), json!(session));
    fields.entry("schema").or_insert(json!(SCHEMA));
    fields.entry("status").or_insert(json!(RunStatus::Succeeded));
    if fields.get("schema").and_then(Value::as_u64).is_some_and(|schema| schema > u64::from(SCHEMA)) {
        return Err(CliError::failed("the run record has a newer schema").hint("update git-session"));
    }
    let mut record: RunRecord = serde_json::from_value(Value::Object(fields)).map_err(bad)?;
    match given {
        Some(id) => {
            set_id(&mut record, &id, session)?;
            Ok((record, IdOrigin::Given))
        }
        None => Ok((record, IdOrigin::Fresh)),
    }
}

// An id that is no UUID becomes one that is the same each time; what was given is kept.
fn set_id(record: &mut RunRecord, given: &str, session: SessionId) -> Result<(), CliError> {
    if given.is_empty() {
        return Err(CliError::usage("the run id is empty").hint("leave --id out for a new one"));
    }
    record.id = given.parse().unwrap_or_else(|_| {
        record.external_id = Some(given.to_owned());
        RunId::from_foreign(&session.to_string(), given)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids() -> (RunId, SessionId) {
        (RunId::from_foreign("test", "r"), SessionId::from_foreign("test", "s"))
    }

    proptest! {
        #[test]
        fn any_record_is_read_or_refused(
            text in ".{0,80}",
            field in "summary|prompt|status|schema|id|session|usage|metrics|tags|code|command|exit_code|.{0,8}",
            value in "null|true|-?[0-9]{1,25}|1e[0-9]{1,3}|\"[a-z0-9-]{0,40}\"|\\[\\]|\\[1\\]|\\{\\}|\\{\"a\":1\\}|.{0,12}",
        ) {
            let (run, session) = ids();
            let _ = from_json(&text, run, session);
            let named = serde_json::to_string(&field).expect("JSON");
            if let Ok((record, _)) = from_json(&format!("{{{named}: {value}}}"), run, session) {
                prop_assert_eq!(record.session, session, "a record is of the session that it is recorded in");
            }
        }

        #[test]
        fn a_record_is_read_as_it_is_printed(summary in ".{0,40}", given in ".{1,40}") {
            let (run, session) = ids();
            let mut record = RunRecord::new(run, session, RunStatus::Failed);
            record.summary = summary;
            let json = serde_json::to_string(&record).expect("JSON");
            let (read, _) = from_json(&json, RunId::from_foreign("test", "other"), session).expect("it was printed");
            prop_assert_eq!(&read, &record);
            let foreign = json.replace(&run.to_string(), "x");
            let (read, _) = from_json(&foreign, run, session).expect("any id will do");
            prop_assert_eq!(read.external_id.as_deref(), Some("x"));
            let mut twice = [record.clone(), record];
            twice.iter_mut().for_each(|record| set_id(record, &given, session).expect("not empty"));
            prop_assert_eq!(twice[0].id, twice[1].id, "the same id is the same run");
        }
    }
}
