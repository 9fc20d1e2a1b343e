//! Every parser of this room, on whatever a stranger may hand in: none panics, and what is read
//! prints as it was.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::yaml::{parse_schema, print};
use super::*;

/// Text of pieces that mean something to some parser, and of anything.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "..",
        ".",
        "/",
        "\\",
        ":",
        "a",
        "A",
        ".git",
        "git~1",
        "con",
        "lpt0",
        "\u{b9}",
        " ",
        "@",
        "-",
        "~",
        "\n",
        "\r\n",
        "\0",
        "\x1b[2J",
        "\u{202e}",
        "\u{feff}",
        "é",
        "e\u{301}",
        "K",
        "2026-11-22T07:22:23Z",
        "+14:00",
        "1e999",
        "---\n",
        "\n---\n",
        "\n\n",
        "title: x\n",
        "decided_at: ",
        "schema: 1\n",
        "Session-Id: ",
        "Run-Id: ",
        "\"",
        "'",
        "{",
        "[",
        "&a ",
        "*a",
        "!!x ",
        "<<: ",
        "67e55044-10b1-426f-9247-bb680e5fe0c8",
        ".md",
        ".lock",
        ".conflict-01234567",
    ];
    let piece = prop_oneof![
        3 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[ -~]{0,40}",
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// What can be read must print, be read again, and then print the same.
fn stable<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(read) = parse_schema::<T>("x.yaml", bytes) else { return Ok(()) };
    let Ok(printed) = print("x.yaml", &read) else { return Ok(()) };
    let again: T = parse_schema("x.yaml", printed.as_bytes())
        .map_err(|error| TestCaseError::fail(format!("{error}: {printed}")))?;
    prop_assert_eq!(print("x.yaml", &again).expect("it was printed before"), printed);
    Ok(())
}

fn same_decision(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(read) = Decision::parse("x.md", bytes) else { return Ok(()) };
    let Ok(printed) = read.print("x.md") else { return Ok(()) };
    prop_assert_eq!(Decision::parse("x.md", printed.as_bytes()), Ok(read));
    Ok(())
}

proptest! {
    #[test]
    fn a_name_that_is_read_prints_as_it_was(text in text()) {
        if let Ok(path) = text.parse::<ContextPath>() {
            prop_assert_eq!(path.as_str(), &text);
            let is_safe = |part: &str| !part.is_empty() && part != "." && part != ".." && part.len() <= 255;
            prop_assert!(!text.starts_with('/') && text.split('/').all(is_safe));
            prop_assert!(!text.contains(char::is_control) && !text.contains(['\\', ':']));
            let folded = path.folded();
            prop_assert_eq!(folded.parse::<ContextPath>().map(|path| path.folded()).ok().unwrap_or(folded.clone()), folded);
        }
        if let Ok(key) = text.parse::<Key>() {
            prop_assert_eq!(key.as_str(), &text);
        }
        if let Ok(name) = text.parse::<SessionName>() {
            prop_assert_eq!(name.as_str(), &text);
        }
        if let Ok(id) = text.parse::<DecisionId>() {
            prop_assert_eq!(id.as_str(), &text);
        }
        for parsed in [text.parse::<RunId>().map(|id| id.to_string()), text.parse::<SessionId>().map(|id| id.to_string())] {
            prop_assert!(parsed.is_err() || parsed == Ok(text.to_lowercase()));
        }
    }

    #[test]
    fn a_word_that_is_read_prints_as_it_was(text in text()) {
        prop_assert!(text.parse::<RunStatus>().is_err(), "no such status");
        prop_assert!(text.parse::<SessionStatus>().is_err(), "no such status");
        for status in ["running", "succeeded", "failed", "cancelled", "interrupted"] {
            prop_assert_eq!(status.parse::<RunStatus>().expect("a status").to_string(), status);
        }
        for status in ["active", "done", "archived"] {
            prop_assert_eq!(status.parse::<SessionStatus>().expect("a status").to_string(), status);
        }
    }

    #[test]
    fn a_time_is_read_as_it_is_printed(text in text(), seconds in -70_000_000_000i64..300_000_000_000, millis in 0u64..1000) {
        let _ = text.parse::<Timestamp>();
        let time = Timestamp::from_unix(seconds).plus(Seconds::from_millis(millis));
        // RFC 3339 has four digits for the year.
        if (0..253_402_300_800).contains(&seconds) {
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn an_amount_is_read_as_it_is_printed(parts in 0u64..1_000_000_000_000_000, text in text()) {
        let read = |json: String| serde_json::from_str::<Usd>(&json);
        let amount = Usd::from_micros(parts);
        prop_assert_eq!(read(serde_json::to_string(&amount).expect("JSON")).expect("an amount"), amount);
        let _ = read(text.clone());
        let _ = serde_json::from_str::<Seconds>(&text);
    }

    #[test]
    fn a_document_of_any_bytes_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), text in text()) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            stable::<Manifest>(bytes)?;
            stable::<RunRecord>(bytes)?;
            same_decision(bytes)?;
        }
        let head = "---\ntitle: x\ndecided_at: 2026-11-22T07:22:23Z\n---\n";
        same_decision(format!("{head}{text}").as_bytes())?;
        if let Some(message) = CommitMessage::parse(&text) {
            prop_assert_eq!(CommitMessage::parse(&message.print()).map(|again| again.print()), Some(message.print()));
        }
    }

    #[test]
    fn a_record_of_any_text_is_read_as_it_was_written(text in text(), other in text(), number in any::<f64>()) {
        let session = SessionId::from_foreign("test", "s");
        let mut run = RunRecord::new(RunId::from_foreign("test", "r"), session, RunStatus::Failed);
        run.summary = text.clone();
        run.prompt = Some(other.clone());
        run.command = vec![other.clone(), text.clone()];
        run.agent = Some(Agent { name: text.clone(), ..Agent::default() });
        run.metrics.insert(other.clone(), if number.is_finite() { number } else { 0.0 });
        run.extra.insert(format!("x-{text}"), serde_json::json!({ other: [text, null, true, 1.5] }));
        let printed = print("run.yaml", &run).expect("it is small");
        prop_assert_eq!(parse_schema::<RunRecord>("run.yaml", printed.as_bytes()), Ok(run));
    }

    #[test]
    fn what_is_shown_of_any_text_steers_nothing(text in text()) {
        let steers = |text: &str, kept: &[char]| text.chars().any(|c| escape_char(c).is_some() && !kept.contains(&c));
        prop_assert!(!steers(&shown(&text), &[]));
        prop_assert!(!steers(&escape_text(&text), &['\n', '\t']));
        prop_assert!(shown(&text).chars().filter(|c| *c == '…').count() <= 1 + text.matches('…').count());
        let _ = (slug(&text), is_sensitive_name(&text));
    }
}
