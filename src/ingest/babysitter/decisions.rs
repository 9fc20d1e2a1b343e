//! Decisions of a session, from its history and its continuity file.

use super::SOURCE;
use super::names::Names;
use super::side_files::{HistoryDecision, KeyedDecision, SideFiles};
use super::text::{digits, filled, one_line, time, value_text};
use crate::model::{ContextPath, Decision, DecisionId, RunId, Timestamp};

/// The most characters of a title.
const TITLE_CHARS: usize = 200;
/// The longest rationale in the front matter, in bytes; what is longer stands behind it, because
/// front matter over 1 MiB cannot be read back.
const BECAUSE_BYTES: usize = 16 * 1024;

/// One decision as babysitter has it.
#[derive(Debug)]
pub(super) struct Made {
    /// The run it was made in.
    pub run: Option<String>,
    what: String,
    why: Option<String>,
    at: Option<Timestamp>,
}

/// Returns the decisions of a session; those that say nothing are left out.
pub(super) fn of(side: &SideFiles) -> Vec<Made> {
    let history = side.decisions.iter().map(from_history);
    let all = history.chain(side.keyed_decisions.iter().map(from_continuity));
    all.filter(|made| !made.what.trim().is_empty()).collect()
}

fn from_history(decision: &HistoryDecision) -> Made {
    Made {
        run: filled(decision.run_id.as_deref()),
        what: decision.description.clone(),
        why: filled(decision.rationale.as_deref()),
        at: time(decision.timestamp.as_deref()),
    }
}

fn from_continuity(decision: &KeyedDecision) -> Made {
    Made {
        run: filled(decision.run_id.as_deref()),
        what: format!("{}: {}", decision.key, value_text(&decision.value)),
        why: filled(decision.rationale.as_deref()),
        at: time(decision.made_at.as_deref()),
    }
}

impl Made {
    /// Makes its file; `fallback` is when it was made at the latest, where it does not say.
    pub(super) fn file(
        &self,
        fallback: Timestamp,
        names: &mut Names,
    ) -> Result<(ContextPath, String), String> {
        let decision = self.decision(fallback);
        let text = decision.print("decision").map_err(|error| error.to_string())?;
        let first = digits(&text);
        let name = |salt: Option<&str>| {
            DecisionId::new(decision.decided_at, &decision.title, salt.unwrap_or(&first)).path()
        };
        let path = names.take(&text, name).ok_or("too many decisions of one title and day")?;
        Ok((path, text))
    }

    fn decision(&self, fallback: Timestamp) -> Decision {
        let title = one_line(&self.what, TITLE_CHARS);
        let mut decision = Decision::new(title, self.at.unwrap_or(fallback));
        decision.run = self.run.as_ref().map(|run| RunId::from_foreign(SOURCE, run));
        let mut body = Vec::new();
        if decision.title.ends_with('…') {
            body.push(self.what.trim());
        }
        match &self.why {
            Some(why) if why.len() > BECAUSE_BYTES => body.push(why),
            why => decision.because = why.clone(),
        }
        if !body.is_empty() {
            decision.body = format!("{}\n", body.join("\n\n"));
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(what: &str, why: &str) -> Made {
        Made { run: Some("R1".to_owned()), what: what.to_owned(), why: filled(Some(why)), at: None }
    }

    #[test]
    fn a_decision_is_written_as_ours_and_named_by_its_content() {
        let at = Timestamp::from_unix(1_795_331_650);
        let (path, text) = made("Use brass", "it lasts").file(at, &mut Names::default()).expect("printable");
        assert!(path.as_str().starts_with("decisions/2026-11-22-use-brass-"), "{path}");
        let again = made("Use brass", "it lasts").file(at, &mut Names::default()).expect("printable");
        assert_eq!(again.0, path);
        let other = made("Use brass", "it shines").file(at, &mut Names::default()).expect("printable");
        assert_ne!(other.0, path);
        let decision = Decision::parse(path.as_str(), text.as_bytes()).expect("ours");
        assert_eq!((decision.title.as_str(), decision.because.as_deref()), ("Use brass", Some("it lasts")));
        assert_eq!(decision.run, Some(RunId::from_foreign("babysitter", "R1")));
        assert_eq!(decision.decided_at, at);
    }

    #[test]
    fn a_very_long_decision_can_be_read_back() {
        let long = "why ".repeat(1_000_000);
        let text =
            made(&long, &long).file(Timestamp::from_unix(0), &mut Names::default()).expect("printable").1;
        let decision = Decision::parse("d.md", text.as_bytes()).expect("ours");
        assert_eq!(decision.body.len(), 2 * long.trim().len() + 3);
    }
}
