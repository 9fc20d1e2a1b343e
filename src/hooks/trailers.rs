//! The ids of session and run in the message of a commit.
//!
//! They are trailers as `git interpret-trailers` knows them: lines of the last paragraph, before what
//! git cuts off or takes for comments.

use uuid::Uuid;

use super::commits::RUN_TRAILER;
use super::current::{Absent, open_run, session};
use super::{HookError, Scene};
use crate::store::Trailers;

/// The trailer by which a commit names its session.
const SESSION_TRAILER: &str = "Session-Id";
/// What git cuts a verbose message off at, behind the comment character.
const SCISSORS: &str = " ------------------------ >8 ------------------------";

/// Where git has a message from: the second argument of `prepare-commit-msg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageSource {
    /// It is squashed of others.
    Squash,
    /// Anything else: `-m`, `-F`, a template, a merge, an amended commit, an empty file.
    Other,
}

impl MessageSource {
    /// Reads the argument.
    pub fn parse(word: &str) -> Self {
        if word == "squash" { Self::Squash } else { Self::Other }
    }
}

/// Adds the ids of the current session and its run to a commit's message; `None` where nothing is to
/// be added. `comment` is what a comment line starts with.
pub fn prepare_message(
    scene: &Scene<'_>,
    message: &str,
    source: MessageSource,
    comment: &str,
) -> Result<Option<String>, HookError> {
    if scene.settings.trailers == Trailers::Off || scene.project.is_rebasing() {
        return Ok(None);
    }
    let mut wanted = if source == MessageSource::Squash { named_before(message) } else { Vec::new() };
    let is_named = !wanted.is_empty() || value(message, SESSION_TRAILER).is_some();
    if !is_named && let Some(session) = session(scene, scene.project.branch(), Absent::Start)? {
        let id = scene.store.snapshot(session.tip)?.manifest.id;
        let run = open_run(scene, &session)?.map(|open| open.run.short());
        wanted.push(format!("{SESSION_TRAILER}: {}", id.short()));
        // The commit is no run yet; the one that it becomes takes these digits.
        let digits = || short(scene.env.new_uuid());
        wanted.push(format!("{RUN_TRAILER}: {}", run.unwrap_or_else(digits)));
    }
    Ok((!wanted.is_empty()).then(|| add(message, &wanted, comment)).filter(|new| new != message))
}

fn short(id: Uuid) -> String {
    let mut digits = id.simple().to_string();
    digits.truncate(8);
    digits
}

/// Returns the value of the last trailer of this name in a message.
pub(super) fn value(message: &str, name: &str) -> Option<String> {
    let line = message.lines().rev().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Lists the trailers of ours that the squashed messages have, each once.
fn named_before(message: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in message.lines().map(str::trim_end) {
        let is_ours = [SESSION_TRAILER, RUN_TRAILER]
            .iter()
            .any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(": ")));
        if is_ours && !found.iter().any(|known| known == line) {
            found.push(line.to_owned());
        }
    }
    found
}

/// Puts lines at the end of a message, before the comments that end it. Those that are there already
/// are moved there.
fn add(message: &str, wanted: &[String], comment: &str) -> String {
    let (text, rest) = split(message, comment);
    let is_moved = |line: &&str| !wanted.iter().any(|wanted| wanted == line.trim_end());
    let kept: Vec<&str> = text.lines().filter(is_moved).collect();
    let mut body = kept.join("\n").trim_end().to_owned();
    if body.trim().is_empty() {
        // The first line stays free for the subject.
        body = "\n".to_owned();
    } else if !ends_in_trailers(&body, comment) {
        body.push('\n');
    }
    let gap = if rest.is_empty() || rest.starts_with('\n') { "" } else { "\n" };
    format!("{body}\n{}\n{gap}{rest}", wanted.join("\n"))
}

/// Splits a message in what is kept and what git takes away at its end: comments and a verbose diff.
fn split<'a>(message: &'a str, comment: &str) -> (&'a str, &'a str) {
    let scissors = format!("{comment}{SCISSORS}");
    let (mut end, mut at) = (0, 0);
    for line in message.split_inclusive('\n') {
        if line.trim_end() == scissors {
            break;
        }
        at += line.len();
        if !line.starts_with(comment) && !line.trim().is_empty() {
            end = at;
        }
    }
    message.split_at_checked(end).unwrap_or((message, ""))
}

/// Tells whether the last paragraph, which is not the only one, is made of trailers.
fn ends_in_trailers(body: &str, comment: &str) -> bool {
    let Some((_, last)) = body.rsplit_once("\n\n") else { return false };
    let is_trailer = |line: &str| {
        let name = line.split_once(':').map_or("", |(name, _)| name);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (!name.is_empty() && name.chars().all(is_name)) || line.starts_with([' ', '\t'])
    };
    let mut lines = last.lines().filter(|line| !line.starts_with(comment)).peekable();
    lines.peek().is_some() && lines.all(is_trailer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with_ids(message: &str) -> String {
        add(message, &["Session-Id: 11111111".to_owned(), "Run-Id: 22222222".to_owned()], "#")
    }

    #[test]
    fn the_ids_are_the_last_paragraph_of_a_message() {
        let ids = "Session-Id: 11111111\nRun-Id: 22222222\n";
        for (message, expected) in [
            ("Fix it\n", format!("Fix it\n\n{ids}")),
            ("Fix it\n\nBecause.\n", format!("Fix it\n\nBecause.\n\n{ids}")),
            ("Fix it\n\nRefs: #7\n", format!("Fix it\n\nRefs: #7\n{ids}")),
            ("fix: it\n", format!("fix: it\n\n{ids}")),
            ("", format!("\n\n{ids}")),
            ("\n# Please enter\n# a message\n", format!("\n\n{ids}\n# Please enter\n# a message\n")),
            (
                "Fix it\n\n# ------------------------ >8 ------------------------\n# cut\ndiff --git\n",
                format!(
                    "Fix it\n\n{ids}\n# ------------------------ >8 ------------------------\n# cut\ndiff --git\n"
                ),
            ),
        ] {
            assert_eq!(with_ids(message), expected, "of {message:?}");
        }
    }

    #[test]
    fn squashed_messages_name_each_run_once_at_their_end() {
        let message =
            "# two commits\nOne\n\nRun-Id: aaaaaaaa\n\n# second\nTwo\n\nRun-Id: bbbbbbbb\n\n# end\n";
        let wanted = named_before(message);
        assert_eq!(wanted, ["Run-Id: aaaaaaaa", "Run-Id: bbbbbbbb"]);
        let text = add(message, &wanted, "#");
        assert!(text.contains("Two\n\nRun-Id: aaaaaaaa\nRun-Id: bbbbbbbb\n"), "{text}");
        assert_eq!(text.matches("Run-Id: aaaaaaaa").count(), 1);
    }

    proptest! {
        #[test]
        fn adding_twice_changes_nothing_more(message in "([a-zA-Z#: \n-]{0,60})") {
            let once = with_ids(&message);
            prop_assert_eq!(with_ids(&once), once.clone());
            prop_assert_eq!(value(&once, "Run-Id"), Some("22222222".to_owned()));
        }
    }
}
