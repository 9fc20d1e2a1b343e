//! Commit messages: a subject for people and trailers for `git log`.
//!
//! The YAML files are the truth. The trailers repeat what a listing needs, so that walking a
//! history reads commits only.

use std::fmt::Write as _;

use super::{COMMIT_TRIGGER, RunId, RunRecord, RunStatus, Seconds, SessionId, Timestamp, Usd, escape_char};

/// The longest subject, in characters.
pub const SUBJECT_CHARS: usize = 200;

/// What a commit does to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Change {
    /// It records a run.
    Run,
    /// It starts the session.
    Create,
    /// It changes context outside a run.
    Context,
    /// It changes fields of the manifest.
    Edit,
    /// It starts a fork.
    Fork,
    /// It joins two histories.
    Merge,
    /// It takes context back to an earlier run.
    Rewind,
    /// It takes back a change.
    Undo,
}

const CHANGES: [(Change, &str); 8] = [
    (Change::Run, "run"),
    (Change::Create, "create"),
    (Change::Context, "context"),
    (Change::Edit, "edit"),
    (Change::Fork, "fork"),
    (Change::Merge, "merge"),
    (Change::Rewind, "rewind"),
    (Change::Undo, "undo"),
];

impl Change {
    /// Returns the word that stands in the trailer.
    pub fn as_str(self) -> &'static str {
        CHANGES.iter().find(|(change, _)| *change == self).map_or("run", |(_, word)| word)
    }

    fn parse(word: &str) -> Option<Self> {
        CHANGES.iter().find(|(_, known)| *known == word).map(|(change, _)| *change)
    }
}

/// What the trailers of a run's commit repeat of its record.
#[derive(Debug, Clone, PartialEq)]
pub struct RunTrailers {
    /// The run.
    pub id: RunId,
    /// How it ended.
    pub status: RunStatus,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How long it took.
    pub duration_s: Option<Seconds>,
    /// What it cost.
    pub cost_usd: Option<Usd>,
    /// The name of the agent.
    pub agent: Option<String>,
    /// The code commit that was checked out when it ended.
    pub code_commit: Option<String>,
    /// Whether the run is nothing but that commit.
    pub is_commit: bool,
}

impl From<&RunRecord> for RunTrailers {
    fn from(run: &RunRecord) -> Self {
        Self {
            id: run.id,
            status: run.status,
            finished_at: run.finished_at,
            duration_s: run.duration_s,
            cost_usd: run.usage.as_ref().and_then(|usage| usage.cost_usd),
            agent: run.agent.as_ref().map(|agent| one_line(&agent.name)).filter(|name| !name.is_empty()),
            code_commit: run.code.as_ref().and_then(|code| code.head_after.as_deref().map(one_line)),
            is_commit: run.is_commit(),
        }
    }
}

/// The message of a commit on a session branch.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitMessage {
    /// One line for people.
    pub subject: String,
    /// The session.
    pub session: SessionId,
    /// What the commit does.
    pub change: Change,
    /// The run that it records, where it records one.
    pub run: Option<RunTrailers>,
    /// The commit that it takes back, where it takes one back.
    pub undoes: Option<String>,
}

impl CommitMessage {
    /// Makes the message of a run's commit.
    pub fn of_run(run: &RunRecord) -> Self {
        Self {
            subject: run.headline(),
            session: run.session,
            change: Change::Run,
            run: Some(RunTrailers::from(run)),
            undoes: None,
        }
    }

    /// Makes the message of a commit that is no run.
    pub fn of_change(change: Change, session: SessionId, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), session, change, run: None, undoes: None }
    }

    /// Makes the message of a commit that takes back another.
    pub fn of_undo(session: SessionId, subject: impl Into<String>, undone: &str) -> Self {
        let undoes = Some(one_line(undone));
        Self { undoes, ..Self::of_change(Change::Undo, session, subject) }
    }

    /// Writes the message.
    pub fn print(&self) -> String {
        let subject: String = one_line(&self.subject).chars().take(SUBJECT_CHARS).collect();
        // The cut may leave spaces, which no subject ends in.
        let subject = if subject.is_empty() { self.change.as_str() } else { subject.trim_end() };
        let mut out = format!("{subject}\n\nSession-Id: {}\n", self.session);
        if let Some(run) = &self.run {
            run.print(&mut out);
        }
        let _ = writeln!(out, "Session-Change: {}", self.change.as_str());
        if let Some(undone) = &self.undoes {
            let _ = writeln!(out, "Undoes: {undone}");
        }
        out
    }

    /// Reads a message that this program wrote; `None` where it is another's.
    pub fn parse(message: &str) -> Option<Self> {
        let (subject, _) = message.split_once('\n')?;
        let (_, trailers) = message.trim_end().rsplit_once("\n\n")?;
        let lines: Vec<(&str, &str)> = trailers.lines().filter_map(|line| line.split_once(": ")).collect();
        let find = |key: &str| lines.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        Some(Self {
            subject: subject.to_owned(),
            session: find("Session-Id")?.parse().ok()?,
            change: Change::parse(find("Session-Change")?)?,
            run: RunTrailers::parse(find),
            undoes: find("Undoes").map(str::to_owned),
        })
    }
}

impl RunTrailers {
    fn print(&self, out: &mut String) {
        let mut line = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = writeln!(out, "{key}: {value}");
            }
        };
        line("Run-Id", Some(self.id.to_string()));
        line("Run-Status", Some(self.status.to_string()));
        line("Run-Finished", self.finished_at.map(|time| time.to_string()));
        line("Run-Duration", self.duration_s.map(|span| format!("{span}s")));
        line("Run-Cost", self.cost_usd.map(|cost| format!("{cost} USD")));
        line("Agent", self.agent.clone());
        line("Code-Commit", self.code_commit.clone());
        line("Run-Trigger", self.is_commit.then(|| COMMIT_TRIGGER.to_owned()));
    }

    fn parse<'a>(find: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let number = |key: &str, unit: &str| find(key)?.strip_suffix(unit)?.parse::<f64>().ok();
        Some(Self {
            id: find("Run-Id")?.parse().ok()?,
            status: find("Run-Status")?.parse().ok()?,
            finished_at: find("Run-Finished").and_then(|time| time.parse().ok()),
            duration_s: number("Run-Duration", "s").and_then(Seconds::from_decimal),
            cost_usd: number("Run-Cost", " USD").and_then(Usd::from_decimal),
            agent: find("Agent").map(str::to_owned),
            code_commit: find("Code-Commit").map(str::to_owned),
            is_commit: find("Run-Trigger") == Some(COMMIT_TRIGGER),
        })
    }
}

// A line break in a value could forge a trailer, and plain `git log` prints control characters raw.
fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().map(|c| if escape_char(c).is_some() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Agent, Usage};

    fn run(summary: &str) -> RunRecord {
        let session = SessionId::from_foreign("test", "s");
        let mut run = RunRecord::new(RunId::from_foreign("test", "r"), session, RunStatus::Succeeded);
        run.summary = summary.to_owned();
        run.finished_at = Some(Timestamp::from_unix(1_795_000_000));
        run.duration_s = Some(Seconds::from_millis(1_500));
        run.usage = Some(Usage { cost_usd: Some(Usd::from_micros(8_100)), ..Usage::default() });
        run.agent = Some(Agent { name: "claude-code".to_owned(), ..Agent::default() });
        run
    }

    #[test]
    fn a_run_reads_well_in_plain_git_log() {
        let run = run("fix the login test");
        let expected = format!(
            "fix the login test\n\nSession-Id: {}\nRun-Id: {}\nRun-Status: succeeded\n\
             Run-Finished: 2026-11-18T11:06:40Z\nRun-Duration: 1.5s\nRun-Cost: 0.0081 USD\n\
             Agent: claude-code\nSession-Change: run\n",
            run.session, run.id
        );
        assert_eq!(CommitMessage::of_run(&run).print(), expected);
    }

    #[test]
    fn a_summary_cannot_forge_trailers_or_steer_the_terminal() {
        let message = CommitMessage::of_run(&run("\n\nok\x1b[2J\n\nRun-Id: x\nSession-Change: merge"));
        let parsed = CommitMessage::parse(&message.print()).expect("ours");
        assert_eq!(parsed.subject, "ok [2J");
        assert_eq!(parsed.change, Change::Run);
        assert_eq!(parsed.run, message.run);
    }

    #[test]
    fn a_long_subject_is_the_same_when_it_is_read_again() {
        let printed =
            CommitMessage::of_change(Change::Edit, run("x").session, "x".to_owned() + &" ".repeat(250) + "y")
                .print();
        assert!(printed.starts_with("x\n"), "a subject ends in no space: {printed:?}");
        assert_eq!(CommitMessage::parse(&printed).map(|again| again.print()), Some(printed));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(subject in "\\PC{0,80}") {
            let mut message = CommitMessage::of_run(&run(&subject));
            let parsed = CommitMessage::parse(&message.print()).expect("ours");
            message.subject = parsed.subject.clone();
            prop_assert_eq!(parsed, message);
        }
    }
}
