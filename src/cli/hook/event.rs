//! One event, from what the script was called with to what is done about it.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use uuid::Uuid;

use super::place::Place;
use super::settle::{drain_locked, may_work_later};
use super::{Ready, Told};
use crate::cli::app::{home, variable};
use crate::cli::error::CliError;
use crate::hooks::{
    AgentHome, CLAUDE_CODE, HookError, MessageSource, Rewrite, catch_up, claude_code, event_key,
    is_part_of_turn, prepare_message, pushed, rewritten, transcript_bytes,
};
use crate::model::Timestamp;
use crate::store::{SpooledEvent, Store, has_spooled_events};

/// The most that is read of stdin, in bytes.
const INPUT_BYTES: u64 = 8 * 1024 * 1024;
/// The most rewritten commits that are looked at before git goes on.
const REWRITTEN_AT_ONCE: usize = 16;
/// The largest message that ids are added to, in bytes.
const MESSAGE_BYTES: u64 = 1024 * 1024;

/// Handles the event that the words name.
pub(super) fn handle(words: &[String], told: &Sender<Told>) -> Result<Option<String>, CliError> {
    let Some((name, arguments)) = words.split_first() else {
        return Err(CliError::usage("the hook's event is missing"));
    };
    match name.as_str() {
        // What is wrong is told once a commit, by the hook that follows.
        "prepare-commit-msg" => Ok(prepare(arguments).ok().and(None)),
        _ => {
            let event = read(name, arguments)?;
            let place = Place::find(&event)?;
            let ready = Ready {
                name: new_name(),
                store: place.store_dir().to_owned(),
                deadline: place.settings.deadline,
                event: event.clone(),
                sources: place.sources(),
            };
            // Without a store there is nothing to do now, nor later.
            if !ready.store.exists() {
                return Ok(None);
            }
            let _ = told.send(Told::Ready(Box::new(ready.clone())));
            if name == CLAUDE_CODE {
                return apply_in_order(&place, &ready);
            }
            if is_for_later(&ready.store, &event) {
                let _ = told.send(Told::Later);
                return Ok(None);
            }
            let done = apply(&place, &event)?;
            place.check_trailers(name)?;
            Ok(done)
        }
    }
}

/// Tells whether an event of git is left to another process from the start: what waits already goes
/// first, and git's prompt is not kept back for a long rebase.
fn is_for_later(store: &Path, event: &SpooledEvent) -> bool {
    let is_long = event.event == "post-rewrite" && event.input.lines().count() > REWRITTEN_AT_ONCE;
    is_long || has_spooled_events(store)
}

/// Does an agent's event after those that wait. Git's log tells of commits; nothing else tells of a
/// turn, and an agent may kill its hooks. So what begins or ends one is kept until it is done.
fn apply_in_order(place: &Place, ready: &Ready) -> Result<Option<String>, CliError> {
    let Some(store) = place.open()? else { return Ok(None) };
    let wait = place.settings.deadline / 2;
    let lock = store.lock_spool(wait)?;
    if lock.is_some() {
        drain_locked(&store, wait)?;
    }
    match (is_part_of_turn(&ready.event.input, named(&ready.event)), lock) {
        // It waits for its brief.
        (false, _) => apply(place, &ready.event),
        (true, None) => Err(HookError::Busy.into()),
        (true, Some(_lock)) => apply_kept(place, &store, ready),
    }
}

fn apply_kept(place: &Place, store: &Store, ready: &Ready) -> Result<Option<String>, CliError> {
    ready.keep()?;
    match apply(place, &ready.event) {
        Err(error) if may_work_later(&error) => Err(error),
        done => {
            store.drop_spooled_event(&format!("{}.json", ready.name))?;
            done
        }
    }
}

/// Does what an event asks for, now or later, and has pushed what it leaves to be pushed.
pub(super) fn apply(place: &Place, event: &SpooledEvent) -> Result<Option<String>, CliError> {
    let done = apply_here(place, event);
    place.start_pushing();
    done
}

fn apply_here(place: &Place, event: &SpooledEvent) -> Result<Option<String>, CliError> {
    let Some(store) = place.open()? else { return Ok(None) };
    let Some(scene) = place.scene(&store) else { return Ok(None) };
    if is_tried() {
        store.note_fired(&event.event)?;
    }
    match event.event.as_str() {
        "post-commit" | "post-merge" => {
            catch_up(&scene)?;
        }
        "post-rewrite" => {
            let is_rebase = event.arguments.first().is_some_and(|word| word == "rebase");
            let rewrite = if is_rebase { Rewrite::Rebase } else { Rewrite::Amend };
            rewritten(&scene, rewrite, &event.input)?;
        }
        "pre-push" => {
            pushed(&scene, &event.input)?;
        }
        CLAUDE_CODE => {
            let key = event.arguments.get(1).map_or("", String::as_str);
            let at = event.arguments.get(2).and_then(|bytes| bytes.parse().ok()).unwrap_or(u64::MAX);
            return Ok(claude_code(&scene, &agent_home(), named(event), key, at, &event.input)?);
        }
        other => {
            let shown = crate::model::shown(other);
            return Err(CliError::usage(format!("'{shown}' is no event of a hook")));
        }
    }
    Ok(None)
}

/// Returns what the script says an agent's event is.
fn named(event: &SpooledEvent) -> Option<&str> {
    event.arguments.first().map(String::as_str).filter(|name| !name.is_empty())
}

/// Returns a name under which an event can wait: no other has it, and they are done in the order of
/// their names.
fn new_name() -> String {
    let millis = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
    format!("{millis:015}-{}", Uuid::new_v4())
}

/// Tells whether `hooks status` tries the hooks.
fn is_tried() -> bool {
    variable("GIT_SESSION_PROBE").is_some_and(|value| !value.is_empty())
}

fn read(name: &str, arguments: &[String]) -> Result<SpooledEvent, CliError> {
    let folder = std::env::current_dir()
        .map_err(|error| CliError::failed("the current folder cannot be read").because(error))?;
    let is_agent = name == CLAUDE_CODE;
    let has_input = is_agent || ["post-rewrite", "pre-push"].contains(&name);
    let input = if has_input { input()? } else { String::new() };
    let mut arguments = arguments.to_vec();
    if is_agent {
        // Now: later, the transcript is longer.
        arguments.resize(1, String::new());
        arguments.push(event_key(&input));
        arguments.push(transcript_bytes(&input).to_string());
    }
    // Only git itself says where its folder is; an agent may have been started by a hook.
    let git_dir = std::env::var_os("GIT_DIR").filter(|dir| !is_agent && !dir.is_empty());
    Ok(SpooledEvent {
        event: name.to_owned(),
        arguments,
        input,
        folder,
        git_dir: git_dir.map(PathBuf::from),
        session: variable("GIT_SESSION").filter(|name| !name.is_empty()),
        run: variable("GIT_SESSION_RUN").filter(|run| !run.is_empty()),
        at: Some(Timestamp::new(chrono::Utc::now())),
    })
}

fn input() -> Result<String, CliError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(INPUT_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| CliError::failed("stdin could not be read").because(error))?;
    if bytes.len() as u64 > INPUT_BYTES {
        return Err(CliError::failed(format!("the event is over {INPUT_BYTES} bytes; it is left out")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns where Claude Code keeps its transcripts.
fn agent_home() -> AgentHome {
    let set = std::env::var_os("CLAUDE_CONFIG_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let usual = home().map(|home| home.join(".claude"));
    AgentHome { folders: set.into_iter().chain(usual).collect() }
}

// Later would be too late: git reads the message when this ends.
fn prepare(arguments: &[String]) -> Result<(), CliError> {
    let Some((file, rest)) = arguments.split_first() else {
        return Err(CliError::usage("the message's file is missing"));
    };
    let event = read("prepare-commit-msg", arguments)?;
    let place = Place::find(&event)?;
    let Some(store) = place.open()? else { return Ok(()) };
    let Some(scene) = place.scene(&store) else { return Ok(()) };
    if is_tried() {
        store.note_fired(&event.event)?;
    }
    let path = event.folder.join(file);
    let is_small =
        std::fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= MESSAGE_BYTES);
    let Some(text) = is_small.then(|| std::fs::read_to_string(&path).ok()).flatten() else { return Ok(()) };
    let source = rest.first().map_or(MessageSource::Other, |word| MessageSource::parse(word));
    if let Some(new) = prepare_message(&scene, &text, source, &place.comment())? {
        std::fs::write(&path, new)
            .map_err(|error| CliError::failed("the message could not be written").because(error))?;
    }
    Ok(())
}
