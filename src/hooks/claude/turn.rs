//! One turn: a prompt begins a run, the answer ends it.

use super::injected::context;
use super::{AgentEvent, AgentHome, CLAUDE_CODE, transcript};
use crate::hooks::current::{Absent, session};
use crate::hooks::{HookError, Scene};
use crate::model::{Agent as AgentFacts, RunId, RunRecord, RunStatus};
use crate::ops::{BeginOptions, CreateOptions, FinishOptions, RecordInput, adopt, begin, create, finish};
use crate::store::{AgentState, OpenRun, SessionRef};

/// From when on an agent that writes nothing is taken for dead, in seconds.
const SILENCE: u64 = 15 * 60;
/// The longest title that is made of a prompt, in characters.
const TITLE_CHARS: usize = 80;
/// The longest summary that is made of an answer, in bytes.
const SUMMARY_BYTES: usize = 2000;

/// An agent in the middle of an event.
pub(super) struct Agent<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) home: &'a AgentHome,
    pub(super) event: &'a AgentEvent,
}

impl Agent<'_> {
    /// A session of the agent starts, or goes on: it gets the brief.
    pub(super) fn start(&self) -> Result<Option<String>, HookError> {
        let known = self.state();
        // In the middle of a turn the agent makes room for more; the turn goes on.
        let goes_on = self.event.source.as_deref() == Some("compact");
        if let Some(state) = known.clone().filter(|_| !goes_on) {
            self.interrupt(state, "the next session started before it answered")?;
        }
        self.sweep()?;
        let Some(session) = self.current(known.as_ref())? else { return Ok(None) };
        if known.is_none() {
            self.take_in(&session)?;
        }
        context(self.scene, &session, "SessionStart")
    }

    /// Somebody asks something: a run begins.
    pub(super) fn prompt(&self, key: &str, transcript_bytes: u64) -> Result<(), HookError> {
        let Some(prompt) = &self.event.prompt else { return Ok(()) };
        let run = RunId::from_foreign(CLAUDE_CODE, key);
        let known = self.state();
        if known.as_ref().is_some_and(|state| state.run == Some(run)) {
            return Ok(());
        }
        if let Some(state) = known.clone() {
            self.interrupt(state, "interrupted")?;
        }
        let session = match self.current(known.as_ref())? {
            Some(session) => session,
            None => self.new_session(prompt)?,
        };
        let state = match known.filter(|state| state.name == session.name) {
            Some(state) => state,
            None => self.take_in(&session)?,
        };
        let store = self.scene.store;
        // A hook that was killed may have begun it.
        if store.try_find_open_run(state.session, run)?.is_none() {
            let options = BeginOptions::default().with_record(self.record(run, &state, prompt));
            begin(store, self.scene.env, &session, options)?;
        }
        store.run_folder(run).work_in(self.scene.project)?;
        let transcript = self.event.transcript.clone();
        let transcript_start = transcript::length(self.home, transcript.as_deref()).min(transcript_bytes);
        let state = AgentState { run: Some(run), transcript, transcript_start, ..state };
        Ok(store.put_agent_state(CLAUDE_CODE, &state)?)
    }

    /// It has answered: the run ends.
    pub(super) fn stop(&self) -> Result<(), HookError> {
        match self.state() {
            Some(state) => self.finish(state, RunStatus::Succeeded, self.event.answer.clone()),
            None => Ok(()),
        }
    }

    /// It could not answer.
    pub(super) fn fail(&self) -> Result<(), HookError> {
        match self.state() {
            Some(state) => self.finish(state, RunStatus::Failed, self.event.reason.clone()),
            None => Ok(()),
        }
    }

    /// The session of the agent ends; a turn that is open was given up.
    pub(super) fn end(&self) -> Result<(), HookError> {
        match self.state() {
            Some(state) => self.interrupt(state, "the session ended before it answered"),
            None => Ok(()),
        }
    }

    fn state(&self) -> Option<AgentState> {
        self.scene.store.agent_state(CLAUDE_CODE, &self.event.session_id)
    }

    /// Finds the session that the agent works in: the one that it did before, or the current one.
    fn current(&self, known: Option<&AgentState>) -> Result<Option<SessionRef>, HookError> {
        let before = match known {
            Some(state) => self.scene.store.try_find_session(&state.name)?,
            None => None,
        };
        match before {
            Some(session) => Ok(Some(session)),
            None => session(self.scene, self.scene.project.branch(), Absent::Leave),
        }
    }

    fn new_session(&self, prompt: &str) -> Result<SessionRef, HookError> {
        let Scene { store, env, project, .. } = self.scene;
        let title: String =
            prompt.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE_CHARS).collect();
        let options = CreateOptions::default().with_project(Some(project.as_project()));
        let created = create(store, env, &title, options)?;
        let (name, id) = (&created.session.name, created.manifest.id);
        // What is committed meanwhile belongs to it too.
        match project.branch() {
            Some(branch) => store.bind_session(project, branch, name, id)?,
            None => store.choose_session(Some(project), name, id)?,
        }
        Ok(created.session)
    }

    /// Lets a session of ours know the agent's.
    fn take_in(&self, session: &SessionRef) -> Result<AgentState, HookError> {
        let Scene { store, env, project, .. } = self.scene;
        adopt(store, env, session, CLAUDE_CODE, &self.event.session_id)?;
        let state = AgentState {
            id: self.event.session_id.clone(),
            session: store.snapshot(session.tip)?.manifest.id,
            name: session.name.clone(),
            run: None,
            transcript: self.event.transcript.clone(),
            transcript_start: 0,
            git_dir: project.git_dir.clone(),
        };
        store.put_agent_state(CLAUDE_CODE, &state)?;
        Ok(state)
    }

    fn record(&self, run: RunId, state: &AgentState, prompt: &str) -> RunRecord {
        let mut record = RunRecord::new(run, state.session, RunStatus::Running);
        record.prompt = Some(prompt.to_owned());
        record.summary = first_line(prompt);
        record.trigger = Some(CLAUDE_CODE.to_owned());
        record.external_id = Some(state.id.clone());
        record.agent = Some(self.facts(None, None));
        let mut code = self.scene.project.as_code(Some(&self.scene.project.head));
        code.head_after = None;
        record.code = Some(code);
        record
    }

    fn facts(&self, model: Option<String>, version: Option<String>) -> AgentFacts {
        let model = model.or_else(|| self.event.model.clone());
        AgentFacts { name: CLAUDE_CODE.to_owned(), version, model, ..AgentFacts::default() }
    }

    fn interrupt(&self, state: AgentState, why: &str) -> Result<(), HookError> {
        self.finish(state, RunStatus::Interrupted, Some(why.to_owned()))
    }

    /// Ends the run that a state names, where it is open still.
    fn finish(&self, state: AgentState, status: RunStatus, said: Option<String>) -> Result<(), HookError> {
        let store = self.scene.store;
        let Some(run) = state.run else { return Ok(()) };
        let open = store.try_find_open_run(state.session, run)?;
        if let (Some(open), Some(session)) = (open, store.try_find_session(&state.name)?) {
            self.finish_open(&session, &open, &state, status, said)?;
        }
        store.put_agent_state(CLAUDE_CODE, &AgentState { run: None, ..state })?;
        Ok(())
    }

    fn finish_open(
        &self,
        session: &SessionRef,
        open: &OpenRun,
        state: &AgentState,
        status: RunStatus,
        said: Option<String>,
    ) -> Result<(), HookError> {
        let turn = transcript::read(self.home, state.transcript.as_deref(), state.transcript_start);
        let answer = match status {
            RunStatus::Succeeded => said.or_else(|| turn.answer.clone()),
            _ => said,
        };
        let head = self.scene.project.newest_head().and_then(|head| head.commit);
        let update = |record: &mut RunRecord| {
            record.status = status;
            if let Some(answer) = &answer {
                record.summary = cut(answer);
            }
            let version = turn.version.clone();
            let known = record.agent.as_ref().and_then(|agent| agent.model.clone());
            record.agent = Some(self.facts(turn.model.clone().or(known), version));
            record.usage = turn.usage.clone();
            record.code.get_or_insert_default().head_after = head.clone();
        };
        let prompt = crate::ops::open_record(self.scene.store, open)?.prompt.unwrap_or_default();
        let said = if turn.said.is_empty() { answer.clone().unwrap_or_default() } else { turn.said.clone() };
        let conversation = format!("## Prompt\n\n{}\n\n## Answer\n\n{}\n", prompt.trim(), said.trim());
        let input = RecordInput::default().with_conversation(Some(conversation));
        let options = FinishOptions::default().with_input(input);
        finish(self.scene.store, self.scene.env, session, open, update, &options)?;
        self.scene.queue_finished(open.session);
        Ok(())
    }

    /// Ends what agents left open in this work tree that were killed.
    fn sweep(&self) -> Result<(), HookError> {
        for state in self.scene.store.agent_states() {
            let is_here = state.git_dir == self.scene.project.git_dir && state.id != self.event.session_id;
            if is_here && state.run.is_some() && is_silent(&state) {
                self.interrupt(state, "the agent ended before it answered")?;
            }
        }
        Ok(())
    }
}

// Of an agent without a log nothing else tells whether it lives; its next event ends the turn.
fn is_silent(state: &AgentState) -> bool {
    let written = state.transcript.as_ref().and_then(|path| std::fs::metadata(path).ok()?.modified().ok());
    written.is_none_or(|at| at.elapsed().is_ok_and(|silent| silent.as_secs() > SILENCE))
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn cut(text: &str) -> String {
    let text = text.trim();
    let end = (0..=SUMMARY_BYTES.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}
